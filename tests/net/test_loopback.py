"""The listener on this machine, against what a browser, a web page or another program may send it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping

import pytest

from stackk_tui.net import loopback
from stackk_tui.net.loopback import Listener, Verdict
from tests.net._oauth import free_port

pytestmark = pytest.mark.anyio

GOOD = "/callback?code=c0de&state=right"


class Flow:
    """What stands behind the listener: takes one answer with the right state."""

    def __init__(self) -> None:
        self.taken: list[Mapping[str, str]] = []

    def accept(self, params: Mapping[str, str]) -> Verdict:
        if params.get("state") != "right" or self.taken:
            return "refused"
        self.taken.append(params)
        return "declined" if "error" in params else "accepted"


@pytest.fixture
def flow() -> Flow:
    return Flow()


@pytest.fixture
async def listener(flow: Flow) -> AsyncIterator[Listener]:
    made = await open_at("127.0.0.1", (), flow)
    yield made
    await made.aclose()


async def open_at(host: str, ports: tuple[int, ...], flow: Flow, lifetime: float = 60) -> Listener:
    name = f"[{host}]" if ":" in host else host
    return await Listener.open(
        lambda port: f"http://{name}:{port}/callback", host, ports, flow.accept, lifetime
    )


async def send(port: int, raw: bytes, *, host: str = "127.0.0.1") -> bytes:
    """Gives everything the listener answers."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(raw)
    with contextlib.suppress(ConnectionError):
        return await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return b""


def request(
    port: int, target: str = GOOD, *, method: str = "GET", host: str | None = None, more: str = ""
) -> bytes:
    host = f"127.0.0.1:{port}" if host is None else host
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode("latin-1")


async def test_a_browser_s_answer_is_taken_and_the_page_says_where_to_go_on(
    listener: Listener, flow: Flow
) -> None:
    answer = await send(listener.port, request(listener.port, more="User-Agent: Mozilla\r\nAccept: */*\r\n"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert body == b"Received. You can close this page and go back to the terminal.\n"
    for header in (
        b"Cache-Control: no-store",
        b"Referrer-Policy: no-referrer",
        b"Content-Security-Policy: default-src 'none'",
        b"X-Content-Type-Options: nosniff",
        b"Content-Type: text/plain",
    ):
        assert header in head
    assert flow.taken == [{"code": "c0de", "state": "right"}]


async def test_it_stops_listening_after_the_answer(listener: Listener, flow: Flow) -> None:
    await send(listener.port, request(listener.port))
    with pytest.raises(OSError):
        await send(listener.port, request(listener.port))


async def test_a_declined_sign_in_is_an_answer_too(listener: Listener, flow: Flow) -> None:
    answer = await send(listener.port, request(listener.port, "/callback?error=access_denied&state=right"))
    assert b"not allowed" in answer
    assert flow.taken[0]["error"] == "access_denied"


HOSTILE = {
    "another path": ("/callback2?code=c&state=right", {}, 404),
    "the path with a slash more": ("/callback/?code=c&state=right", {}, 404),
    "the path spelled in escapes": ("/%63allback?code=c&state=right", {}, 404),
    "two slashes": ("//callback?code=c&state=right", {}, 404),
    "an absolute address": ("http://127.0.0.1/callback?code=c&state=right", {}, 404),
    "favicon": ("/favicon.ico", {}, 404),
    "POST": (GOOD, {"method": "POST"}, 400),
    "HEAD": (GOOD, {"method": "HEAD"}, 400),
    "get in small letters": (GOOD, {"method": "get"}, 400),
    "OPTIONS": (GOOD, {"method": "OPTIONS"}, 400),
    "DNS rebinding": (GOOD, {"host": "evil.example"}, 400),
    "DNS rebinding with our port": (GOOD, {"host": "evil.example:PORT"}, 400),
    "localhost where 127.0.0.1 is ours": (GOOD, {"host": "localhost:PORT"}, 400),
    "another port": (GOOD, {"host": "127.0.0.1:1"}, 400),
    "no port": (GOOD, {"host": "127.0.0.1"}, 400),
    "no Host": (GOOD, {"host": ""}, 400),
    "two Hosts": (GOOD, {"more": "Host: 127.0.0.1:PORT\r\n"}, 400),
    "a body": (GOOD, {"more": "Content-Length: 3\r\n"}, 400),
    "a body in chunks": (GOOD, {"more": "Transfer-Encoding: chunked\r\n"}, 400),
    "a folded header": (GOOD, {"more": " folded\r\n"}, 400),
    "a space before the colon": (GOOD, {"more": "X : y\r\n"}, 400),
    "the code twice": ("/callback?code=a&code=b&state=right", {}, 400),
    "the state twice": ("/callback?code=a&state=right&state=right", {}, 400),
    "anything twice": ("/callback?code=a&state=right&x=1&x=2", {}, 400),
    "hundreds of parameters": (
        "/callback?state=right&" + "&".join(f"p{i}=1" for i in range(200)),
        {},
        400,
    ),
    "bytes that are no UTF-8": ("/callback?code=a&state=right&x=%ff", {}, 400),
    "a wrong state": ("/callback?code=a&state=wrong", {}, 400),
    "no state": ("/callback?code=a", {}, 400),
    "nothing": ("/callback", {}, 400),
    "bytes that are no ASCII": ("/callback?code=a&state=right&x=\xe9", {}, 400),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_request_is_turned_away_and_ends_nothing(
    name: str, listener: Listener, flow: Flow
) -> None:
    target, how, status = HOSTILE[name]
    how = {key: value.replace("PORT", str(listener.port)) for key, value in how.items()}
    answer = await send(listener.port, request(listener.port, target, **how))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"wrong" not in answer
    assert b"evil" not in answer
    assert flow.taken == []
    assert (await send(listener.port, request(listener.port))).startswith(b"HTTP/1.1 200")
    assert len(flow.taken) == 1


@pytest.mark.parametrize(
    "raw", [b"\r\n\r\n", b"\x00\xff\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET\r\n\r\n"]
)
async def test_what_is_not_http_is_turned_away(raw: bytes, listener: Listener, flow: Flow) -> None:
    assert (await send(listener.port, raw)).startswith(b"HTTP/1.1 400")
    assert flow.taken == []


async def test_a_header_of_more_than_16_kib_is_turned_away(listener: Listener, flow: Flow) -> None:
    answer = await send(listener.port, request(listener.port, more=f"X: {'x' * 17000}\r\n"))
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert flow.taken == []


async def test_a_header_just_under_the_limit_is_taken(listener: Listener, flow: Flow) -> None:
    assert b"200 OK" in await send(listener.port, request(listener.port, more=f"X: {'x' * 16000}\r\n"))


async def test_a_slow_client_holds_up_nobody_and_is_dropped(
    listener: Listener, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loopback, "PATIENCE", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(b"GET /callback?co")
    assert b"400" in await send(listener.port, request(listener.port, "/callback"))
    assert await asyncio.wait_for(reader.read(), 3) == b""
    assert b"200 OK" in await send(listener.port, request(listener.port))
    writer.close()


async def test_a_crowd_of_silent_clients_does_not_keep_the_browser_out(
    listener: Listener, flow: Flow
) -> None:
    crowd = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(150)]
    assert b"200 OK" in await send(listener.port, request(listener.port))
    for _, writer in crowd:
        writer.close()


async def test_two_right_answers_at_once_are_one_answer(listener: Listener, flow: Flow) -> None:
    async def go() -> bytes:
        with contextlib.suppress(OSError):
            return await send(listener.port, request(listener.port))
        return b"refused at the door"

    answers = await asyncio.gather(*(go() for _ in range(6)))
    assert sum(b"200 OK" in answer for answer in answers) == 1
    assert len(flow.taken) == 1


async def test_it_ends_by_itself_when_its_time_is_over(flow: Flow) -> None:
    listener = await open_at("127.0.0.1", (), flow, lifetime=0.1)
    _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.close()
    await asyncio.sleep(0.2)
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", listener.port)
    await listener.aclose()


async def test_closing_ends_open_connections_and_prints_nothing(
    listener: Listener, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(b"GET /callback?code=")
    await asyncio.sleep(0.05)
    await listener.aclose()
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 3) == b""
    writer.close()
    await asyncio.sleep(0.05)
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


async def test_nobody_on_the_network_can_reach_it(listener: Listener) -> None:
    for family, address in ((socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as one:
            one.settimeout(1)
            assert one.connect_ex((address, listener.port)) != 0


async def test_localhost_listens_on_both_addresses_of_one_port(flow: Flow) -> None:
    listener = await open_at("localhost", (), flow)
    host = f"localhost:{listener.port}"
    assert b"404" in await send(listener.port, request(listener.port, "/x", host=host), host="::1")
    assert b"200 OK" in await send(listener.port, request(listener.port, host=host))
    await listener.aclose()


async def test_someone_on_the_other_address_of_localhost_is_in_the_way(flow: Flow) -> None:
    """A browser tries ::1 first, so whoever sits there would get the code."""
    with socket.socket(socket.AF_INET6) as squatter:
        squatter.bind(("::1", 0))
        squatter.listen()
        taken = squatter.getsockname()[1]
        with pytest.raises(OSError):
            await open_at("localhost", (taken,), flow)
        other = await open_at("localhost", (taken, free_port()), flow)
        assert other.port != taken
        await other.aclose()


async def test_ports_are_tried_in_order(flow: Flow) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        taken, free = squatter.getsockname()[1], free_port()
        listener = await open_at("127.0.0.1", (taken, free), flow)
        assert listener.port == free
        await listener.aclose()


async def test_an_ipv6_redirect_is_listened_to_there_alone(flow: Flow) -> None:
    listener = await open_at("::1", (), flow)
    raw = request(listener.port, host=f"[::1]:{listener.port}")
    assert b"200 OK" in await send(listener.port, raw, host="::1")
    await listener.aclose()

"""What is asked beyond a GET of an object: lists, questions by POST, deletions, and long answers by lines."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from stackk_tui.model.errors import InvalidInput, NetworkError, ProtocolError, RateLimited, SignInNeeded
from stackk_tui.model.secret import Secret
from stackk_tui.net.client import Limits
from stackk_tui.net.http import HttpClient
from stackk_tui.net.lines import TooLarge, each_line
from tests.conftest import NOW, LoopbackServer

pytestmark = pytest.mark.anyio

Make = Callable[..., HttpClient]
LINES = 40_000


class Server:
    """Answers by path, and remembers what was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.seen.append((request.method, await request.body()))
        await self.answer(request)(scope, receive, send)

    def answer(self, request: Request) -> Response:
        match request.url.path:
            case "/list":
                return JSONResponse([1, 2], status_code=201)
            case "/gone":
                return Response(status_code=204)
            case "/busy":
                return JSONResponse({}, status_code=503)
            case "/slow-down":
                return JSONResponse({}, status_code=429, headers={"x-ratelimit-reset": "40"})
            case "/refused":
                return JSONResponse({}, status_code=401)
            case "/page":
                return Response("<html>sign in</html>", media_type="text/html")
            case "/stream":
                return StreamingResponse(_stream(), media_type="application/jsonl")
            case "/broken":
                return StreamingResponse(
                    _stream(3), media_type="application/jsonl", headers={"content-length": "9999999"}
                )
            case "/endless-line":
                return StreamingResponse(_endless(), media_type="application/jsonl")
        return Response(status_code=404)


async def _stream(count: int = LINES) -> AsyncIterator[bytes]:
    for start in range(0, count, 100):
        lines = (json.dumps({"number": n}).encode() for n in range(start, min(count, start + 100)))
        yield b"\n".join(lines) + b"\n\r\n"
    yield b'{"number": -1}'  # the last line need not end


async def _endless() -> AsyncIterator[bytes]:
    for _ in range(40):
        yield b"x" * 65_536


@pytest.fixture
def server(loopback_server: LoopbackServer) -> Iterator[Server]:
    app = Server()
    loopback_server.app = app
    yield app
    loopback_server.app = None


@pytest.fixture
def acme(server: Server, client: Make, loopback_server: LoopbackServer) -> Make:
    loopback_server.app = server
    return client


async def test_a_list_is_an_answer_to_ask_and_not_to_get(acme: Make) -> None:
    assert (await acme().ask("GET", "/list")).value == [1, 2]
    with pytest.raises(ProtocolError, match="another shape"):
        await acme().get("/list")


async def test_a_question_by_post_carries_json_and_is_never_sent_twice(acme: Make, server: Server) -> None:
    assert (await acme().ask("POST", "/list", json={"query": "select 1"})).value == [1, 2]
    assert server.seen == [("POST", b'{"query":"select 1"}')]
    server.seen.clear()
    with pytest.raises(Exception, match="problem of its own"):
        await acme().ask("POST", "/busy", json={})
    assert len(server.seen) == 1


async def test_a_deletion_may_answer_with_nothing(acme: Make, server: Server) -> None:
    assert (await acme().ask("DELETE", "/gone")).value is None
    assert server.seen == [("DELETE", b"")]


async def test_a_vendor_may_say_in_its_own_header_how_long_to_wait(acme: Make) -> None:
    http = acme(wait=lambda headers, now: float(headers["x-ratelimit-reset"]))
    with pytest.raises(RateLimited) as caught:
        await http.get("/slow-down")
    assert caught.value.retry_at == NOW + timedelta(seconds=40)


async def test_a_long_answer_is_taken_line_by_line(acme: Make) -> None:
    numbers: list[int] = []
    await acme().each_line("/stream", (), {}, lambda line: numbers.append(json.loads(line)["number"]))
    assert numbers == [*range(LINES), -1]


async def test_a_long_answer_that_breaks_off_is_an_error_and_not_an_end(acme: Make) -> None:
    with pytest.raises(NetworkError, match="broke off"):
        await acme().each_line("/broken", (), {}, lambda line: None)


async def test_a_long_answer_that_is_refused_says_why(acme: Make) -> None:
    with pytest.raises(SignInNeeded):
        await acme().each_line("/refused", (), {}, lambda line: None)
    with pytest.raises(ProtocolError, match="web page"):
        await acme().each_line("/page", (), {}, lambda line: None)


async def test_a_line_or_an_answer_without_end_is_refused(acme: Make) -> None:
    with pytest.raises(ProtocolError, match="MiB"):
        await acme().each_line("/endless-line", (), {}, lambda line: None)
    small = acme(limits=Limits(size=1000))
    with pytest.raises(ProtocolError, match="MiB"):
        await small.each_line("/stream", (), {}, lambda line: None)


async def test_a_key_that_no_header_can_hold_is_never_sent(acme: Make, server: Server) -> None:
    with pytest.raises(InvalidInput, match="no key has"):
        await acme().each_line("/stream", (), {"authorization": Secret("a b\nc")}, lambda line: None)
    assert server.seen == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_lines_are_the_same_wherever_the_pieces_are_cut(size: int) -> None:
    text = b"\n{}\r\n\n  {1}\n\nlast"

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(text), size):
            yield text[start : start + size]

    found: list[bytes] = []
    await each_line(pieces(), found.append, most=1000)
    assert found == [b"{}", b"{1}", b"last"]
    with pytest.raises(TooLarge):
        await each_line(pieces(), found.append, most=10)

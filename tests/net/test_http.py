"""The one way out, over real HTTP on loopback: what is sent, what is retried, and what a person is told."""

import asyncio
import gzip
import json
import logging
import re
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

import stackk_tui
from stackk_tui.model.errors import (
    Forbidden,
    InvalidInput,
    ProtocolError,
    RateLimited,
    SignInNeeded,
    SpendLimitReached,
    StackkError,
    TimedOut,
    Unavailable,
)
from stackk_tui.model.secret import Secret
from stackk_tui.net.client import Limits
from stackk_tui.net.http import HttpClient
from stackk_tui.net.redact import remember
from stackk_tui.net.retry import RetryPolicy
from stackk_tui.sandbox.faults import Faults
from tests.conftest import NOW
from tests.net.app import Echo

pytestmark = pytest.mark.anyio

KEY = "sk-ant-admin01-a-key-that-must-not-be-seen-anywhere"
Make = Callable[..., HttpClient]


async def fails(http: HttpClient, path: str = "/x") -> StackkError:
    with pytest.raises(StackkError) as caught:
        await http.get(path, [("q", "1")], {"x-api-key": Secret(KEY)})
    return caught.value


async def test_sends_one_honest_get_and_gives_the_object(client: Make, echo: Echo) -> None:
    answer = await client().get(
        "/v1/x", [("group_by[]", "a"), ("group_by[]", "b")], {"x-api-key": Secret(KEY)}
    )
    assert answer.body["path"] == "/v1/x"
    assert answer.body["method"] == "GET"
    assert answer.body["query"] == "group_by%5B%5D=a&group_by%5B%5D=b"
    assert answer.request_id == "req_echo"
    sent = echo.seen[0]
    assert sent["user-agent"] == (
        f"stackk-tui/{stackk_tui.__version__} (+https://github.com/stackk/stackk-tui)"
    )
    assert sent["x-api-key"] == KEY


async def test_fractions_arrive_exactly(client: Make, faults: Faults) -> None:
    faults.add("*", body=b'{"cents": 0.1, "many": 123456789.123456789012345}')
    body = (await client().get("/x")).body
    assert body == {"cents": Decimal("0.1"), "many": Decimal("123456789.123456789012345")}


async def test_ignores_proxies_of_the_environment(
    client: Make, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    await client().get("/x")
    assert len(echo.seen) == 1


async def test_uses_the_proxy_that_the_config_names(client: Make, echo: Echo) -> None:
    import httpx

    http = client(proxy="http://127.0.0.1:9")
    error = await fails(http)
    assert error.code == "network"
    assert echo.seen == []
    assert isinstance(httpx.Proxy("http://127.0.0.1:9"), httpx.Proxy)


async def test_a_broken_proxy_setting_is_said(client: Make, echo: Echo) -> None:
    with pytest.raises(InvalidInput, match="proxy"):
        await client(proxy="gopher://nowhere").get("/x")
    assert echo.seen == []


@pytest.mark.parametrize("url", ["http://api.example.com", "http://localhost:1", "https://a:b@example.com"])
async def test_refuses_an_address_before_anything_is_sent(client: Make, url: str) -> None:
    with pytest.raises(InvalidInput):
        await client(url).get("/x", (), {"x-api-key": Secret(KEY)})


@pytest.mark.parametrize("key", ["sk ant", "sk-ant\r\nx-evil: 1", "schlüssel", "sk-ant\x00", ""])
async def test_refuses_a_key_that_is_not_visible_ascii(client: Make, echo: Echo, key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await client().get("/x", (), {"x-api-key": Secret(key)})
    assert "Nothing was sent." in caught.value.lines()
    assert echo.seen == []


# statuses and retries


@pytest.mark.parametrize(
    ("status", "kind", "tries"),
    [
        (400, ProtocolError, 1),
        (401, SignInNeeded, 1),
        (402, Forbidden, 1),
        (403, Forbidden, 1),
        (404, ProtocolError, 1),
        (418, ProtocolError, 1),
        (500, Unavailable, 3),
        (501, Unavailable, 1),
        (502, Unavailable, 3),
        (503, Unavailable, 3),
        (504, Unavailable, 3),
        (529, Unavailable, 3),
    ],
)
async def test_a_status_becomes_an_error_and_only_some_are_tried_again(
    client: Make, faults: Faults, status: int, kind: type[StackkError], tries: int
) -> None:
    fault = faults.add("*", status=status, body={"request_id": "req_\x1b[31mbody"})
    error = await fails(client())
    assert type(error) is kind
    assert fault.hits == tries
    assert len(error.lines()) == 3
    assert error.request_id == "req_body"


async def test_a_server_that_recovers_is_not_a_failure(
    client: Make, faults: Faults, waits: list[float]
) -> None:
    faults.add("*", status=529, times=2)
    assert (await client().get("/x")).body["path"] == "/x"
    assert waits == [0.5, 1.0]


async def test_waits_as_long_as_it_is_told(client: Make, faults: Faults, waits: list[float]) -> None:
    faults.add("*", status=429, headers={"retry-after": "4"}, times=2)
    await client().get("/x")
    assert waits == [4.0, 4.0]


async def test_never_waits_over_fifteen_seconds_in_all(
    client: Make, faults: Faults, waits: list[float]
) -> None:
    fault = faults.add("*", status=429, headers={"retry-after": "9"})
    error = await fails(client())
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(seconds=9)
    assert waits == [9.0]
    assert fault.hits == 2


async def test_a_long_retry_after_is_said_at_once(client: Make, faults: Faults, waits: list[float]) -> None:
    fault = faults.add("*", status=429, headers={"retry-after": "17"})
    error = await fails(client())
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(seconds=17)
    assert waits == []
    assert fault.hits == 1


async def test_a_date_as_retry_after(client: Make, faults: Faults, waits: list[float]) -> None:
    faults.add("*", status=503, headers={"retry-after": "Sun, 22 Nov 2026 16:30:00 GMT"})
    error = await fails(client())
    assert error.retry_at == NOW + timedelta(hours=1)
    assert waits == []


@pytest.mark.parametrize("header", [{}, {"retry-after": "soon"}, {"retry-after": ""}])
async def test_429_without_a_usable_retry_after_is_not_tried_again(
    client: Make, faults: Faults, header: dict[str, str]
) -> None:
    fault = faults.add("*", status=429, headers=header)
    error = await fails(client())
    assert isinstance(error, RateLimited)
    assert error.retry_at is None
    assert fault.hits == 1


@pytest.mark.parametrize("value", ["0", "-3"])
async def test_retry_after_zero_still_backs_off_and_ends(
    client: Make, faults: Faults, waits: list[float], value: str
) -> None:
    fault = faults.add("*", status=429, headers={"retry-after": value})
    assert isinstance(await fails(client()), RateLimited)
    assert fault.hits == 3
    assert waits == [0.5, 1.0]


async def test_a_spend_cap_is_never_tried_again(client: Make, faults: Faults) -> None:
    fault = faults.add("*", status=429, headers={"retry-after": "1"})
    error = await fails(client(classify=lambda refusal: SpendLimitReached(str(refusal.status))))
    assert isinstance(error, SpendLimitReached)
    assert fault.hits == 1


async def test_a_dropped_connection_is_tried_again_and_then_said(client: Make, faults: Faults) -> None:
    fault = faults.add("*", drop=True)
    error = await fails(client())
    assert error.code == "network"
    assert "broke off" in error.what
    assert fault.hits == 3
    faults.clear()
    assert (await client().get("/x")).body["path"] == "/x"


async def test_a_connection_cut_in_the_middle(client: Make, faults: Faults) -> None:
    fault = faults.add("*", short=True)
    error = await fails(client())
    assert error.code == "network"
    assert fault.hits == 3


# answers that cannot be read


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"html": True}, "web page"),
        ({"html": True, "status": 200, "headers": {"content-type": "application/json"}}, "not JSON"),
        ({"cut": True}, "cut off"),
        ({"body": b"", "status": 200}, "cut off"),
        ({"body": b'{"a": 1}', "headers": {"content-type": "text/plain"}}, "not JSON"),
        ({"body": b'{"a": 1}', "headers": {"content-type": ""}}, "not JSON"),
        ({"body": b"[1, 2]"}, "another shape"),
        ({"body": b'"text"'}, "another shape"),
        ({"body": b"null"}, "another shape"),
        ({"body": b'{"a": NaN}'}, "not JSON"),
        ({"body": b'{"a": Infinity}'}, "not JSON"),
        ({"body": b'{"a": \xff\xfe}'}, "not JSON"),
        ({"body": '{"a": "é"}'.encode("latin-1")}, "not JSON"),
        ({"body": b'{"a": ' + b"9" * 5000 + b"}"}, "not JSON"),
        ({"body": b'{"a": 1.' + b"9" * 5000 + b"}"}, "not JSON"),
        ({"body": b"[" * 200_000}, "not JSON"),
        ({"body": b'{"a":' * 50_000 + b"1" + b"}" * 50_000}, "not JSON"),
        ({"body": b"not gzip", "headers": {"content-encoding": "gzip"}}, "wrong encoding"),
        ({"status": 302, "headers": {"location": "https://evil.example/steal?key=1"}}, "evil.example"),
        ({"status": 304}, "another address"),
    ],
)
async def test_an_unreadable_answer_is_said_and_not_shown(
    client: Make, faults: Faults, how: dict[str, object], says: str
) -> None:
    fault = faults.add("*", **how)
    error = await fails(client())
    assert type(error) is ProtocolError
    assert says in error.what
    assert "Hotel" not in " ".join(error.lines())
    assert "steal" not in " ".join(error.lines())
    assert fault.hits == 1, "asking again would not help"


async def test_a_redirect_is_never_followed_with_the_key(client: Make, echo: Echo) -> None:
    http = client()
    with pytest.raises(ProtocolError, match=r"us on to 127\.0\.0\.1"):
        await http.get("/to", [("url", "http://127.0.0.1:1/stolen")], {"x-api-key": Secret(KEY)})
    assert len(echo.seen) == 1


async def test_a_huge_answer_is_stopped_on_the_way(client: Make, faults: Faults) -> None:
    faults.add("*", huge=8 * 1024 * 1024)
    error = await fails(client(limits=Limits(size=1024 * 1024)))
    assert isinstance(error, ProtocolError)
    assert "more than 1 MiB" in error.what


async def test_a_small_body_that_unpacks_into_a_huge_one_is_stopped(client: Make, faults: Faults) -> None:
    packed = gzip.compress(b'{"a": "' + b" " * 4_000_000 + b'"}')
    faults.add("*", body=packed, headers={"content-encoding": "gzip"})
    error = await fails(client(limits=Limits(size=1024 * 1024)))
    assert "more than 1 MiB" in error.what


async def test_a_large_answer_within_the_cap_is_read(client: Make, faults: Faults) -> None:
    faults.add("*", body=json.dumps({"data": [{"n": n} for n in range(50_000)]}).encode())
    data = (await client().get("/x")).body["data"]
    assert isinstance(data, list)
    assert len(data) == 50_000


# time


async def test_a_slow_drip_does_not_hold_longer_than_the_limit(client: Make, faults: Faults) -> None:
    faults.add("*", body=b'{"a": "' + b"x" * 1000 + b'"}', drip=0.05)
    started = time.monotonic()
    error = await fails(client(limits=Limits(answer=0.4)))
    assert isinstance(error, TimedOut)
    assert "did not finish its answer within 0.4 seconds" in error.what
    assert time.monotonic() - started < 10  # the whole answer takes 50


async def test_silence_is_a_timeout_and_not_tried_again(client: Make, faults: Faults) -> None:
    fault = faults.add("*", delay=5)
    error = await fails(client(limits=Limits(answer=0.2)))
    assert isinstance(error, TimedOut)
    assert error.code == "timeout"
    assert fault.hits == 1


async def test_slow_failures_are_not_tried_again_for_ever(client: Make, faults: Faults) -> None:
    fault = faults.add("*", status=503, delay=0.7)
    http = client(retries=RetryPolicy(patience=1.5, first_wait=0.1))
    assert isinstance(await fails(http), Unavailable)
    assert fault.hits == 2, "what the tries take counts, not only the waits between them"


async def test_cancelling_leaves_a_client_that_still_works(client: Make, faults: Faults) -> None:
    fault = faults.add("*", delay=5, times=1)
    http = client()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await http.get("/x")
    assert fault.hits == 1
    assert (await http.get("/x")).body["path"] == "/x"


# secrets


async def test_no_error_carries_the_key_or_a_library_s_exception(
    client: Make, faults: Faults, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for how in ({"drop": True}, {"status": 500}, {"html": True}, {"delay": 5}, {"status": 302}):
        faults.clear()
        faults.add("*", **how)
        error = await fails(client(limits=Limits(answer=0.2)))
        assert error.__cause__ is None
        assert error.__context__ is None
        assert KEY not in repr(error.lines()) + repr(error.args)
    assert KEY not in caplog.text
    assert not re.search(r"q=1", caplog.text), "a URL with its query was logged"


async def test_a_key_sent_back_as_a_request_id_is_not_shown(client: Make, faults: Faults) -> None:
    key = "sk-ant-admin01-" + "LongAsTheyReallyAre" * 5
    remember(Secret(key))
    faults.add("*", status=400, headers={"request-id": f"req_{key}"})
    assert (await fails(client())).request_id == "req_[hidden]"


async def test_makes_one_client_for_many_calls_at_once(client: Make, echo: Echo) -> None:
    http = client()
    answers = await asyncio.gather(*(http.get(f"/{n}") for n in range(20)))
    assert [a.body["path"] for a in answers] == [f"/{n}" for n in range(20)]
    assert len(echo.seen) == 20

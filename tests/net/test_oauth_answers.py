"""Answers of a token endpoint that is broken, hostile or merely odd; what a person is told, and what is never shown."""

import json
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stackk_tui.model.errors import (
    InvalidInput,
    NetworkError,
    ProtocolError,
    RateLimited,
    SignInNeeded,
    StackkError,
    TimedOut,
    Unavailable,
)
from stackk_tui.model.secret import Secret
from stackk_tui.net.client import Limits
from stackk_tui.net.oauth import OAuthFlow, OAuthHttp, refresh
from stackk_tui.net.oauth_grants import RefreshFailed, try_refresh
from tests.net._oauth import Peer, browse

pytestmark = pytest.mark.anyio

TOKEN = "/oauth/token"
OLD = Secret("the-refresh-token-we-have")
MARK = "MARKED-FOR-THE-SEARCH"
GOOD: dict[str, Any] = {
    "access_token": "acc-1",
    "token_type": "bearer",
    "expires_in": 10,
    "refresh_token": "r-2",
}


async def renewed(
    auth: Peer, *, status: int = 200, headers: dict[str, str] | None = None, **fields: Any
) -> Any:
    body = {name: value for name, value in {**GOOD, **fields}.items() if value is not ...}
    auth.app.faults.add(TOKEN, status=status, body=body, headers=headers or {})
    return await refresh(auth.table(), auth.http, OLD)


@pytest.mark.parametrize("status", [200, 201, 202, 299])
async def test_any_2xx_is_an_answer(status: int, auth: Peer) -> None:
    assert (await renewed(auth, status=status)).access == Secret("acc-1")


@pytest.mark.parametrize("word", ["bearer", "Bearer", "BEARER"])
async def test_the_kind_of_token_in_any_case(word: str, auth: Peer) -> None:
    assert (await renewed(auth, token_type=word)).token_type == "Bearer"


async def test_an_answer_without_a_refresh_token_keeps_the_old_one(auth: Peer) -> None:
    assert (await renewed(auth, refresh_token=...)).refresh == OLD
    assert (await renewed(auth, refresh_token=None)).refresh == OLD
    assert (await renewed(auth)).refresh == Secret("r-2")


LIVES: list[tuple[Any, timedelta | None]] = [
    (10, timedelta(seconds=10)),
    ("10", timedelta(seconds=10)),
    (1.5, timedelta(seconds=1.5)),
    (0, timedelta(0)),
    (-5, timedelta(0)),
    (10**18, timedelta(days=3650)),
    (10**400, timedelta(days=3650)),
    (1e308, timedelta(days=3650)),
    (..., None),
    (None, None),
]


@pytest.mark.parametrize(("sent", "life"), LIVES)
async def test_a_lifetime_is_held_between_nothing_and_ten_years(
    sent: Any, life: timedelta | None, auth: Peer
) -> None:
    tokens = await renewed(auth, expires_in=sent)
    got = None if tokens.expires_at is None else tokens.expires_at - tokens.obtained_at
    assert got == life


async def test_a_lifetime_that_is_not_said_can_be_in_the_table(auth: Peer) -> None:
    auth.app.faults.add(TOKEN, body={"access_token": "a", "token_type": "bearer"})
    tokens = await refresh(auth.table(default_lifetime_s=60), auth.http, OLD)
    assert tokens.expires_at is not None
    assert tokens.expires_at - tokens.obtained_at == timedelta(seconds=60)


ABSURD: dict[str, dict[str, Any]] = {
    "no access token": {"access_token": ...},
    "an empty access token": {"access_token": ""},
    "a number": {"access_token": 17},
    "a list": {"access_token": [MARK]},
    "too long": {"access_token": MARK + "x" * 16384},
    "a line break": {"access_token": f"a\r\nx-evil: {MARK}"},
    "a space": {"access_token": f"a {MARK}"},
    "a null byte": {"access_token": f"a\0{MARK}"},
    "an accent": {"access_token": f"é{MARK}"},
    "an escape sequence": {"access_token": f"\x1b]52;c;{MARK}\x07"},
    "a lone surrogate": {"access_token": f"\ud800{MARK}"},
    "a refresh token with a line break": {"refresh_token": f"a\n{MARK}"},
    "an empty refresh token": {"refresh_token": ""},
    "another kind of token": {"token_type": "mac"},
    "a kind that is no text": {"token_type": 3},
    "no kind": {"token_type": ...},
    "a lifetime in words": {"expires_in": "soon"},
    "a lifetime that is true": {"expires_in": True},
    "a lifetime in a list": {"expires_in": [3600]},
    "a scope that is no text": {"scope": {"a": MARK}},
}


@pytest.mark.parametrize("name", ABSURD)
async def test_an_absurd_answer_is_a_protocol_error_that_shows_nothing(name: str, auth: Peer) -> None:
    with pytest.raises(ProtocolError) as caught:
        await renewed(auth, **ABSURD[name])
    assert_shows_nothing(caught.value)


RAW: dict[str, dict[str, Any]] = {
    "a web page": {"html": True},
    "a web page in red": {"html": True, "status": 502},
    "text": {"body": MARK},
    "JSON cut off": {"body": '{"access_token":"' + MARK},
    "a list": {"body": f'["{MARK}"]'},
    "not a number": {"body": '{"access_token":"a","token_type":"bearer","expires_in":NaN}'},
    "a number of 5000 digits": {
        "body": '{"access_token":"a","token_type":"bearer","expires_in":' + "9" * 5000 + "}"
    },
    "deep nesting": {"body": "[" * 100_000},
    "bytes that are no text": {"body": b"\xff\xfe" + MARK.encode()},
    "JSON called text": {"body": json.dumps(GOOD), "headers": {"content-type": "text/plain"}},
    "10 MB": {"huge": 10 * 1024 * 1024},
    "10 MB of error": {"huge": 10 * 1024 * 1024, "status": 400},
    "a redirect": {"status": 307, "headers": {"location": "http://127.0.0.1:9/steal"}, "body": {}},
    "an unknown error": {"status": 400, "body": {"error": MARK, "error_description": MARK}},
    "an error that is no text": {"status": 400, "body": {"error": [MARK]}},
    "a page of a proxy": {"status": 401, "html": True},
}


@pytest.mark.parametrize("name", RAW)
async def test_what_is_no_answer_at_all(name: str, auth: Peer) -> None:
    auth.app.faults.add(TOKEN, **RAW[name])
    with pytest.raises((ProtocolError, Unavailable)) as caught:
        await refresh(auth.table(), auth.http, OLD)
    assert isinstance(caught.value, ProtocolError) or name == "a web page in red"
    assert ("far too large" in caught.value.what) is ("10 MB" in name)
    assert_shows_nothing(caught.value)


async def test_headers_and_cookies_of_an_answer_are_not_taken_along(auth: Peer) -> None:
    await renewed(auth, headers={"set-cookie": f"a={MARK}", "x-evil": MARK})
    await renewed(auth)


async def test_an_escape_sequence_in_a_name_is_cleaned(auth: Peer) -> None:
    tokens = await renewed(
        auth,
        organization={"uuid": "u-1", "name": "Ac\x1b[31mme\u202e", "secret_token": MARK},
        account={"email_address": ["x"]},
        team_id="team_1",
        scope="read\x1b]0;evil\x07 write",
    )
    assert tokens.extra == {
        "organization.uuid": "u-1",
        "organization.name": "Acme\ufffd",
        "team.id": "team_1",
    }
    assert tokens.scope == "read write"


REFUSALS: list[tuple[int, Any, type[StackkError], str]] = [
    (400, {"error": "invalid_grant"}, SignInNeeded, "refused"),
    (401, {"error": "invalid_grant"}, SignInNeeded, "refused"),
    (401, {"message": "Unauthorized"}, SignInNeeded, "refused"),
    (422, {"message": "token is revoked"}, SignInNeeded, "refused"),
    (422, {"message": "Required parameter: client_secret"}, InvalidInput, "final"),
    (401, {"error": {"type": "authentication_error", "message": "x"}}, SignInNeeded, "refused"),
    (401, {"error": "invalid_client"}, InvalidInput, "final"),
    (400, {"error": "unauthorized_client"}, InvalidInput, "final"),
    (400, {"error": "invalid_scope"}, InvalidInput, "final"),
    (400, {"error": "invalid_request"}, ProtocolError, "final"),
    (400, {"message": "a bad day"}, ProtocolError, "final"),
    (429, {"error": "slow"}, RateLimited, "final"),
    (500, {}, Unavailable, "later"),
    (503, {"error": "temporarily_unavailable"}, Unavailable, "later"),
    (502, {"error": "invalid_grant"}, Unavailable, "later"),
]


@pytest.mark.parametrize(("status", "body", "kind", "how"), REFUSALS)
async def test_each_refusal_of_the_token_endpoint(
    status: int, body: Any, kind: type[StackkError], how: str, auth: Peer
) -> None:
    auth.app.faults.add(TOKEN, status=status, body=body)
    failed = await try_refresh(auth.table(), auth.http, OLD)
    assert isinstance(failed, RefreshFailed)
    assert type(failed.error) is kind
    assert failed.how == how
    assert len(failed.error.lines()) == 3


async def test_a_400_without_a_code_refuses_where_the_table_says_so(auth: Peer) -> None:
    auth.app.faults.add(TOKEN, status=400, body={"message": "Refresh token is not valid"})
    failed = await try_refresh(replace(auth.table(), bare_400_refuses=True), auth.http, OLD)
    assert isinstance(failed, RefreshFailed)
    assert (type(failed.error), failed.how) == (SignInNeeded, "refused")


async def test_retry_after_is_kept(auth: Peer) -> None:
    auth.app.faults.add(TOKEN, status=429, headers={"retry-after": "7"})
    failed = await try_refresh(auth.table(), auth.http, OLD)
    assert isinstance(failed, RefreshFailed)
    assert (failed.how, failed.wait) == ("later", 7.0)
    assert failed.error.retry_at is not None
    assert timedelta(seconds=5) < failed.error.retry_at - datetime.now(UTC) < timedelta(seconds=8)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"delay": 9.0}, TimedOut),
        ({"drop": True}, NetworkError),
        ({"short": True}, NetworkError),
        ({"drip": 0.2}, TimedOut),
    ],
)
async def test_an_answer_lost_on_the_way_says_that_nobody_knows(
    fault: dict[str, Any], kind: type[StackkError], auth: Peer
) -> None:
    auth.app.faults.add(TOKEN, **{"body": GOOD, **fault})
    http = OAuthHttp(allow_http_loopback=True, limits=Limits(answer=1.0))
    failed = await try_refresh(auth.table(), http, OLD)
    await http.aclose()
    assert isinstance(failed, RefreshFailed)
    assert (failed.how, type(failed.error)) == ("unknown", kind)


async def test_a_server_that_is_not_there_was_not_told_anything(auth: Peer) -> None:
    for url in ("http://127.0.0.1:1/token", "https://nobody.invalid/token"):
        failed = await try_refresh(auth.table(token_url=url), auth.http, OLD)
        assert isinstance(failed, RefreshFailed)
        assert (failed.how, type(failed.error)) == ("later", NetworkError)


async def test_plain_http_to_another_machine_is_refused_before_sending(auth: Peer) -> None:
    for url in ("http://acme.example/token", "http://localhost/token", "ftp://127.0.0.1/token"):
        with pytest.raises(InvalidInput):
            await refresh(auth.table(token_url=url), auth.http, OLD)
    strict = OAuthHttp()
    with pytest.raises(InvalidInput):
        await refresh(auth.table(), strict, OLD)


async def test_the_code_is_not_sent_twice_when_the_answer_is_lost(auth: Peer) -> None:
    fault = auth.app.faults.add(TOKEN, status=503)
    async with await OAuthFlow.start(auth.table(), auth.http) as flow:
        await browse(flow.address)
        with pytest.raises(Unavailable):
            await flow.wait()
    assert fault.hits == 1


def assert_shows_nothing(error: BaseException) -> None:
    shown = "".join(traceback.format_exception(error)) + repr(error)
    assert MARK not in shown
    assert OLD.reveal() not in shown
    assert str(error).isprintable()

"""Telling the server that a sign-in is over, and saying truly how that went."""

import time

import pytest

from stackk_tui.model.secret import Secret
from stackk_tui.net.oauth import OAuthTokens, revoke
from stackk_tui.sandbox.oauth_style import CONFIDENTIAL, Style
from tests.conftest import LoopbackServer
from tests.net._oauth import Peer, peer, signed_in

pytestmark = pytest.mark.anyio

REVOKE = "/oauth/revoke"


async def test_the_refresh_token_goes_first_and_both_are_dead_afterwards(auth: Peer) -> None:
    tokens: OAuthTokens = await signed_in(auth)
    result = await revoke(auth.table(), auth.http, tokens)
    assert (result.outcome, result.message) == ("revoked", "")
    assert auth.app.grants.active(tokens.access.reveal()) is None
    sent = [asked for asked in auth.app.server.seen if asked.path == REVOKE]
    assert [asked.names for asked in sent] == [("client_id", "token", "token_type_hint")] * 2
    assert auth.counts["families_ended"] == 1


async def test_a_confidential_client_says_who_it_is(auth: Peer) -> None:
    table = auth.table(
        client_id=CONFIDENTIAL.id, client_secret=Secret(CONFIDENTIAL.secret or ""), client_auth="basic"
    )
    tokens = await signed_in(auth, table)
    assert (await revoke(table, auth.http, tokens)).outcome == "revoked"
    assert auth.counts["families_ended"] == 1


async def test_the_json_style_names_the_client_and_the_refresh_token(loopback_server: LoopbackServer) -> None:
    auth = peer(loopback_server, style=Style(revoke="json"))
    table = auth.table(
        client_id=CONFIDENTIAL.id,
        client_secret=Secret(CONFIDENTIAL.secret or ""),
        client_auth="basic",
        revoke_style="json-refresh-token",
    )
    tokens = await signed_in(auth, table)
    assert (await revoke(table, auth.http, tokens)).outcome == "revoked"
    assert auth.app.server.seen[-1].names == ("client_id", "client_secret", "refresh_token")
    assert auth.app.server.seen[-1].content_type == "application/json"
    assert "authorization" not in auth.app.server.seen[-1].headers
    assert auth.counts["families_ended"] == 1
    await auth.http.aclose()


@pytest.mark.parametrize(
    ("status", "body"), [(200, {}), (204, b""), (202, {}), (400, {"error": "invalid_token"})]
)
async def test_any_2xx_and_invalid_token_count_as_revoked(status: int, body: object, auth: Peer) -> None:
    tokens = await signed_in(auth)
    auth.app.faults.add(REVOKE, status=status, body=body)
    assert (await revoke(auth.table(), auth.http, tokens)).outcome == "revoked"


async def test_an_unknown_token_is_revoked_already(auth: Peer) -> None:
    tokens = await signed_in(auth)
    await revoke(auth.table(), auth.http, tokens)
    assert (await revoke(auth.table(), auth.http, tokens)).outcome == "revoked"


async def test_an_access_token_that_cannot_be_revoked_ends_with_its_refresh_token(auth: Peer) -> None:
    tokens = await signed_in(auth)
    auth.app.faults.add(REVOKE, after=1, status=400, body={"error": "unsupported_token_type"})
    assert (await revoke(auth.table(), auth.http, tokens)).outcome == "revoked"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 503}, "status 503"),
        ({"status": 400, "body": {"error": "invalid_client"}}, "status 400"),
        ({"status": 302, "headers": {"location": "http://127.0.0.1:9/"}}, "status 302"),
        ({"drop": True}, "broke off"),
        ({"huge": 10_000_000}, "too large"),
        ({"after": 1, "status": 500}, "status 500"),
    ],
)
async def test_a_server_that_could_not_be_told_is_said_so(
    fault: dict[str, object], words: str, auth: Peer
) -> None:
    tokens = await signed_in(auth)
    auth.app.faults.add(REVOKE, **fault)
    result = await revoke(auth.table(), auth.http, tokens)
    assert result.outcome == "failed"
    assert words in result.message
    assert result.message.endswith("End it there: https://acme.example/apps")
    assert tokens.access.reveal() not in result.message


async def test_it_takes_no_longer_than_its_deadline(auth: Peer) -> None:
    tokens = await signed_in(auth)
    auth.app.faults.add(REVOKE, delay=30)
    began = time.monotonic()
    result = await revoke(auth.table(), auth.http, tokens, seconds=0.3)
    assert time.monotonic() - began < 5  # a loaded machine is slow, but not as slow as that answer
    assert result.outcome == "failed"
    assert "did not answer within 0.3 seconds" in result.message


@pytest.mark.parametrize("how", [{"revoke_url": None}, {"revoke_style": "none"}])
async def test_a_provider_without_revocation_is_said_so(how: dict[str, object], auth: Peer) -> None:
    tokens = await signed_in(auth)
    result = await revoke(auth.table(**how), auth.http, tokens)
    assert result.outcome == "impossible"
    assert "https://acme.example/apps" in result.message


async def test_a_wrong_address_does_not_raise(auth: Peer) -> None:
    tokens = await signed_in(auth)
    table = auth.table(revoke_url="http://acme.example/revoke")
    assert (await revoke(table, auth.http, tokens)).outcome == "failed"

"""A Console token on the wire: its headers, and what a 401 leads to."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from stackk_tui.model.errors import Forbidden, InvalidInput, SignInNeeded, StackkError
from stackk_tui.model.service import Account
from stackk_tui.net.bearer import Bearer
from stackk_tui.providers.anthropic.provider import AnthropicProvider
from stackk_tui.providers.base import Session
from stackk_tui.sandbox.oauth_style import PUBLIC
from stackk_tui.storage.token_record import MemoryStore, TokenRecord
from tests.conftest import MakeSettings
from tests.console import TOKEN, Console, mint, real_now
from tests.providers.anthropic.helpers import Tracked, make_provider, tracked


@pytest.fixture
async def provider(settings: MakeSettings, oauth_console: Console) -> AsyncIterator[AnthropicProvider]:
    made = make_provider(settings(**oauth_console.env), real_now)
    yield made
    await made.aclose()


@pytest.fixture
async def held(provider: AnthropicProvider, oauth_console: Console) -> Tracked:
    """A tracked organization whose tokens are in memory."""
    account = tracked(provider, real_now, method="oauth")
    account.ledger.settle(real_now().date() - timedelta(days=2))
    store = MemoryStore()
    await store.save("anthropic", account.session.account.id, record(oauth_console))
    bearer = provider.bearer(account.session.account, store)
    account.session = Session(account.session.account, None, bearer)
    return account


def record(console: Console, **how: object) -> TokenRecord:
    from stackk_tui.model.secret import Secret
    from stackk_tui.sandbox.oauth_grants import Family

    given = console.grants.tokens_for(Family(PUBLIC.id, "org:admin"), refresh=True)
    now = real_now()
    return TokenRecord(
        Secret(str(given["access_token"])),
        kind="oauth",
        refresh=Secret(str(given["refresh_token"])),
        expires_at=now + timedelta(hours=1),
        obtained_at=now,
        issuer=str(how.get("issuer", f"{console.url}{TOKEN}")),
    )


def revoke_access(console: Console) -> None:
    for access in console.grants.access.values():
        access.revoked = True


@pytest.mark.anyio
async def test_every_request_is_a_bearer_with_its_beta_header(held, oauth_console) -> None:
    fetched = await held.refresh()
    assert fetched.failures == {}
    assert oauth_console.api.seen
    for seen in oauth_console.api.seen:
        assert "oauth-2025-04-20" in seen.headers["anthropic-beta"].split(",")
        assert "x-api-key" not in seen.headers
    limits = [s for s in oauth_console.api.seen if s.path.endswith("/spend_limits")]
    assert "spend-limit-reads-2026-09-26" in limits[0].headers["anthropic-beta"]


@pytest.mark.anyio
async def test_many_refused_at_once_lead_to_one_renewal(held, oauth_console) -> None:
    assert (await held.refresh()).failures == {}
    await held.provider.workspaces(held.session)
    revoke_access(oauth_console)
    outcomes = await asyncio.gather(
        *(held.provider.workspaces(held.session) for _ in range(6)), held.refresh(), return_exceptions=True
    )
    assert not [o for o in outcomes if isinstance(o, Exception)]
    assert outcomes[-1].failures == {}
    assert oauth_console.counts["refreshes"] == 1


@pytest.mark.anyio
async def test_a_token_refused_again_after_its_renewal_is_believed_to_be_refused(held, oauth_console) -> None:
    oauth_console.kind = "unknown"
    with pytest.raises(SignInNeeded, match="not even renewed") as caught:
        await held.provider.workspaces(held.session)
    assert oauth_console.counts["refreshes"] == 1
    assert len(oauth_console.api.seen) == 2
    assert caught.value.request_id


@pytest.mark.anyio
async def test_a_403_renews_nothing(held, oauth_console) -> None:
    oauth_console.kind = "nothing"
    with pytest.raises(Forbidden):
        await held.provider._api(held.session).workspaces()
    assert oauth_console.counts["refreshes"] == 0


@pytest.mark.anyio
async def test_a_dead_grant_is_asked_for_once_and_keeps_every_panel_quiet(held, oauth_console) -> None:
    for family in {
        access.family.client_id: access.family for access in oauth_console.grants.access.values()
    }.values():
        oauth_console.grants.end(family)
    first, second = await held.refresh(), await held.refresh()
    for fetched in (first, second):
        assert all(isinstance(error, SignInNeeded) for error in fetched.failures.values())
        assert fetched.failures
        assert fetched.snapshots == {}
    assert oauth_console.counts["error invalid_grant"] == 1


@pytest.mark.anyio
async def test_a_token_needs_the_beta_header_at_the_sandbox(oauth_console) -> None:
    import httpx

    token = mint(oauth_console)
    url = f"{oauth_console.url}/v1/organizations/me"
    headers = {"authorization": f"Bearer {token}", "anthropic-version": "2023-06-01"}
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(url, headers=headers)).status_code == 401
        headers["anthropic-beta"] = "other, oauth-2025-04-20"
        assert (await client.get(url, headers=headers)).status_code == 200
        assert (await client.get(url, headers={**headers, "x-api-key": token})).status_code == 401


def test_what_is_missing_and_what_stays(settings: MakeSettings, tmp_path: Path) -> None:
    provider = make_provider(settings(PATH=str(tmp_path)), real_now)
    assert "ANTHROPIC_CLIENT_ID" in provider.missing("oauth")
    assert "ant" in provider.missing("ant")
    assert provider.missing("admin-key") == ""
    for method, words in (("oauth", "ANTHROPIC_CLIENT_ID"), ("ant", "not installed")):
        with pytest.raises(StackkError) as caught:
            provider.check(method)
        assert words in " ".join(caught.value.lines())
    assert "stays at Anthropic" in provider.stays("oauth")
    assert provider.stays("ant") == "the sign-in stays with `ant`: run ant auth logout --profile stackk"
    ready = make_provider(
        settings(ANTHROPIC_CLIENT_ID="mine", STACKK_ANTHROPIC_REVOKE_URL="https://auth.example/revoke"),
        real_now,
    )
    assert ready.missing("oauth") == ""
    assert ready.stays("oauth") == ""


def test_there_is_no_client_id_of_anybody_by_default(settings: MakeSettings) -> None:
    provider = make_provider(settings(), real_now)
    account = Account(
        id="a", provider="anthropic", method="oauth", label="", billing_scope="", created_at=real_now()
    )
    with pytest.raises(InvalidInput, match="No OAuth client"):
        provider.bearer(account, MemoryStore())


@pytest.mark.anyio
async def test_a_record_of_another_server_is_sent_nowhere(provider, held, oauth_console) -> None:
    store = MemoryStore()
    await store.save("anthropic", "acc_1", record(oauth_console, issuer="https://elsewhere.example/token"))
    source = provider.bearer(held.session.account, store)
    assert isinstance(source, Bearer)
    with pytest.raises(SignInNeeded, match="another server"):
        await source.token()
    ended = await provider.revoke(
        Session(held.session.account, None, grant=await store.load("anthropic", "acc_1")), destroy_token=False
    )
    assert ended.outcome == "failed"
    assert "another server" in ended.message
    assert oauth_console.oauth.seen == []

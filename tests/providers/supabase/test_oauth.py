"""Signing in with one's own OAuth app: by settings or typed in, renewed, rotated, refused and revoked."""

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from stackk_tui.model.errors import InvalidInput, SignInNeeded
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Status
from stackk_tui.providers.base import OAuthApp
from stackk_tui.sandbox.supabase import CLIENT
from stackk_tui.sandbox.supabase_world import API, NIMBUS, NOTES, QUESTS
from stackk_tui.stack import SignedIn, Stack
from tests.console import found_in
from tests.providers.supabase.helpers import values
from tests.supabase_server import SupabaseServer

pytestmark = pytest.mark.anyio

APP = OAuthApp(CLIENT.id, Secret(CLIENT.secret or ""))


@pytest.fixture
def ours(settings, supabase: SupabaseServer, tmp_path):
    def make(env: dict[str, str]):
        return settings(**env, STACKK_TOKEN_STORE="vault", STACKK_VAULT_KEY_FILE=str(tmp_path / "vault.key"))

    return make


@asynccontextmanager
async def opened(settings, supabase):
    stack = await Stack.open(settings, clock=supabase.clock)
    try:
        yield stack
    finally:
        await stack.close()


async def sign_in(stack: Stack, app: OAuthApp | None = None) -> SignedIn:
    """Opens the page as a browser, and pastes the address it ends on."""
    page = await stack.sign_in_at_vendor("supabase", "oauth", listen=False, app=app)
    answer = await asyncio.to_thread(lambda: httpx.get(page.address, trust_env=False))
    assert answer.status_code == 302, answer.text
    page.paste(answer.headers["location"])
    return await page.finish()


def end_access(supabase) -> None:
    for access in supabase.app.grants.access.values():
        access.revoked = True


async def test_the_page_gets_what_is_registered_and_no_scope(ours, supabase) -> None:
    async with opened(ours(supabase.oauth_env), supabase) as stack:
        page = await stack.sign_in_at_vendor("supabase", "oauth", listen=False)
        query = {k: v[0] for k, v in parse_qs(urlsplit(page.address).query).items()}
        assert query["redirect_uri"] == "http://localhost:47823/callback"
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert "scope" not in query, "scopes are fixed on the app"
        assert CLIENT.secret not in page.address
        await page.cancel()


async def test_a_grant_is_one_organization_and_shows_what_oauth_may(ours, supabase) -> None:
    async with opened(ours(supabase.oauth_env), supabase) as stack:
        signed = await sign_in(stack)
        assert signed.account.label == "Nimbus Labs"
        assert signed.account.billing_scope == "supabase:org:nimbus-labs"
        choices = await stack.workspaces(signed.account.id)
        assert {c.workspace.part_of or c.workspace.id for c in choices} == {NIMBUS}
        await stack.connect(signed.account.id, [NIMBUS, API])
        assert {o.error for o in await stack.refresh()} == {None}
        for view in await stack.services():
            assert view.status is Status.OK
            assert {"requests_7d", "addons_monthly", "disk_bytes"} <= set(view.snapshot.not_permitted)
            assert {"database_bytes", "disk_provisioned_bytes"} <= set(values(view.snapshot))
            assert view.snapshot.can == {"plan", "price", "picker", "revoke"}
            assert view.month.requests.provenance.value == "not-permitted"
        exchange = supabase.app.oauth.seen[0]
        assert "authorization" in exchange.headers, "a client without its secret is refused"
        assert exchange.content_type.startswith("application/x-www-form-urlencoded")


async def test_two_organizations_are_two_accounts_side_by_side(ours, supabase) -> None:
    async with opened(ours(supabase.oauth_env), supabase) as stack:
        for chosen, ids in ((NIMBUS, [NIMBUS]), (QUESTS, [QUESTS, NOTES])):
            supabase.app.grants.chosen = chosen
            signed = await sign_in(stack)
            await stack.connect(signed.account.id, ids)
        assert {o.error for o in await stack.refresh()} == {None}
        views = await stack.services()
        assert len({v.account.id for v in views}) == 2
        assert [v.snapshot.plan.value.label for v in views] == ["Pro", "Free", "Free"]
        asked = {(s.token, s.path.split("/")[3]) for s in supabase.seen if s.path.startswith("/v1/projects/")}
        assert ("oauth nimbus-labs", NOTES) not in asked
        assert ("oauth side-quests", API) not in asked


async def test_a_renewal_keeps_the_new_refresh_token_before_it_is_used(ours, supabase) -> None:
    async with opened(ours(supabase.oauth_env), supabase) as stack:
        signed = await sign_in(stack)
        await stack.connect(signed.account.id, [API])
        first = await stack._core.tokens.load("supabase", signed.account.id)
        for _ in range(2):
            end_access(supabase)
            (outcome,) = await stack.refresh(force=True)
            assert outcome.error is None
        kept = await stack._core.tokens.load("supabase", signed.account.id)
        assert kept.refresh != first.refresh
        assert kept.client_id == "", "the app is the one of the settings"
    counts = supabase.app.grants.counts
    assert (counts["refreshes"], counts["reuse_detections"]) == (2, 0)
    async with opened(ours(supabase.oauth_env), supabase) as stack:
        (outcome,) = await stack.refresh(force=True)
        assert outcome.error is None


async def test_access_that_was_ended_by_the_person_needs_a_sign_in_and_keeps_the_figures(
    ours, supabase
) -> None:
    async with opened(ours(supabase.oauth_env), supabase) as stack:
        signed = await sign_in(stack)
        await stack.connect(signed.account.id, [API])
        await stack.refresh()
        for family, _ in supabase.app.grants.consents:
            supabase.app.grants.end(family)
        (outcome,) = await stack.refresh(force=True)
        assert isinstance(outcome.error, SignInNeeded)
        (view,) = await stack.services()
        assert view.status is Status.SIGN_IN_NEEDED
        assert values(view.snapshot)["database_bytes"] == "1483210752"


@pytest.mark.parametrize("status", [400, 401, 422])
async def test_a_refused_renewal_in_supabases_own_words_needs_a_sign_in(ours, supabase, status: int) -> None:
    async with opened(ours(supabase.oauth_env), supabase) as stack:
        signed = await sign_in(stack)
        await stack.connect(signed.account.id, [API])
        end_access(supabase)
        supabase.faults.add("/v1/oauth/token", status=status, body={"message": "Refresh token is not valid"})
        (outcome,) = await stack.refresh()
        assert isinstance(outcome.error, SignInNeeded)


async def test_disconnecting_deletes_here_and_then_revokes_by_json(ours, supabase) -> None:
    async with opened(ours(supabase.oauth_env), supabase) as stack:
        signed = await sign_in(stack)
        (view,) = await stack.connect(signed.account.id, [API])
        farewell = await stack.disconnect(view.service.id)
        assert farewell.revoked == "revoked"
        assert await stack._core.tokens.load("supabase", signed.account.id) is None
    asked = supabase.app.oauth.seen[-1]
    assert (asked.path, asked.content_type) == ("/v1/oauth/revoke", "application/json")
    assert asked.names == ("client_id", "client_secret", "refresh_token")
    assert [family.revoked for family, _ in supabase.app.grants.consents] == [True]


async def test_an_unreachable_revocation_is_deleted_here_and_said(ours, supabase) -> None:
    async with opened(ours(supabase.oauth_env), supabase) as stack:
        signed = await sign_in(stack)
        (view,) = await stack.connect(signed.account.id, [API])
        supabase.faults.add("/v1/oauth/revoke", status=500)
        farewell = await stack.disconnect(view.service.id)
        assert farewell.revoked == "failed"
        assert "https://supabase.com/dashboard" in " ".join(farewell.cannot)
        assert await stack._core.tokens.load("supabase", signed.account.id) is None


# an app that is typed in
async def test_an_app_that_was_typed_in_is_kept_like_tokens_and_renews_them(ours, supabase, tmp_path) -> None:
    settings = ours(supabase.env)
    async with opened(settings, supabase) as stack:
        assert "client id and secret" in stack.missing("supabase", "oauth")
        signed = await sign_in(stack, APP)
        (view,) = await stack.connect(signed.account.id, [API])
        kept = await stack._core.tokens.load("supabase", signed.account.id)
        assert (kept.client_id, kept.client_secret) == (CLIENT.id, APP.client_secret)
    async with opened(settings, supabase) as stack:
        end_access(supabase)
        (outcome,) = await stack.refresh()
        assert outcome.error is None
        kept = await stack._core.tokens.load("supabase", signed.account.id)
        assert kept.client_id == CLIENT.id, "still there after a renewal"
        assert supabase.app.grants.counts["refreshes"] == 1
        assert found_in([tmp_path], supabase.secrets()) == []
        assert (await stack.disconnect(view.service.id)).revoked == "revoked"


async def test_a_typed_app_goes_before_the_one_in_the_settings(ours, supabase) -> None:
    env = {**supabase.env, "SUPABASE_CLIENT_ID": "another", "SUPABASE_CLIENT_SECRET": "another-secret"}
    async with opened(ours(env), supabase) as stack:
        assert (await sign_in(stack, APP)).account.label == "Nimbus Labs"


@pytest.mark.parametrize(
    ("client_id", "secret"), [("", "x"), ("a b", "x"), ("id", ""), ("id", "é"), ("id", "a\nb")]
)
async def test_what_can_be_no_app_is_not_sent(ours, supabase, client_id: str, secret: str) -> None:
    async with opened(ours(supabase.env), supabase) as stack:
        with pytest.raises(InvalidInput):
            await stack.sign_in_at_vendor(
                "supabase", "oauth", listen=False, app=OAuthApp(client_id, Secret(secret))
            )
    assert supabase.seen == []


async def test_without_an_app_nothing_is_sent_anywhere(ours, supabase) -> None:
    async with opened(ours(supabase.oauth_env), supabase) as stack:
        signed = await sign_in(stack)
        (view,) = await stack.connect(signed.account.id, [API])
    end_access(supabase)
    supabase.seen.clear()
    async with opened(ours(supabase.env), supabase) as stack:
        with pytest.raises(InvalidInput, match="No OAuth app"):
            await stack.sign_in_at_vendor("supabase", "oauth", listen=False)
        (outcome,) = await stack.refresh()
        assert isinstance(outcome.error, InvalidInput)
        assert (await stack.disconnect(view.service.id)).revoked == "failed"
    assert supabase.seen == []


async def test_an_id_without_its_secret_is_said(ours, supabase) -> None:
    env = {**supabase.env, "SUPABASE_CLIENT_ID": CLIENT.id}
    async with opened(ours(env), supabase) as stack:
        assert "secret" in stack.missing("supabase", "oauth")
        with pytest.raises(InvalidInput, match="secret"):
            stack.check_door("supabase", "oauth")


async def test_a_wrong_secret_is_the_apps_problem(ours, supabase) -> None:
    env = {**supabase.oauth_env, "SUPABASE_CLIENT_SECRET": "wrong"}
    async with opened(ours(env), supabase) as stack:
        with pytest.raises((InvalidInput, SignInNeeded)) as caught:
            await sign_in(stack)
        assert "wrong" not in " ".join(caught.value.lines())

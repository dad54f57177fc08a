"""Whose token is it, and what people paste by mistake."""

import pytest

from stackk_tui.model.errors import Forbidden, InvalidInput, SignInNeeded, WrongCredential
from stackk_tui.model.secret import Secret
from stackk_tui.sandbox.supabase import (
    EXPIRED_TOKEN,
    NO_USAGE_TOKEN,
    NOTHING_TOKEN,
    SCOPED_TOKEN,
    TOKEN,
    Token,
)
from tests.providers.supabase.helpers import tracked

pytestmark = pytest.mark.anyio


async def test_a_classic_token_sees_every_organization(provider, supabase) -> None:
    identity = await provider.sign_in("token", Secret(f"  {TOKEN}\n"), {})
    assert identity.label == "Nimbus Labs, Side Quests"
    assert identity.method == "token"
    assert "2 organizations" in identity.note
    assert "/v1/profile" not in supabase.app.paths(), "it answers 403 to every token"


async def test_a_scoped_token_of_one_organization_is_that_organizations(provider) -> None:
    identity = await provider.sign_in("token", Secret(SCOPED_TOKEN), {})
    assert (identity.key, identity.label) == ("nimbus-labs", "Nimbus Labs")
    assert identity.billing_scope == "supabase:org:nimbus-labs"


async def test_signing_in_again_with_a_new_token_is_the_same_account(provider, supabase) -> None:
    first = await provider.sign_in("token", Secret(TOKEN), {})
    supabase.app.tokens["sbp_" + "a" * 40] = Token("classic")
    supabase.world.organizations.reverse()
    again = await provider.sign_in("token", Secret("sbp_" + "a" * 40), {})
    assert again.key == first.key


async def test_a_token_that_lists_no_organization_may_reach_projects(provider, supabase) -> None:
    supabase.faults.add("/v1/organizations", body="[]")
    identity = await provider.sign_in("token", Secret(TOKEN), {})
    assert identity.key == "nimbus-labs,side-quests"
    supabase.faults.add("/v1/organizations", status=403, body={"message": "Forbidden resource"})
    assert (await provider.sign_in("token", Secret(TOKEN), {})).key == identity.key


async def test_a_token_that_sees_nothing_is_not_kept(provider, supabase) -> None:
    for path in ("/v1/organizations", "/v1/projects"):
        supabase.faults.add(path, body="[]")
    with pytest.raises(WrongCredential, match="no organization and no project"):
        await provider.sign_in("token", Secret(TOKEN), {})


async def test_a_refused_token_and_one_that_may_nothing(provider) -> None:
    with pytest.raises(SignInNeeded, match="wrong, revoked or expired"):
        await provider.sign_in("token", Secret(EXPIRED_TOKEN), {})
    with pytest.raises(Forbidden):
        await provider.sign_in("token", Secret(NOTHING_TOKEN), {})


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("sb_secret_abcdefghijklmnop", "a project's secret key"),
        ("sb_publishable_abcdefgh", "a project's publishable key"),
        ("eyJhbGciOiJIUzI1NiJ9.e30.abc", "a project's old key"),
        ("sbp_oauth_" + "a" * 40, "the token of an OAuth sign-in"),
        ("sk-ant-admin01-abcdef", "an Anthropic key"),
        ("vercel_abcdef", "a Vercel token"),
        ("postgresql://postgres:pw@db.example:5432/postgres", "a database address"),
    ],
)
async def test_another_key_is_named_and_never_sent(provider, supabase, pasted: str, words: str) -> None:
    with pytest.raises(WrongCredential) as caught:
        await provider.sign_in("token", Secret(pasted), {})
    assert words in caught.value.what
    assert "not sent" in caught.value.means
    assert pasted not in " ".join(caught.value.lines())
    assert supabase.seen == []


@pytest.mark.parametrize("pasted", ["", "   ", "hello", "sbp_", "sbp_abc def", "sbp_é", "sbp_abc\r\nx: y"])
async def test_what_is_no_token_is_never_sent(provider, supabase, pasted: str) -> None:
    with pytest.raises(InvalidInput):
        await provider.sign_in("token", Secret(pasted), {})
    assert supabase.seen == []


async def test_a_token_without_usage_is_good(provider) -> None:
    assert (await provider.sign_in("token", Secret(NO_USAGE_TOKEN), {})).key


async def test_nobody_can_revoke_a_token_for_you(provider, supabase) -> None:
    done = await provider.revoke(tracked(provider).session, destroy_token=True)
    assert done.outcome == "impossible"
    assert "https://supabase.com/dashboard/account/tokens" in done.message
    assert supabase.seen == []

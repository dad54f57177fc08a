"""Whose token it is, what it may see, what can be picked, and what ending it does."""

import pytest

from stackk_tui.model.errors import InvalidInput, ProtocolError, SignInNeeded, Unavailable, WrongCredential
from stackk_tui.model.secret import Secret
from stackk_tui.providers.base import Identity, Session
from stackk_tui.providers.vercel.provider import VercelProvider
from stackk_tui.sandbox.vercel import (
    EXPIRED_TOKEN,
    FULL_TOKEN,
    NOTHING_TOKEN,
    PROJECT_TOKEN,
    SHORT_USER_TOKEN,
    TEAM_TOKEN,
)
from stackk_tui.sandbox.vercel_world import HOBBY_TEAM, LIMITED_TEAM, PRO_TEAM, PROJECTS, USER_ID
from tests.providers.vercel.conftest import Server
from tests.providers.vercel.helpers import account

pytestmark = pytest.mark.anyio


async def sign_in(provider: VercelProvider, token: str) -> Identity:
    return await provider.sign_in("token", Secret(token), {})


def session(token: str, scope: str = f"vercel:user:{USER_ID}") -> Session:
    return Session(account(scope), Secret(token))


async def test_a_full_token_is_its_users(provider: VercelProvider) -> None:
    found = await sign_in(provider, FULL_TOKEN)
    assert (found.key, found.label, found.note) == (USER_ID, "dev-example", "")


async def test_a_token_that_sees_the_short_user_is_the_same_account(provider: VercelProvider) -> None:
    found = await sign_in(provider, SHORT_USER_TOKEN)
    assert found.key == USER_ID
    assert "only some of the account" in found.note


async def test_a_teams_token_is_that_team_and_says_so(provider: VercelProvider, vercel: Server) -> None:
    found = await sign_in(provider, TEAM_TOKEN)
    assert (found.key, found.label) == (PRO_TEAM, "Nimbus Labs")
    assert "only" in found.note
    assert vercel.app.paths()[:3] == ["/v2/user", "/v2/teams", "/v5/user/tokens/current"]
    picks = await provider.workspaces(session(TEAM_TOKEN, found.billing_scope))
    assert {p.bill for p in picks} == {f"vercel:team:{PRO_TEAM}"}
    assert picks[0].id == PRO_TEAM


async def test_a_projects_token_says_which_one_to_create_instead(provider: VercelProvider) -> None:
    with pytest.raises(WrongCredential) as raised:
        await sign_in(provider, PROJECT_TOKEN)
    assert "single project" in raised.value.what
    assert "the team or the full account" in raised.value.next_step


@pytest.mark.parametrize("token", [EXPIRED_TOKEN, "vcp_nobodyKnowsThisOne", "x"])
async def test_an_invalid_token_is_a_403_and_means_sign_in(
    provider: VercelProvider, vercel: Server, token: str
) -> None:
    with pytest.raises(SignInNeeded) as raised:
        await sign_in(provider, token)
    assert token not in " ".join(raised.value.lines()) or token == "x"
    assert vercel.app.paths() == ["/v2/user"]


async def test_no_token_and_a_torn_one_are_not_sent(provider: VercelProvider, vercel: Server) -> None:
    for secret in (None, Secret(""), Secret("vcp_torn apart"), Secret("vcp_torn\napart")):
        with pytest.raises(InvalidInput):
            await provider.sign_in("token", secret, {})
    assert vercel.app.seen == []


async def test_a_bad_day_at_sign_in_is_not_called_a_bad_token(
    provider: VercelProvider, vercel: Server, waits: list[float]
) -> None:
    vercel.app.faults.add("/v2/user", status=500)
    with pytest.raises(Unavailable):
        await sign_in(provider, FULL_TOKEN)
    assert len(waits) == 2
    vercel.app.faults.clear()
    vercel.app.faults.add("/v2/user", status=403, html=True)
    with pytest.raises(ProtocolError):
        await sign_in(provider, FULL_TOKEN)


async def test_teams_with_their_projects_can_be_picked_and_closed_ones_say_why(
    provider: VercelProvider,
) -> None:
    picks = await provider.workspaces(session(FULL_TOKEN))
    assert [(p.id, p.kind, p.part_of) for p in picks] == [
        (PRO_TEAM, "team", ""),
        *((PROJECTS[name], "project", PRO_TEAM) for name in ("web", "docs", "edge")),
        (HOBBY_TEAM, "team", ""),
        (PROJECTS["blog"], "project", HOBBY_TEAM),
        (LIMITED_TEAM, "team", ""),
    ]
    assert [p.closed for p in picks[:-1]] == [""] * 6
    assert picks[-1].closed == "this token is not for it"
    assert [p.plan for p in picks if p.kind == "team"] == ["Pro", "Hobby", None]


@pytest.mark.parametrize("bare", [True, False])
async def test_projects_page_by_a_word_or_come_as_a_bare_list(
    provider: VercelProvider, vercel: Server, bare: bool
) -> None:
    vercel.app.page_cap, vercel.app.bare_projects = 1, bare
    picks = await provider.workspaces(session(FULL_TOKEN))
    assert len([p for p in picks if p.kind == "project"]) == 4
    assert len([p for p in picks if p.kind == "team"]) == 3
    pages = [dict(s.query) for s in vercel.app.seen if s.path == "/v10/projects"]
    assert any(q.get("from", "").startswith("ct.") for q in pages) is not bare


async def test_a_personal_account_without_a_list_of_teams(provider: VercelProvider, vercel: Server) -> None:
    vercel.app.world.teams_listed = False
    picks = await provider.workspaces(session(FULL_TOKEN))
    assert [p.id for p in picks] == [HOBBY_TEAM, PROJECTS["blog"]]
    vercel.app.faults.add(f"/v2/teams/{HOBBY_TEAM}", status=404, body={"error": {"code": "not_found"}})
    picks = await provider.workspaces(session(FULL_TOKEN))
    assert [p.id for p in picks] == [USER_ID, PROJECTS["blog"]]
    asked = [s for s in vercel.app.seen if s.path == "/v10/projects"][-1]
    assert "teamId" not in dict(asked.query)


async def test_a_token_that_sees_no_team_still_has_its_personal_account(provider: VercelProvider) -> None:
    assert (await sign_in(provider, NOTHING_TOKEN)).key == USER_ID
    picks = await provider.workspaces(session(NOTHING_TOKEN))
    assert [p.id for p in picks] == [USER_ID]


async def test_disconnecting_leaves_the_token_alone_unless_asked(
    provider: VercelProvider, vercel: Server
) -> None:
    left = await provider.revoke(session(FULL_TOKEN), destroy_token=False)
    assert left.outcome == "not-asked"
    assert "vercel.com/account/tokens" in left.message
    assert vercel.app.seen == []
    ended = await provider.revoke(session(FULL_TOKEN), destroy_token=True)
    assert ended.outcome == "revoked"
    assert [(s.method, s.path) for s in vercel.app.seen] == [("DELETE", "/v3/user/tokens/current")]
    assert vercel.app.tokens[FULL_TOKEN] == "deleted"
    again = await provider.revoke(session(FULL_TOKEN), destroy_token=True)
    assert again.outcome == "revoked", "a 403 means that it has ended already"


@pytest.mark.parametrize(
    "fault", [{"status": 403, "body": {"error": {"code": "forbidden"}}}, {"status": 500}]
)
async def test_a_token_that_could_not_be_ended_is_said_to_live(
    provider: VercelProvider, vercel: Server, fault: dict
) -> None:
    vercel.app.faults.add("/v3/user/tokens/*", **fault)
    left = await provider.revoke(session(FULL_TOKEN), destroy_token=True)
    assert left.outcome == "failed"
    assert "still works" in left.message
    assert len(vercel.app.seen) == 1, "what may have arrived is not sent again"

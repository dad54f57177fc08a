"""One figure that cannot be had costs that figure only; the last good one stays, dated."""

from datetime import timedelta
from typing import Any

import pytest

from stackk_tui.model.errors import Forbidden, RateLimited, SignInNeeded
from stackk_tui.model.figure import Provenance
from stackk_tui.sandbox.vercel import EXPIRED_TOKEN, FULL_TOKEN, NO_COST_TOKEN, NOTHING_TOKEN, TEAM_TOKEN
from stackk_tui.sandbox.vercel_world import PRO_TEAM, PROJECTS
from stackk_tui.storage.ledger import Ledger
from tests.providers.vercel.conftest import Server
from tests.providers.vercel.helpers import NOW, Tracked, has_metric, hobby, metric, pro

pytestmark = pytest.mark.anyio

FORBIDDEN = {"status": 403, "body": {"error": {"code": "forbidden", "message": "Not authorized"}}}
TEAM_PATH = f"/v2/teams/{PRO_TEAM}"
PANELS = {
    "plan": TEAM_PATH,
    "cost": "/v1/billing/charges",
    "deployments": "/v7/deployments",
    "projects": "/v10/projects",
    "token_expiry": "/v5/user/tokens/current",
}


def later(vercel: Server) -> None:
    vercel.now += timedelta(hours=2)


@pytest.mark.parametrize("name", PANELS)
async def test_a_forbidden_panel_hides_one_figure_and_not_the_service(
    team: Tracked, vercel: Server, name: str
) -> None:
    vercel.app.faults.add(PANELS[name], **FORBIDDEN)
    fetched = await team.refresh()
    assert fetched.failures == {}
    shown = await team.snapshot()
    assert name in shown.not_permitted
    assert {n for n in PANELS if n in shown.not_permitted} == {name}
    assert (shown.plan.value is None) == (name == "plan")
    month = await team.month()
    assert (month.cost.value is None) == (name == "cost")
    if name == "cost":
        assert month.cost.provenance is Provenance.NOT_PERMITTED
        assert shown.can is not None
        assert "usage" not in shown.can
    assert has_metric(shown, "deployments_30d") == (name != "deployments")


@pytest.mark.parametrize("name", PANELS)
async def test_the_last_good_figure_stays_when_its_panel_is_closed_later(
    team: Tracked, vercel: Server, name: str
) -> None:
    await team.refresh()
    before, cost = await team.snapshot(), (await team.month()).cost
    vercel.app.faults.add(PANELS[name], **FORBIDDEN)
    later(vercel)
    assert (await team.refresh()).failures == {}
    after = await team.snapshot()
    assert after.plan == before.plan
    assert after.billing == before.billing
    assert (await team.month()).cost == cost
    for one in ("projects", "token_expires", "usage_value", "seats"):
        assert metric(after, one).value == metric(before, one).value
    if name == "deployments":
        assert metric(after, "deployments_30d").value == metric(before, "deployments_30d").value
        assert metric(after, "deployments_30d").as_of == NOW


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503, "html": True},
        {"drop": True},
        {"html": True},
        {"cut": True},
        {"short": True},
        {"body": "[]"},
        {"body": {}},
        {"body": {"deployments": "many", "pagination": {}}},
        {"status": 302, "headers": {"location": "https://elsewhere.example/"}},
    ],
    ids=str,
)
async def test_a_broken_answer_keeps_the_last_good_figures(
    team: Tracked, vercel: Server, fault: dict[str, Any]
) -> None:
    await team.refresh()
    before, month = await team.snapshot(), await team.month()
    for name in ("plan", "cost", "deployments"):
        how = fault
        if name == "cost" and "body" in fault:
            how = {"body": '{"ChargePeriodStart":"2026-11-05T08:00:00.000Z"}\n'}
        if name == "deployments" and fault.get("body") == "[]":
            how = {"body": "7"}
        vercel.app.faults.add(PANELS[name], **how)
        later(vercel)
        fetched = await team.refresh()
        assert set(fetched.failures) == {PRO_TEAM, PROJECTS["web"]}, name
        after = await team.snapshot()
        assert after.fetched_at == before.fetched_at == NOW
        assert after.plan == before.plan
        assert after.billing.next_payment == before.billing.next_payment
        assert after.cycle == before.cycle
        assert (await team.month()).cost == month.cost
        assert metric(after, "deployments_30d").value is not None
        assert not any("vcp_" in line for e in fetched.failures.values() for line in e.lines())
        vercel.app.faults.clear()


@pytest.mark.parametrize("path", ["/v2/user", *PANELS.values()])
async def test_a_token_that_ended_is_sign_in_needed_wherever_it_is_said(
    team: Tracked, vercel: Server, path: str
) -> None:
    await team.refresh()
    body = {"error": {"code": "forbidden", "message": "Not authorized", "invalidToken": True}}
    vercel.app.faults.add(path, status=403, body=body)
    later(vercel)
    fetched = await team.refresh()
    assert isinstance(fetched.failures[PRO_TEAM], SignInNeeded)
    assert (await team.month()).cost.value is not None


async def test_an_ended_token_asks_nothing_more(team: Tracked, vercel: Server) -> None:
    vercel.app.tokens[FULL_TOKEN] = "expired"
    fetched = await team.refresh()
    assert all(isinstance(e, SignInNeeded) for e in fetched.failures.values())
    assert sorted(vercel.app.paths()) == ["/v2/user", "/v5/user/tokens/current"]
    synced = await team.sync()
    assert all(isinstance(e, SignInNeeded) for e in synced.failures.values())


async def test_one_team_that_fails_hurts_no_other(team: Tracked, vercel: Server, ledger: Ledger) -> None:
    both = await Tracked.of(team.provider, ledger, vercel.clock, [pro(), hobby()])
    vercel.app.faults.add(TEAM_PATH, status=500)
    fetched = await both.refresh()
    assert set(fetched.failures) == {PRO_TEAM}
    assert (await both.snapshot(hobby().id)).plan.value is not None


async def test_a_server_error_is_tried_twice_again_and_then_good(
    team: Tracked, vercel: Server, waits: list[float]
) -> None:
    fault = vercel.app.faults.add("/v1/billing/charges", status=502, times=2)
    fetched = await team.refresh()
    assert fetched.failures == {}
    assert fault.hits == 2
    assert len(waits) == 2
    assert (await team.month()).cost.value is not None


@pytest.mark.parametrize("name", ["deployments", "cost"])
async def test_a_rate_limit_says_when_to_come_back(
    team: Tracked, vercel: Server, waits: list[float], name: str
) -> None:
    """The reset is a moment in epoch seconds; 42 s are more than a command waits."""
    reset = str(int(NOW.timestamp()) + 42)
    vercel.app.faults.add(
        PANELS[name],
        status=429,
        body={"error": {"code": "rate_limited", "message": "slow"}},
        headers={"x-ratelimit-limit": "120", "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset},
    )
    fetched = await team.refresh()
    error = fetched.failures[PRO_TEAM]
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(seconds=42)
    assert waits == []


async def test_a_short_rate_limit_is_slept_out(team: Tracked, vercel: Server, waits: list[float]) -> None:
    reset = str(int(NOW.timestamp()) + 4)
    vercel.app.faults.add(
        "/v7/deployments",
        status=429,
        times=1,
        headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset},
    )
    assert (await team.refresh()).failures == {}
    assert 4 in waits


async def test_the_limits_of_a_good_day_ask_nobody_to_wait(
    team: Tracked, vercel: Server, waits: list[float]
) -> None:
    """Every answer has the headers; a 500 with requests left is a 500."""
    vercel.app.faults.add(
        "/v10/projects",
        status=500,
        times=1,
        headers={"x-ratelimit-remaining": "99", "x-ratelimit-reset": str(int(NOW.timestamp()) + 50)},
    )
    assert (await team.refresh()).failures == {}
    assert len(waits) == 1
    assert waits[0] < 1


async def test_a_rate_limit_of_the_server_itself(team: Tracked, vercel: Server) -> None:
    vercel.app.rate_limit = 1
    await team.refresh()
    fetched = await team.refresh()
    error = next(iter(fetched.failures.values()))
    assert isinstance(error, RateLimited)
    assert error.retry_at is not None
    assert timedelta() < error.retry_at - NOW <= timedelta(seconds=60)


async def test_a_token_without_the_role_sees_everything_but_cost(
    team: Tracked, vercel: Server, ledger: Ledger
) -> None:
    own = await Tracked.of(team.provider, ledger, vercel.clock, [pro()], NO_COST_TOKEN)
    assert (await own.refresh()).failures == {}
    shown = await own.snapshot()
    assert shown.not_permitted == ("cost",)
    assert shown.billing.next_payment.value is not None


async def test_a_teams_token_needs_no_user(team: Tracked, vercel: Server, ledger: Ledger) -> None:
    own = await Tracked.of(team.provider, ledger, vercel.clock, [pro()], TEAM_TOKEN)
    assert (await own.refresh()).failures == {}
    assert (await own.snapshot()).not_permitted == ()
    assert (await own.month()).cost.value is not None


async def test_nothing_permitted_is_an_error_of_the_service(
    team: Tracked, vercel: Server, ledger: Ledger
) -> None:
    own = await Tracked.of(team.provider, ledger, vercel.clock, [pro()], NOTHING_TOKEN)
    fetched = await own.refresh()
    assert isinstance(fetched.failures[PRO_TEAM], Forbidden)
    assert not isinstance(fetched.failures[PRO_TEAM], SignInNeeded)


async def test_a_team_that_is_gone_says_so(team: Tracked, vercel: Server) -> None:
    await team.refresh()
    missing = {"status": 404, "body": {"error": {"code": "not_found", "message": "no"}}}
    for path in (TEAM_PATH, "/v10/projects", "/v?/deployments", "/v1/billing/charges"):
        vercel.app.faults.add(path, **missing)
    later(vercel)
    fetched = await team.refresh()
    assert "does not know this team any more" in fetched.failures[PRO_TEAM].what


async def test_an_expired_token_is_not_in_any_word(team: Tracked, vercel: Server, ledger: Ledger) -> None:
    own = await Tracked.of(team.provider, ledger, vercel.clock, [pro()], EXPIRED_TOKEN)
    fetched = await own.refresh()
    said = " ".join(line for error in fetched.failures.values() for line in error.lines())
    assert EXPIRED_TOKEN not in said


async def test_hostile_names_are_cleaned(team: Tracked, vercel: Server) -> None:
    rows = {"projects": [{"id": "prj_x", "name": "a\x1b]52;c;aGk=\x07b\u202e"}], "pagination": {}}
    vercel.app.faults.add("/v10/projects", body=rows)
    picks = await team.provider.workspaces(team.session)
    names = "".join(p.name for p in picks)
    assert "\x1b" not in names
    assert "\u202e" not in names


async def test_pages_that_go_in_circles_end(team: Tracked, vercel: Server) -> None:
    rows = {"projects": [{"id": "prj_x", "name": "x"}], "pagination": {"next": "again"}}
    vercel.app.faults.add("/v10/projects", body=rows)
    fetched = await team.refresh()
    assert fetched.failures == {}
    assert any("pages that never end" in note for note in (await team.snapshot()).notes)


@pytest.mark.parametrize("after", ["Wed, 21 Oct 2099 07:28:00 GMT", "99999999"])
async def test_nobody_is_kept_out_for_years_by_a_slip(team: Tracked, vercel: Server, after: str) -> None:
    vercel.app.faults.add("*", status=429, headers={"retry-after": after})
    error = (await team.refresh()).failures[PRO_TEAM]
    assert isinstance(error, RateLimited)
    assert error.retry_at is None


async def test_a_list_that_is_gone_is_not_a_team_that_is_gone(team: Tracked, vercel: Server) -> None:
    vercel.app.versions = set()
    error = (await team.refresh()).failures[PRO_TEAM]
    assert "team" not in error.what
    assert (await team.snapshot()).plan.value is not None
    vercel.app.faults.add("/v2/teams/*", status=404, body={"error": {"code": "not_found", "message": "no"}})
    error = (await team.refresh()).failures[PRO_TEAM]
    assert "does not know this team any more" in error.what

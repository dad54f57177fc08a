"""Every figure is the truth of the pretend Vercel's books, over real HTTP."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from stackk_tui.model.figure import Provenance
from stackk_tui.model.service import Workspace
from stackk_tui.model.usage import UsageSource
from stackk_tui.sandbox.vercel_world import HOBBY_TEAM, PRO_TEAM, PROJECTS, USER_ID, deployment, millis
from stackk_tui.storage.ledger import Ledger
from tests.providers.vercel.conftest import Server
from tests.providers.vercel.helpers import (
    NOW,
    Tracked,
    billed,
    has_metric,
    hobby,
    metric,
    pro,
    project,
)

pytestmark = pytest.mark.anyio


async def test_a_pro_team_shows_plan_price_cycle_and_cost(team: Tracked, vercel: Server) -> None:
    fetched = await team.refresh()
    assert fetched.failures == {}
    shown = await team.snapshot()
    assert shown.plan.value is not None
    assert (shown.plan.value.tier, shown.plan.provenance) == ("pro", Provenance.MEASURED)
    assert shown.billing.price.value is not None
    assert (shown.billing.price.value.amount, shown.billing.price.provenance) == (
        Decimal(20),
        Provenance.LIST_PRICE,
    )
    assert shown.billing.next_payment.value == date(2026, 12, 4)
    assert shown.billing.next_payment.provenance is Provenance.MEASURED
    truth = billed(vercel.app, vercel.now)
    month = await team.month()
    assert month.cost.value is not None
    assert month.cost.value.amount == sum(truth.values())
    assert (month.first, month.through) == (date(2026, 11, 4), date(2026, 11, 20))
    assert month.cost.provenance is Provenance.MEASURED
    assert any("no invoice" in note for note in shown.notes)
    assert shown.not_permitted == ()


async def test_cost_by_service_and_by_project_is_the_truth(team: Tracked, vercel: Server) -> None:
    await team.refresh()
    truth = billed(vercel.app, vercel.now)
    whole = await team.history(PRO_TEAM, date(2026, 11, 4), NOW.date())
    by_service: dict[str, Decimal] = {}
    for row in whole.usage:
        if row.cost is not None:
            by_service[row.model] = by_service.get(row.model, Decimal(0)) + row.cost
    wanted: dict[str, Decimal] = {}
    for (_, name), amount in truth.items():
        wanted[name] = wanted.get(name, Decimal(0)) + amount
    assert by_service == wanted
    assert wanted["Pro"] > 10
    month = await team.month(PROJECTS["web"])
    assert month.cost.value is not None
    assert month.cost.value.amount == sum(v for (p, _), v in truth.items() if p == PROJECTS["web"])


async def test_a_projects_page_has_the_plan_but_not_the_price_of_the_team(team: Tracked) -> None:
    await team.refresh()
    shown = await team.snapshot(PROJECTS["web"])
    assert shown.plan.value is not None
    assert shown.plan.value.label == "Pro"
    assert shown.billing.price.value is None
    assert not has_metric(shown, "seats")


async def test_deployments_by_day_and_state_are_the_truth(team: Tracked, vercel: Server) -> None:
    fetched = await team.refresh()
    rows = vercel.app.world.deployments(PRO_TEAM, vercel.now)
    since = NOW - timedelta(days=30)
    recent = [r for r in rows if r["createdAt"] >= millis(since)]
    shown = await team.snapshot()
    assert metric(shown, "deployments_30d").value == str(len(recent))
    failed = sum(r["state"] == "ERROR" for r in recent)
    ready = [r for r in recent if r["state"] == "READY"]
    assert metric(shown, "build_failures_30d").value == str(failed)
    assert metric(shown, "deployment_success_rate").value == f"{100 * len(ready) / (len(ready) + failed):.1f}"
    took = sorted((r["ready"] - r["buildingAt"]) / 1000 for r in ready)
    half = len(took) // 2
    middle = took[half] if len(took) % 2 else (took[half - 1] + took[half]) / 2
    assert metric(shown, "build_seconds_median").value == f"{middle:.0f}"
    days = {datetime.fromtimestamp(r["createdAt"] / 1000, UTC).date() for r in recent}
    history = await team.history(PRO_TEAM, since.date(), NOW.date())
    assert history.token_days == {since.date() + timedelta(days=n) for n in range(1, 31)}
    for day in days & history.token_days:
        counted = {u.model: u.requests for u in history.usage if u.day == day and u.requests is not None}
        true: dict[str, int] = {}
        for row in recent:
            if datetime.fromtimestamp(row["createdAt"] / 1000, UTC).date() == day:
                true[row["state"]] = true.get(row["state"], 0) + 1
        assert counted == true
    assert [b.source for b in fetched.usage] == [UsageSource.COST, UsageSource.USAGE]


async def test_two_seats_cost_twice_the_list_price(team: Tracked, vercel: Server) -> None:
    vercel.app.world.seats = 2
    await team.refresh()
    shown = await team.snapshot()
    assert shown.billing.price.value is not None
    assert shown.billing.price.value.amount == Decimal(40)
    assert metric(shown, "seats").value == "2"


async def test_billing_that_has_only_the_plan_is_enough(team: Tracked, vercel: Server) -> None:
    vercel.app.world.published_only = True
    await team.refresh()
    shown = await team.snapshot()
    assert shown.plan.value is not None
    assert shown.plan.value.tier == "pro"
    assert shown.billing.next_payment.value is None
    assert shown.billing.next_payment.provenance is Provenance.NOT_EXPOSED
    assert any("does not tell the billing cycle" in note for note in shown.notes)
    month = await team.month()
    assert month.first.day in (1, 4)
    assert month.cost.value is not None
    assert shown.can is not None
    assert "cycle" not in shown.can


async def test_a_hobby_team_shows_what_exists_and_asks_for_no_charges(
    team: Tracked, vercel: Server, ledger: Ledger
) -> None:
    own = await Tracked.of(team.provider, ledger, vercel.clock, [hobby()])
    fetched = await own.refresh()
    assert fetched.failures == {}
    assert "/v1/billing/charges" not in vercel.app.paths()
    shown = await own.snapshot(HOBBY_TEAM)
    assert shown.plan.value is not None
    assert shown.plan.value.label == "Hobby"
    assert shown.billing.price.value is not None
    assert shown.billing.price.value.amount == 0
    assert "cost" in shown.not_exposed
    assert shown.cycle is None
    assert [m.id for m in shown.measures] == ["requests"]
    month = await own.month(HOBBY_TEAM)
    assert month.cost.value is None
    assert month.tokens.value is None
    assert month.requests.value is not None


async def test_the_whole_cycle_is_asked_for_in_one_request_and_never_the_future(
    team: Tracked, vercel: Server
) -> None:
    await team.refresh()
    (asked,) = [dict(s.query) for s in vercel.app.seen if s.path == "/v1/billing/charges"]
    assert asked["teamId"] == PRO_TEAM
    assert datetime.fromisoformat(asked["from"]) <= vercel.app.world.cycle(NOW)[0]
    assert datetime.fromisoformat(asked["to"]) <= NOW


async def test_charges_are_asked_for_once_an_hour_and_deployments_each_time(
    team: Tracked, vercel: Server
) -> None:
    await team.refresh()
    first, pages = await team.month(), vercel.app.paths().count("/v7/deployments")
    vercel.now += timedelta(minutes=59)
    await team.refresh()
    assert vercel.app.paths().count("/v1/billing/charges") == 1
    assert vercel.app.paths().count("/v7/deployments") == 2 * pages
    assert (await team.month()).cost == first.cost
    assert metric(await team.snapshot(), "usage_value").as_of == NOW
    assert any("no invoice" in note for note in (await team.snapshot()).notes)
    vercel.now += timedelta(minutes=2)
    await team.refresh()
    assert vercel.app.paths().count("/v1/billing/charges") == 2


async def test_a_newly_tracked_project_asks_for_the_charges_again(
    team: Tracked, vercel: Server, ledger: Ledger
) -> None:
    await team.refresh()
    more = await Tracked.of(team.provider, ledger, vercel.clock, [pro(), project("docs")])
    await more.refresh()
    assert vercel.app.paths().count("/v1/billing/charges") == 2
    assert (await more.month(PROJECTS["docs"])).cost.value is not None


async def test_no_costs_is_no_data_and_not_zero(team: Tracked, vercel: Server) -> None:
    """The first hours of a cycle: no day is over."""
    vercel.app.world.period = (NOW - timedelta(hours=3), NOW + timedelta(days=30))
    fetched = await team.refresh()
    assert fetched.failures == {}
    month = await team.month()
    assert month.cost.value is None
    assert month.cost.provenance is Provenance.NOT_EXPOSED
    assert any("not known to be zero" in note for note in (await team.snapshot()).notes)


async def test_deleted_deployments_stay_in_our_own_history(team: Tracked, vercel: Server) -> None:
    await team.refresh()
    day = NOW.date() - timedelta(days=9)

    async def counted() -> int:
        history = await team.history(PRO_TEAM, day, day)
        return sum(u.requests or 0 for u in history.usage)

    before = await counted()
    rows = vercel.app.world.deployments(PRO_TEAM, NOW)
    gone = {r["uid"] for r in rows if datetime.fromtimestamp(r["createdAt"] / 1000, UTC).date() == day}
    assert len(gone) == before > 0
    vercel.app.world.deleted = gone
    vercel.now += timedelta(minutes=5)
    await team.refresh()
    assert await counted() == before


async def test_what_is_building_is_counted_by_how_it_ends(team: Tracked, vercel: Server) -> None:
    row = deployment("web", NOW - timedelta(minutes=1), "BUILDING", timedelta(seconds=90), number=99)
    vercel.app.world.more_deployments = [row]

    async def states() -> dict[str, int | None]:
        history = await team.history(PRO_TEAM, NOW.date(), NOW.date())
        return {u.model: u.requests for u in history.usage if u.requests}

    await team.refresh()
    before = await states()
    assert before["BUILDING"] == 1
    vercel.app.world.more_deployments = [{**row, "state": "ERROR", "readyState": "ERROR"}]
    vercel.now += timedelta(minutes=2)
    await team.refresh()
    after = await states()
    assert "BUILDING" not in after
    assert (after.get("ERROR") or 0) == (before.get("ERROR") or 0) + 1


@pytest.mark.parametrize("per_day", [18, 40])
async def test_a_cap_of_pages_makes_no_false_zero(team: Tracked, vercel: Server, per_day: int) -> None:
    vercel.app.world.more_deployments = [
        deployment("web", NOW - timedelta(minutes=n * 1440 // per_day, seconds=1), "READY",
                   timedelta(seconds=30), number=n)
        for n in range(per_day * 35)
    ]  # fmt: skip
    await team.refresh()
    pages = [dict(s.query) for s in vercel.app.seen if s.path == "/v7/deployments"]
    assert len(pages) == 5
    assert [("until" in page) for page in pages] == [False, True, True, True, True]
    history = await team.history(PRO_TEAM, NOW.date() - timedelta(days=40), NOW.date())
    for day in history.token_days:
        true = sum(
            datetime.fromtimestamp(r["createdAt"] / 1000, UTC).date() == day
            for r in vercel.app.world.deployments(PRO_TEAM, NOW)
        )
        assert sum(u.requests or 0 for u in history.usage if u.day == day) == true
    assert len(history.token_days) < 30
    shown = await team.snapshot()
    assert metric(shown, "deployments_30d").value is None
    assert any("newest 500 deployments" in note for note in shown.notes)


async def test_the_older_list_of_deployments_is_enough(team: Tracked, vercel: Server) -> None:
    await team.refresh()
    true = metric(await team.snapshot(), "deployments_30d").value
    vercel.app.versions = {"v6"}
    vercel.now += timedelta(minutes=5)
    fetched = await team.refresh()
    assert fetched.failures == {}
    assert "/v6/deployments" in vercel.app.paths()
    assert metric(await team.snapshot(), "deployments_30d").value == true


async def test_a_soft_block_and_an_ending_token_are_said(team: Tracked, vercel: Server) -> None:
    blocked = millis(NOW - timedelta(days=1))
    vercel.app.world.soft_block = {"blockedAt": blocked, "reason": "FAIR_USE_LIMITS_EXCEEDED"}
    vercel.app.world.token_ends = NOW + timedelta(days=5)
    await team.refresh()
    shown = await team.snapshot()
    assert shown.notes[0] == "Vercel has paused your account since 2026-11-20: fair use limits exceeded."
    assert metric(shown, "paused").headline
    assert metric(shown, "token_expires").value == "2026-11-26"
    assert any("ends on 2026-11-26: create a new one" in note for note in shown.notes)
    vercel.app.world.soft_block = None
    await team.sync()
    assert not any("paused" in note for note in (await team.snapshot()).notes)


async def test_a_project_that_is_gone_or_paused_says_so(team: Tracked, vercel: Server) -> None:
    vercel.app.world.paused = {"web"}
    await team.refresh()
    assert "This project is paused." in (await team.snapshot(PROJECTS["web"])).notes


async def test_a_sync_is_light_and_keeps_the_figures(team: Tracked, vercel: Server) -> None:
    await team.refresh()
    before = await team.month()
    count = len(vercel.app.seen)
    vercel.now += timedelta(minutes=10)
    fetched = await team.sync()
    assert fetched.failures == {}
    assert sorted(vercel.app.paths()[count:]) == [
        "/v2/teams/" + PRO_TEAM,
        "/v2/user",
        "/v5/user/tokens/current",
    ]
    shown = await team.snapshot()
    assert shown.fetched_at == NOW
    assert await team.month() == before


async def test_every_request_names_the_team_and_carries_the_token_in_its_header_only(
    team: Tracked, vercel: Server
) -> None:
    await team.refresh()
    for seen in vercel.app.seen:
        assert seen.key == "full"
        assert not any("vcp_" in value for _, value in seen.query)
        if seen.path in ("/v7/deployments", "/v10/projects", "/v1/billing/charges"):
            assert ("teamId", PRO_TEAM) in seen.query


@pytest.mark.parametrize(
    ("begin", "end", "now"),
    [
        ("2026-10-20T07:00:00+00:00", "2026-11-20T08:00:00+00:00", "2026-11-10T14:00:00+00:00"),
        ("2026-11-04T07:00:00+00:00", "2026-12-04T08:00:00+00:00", "2026-11-21T14:00:00+00:00"),
        ("2027-02-20T08:00:00+00:00", "2027-03-20T07:00:00+00:00", "2027-03-16T06:30:00+00:00"),
        ("2027-03-14T08:00:00+00:00", "2027-04-14T07:00:00+00:00", "2027-03-20T07:30:00+00:00"),
    ],
)
async def test_cycles_in_which_the_clocks_change(
    team: Tracked, vercel: Server, begin: str, end: str, now: str
) -> None:
    """Days are 23 or 25 hours long then; none is lost, none counted twice."""
    first, last = datetime.fromisoformat(begin), datetime.fromisoformat(end)
    vercel.now, vercel.app.world.period = datetime.fromisoformat(now), (first, last)
    await team.refresh()
    month = await team.month()
    assert month.cost.value is not None
    assert month.cost.value.amount == sum(billed(vercel.app, vercel.now).values())
    assert (month.first, month.last) == (first.date(), last.date() - timedelta(days=1))
    history = await team.history(PRO_TEAM, month.first, month.last)
    through = vercel.now.date() - timedelta(days=1 if vercel.now.hour >= 8 else 2)
    assert month.through == max(history.cost_days)
    assert abs((month.through - through).days) <= 1
    assert len(history.cost_days) == (month.through - month.first).days + 1
    assert {u.day for u in history.usage if u.cost is not None} == history.cost_days


async def test_a_new_cycle_begins_with_nothing_of_the_old_one(team: Tracked, vercel: Server) -> None:
    await team.refresh()
    vercel.now = datetime(2026, 12, 6, 14, tzinfo=UTC)
    await team.refresh()
    month = await team.month()
    assert month.cost.value is not None
    assert month.cost.value.amount == sum(billed(vercel.app, vercel.now).values())
    assert (month.first, month.through) == (date(2026, 12, 4), date(2026, 12, 5))
    assert (await team.snapshot()).billing.next_payment.value == date(2027, 1, 4)


async def test_a_personal_account_without_a_team_is_asked_for_without_one(
    team: Tracked, vercel: Server, ledger: Ledger
) -> None:
    vercel.app.world.teams_listed = False
    personal = Workspace(id=USER_ID, name="Personal", kind="team", bill=f"vercel:user:{USER_ID}")
    own = await Tracked.of(team.provider, ledger, vercel.clock, [personal])
    assert (await own.refresh()).failures == {}
    assert all("teamId" not in dict(s.query) for s in vercel.app.seen)
    shown = await own.snapshot(USER_ID)
    assert shown.plan.value is None
    assert has_metric(shown, "deployments_30d")
    assert (await own.month(USER_ID)).cost.value is None


async def test_a_personal_account_is_not_well_while_vercel_is_away(
    team: Tracked, vercel: Server, ledger: Ledger
) -> None:
    personal = Workspace(id=USER_ID, name="Personal", kind="team", bill=f"vercel:user:{USER_ID}")
    own = await Tracked.of(team.provider, ledger, vercel.clock, [personal])
    vercel.app.faults.add("*", status=503)
    assert list((await own.sync()).failures) == [USER_ID]


async def test_a_project_that_is_told_twice_is_one(team: Tracked, vercel: Server) -> None:
    rows = '[{"id": "prj_a"}, {"id": "prj_b"}, {"id": "prj_a"}, {"name": "without an id"}]'
    vercel.app.faults.add("/v10/projects", body=f'{{"projects": {rows}, "pagination": {{"next": null}}}}')
    await team.refresh()
    assert metric(await team.snapshot(), "projects").value == "2"


async def test_a_bare_list_is_no_answer_of_no_deployments(team: Tracked, vercel: Server) -> None:
    vercel.app.faults.add("/v7/deployments", body="[]")
    assert PRO_TEAM in (await team.refresh()).failures
    assert not has_metric(await team.snapshot(), "deployments_30d")


async def test_a_price_of_unknown_seats_says_so(team: Tracked, vercel: Server) -> None:
    vercel.app.world.seats = 2
    no = {"error": {"code": "forbidden", "message": "no"}}
    vercel.app.faults.add("/v1/billing/charges", status=403, body=no)
    await team.refresh()
    assert any("price is that of one seat" in note for note in (await team.snapshot()).notes)
    vercel.app.faults.clear()
    vercel.now += timedelta(hours=2)
    await team.refresh()
    assert not any("price is that of one seat" in note for note in (await team.snapshot()).notes)

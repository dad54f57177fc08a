"""The hours in which a month or a cycle has begun by UTC, and not in Los Angeles, where Vercel counts its days."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from stackk_tui.model.secret import Secret
from stackk_tui.providers.vercel.cycle import window_of
from stackk_tui.sandbox.vercel import FULL_TOKEN
from stackk_tui.sandbox.vercel_charges import charge
from stackk_tui.sandbox.vercel_world import PRO_TEAM
from stackk_tui.stack import Stack
from tests.conftest import MakeSettings
from tests.providers.vercel.conftest import Server
from tests.providers.vercel.helpers import billed
from tests.providers.vercel.test_charges import billing

pytestmark = pytest.mark.anyio


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def shown(settings: MakeSettings, vercel: Server):
    """Gives the team's view and the month's total, as every screen and command has them."""
    made = settings(STACKK_VERCEL_API_URL=vercel.url, STACKK_TOKEN_STORE="memory")
    stack = await Stack.open(made, clock=vercel.clock)
    try:
        await stack.use_memory()
        signed = await stack.sign_in("vercel", "token", Secret(FULL_TOKEN))
        await stack.connect(signed.account.id, [PRO_TEAM])
        (outcome,) = await stack.refresh(force=True)
        assert outcome.error is None
        (view,) = await stack.services()
        return view, await stack.total()
    finally:
        await stack.close()


@pytest.mark.parametrize("now", ["2026-12-01T00:00", "2026-12-01T03:00", "2026-12-01T07:59"])
@pytest.mark.parametrize("published_only", [True, False])
async def test_the_month_that_still_runs_in_los_angeles_is_shown_and_said(
    settings, vercel: Server, now: str, published_only: bool
) -> None:
    """With and without a cycle from the API; never the list price in place of what was measured."""
    vercel.now = moment(now)
    vercel.app.world.period = (moment("2026-11-01T07:00"), moment("2026-12-01T08:00"))
    vercel.app.world.published_only = published_only
    truth = sum(billed(vercel.app, vercel.now).values())
    view, total = await shown(settings, vercel)
    assert view.month.cost.value.amount == truth
    assert (view.month.first, view.month.last) == (date(2026, 11, 1), date(2026, 11, 30))
    assert view.month.through in (date(2026, 11, 29), date(2026, 11, 30))
    assert view.month.timezone == "America/Los_Angeles"
    assert [(p.amount, p.provenance) for p in total.parts] == [(truth, "measured")]
    assert (
        "Vercel counts its days in Los Angeles, where it is still 2026-11-30 until 2026-12-01 08:00 UTC: "
        "the month shown is the one that ends then." in view.snapshot.notes
    )


async def test_after_that_the_new_month_has_no_cost_yet_and_its_price_counts(
    settings, vercel: Server
) -> None:
    vercel.now = moment("2026-12-01T08:00")
    vercel.app.world.period = (moment("2026-11-01T07:00"), moment("2026-12-01T08:00"))
    vercel.app.world.published_only = True
    view, total = await shown(settings, vercel)
    assert view.month.first == date(2026, 12, 1)
    assert not [note for note in view.snapshot.notes if "it is still" in note]
    assert view.month.cost.value is None
    assert [(p.amount, p.provenance) for p in total.parts] == [(Decimal(20), "list-price")]


async def test_a_cycle_that_begins_at_midnight_utc_is_the_one_before_until_the_day_is_over(
    settings, vercel: Server
) -> None:
    """Not the calendar month, which is neither of the two."""
    vercel.now = moment("2026-12-04T03:00")
    vercel.app.world.period = (moment("2026-12-04T00:00"), moment("2027-01-04T00:00"))
    days = [date(2026, 11, 4) + timedelta(days=n) for n in range(29)]  # to 2 December
    lines = [json.dumps({**charge(day, "Edge Requests"), "BilledCost": 1.25}) for day in days]
    vercel.app.faults.add("/v1/billing/charges", body="\n".join(lines))
    view, total = await shown(settings, vercel)
    (asked,) = [dict(s.query) for s in vercel.app.seen if s.path == "/v1/billing/charges"]
    assert asked["from"] == "2026-11-04T08:00:00.000Z"
    assert asked["to"] == "2026-12-04T03:00:00.000Z"
    assert (view.month.first, view.month.last) == (date(2026, 11, 4), date(2026, 12, 3))
    assert (view.month.cost.value.amount, view.month.through) == (Decimal("36.25"), date(2026, 12, 2))
    assert [(p.amount, p.provenance) for p in total.parts] == [(Decimal("36.25"), "measured")]
    assert view.billing.next_payment.value == date(2027, 1, 4)
    assert any("it is still 2026-12-03 until 2026-12-04 08:00 UTC" in note for note in view.snapshot.notes)


@pytest.mark.parametrize(
    ("start", "end", "now", "first", "last", "renews"),
    [
        (
            "2026-12-04T00:00",
            "2027-01-04T00:00",
            "2026-12-04T07:59",
            "2026-11-04",
            "2026-12-03",
            "2027-01-04",
        ),
        (
            "2026-12-04T00:00",
            "2027-01-04T00:00",
            "2026-12-04T08:00",
            "2026-12-04",
            "2027-01-03",
            "2027-01-04",
        ),
        (
            "2026-12-31T00:00",
            "2027-01-31T00:00",
            "2026-12-31T01:00",
            "2026-11-30",
            "2026-12-30",
            "2027-01-31",
        ),
        (
            "2027-03-30T00:00",
            "2027-04-30T00:00",
            "2027-03-30T01:00",
            "2027-02-28",
            "2027-03-29",
            "2027-04-30",
        ),
        (
            "2026-12-01T00:00",
            "2027-01-01T00:00",
            "2026-12-01T04:00",
            "2026-11-01",
            "2026-11-30",
            "2027-01-01",
        ),
        # over by its border, and not by the day: the API may be late to tell of the next
        (
            "2026-11-04T00:00",
            "2026-12-04T00:00",
            "2026-12-04T05:00",
            "2026-11-04",
            "2026-12-03",
            "2026-12-04",
        ),
        ("2026-11-04T00:00", "2026-12-04T00:00", "2026-12-04T08:00", "2026-12-01", "2026-12-31", None),
    ],
)
def test_which_cycle_is_shown(
    start: str, end: str, now: str, first: str, last: str, renews: str | None
) -> None:
    found = window_of(billing(f"{start}:00+00:00", f"{end}:00+00:00"), moment(now))
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)
    assert (found.renews.isoformat() if found.renews else None) == renews
    assert found.begin <= moment(now)
    assert found.end + timedelta(days=1) > moment(now)


@pytest.mark.parametrize(
    ("start", "end"),
    [("1970-01-01T00:00", "9999-12-31T23:59"), ("2026-11-30T00:00", "2026-11-01T00:00"), ("2020-01-01T00:00", "2027-01-01T00:00")],
)  # fmt: skip
async def test_a_cycle_that_can_be_none_is_not_known_and_breaks_nothing(
    settings, vercel: Server, start: str, end: str
) -> None:
    vercel.app.world.published_only = False
    real = vercel.app.world.pro
    period = {"start": int(moment(start).timestamp() * 1000), "end": int(moment(end).timestamp() * 1000)}
    team = {**real(vercel.now), "billing": {"plan": "pro", "period": period}}
    vercel.app.faults.add(f"/v2/teams/{PRO_TEAM}", body=team)
    view, _ = await shown(settings, vercel)
    assert view.billing.next_payment.value is None
    assert (view.month.first, view.month.last) == (date(2026, 11, 1), date(2026, 11, 30))
    assert any("does not tell the billing cycle" in note for note in view.snapshot.notes)

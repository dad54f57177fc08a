"""Our own history: the API keeps seven days, we keep every day that was seen whole, and never a part as one."""

from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import pytest

from stackk_tui.model.clock import utc_midnight
from stackk_tui.model.figure import Provenance
from stackk_tui.model.secret import Secret
from stackk_tui.model.usage import UsageSource
from stackk_tui.sandbox.supabase import TOKEN
from stackk_tui.sandbox.supabase_world import API, NIMBUS, STAGING
from stackk_tui.stack import Stack
from tests.supabase_server import NOW

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def opened(settings, supabase):
    stack = await Stack.open(settings(**supabase.env), clock=supabase.clock)
    try:
        yield stack
    finally:
        await stack.close()


async def add(stack: Stack, *ids: str):
    signed = await stack.sign_in("supabase", "token", Secret(TOKEN))
    return await stack.connect(signed.account.id, ids)


def truth(supabase, day: date, *refs: str, upto: datetime | None = None) -> int:
    end = min(utc_midnight(day + timedelta(days=1)), upto or supabase.now)
    return sum(sum(supabase.world.requests(ref, utc_midnight(day), end)) for ref in refs)


async def days_of(stack: Stack, service_id: str, days: int = 40) -> dict[date, int]:
    """Gives the days that are known, with their requests."""
    history = await stack.history(service_id, days)
    found = dict.fromkeys(history.token_days, 0)
    for row in history.usage:
        if row.day in found:
            found[row.day] += row.requests or 0
    return found


async def test_after_three_weeks_every_day_is_there_and_true(settings, supabase) -> None:
    async with opened(settings, supabase) as stack:
        (view,) = await add(stack, API)
        begun = supabase.now.date()
        for step in range(5):
            supabase.now = NOW + timedelta(days=5 * step, hours=step)
            (outcome,) = await stack.refresh(force=True)
            assert outcome.error is None
        found = await days_of(stack, view.service.id)
        first = begun - timedelta(days=6)
        assert sorted(found) == [first + timedelta(days=n) for n in range(27)], (
            "the cut eighth day is not one"
        )
        for day, count in found.items():
            assert count == truth(supabase, day, API), day
        shown = (await stack.services())[0]
        assert shown.month.requests.value == sum(n for day, n in found.items() if day.month == 12)
        assert shown.month.tokens.value is None, "nobody counts tokens: none is not zero"
        assert shown.month.cost.value is None
        assert shown.month.cost.provenance is Provenance.NOT_EXPOSED
        assert shown.spark[-1] == found[supabase.now.date()]


async def test_a_settled_day_is_not_overwritten_by_a_later_answer(settings, supabase) -> None:
    async with opened(settings, supabase) as stack:
        (view,) = await add(stack, API)
        await stack.refresh()
        before = await days_of(stack, view.service.id)
        supabase.now = NOW + timedelta(days=1)
        row = {f"total_{name}_requests": 1 for name in ("auth", "rest", "realtime", "storage")}
        rows = [{"timestamp": f"{supabase.now:%Y-%m-%d}T00:00:00", **row}]
        supabase.faults.add("*/usage.api-counts", body={"result": rows})
        await stack.refresh(force=True)
        after = await days_of(stack, view.service.id)
        today = supabase.now.date()
        assert after[today] == 4
        yesterday = today - timedelta(days=1)
        assert {d: n for d, n in after.items() if d < yesterday} == {
            d: n for d, n in before.items() if d < yesterday
        }
        assert after[yesterday] == 0, (
            "that day was not over when it was read; this answer speaks for it whole"
        )


async def test_a_project_that_is_added_later_does_not_inherit_the_others_days(settings, supabase) -> None:
    async with opened(settings, supabase) as stack:
        (first,) = await add(stack, API)
        await stack.refresh()
        supabase.now = NOW + timedelta(days=10)
        await stack.refresh(force=True)
        (second,) = await add(stack, STAGING)
        await stack.refresh(force=True)
        assert len(await days_of(stack, first.service.id)) == 14
        found = await days_of(stack, second.service.id)
        assert sorted(found) == [supabase.now.date() - timedelta(days=n) for n in reversed(range(7))]
        assert found == {day: truth(supabase, day, STAGING) for day in found}
        assert 0 in found.values(), "a day without requests is a true zero"


async def test_a_day_that_was_cut_short_by_a_long_absence_is_said(settings, supabase) -> None:
    async with opened(settings, supabase) as stack:
        (view,) = await add(stack, API)
        await stack.refresh()
        supabase.now = NOW + timedelta(days=12)
        await stack.refresh(force=True)
        found = await days_of(stack, view.service.id)
        assert found[NOW.date()] == truth(supabase, NOW.date(), API, upto=NOW)
        snapshot = (await stack.services())[0].snapshot
        assert "The requests of 2026-11-22 were counted until 15:30 UTC only." in snapshot.notes
        supabase.now += timedelta(days=1)
        await stack.refresh(force=True)
        assert len([n for n in (await stack.services())[0].snapshot.notes if "counted until" in n]) == 1


async def test_an_organization_and_its_projects_have_days_of_their_own(settings, supabase) -> None:
    async with opened(settings, supabase) as stack:
        whole, api = await add(stack, NIMBUS, API)
        await stack.refresh()
        together, alone = await days_of(stack, whole.service.id), await days_of(stack, api.service.id)
        for day in together:
            assert together[day] == truth(supabase, day, API, STAGING)
            assert alone[day] == truth(supabase, day, API)
        supabase.faults.add(f"*/{STAGING}/analytics/*", status=500)
        supabase.now = NOW + timedelta(days=1)
        await stack.refresh(force=True)
        today = supabase.now.date()
        assert today not in await days_of(stack, whole.service.id), "a part of the sum is not the sum"
        assert (await days_of(stack, api.service.id))[today] == truth(supabase, today, API)
        supabase.faults.clear()
        await stack.refresh(force=True)
        assert (await days_of(stack, whole.service.id))[today] == truth(supabase, today, API, STAGING)


@pytest.mark.parametrize(("hour", "minute", "final"), [(2, 59, False), (3, 0, True)])
async def test_a_day_is_settled_three_hours_after_its_end(one, supabase, hour, minute, final) -> None:
    supabase.now = datetime(2026, 11, 23, hour, minute, tzinfo=UTC)
    (batch,) = (await one.refresh()).usage
    assert batch.source is UsageSource.USAGE
    assert (date(2026, 11, 22) in batch.final_days) is final
    assert date(2026, 11, 23) not in batch.final_days


async def test_a_clock_that_runs_ahead_settles_no_day_and_makes_no_zeros(one, supabase) -> None:
    one.provider._clock = lambda: NOW + timedelta(days=4)
    (batch,) = (await one.refresh()).usage
    assert batch.days[-1] == NOW.date()
    assert max(batch.final_days) < NOW.date()


async def test_two_organizations_of_one_token_are_two_prices_and_a_project_none_of_its_own(
    settings, supabase
) -> None:
    supabase.world.organization("side-quests").plan = "team"
    async with opened(settings, supabase) as stack:
        await add(stack, NIMBUS, API, STAGING, "side-quests")
        await stack.refresh()
        total = await stack.total()
        assert [(str(p.amount), p.provenance) for p in total.parts] == [("624.00", "list-price")]

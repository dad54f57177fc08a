"""The days of a key, made from counters that only know today."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.providers.openrouter.conftest import NOW, Tracked

pytestmark = pytest.mark.anyio
TODAY = NOW.date()


async def test_only_a_day_that_was_seen_is_known(tracked: Tracked) -> None:
    await tracked.refresh()
    assert await tracked.days() == {TODAY: tracked.server.app.cost_of(TODAY, NOW)}


async def test_a_day_grows_while_it_lasts(tracked: Tracked) -> None:
    await tracked.refresh()
    tracked.server.now = later = NOW + timedelta(hours=5)
    await tracked.sync()
    assert await tracked.days() == {TODAY: tracked.server.app.cost_of(TODAY, later)}


async def test_a_day_is_whole_when_the_next_one_is_looked_at(tracked: Tracked) -> None:
    await tracked.refresh()
    app = tracked.server.app
    tracked.server.now = now = NOW + timedelta(days=1)
    fetched = await tracked.refresh()
    tomorrow = now.date()
    assert await tracked.days() == {TODAY: app.cost_of(TODAY), tomorrow: app.cost_of(tomorrow, now)}
    assert fetched.usage[0].final_days == {TODAY}
    assert not any("was read until" in note for note in (await tracked.snapshot()).notes)


async def test_a_week_of_looking_once_a_day_has_every_day_as_it_was(tracked: Tracked) -> None:
    app = tracked.server.app
    for _ in range(7):
        await tracked.refresh()
        tracked.server.now += timedelta(hours=23)
    await tracked.refresh()
    days = await tracked.days()
    today = tracked.server.now.date()
    assert len(days) == (today - TODAY).days + 1
    assert all(days[day] == app.cost_of(day) for day in days if day < today)


async def test_a_day_nobody_looked_after_stays_as_it_was_seen_and_says_so(tracked: Tracked) -> None:
    await tracked.refresh()
    seen = (await tracked.days())[TODAY]
    tracked.server.now = NOW + timedelta(days=3)
    fetched = await tracked.refresh()
    days = await tracked.days()
    assert days[TODAY] == seen
    assert date(2026, 11, 22) not in days, "a day nobody saw is unknown, not zero"
    assert fetched.usage[0].final_days == frozenset()
    note = "The cost of 2026-11-21 was read until 14:00 UTC only."
    assert note in (await tracked.snapshot()).notes
    await tracked.refresh()
    assert (await tracked.snapshot()).notes.count(note) == 1


async def test_the_month_is_right_also_where_its_days_are_not_known(tracked: Tracked) -> None:
    await tracked.refresh()
    month, app = await tracked.month(), tracked.server.app
    assert month.cost.value is not None
    assert month.cost.value.amount == app.spent(date(2026, 11, 1), NOW) > app.cost_of(TODAY, NOW)


async def test_counters_that_went_back_complete_no_day(tracked: Tracked) -> None:
    await tracked.refresh()
    seen = (await tracked.days())[TODAY]
    tracked.server.now = NOW + timedelta(days=1)
    tracked.server.app.more = {"usage": 0.5, "usage_daily": 0.25}
    await tracked.refresh()
    assert (await tracked.days())[TODAY] == seen
    assert any("2026-11-21 was read until" in note for note in (await tracked.snapshot()).notes)


@pytest.mark.parametrize("missing", ["usage", "usage_daily"])
async def test_a_counter_that_is_missing_is_no_zero(tracked: Tracked, missing: str) -> None:
    tracked.server.app.more = {missing: None}
    fetched = await tracked.refresh()
    assert (await tracked.days() == {}) == (missing == "usage_daily")
    tracked.server.now += timedelta(days=1)
    tracked.server.app.more = {}
    assert (await tracked.refresh()).failures == {} == fetched.failures
    assert TODAY not in await tracked.days() or missing == "usage"


async def test_days_are_those_of_the_servers_clock(tracked: Tracked) -> None:
    tracked.server.now = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    tracked.server.here = datetime(2026, 12, 1, 0, 1, tzinfo=UTC)
    await tracked.refresh()
    assert list(await tracked.days()) == [date(2026, 11, 30)]
    shown = await tracked.snapshot()
    assert shown.spent is None, "November's sum is not December's"

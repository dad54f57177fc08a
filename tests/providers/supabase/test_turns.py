"""More projects than may be counted in one fetch: they are counted in turns, and a part is never called the sum."""

from datetime import datetime, timedelta

import pytest

from stackk_tui.model.clock import utc_midnight
from stackk_tui.sandbox.supabase_world import NIMBUS, Project
from tests.providers.supabase.helpers import metric, organization, project, tracked, values
from tests.supabase_server import NOW

pytestmark = pytest.mark.anyio

NO = {"message": "Forbidden resource"}
COUNTS = "*/usage.api-counts"


def many(supabase, count: int, *, made: datetime = NOW - timedelta(days=3)) -> list[str]:
    """Gives Nimbus Labs this many projects, each with requests of its own since it was made."""
    letters = "abcdefghijklmnopqrst"
    refs = ["".join(letters[int(digit)] for digit in f"{number:020d}") for number in range(count)]
    supabase.world.projects = [
        Project(ref, NIMBUS, f"p{at:03d}", "eu-west-1", made, disk_gb=8, hourly=(at + 1, 0, 7 * at + 3, 0))
        for at, ref in enumerate(refs)
    ]
    return refs


def truth(supabase, refs: list[str], hours: int, at: datetime) -> int:
    hour = at.replace(minute=0, second=0, microsecond=0)
    first = hour - timedelta(hours=hours - 1)
    return sum(sum(supabase.world.requests(ref, first, at)) for ref in refs)


def asked(supabase, since: int = 0) -> list[tuple[str, str]]:
    return [
        (s.path.split("/")[3], dict(s.query)["interval"])
        for s in supabase.seen[since:]
        if s.path.endswith("usage.api-counts")
    ]


@pytest.mark.parametrize(("projects", "rounds"), [(15, 2), (22, 2)])
async def test_every_project_is_counted_within_a_few_refreshes_and_never_more_than_the_limit(
    whole, supabase, projects: int, rounds: int
) -> None:
    refs = many(supabase, projects)
    for at in range(rounds):
        supabase.now = NOW + timedelta(minutes=10 * at)
        before = len(supabase.seen)
        snapshot = (await whole.refresh()).snapshots[NIMBUS]
        assert len(asked(supabase, before)) == 28
        shown = values(snapshot)
        if at < rounds - 1:
            assert "requests_24h" not in shown, "a part is not the sum"
    assert not [s for s in supabase.seen if s.status == 429]
    day, week = metric(snapshot, "requests_24h"), metric(snapshot, "requests_7d")
    assert day.label == "Requests, 24 hours"
    assert "requests_24h_part" not in shown
    assert "requests_7d_part" not in shown
    assert day.as_of is not None
    assert week.as_of is not None
    assert NOW <= day.as_of <= supabase.now
    # every part is of the moment at which it was counted; the sum is as old as the oldest of them
    counted: dict[tuple[str, str], datetime] = {}
    for number, question in enumerate(asked(supabase)):
        counted[question] = NOW + timedelta(minutes=10 * (number // 28))
    for metric_, window, hours in ((day, "1day", 24), (week, "7day", 168)):
        own = {ref: counted[ref, window] for ref in refs}
        assert metric_.value == str(sum(truth(supabase, [ref], hours, at) for ref, at in own.items()))
        assert metric_.as_of == min(own.values())


async def test_a_part_says_of_how_many_it_is(whole, supabase) -> None:
    refs = many(supabase, 20)
    snapshot = (await whole.refresh()).snapshots[NIMBUS]
    part = metric(snapshot, "requests_24h_part")
    assert part.label == "24 h, 8 of 20 projects"
    first = [ref for ref, window in asked(supabase) if window == "1day"]
    assert len(first) == 8
    assert part.value == str(truth(supabase, first, 24, NOW))
    assert "requests_24h" not in values(snapshot)
    assert metric(snapshot, "requests_7d").value == str(truth(supabase, refs, 168, NOW))
    assert (
        "Requests, 24 hours: counted 8 of 20 projects; the next refreshes count the rest." in snapshot.notes
    )
    assert any(note.startswith("There are 20 active projects") for note in snapshot.notes)


async def test_two_refreshes_in_a_minute_ask_no_more_than_one(whole, supabase) -> None:
    many(supabase, 20)
    await whole.refresh()
    supabase.now += timedelta(seconds=59)
    await whole.refresh()
    assert len(asked(supabase)) == 28
    supabase.now += timedelta(seconds=1)
    await whole.refresh()
    assert len(asked(supabase)) == 56


async def test_a_project_that_never_answers_does_not_keep_the_others_from_being_counted(
    whole, supabase
) -> None:
    refs = many(supabase, 18)
    for ref in refs[:15]:
        supabase.faults.add(f"*/{ref}/analytics/*", status=410)
    for at in range(2):
        supabase.now = NOW + timedelta(minutes=10 * at)
        snapshot = (await whole.refresh()).snapshots[NIMBUS]
    assert {ref for ref, _ in asked(supabase)} == set(refs)
    assert metric(snapshot, "requests_24h_part").label == "24 h, 3 of 18 projects"
    assert metric(snapshot, "requests_24h_part").value == str(truth(supabase, refs[15:], 24, supabase.now))
    assert "requests_7d" not in values(snapshot)


async def test_a_sign_in_that_may_count_nothing_is_said_once_and_stays_said(whole, supabase) -> None:
    many(supabase, 20)
    supabase.faults.add(COUNTS, status=403, body=NO)
    for seconds in (0, 20):
        supabase.now = NOW + timedelta(seconds=seconds)
        fetched = await whole.refresh()
        assert fetched.failures == {}
        snapshot = fetched.snapshots[NIMBUS]
        assert {"requests", "requests_24h", "requests_7d"} <= set(snapshot.not_permitted)
        assert not [name for name in values(snapshot) if name.startswith("requests")]
    assert snapshot.can is not None
    assert "usage" not in snapshot.can


async def test_a_project_that_goes_or_comes_in_the_middle_changes_how_many_there_are(whole, supabase) -> None:
    refs = many(supabase, 20)
    await whole.refresh()
    supabase.now += timedelta(minutes=10)
    supabase.world.projects = [p for p in supabase.world.projects if p.ref != refs[3]]
    supabase.world.project(refs[4]).status = "INACTIVE"
    snapshot = (await whole.refresh()).snapshots[NIMBUS]
    left = [ref for ref in refs if ref not in refs[3:5]]
    counted = dict.fromkeys([r for r, w in asked(supabase)[:28] if w == "7day" and r in left], NOW)
    counted |= dict.fromkeys([r for r, w in asked(supabase)[28:] if w == "7day"], supabase.now)
    true = sum(truth(supabase, [ref], 168, at) for ref, at in counted.items())
    assert metric(snapshot, "requests_7d").value == str(true)
    assert refs[3] not in snapshot.carried["counts"]
    supabase.world.projects.append(Project("z" * 20, NIMBUS, "new", "eu-west-1", NOW, hourly=(1, 1, 1, 1)))
    supabase.now += timedelta(seconds=5)
    snapshot = (await whole.refresh()).snapshots[NIMBUS]
    assert metric(snapshot, "requests_7d_part").label == "7 days, 18 of 19 projects"
    assert "requests_7d" not in values(snapshot)


async def test_counts_of_long_ago_are_in_no_sum(whole, supabase) -> None:
    many(supabase, 20)
    await whole.refresh()
    supabase.now += timedelta(days=2)
    snapshot = (await whole.refresh()).snapshots[NIMBUS]
    counted = asked(supabase)[28:]
    days = len([1 for _, window in counted if window == "1day"])
    assert metric(snapshot, "requests_24h_part").label == f"24 h, {days} of 20 projects"
    assert all(m.as_of == supabase.now for m in snapshot.metrics if m.id.startswith("requests"))


async def test_the_history_has_a_day_when_every_project_was_counted_after_it(whole, supabase) -> None:
    refs = many(supabase, 24)
    days: dict = {}
    for at in range(3):
        supabase.now = NOW + timedelta(minutes=10 * at)
        for batch in (await whole.refresh()).usage:
            for day in batch.days:
                days[day] = sum(b.requests or 0 for b in batch.buckets if b.day == day)
            assert not batch.final_days - set(batch.days)
    today = NOW.date()
    assert sorted(days) == [today - timedelta(days=n) for n in range(6, -1, -1)]
    for day, number in days.items():
        if day != today:
            begin = utc_midnight(day)
            true = sum(sum(supabase.world.requests(r, begin, begin + timedelta(days=1))) for r in refs)
            assert number == true, day
    # the next morning: yesterday is told only when all of them were counted after it
    supabase.now = NOW.replace(hour=4) + timedelta(days=1)
    before = len(supabase.seen)
    (batch,) = (await whole.refresh()).usage
    assert len([1 for _, window in asked(supabase, before) if window == "7day"]) == 8
    assert batch.days == tuple(today - timedelta(days=n) for n in range(5, 0, -1))
    supabase.now += timedelta(minutes=10)
    (batch,) = (await whole.refresh()).usage
    assert batch.days[-2:] == (today, today + timedelta(days=1))
    begin = utc_midnight(today)
    true = sum(sum(supabase.world.requests(r, begin, begin + timedelta(days=1))) for r in refs)
    assert sum(b.requests or 0 for b in batch.buckets if b.day == today) == true
    assert today in batch.final_days


async def test_a_single_project_takes_its_turn_and_keeps_its_count_with_its_date(provider, supabase) -> None:
    refs = many(supabase, 20)
    own = tracked(provider, organization(), project(refs[19]))
    first = (await own.refresh()).snapshots[refs[19]]
    assert int(values(first)["requests_7d"]) == truth(supabase, [refs[19]], 168, NOW)
    supabase.now = NOW + timedelta(minutes=10)
    second = (await own.refresh()).snapshots[refs[19]]
    kept = metric(second, "requests_24h")
    assert (kept.value, kept.as_of) == (str(truth(supabase, [refs[19]], 24, NOW)), NOW)
    assert not any("active projects" in note for note in second.notes)


async def test_more_than_a_hundred_projects_are_said_not_to_have_sums(whole, supabase) -> None:
    many(supabase, 103, made=NOW)
    snapshot = (await whole.refresh()).snapshots[NIMBUS]
    assert "disk_bytes" not in values(snapshot)
    assert any(
        note.startswith("103 active projects are more than can be read at once") for note in snapshot.notes
    )


@pytest.mark.parametrize(
    "text", ["{", "[1]", '[["a"]]', '[["a", "1day", "soon", "then", 1, {}]]', '{"a": 1}']
)
async def test_notes_of_another_version_are_no_obstacle(whole, supabase, text: str) -> None:
    many(supabase, 20)
    snapshot = (await whole.refresh()).snapshots[NIMBUS]
    whole.snapshots[NIMBUS] = snapshot.model_copy(update={"carried": {"counts": text}})
    supabase.now += timedelta(minutes=10)
    assert (await whole.refresh()).failures == {}

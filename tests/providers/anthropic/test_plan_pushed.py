"""What the status line tells between two fetches is taken in, with its own time, and only if it is this login's."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stackk_tui.sandbox.claude_plan import oauth_account
from tests.conftest import NOW, MakeSettings
from tests.providers.anthropic.plan_helpers import PlanWorld, make_world

pytestmark = pytest.mark.anyio

FIVE_ENDS = datetime(2026, 11, 22, 18, tzinfo=UTC)
WEEK_ENDS = datetime(2026, 11, 26, 9, tzinfo=UTC)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.fixture
def world(settings: MakeSettings, tmp_path: Path) -> PlanWorld:
    return make_world(settings(STACKK_CLAUDE_BIN=str(tmp_path / "bin/claude")), NOW, tmp_path / "bin")


async def test_a_newer_value_takes_the_place_of_the_one_that_was_read(world: PlanWorld) -> None:
    await world.sign_in()
    await world.fetch()
    started = len(world.calls)
    world.now += minutes(4)
    world.pushes(minutes(3), five_hour=(0.26, FIVE_ENDS), seven_day=(0.43, WEEK_ENDS))
    world.pushes(minutes(1), five_hour=(0.29, FIVE_ENDS))
    fetched = await world.hear()
    limit = world.limit("five_hour")
    assert limit is not None
    assert (limit.used, limit.as_of, limit.label) == (0.29, world.now - minutes(1), "5-hour window")
    assert [(s.limit_id, s.used, s.at) for s in fetched.samples["plan"]] == [
        ("five_hour", 0.26, world.now - minutes(3)),
        ("seven_day", 0.43, world.now - minutes(3)),
        ("five_hour", 0.29, world.now - minutes(1)),
    ]
    assert world.snapshot.fetched_at == NOW
    assert len(world.calls) == started  # nobody was asked
    assert (await world.hear()).snapshots == {}  # and nothing is taken in twice


async def test_a_fetch_takes_in_the_history_and_keeps_its_own_newer_value(world: PlanWorld) -> None:
    await world.sign_in()
    world.pushes(minutes(3), five_hour=(0.10, FIVE_ENDS), seven_day=(0.40, WEEK_ENDS))
    fetched = await world.fetch()
    limit = world.limit("five_hour")
    assert limit is not None
    assert (limit.used, limit.as_of) == (0.211, None)
    assert [s.used for s in fetched.samples["plan"]] == [0.10, 0.40]
    assert (await world.fetch()).samples == {}


async def test_what_was_said_of_a_window_before_this_one_is_history_only(world: PlanWorld) -> None:
    await world.sign_in()
    await world.fetch()
    world.now += minutes(1)
    world.pushes(minutes(0.5), five_hour=(0.9, FIVE_ENDS - timedelta(hours=5)))
    await world.hear()
    limit = world.limit("five_hour")
    assert limit is not None
    assert limit.used == 0.211


async def test_a_new_window_begins(world: PlanWorld) -> None:
    await world.sign_in()
    await world.fetch()
    world.now += timedelta(hours=3)
    world.pushes(minutes(1), five_hour=(0.02, FIVE_ENDS + timedelta(hours=5)))
    await world.hear()
    limit = world.limit("five_hour")
    assert limit is not None
    assert (limit.used, limit.resets_at) == (0.02, FIVE_ENDS + timedelta(hours=5))


async def test_another_login_in_the_same_folder_is_known_by_its_week(world: PlanWorld) -> None:
    await world.sign_in()
    await world.fetch()
    world.now += minutes(9)
    other = WEEK_ENDS + timedelta(days=2, hours=3)
    world.pushes(minutes(8), five_hour=(0.25, FIVE_ENDS), seven_day=(0.421, WEEK_ENDS))
    world.pushes(minutes(6), five_hour=(0.95, FIVE_ENDS), seven_day=(0.99, other))
    world.pushes(minutes(5), five_hour=(0.96, FIVE_ENDS))
    world.pushes(minutes(2), five_hour=(0.27, FIVE_ENDS), seven_day=(0.43, WEEK_ENDS))
    fetched = await world.hear()
    assert [s.used for s in fetched.samples["plan"] if s.limit_id == "five_hour"] == [0.25, 0.27]
    limit = world.limit("five_hour")
    assert limit is not None
    assert limit.used == 0.27


async def test_the_weeks_before_and_after_end_at_the_same_hour(world: PlanWorld) -> None:
    await world.sign_in()
    before = WEEK_ENDS - timedelta(days=14)
    world.pushes(timedelta(days=12), seven_day=(0.7, before))
    assert [s.used for s in (await world.fetch()).samples["plan"]] == [0.7]


async def test_while_somebody_else_is_signed_in_what_is_pushed_is_let_go(world: PlanWorld) -> None:
    await world.sign_in()
    await world.fetch()
    world.now += minutes(3)
    world.remembers(
        **{**oauth_account(), "organizationUuid": "another", "emailAddress": "sam@nimbus.example"}
    )
    world.pushes(minutes(2), five_hour=(0.9, FIVE_ENDS))
    assert (await world.hear()).samples.get("plan", []) == []
    world.remembers(**oauth_account())
    assert (await world.hear()).snapshots == {}
    limit = world.limit("five_hour")
    assert limit is not None
    assert limit.used == 0.211


async def test_a_build_that_cannot_be_asked_still_has_its_windows(world: PlanWorld) -> None:
    world.says("older-build")
    await world.sign_in()
    world.pushes(minutes(3), five_hour=(0.5, FIVE_ENDS), seven_day=(0.4, WEEK_ENDS))
    await world.fetch()
    assert [(limit.id, limit.used, limit.as_of) for limit in world.snapshot.limits] == [
        ("five_hour", 0.5, NOW - minutes(3)),
        ("seven_day", 0.4, NOW - minutes(3)),
    ]
    assert "limits" not in world.snapshot.not_exposed


async def test_a_failure_does_not_hide_what_was_pushed(world: PlanWorld) -> None:
    await world.sign_in()
    await world.fetch()
    world.now += minutes(5)
    world.pushes(minutes(1), five_hour=(0.6, FIVE_ENDS))
    world.says("garbage")
    assert (await world.fetch()).failures
    limit = world.limit("five_hour")
    assert limit is not None
    assert limit.used == 0.6


async def test_a_damaged_file_costs_nothing(world: PlanWorld) -> None:
    await world.sign_in()
    world.pushes(minutes(3), five_hour=(0.10, FIVE_ENDS))
    path = world.settings.paths.pushed_windows
    path.write_bytes(b"no database at all" * 400)
    assert not (await world.fetch()).failures
    assert world.limit("five_hour") is not None


async def test_a_change_is_noticed_within_a_second_and_a_half(world: PlanWorld) -> None:
    waiting = asyncio.create_task(world.reader.changed())
    await asyncio.sleep(0)
    assert not waiting.done()
    world.pushes(minutes(0), five_hour=(0.10, FIVE_ENDS))
    began = time.monotonic()
    await asyncio.wait_for(waiting, 3)
    assert time.monotonic() - began < 1.5
    world.pushes(minutes(0), five_hour=(0.11, FIVE_ENDS))
    await asyncio.wait_for(world.reader.changed(), 3)  # pushed before it was waited for again

"""What goes on right now: to the millisecond, though sums are kept by the quarter of an hour."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from stackk_tui.model.usage_report import LiveUsage
from stackk_tui.providers.claude_code.live import live_usage
from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import MAIN, Line, Trap, call, text, usage

NOW = datetime(2026, 11, 22, 15, 37, 12, 500_000, tzinfo=UTC)


def at(moment: datetime, number: int) -> Line:
    stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return call(f"m{number}", f"r{number}", at=stamp, used=usage(1000, 10**number))


def live(machine: Machine, *moments: datetime) -> LiveUsage:
    lines = [at(moment, number) for number, moment in enumerate(moments)]
    Trap("", {MAIN: text(*lines)}, {}, {}).write(machine.projects)
    return live_usage(machine.settings, NOW)


def test_the_last_hour_the_block_and_today_end_now(machine: Machine) -> None:
    ms = timedelta(milliseconds=1)
    hour = timedelta(hours=1)
    found = live(
        machine,
        NOW - timedelta(days=1),
        NOW - 4 * hour,  # 11:37: the block begins at 11:00
        NOW - hour,
        NOW - hour + ms,
        NOW,
        NOW + ms,  # by another clock
        NOW + timedelta(minutes=20),
    )
    assert found.today.requests == 4
    assert found.today.tokens.output == 11_110
    assert found.last_call_at == NOW
    assert (found.block_start, found.block_end) == (
        NOW.replace(hour=11, minute=0, second=0, microsecond=0),
        NOW.replace(hour=16, minute=0, second=0, microsecond=0),
    )
    assert found.block is not None
    assert (found.block.requests, found.block.tokens.output) == (4, 11_110)
    assert found.recent is not None
    assert found.recent.minutes == 60
    assert found.recent.output_per_minute == 11_000 / 60
    assert found.recent.cost_per_hour == Decimal("0.228")
    assert found.since_start is not None
    assert round(found.since_start.output_per_minute, 6) == round(
        11_110 / ((NOW - found.block_start) / timedelta(minutes=1)), 6
    )  # type: ignore[operator]


def test_after_a_block_there_is_none(machine: Machine) -> None:
    found = live(machine, NOW - timedelta(hours=6))
    assert (found.block, found.recent, found.block_start) == (None, None, None)
    assert found.last_call_at == NOW - timedelta(hours=6)
    assert found.today.requests == 1


def test_of_nothing_there_is_nothing_to_say(machine: Machine) -> None:
    assert live_usage(machine.settings, NOW) == LiveUsage(at=NOW)
    found = live(machine, NOW + timedelta(minutes=1))
    assert (found.last_call_at, found.today.requests) == (None, 0)

"""What a scan leaves for the status line: today's sums, written when they may have changed, and only then."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from stackk_tui.providers.claude_code.today import is_kept, keep_today, kept_today
from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import MAIN, call, text


def written(machine: Machine) -> Path:
    return machine.settings.paths.claude_code_index.with_name("claude-code-today.json")


def test_today_is_as_the_last_scan_counted_it(machine: Machine) -> None:
    now = datetime.now(UTC)
    path = machine.projects / MAIN
    path.parent.mkdir()
    path.write_bytes(
        text(call("m1", "r1", at=now.isoformat()), call("m2", "r2", at=now.isoformat(), model="gpt-9"))
    )
    machine.usage()
    today = kept_today(machine.settings, now)
    assert today is not None
    assert (today.day, today.tokens, today.unpriced_tokens) == (now.date(), 60, 30)
    assert today.cost == Decimal("0.00044")
    assert abs(today.as_of - now) < timedelta(minutes=1)
    assert written(machine).stat().st_mode & 0o777 == 0o600


def test_it_is_written_again_when_something_changed_and_only_then(machine: Machine) -> None:
    now = datetime.now(UTC)
    path = machine.projects / MAIN
    path.parent.mkdir()
    path.write_bytes(text(call("m1", "r1", at=now.isoformat())))
    machine.usage()
    first = written(machine).stat().st_ino
    machine.usage(by="model")
    assert written(machine).stat().st_ino == first
    with path.open("ab") as file:
        file.write(text(call("m2", "r2", at=now.isoformat())))
    machine.usage()
    assert written(machine).stat().st_ino != first
    today = kept_today(machine.settings, now)
    assert today is not None
    assert today.tokens == 60


def test_what_is_kept_is_of_one_zone_day_and_generation(machine: Machine) -> None:
    now = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    machine.usage()
    written(machine).unlink(missing_ok=True)
    assert not is_kept(machine.settings, "UTC", now.date(), 7)
    keep_today(machine.settings, "UTC", now, 7, {now.date(): (5, None, 5)})
    assert is_kept(machine.settings, "UTC", now.date(), 7)
    assert not is_kept(machine.settings, "Europe/Berlin", now.date(), 7)
    assert not is_kept(machine.settings, "UTC", now.date() + timedelta(days=1), 7)
    assert not is_kept(machine.settings, "UTC", now.date(), 8)
    assert not is_kept(machine.settings, "UTC", now.date(), 70)
    written(machine).write_bytes(b"\xff")
    assert not is_kept(machine.settings, "UTC", now.date(), 7)
    assert kept_today(machine.settings, now) is None


def test_an_older_count_does_not_replace_a_newer_one(machine: Machine) -> None:
    now = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    machine.usage()
    written(machine).unlink(missing_ok=True)
    keep_today(machine.settings, "UTC", now, 7, {now.date(): (5, Decimal("1.5"), 0)})
    keep_today(machine.settings, "UTC", now - timedelta(seconds=1), 6, {now.date(): (4, None, 4)})
    today = kept_today(machine.settings, now)
    assert today is not None
    assert (today.tokens, today.cost) == (5, Decimal("1.5"))

"""What the status line may say of today without reading a transcript."""

import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from stackk_tui.config import Settings
from stackk_tui.providers.claude_code.today import kept_today
from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import MAIN, Trap, call, text, usage


def put(machine: Machine, *times: datetime) -> None:
    lines = [
        call(f"m{number}", f"r{number}", at=at.isoformat().replace("+00:00", "Z"), used=usage(10, 20))
        for number, at in enumerate(times)
    ]
    Trap("", {MAIN: text(*lines, call("mx", "rx", at=times[0].isoformat(), model="gpt-9"))}, {}, {}).write(
        machine.projects
    )


def test_a_scan_leaves_today_and_yesterday(machine: Machine) -> None:
    now = datetime.now(UTC)
    assert kept_today(machine.settings, now) is None
    put(machine, now, now - timedelta(days=1), now - timedelta(days=1), now - timedelta(days=2))
    machine.usage()
    today = kept_today(machine.settings, now)
    assert today is not None
    assert (today.day, today.tokens, today.cost, today.unpriced_tokens) == (
        now.date(),
        60,
        Decimal("0.00044"),
        30,
    )
    assert abs(today.as_of - now) < timedelta(minutes=1)
    yesterday = kept_today(machine.settings, now - timedelta(days=1))
    assert yesterday is not None
    assert (yesterday.tokens, yesterday.cost) == (60, Decimal("0.00088"))
    assert kept_today(machine.settings, now + timedelta(days=1)) is None  # nobody has counted it yet
    assert isinstance(today.day, date)


def test_it_is_of_the_zone_it_was_counted_in(machine: Machine, settings: Callable[..., Settings]) -> None:
    put(machine, datetime.now(UTC))
    machine.usage()
    assert kept_today(settings(TZ="Asia/Tokyo"), datetime.now(UTC)) is None


def test_a_day_without_any_call_is_nothing_not_unknown(machine: Machine) -> None:
    machine.usage()
    today = kept_today(machine.settings, datetime.now(UTC))
    assert today is not None
    assert (today.tokens, today.cost, today.unpriced_tokens) == (0, None, 0)


def test_garbage_is_nothing_and_is_made_anew(machine: Machine) -> None:
    now = datetime.now(UTC)
    put(machine, now)
    machine.usage()
    (place,) = machine.settings.paths.data.glob("*today*")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    for garbage in (b"", b"[1]", b'{"format":1,"timezone":"UTC","days":{"x":1}}', b"\xff", b"[" * 100_000):
        place.write_bytes(garbage)
        assert kept_today(machine.settings, now) is None
    place.unlink()
    machine.usage()
    assert kept_today(machine.settings, now) is not None


def test_reading_it_is_light() -> None:
    seen = subprocess.run(
        [sys.executable, "-c", "import sys, stackk_tui.providers.claude_code.today; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert not {"pydantic", "sqlite3", "msgspec", "asyncio"} & set(seen)

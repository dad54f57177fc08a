"""Days, weeks, months and blocks in the person's own zone (`claude-code-logs.md` §6, §9)."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stackk_tui.config import Settings
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.usage_report import GROUPINGS
from stackk_tui.providers.claude_code.sums import segments
from stackk_tui.providers.claude_code.wire import parse_timestamp
from stackk_tui.providers.claude_code.zone import local_zone
from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import MAIN, Trap, call, text


def at(machine: Machine, *times: str) -> Machine:
    lines = [call(f"m{number}", f"r{number}", at=time) for number, time in enumerate(times)]
    Trap("", {MAIN: text(*lines)}, {}, {}).write(machine.projects)
    return machine


def keys(machine: Machine, **query: object) -> dict[str, int]:
    return {row.key: row.requests for row in machine.usage(**query).rows}


def test_a_day_is_a_day_of_the_zone(machine: Machine) -> None:
    at(machine, "2026-11-18T22:59:59.999Z", "2026-11-18T23:00:00Z", "2026-11-19T04:00:00+05:30")
    assert keys(machine, by="day", timezone="UTC") == {"2026-11-18": 3}
    assert keys(machine, by="day", timezone="Europe/Berlin") == {"2026-11-18": 2, "2026-11-19": 1}
    assert machine.usage(timezone="Europe/Berlin").timezone == "Europe/Berlin"


def test_the_long_and_the_short_day_of_daylight_saving(machine: Machine) -> None:
    at(
        machine,
        "2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z",
        "2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z",
    )  # fmt: skip
    assert keys(machine, by="day", timezone="Europe/Berlin") == {
        "2026-03-28": 1, "2026-03-29": 2, "2026-03-30": 1, "2026-10-24": 1, "2026-10-25": 2, "2026-10-26": 1,
    }  # fmt: skip


def test_one_date_thousands_of_years_off_costs_no_time(machine: Machine) -> None:
    at(
        machine,
        "1971-01-01T00:00:00Z", "2011-12-30T09:59:00Z", "2011-12-30T10:00:00Z", "2026-03-29T09:00:00Z",
        "9998-07-01T10:00:00Z", "9998-12-31T23:59:59Z",
    )  # fmt: skip
    expected = {  # Samoa left out a day, 30 December 2011, when it moved to the other side of the date line
        "1970-12-31": 1, "2011-12-29": 1, "2011-12-31": 1, "2026-03-29": 1, "9998-07-01": 1, "9999-01-01": 1,
    }  # fmt: skip
    began = time.process_time()
    assert keys(machine, by="day", timezone="Pacific/Apia") == expected
    assert time.process_time() - began < 0.5  # a day at a time it took three seconds


def test_every_offset_a_zone_ever_had(machine: Machine) -> None:
    """By days, by the zone's own arithmetic on every call, around each change of half a century."""
    for name in (
        "Africa/Casablanca",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Asia/Gaza",
        "Antarctica/Troll",
    ):
        zone = ZoneInfo(name)
        moments = range(0, 20_000 * 96, 7)
        days = segments(zone, range(365, 20_000))
        for quarter in moments[:: 3 if name == "Asia/Gaza" else 29]:
            if quarter < 365 * 96:
                continue
            offset = next((east for until, east in days[:-1] if quarter < until), days[-1][1])
            at_zone = datetime.fromtimestamp(quarter * 900, UTC).astimezone(zone).utcoffset()
            assert at_zone == timedelta(seconds=offset), (name, quarter)


def test_a_week_begins_on_monday_and_a_month_on_its_first(machine: Machine) -> None:
    at(
        machine,
        "2026-11-01T12:00:00Z",
        "2026-11-02T12:00:00Z",
        "2026-11-08T12:00:00Z",
        "2026-12-01T00:00:00Z",
    )
    assert keys(machine, by="week") == {"2026-10-26": 1, "2026-11-02": 2, "2026-11-30": 1}
    assert keys(machine, by="month") == {"2026-11": 3, "2026-12": 1}


def test_since_and_until_are_inclusive_days_of_the_zone(machine: Machine) -> None:
    at(
        machine,
        "2026-11-17T22:59:59Z",
        "2026-11-17T23:00:00Z",
        "2026-11-19T22:59:59Z",
        "2026-11-19T23:00:00Z",
    )
    query = {"since": date(2026, 11, 18), "until": date(2026, 11, 19), "timezone": "Europe/Berlin"}
    for by in GROUPINGS:
        assert sum(keys(machine, by=by, **query).values()) == 2
    assert machine.usage(since=date(2027, 1, 1)).rows == ()
    assert machine.usage(since=date(2027, 1, 1)).totals.cost is None


def test_a_block_is_five_hours_from_the_utc_hour_of_its_first_call(machine: Machine) -> None:
    at(
        machine,
        "2026-11-18T09:59:00Z",
        "2026-11-18T13:59:59.999Z",
        "2026-11-18T14:00:00Z",
        "2026-11-19T03:30:00+05:30",
    )
    expected = {"2026-11-18T09:00:00Z": 2, "2026-11-18T14:00:00Z": 1, "2026-11-18T22:00:00Z": 1}
    assert keys(machine, by="block") == expected
    assert keys(machine, by="block", timezone="Asia/Kolkata") == expected  # floored in UTC, not in the zone


def test_an_unknown_zone_is_refused(machine: Machine) -> None:
    for name in ("Mars/Olympus", "../../etc/passwd", "/etc/passwd", "a\0b"):
        with pytest.raises(InvalidInput, match="time zone"):
            machine.usage(timezone=name)


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({"TZ": "Europe/Berlin"}, "Europe/Berlin"),
        ({"TZ": ":Asia/Tokyo"}, "Asia/Tokyo"),
        ({"TZ": "/usr/share/zoneinfo/Asia/Tokyo"}, "Asia/Tokyo"),
        ({"TZ": ""}, "UTC"),
    ],
)
def test_the_zone_is_that_of_tz(env: dict[str, str], name: str, settings: Callable[..., Settings]) -> None:
    zone, warning = local_zone(settings(**env))
    assert (zone.key, warning) == (name, None)


def test_a_zone_nobody_knows_is_said_and_utc(settings: Callable[..., Settings]) -> None:
    zone, warning = local_zone(settings(TZ="Nowhere/Land"))
    assert zone.key == "UTC"
    assert "TZ names the time zone 'Nowhere/Land'" in (warning or "")


def test_the_zone_of_config_toml_comes_first(settings: Callable[..., Settings]) -> None:
    file = settings().paths.config_file
    file.parent.mkdir(parents=True)
    file.write_text('timezone = "Asia/Tokyo"\n')
    assert local_zone(settings(TZ="Europe/Berlin"))[0].key == "Asia/Tokyo"


def test_the_systems_zone_is_that_of_its_link(
    tmp_path: Path, settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    zone_file = tmp_path / "share/zoneinfo/Europe/Rome"
    zone_file.parent.mkdir(parents=True)
    zone_file.touch()
    link = tmp_path / "localtime"
    link.symlink_to(zone_file)
    monkeypatch.setattr("stackk_tui.providers.claude_code.system_zone.LINK", link)
    assert local_zone(settings())[0].key == "Europe/Rome"
    link.unlink()
    monkeypatch.setattr("stackk_tui.providers.claude_code.system_zone.NAME_FILE", tmp_path / "timezone")
    assert local_zone(settings())[0].key == "UTC"
    (tmp_path / "timezone").write_text("Europe/Oslo\n")
    assert local_zone(settings())[0].key == "Europe/Oslo"


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1971-01-01T00:00:00Z", 31_536_000_000),
        ("2026-11-18T09:00:00.000Z", 1_794_992_400_000),
        ("2026-11-18t09:00:00z", 1_794_992_400_000),
        ("2026-11-18 09:00:00.123456789Z", 1_794_992_400_123),
        ("2026-11-18T09:00:00.5+00:00", 1_794_992_400_500),
        ("2026-11-18T14:30:00+05:30", 1_794_992_400_000),
        ("2026-11-18T01:00:00.1-08:00", 1_794_992_400_100),
    ],
)
def test_any_rfc_3339_time_is_read(text: str, ms: int) -> None:
    assert parse_timestamp(text) == ms


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-18", "2026-11-18T09:00:00", "2026-13-18T09:00:00Z", "2026-02-30T09:00:00Z", "2026-11-18T24:00:00Z",
     "2026-11-18T09:00:00.1234567890Z", "2026-11-18T09:00:00+0530", "2026-11-18T09:00:00+24:00", "0001-01-01T00:00:00Z",
     "9999-12-31T23:59:59Z", "２０２６-11-18T09:00:00Z", 1_794_992_400, None, True, [], "2026-11-18T09:00:00Z\n"],
)  # fmt: skip
def test_anything_else_is_no_time(text: object) -> None:
    assert parse_timestamp(text) is None

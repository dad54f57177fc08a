"""The person's own time zone, and the local day of a moment (`claude-code-logs.md` §9)."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from stackk_tui.model.errors import InvalidInput
from stackk_tui.providers.claude_code import system_zone
from stackk_tui.providers.claude_code.words import cleaned

TYPE_CHECKING = False  # as typing has it, which takes longer to import than this module to run
if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from stackk_tui.config import Settings

_UTC = frozenset({"Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu"})
"""Other names of UTC; the system's choice among them is nobody's wish."""
_QUARTER_MS = 15 * 60 * 1000


class _Utc(tzinfo):
    """`ZoneInfo("UTC")` as far as anybody asks, without the zone database."""

    key = "UTC"

    def utcoffset(self, moment: datetime | None) -> timedelta:
        return timedelta(0)

    def dst(self, moment: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, moment: datetime | None) -> str:
        return self.key

    def __str__(self) -> str:
        return self.key


def zone_named(name: str) -> ZoneInfo:
    """Gives an IANA zone. Raises InvalidInput if there is none of that name."""
    found = _try(name)
    if found is None:
        raise InvalidInput(
            f"There is no time zone called {cleaned(name, 256)!r}.",
            next_step="Use a name such as Europe/Berlin or UTC.",
        )
    return found


def local_zone(settings: Settings) -> tuple[ZoneInfo, str | None]:
    """Gives the zone of config.toml (`timezone`), else of `TZ`, else of the system, else UTC; and a warning
    if one was named that does not exist."""
    for where, name in (("config.toml", settings.file.get("timezone")), ("TZ", settings.env.get("TZ"))):
        if name is None:
            continue
        found = _try(str(name))
        if found is not None:
            return found, None
        named = cleaned(str(name), 256)
        return _utc(), f"{where} names the time zone {named!r}, which is not known. Days are UTC."
    return _system_zone() or _utc(), None


def _system_zone() -> ZoneInfo | None:
    _, found, name = os.path.realpath(system_zone.LINK).partition("/zoneinfo/")
    if found and (zone := _try(name)):
        return _utc() if zone.key in _UTC else zone
    try:
        with open(system_zone.NAME_FILE, encoding="ascii") as file:  # noqa: PTH123  # pathlib would cost more than a warm start
            return _try(file.read().strip())
    except (OSError, UnicodeDecodeError):
        return None


def files_of(*zones: ZoneInfo) -> list[str]:
    """Gives the files of the system's zone database that tell of some zones."""
    keys = {zone.key for zone in zones if not isinstance(zone, _Utc)}
    if not keys:
        return []
    from zoneinfo import TZPATH

    return [f"{folder}/{key}" for folder in TZPATH for key in sorted(keys)]


def midnight_after(zone: ZoneInfo, now: datetime | None = None) -> float:
    """Gives when the local day ends, in seconds since 1970."""
    today = (now or datetime.now(UTC)).astimezone(zone).date()
    midnight = datetime.combine(today + timedelta(days=1), time(), zone)
    return midnight.timestamp()


def _try(name: str) -> ZoneInfo | None:
    """Understands what `TZ` may hold: empty (UTC), `:Europe/Berlin`, a path into a zone database."""
    name = name.removeprefix(":")
    name = name.partition("/zoneinfo/")[2] or name
    if name in ("", "UTC"):
        return _utc()
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _utc() -> ZoneInfo:
    return _Utc()  # type: ignore[return-value]  # a key and what every tzinfo has is all that is used


class LocalDays:
    """Gives the local calendar day of a moment. No zone changes its offset inside a quarter of an hour."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._known: dict[int, date] = {}

    def day(self, ts: int) -> date:
        """`ts` is UTC milliseconds."""
        quarter = ts // _QUARTER_MS
        day = self._known.get(quarter)
        if day is None:
            moment = datetime.fromtimestamp(quarter * _QUARTER_MS / 1000, UTC)
            day = self._known[quarter] = moment.astimezone(self._zone).date()
        return day

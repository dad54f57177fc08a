"""The person's own time zone, and the local day of a moment (`claude-code-logs.md` §9)."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stackk_tui.config import Settings
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.text import clean

_LINK = Path("/etc/localtime")
_NAME_FILE = Path("/etc/timezone")
_UTC = frozenset({"Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu"})
"""Other names of UTC; the system's choice among them is nobody's wish."""
_QUARTER_MS = 15 * 60 * 1000


def zone_named(name: str) -> ZoneInfo:
    """Gives an IANA zone. Raises InvalidInput if there is none of that name."""
    found = _try(name)
    if found is None:
        raise InvalidInput(
            f"There is no time zone called {clean(name)!r}.",
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
        return ZoneInfo(
            "UTC"
        ), f"{where} names the time zone {clean(str(name))!r}, which is not known. Days are UTC."
    return _system_zone() or ZoneInfo("UTC"), None


def _system_zone() -> ZoneInfo | None:
    try:
        _, found, name = str(_LINK.resolve()).partition("/zoneinfo/")
        if found and (zone := _try(name)):
            return ZoneInfo("UTC") if zone.key in _UTC else zone
        return _try(_NAME_FILE.read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError):
        return None


def _try(name: str) -> ZoneInfo | None:
    """Understands what `TZ` may hold: empty (UTC), `:Europe/Berlin`, a path into a zone database."""
    name = name.removeprefix(":")
    name = name.partition("/zoneinfo/")[2] or name
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


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

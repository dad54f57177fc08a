"""Today's tokens and their value, as the last scan left them, for a status line that must not scan.

A small file beside the index, replaced whole by every scan: reading it takes neither SQLite nor pydantic.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from stackk_tui.providers.claude_code import lean_json
from stackk_tui.providers.claude_code.zone import local_zone

TYPE_CHECKING = False  # as typing has it, which takes longer to import than this module to run
if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackk_tui.config import Settings

_FORMAT = 1


class Today:
    """One local day. `cost` is the API-equivalent value in US dollars of what has a price, None if nothing
    of it has; `unpriced_tokens` are the tokens it does not cover. `as_of` is when it was counted (UTC)."""

    __slots__ = ("as_of", "cost", "day", "tokens", "unpriced_tokens")

    def __init__(
        self, *, day: date, tokens: int, cost: Decimal | None, unpriced_tokens: int, as_of: datetime
    ) -> None:
        self.day = day
        self.tokens = tokens
        self.cost = cost
        self.unpriced_tokens = unpriced_tokens
        self.as_of = as_of


def kept_today(settings: Settings, now: datetime) -> Today | None:
    """Gives the local day of `now` as the last scan counted it; None if that day was not counted yet, or in
    another time zone. Reads one small file, never raises for what is in it."""
    zone = local_zone(settings)[0]
    kept = _read(_place(settings))
    if kept.get("format") != _FORMAT or kept.get("timezone") != zone.key:
        return None
    day = now.astimezone(zone).date()
    days = kept.get("days")
    row = days.get(day.isoformat()) if isinstance(days, dict) else None
    if not isinstance(row, dict):
        return None
    as_of = _moment(kept.get("as_of"))
    if as_of is None:
        return None
    try:
        return Today(
            day=day,
            tokens=int(row["tokens"]),
            cost=None if row["cost"] is None else Decimal(row["cost"]),
            unpriced_tokens=int(row["unpriced_tokens"]),
            as_of=as_of,
        )
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return None


def keep_today(
    settings: Settings, timezone: str, as_of: datetime, days: Mapping[date, tuple[int, Decimal | None, int]]
) -> None:
    """Keeps tokens, cost and unpriced tokens of some local days (today and yesterday). A count that is newer
    than this one stays. Never raises: it can be counted again. The folder is there: the index is in it."""
    place = _place(settings)
    before = _moment(_read(place).get("as_of"))
    if before is not None and before > as_of:
        return
    content = {
        "format": _FORMAT,
        "timezone": timezone,
        "as_of": as_of.astimezone(UTC).isoformat(),
        "days": {
            day.isoformat(): {
                "tokens": tokens,
                "cost": None if cost is None else str(cost),
                "unpriced_tokens": unpriced,
            }
            for day, (tokens, cost, unpriced) in days.items()
        },
    }
    fresh = f"{place}.{os.getpid()}"
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(lean_json.dumps(content))
        os.replace(fresh, place)  # noqa: PTH105
    except OSError:
        pass


def is_kept(settings: Settings) -> bool:
    """Says whether anything is kept at all."""
    return os.path.exists(_place(settings))  # noqa: PTH110


def _place(settings: Settings) -> str:
    folder = os.path.dirname(os.fspath(settings.paths.claude_code_index))  # noqa: PTH120
    return f"{folder}/claude-code-today.json"


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _read(place: str) -> dict[str, object]:
    try:
        with open(place, encoding="utf-8") as file:  # noqa: PTH123
            raw = lean_json.loads(file.read())
    except (OSError, ValueError):
        return {}
    return raw if isinstance(raw, dict) else {}

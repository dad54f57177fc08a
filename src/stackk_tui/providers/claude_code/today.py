"""Today's tokens and their value, as the last scan left them, for a status line that must not scan.

A small file beside the index, replaced whole by every scan: reading it takes neither SQLite nor pydantic.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from stackk_tui.config import Settings, private_folder
from stackk_tui.providers.claude_code.zone import local_zone

_FORMAT = 1


class Today(NamedTuple):
    """One local day. `cost` is the API-equivalent value in US dollars of what has a price, None if nothing
    of it has; `unpriced_tokens` are the tokens it does not cover. `as_of` is when it was counted (UTC)."""

    day: date
    tokens: int
    cost: Decimal | None
    unpriced_tokens: int
    as_of: datetime


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
    as_of = kept.get("as_of")
    try:
        return Today(
            day=day,
            tokens=int(row["tokens"]),
            cost=None if row["cost"] is None else Decimal(row["cost"]),
            unpriced_tokens=int(row["unpriced_tokens"]),
            as_of=datetime.fromisoformat(as_of if isinstance(as_of, str) else ""),
        )
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return None


def keep_today(
    settings: Settings,
    timezone: str,
    as_of: datetime,
    generation: int,
    days: Mapping[date, tuple[int, Decimal | None, int]],
) -> None:
    """Keeps tokens, cost and unpriced tokens of some local days (today and yesterday). A count that is newer
    than this one stays. Never raises: it can be counted again."""
    place = _place(settings)
    before = _read(place).get("as_of")
    with suppress(ValueError):
        if isinstance(before, str) and datetime.fromisoformat(before) > as_of:
            return
    content = {
        "format": _FORMAT,
        "timezone": timezone,
        "as_of": as_of.astimezone(UTC).isoformat(),
        "generation": generation,
        "days": {
            day.isoformat(): {
                "tokens": tokens,
                "cost": None if cost is None else str(cost),
                "unpriced_tokens": unpriced,
            }
            for day, (tokens, cost, unpriced) in days.items()
        },
    }
    fresh = place.with_name(f"{place.name}.{os.getpid()}")
    with suppress(OSError):
        private_folder(place.parent)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file)
        fresh.replace(place)


def is_kept(settings: Settings, timezone: str, day: date, generation: int) -> bool:
    """Says whether a day is kept as the index had it in a generation."""
    kept = _read(_place(settings))
    days = kept.get("days")
    return (
        (kept.get("format"), kept.get("timezone"), kept.get("generation")) == (_FORMAT, timezone, generation)
        and isinstance(days, dict)
        and day.isoformat() in days
    )


def _place(settings: Settings) -> Path:
    return settings.paths.claude_code_index.with_name("claude-code-today.json")


def _read(place: Path) -> dict[str, object]:
    try:
        raw = json.loads(place.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return raw if isinstance(raw, dict) else {}

"""What this machine has, for the welcome: a listing and one small read, well under a second."""

import re
from datetime import date, datetime
from pathlib import Path

from stackk_tui.config import Settings
from stackk_tui.providers.base import Finding
from stackk_tui.providers.claude_code.listing import Found, list_transcripts
from stackk_tui.providers.claude_code.roots import find_roots
from stackk_tui.providers.claude_code.wire import parse_timestamp
from stackk_tui.providers.claude_code.zone import LocalDays, local_zone

LOCAL = "local"
_HEAD = 65_536
_TIMESTAMP = re.compile(rb'"timestamp": *"([^"]{20,40})"')


def find_all(settings: Settings, now: datetime) -> list[Finding]:
    """Gives a finding for the transcripts, where there are any."""
    found = _transcripts(settings, now)
    return [found] if found is not None else []


def _transcripts(settings: Settings, now: datetime) -> Finding | None:
    listed = list_transcripts(find_roots(settings).found)
    if not listed:
        return None
    sessions = sum(not found.is_agent for found in listed)
    days = LocalDays(local_zone(settings)[0])
    since = days.day(_first_moment(listed))
    return Finding(
        title="Claude Code transcripts",
        detail=f"{sessions:,} session{'s' * (sessions != 1)} since {_day_text(since, now.date())}",
        method=LOCAL,
        key="c",
        action="show them, no sign-in needed",
    )


def _first_moment(listed: list[Found]) -> int:
    """Gives about when it began, in UTC milliseconds: the first time in the file that was left longest."""
    oldest = min(listed, key=lambda found: found.mtime_ns)
    try:
        with Path(oldest.path).open("rb") as file:
            told = _TIMESTAMP.search(file.read(_HEAD))
    except OSError:
        told = None
    first = parse_timestamp(told[1].decode("ascii", "replace")) if told else None
    left = oldest.mtime_ns // 1_000_000
    return left if first is None else min(first, left)


def _day_text(day: date, today: date) -> str:
    text = f"{day.day} {day:%b}"
    return text if day.year == today.year else f"{text} {day.year}"

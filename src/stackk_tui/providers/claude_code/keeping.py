"""How long Claude Code keeps transcripts before it deletes them (`claude-code-logs.md` §1)."""

import json
from collections.abc import Iterable
from pathlib import Path

from stackk_tui.providers.claude_code.roots import PROJECTS

DEFAULT_DAYS = 30
ENOUGH_DAYS = 90


def cleanup_notes(places: Iterable[str | Path]) -> list[str]:
    """Gives a sentence if transcripts are deleted soon; one for all roots, the shortest time counts."""
    roots = map(Path, places)
    times = [_cleanup_days(root.parent / "settings.json") for root in roots if root.name == PROJECTS]
    if not times:
        return []
    days, is_set = min(times)
    if days >= ENOUGH_DAYS:
        return []
    how = "cleanupPeriodDays in its settings.json" if is_set else "its default; cleanupPeriodDays is not set"
    return [
        f"Claude Code deletes transcripts after {days} day{'s' * (days != 1)} ({how}). What has been read"
        " here once is kept, so refresh more often than that."
    ]


def _cleanup_days(settings_file: Path) -> tuple[int, bool]:
    try:
        raw = json.loads(settings_file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return DEFAULT_DAYS, False
    days = raw.get("cleanupPeriodDays") if isinstance(raw, dict) else None
    if isinstance(days, int) and not isinstance(days, bool) and days >= 0:
        return days, True
    return DEFAULT_DAYS, False

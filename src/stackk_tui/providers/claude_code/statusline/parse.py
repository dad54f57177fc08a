"""What Claude Code says on stdin (`api/anthropic.md` §5.3), read leniently: what is not as documented is left
out, never guessed. All of it is optional."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import isfinite

from stackk_tui.providers.claude_code.statusline.quick_json import parse
from stackk_tui.storage.pushed_windows import Window

FIVE_HOUR, SEVEN_DAY = "five_hour", "seven_day"
_MOST_WINDOWS = 8
_SLACK = timedelta(days=1)
_MOST_USED = 1000.0
"""Percent; nobody is further over a limit than this."""
_DATE_DIGITS = 8


class Told:
    """One update. `windows` are those that are not over yet, by limit id."""

    __slots__ = ("context", "model", "pulse", "session", "session_cost", "windows")

    def __init__(self, said: Mapping[str, object], now: datetime) -> None:
        self.windows = _windows(_object(said, "rate_limits"), now)
        self.session = text(said.get("session_id"), 100)
        cost = _object(said, "cost")
        # What a session says again without having asked the vendor in between is no news.
        rates = ",".join(f"{name}={w.used}@{w.resets_at}" for name, w in self.windows.items())
        self.pulse = f"{_number(cost.get('total_api_duration_ms'))} {rates}"
        self.session_cost = _number(cost.get("total_cost_usd"))
        """US dollars, Claude Code's own estimate."""
        self.model = _model(said)
        self.context = _context(_object(said, "context_window"))
        """The share of the context window that is full."""


def read(data: bytes, now: datetime) -> Told:
    """Reads what was on stdin, whatever it is. Never raises."""
    return Told(parse(data), now)


def length_of(limit_id: str) -> timedelta | None:
    """Gives how long a window is, by its id."""
    if limit_id == FIVE_HOUR:
        return timedelta(hours=5)
    return timedelta(days=7) if limit_id.startswith(SEVEN_DAY) else None


def text(value: object, limit: int = 60) -> str:
    """Gives a text without anything a terminal would obey; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    if value.isprintable():
        return value[:limit].strip()
    from stackk_tui.model.text import clean

    return clean(value, limit).strip()


def _windows(told: Mapping[str, object], now: datetime) -> dict[str, Window]:
    windows: dict[str, Window] = {}
    for name, window in told.items():
        length = length_of(name)
        if length is None or not _is_id(name) or not isinstance(window, dict):
            continue
        used = _number(window.get("used_percentage"))
        resets_at = _moment(window.get("resets_at"))
        if used is None or used > _MOST_USED or (resets_at is not None and resets_at <= now):
            continue  # nothing, nonsense, or of a window that is over
        if resets_at is not None and resets_at > now + length + _SLACK:
            resets_at = None
        windows[name] = Window(used / 100, resets_at)
        if len(windows) == _MOST_WINDOWS:
            break
    return windows


def _is_id(name: str) -> bool:
    return len(name) <= 40 and name.isascii() and name.replace("_", "").isalnum() and name.islower()


def _model(said: Mapping[str, object]) -> str:
    """Gives `opus-5-5` for `claude-opus-5-5-20261001`, as short as the models are called everywhere here."""
    model = _object(said, "model")
    name = text(model.get("id")) or text(model.get("display_name"))
    name = name.removeprefix("claude-")
    head, _, tail = name.rpartition("-")
    if head and len(tail) == _DATE_DIGITS and tail.isdigit():
        name = head
    return f"{name}-fast" if name and said.get("fast_mode") is True else name


def _context(told: Mapping[str, object]) -> float | None:
    used = _number(told.get("used_percentage"))
    return None if used is None or used > 100 else used / 100


def _object(said: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = said.get(name)
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    """Gives a number that is at least 0; neither a bool nor a text is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) and number >= 0 else None


def _moment(value: object) -> datetime | None:
    seconds = _number(value)
    try:
        return None if not seconds else datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None

"""All a line can say at a moment: what Claude Code has just said, what was kept of it, and what was read
elsewhere a while ago. What is not known is None, what is over is gone, what is old carries its age."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from stackk_tui.providers.claude_code.statusline.parse import Told, length_of, text
from stackk_tui.providers.claude_code.statusline.quick_json import parse
from stackk_tui.storage.pushed_windows import Pushed

OLD = timedelta(minutes=10)
"""A figure that was not confirmed for this long is marked as old."""
AROUND = "around"
"""The name of the note with what was read elsewhere; one for each source."""
_A_MOMENT = timedelta(minutes=1)


class Today:
    """The API-equivalent value in US dollars of what was used on this local day, an estimate by list prices.
    `partly`: some of it has no price."""

    __slots__ = ("at", "dollars", "partly")

    def __init__(self, dollars: str, at: datetime, *, partly: bool) -> None:
        self.dollars = dollars
        self.at = at
        self.partly = partly


class Around:
    """What was read from the ledger and from the transcripts, `at` a moment; all of it may be missing."""

    __slots__ = ("at", "plan", "since", "today", "windows")

    def __init__(self, body: str, at: datetime | None, now: datetime) -> None:
        said = parse(body.encode("utf-8", "replace"))
        self.at = at
        self.plan = text(said.get("plan")) or None
        self.windows = _windows(said.get("windows"))
        self.today = _today(said.get("today"), now)
        since = said.get("since")
        self.since = _moment(since) if isinstance(since, int | float) else None
        """Since when the same login has been used here, when another was before."""


class Facts:
    """What the line is made of."""

    __slots__ = ("context", "model", "now", "plan", "session_cost", "today", "windows")

    def __init__(self, told: Told, kept: Mapping[str, Pushed], around: Around, now: datetime) -> None:
        self.now = now
        self.plan = around.plan
        self.today = around.today
        self.model = told.model or None
        self.context = told.context
        self.session_cost = told.session_cost
        newest = {**around.windows}
        for name, window in kept.items():
            if around.since is not None and window.at < around.since:
                continue  # of somebody else
            if name not in newest or newest[name].at <= window.at:
                newest[name] = window
        self.windows = {name: window for name, window in newest.items() if not _is_over(window, now)}

    def is_old(self, at: datetime) -> bool:
        return self.now - at > OLD

    def ahead(self, limit_id: str) -> float | None:
        """Gives the share used minus the share of the window that had passed when it was read, as
        `insight/pace.py`; None when it is not known, or from an old value."""
        window, length = self.windows.get(limit_id), length_of(limit_id)
        if window is None or window.resets_at is None or length is None or self.is_old(window.at):
            return None
        elapsed = (window.at - (window.resets_at - length)) / length
        return window.used - min(1.0, max(0.0, elapsed))


def _is_over(window: Pushed, now: datetime) -> bool:
    """Whether the window has reset since, or may have: then how full it is now is not known."""
    if window.at > now + _A_MOMENT:  # of a clock that ran ahead
        return True
    if window.resets_at is not None:
        return window.resets_at <= now
    length = length_of(window.limit_id)
    return length is None or now - window.at >= length


def _windows(said: object) -> dict[str, Pushed]:
    found: dict[str, Pushed] = {}
    for name, window in said.items() if isinstance(said, dict) else ():
        used, at, resets = (
            (window.get("used"), window.get("at"), window.get("resets_at"))
            if isinstance(window, dict)
            else (None, None, None)
        )
        if isinstance(used, int | float) and isinstance(at, int):
            resets_at = _moment(resets) if isinstance(resets, int) else None
            found[name] = Pushed(name, float(used), resets_at, _moment(at))
    return found


def _today(said: object, now: datetime) -> Today | None:
    if not isinstance(said, dict):
        return None
    dollars, at, until = said.get("dollars"), said.get("at"), said.get("until")
    if not isinstance(dollars, str) or not isinstance(at, int) or not isinstance(until, int):
        return None
    if _moment(until) <= now:  # that was yesterday
        return None
    return Today(dollars, _moment(at), partly=bool(said.get("partly")))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

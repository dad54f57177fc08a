"""What goes on now, in one line: today, how fast, and the block under way. As many parts as fit."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece, cut, width_of
from stackk_tui.tui.widgets.panel import Lines, Panel
from stackk_tui.tui.widgets.usage_words import PARTLY, brief_cost

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import BurnRate, LiveUsage

FORMS = 4
"""From the longest to the shortest; one is chosen for all parts, so that all can stand there."""

Part = tuple[str, str]
"""A dim label and what stands after it."""


class LiveStrip(Panel):
    """` today ≈ $4.10 · 18.2 M tok   now ≈ $3.20/h, 410 out tok/min   block since 09:00 ≈ $2.10, …`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._live: LiveUsage | None = None
        self._now: datetime | None = None
        self._failed = False

    def show(self, live: "LiveUsage", now: datetime) -> None:
        """Shows this; drawn only when a word differs."""
        self._live, self._now, self._failed = live, now, False
        self.changed()

    @property
    def known(self) -> bool:
        """Whether it says anything."""
        return self._live is not None

    def fail(self) -> None:
        """Takes the figures away: they cannot be read, and old ones are not what goes on now."""
        self._live, self._failed = None, True
        self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        if self._live is None or self._now is None:
            if self._failed:
                return [cut([(" What goes on now cannot be read.", draw.look)], width)]
            return [[(" today …", draw.faint)]]
        parts = parts_of(self._live, self._now)
        for kept in range(len(parts), 0, -1):
            for form in range(FORMS):
                line = _line([forms[min(form, len(forms) - 1)] for forms in parts[:kept]], draw)
                if width_of(line) <= width:
                    return [line]
        return [cut(_line([parts[0][-1]], draw), width)]


def _line(parts: Sequence[Part], draw: Look) -> list[Piece]:
    pieces: list[Piece] = []
    for label, words in parts:
        gap = "   " if pieces else " "
        pieces += [(f"{gap}{label} ", draw.quiet), (words, draw.text)]
    return pieces


def parts_of(live: "LiveUsage", now: datetime) -> list[Sequence[Part]]:
    """Gives each part in its forms, the longest first."""
    today = live.today
    parts: list[Sequence[Part]] = []
    if today.requests:
        tokens = f.compact(today.tokens.total)
        cost = brief_cost(today)
        full = ("today", f"{cost} · {tokens} tok")
        parts.append([full, full, full, ("today", cost)])
    else:
        parts.append([("today", "nothing yet")])
    if live.recent is not None:
        parts.append(_rate(live.recent))
    elif live.last_call_at is not None:
        parts.append([("last call", f.age_words(live.last_call_at, now))])
    if live.block is not None and live.block_start is not None and live.block_end is not None:
        since, ends = f.when(live.block_start, now), f.when(live.block_end, now)
        cost = brief_cost(live.block)
        parts.append([(f"block since {since}", f"{cost}, ends {ends}"), ("block", f"{cost} to {ends}")])
    return parts


def _rate(recent: "BurnRate") -> Sequence[Part]:
    out = f"{f.compact(round(recent.output_per_minute))} out tok/min"
    brief = f"{f.compact(round(recent.output_per_minute))} out/min"
    if recent.cost_per_hour is None:
        return [("now", out), ("now", brief)]
    hourly = f.marked(f"{f.money(recent.cost_per_hour)}/h", "estimated")
    hourly += PARTLY if recent.unpriced_tokens else ""
    return [("now", f"{hourly}, {out}"), ("now", f"{hourly}, {brief}"), ("now", hourly)]

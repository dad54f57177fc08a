"""The block of windows: fill, reset, pace against an even spend, and when each will be full."""

from datetime import datetime
from typing import TYPE_CHECKING

from stackk_tui.insight.limits import as_of_now
from stackk_tui.insight.pace import even_words
from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Cell, Piece, cut, table, width_of
from stackk_tui.tui.widgets.panel import Lines
from stackk_tui.tui.widgets.service_panels import ServicePanel, rule
from stackk_tui.tui.widgets.stats import left_words

if TYPE_CHECKING:
    from stackk_tui.model.snapshot import Limit
    from stackk_tui.model.view import WindowPace

OLD_SECONDS = 3600


class LimitsPanel(ServicePanel):
    """Each window with its fill, what is left, the time until it starts again, and where it leads."""

    def content(self, width: int, draw: Look) -> Lines:
        view = self.view
        if view is None or view.snapshot is None or not view.snapshot.limits:
            return []
        limits = as_of_now(view.snapshot, self.now).limits
        bar = 20 if width >= 90 else 12 if width >= 60 else 8
        label = max(len(limit.label) for limit in limits)
        room = width - label - bar - 5 - 6
        indent = width - room - 1 if width >= 100 else 2
        rows: list[list[Cell]] = []
        below: list[list[Piece]] = []
        for limit in limits:
            pace = view.pace(limit.id)
            if limit.used is None:
                rows.append(
                    [[(limit.label, draw.quiet)], [], [(f.UNKNOWN, draw.faint)], _unknown(limit, draw)]
                )
                below.append([])
                continue
            level = f.level(limit.used)
            style = draw.text if level == "ok" else draw.level(level)
            full, empty = f.bar(limit.used, bar, plain=draw.plain)
            words, more = self._words(limit, pace, draw, room, width - indent)
            rows.append(
                [
                    [(limit.label, draw.text)],
                    [(full, draw.accent if level == "ok" else style), (empty, draw.faint)],
                    [(f.percent(limit.used), style)],
                    words,
                ]
            )
            below.append(more)
        body = table(rows, ("left", "left", "right", "left"), flex=3, width=width)
        out: Lines = [rule("Limits", width, draw)]
        for line, more in zip(body, below, strict=True):
            out.append(line)
            if more:
                out.append(cut([(" " * indent, draw.text), *more], width))
        return [*out, []]

    def _words(
        self, limit: "Limit", pace: "WindowPace | None", draw: Look, room: int, below: int
    ) -> tuple[list[Piece], list[Piece]]:
        """Gives what stands beside the bar, and what stands below it."""
        level = f.level(limit.used)
        word = {"ok": "", "high": "high", "full": "used up"}[level]
        rest = left_words(limit, self.now)
        if limit.resets_at:
            rest.append(f"in {f.until(limit.resets_at, self.now)}")
        still = pace is not None and pace.good_until is not None and pace.good_until > self.now
        if dated := _dated(limit, pace, self.view.fetched_at if self.view else None, self.now, still=still):
            rest.append(dated)
        even = even_words(pace) if pace and still else ""
        used = len(word) + 3 if word else 0
        while len(rest) > (0 if word else 1) and used + len(" · ".join(rest)) > room:
            rest.pop()
        if even and used + len(" · ".join([*rest, even])) <= room:
            rest.append(even)
            even = ""
        words: list[Piece] = [
            (word, draw.level(level)),
            (" · " if word and rest else "", draw.faint),
            (" · ".join(rest), draw.quiet),
        ]
        return words, _below(even, pace, self.now, below, draw) if pace and still else []


def _below(even: str, pace: "WindowPace", now: datetime, width: int, draw: Look) -> list[Piece]:
    """Gives the most that fits; what is urgent stands first."""
    forms, urgent = _outlook(pace, now)
    style = draw.look if urgent else draw.quiet
    whole, short, *shorter = forms
    choices = [(whole, even), (short, even), (whole, ""), (short, "")]
    for text, also in (*choices, *((form, words) for form in shorter for words in (even, ""))):
        parts = [(words, look) for words, look in ((text, style), (also, draw.quiet)) if words]
        parts = parts if urgent else parts[::-1]
        line = [piece for part in parts for piece in ((" · ", draw.faint), part)][1:]
        if width_of(line) <= width:
            return line
    return [(forms[-1], style)]


def _outlook(pace: "WindowPace", now: datetime) -> tuple[list[str], bool]:
    """Gives when it is full, or that it is not before the reset, the longest form of it first, and whether a
    person should look."""
    basis = pace.basis.partition(" (")[0]
    if pace.full_at is not None and pace.full_at > now:
        full = f"▲ full ≈ {f.when(pace.full_at, now)}"
        if pace.full_from is None:
            return [f"{full} {pace.basis}", f"{full} {basis}", full], True
        sure = f"{full} ({f.band(pace.full_from, pace.full_to, now)})"
        return [f"{sure} {pace.basis}", f"{sure} {basis}", sure, full], True
    if pace.full_at is not None or "by now" in pace.basis:
        return ["▲ may be full by now: r asks again"] * 2, True
    if pace.rate is None:
        return ["" if "used up" in pace.basis else pace.basis] * 2, False
    if pace.full_from is None:
        return [f"resets first {pace.basis}", f"resets first {basis}", "resets first"], False
    could = f.could_be_full(pace.full_from, now)
    resets = [f"resets first {pace.basis}", f"resets first {basis}", "resets first"]
    return [*(f"{words} · {could}" for words in resets), could], False


def _dated(
    limit: "Limit", pace: "WindowPace | None", fetched_at: datetime | None, now: datetime, *, still: bool
) -> str:
    """Gives when an old value was read; a window speaks of its age as soon as nothing more is said of it."""
    read_at = limit.as_of or (fetched_at if limit.length else None)
    old = pace is not None and limit.length is not None and not still
    if read_at is None or not (old or (now - read_at).total_seconds() > OLD_SECONDS):
        return ""
    return f"from {f.age_words(read_at, now)}"


def _unknown(limit: "Limit", draw: Look) -> list[Piece]:
    cap = f"{f.money(limit.cap.amount, limit.cap.currency, brief=True)} cap · " if limit.cap else ""
    since = " since its reset" if limit.length is not None else ""
    return [(f"{cap}fill not known{since}", draw.quiet)]

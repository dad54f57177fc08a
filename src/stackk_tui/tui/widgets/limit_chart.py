"""The chart of a window: how full it was over time, its resets, and the line of an even spend."""

from datetime import datetime
from typing import TYPE_CHECKING

from rich.style import Style

from stackk_tui.report import format as f
from stackk_tui.tui.limit_charting import LimitChart, day_ticks, limit_chart
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece
from stackk_tui.tui.widgets.panel import Lines, Panel

if TYPE_CHECKING:
    from stackk_tui.model.view import LimitHistory

ROWS = 10
LABELS = 5
"""The width of `100 %`."""
PARTS = "▁▂▃▄▅▆▇█"
TICK_ROOM = 12


class LimitPlot(Panel):
    """Columns on a scale of 0 to 100 %, coloured by level; a dot on the ground where nothing is known."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._history: LimitHistory | None = None
        self._now: datetime | None = None
        self._days = 7

    def show(self, history: "LimitHistory | None", now: datetime, days: int) -> None:
        """Shows the last days of this window; None shows nothing."""
        self._history, self._now, self._days = history, now, days
        self.changed()

    def chart(self, width: int) -> LimitChart | None:
        """Gives what is drawn in that width."""
        if self._history is None or self._now is None or width < 20:
            return None
        return limit_chart(self._history, self._now, self._days, width - LABELS - 1)

    def lines(self, width: int, draw: Look) -> Lines:
        chart = self.chart(width)
        if chart is None or chart.reason:
            return []
        names = {ROWS - 1: "100 %", ROWS // 2: "50 %", 0: "0 %"}
        axis = "|" if draw.plain else "│"
        out: Lines = []
        for row in range(ROWS - 1, -1, -1):
            line: list[Piece] = [
                (names.get(row, "").rjust(LABELS), draw.quiet),
                (axis if draw.plain or row not in names else "┤", draw.quiet),
            ]
            for fill, even in zip(chart.fills, chart.even, strict=True):
                _add(line, *_cell(row, fill, even, draw))
            out.append(line)
        ground, names_below = _ground(chart, plain=draw.plain)
        out.append([(" " * LABELS + ground, draw.quiet)])
        out.append([(" " * (LABELS + 1) + names_below, draw.quiet)])
        return [*out, []]


def _cell(row: int, fill: float | None, even: float | None, draw: Look) -> Piece:
    """Gives one character: the column, else the line of an even spend, else the ground."""
    on_line = even is not None and min(ROWS - 1, int(even * ROWS)) == row
    if fill is not None:
        level = f.level(fill)
        style = draw.accent if level == "ok" else draw.level(level)
        eighths = max(1, round(min(fill, 1.0) * ROWS * 8)) if fill > 0 else 0
        part = min(8, eighths - row * 8)
        if part >= 8 and on_line:
            return ("=", style) if draw.plain else ("─", style + Style(reverse=True))
        if draw.plain and part > 0:
            return "#", style
        if part > 0:
            return PARTS[part - 1], style
    if on_line:
        return ("-" if draw.plain else "─"), draw.faint
    if fill is None and row == 0:
        return ("?" if draw.plain else "·"), draw.faint
    return " ", draw.text


def _add(line: list[Piece], text: str, style: Style) -> None:
    """Adds a character, to the piece before it when that looks alike."""
    if line and line[-1][1] is style:
        line[-1] = (line[-1][0] + text, style)
    else:
        line.append((text, style))


def _ground(chart: LimitChart, *, plain: bool) -> tuple[str, str]:
    """Gives the axis, marked where a day begins, and the names of those days."""
    slots = len(chart.fills)
    corner, flat, tick = ("+", "-", "+") if plain else ("└", "─", "┬")
    axis, names = [flat] * slots, [" "] * slots
    for at, day in day_ticks(chart.first, chart.last, slots, TICK_ROOM):
        name = f.day(day.date(), chart.last.astimezone().date())
        if at + len(name) <= slots:
            axis[at] = tick
            names[at : at + len(name)] = name
    return corner + "".join(axis), "".join(names).rstrip()

"""A year of days: a column a week from Monday, a cell a day, and a cursor that says what a day had.

`·` is a day with nothing, ` ` one nobody has read, `?` one whose usage has no price; the rest is how much.
"""

from datetime import date, timedelta
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from stackk_tui.insight.heat import LEVELS, Calendar, Day, month_labels
from stackk_tui.report import format as f
from stackk_tui.tui.keys import bindings
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece, strip_of
from stackk_tui.tui.widgets.look import look

GLYPHS = "·░▒▓█"
PLAIN_GLYPHS = ".:+*#"
UNKNOWN, NO_VALUE = " ", "?"
CURSOR, PLAIN_CURSOR = "◆", "@"
LABELS = 5
"""The width of the weekdays' names before the first week."""
HEIGHT = 8
"""The months and seven days."""


class HeatMap(Widget, can_focus=True):
    """The weeks that fit, the newest at the right. Two cells a day where there is room."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("calendar")
    DEFAULT_CSS: ClassVar[str] = """
    HeatMap { height: 8; width: 1fr; }
    """
    cursor: reactive[date | None] = reactive(None, repaint=False)

    class Pointed(Message):
        """The cursor came to another day."""

    class Chosen(Message):
        """The day under the cursor was clicked again."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._calendar: Calendar | None = None

    def show(self, calendar: Calendar | None, cursor: date | None) -> None:
        """Shows a calendar with the cursor on a day of it, else on its last one; None takes it away."""
        pointed = calendar.at(cursor) if calendar and cursor else None
        last = calendar.days[-1].day if calendar else None
        wanted = pointed.day if pointed else last
        if calendar != self._calendar or wanted != self.cursor:
            self._calendar = calendar
            self.set_reactive(HeatMap.cursor, wanted)
            self.refresh()

    @property
    def day(self) -> Day | None:
        """The day under the cursor."""
        return self._calendar.at(self.cursor) if self._calendar and self.cursor else None

    @property
    def first_shown(self) -> date | None:
        """The first day that fits into the width."""
        weeks, _ = self._shown()
        return weeks[0][0].day if weeks else None

    # drawing

    def _shown(self) -> tuple[tuple[tuple[Day, ...], ...], int]:
        """Gives the weeks that fit and the cells a day takes."""
        if self._calendar is None:
            return (), 1
        room = self.size.width - LABELS - 1
        weeks = self._calendar.weeks
        if room >= 2 * len(weeks):
            return weeks, 2
        return weeks[-max(1, room) :], 1

    def render_line(self, y: int) -> Strip:
        draw, width = look(self), self.size.width
        weeks, cells = self._shown()
        if not weeks or y >= HEIGHT:
            return Strip.blank(width, self.rich_style)
        pieces = self._months(weeks, cells, draw) if y == 0 else self._weekday(weeks, cells, y - 1, draw)
        return strip_of(pieces, width, self.rich_style)

    def _months(self, weeks: tuple[tuple[Day, ...], ...], cells: int, draw: Look) -> list[Piece]:
        line = [" "] * (len(weeks) * cells)
        free = 0
        for week, first in month_labels(weeks):
            name, at = f.month_name(first)[:3], week * cells
            if at >= free and at + len(name) <= len(line):
                line[at : at + len(name)] = name
                free = at + len(name) + 1
        return [(" " * LABELS, draw.quiet), ("".join(line), draw.quiet)]

    def _weekday(
        self, weeks: tuple[tuple[Day, ...], ...], cells: int, weekday: int, draw: Look
    ) -> list[Piece]:
        name = f.weekday(weeks[0][weekday].day) if weekday % 2 == 0 else ""
        pieces: list[Piece] = [(f" {name}".ljust(LABELS), draw.quiet)]
        for week in weeks:
            day = week[weekday]
            glyph, style = cell_of(day, draw)
            drawn = glyph * cells if day.kind == "level" and day.level else glyph.ljust(cells)
            if day.day != self.cursor:
                pieces.append((drawn, style))
                continue
            pieces.append((PLAIN_CURSOR if draw.plain else CURSOR, draw.look + draw.strong))
            pieces += [(drawn[1:], style)] if cells > 1 else []
        return pieces

    # moving

    def watch_cursor(self, old: date | None, new: date | None) -> None:
        for day in (old, new):
            if day is not None:
                self.refresh(Region(0, day.weekday() + 1, self.size.width, 1))
        if new is not None:
            self.post_message(self.Pointed())

    def action_by_days(self, days: int) -> None:
        """Moves the cursor; it stays inside the calendar and the width."""
        first = self.first_shown
        if self._calendar is None or self.cursor is None or first is None:
            return
        last = self._calendar.days[-1].day
        wanted = self.cursor + timedelta(days=days)
        if first <= wanted <= last:
            self.cursor = wanted
        elif abs(days) == 7 and wanted > last:
            self.cursor = last

    def action_first(self) -> None:
        """Goes to the first day that is known."""
        first = self.first_shown
        if self._calendar and first:
            known = [day.day for day in self._calendar.days if day.kind != "unknown" and day.day >= first]
            self.cursor = known[0] if known else first

    def action_last(self) -> None:
        """Goes to the last day."""
        if self._calendar:
            self.cursor = self._calendar.days[-1].day

    def on_resize(self) -> None:
        first = self.first_shown
        if first and self.cursor and self.cursor < first:
            self.cursor = first

    def on_click(self, event: events.Click) -> None:
        weeks, cells = self._shown()
        week, weekday = (event.x - LABELS) // cells, event.y - 1
        if not (0 <= week < len(weeks) and 0 <= weekday < 7 and event.x >= LABELS):
            return
        day = weeks[week][weekday]
        if day.kind == "outside":
            return
        if day.day == self.cursor:
            self.post_message(self.Chosen())
        self.cursor = day.day


def cell_of(day: Day, draw: Look) -> Piece:
    """Gives a day's glyph and its style."""
    if day.kind == "level":
        glyphs = PLAIN_GLYPHS if draw.plain else GLYPHS
        return glyphs[day.level], draw.heat[day.level]
    return (NO_VALUE, draw.look) if day.kind == "no-value" else (UNKNOWN, draw.text)


def legend(draw: Look, *, unpriced: bool, unknown: bool, unpriced_word: str = "no price") -> list[Piece]:
    """Gives ` nothing · ░ ▒ ▓ █ most`, and what the other cells mean."""
    glyphs = PLAIN_GLYPHS if draw.plain else GLYPHS
    pieces: list[Piece] = [(" " * LABELS, draw.text), ("nothing ", draw.quiet)]
    pieces += [(f"{glyphs[level]} ", draw.heat[level]) for level in range(LEVELS + 1)]
    pieces.append(("most", draw.quiet))
    pieces += [("   ? ", draw.look), (unpriced_word, draw.quiet)] if unpriced else []
    pieces += [("   empty: not read", draw.quiet)] if unknown else []
    return pieces

"""Below the calendar of money: what its cells mean, the year in sentences, and the services of a day."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from rich.style import Style

from stackk_tui.insight.heat import Calendar
from stackk_tui.model.spent import SpentPart, SpentYear
from stackk_tui.tui.spent_words import day_words, part_words, year_words
from stackk_tui.tui.theme import Look, mark_style
from stackk_tui.tui.widgets.cells import MEASURE, Piece, cut, fit, width_of, wrapped
from stackk_tui.tui.widgets.heat_map import LABELS, legend
from stackk_tui.tui.widgets.insight_list import InsightList, Row, Target
from stackk_tui.tui.widgets.panel import Lines, Panel

IN_PART = "known in part"
Called = Mapping[str, tuple[str, str]]
"""What services are called, and their colours, by id."""


class YearWords(Panel):
    """The legend, and the year in sentences."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._calendar: Calendar | None = None
        self._sentences: list[str] = []

    def show(self, year: SpentYear, made: Calendar, names: Mapping[str, str]) -> None:
        """Shows what is to be said of a year."""
        self._calendar, self._sentences = made, year_words(year, names)
        self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        if self._calendar is None:
            return [[]]
        kinds = {day.kind for day in self._calendar.days}
        shown = legend(draw, unpriced="no-value" in kinds, unknown="unknown" in kinds, unpriced_word=IN_PART)
        indent = (" " * LABELS, draw.text)
        sentences = wrapped(" ".join(self._sentences), max(20, width - LABELS - 2), draw.quiet)
        return [cut(shown, width), *([indent, *line] for line in sentences)]


class DayWords(Panel):
    """`Fri 20 Nov · $82.10 measured · not final yet`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._words: list[str] = [""]

    def show(self, year: SpentYear, day: date) -> None:
        """Shows what is to be said of a day."""
        self._words = day_words(year, day)
        self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        name = self._words[0]
        indent: Piece = (" " * LABELS, draw.text)
        first, *more = wrapped(" · ".join(self._words), max(20, width - LABELS - 1), draw.text) or [[]]
        rest = "".join(text for text, _ in first).removeprefix(name)
        return [[indent, (name, draw.strong), (rest, draw.text)], *([indent, *line] for line in more)]


class DayList(InsightList):
    """The services of a day, the dearest first, and what is left out. Its cursor is seen once it is there."""

    def show_day(self, year: SpentYear, day: date, called: Called) -> None:
        """Shows a day's services; the cursor stays on the service it was on."""
        self.show([partial(_services, year, day, called), partial(_notes, year.notes)])

    def line(self, index: int, width: int, draw: Look) -> list[Piece]:
        mark, *rest = super().line(index, width, draw)
        return [mark if self.has_focus else (" ", draw.text), *rest]

    def cursor_style(self, draw: Look) -> Style:
        return super().cursor_style(draw) if self.has_focus else MEASURE

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


def _services(year: SpentYear, day: date, called: Called, width: int, draw: Look) -> Sequence[Row]:
    found = year.days.get(day)
    if found is None:
        return []
    told = [(part, *part_words(part, found, year)) for part in found.parts]
    amounts = max(width_of([(amount, MEASURE)]) for _, amount, _ in told)
    longest = max(width_of([(_face(part, called)[0], MEASURE)]) for part, _, _ in told)
    beside = max(width_of([(words, MEASURE)]) for _, _, words in told)
    name = max(8, min(longest, width - amounts - beside - 6))
    return [
        Row(
            (
                ("▌", mark_style(_face(part, called)[1])),
                *fit([(_face(part, called)[0], draw.text if part.amount else draw.quiet)], name),
                *fit([(amount, draw.text if part.amount else draw.quiet)], amounts + 2, "right"),
                (f"  {words}", draw.quiet),
            ),
            Target("service", part.service_id),
        )
        for part, amount, words in told
    ]


def _notes(notes: Sequence[str], width: int, draw: Look) -> Sequence[Row]:
    lines = [line for note in notes for line in wrapped(note, width, draw.quiet)]
    return [Row(), *(Row(tuple(line)) for line in lines)] if lines else []


def _face(part: SpentPart, called: Called) -> tuple[str, str]:
    return called.get(part.service_id, (part.name, ""))

"""What stands below the calendar of a year: what its cells mean, its sum, and its greatest day."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from stackk_tui.insight.heat import Calendar, Day
from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import cut, wrapped
from stackk_tui.tui.widgets.heat_map import LABELS, legend
from stackk_tui.tui.widgets.panel import Lines, Panel
from stackk_tui.tui.widgets.usage_columns import Measure
from stackk_tui.tui.widgets.usage_words import cost_words, many

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import UsageRow


class CalendarWords(Panel):
    """The day under the cursor, the legend, and the year in a sentence."""

    DEFAULT_CSS = """
    CalendarWords { margin-top: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._calendar: Calendar | None = None
        self._sentence = ""
        self._pointed: list[str] = []

    def show(
        self,
        calendar: Calendar,
        totals: "UsageRow",
        rows: "Mapping[date, UsageRow]",
        measure: Measure,
        today: date,
    ) -> None:
        """Shows what is to be said of a calendar."""
        self._calendar = calendar
        self._sentence = year_words(calendar, totals, rows, measure, today)
        self.changed()

    def point(self, words: list[str]) -> None:
        """Says this of the day under the cursor."""
        self._pointed = words
        self.changed()

    def clear(self) -> None:
        """Says nothing."""
        if self._calendar is not None:
            self._calendar = None
            self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        if self._calendar is None:
            return [[]]
        kinds = {day.kind for day in self._calendar.days}
        shown = legend(draw, unpriced="no-value" in kinds, unknown="unknown" in kinds)
        indent = (" " * LABELS, draw.text)
        sentences = wrapped(self._sentence, max(20, width - LABELS - 2), draw.quiet)
        name, *rest = self._pointed or [""]
        said = [indent, (name, draw.strong), ("".join(f" · {part}" for part in rest), draw.text)]
        return [cut(said, width), [], cut(shown, width), [], *([indent, *line] for line in sentences)]


def year_words(
    calendar: Calendar,
    totals: "UsageRow",
    rows: "Mapping[date, UsageRow]",
    measure: Measure,
    today: date,
) -> str:
    """Gives `By cost. ≈ $312.40 and 1.2 B tokens on 88 of 93 known days; most on Tue 3 Nov, ≈ $12.90.`"""
    known = [day for day in calendar.days if day.kind != "unknown"]
    used = [day for day in known if day.day in rows]
    if not known:
        return "Nothing is known of these days: they are before the first log."
    said = f"By {measure}; m for {'tokens' if measure == 'cost' else 'cost'}."
    if not used:
        return f"{said} Nothing was used."
    said += f" {cost_words(totals)}, {f.compact(totals.tokens.total)} tokens"
    said += f" on {f.count(len(used))} of {many(len(known), 'known day')}"
    valued = [day for day in used if day.value is not None]
    if valued:
        most = max(valued, key=lambda day: day.value or 0)
        value = value_words(rows[most.day], measure)
        said += f"; most on {f.weekday(most.day)} {f.day(most.day, today)}, {value}"
    return f"{said}."


def value_words(row: "UsageRow", measure: Measure) -> str:
    """Gives a row's value by a measure."""
    return cost_words(row) if measure == "cost" else f"{f.compact(row.tokens.total)} tokens"


def day_words(day: Day, row: "UsageRow | None", today: date) -> list[str]:
    """Gives what is said of the day under the cursor."""
    name = f"{f.weekday(day.day)} {f.day(day.day, today)}"
    if row is not None:
        return [name, cost_words(row), f"{f.compact(row.tokens.total)} tokens", many(row.requests, "call")]
    if day.kind == "unknown":
        return [name, "not known: before the first log"]
    return [name, "nothing"]

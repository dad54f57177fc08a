"""The figures of usage: a table or a calendar, or words why there are none; and what to know of them."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widget import Widget

from stackk_tui.insight.heat import Calendar, calendar
from stackk_tui.report import format as f
from stackk_tui.tui.drill import TIMES
from stackk_tui.tui.usage_reading import Read
from stackk_tui.tui.widgets.bars import MessageLine
from stackk_tui.tui.widgets.calendar_words import CalendarWords, day_words
from stackk_tui.tui.widgets.heading import Words, trouble
from stackk_tui.tui.widgets.heat_map import HeatMap
from stackk_tui.tui.widgets.usage_columns import Line, Measure, Shown, lines_of
from stackk_tui.tui.widgets.usage_table import Shape, UsageTable, UsageTotal, ordered
from stackk_tui.tui.widgets.usage_words import PLURALS, TITLES, name_of, row_words, warnings_of

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import UsageRow

Sentences = list[tuple[str, str]]


class UsageBody(Vertical):
    """Shows one answer."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._read: Read | None = None
        self._calendar: Calendar | None = None
        self._rows: dict[date, UsageRow] = {}

    def compose(self) -> Iterable[Widget]:
        table = UsageTable(id="table")
        yield table
        yield UsageTotal(table, id="totals")
        yield HeatMap(id="year")
        yield CalendarWords(id="legend")
        yield Words(id="words")
        yield MessageLine(id="warnings")
        yield MessageLine(id="message")

    # what screens call

    def show(self, read: Read, *, sort: Shown, measure: Measure, cursor: str) -> None:
        """Shows an answer; the cursor goes to the row or the day with that key."""
        self._read = read
        warnings = warnings_of(read.report)
        self._screen_class("-warned", on=bool(warnings))
        self.query_one("#warnings", MessageLine).say([f"▲ {w}" for w in warnings[:1]] + warnings[1:], "high")
        words = why_nothing(read)
        year = read.asked.level.tab == "year"
        self._screen_class("-words", on=bool(words))
        self._screen_class("-year", on=year)
        self.query_one("#words", Words).say(*words)
        if words:
            self._clear()
        elif year:
            self._show_year(read, measure, cursor)
        else:
            self._show_table(read, sort, measure, cursor)
        self.say_pointed()

    def fail(self, lines: list[str]) -> None:
        """Says why there is nothing to show."""
        self._read = None
        self._screen_class("-warned", on=False)
        self._screen_class("-words", on=True)
        self.query_one("#words", Words).say(*trouble(lines))
        self.query_one("#message", MessageLine).say([""])

    def blank(self, *, year: bool, skeleton: bool) -> None:
        """Takes the figures away while others are read."""
        self._read = None
        for name in ("-words", "-warned"):
            self._screen_class(name, on=False)
        self._screen_class("-year", on=year)
        self._clear(skeleton=skeleton)
        self.query_one("#message", MessageLine).say([""])

    def say(self, words: list[str], level: str) -> None:
        """Says something in place of what is under the cursor, until it moves."""
        self.query_one("#message", MessageLine).say(words, level)

    def say_pointed(self) -> None:
        """Says what is under the cursor."""
        self.say([""], "quiet")
        if self._read is None:
            return
        if self._calendar is not None:
            if day := self.query_one(HeatMap).day:
                words = day_words(day, self._rows.get(day.day), self._read.asked.today)
                self.query_one(CalendarWords).point(words)
        elif line := self.query_one(UsageTable).pointed:
            self.say(row_words(self._read.asked.level.tab, line.row), "quiet")

    @property
    def pointed(self) -> "UsageRow | None":
        """What is under the cursor and can be opened; None where there is nothing."""
        if self._read is None:
            return None
        if self._calendar is not None:
            day = self.query_one(HeatMap).day
            return self._rows.get(day.day) if day else None
        line = self.query_one(UsageTable).pointed
        return line.row if line else None

    @property
    def key(self) -> str:
        """The key under the cursor, to come back to."""
        if self._calendar is not None:
            day = self.query_one(HeatMap).day
            return day.day.isoformat() if day else ""
        return self.query_one(UsageTable).key

    @property
    def has_figures(self) -> bool:
        """Whether rows or a calendar are shown."""
        return self._read is not None and not why_nothing(self._read)

    # drawing

    def on_resize(self) -> None:
        self.call_after_refresh(self.query_one(UsageTotal).changed)

    def _show_table(self, read: Read, sort: Shown, measure: Measure, cursor: str) -> None:
        tab, report = read.asked.level.tab, read.report
        settled = {step.by for step in read.asked.level.steps}
        named = [
            (
                name_of(
                    tab, row.key, row.label, today=read.asked.today, zone=report.timezone, settled=settled
                ),
                row,
            )
            for row in report.rows
        ]
        if not report.totals.cost:
            measure = "tokens"
        lines = ordered(lines_of(named, report.totals, measure), sort, by_time=tab in TIMES)
        total = Line(f"{f.count(len(lines))} {PLURALS[tab] if len(lines) != 1 else TITLES[tab].lower()}",
                     report.totals, None)  # fmt: skip
        self._calendar = None
        shape = Shape(TITLES[tab], tuple(lines), total, sort, measure)
        self.query_one(UsageTable).show(shape, cursor)
        self.query_one(UsageTotal).show(total)
        self.call_after_refresh(self.query_one(UsageTotal).changed)
        self._focus(self.query_one(UsageTable))

    def _show_year(self, read: Read, measure: Measure, cursor: str) -> None:
        report = read.report
        self._rows = {date.fromisoformat(row.key): row for row in report.rows}
        if not report.totals.cost:
            measure = "tokens"
        values = {
            day: row.cost if measure == "cost" else Decimal(row.tokens.total)
            for day, row in self._rows.items()
        }
        made = calendar(values, read.asked.calendar_end, known_from=read.known_from)
        self._calendar = made
        self.query_one(HeatMap).show(made, f.calendar_day(cursor))
        self.query_one(CalendarWords).show(made, report.totals, self._rows, measure, read.asked.today)
        self._focus(self.query_one(HeatMap))

    def _clear(self, *, skeleton: bool = False) -> None:
        self._calendar = None
        self.query_one(UsageTable).blank(skeleton=skeleton)
        self.query_one(UsageTotal).show(None)
        self.query_one(HeatMap).show(None, None)
        self.query_one(CalendarWords).clear()

    def _focus(self, widget: Widget) -> None:
        if not widget.has_focus:
            widget.focus(scroll_visible=False)

    def _screen_class(self, name: str, *, on: bool) -> None:
        if self.screen.has_class(name) != on:
            self.screen.set_class(on, name)


def why_nothing(read: Read) -> Sentences:
    """Gives the words that stand in place of figures; none where there are figures."""
    wish, today = read.asked.wish, read.asked.today
    ends = "" if read.asked.level.steps else ", esc to end it"
    change = (f"Press f to change the filter{ends}.", "quiet")
    if read.unmatched:
        return [(f"No project or model is called “{read.unmatched}”.", "text"), change]
    if read.report.rows or (read.asked.level.tab == "year" and read.known_from):
        return []
    if read.known_from is None and not wish.typed:
        return [
            ("There is no usage on this machine yet.", "text"),
            ("It is read from what coding agents log here; nothing is sent.", "quiet"),
            ("Use one of them: what it used shows up here within seconds.", "quiet"),
        ]
    begin = f"The logs begin on {f.day(read.known_from, today)}." if read.known_from else ""
    if wish.typed:
        return [(f"Nothing of this filter was used. {begin}".strip(), "text"), change]
    return [(f"Nothing was used in these days. {begin}".strip(), "text"), ("Press t for more days.", "quiet")]

"""A year as a calendar of money: what each day cost over all services or at one, and what it was made of."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from stackk_tui.insight.heat import Calendar
from stackk_tui.model.events import CurrencyChanged, ServiceChanged, ServiceDisconnected, ServiceRefreshed
from stackk_tui.tui.keys import Scope, bindings
from stackk_tui.tui.messages import StackTold, VerbFailed
from stackk_tui.tui.screens.base import Asking
from stackk_tui.tui.spent_words import calendar_of, nothing_words
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.budget_words import places_of
from stackk_tui.tui.widgets.heading import Heading, Words, trouble
from stackk_tui.tui.widgets.heat_map import HeatMap
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.spent_day import DayList, DayWords, YearWords

if TYPE_CHECKING:
    from stackk_tui.model.board import BoardRow
    from stackk_tui.model.spent import SpentYear

READ = "spent_days"
TITLE = "What each day cost"
EVERYTHING = "all services"


class YearRead(Message, bubble=False):
    """The ledger told what the days cost."""

    def __init__(self, year: "SpentYear") -> None:
        super().__init__()
        self.year = year


class SpentYearScreen(Asking[None]):
    SCOPE: ClassVar[Scope] = "spent"
    CSS_PATH = "spent_year.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("spent")
    AUTO_FOCUS = "#year"

    def __init__(self) -> None:
        super().__init__()
        self._year: SpentYear | None = None
        self._calendar: Calendar | None = None
        self._only: str | None = None
        self._back = 0

    def body(self) -> Iterable[Widget]:
        yield Heading(TITLE, id="heading")
        yield Words(("reading the ledger…", "quiet"), id="words")
        yield HeatMap(id="year")
        yield YearWords(id="about")
        yield DayWords(id="day")
        yield DayList(id="parts")
        yield KeyBar(self.footer_keys(), id="keys")

    def on_mount(self) -> None:
        self.add_class("-words")
        self.action_read_again()

    # reading

    def action_read_again(self) -> None:
        only, back = self._only, self._back
        self.ask(READ, lambda stack: stack.spent_days(only, back=back), YearRead)

    @on(YearRead)
    def _year_read(self, event: YearRead) -> None:
        year = event.year
        if self._only is not None and all(one.service_id != self._only for one in year.services):
            self._only = None  # it is disconnected by now
            self.action_read_again()
            return
        cursor = self._map.cursor if self._year and self._year.last == year.last else None
        self._year, self._calendar = year, calendar_of(year)
        self._draw(cursor)

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        if event.verb != READ:
            return
        lines = event.error.lines()
        if self._year is None:
            self.query_one("#words", Words).say(*trouble(lines))
        else:  # what was known stays
            self.query_one(Heading).say(((f"✖ {lines[0]}", "full"),))

    @on(StackTold)
    def _told(self, told: StackTold) -> None:
        changes = ServiceRefreshed | ServiceChanged | ServiceDisconnected | CurrencyChanged
        if isinstance(told.event, changes):
            self.action_read_again()

    # keys

    def action_open(self) -> None:
        """From the day to its services; from there to the service."""
        if not self._list.has_focus:
            if self._list.target is not None:
                self._list.focus(scroll_visible=False)
            return
        target = self._list.target
        row = next((r for r in self._rows if target is not None and r.service_id == target.id), None)
        if row is not None:
            self.house.open_service(row)

    def action_back(self) -> None:
        if self._list.has_focus:
            self._map.focus(scroll_visible=False)
        else:
            self.app.pop_screen()

    def action_only(self) -> None:
        """Shows all services, or the next one by itself."""
        if self._year is None:
            return
        ids = [None, *(one.service_id for one in self._year.services)]
        at = ids.index(self._only) if self._only in ids else 0
        self._only = ids[(at + 1) % len(ids)]
        self.action_read_again()

    def action_year(self, by: int) -> None:
        """A year before or after, as far back as anything is known."""
        year, back = self._year, max(0, self._back - by)
        first = min((one.first for one in year.services), default=None) if year else None
        if self._calendar is None or first is None or back == self._back:
            return
        if back > self._back and first >= self._calendar.weeks[0][0].day:
            return
        self._back = back
        self.action_read_again()

    def action_logs(self) -> None:
        self.house.show_usage(tab="year")

    def action_currency(self) -> None:
        self.house.show_currency()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "open":
            return self.is_mounted and self._list.target is not None
        if action == "only":
            return self._year is not None and len(self._year.services) > 1
        return True

    @on(HeatMap.Pointed)
    def _pointed(self) -> None:
        self._show_day()

    @on(HeatMap.Chosen)
    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    # drawing

    @property
    def _map(self) -> HeatMap:
        return self.query_one(HeatMap)

    @property
    def _list(self) -> DayList:
        return self.query_one(DayList)

    @property
    def _rows(self) -> "tuple[BoardRow, ...]":
        return self.house.dashboard.board.rows

    def _draw(self, cursor: date | None) -> None:
        year, made = self._year, self._calendar
        assert year is not None
        assert made is not None
        names = places_of(self._rows)
        whose = next((one for one in year.services if one.service_id == year.service_id), None)
        name = names.get(whose.service_id, whose.name) if whose else EVERYTHING
        with self.app.batch_update():
            self.query_one(Heading).show([TITLE, name])
            self.set_class(not year.services, "-words")
            if not year.services:
                self.query_one("#words", Words).say(*nothing_words(year))
            self._map.show(made, cursor)
            self.query_one(YearWords).show(year, made, names)
            self._show_day()
        if year.services and self.focused is None:
            self._map.focus(scroll_visible=False)

    def _show_day(self) -> None:
        year, day = self._year, self._map.cursor
        if year is None or day is None:
            return
        names = places_of(self._rows)
        called = {row.service_id: (names[row.service_id], row.color) for row in self._rows}
        self.query_one(DayWords).show(year, day)
        self._list.show_day(year, day, called)
        if self._list.has_focus and self._list.target is None:
            self._map.focus(scroll_visible=False)
        self.refresh_keys()

"""Usage on this machine: what used how much, by time or by thing, ever finer, and as a calendar of a year."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from stackk_tui.model.errors import StackkError
from stackk_tui.report import format as f
from stackk_tui.tui.drill import TIMES, Tab, Trail, below, has_days
from stackk_tui.tui.keys import bindings
from stackk_tui.tui.live import Live, differs
from stackk_tui.tui.messages import LiveRead, UsageRead, VerbFailed
from stackk_tui.tui.screens.base import Asking, broken
from stackk_tui.tui.usage_reading import Asked, Read, read, today_in
from stackk_tui.tui.usage_wish import COST_WORDS, SPANS, Wish
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.heat_map import HeatMap
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.usage_body import UsageBody
from stackk_tui.tui.widgets.usage_columns import Measure, Shown
from stackk_tui.tui.widgets.usage_head import UsageHead
from stackk_tui.tui.widgets.usage_words import crumb_of, progress_words

if TYPE_CHECKING:
    from datetime import date

    from stackk_tui.model.usage_report import LiveUsage

READ, LIVE = "usage", "live"
AFTER_AN_ERROR_SECONDS = 5.0
PROGRESS_SECONDS = 0.25
WORDS_SECONDS = 0.5
TICK_SECONDS = 30
MOST_KEPT = 60
SORTS_BY_TIME: tuple[Shown, ...] = ("newest", "cost", "tokens")
SORTS: tuple[Shown, ...] = ("cost", "tokens", "name")
SORT_WORDS: dict[Shown, str] = {
    "newest": "newest first",
    "cost": "by cost",
    "tokens": "by tokens",
    "name": "by name",
}


class UsageScreen(Asking[None]):
    SCOPE: ClassVar = "usage"
    CSS_PATH = "usage.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("usage")
    AUTO_FOCUS = "#table"

    def __init__(self, account: str | None = None, day: "date | None" = None, tab: Tab = "day") -> None:
        super().__init__()
        self._trail = Trail(tab)
        if day is not None:
            self._trail.open(day.isoformat(), f.day(day, day))
        self._wish = Wish(account=account)
        self._measure: Measure = "cost"
        self._sort_by_time: Shown = "newest"
        self._sort: Shown = "cost"
        self._zone = ""
        self._accounts: tuple[str, ...] = ()
        self._years_back = 0
        self._answer: Read | None = None
        self._drawn: Asked | None = None
        self._live: LiveUsage | None = None
        self._kept: dict[Asked, Read] = {}
        self._reading_since: float | None = None
        self._again = False

    def body(self) -> Iterable[Widget]:
        yield UsageHead(id="head")
        yield UsageBody(id="body")
        yield KeyBar(self.footer_keys(), id="keys")

    def on_mount(self) -> None:
        self._read()
        self.run_worker(self._follow(), name="follow", group="follow", exit_on_error=False)
        self.set_interval(PROGRESS_SECONDS, self._show_progress)
        self.set_interval(TICK_SECONDS, self._tick)

    # reading

    def _asked(self) -> Asked:
        today = today_in(self._wish.timezone or self._zone, self.house.clock())
        end = today - timedelta(weeks=52 * self._years_back)
        return Asked(self._wish, replace(self._trail.level, cursor=""), today, end)

    def _read(self, *, again: bool = False) -> None:
        """Asks for what is to be shown; until it is known, what was known of it stands there, or nothing.

        `again` asks for the same anew, unless it is being asked already: then once more after that.
        """
        asked = self._asked()
        if again and self._reading_since is not None:
            self._again = True
            return
        self._again = False
        if self._answer is None or self._answer.asked != asked:
            self._answer = self._kept.get(asked)
            self._draw()
        self._reading_since = monotonic()
        self.ask(READ, partial(read, asked=asked), UsageRead)

    @on(UsageRead)
    def _usage_read(self, event: UsageRead) -> None:
        answer, asked = event.answer, self._asked()
        self._zone = self._zone if self._wish.timezone else answer.report.timezone
        self._accounts = answer.accounts or self._accounts
        self._keep(answer)
        if (
            answer.asked != asked or asked != self._asked()
        ):  # another level by now, or another day in its zone
            if answer.asked == asked:
                self._end_reading()
                self._read()
            return
        self._end_reading()
        if answer != self._answer:
            self._answer = answer
            self._draw()
        if self._again:
            self._read(again=True)

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        if event.verb == LIVE:
            self.query_one(UsageHead).live_failed()
        if event.verb != READ:
            return
        self._end_reading()
        body = self.query_one(UsageBody)
        if self._answer is None:
            body.fail(event.error.lines())
        else:
            body.say([f"✖ {event.error.what}", *event.error.lines()[1:]], "full")
        self.refresh_keys()

    def _keep(self, answer: Read) -> None:
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[answer.asked] = answer

    def _end_reading(self) -> None:
        self._reading_since = None
        self.query_one(UsageHead).say("")

    def _show_progress(self) -> None:
        """Says that it takes long, and how far it is; nothing while nothing is read."""
        if self._reading_since is None or not self.is_current:
            return
        if self._answer is None:
            self.query_one(UsageBody).blank(year=self._trail.level.tab == "year", skeleton=True)
        if monotonic() - self._reading_since >= WORDS_SECONDS:
            self.query_one(UsageHead).say(progress_words(self.house.scan_progress()))

    # what goes on now

    async def _follow(self) -> None:
        while True:
            try:
                stack = await self.house.stack()
                async for usage, changed in Live(stack, lambda: self.is_current and self.house.app_focus):
                    self.post_message(LiveRead(usage, changed=changed))
            except StackkError as error:
                self.post_message(VerbFailed(LIVE, error))
            except Exception as error:  # noqa: BLE001  # the app stays up, whatever a room below does
                self.post_message(VerbFailed(LIVE, broken(error)))
            await asyncio.sleep(AFTER_AN_ERROR_SECONDS)

    @on(LiveRead)
    def _live_read(self, event: LiveRead) -> None:
        before, self._live = self._live, event.live
        self.query_one(UsageHead).show_live(event.live, self.house.clock())
        if event.changed or (before is not None and differs(before, event.live)):
            self._read(again=True)

    def _tick(self) -> None:
        if self.is_current and self.house.app_focus and self._answer and self._answer.asked != self._asked():
            self._read()  # midnight went by

    # keys

    def action_open(self) -> None:
        body, level = self.query_one(UsageBody), self._trail.level
        row = body.pointed
        if row is None or self._answer is None:
            return
        crumb = crumb_of(level.tab, row.key, row.label, today=self._answer.asked.today, zone=self._zone)
        if self._trail.open(row.key, crumb):
            self._read()
        else:
            body.say(["There is nothing finer than this."], "quiet")

    def action_up(self) -> None:
        if self._trail.up():
            self._read()
        elif self._wish.typed:
            self._want(self._wish.cleared())
        else:
            self.action_leave()

    def action_left(self) -> None:
        if self._trail.up():
            self._read()
        else:
            self.action_previous_tab()

    def action_leave(self) -> None:
        self.app.pop_screen()

    def action_next_tab(self) -> None:
        self.action_tab(self._trail.beside(1))

    def action_previous_tab(self) -> None:
        self.action_tab(self._trail.beside(-1))

    def action_tab(self, tab: Tab) -> None:
        before = self._trail.level.tab
        if tab == before == "year":
            tab = "day"
        if self._trail.turn(tab):
            self._years_back = 0
            self._read()

    def action_year(self, by: int) -> None:
        back = max(0, self._years_back - by)
        if back != self._years_back:
            self._trail.remember("")
            self._years_back = back
            self._read()

    def action_span(self) -> None:
        span = self._wish.span
        if not self._wish.typed_days:
            span = SPANS[(SPANS.index(span) + 1) % len(SPANS)]
        self._want(replace(self._wish, span=span, since=None, until=None))

    def action_cost_mode(self) -> None:
        modes = tuple(COST_WORDS)
        self._want(replace(self._wish, cost_mode=modes[(modes.index(self._wish.cost_mode) + 1) % len(modes)]))

    def action_sort(self) -> None:
        if self._trail.level.tab in TIMES:
            at = SORTS_BY_TIME.index(self._sort_by_time)
            self._sort_by_time = SORTS_BY_TIME[(at + 1) % len(SORTS_BY_TIME)]
        else:
            self._sort = SORTS[(SORTS.index(self._sort) + 1) % len(SORTS)]
        self._draw()

    def action_measure(self) -> None:
        self._measure = "tokens" if self._measure == "cost" else "cost"
        self._draw()

    def action_read_again(self) -> None:
        self._read(again=True)

    def action_filter(self) -> None:
        from stackk_tui.tui.screens.usage_filter import UsageFilterScreen

        self.app.push_screen(UsageFilterScreen(self._wish, self._accounts), self._filtered)

    def _filtered(self, wish: Wish | None) -> None:
        if wish is not None and wish != self._wish:
            self._want(wish)

    def _want(self, wish: Wish) -> None:
        self._trail.remember(self.query_one(UsageBody).key)
        self._wish = wish
        self._zone = self._zone if not wish.timezone else wish.timezone
        self._read()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        figures = self._answer is not None and self.query_one(UsageBody).has_figures
        if action == "open":
            return figures and below(self._trail.level) is not None
        if action in ("sort", "measure"):
            return figures and (action == "measure" or self._trail.level.tab != "year")
        if action == "span":
            return self._trail.level.tab != "year" and not has_days(self._trail.level.steps)
        return True

    @on(LineList.Pointed)
    @on(HeatMap.Pointed)
    def _pointed(self) -> None:
        self.query_one(UsageBody).say_pointed()

    @on(LineList.Chosen)
    @on(HeatMap.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    # drawing

    def _draw(self) -> None:
        head, body, level = self.query_one(UsageHead), self.query_one(UsageBody), self._trail.level
        asked, answer = self._asked(), self._answer
        sort = self._sort_by_time if level.tab in TIMES else self._sort
        with self.app.batch_update():
            order = SORT_WORDS[sort] if level.tab != "year" else ""
            head.show(self._trail, asked, self._zone, order, accounts=len(self._accounts))
            if answer is None:
                body.blank(year=level.tab == "year", skeleton=False)
            else:
                same = answer.asked == self._drawn  # the cursor stays where it is
                cursor = body.key if same else level.cursor
                body.show(answer, sort=sort, measure=self._measure, cursor=cursor)
        self._drawn = answer.asked if answer else None
        self.refresh_keys()

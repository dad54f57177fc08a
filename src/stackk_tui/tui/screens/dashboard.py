"""The dashboard: every service in one line, the month's total above, the message of one below."""

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from stackk_tui.model.board import Board, BoardRow
from stackk_tui.tui.alert_watch import UnseenCounted
from stackk_tui.tui.keys import Key, bindings, footer
from stackk_tui.tui.messages import AskingChanged, BoardRead, BudgetsRead, VerbFailed
from stackk_tui.tui.screens.base import Asking
from stackk_tui.tui.widgets.bars import KeyBar, MessageLine
from stackk_tui.tui.widgets.budget_line import BudgetLine
from stackk_tui.tui.widgets.budget_words import with_places
from stackk_tui.tui.widgets.heading import Words
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.service_list import SORT_WORDS, SORTS, ServiceList, Sort, matches
from stackk_tui.tui.widgets.service_words import message, state_of
from stackk_tui.tui.widgets.total_line import TotalBar
from stackk_tui.tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from stackk_tui.model.clock import Clock
    from stackk_tui.providers.base import Finding
    from stackk_tui.stack import Stack

TICK_SECONDS = 30
BUDGETS = "budgets"


class FindingsRead(Message, bubble=False):
    """It is known what this machine has."""

    def __init__(self, answer: "tuple[list[Finding], list[str]]") -> None:
        super().__init__()
        self.findings, self.providers = answer


async def _look_around(stack: "Stack") -> "tuple[list[Finding], list[str]]":
    return await stack.findings(), [info.name for info in stack.providers()]


class DashboardScreen(Asking[None]):
    SCOPE: ClassVar = "dashboard"
    CSS_PATH = "dashboard.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("dashboard")
    AUTO_FOCUS = "#services"

    def __init__(self, board: Board, *, clock: "Clock", note: str = "") -> None:
        super().__init__()
        self._board = board
        self._clock = clock
        self._note = note
        self._words = ""
        self._sort: Sort = "name"
        self._asking: frozenset[str] = frozenset()
        self._next = ""
        self._notice: tuple[list[str], str] | None = None

    def body(self) -> ComposeResult:
        yield TotalBar(self._board, note=self._note, id="total")
        yield BudgetLine(id="budget")
        yield ServiceList(clock=self._clock, id="services")
        yield Welcome(in_demo=bool(self._note), id="welcome")
        yield MessageLine(id="message")
        with Horizontal(id="filter-row"):
            yield Words(("/", "accent"), id="slash")
            yield Input(placeholder="name, workspace, plan or category", id="filter", compact=True)
        yield KeyBar(self.footer_keys(), id="keys")

    def on_mount(self) -> None:
        self.query_one("#filter", Input).cursor_blink = False
        self._draw()
        self.set_interval(TICK_SECONDS, self._tick)

    # what has happened

    @on(BoardRead)
    def _board_read(self, event: BoardRead) -> None:
        if replace(event.board, made_at="") != replace(self._board, made_at=""):
            self._board = event.board
            self._draw()
        if self._next and self._services.index_of(self._next) is not None:
            self._services.point_at(self._next)
            self._next = ""
        self.ask(BUDGETS, lambda stack: stack.budget_states(), BudgetsRead)
        if not event.board.rows:
            self.ask("findings", _look_around, FindingsRead)

    @on(UnseenCounted)
    def _unseen_counted(self, event: UnseenCounted) -> None:
        self.query_one("#total", TotalBar).badge(event.number)

    @on(BudgetsRead)
    def _budgets_read(self, event: BudgetsRead) -> None:
        states = with_places(event.states, self._board.rows)
        self.query_one(BudgetLine).show(states, self._clock().date())

    @on(FindingsRead)
    def _findings_read(self, event: FindingsRead) -> None:
        self.query_one(Welcome).show(event.findings, event.providers)

    @on(AskingChanged)
    def _asking_changed(self, event: AskingChanged) -> None:
        self._asking = event.service_ids
        self._services.show_asking(self._asking)
        self._say()

    @on(VerbFailed)
    def _verb_failed(self, event: VerbFailed) -> None:
        if event.verb == BUDGETS:
            return  # the board's own reading says what is wrong with the ledger
        self._notice = (event.error.lines(), "full")
        self.query_one(Welcome).say(event.error.lines())
        self._say()

    @on(LineList.Pointed)
    def _pointed(self) -> None:
        self._notice = None
        self._say()

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    @on(Input.Changed, "#filter")
    def _filter_typed(self, event: Input.Changed) -> None:
        self._words = event.value
        self._draw_rows()

    @on(Input.Submitted, "#filter")
    def _filter_kept(self) -> None:
        self._set_filtering(False)
        self._say()

    def on_key(self, event: events.Key) -> None:
        if self.has_class("-filtering") and event.key == "down":
            event.stop()
            self._filter_kept()
        elif not self._board.rows and event.character:
            self._key_of_finding(event)

    def _key_of_finding(self, event: events.Key) -> None:
        welcome = self.query_one(Welcome)
        if event.character and (finding := welcome.finding_for(event.character)):
            event.stop()
            event.prevent_default()
            welcome.say(busy=f"{finding.title}: reading…")
            self.house.connect_finding(finding)

    def on_screen_resume(self) -> None:
        self._services.tick()

    # keys

    def action_open(self) -> None:
        if row := self._row:
            self.house.open_service(row)

    def action_refresh(self) -> None:
        if row := self._row:
            self.house.refresh_services([row.service_id], force=True)

    def action_refresh_all(self) -> None:
        self.house.refresh_services(None, force=True)

    def action_add(self) -> None:
        self.house.add_service()

    def action_usage(self) -> None:
        self.house.show_usage()

    def action_disconnect(self) -> None:
        if row := self._row:
            self.house.disconnect_service(row.service_id, row.name)

    def action_currency(self) -> None:
        self.house.show_currency()

    def action_keys_kept(self) -> None:
        self.house.show_kept()

    def action_sort(self) -> None:
        self._sort = SORTS[(SORTS.index(self._sort) + 1) % len(SORTS)]
        self._draw_rows()

    def action_filter(self) -> None:
        if self._board.rows:
            self._set_filtering(True)

    def action_clear(self) -> None:
        if self._words or self.has_class("-filtering"):
            self.query_one("#filter", Input).value = ""
            self._words = ""
            self._set_filtering(False)
            self._draw_rows()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("open", "refresh", "refresh_all", "disconnect", "sort", "filter"):
            return bool(self._board.rows)
        return True

    def footer_keys(self) -> list[Key]:
        return footer("filter") if self.has_class("-filtering") else super().footer_keys()

    # drawing

    @property
    def pointed(self) -> BoardRow | None:
        """The service under the cursor."""
        return self._row

    @property
    def board(self) -> Board:
        """The figures that are drawn."""
        return self._board

    def point_at_next(self, service_id: str) -> None:
        """Moves the cursor to a service as soon as it is drawn."""
        self._next = service_id

    @property
    def _services(self) -> ServiceList:
        return self.query_one("#services", ServiceList)

    @property
    def _row(self) -> BoardRow | None:
        return self._services.pointed

    def _set_filtering(self, filtering: bool) -> None:
        self.set_class(filtering, "-filtering")
        (self.query_one("#filter", Input) if filtering else self._services).focus()
        self.refresh_keys()

    def _draw(self) -> None:
        self.set_class(not self._board.rows, "-empty")
        self.query_one("#total", TotalBar).show(self._board)
        self.refresh_keys()
        self._draw_rows()

    def _draw_rows(self) -> None:
        self._services.show(self._board.rows, self._words, self._sort, self._asking)
        self._say()

    def _say(self) -> None:
        row, now = self._row, self._clock()
        parts, level = [""], "quiet"
        if self._notice:
            parts, level = self._notice
        elif row and (words := message(row, now)):
            parts, level = words, state_of(row, now).level
        elif self._words and not self._services.rows:
            parts = [f"Nothing matches “{self._words}”.", "Press esc to see everything."]
        self.query_one("#message", MessageLine).say(parts, level, self._state())

    def _state(self) -> str:
        parts = []
        if len(self._asking) > 1:
            parts.append(f"asking {len(self._asking)} services")
        if self._words:
            shown = sum(matches(row, self._words) for row in self._board.rows)
            parts.append(f"“{self._words}” {shown} of {len(self._board.rows)}")
        if self._board.rows:
            parts.append(SORT_WORDS[self._sort])
        return " · ".join(parts)

    def _tick(self) -> None:
        if self.is_current and self.house.app_focus:
            self._services.tick()
            self._say()

"""All budgets with their bars; what the one under the cursor rests on; add, change, remove."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget

from stackk_tui.model.events import BudgetsChanged, RefreshFailed, ServiceRefreshed
from stackk_tui.report import format as f
from stackk_tui.tui.keys import Scope, bindings
from stackk_tui.tui.messages import BudgetsRead, StackTold, VerbFailed
from stackk_tui.tui.screens.base import Asking
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.budget_list import BudgetList
from stackk_tui.tui.widgets.budget_words import (
    end_words,
    left_words,
    notes_of,
    outlook_words,
    scope_words,
    spent_words,
    with_places,
)
from stackk_tui.tui.widgets.heading import Heading, Words, trouble
from stackk_tui.tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from datetime import date

    from stackk_tui.model.budget import Budget, BudgetState

READ, REMOVE = "budgets", "remove_budget"
EMPTY = (
    ("No budget yet.", "strong"),
    (
        "A budget says how much a month or a week may cost, or how many tokens it may take: for"
        " everything, a category or one service. Its bar stands on the dashboard, and you are told"
        " before it is passed.",
        "quiet",
    ),
)
KEY = ("Press a to set the first one.", "accent")


class Removed(Message, bubble=False):
    """A budget is gone."""

    def __init__(self, answer: None) -> None:
        super().__init__()


class BudgetsScreen(Asking[None]):
    SCOPE: ClassVar[Scope] = "budgets"
    CSS_PATH = "budgets.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("budgets")
    AUTO_FOCUS = "#list"

    def __init__(self) -> None:
        super().__init__()
        self._states: list[BudgetState] | None = None
        self._next = ""

    def body(self) -> Iterable[Widget]:
        yield Heading("Budgets", id="heading")
        yield Words(id="words")
        yield BudgetList(id="list")
        with VerticalScroll(id="scroll", can_focus=False):
            yield Words(id="about")
        yield KeyBar(self.footer_keys(), id="keys")

    def on_mount(self) -> None:
        self._read()

    def on_screen_resume(self) -> None:
        if self._states is not None:
            self._read()

    # what has happened

    def _read(self) -> None:
        self.ask(READ, lambda stack: stack.budget_states(), BudgetsRead)

    @on(BudgetsRead)
    def _budgets_read(self, event: BudgetsRead) -> None:
        self._states = states = with_places(event.states, self.house.dashboard.board.rows)
        self.query_one("#words", Words).say(*((*EMPTY, ("", "quiet"), KEY) if not event.states else ()))
        self.set_class(not event.states, "-empty")
        self.remove_class("-said")
        found = self.query_one(BudgetList)
        found.show(states, self._today)
        if self._next:
            found.point_at(self._next)
            self._next = ""
        self._say()
        self.refresh_keys()

    @on(StackTold)
    def _told(self, told: StackTold) -> None:
        if isinstance(told.event, BudgetsChanged | ServiceRefreshed | RefreshFailed):
            self._read()

    @on(Removed)
    def _removed(self) -> None:
        self.notify("The budget is removed.", markup=False)
        self._read()

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        if event.verb in (READ, REMOVE):
            self.query_one("#words", Words).say(*trouble(event.error.lines()))
            self.add_class("-said")
            if self._states is None:
                self.query_one(BudgetList).show((), self._today)

    @on(LineList.Pointed)
    def _pointed(self) -> None:
        self._say()

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_edit()

    # keys

    def action_add(self) -> None:
        self._open_form(None)

    def action_edit(self) -> None:
        if state := self._state:
            self._open_form(state.budget)

    def action_remove(self) -> None:
        if state := self._state:
            from stackk_tui.tui.screens.budget_questions import RemoveBudgetScreen

            name = f"{scope_words(state.budget, state.name)}, {state.budget.period}"
            budget_id = state.budget.id

            def answered(yes: bool | None) -> None:
                if yes:
                    self.ask(REMOVE, lambda stack: stack.remove_budget(budget_id), Removed)

            self.app.push_screen(RemoveBudgetScreen(name, spent_words(state)), answered)

    def action_back(self) -> None:
        self.app.pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._states) if action in ("edit", "remove") else True

    def _open_form(self, budget: "Budget | None") -> None:
        from stackk_tui.tui.screens.budget_form import BudgetFormScreen

        def kept(made: "Budget | None") -> None:
            if made is not None:
                self._next = made.id
                self._read()

        budgets = [state.budget for state in self._states or ()]
        self.app.push_screen(BudgetFormScreen(self.house.dashboard.board.rows, budget, budgets), kept)

    # drawing

    @property
    def _today(self) -> "date":
        return self.house.clock().date()

    @property
    def _state(self) -> "BudgetState | None":
        return self.query_one(BudgetList).pointed

    def _say(self) -> None:
        state = self._state
        self.query_one("#about", Words).say(*(about(state, self._today) if state else ()))


def about(state: "BudgetState", today: "date") -> list[tuple[str, str]]:
    """Gives what there is to say of a budget, in sentences with their levels."""
    budget = state.budget
    days = f.days(state.first, state.last, today)
    marks = ", ".join(f"{percent} %" for percent in budget.thresholds) or "no share"
    tells = f"Tells at {marks}" + (", and when the forecast crosses it." if budget.forecast else ".")
    title = f"{scope_words(budget, state.name)}, {days}"
    spent = " · ".join(part for part in (spent_words(state), left_words(state)) if part)
    lines = [(title[:1].upper() + title[1:], "strong"), (spent, "text")]
    words, level = outlook_words(state, today)
    if end := end_words(state, today):
        lines.append((f"{end} · {words}" if words else end, "text" if level == "quiet" else level))
    elif level == "full":
        lines.append((words, level))
    lines += [(note, "quiet") for note in notes_of(state)]
    how = "not known" if state.spent is None else f.provenance_words(state.provenance)
    return [*lines, (f"{how[:1].upper()}{how[1:]}. {tells}", "quiet")]

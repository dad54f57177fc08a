"""Setting a budget, and asking before one is removed."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from stackk_tui.model.board import BoardRow
from stackk_tui.tui import form
from stackk_tui.tui.keys import Scope, bindings
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.base import StackkModal
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.fields import Choice, Field
from stackk_tui.tui.widgets.heading import Words, trouble
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.menu import Item, Menu
from stackk_tui.tui.widgets.service_words import workspace_words

if TYPE_CHECKING:
    from stackk_tui.model.budget import Budget

Scoped = tuple[Literal["total", "category", "service"], str]
YES, NO = "yes", "no"
MONEY, TOKENS = "money", "tokens"


class BudgetKept(Message, bubble=False):
    """The budget is in the ledger."""

    def __init__(self, budget: "Budget") -> None:
        super().__init__()
        self.budget = budget


class BudgetFormScreen(StackkModal["Budget | None"]):
    SCOPE: ClassVar[Scope] = "form"
    CSS_PATH: ClassVar = ["dialog.tcss", "budget_form.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = bindings("form")

    def __init__(self, rows: Sequence[BoardRow], budget: "Budget | None") -> None:
        super().__init__()
        self._budget = budget
        self._scopes = scopes_of(rows)
        self._currencies = list(dict.fromkeys(row.month_currency for row in rows if row.month_amount))
        self._busy = False

    def body(self) -> Iterable[Widget]:
        old = self._budget
        unit = old.unit if old else MONEY
        whose = next((name for name, scope in self._scopes.items() if old and scope == _scope(old)), "")
        currency = old.currency if old else next(iter(self._currencies), "USD")
        thresholds = " ".join(map(str, old.thresholds)) if old else "50 80 100"
        with VerticalScroll(id="dialog", can_focus=False):
            yield Words(("Change this budget" if old else "Set a budget", "strong"), id="title")
            yield Words(
                ("At most so much is to be spent. You are told before and when it is passed.", "quiet")
            )
            with Vertical(id="fields"):
                yield Field("scope", "For", options=list(self._scopes), value=whose)
                yield Field("period", "Each", options=("month", "week"), value=old.period if old else "month")
                yield Field("unit", "In", options=(MONEY, TOKENS), value=unit)
                yield Field(
                    "amount",
                    "At most",
                    unit,
                    required=True,
                    placeholder=_example(unit),
                    value=f"{old.amount:f}" if old else "",
                )
                yield Field("currency", "Currency", "currency", value=currency)
                yield Field("thresholds", "Tell at %", "percents", value=thresholds, placeholder="none")
                yield Field(
                    "forecast",
                    "And before",
                    options=(YES, NO),
                    value=NO if old and not old.forecast else YES,
                )
            yield Words(
                ("And before: as soon as the forecast says that it will be passed.", "quiet"), id="hint"
            )
            yield Words(id="trouble")
            yield KeyBar(self.footer_keys(), id="dialog-keys")

    def on_mount(self) -> None:
        self.watch(self.query_one("#field-unit Choice", Choice), "value", self._unit_chosen, init=True)
        self.query_one("#field-scope", Field).editor.focus()

    def _unit_chosen(self, unit: str) -> None:
        amount = self.query_one("#field-amount", Field)
        amount.kind = unit
        if amount.problem:
            amount.complain("")
        editor = amount.editor
        if not isinstance(editor, Choice):
            editor.placeholder = _example(unit)
        self.query_one("#field-currency", Field).display = unit == MONEY

    @on(Field.Done)
    def _field_done(self) -> None:
        self.action_next()

    def action_next(self) -> None:
        editors = [field.editor for field in self._shown]
        if self.focused in editors[:-1]:
            self.focus_next()
        else:
            self.action_submit()

    def action_submit(self) -> None:
        if self._busy:
            return
        values = {}
        for field in self._shown:
            try:
                values[field.key] = field.check()
            except form.Wrong:
                field.editor.focus()
                return
        self._busy = True
        self.query_one("#trouble", Words).say()
        scope, target = self._scopes[values["scope"]]
        period = cast("Literal['month', 'week']", values["period"])
        unit = cast("Literal['money', 'tokens']", values["unit"])
        self.ask(
            "set_budget",
            lambda stack: stack.set_budget(
                Decimal(values["amount"]),
                scope=scope,
                target=target,
                period=period,
                unit=unit,
                currency=values.get("currency") or None,
                thresholds=[int(one) for one in values["thresholds"].split()],
                forecast=values["forecast"] == YES,
                id=self._budget.id if self._budget else None,
            ),
            BudgetKept,
        )

    def action_back(self) -> None:
        self.dismiss(None)

    @on(BudgetKept)
    def _kept(self, event: BudgetKept) -> None:
        self.dismiss(event.budget)

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        self._busy = False
        self.query_one("#trouble", Words).say(*trouble(event.error.lines()))

    @property
    def _shown(self) -> list[Field]:
        return [field for field in self.query(Field) if field.display]


def scopes_of(rows: Sequence[BoardRow]) -> dict[str, Scoped]:
    """Gives what a budget can be for, by the words that name it: no two are the same."""
    found: dict[str, Scoped] = {"everything": ("total", "")}
    tracked = [row for row in rows if row.status != "disconnected"]
    for category in dict.fromkeys(row.category for row in tracked):
        found[f"all of {category}"] = ("category", category)
    for row in tracked:
        where = workspace_words(row.name, row.workspace, row.workspace_kind)
        name = f"{row.name} · {where}" if where else row.name
        words, number = name, 2
        while words in found:
            words, number = f"{name} ({number})", number + 1
        found[words] = ("service", row.service_id)
    return found


def _scope(budget: "Budget") -> Scoped:
    return budget.scope, budget.target


def _example(unit: str) -> str:
    return "20M" if unit == TOKENS else "500"


class RemoveBudgetScreen(StackkModal[bool]):
    """Keep it or remove it; what was spent is not touched."""

    SCOPE: ClassVar[Scope] = "dialog"
    CSS_PATH: ClassVar = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("dialog"),
        ("enter,space", "choose", "choose"),
        ("q,n", "back", "no"),
    ]
    AUTO_FOCUS = "Menu"

    def __init__(self, name: str, spent: str) -> None:
        super().__init__()
        self._budget_name, self._spent = name, spent

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Words((f"Remove the budget for {self._budget_name}?", "strong"), id="title")
            yield Words(
                (f"It stands at {self._spent}.", "text"),
                ("Nobody is told of it any more. The figures themselves stay.", "quiet"),
            )
            yield Menu([Item("keep", "Keep it"), Item("remove", "Remove it")])

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        item = self.query_one(Menu).item
        self.dismiss(item is not None and item.id == "remove")

    def action_back(self) -> None:
        self.dismiss(False)

"""Setting a budget, and asking before one is removed."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from stackk_tui.model.board import BoardRow
from stackk_tui.tui.screens.budget_questions import ReplaceBudgetScreen
from stackk_tui.tui.screens.form_screen import FormScreen
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.fields import Choice, Field
from stackk_tui.tui.widgets.heading import Words
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


class BudgetFormScreen(FormScreen["Budget | None"]):
    """Sets a budget or changes one; asks before another one of `kept` gives way to it."""

    CSS_PATH: ClassVar = ["dialog.tcss", "budget_form.tcss"]

    def __init__(
        self, rows: Sequence[BoardRow], budget: "Budget | None", kept: "Sequence[Budget]" = ()
    ) -> None:
        super().__init__()
        self._budget, self._others = budget, [one for one in kept if budget is None or one.id != budget.id]
        self._scopes = scopes_of(rows)
        self._currencies = list(dict.fromkeys(row.month_currency for row in rows if row.month_amount))

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

    def send(self, values: dict[str, str]) -> None:
        self.query_one("#trouble", Words).say()
        scope, target = self._scopes[values["scope"]]
        same = next(
            (
                one
                for one in self._others
                if (*_scope(one), one.period, one.unit) == (scope, target, values["period"], values["unit"])
            ),
            None,
        )
        if same is None:
            self._keep(values)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._keep(values)

        amount = Decimal(values["amount"])
        wanted = same.model_copy(
            update={"amount": amount, "currency": values.get("currency") or same.currency}
        )
        self.app.push_screen(ReplaceBudgetScreen(same, wanted, values["scope"]), answered)

    def _keep(self, values: dict[str, str]) -> None:
        self.busy = True
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

    @on(BudgetKept)
    def _kept(self, event: BudgetKept) -> None:
        self.dismiss(event.budget)


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

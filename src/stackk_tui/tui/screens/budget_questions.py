"""Asking before a budget is removed, and before one gives way to another."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from stackk_tui.tui.keys import Scope, bindings
from stackk_tui.tui.screens.base import StackkModal
from stackk_tui.tui.widgets.budget_words import amount_words
from stackk_tui.tui.widgets.heading import Words
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.menu import Item, Menu

if TYPE_CHECKING:
    from stackk_tui.model.budget import Budget

GO_ON = "go-on"


class BudgetQuestion(StackkModal[bool]):
    """Leaving things as they are is the first answer, and the one of esc."""

    SCOPE: ClassVar[Scope] = "dialog"
    CSS_PATH: ClassVar = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("dialog"),
        ("enter,space", "choose", "choose"),
        ("q,n", "back", "no"),
    ]
    AUTO_FOCUS = "Menu"

    def __init__(self, question: str, *sentences: tuple[str, str], keep: str, go_on: str) -> None:
        super().__init__()
        self._question, self._sentences = question, sentences
        self._items = [Item("keep", keep), Item(GO_ON, go_on)]

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Words((self._question, "strong"), id="title")
            yield Words(*self._sentences)
            yield Menu(self._items)

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        item = self.query_one(Menu).item
        self.dismiss(item is not None and item.id == GO_ON)

    def action_back(self) -> None:
        self.dismiss(False)


class RemoveBudgetScreen(BudgetQuestion):
    """What was spent is not touched."""

    def __init__(self, name: str, spent: str) -> None:
        super().__init__(
            f"Remove the budget for {name}?",
            (f"It stands at {spent}.", "text"),
            ("Nobody is told of it any more. The figures themselves stay.", "quiet"),
            keep="Keep it",
            go_on="Remove it",
        )


class ReplaceBudgetScreen(BudgetQuestion):
    """There is one budget for the same services, period and unit."""

    def __init__(self, old: "Budget", new: "Budget", name: str) -> None:
        before, after = (amount_words(one.amount, one, brief=True) for one in (old, new))
        super().__init__(
            f"Replace the budget of {before}?",
            (f"There is one for {name}, each {old.period}: {before}.", "text"),
            (f"It gives way to {after}, with what it tells and when.", "quiet"),
            keep=f"Keep {before}",
            go_on=f"Replace it by {after}",
        )

"""The currency of the total: which one, and a rate, typed and dated. No rate is ever looked up."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from stackk_tui.model.board import Board
from stackk_tui.report import format as f
from stackk_tui.tui.screens.form_screen import FormScreen
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.fields import Field
from stackk_tui.tui.widgets.heading import Words

if TYPE_CHECKING:
    from stackk_tui.model.currency import CurrencyChoice, Rate


class ChoiceRead(Message, bubble=False):
    """It is known what holds now."""

    def __init__(self, choice: "CurrencyChoice") -> None:
        super().__init__()
        self.choice = choice


class ChoiceKept(Message, bubble=False):
    """What was typed is in the ledger."""

    def __init__(self, choice: "CurrencyChoice") -> None:
        super().__init__()
        self.choice = choice


class CurrencyScreen(FormScreen[bool]):
    CSS_PATH: ClassVar = ["dialog.tcss", "currency.tcss"]

    def __init__(self, board: Board) -> None:
        super().__init__()
        self._found = list(dict.fromkeys(part.currency for part in board.totals))

    def body(self) -> Iterable[Widget]:
        today = self.house.clock().date()
        from_ = self._found[0] if self._found else "USD"
        with VerticalScroll(id="dialog", can_focus=False):
            yield Words(("The currency of the total", "strong"), id="title")
            yield Words(
                ("The original stays beside it. Rates are yours; none is looked up.", "quiet"),
                id="held",
            )
            with Vertical(id="fields"):
                yield Field("show", "Show it in", "currency", placeholder="empty: as it is")
                yield Field("from", "One", "currency", value=from_)
                yield Field("rate", "is worth", "rate", placeholder="0.92")
                yield Field("as_of", "by the rate of", "date", value=today.isoformat())
            yield Words(id="trouble")
            yield KeyBar(self.footer_keys(), id="dialog-keys")

    def on_mount(self) -> None:
        self.ask("currency", lambda stack: stack.currency(), ChoiceRead)

    @on(ChoiceRead)
    def _read(self, event: ChoiceRead) -> None:
        choice, show = event.choice, self.query_one("#field-show", Field)
        if not show.editor.value:
            show.editor.value = choice.show
        self._name_what_has_no_rate(choice)
        lines = [("The original stays beside it. Rates are yours; none is looked up.", "quiet")]
        today = self.house.clock().date()
        lines += [
            (rate_line(rate, f.day(rate.as_of, today), old=rate.is_old(today)), "text")
            for rate in choice.rates
        ]
        if choice.from_file:
            lines.append(("config.toml says what to show; what is typed here waits behind it.", "high"))
        if choice.problem:
            lines.append((choice.problem, "full"))
        self.query_one("#held", Words).say(*lines)

    def _name_what_has_no_rate(self, choice: "CurrencyChoice") -> None:
        missing = [c for c in self._found if c != choice.show and choice.rate_of(c) is None]
        others = [c for c in self._found if c != choice.show]
        if choice.show and (wanted := [*missing, *others]):
            self.query_one("#field-from", Field).editor.value = wanted[0]

    def send(self, values: dict[str, str]) -> None:
        if (wrong := _missing(values)) is not None:
            self.complain(*wrong)
            return
        self.busy = True
        show, rate = values["show"], _rate(values)
        self.ask("set_currency", lambda stack: stack.set_currency(show, rate), ChoiceKept)

    @on(ChoiceKept)
    def _kept(self) -> None:
        self.dismiss(True)


def rate_line(rate: "Rate", day: str, *, old: bool) -> str:
    """Gives `1 USD = 0.92 EUR, of 20 Nov`."""
    return f"1 {rate.currency} = {rate.rate} {rate.to}, of {day}{', which is old' if old else ''}"


def _missing(values: dict[str, str]) -> tuple[str, str] | None:
    """Gives the field that is missing and what to say there."""
    if not values["rate"]:
        return None
    if not values["show"]:
        return "show", "A rate needs the currency it leads to"
    if not values["from"] or values["from"] == values["show"]:
        return "from", "A rate needs another currency to come from"
    return None if values["as_of"] else ("as_of", "A rate needs its day")


def _rate(values: dict[str, str]) -> "Rate | None":
    from stackk_tui.model.currency import Rate

    as_of = f.calendar_day(values["as_of"])
    if not values["rate"] or as_of is None:
        return None
    return Rate(currency=values["from"], to=values["show"], rate=Decimal(values["rate"]), as_of=as_of)

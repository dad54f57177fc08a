"""What no API tells: the price that is paid, how often, and when next. Typed in, and it can be taken back."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from stackk_tui.report import format as f
from stackk_tui.tui.screens.form_screen import FormScreen
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.fields import Field
from stackk_tui.tui.widgets.heading import Words

if TYPE_CHECKING:
    from stackk_tui.model.service import Cycle, EnteredBilling
    from stackk_tui.model.view import ServiceView


class BillingKept(Message, bubble=False):
    """What was typed is in the ledger."""

    def __init__(self, view: "ServiceView") -> None:
        super().__init__()
        self.view = view


class BillingScreen(FormScreen[bool]):
    CSS_PATH: ClassVar = ["dialog.tcss", "billing.tcss"]

    def __init__(self, view: "ServiceView") -> None:
        super().__init__()
        self._view = view

    def body(self) -> Iterable[Widget]:
        entered = self._view.service.entered
        price = entered.price
        known = self._view.billing.price.value
        with VerticalScroll(id="dialog", can_focus=False):
            yield Words((f"What you pay for {self._view.service.name}", "strong"), id="title")
            yield Words(("An empty field leaves what the provider says.", "quiet"))
            with Vertical(id="fields"):
                yield Field(
                    "price",
                    "Price",
                    "money",
                    placeholder=f.money(known.amount, known.currency)[1:] if known and not price else "20.00",
                    value=f"{price.amount:f}" if price else "",
                )
                yield Field("currency", "Currency", "currency", value=price.currency if price else "USD")
                yield Field("cycle", "Paid", "cycle", value=entered.cycle or "", optional_choice=True)
                yield Field(
                    "next_payment",
                    "Next payment",
                    "date",
                    placeholder="2026-12-03",
                    value=entered.next_payment.isoformat() if entered.next_payment else "",
                )
            yield Words(id="trouble")
            yield KeyBar(self.footer_keys(), id="dialog-keys")

    def send(self, values: dict[str, str]) -> None:
        if values["price"] and not values["currency"]:
            self.complain("currency", "A price needs its currency")
            return
        self.busy = True
        entered, service_id = _entered(values), self._view.service.id
        self.ask("edit_billing", lambda stack: stack.edit_billing(service_id, entered), BillingKept)

    @on(BillingKept)
    def _kept(self) -> None:
        self.dismiss(True)


def _entered(values: dict[str, str]) -> "EnteredBilling":
    from stackk_tui.model.figure import Money
    from stackk_tui.model.service import EnteredBilling

    price = Money(amount=Decimal(values["price"]), currency=values["currency"]) if values["price"] else None
    return EnteredBilling(
        price=price,
        cycle=cast("Cycle", values["cycle"]) if values["cycle"] else None,
        next_payment=f.calendar_day(values["next_payment"]),
    )

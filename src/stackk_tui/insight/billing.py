"""Price and payment of a service: what the provider says, overruled by what the person typed."""

from datetime import date

from stackk_tui.insight.days import next_occurrence
from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.service import Billing, EnteredBilling

NOTHING_SAID = Billing(price=Figure[Money].not_exposed(), next_payment=Figure[date].not_exposed())


def billing_of(said: Billing | None, entered: EnteredBilling, today: date) -> Billing:
    """Gives the billing to show. A typed day that is over moves on by its cycle, as an estimate."""
    said = said or NOTHING_SAID
    cycle = entered.cycle or said.cycle
    price = said.price
    if entered.price is not None:
        price = Figure[Money](value=entered.price, provenance=Provenance.ENTERED)
    next_payment = said.next_payment
    if entered.next_payment is not None:
        day = next_occurrence(entered.next_payment, cycle, today)
        moved = day != entered.next_payment
        next_payment = Figure[date](
            value=day, provenance=Provenance.ESTIMATED if moved else Provenance.ENTERED
        )
    return Billing(price=price, cycle=cycle, next_payment=next_payment)

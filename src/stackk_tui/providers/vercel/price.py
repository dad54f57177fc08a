"""What plans are called and cost by the published list (`vercel.md` §9). Dated: it is not what is paid."""

from decimal import Decimal

from stackk_tui.model.figure import Figure, Money, Provenance

AS_OF = "2026-11"
SEAT_PRICE = Decimal(20)
"""Dollars a developer seat and month on Pro."""
NOTE = f"List price as of {AS_OF}: $20 a developer seat and month on Pro; viewers are free."
ONE_SEAT = "The price is that of one seat: how many are paid for is not known."
_PLANS = {"hobby": "Hobby", "pro": "Pro", "enterprise": "Enterprise"}
_CENT = Decimal("0.01")


def plan_word(tier: str | None) -> str | None:
    """Gives a plan's name from its word."""
    return _PLANS.get(tier, tier.capitalize()) if tier else None


def list_price(tier: str, seats: Decimal | None) -> Figure[Money]:
    """Gives a plan's price a month in dollars, for one seat where their number is not known."""
    if tier not in ("hobby", "pro"):
        return Figure[Money].not_exposed()
    amount = SEAT_PRICE * (seats or 1) if tier == "pro" else Decimal(0)
    return Figure(value=Money(amount=amount.quantize(_CENT)), provenance=Provenance.LIST_PRICE)

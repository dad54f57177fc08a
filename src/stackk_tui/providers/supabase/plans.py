"""The published plans (`api/supabase.md` §8, as of November 2026), in dollars an organization and month."""

from decimal import Decimal

from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.service import Billing, Plan

AS_OF = "November 2026"
_LIST: dict[str, tuple[str, Decimal | None]] = {
    "free": ("Free", Decimal("0.00")),
    "pro": ("Pro", Decimal("25.00")),
    "team": ("Team", Decimal("599.00")),
    "enterprise": ("Enterprise", None),
    "platform": ("Platform", None),
}
PAID = frozenset({"pro", "team", "enterprise", "platform"})


def plan_of(tier: str | None) -> Figure[Plan]:
    """Gives the plan as a badge; not exposed where the answer does not name it."""
    if not tier:
        return Figure[Plan].not_exposed()
    word = tier.lower()
    label = _LIST[word][0] if word in _LIST else word.replace("_", " ").capitalize()
    return Figure[Plan](value=Plan(tier=word, label=label), provenance=Provenance.MEASURED)


def billing_of(tier: str | None) -> Billing:
    """Gives the base price by the published list. No API tells the price paid or the next payment."""
    amount = _LIST.get((tier or "").lower(), ("", None))[1]
    price = Figure[Money].not_exposed()
    if amount is not None:
        price = Figure[Money](value=Money(amount=amount), provenance=Provenance.LIST_PRICE)
    return Billing(
        price=price, cycle="monthly" if amount is not None else None, next_payment=Figure.not_exposed()
    )


def price_note(tier: str | None) -> str:
    """Gives the sentence that keeps the price honest."""
    word = (tier or "").lower()
    if word in ("enterprise", "platform"):
        return f"The price of a plan called {_LIST[word][0]} is agreed with Supabase: type in what you pay."
    if word == "free":
        return ""
    if word in _LIST:
        return (
            f"The price is the published one of the organization's plan as of {AS_OF}; add-ons, compute and "
            "usage over the quota come on top."
        )
    return "There is no published price for this plan." if word else "Supabase did not name the plan."

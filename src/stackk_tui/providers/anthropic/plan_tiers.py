"""What a plan is called and what it lists for (`api/anthropic.md` §7; `plan_prices.json`, dated).

No API tells what is really paid. A plan whose tier is not known has no price, and neither has Enterprise: its
seats are listed, but usage is metered on top and contracts differ.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from stackk_tui.model.figure import Money
from stackk_tui.model.service import Plan

_NAMES = {"free": "Free", "pro": "Pro", "max": "Max", "team": "Team", "enterprise": "Enterprise"}
_TIERS = {
    "free": "Free",
    "pro": "Pro",
    "max_5x": "Max 5x",
    "max_20x": "Max 20x",
    "team_standard": "Team standard",
    "team_premium": "Team premium",
}
_SEATS = {
    "team_standard": "team_standard",
    "team_premium": "team_premium",
    "team_tier_1": "team_premium",
}
"""What the account calls a seat of a Team plan."""
_PAID_MONTHLY = frozenset({"pro", "max", "team"})
_UNKNOWN_MAX = (
    "This version of claude does not say which Max plan it is, so there is no price; press b to type it."
)
_PER_SEAT = "The price is that of one seat."
_ENTERPRISE = "Enterprise pays for seats and for usage, and contracts differ: there is no list price to show."


@dataclass(frozen=True, slots=True)
class Tier:
    """A plan, what it lists for a month, and what to know of that."""

    plan: Plan
    price: Money | None
    paid_monthly: bool
    note: str = ""


def tier_of(subscription: str, tier: str | None, seat: str = "") -> Tier:
    """Gives the plan of `subscriptionType` and `planTier`; `seat` is the account's `seatTier`."""
    exact = _exact(subscription, tier, seat)
    label = _TIERS.get(exact) or _NAMES.get(subscription) or subscription.replace("_", " ").capitalize()
    listed, per_seat = _prices()
    amount = listed.get(exact)
    note = ""
    if subscription == "max" and amount is None:
        note = _UNKNOWN_MAX
    elif subscription == "enterprise":
        note = _ENTERPRISE
    elif exact in per_seat:
        note = _PER_SEAT
    return Tier(
        plan=Plan(tier=subscription, label=label),
        price=Money(amount=amount) if amount is not None else None,
        paid_monthly=subscription in _PAID_MONTHLY,
        note=note,
    )


def label_of_account(organization_type: str, rate_limit_tier: str, seat: str) -> str:
    """Gives `Max 20x` from what Claude Code remembers of the account; empty when it is no plan we know."""
    subscription = organization_type.removeprefix("claude_")
    if subscription not in _NAMES:
        return ""
    tier = rate_limit_tier.removeprefix("default_claude_")
    return tier_of(subscription, tier, seat).plan.label


def _exact(subscription: str, tier: str | None, seat: str) -> str:
    if subscription == "team":
        return _SEATS.get(tier or "") or _SEATS.get(seat, "")
    if subscription == "max":
        return tier if tier in ("max_5x", "max_20x") else ""
    return subscription if subscription in _TIERS else ""


@cache
def _prices() -> tuple[dict[str, Decimal], frozenset[str]]:
    told = json.loads(Path(__file__).with_name("plan_prices.json").read_text(encoding="utf-8"))
    return {name: Decimal(text) for name, text in told["monthly"].items()}, frozenset(told["per_seat"])

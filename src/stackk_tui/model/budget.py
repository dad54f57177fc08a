"""What a person wants to spend at most, and how that stands."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from stackk_tui.model.base import Value
from stackk_tui.model.forecast import Forecast

BudgetScope = Literal["total", "category", "service"]
Period = Literal["month", "week"]
Unit = Literal["money", "tokens"]

THRESHOLDS = (50, 80, 100)
"""In percent."""


class Budget(Value):
    """`target` is a service's id or a category's name; empty for the total. `amount` is whole units of
    `currency`, or tokens. Weeks begin on Monday; days are the service's own, of the total UTC ones."""

    id: str
    scope: BudgetScope
    target: str = ""
    period: Period = "month"
    unit: Unit = "money"
    amount: Decimal = Field(gt=0)
    currency: str = "USD"
    thresholds: tuple[int, ...] = THRESHOLDS
    forecast: bool = True
    """Whether it is also said when the forecast crosses it."""
    created_at: datetime


class BudgetState(Value):
    """How a budget stands. `share` is None where nothing is known of what was spent."""

    budget: Budget
    name: str
    """Of what: a service's name, a category, `everything`."""
    first: date
    last: date
    spent: Decimal | None
    provenance: str
    """`measured`, or `estimated` where a part of it is estimated or a list price; `list-price` or `entered`
    where it is nothing but prices."""
    fixed: Decimal = Decimal(0)
    """What of `spent` are prices of plans and subscriptions, listed or typed."""
    share: float | None
    """1 is all of it."""
    crossed: tuple[int, ...] = ()
    """The thresholds that are behind, smallest first."""
    forecast: Forecast | None = None
    no_forecast: str = ""
    """Why there is none, in a sentence."""
    will_cross: date | None = None
    """The day on which the forecast passes the amount, when it does before the period's end."""
    will_cross_at_worst: date | None = None
    """The same for the band's upper edge."""
    notes: tuple[str, ...] = ()
    """Sentences that keep the figures honest: what is estimated, left out, or not known."""

    @property
    def left(self) -> Decimal | None:
        return None if self.spent is None else self.budget.amount - self.spent

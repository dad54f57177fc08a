"""What is to come for one service: its forecasts and budgets, read at once, and their words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from stackk_tui.model.budget import BudgetState
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.report import format as f
from stackk_tui.tui.charting import Ahead, MeasureId
from stackk_tui.tui.widgets.budget_words import range_words
from stackk_tui.tui.widgets.stats import Stat

if TYPE_CHECKING:
    from stackk_tui.model.view import History, ServiceView
    from stackk_tui.stack import Stack

Coming = Forecast | NoForecast


@dataclass(frozen=True, slots=True)
class Outlook:
    """None where the service has no days of that measure, and so nothing is said."""

    cost: Coming | None = None
    tokens: Coming | None = None
    budgets: tuple[BudgetState, ...] = ()

    def of(self, measure: MeasureId) -> Coming | None:
        """Gives what is to come of a measure."""
        return {"cost": self.cost, "tokens": self.tokens}.get(measure)

    def ahead(self, measure: MeasureId) -> tuple[Ahead, ...]:
        """Gives the days to come, for the chart."""
        coming = self.of(measure)
        if not isinstance(coming, Forecast):
            return ()
        return tuple(Ahead(d.day, float(d.expected), float(d.low), float(d.high)) for d in coming.days)


async def read_outlook(stack: "Stack", view: "ServiceView", history: "History") -> Outlook:
    """Reads it out of the ledger. Raises StackkError."""
    service = view.service
    if not service.connected:
        return Outlook()
    cost = await stack.forecast(service.id) if history.cost_days else None
    tokens = await stack.forecast(service.id, "tokens") if history.token_days else None
    states = await stack.budget_states()
    return Outlook(cost, tokens, tuple(own_budgets(states, service.id, service.category)))


def own_budgets(states: Sequence[BudgetState], service_id: str, category: str) -> list[BudgetState]:
    """Gives a service's own budgets, then those of its category."""
    own = [s for s in states if (s.budget.scope, s.budget.target) == ("service", service_id)]
    return own + [s for s in states if (s.budget.scope, s.budget.target) == ("category", category)]


def with_outlook(stats: list[Stat], outlook: Outlook, today: date) -> list[Stat]:
    """Gives the numbers with what the month will probably bring beside what it brought."""
    coming = outlook.cost
    if not isinstance(coming, Forecast) or coming.currency is None:
        return stats
    stat = Stat(
        f"by {f.day(coming.last, today)}",
        f"≈ {f.money(coming.expected, coming.currency)}",
        range_words(coming.low, coming.high, coming.currency),
    )
    at = next((number + 1 for number, one in enumerate(stats) if one.title == "this month"), len(stats))
    return [*stats[:at], stat, *stats[at:]]


def coming_words(coming: Coming | None, today: date) -> str:
    """Gives `≈ $540.20 by 30 Nov ($480 – $610): its last 8 weeks …`, or why nothing is said."""
    if coming is None:
        return ""
    if isinstance(coming, NoForecast):
        return f"No forecast: {coming.reason[:1].lower()}{coming.reason[1:]}" if coming.reason else ""
    if coming.currency is None:
        amount = f"{f.compact(round(coming.expected))} tok"
        span = f"{f.compact(round(coming.low))} – {f.compact(round(coming.high))}"
    else:
        amount = f.money(coming.expected, coming.currency)
        span = range_words(coming.low, coming.high, coming.currency)
    basis = coming.basis.rstrip(".")
    extra = fixed_words(coming)
    return f"≈ {amount} by {f.day(coming.last, today)} ({span}){extra}: {basis}."


def fixed_words(coming: Coming) -> str:
    """Gives ` + $20.00 list` for the prices that come on top; empty without any."""
    sums: dict[tuple[str, str], Decimal] = {}
    for part in coming.fixed:
        key = (part.currency, part.provenance)
        sums[key] = sums.get(key, Decimal(0)) + part.amount
    return "".join(f" + {f.marked(f.money(amount, key[0]), key[1])}" for key, amount in sums.items())

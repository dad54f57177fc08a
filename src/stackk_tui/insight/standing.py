"""How budgets stand: what of each is spent, what is to come, and what to say beside it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from stackk_tui.insight.budget import period_of, state_of
from stackk_tui.insight.days import calendar_month, local_day, short_day
from stackk_tui.insight.series import MeasureOf, spent, unknown_days
from stackk_tui.insight.spending import (
    EVERYTHING,
    NO_RATES,
    Spending,
    Sums,
    outlook,
    spending_of_all,
    spending_of_service,
)
from stackk_tui.model.budget import Budget, BudgetState, Period
from stackk_tui.model.currency import CurrencyChoice
from stackk_tui.model.figure import Provenance
from stackk_tui.model.forecast import Forecast
from stackk_tui.model.series import DaySums
from stackk_tui.model.service import Status
from stackk_tui.model.view import ServiceView


def state(
    budget: Budget,
    views: Sequence[ServiceView],
    sums: Sums,
    now: datetime,
    *,
    choice: CurrencyChoice = NO_RATES,
) -> BudgetState:
    """Gives how a budget stands; `views` are all services, connected or not."""
    measure: MeasureOf = "cost" if budget.unit == "money" else "tokens"
    currency = budget.currency if budget.unit == "money" else None
    connected = [view for view in views if view.status is not Status.DISCONNECTED]
    today, name = now.date(), EVERYTHING
    if budget.scope == "service":
        view = next((view for view in views if view.service.id == budget.target), None)
        if view is None or view.status is Status.DISCONNECTED:
            return _of_nothing(budget, view, today)
        name, today = view.service.name, local_day(now, view.month.timezone)
        mine = sums.get(view.service.id, DaySums())
        found = spending_of_service(view, mine, measure, currency, now, choice=choice)
        found.notes += _own_cycle(view, budget.period, today)
    else:
        if budget.scope == "category":
            name = budget.target
            connected = [v for v in connected if v.service.category.casefold() == name.casefold()]
        found = spending_of_all(connected, sums, measure, currency, now, choice=choice)
    return _state(budget, name, found, today)


def _state(budget: Budget, name: str, found: Spending, today: date) -> BudgetState:
    first, last = period_of(budget.period, today)
    share = _share(budget.period, first)
    prices = {part.provenance for part in found.fixed}
    fixed = sum((round(part.amount * share, 2) for part in found.fixed), Decimal(0))
    known = [amount for part in found.series if (amount := spent(part, first, last)) is not None]
    flat = [] if found.flat is None or budget.period == "week" else [found.flat]
    amounts = [*known, *flat, *([fixed] if found.fixed else [])]
    told = outlook(found, name, first, last, today)
    notes = [*found.notes]
    notes += [
        f"{gaps} days of {part.name} are not known." if gaps > 1 else f"One day of {part.name} is not known."
        for part in found.series
        if (gaps := unknown_days(part, first))
    ]
    if fixed and budget.period == "week":
        notes.append("A week counts prices by the day: seven of the month's.")
    if any(n for part in found.series for day, n in part.unpriced.items() if first <= day <= last):
        notes.append("Some tokens have no known price and are not in it.")
    made = state_of(
        budget,
        name,
        today,
        sum(amounts, Decimal(0)) if amounts else None,
        provenance=_provenance(estimated=found.estimated, has_use=bool(known or flat), prices=prices),
        coming=told if budget.forecast else None,
        fixed=fixed,
    )
    old = isinstance(told, Forecast) and told.notes[len(found.notes) :]
    return made.model_copy(update={"fixed": fixed, "notes": tuple(dict.fromkeys([*notes, *(old or ())]))})


def _provenance(*, estimated: bool, has_use: bool, prices: set[str]) -> str:
    if not has_use and len(prices) == 1 and not estimated:
        return next(iter(prices))
    if estimated or Provenance.LIST_PRICE.value in prices:
        return Provenance.ESTIMATED.value
    return Provenance.MEASURED.value if has_use or not prices else Provenance.ESTIMATED.value


def _own_cycle(view: ServiceView, period: Period, today: date) -> Iterable[str]:
    cycle = view.snapshot.cycle if view.snapshot else None
    month = calendar_month(today, view.month.timezone)
    if period == "month" and cycle and cycle.last >= today and cycle.first != month.first:
        yield (
            f"{view.service.name} is billed from {short_day(cycle.first)} to {short_day(cycle.last)};"
            f" the budget is for the calendar month ({view.month.timezone})."
        )


def _share(period: Period, first: date) -> Decimal:
    if period == "month":
        return Decimal(1)
    month = calendar_month(first)
    return Decimal(7) / Decimal((month.last - month.first).days + 1)


def _of_nothing(budget: Budget, view: ServiceView | None, today: date) -> BudgetState:
    name = view.service.name if view else "a service that is gone"
    why = f"{name} is disconnected." if view else "Its service is not tracked any more."
    told = state_of(budget, name, today, None, provenance=Provenance.NOT_EXPOSED.value)
    return told.model_copy(update={"no_forecast": why, "notes": (why,)})

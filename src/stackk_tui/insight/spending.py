"""What a budget is about has spent: which services count, each dollar once, and what to say of the sum."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from stackk_tui.insight.budget import period_of, state_of
from stackk_tui.insight.days import calendar_month, local_day, short_day
from stackk_tui.insight.series import (
    MeasureOf,
    Series,
    coming,
    lifted,
    series_of,
    spent,
    split_old,
    summed,
    unknown_days,
)
from stackk_tui.insight.summary import counted, monthly_share, once_per_bill
from stackk_tui.model.budget import Budget, BudgetState, Period
from stackk_tui.model.figure import Provenance
from stackk_tui.model.forecast import FixedPart, Forecast, NoForecast
from stackk_tui.model.series import DaySums
from stackk_tui.model.service import Status
from stackk_tui.model.view import ServiceView

EVERYTHING = "everything"
ONLY_PRICES = "It is a price: use does not change it."
NO_DAYS = "It tells no days, so there is nothing to forecast from."
NOT_KNOWN = "no source tells its cost yet."
NOT_PERMITTED = "its cost is not permitted with this sign-in."
VALUE_NOT_MONEY = "Estimated: what the use of {name} would cost by API, not money spent."

Sums = Mapping[str, DaySums]
"""By service id."""


@dataclass(slots=True)
class Spending:
    """The series and prices that count for something, in one currency (None: tokens)."""

    currency: str | None
    series: list[Series] = field(default_factory=list)
    flat: Decimal | None = None
    """Money that was measured without days."""
    fixed: list[FixedPart] = field(default_factory=list)
    """For a month."""
    estimated: bool = False
    notes: list[str] = field(default_factory=list)


def spending_of_service(
    view: ServiceView, sums: DaySums, measure: MeasureOf, currency: str | None, now: datetime
) -> Spending:
    """Gives one service's money (measured, else estimated, else its price) or tokens."""
    name, today = view.service.name, local_day(now, view.month.timezone)
    if measure == "tokens":
        return Spending(None, [series_of(name, sums, "tokens", today)])
    found = Spending(currency)
    cost = view.month.cost
    if sums.cost_days and sums.costs and sums.currency != currency:
        found.notes.append(f"What {name} costs in {sums.currency} is left out.")
        return found
    if sums.cost_days:
        found.series.append(series_of(name, sums, "cost", today))
        found.estimated = _is_estimate(view)
        if found.estimated:
            found.notes.append(VALUE_NOT_MONEY.format(name=name))
        return found
    if cost.value is not None and cost.value.currency == currency:
        found.flat, found.estimated = cost.value.amount, _is_estimate(view)
        found.notes.append(NO_DAYS)
        return found
    _add_price(found, view)
    if not found.fixed and not found.notes:
        refused = cost.provenance is Provenance.NOT_PERMITTED
        found.notes.append(f"{name}: {NOT_PERMITTED if refused else NOT_KNOWN}")
    return found


def spending_of_all(
    views: Sequence[ServiceView], sums: Sums, measure: MeasureOf, currency: str | None, now: datetime
) -> Spending:
    """Gives the money or tokens of several services, each dollar and each token once (DESIGN §2)."""
    if measure == "tokens":
        return _tokens_of_all(views, sums, now)
    found, chosen = Spending(currency), counted(views, now.date())
    others: dict[str, list[str]] = {}
    for view in chosen.measured:
        money, mine = view.month.cost.value, sums.get(view.service.id, DaySums())
        assert money is not None
        if money.currency != currency:
            others.setdefault(money.currency, []).append(view.service.name)
        elif mine.cost_days:
            today = local_day(now, view.month.timezone)
            found.series.append(series_of(view.service.name, mine, "cost", today))
        else:
            found.flat = (found.flat or Decimal(0)) + money.amount
    for view in chosen.priced:
        _add_price(found, view, others)
    found.notes += [
        f"{', '.join(dict.fromkeys(names))} in {code} {'is' if len(set(names)) == 1 else 'are'} left out."
        for code, names in sorted(others.items())
    ]
    return found


def currency_of_all(views: Sequence[ServiceView], now: datetime) -> str:
    """Gives the currency in which most of the month's money is; dollars where there is none."""
    chosen, sums = counted(views, now.date()), dict[str, Decimal]()
    money = [view.month.cost.value for view in chosen.measured]
    for each in [*money, *(view.billing.price.value for view in chosen.priced)]:
        if each is not None:
            sums[each.currency] = sums.get(each.currency, Decimal(0)) + each.amount
    return max(sorted(sums), key=lambda code: sums[code], default="USD")


def state(budget: Budget, views: Sequence[ServiceView], sums: Sums, now: datetime) -> BudgetState:
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
        found = spending_of_service(view, sums.get(view.service.id, DaySums()), measure, currency, now)
        found.notes += _own_cycle(view, budget.period, today)
    else:
        if budget.scope == "category":
            name = budget.target
            connected = [v for v in connected if v.service.category.casefold() == name.casefold()]
        found = spending_of_all(connected, sums, measure, currency, now)
    return _state(budget, name, found, today)


def outlook(found: Spending, name: str, first: date, last: date, today: date) -> Forecast | NoForecast:
    """Forecasts a period; prices are beside it, never in it."""
    fresh, old = split_old(found.series)
    fixed = tuple(found.fixed)
    if not fresh:
        reason = _nothing_fresh(found, old, first, last)
        return NoForecast(reason=reason, fixed=fixed)
    told = coming(fresh[0] if len(fresh) == 1 else summed(fresh, today, name), first, last)
    if isinstance(told, NoForecast):
        return told.model_copy(update={"fixed": fixed})
    known = sum((spent(part, first, last) or Decimal(0) for part in old), found.flat or Decimal(0))
    notes = [*found.notes]
    if old:
        names = ", ".join(part.name for part in old)
        notes.append(f"Nothing more is expected of {names}: last read too long ago.")
    update = {"currency": found.currency, "fixed": fixed, "notes": tuple(notes)}
    return lifted(told, known).model_copy(update=update)


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
    if not has_use and len(prices) == 1:
        return next(iter(prices))
    if estimated or Provenance.LIST_PRICE.value in prices:
        return Provenance.ESTIMATED.value
    return Provenance.MEASURED.value if has_use or not prices else Provenance.ESTIMATED.value


def _tokens_of_all(views: Sequence[ServiceView], sums: Sums, now: datetime) -> Spending:
    """Logs of this machine may be in what a vendor counts: beside one that counts they are left out."""
    found = Spending(None)
    telling = [v for v in once_per_bill(views) if sums.get(v.service.id, DaySums()).counts_tokens]
    vendors = [view for view in telling if not _is_estimate(view)]
    for view in vendors or telling:
        today = local_day(now, view.month.timezone)
        found.series.append(series_of(view.service.name, sums[view.service.id], "tokens", today))
    for view in telling if vendors else ():
        if view not in vendors:
            names = " and ".join(dict.fromkeys(other.service.name for other in vendors))
            found.notes.append(
                f"Tokens of {view.service.name} are left out: they may be in those of {names}."
            )
    return found


def _add_price(found: Spending, view: ServiceView, others: dict[str, list[str]] | None = None) -> None:
    price = view.billing.price
    if price.value is None:
        return
    if price.value.currency != found.currency:
        if others is None:
            found.notes.append(f"The price of {view.service.name} is in {price.value.currency} and left out.")
        else:
            others.setdefault(price.value.currency, []).append(view.service.name)
        return
    amount = monthly_share(price.value.amount, view.billing.cycle)
    found.fixed.append(
        FixedPart(amount=amount, currency=price.value.currency, provenance=price.provenance.value)
    )


def _nothing_fresh(found: Spending, old: Sequence[Series], first: date, last: date) -> str:
    if old:
        told = coming(max(old, key=lambda part: part.as_of or date.min), first, last)
        return told.reason if isinstance(told, NoForecast) else ""
    if found.flat is not None:
        return NO_DAYS
    if found.fixed:
        return ONLY_PRICES
    told = coming(Series("", last), first, last)
    return told.reason if isinstance(told, NoForecast) else ""


def _is_estimate(view: ServiceView) -> bool:
    if view.snapshot is not None:
        return view.snapshot.cost_provenance is Provenance.ESTIMATED
    return view.month.cost.provenance is Provenance.ESTIMATED


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

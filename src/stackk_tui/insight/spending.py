"""What a budget is about has spent: which services count, each dollar once, and what to say of the sum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from stackk_tui.insight.days import local_day, short_day
from stackk_tui.insight.series import (
    MeasureOf,
    Series,
    coming,
    lifted,
    series_of,
    spent,
    split_old,
    summed,
)
from stackk_tui.insight.summary import counted, monthly_share, once_per_bill
from stackk_tui.model.currency import CurrencyChoice
from stackk_tui.model.figure import Provenance
from stackk_tui.model.forecast import FixedPart, Forecast, NoForecast
from stackk_tui.model.series import DaySums
from stackk_tui.model.view import ServiceView

EVERYTHING = "everything"
ONLY_PRICES = "It is a price: use does not change it."
NO_DAYS = "It tells no days, so there is nothing to forecast from."
NOT_KNOWN = "no source tells its cost yet."
NOT_PERMITTED = "its cost is not permitted with this sign-in."
LEFT_OUT = "What {name} costs in {currency} is left out."
NO_RATES = CurrencyChoice()
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
    choice: CurrencyChoice = NO_RATES
    """The rates that a person typed."""

    def rate(self, currency: str) -> Decimal | None:
        """Gives what to multiply an amount by; None where it cannot be told. What was converted is said."""
        if currency == self.currency:
            return Decimal(1)
        rate = self.choice.rate_of(currency)
        if rate is None or self.choice.problem or rate.to != self.currency:
            return None
        self.notes.append(f"{currency} is converted by your rate {rate.rate} of {short_day(rate.as_of)}.")
        self.estimated = True
        return rate.rate


def spending_of_service(
    view: ServiceView,
    sums: DaySums,
    measure: MeasureOf,
    currency: str | None,
    now: datetime,
    *,
    choice: CurrencyChoice = NO_RATES,
) -> Spending:
    """Gives one service's money (measured, else estimated, else its price) or tokens."""
    name, today = view.service.name, local_day(now, view.month.timezone)
    if measure == "tokens":
        return Spending(None, [series_of(name, sums, "tokens", today)])
    found = Spending(currency, choice=choice)
    cost = view.month.cost
    if sums.cost_days:
        rate = found.rate(sums.currency) if sums.costs else Decimal(1)
        if rate is None:
            found.notes.append(LEFT_OUT.format(name=name, currency=sums.currency))
            return found
        found.series.append(series_of(name, _times(sums, rate), "cost", today))
        if _is_estimate(view):
            found.estimated = True
            found.notes.append(VALUE_NOT_MONEY.format(name=name))
        return found
    if cost.value is not None:
        rate = found.rate(cost.value.currency)
        if rate is None:
            found.notes.append(LEFT_OUT.format(name=name, currency=cost.value.currency))
            return found
        found.flat = cost.value.amount * rate
        found.estimated |= _is_estimate(view)
        found.notes.append(NO_DAYS)
        return found
    _add_price(found, view)
    if not found.fixed and not found.notes:
        refused = cost.provenance is Provenance.NOT_PERMITTED
        found.notes.append(f"{name}: {NOT_PERMITTED if refused else NOT_KNOWN}")
    return found


def spending_of_all(
    views: Sequence[ServiceView],
    sums: Sums,
    measure: MeasureOf,
    currency: str | None,
    now: datetime,
    *,
    choice: CurrencyChoice = NO_RATES,
) -> Spending:
    """Gives the money or tokens of several services, each dollar and each token once (DESIGN §2)."""
    if measure == "tokens":
        return _tokens_of_all(views, sums, now)
    found, chosen = Spending(currency, choice=choice), counted(views, now.date())
    others: dict[str, list[str]] = {}
    for view in chosen.measured:
        money, mine = view.month.cost.value, sums.get(view.service.id, DaySums())
        assert money is not None
        rate = found.rate(money.currency)
        if rate is None:
            others.setdefault(money.currency, []).append(view.service.name)
        elif mine.cost_days:
            today = local_day(now, view.month.timezone)
            found.series.append(series_of(view.service.name, _times(mine, rate), "cost", today))
        else:
            found.flat = (found.flat or Decimal(0)) + money.amount * rate
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
    rate = found.rate(price.value.currency)
    if rate is None:
        if others is None:
            found.notes.append(f"The price of {view.service.name} is in {price.value.currency} and left out.")
        else:
            others.setdefault(price.value.currency, []).append(view.service.name)
        return
    amount = monthly_share(price.value.amount, view.billing.cycle)
    if price.value.currency != found.currency:
        amount = round(amount * rate, 2)
    found.fixed.append(
        FixedPart(
            amount=amount,
            currency=found.currency or price.value.currency,
            provenance=price.provenance.value,
        )
    )


def _times(sums: DaySums, rate: Decimal) -> DaySums:
    return sums if rate == 1 else replace(sums, costs={day: a * rate for day, a in sums.costs.items()})


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

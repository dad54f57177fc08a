"""What each day of a year cost: measured money, each bill once, as the dashboard's total counts it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from stackk_tui.insight.days import local_day, span
from stackk_tui.insight.heat import first_day
from stackk_tui.insight.summary import bill_of, once_per_bill
from stackk_tui.model.currency import CurrencyChoice, Rate
from stackk_tui.model.figure import Provenance
from stackk_tui.model.series import DaySums
from stackk_tui.model.service import Status
from stackk_tui.model.spent import SpentDay, SpentPart, SpentService, SpentYear
from stackk_tui.model.view import ServiceView

YEAR = timedelta(weeks=52)
"""How far a year before is: one week of each is the other's, too."""
ESTIMATES = "What logs of this machine are worth by API is no money spent, and not in it."
PRICES = "Prices of plans and subscriptions have no days, and are not in it."

Sums = Mapping[str, DaySums]
"""What vendors reported as billed, by service id; nothing that was estimated."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A service with its days, and what to multiply them by; None: it has no rate to the currency shown."""

    view: ServiceView
    sums: DaySums
    factor: Decimal | None

    def part(self, day: date) -> SpentPart:
        known = day in self.sums.cost_days
        amount = self.sums.costs.get(day, Decimal(0)) if known else None
        return SpentPart(
            service_id=self.view.service.id,
            name=self.view.service.name,
            currency=self.sums.currency,
            amount=amount,
            shown=None if amount is None or self.factor is None else amount * self.factor,
            final=day in self.sums.settled,
        )


def spent_year(
    views: Sequence[ServiceView],
    sums: Sums,
    now: datetime,
    *,
    back: int = 0,
    only: str | None = None,
    choice: CurrencyChoice,
) -> SpentYear:
    """Gives the days of all services, or of one; `back` says how many years before this one."""
    tracked = [view for view in views if view.status is not Status.DISCONNECTED]
    telling = [view for view in tracked if sums[view.service.id].cost_days]
    chosen = [view for view in telling if only in (None, view.service.id)]
    today = max((local_day(now, view.month.timezone) for view in chosen), default=now.date())
    last = today - back * YEAR
    days = span(first_day(last), last)
    currency = _currency_of([sums[view.service.id] for view in chosen], days, choice)
    gone = [view for view in views if view not in tracked and sums[view.service.id].cost_days]
    told = [_told(view, sums[view.service.id], currency, choice) for view in chosen]
    made = _days(days, told)
    return SpentYear(
        today=today,
        last=last,
        currency=currency,
        days=made,
        services=tuple(_service(view, sums[view.service.id]) for view in telling),
        service_id=only,
        rates=_rates_of(made.values(), currency, choice),
        notes=tuple(_notes([*tracked, *gone], chosen, made.values(), currency, choice, only=only)),
    )


def _days(days: Sequence[date], told: Sequence[_Told]) -> dict[date, SpentDay]:
    """Gives of each day who counts on it: one of those who know it for each bill, and who of the others is
    missing. Most days are known of the same services."""
    by_id = {one.view.service.id: one for one in told}
    whole = once_per_bill(one.view for one in told)
    counting: dict[tuple[str, ...], list[ServiceView]] = {}
    made = {}
    for day in days:
        ids = tuple(own for own, one in by_id.items() if day in one.sums.cost_days)
        if not ids:
            continue
        if ids not in counting:
            knowing = once_per_bill(by_id[own].view for own in ids)
            counting[ids] = [*knowing, *(view for view in whole if view.service.id not in ids)]
        made[day] = _day(day, [by_id[view.service.id] for view in counting[ids]])
    return made


def _day(day: date, told: Sequence[_Told]) -> SpentDay:
    parts = [one.part(day) for one in told]
    parts.sort(key=lambda part: (part.amount is None, part.shown is None, -(part.shown or 0), part.name))
    shown = [part.shown for part in parts if part.shown is not None]
    return SpentDay(day, tuple(parts), sum(shown, Decimal(0)) if shown else None)


def _currency_of(found: Sequence[DaySums], days: Sequence[date], choice: CurrencyChoice) -> str:
    """Gives the currency that was chosen where anything can be told in it, else that of most of the money."""
    there = {sums.currency for sums in found if sums.costs}
    if choice.show and not choice.problem and any(_factor(one, choice.show, choice) for one in there):
        return choice.show
    weights: dict[str, Decimal] = {}
    for sums in found:
        amount = sum((sums.costs.get(day, Decimal(0)) for day in days), Decimal(0))
        weights[sums.currency] = weights.get(sums.currency, Decimal(0)) + amount
    return max(sorted(weights), key=lambda code: weights[code], default="USD")


def _factor(currency: str, shown: str, choice: CurrencyChoice) -> Decimal | None:
    if currency == shown:
        return Decimal(1)
    rate = None if choice.problem or choice.show != shown else choice.rate_of(currency)
    return rate.rate if rate else None


def _told(view: ServiceView, sums: DaySums, currency: str, choice: CurrencyChoice) -> _Told:
    # days without any cost are zeros in every currency
    return _Told(view, sums, _factor(sums.currency, currency, choice) if sums.costs else Decimal(1))


def _service(view: ServiceView, sums: DaySums) -> SpentService:
    return SpentService(view.service.id, view.service.name, min(sums.cost_days), max(sums.cost_days))


def _rates_of(days: Iterable[SpentDay], currency: str, choice: CurrencyChoice) -> tuple[Rate, ...]:
    used = {part.currency for day in days for part in day.parts if part.amount and part.shown is not None} - {
        currency
    }
    return tuple(rate for code in sorted(used) if (rate := choice.rate_of(code)) is not None)


def _notes(
    views: Sequence[ServiceView],
    chosen: Sequence[ServiceView],
    days: Collection[SpentDay],
    currency: str,
    choice: CurrencyChoice,
    *,
    only: str | None,
) -> list[str]:
    notes = []
    beside = sorted({part.currency for day in days for part in day.beside})
    if beside:
        be = "is" if len(beside) == 1 else "are"
        notes.append(f"{' and '.join(beside)} {be} left out of the sums: there is no rate to {currency}.")
    if choice.problem:
        notes.append(choice.problem)
    elif choice.show not in ("", currency) and any(day.amount for day in days):
        notes.append(f"There is no rate from {currency} to {choice.show}: it stays in {currency}.")
    if only is not None:
        return notes
    bills = {bill_of(view) for view in chosen}
    others = [view for view in views if view not in chosen and bill_of(view) not in bills]
    tracked = [view for view in others if view.status is not Status.DISCONNECTED]
    for view in tracked:
        cost = view.month.cost
        if cost.value is not None and cost.provenance is Provenance.MEASURED:
            notes.append(f"{view.service.name} tells what the month cost, but no days: it is not in it.")
    gone = dict.fromkeys(view.service.name for view in others if view.status is Status.DISCONNECTED)
    if gone:
        be = "is disconnected: it is" if len(gone) == 1 else "are disconnected: they are"
        notes.append(f"{', '.join(gone)} {be} not in it, as in the total.")
    if any(view.month.cost.provenance is Provenance.ESTIMATED for view in tracked):
        notes.append(ESTIMATES)
    if any(view.billing.price.value is not None for view in tracked):
        notes.append(PRICES)
    return notes

"""A service's days of one measure, several of them summed, and what is to come of them.

The last day that was read is a part of a day unless it is settled: everything before it is whole. A sum of
series is known as far as all of them are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from stackk_tui.insight.days import short_day
from stackk_tui.insight.forecast import FEWEST_DAYS, forecast
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.model.series import DaySums

MeasureOf = Literal["cost", "tokens"]

OLD = timedelta(days=3)
"""Nothing is forecast from what was last read longer ago."""
_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Series:
    """`amounts` has every whole day that is known, zeros too. `as_of` is the first one that is not; what is
    known of it, and of days after it in a sum, is in `so_far`. None: nothing is known."""

    name: str
    today: date
    amounts: Mapping[date, Decimal] = field(default_factory=dict)
    as_of: date | None = None
    so_far: Decimal = Decimal(0)
    is_begun: bool = False
    """Whether anything of `as_of` was read."""
    unpriced: Mapping[date, int] = field(default_factory=dict)

    @property
    def is_old(self) -> bool:
        return self.as_of is None or self.today - self.as_of > OLD


def series_of(name: str, sums: DaySums, measure: MeasureOf, today: date) -> Series:
    """Gives a service's days of money or tokens; days after `today` are not looked at."""
    known = {day for day in (sums.cost_days if measure == "cost" else sums.token_days) if day <= today}
    if not known or (measure == "tokens" and not sums.counts_tokens):
        return Series(name, today)
    latest = max(known)
    whole = latest < today and latest in sums.settled
    as_of = latest + _ONE if whole else latest
    found: Mapping[date, Decimal | int] = sums.costs if measure == "cost" else sums.tokens
    amounts = {day: Decimal(found.get(day, 0)) for day in known}
    so_far = amounts.pop(as_of, Decimal(0))
    unpriced = sums.unpriced if measure == "cost" else {}
    return Series(name, today, amounts, as_of, so_far, is_begun=not whole, unpriced=unpriced)


def summed(parts: Sequence[Series], today: date, name: str = "") -> Series:
    """Gives the sum of series that are not old. A day before a series begins counts as nothing of it."""
    begun = [(part, min([part.as_of, *part.amounts])) for part in parts if part.as_of is not None]
    if not begun:
        return Series(name, today)
    as_of = min(part.as_of for part, _ in begun if part.as_of is not None)
    amounts: dict[date, Decimal] = {}
    for day in sorted({day for part, _ in begun for day in part.amounts if day < as_of}):
        if all(day in part.amounts or day < first for part, first in begun):
            amounts[day] = sum((part.amounts.get(day, Decimal(0)) for part, _ in begun), Decimal(0))
    so_far = sum(
        (
            part.so_far + sum((a for day, a in part.amounts.items() if day >= as_of), Decimal(0))
            for part, _ in begun
        ),
        Decimal(0),
    )
    return Series(name, today, amounts, as_of, so_far, is_begun=any(part.is_begun for part, _ in begun))


def spent(series: Series, first: date, last: date) -> Decimal | None:
    """Gives what is known of a period; None when no day of it is known."""
    days = [amount for day, amount in series.amounts.items() if first <= day <= last]
    begun = series.as_of is not None and series.is_begun and first <= series.as_of <= last
    if not days and not begun:
        return None
    return sum(days, series.so_far if begun else Decimal(0))


def unknown_days(series: Series, first: date) -> int:
    """Gives how many days of a period were never read, up to the last one that was."""
    if series.as_of is None:
        return 0
    days = max(0, (series.as_of - first).days)
    return sum(first + timedelta(days=n) not in series.amounts for n in range(days))


def coming(series: Series, first: date, last: date) -> Forecast | NoForecast:
    """Forecasts a period around the series' today from what is known; nothing is said from old figures."""
    if series.as_of is None:
        return NoForecast(reason=f"No whole day is known yet; a forecast needs {FEWEST_DAYS}.")
    if series.is_old:
        return NoForecast(
            reason=f"It was last read on {short_day(series.as_of)}: too long ago for a forecast."
        )
    begun = series.as_of >= first
    return forecast(
        {day: float(amount) for day, amount in series.amounts.items()},
        series.as_of if begun else first,
        first,
        last,
        float(series.so_far) if begun else 0.0,
    )


def lifted(told: Forecast, amount: Decimal) -> Forecast:
    """Gives the forecast with money on top that is spent already, of which nothing more is expected."""
    up = {name: getattr(told, name) + amount for name in ("so_far", "expected", "low", "high")}
    return told.model_copy(update=up) if amount else told


def split_old(parts: Iterable[Series]) -> tuple[list[Series], list[Series]]:
    """Gives the series a sum can be forecast from, and those that were read too long ago."""
    fresh: list[Series] = []
    old: list[Series] = []
    for part in parts:
        if part.as_of is not None:
            (old if part.is_old else fresh).append(part)
    return fresh, old

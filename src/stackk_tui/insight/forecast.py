"""What the rest of a month will bring: its weekdays, the last weeks' trend, and the method's own errors.

Each coming day is the recent level, times what its weekday usually is, times the trend. The band is as wide
as the same method has been wrong on the weeks before (`benchmarks/backtest.py` measures error and cover).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from stackk_tui.model.forecast import Forecast, ForecastDay, NoForecast

FEWEST_DAYS = 7
"""Known whole days under which nothing is said."""
REMEMBERED = timedelta(days=70)
_WEEKDAYS_FROM = 56
_HALF_LIFE = 7.0
_LAG = 9.0  # how old the recent level is on the whole, in days
_SHRINK = 4.0  # weeks of "every weekday is the same" that the weekdays have to talk us out of
_STEEPEST = 0.03  # a day
_DOUBT = 6.0
_FADE = 0.985
_WIDE = 1.28  # four of five of a normal distribution
_GROWS = 0.75  # errors of days to come are neither one error nor all their own
_NOTHING = 1e-9

Known = Sequence[tuple[date, float]]


@dataclass(frozen=True, slots=True)
class _Fit:
    level: float
    weekdays: tuple[float, ...]
    slope: float = 0.0
    """The logarithm of the growth a day."""
    doubt: float = 0.0
    """The slope's own error."""
    stopped: bool = False

    def at(self, day: date, ahead: int) -> float:
        """Gives the amount of a day; `ahead` 0 is the first one that is not known."""
        if self.stopped:
            return 0.0
        grown = self.slope * (1 - _FADE ** (ahead + 1)) / (1 - _FADE)
        return self.level * self.weekdays[day.weekday()] * math.exp(grown)


def forecast(
    amounts: Mapping[date, float], today: date, first: date, last: date, today_so_far: float = 0.0
) -> Forecast | NoForecast:
    """Forecasts the period `first` to `last`, both inclusive; `today` lies in it.

    `amounts` are whole known days, zeros included; days from today on are not looked at.
    """
    known = [(day, amounts[day]) for day in sorted(amounts) if today - REMEMBERED <= day < today]
    if len(known) < FEWEST_DAYS:
        return NoForecast(reason=_too_few(len(known)))
    fit = _fit(known, today)
    ahead = [today + timedelta(days=n) for n in range((last - today).days + 1)]
    points = [fit.at(day, n) for n, day in enumerate(ahead)]
    points[0] = max(points[0], today_so_far)
    passed = sum(amount for day, amount in amounts.items() if first <= day < today)
    wrong, block = _own_errors(known, min(len(ahead), 7))
    rest = sum(points)
    off = math.hypot(
        wrong * (len(ahead) / block) ** _GROWS,
        rest * fit.doubt * len(ahead) / 2,
    )
    a_day = wrong / math.sqrt(block)
    return Forecast(
        first=first,
        last=last,
        through=known[-1][0],
        so_far=_exact(passed + today_so_far),
        expected=_exact(passed + rest),
        low=_exact(passed + max(today_so_far, rest - _WIDE * off)),
        high=_exact(passed + rest + _WIDE * off),
        basis=_basis(fit, known, len(known)),
        days=tuple(
            ForecastDay(
                day=day,
                expected=_exact(point),
                low=_exact(max(0.0, point - _WIDE * a_day)),
                high=_exact(point + _WIDE * a_day),
            )
            for day, point in zip(ahead, points, strict=True)
        ),
    )


def _fit(known: Known, start: date) -> _Fit:
    """Fits what is known before `start`, the first day to come."""
    weekdays = _weekdays(known, start)
    if _has_stopped(known):
        return _Fit(0.0, weekdays, stopped=True)
    level = _level(known, weekdays, start)
    slope, doubt = _trend(known, weekdays, start)
    return _Fit(level * math.exp(slope * _LAG), weekdays, slope, doubt)


def _weekdays(known: Known, start: date) -> tuple[float, ...]:
    """Gives each weekday's share of an average day, drawn to 1 while few of them are known."""
    sums, counts = [0.0] * 7, [0] * 7
    for day, amount in known:
        if (start - day).days <= _WEEKDAYS_FROM:
            sums[day.weekday()] += amount
            counts[day.weekday()] += 1
    mean = sum(sums) / max(1, sum(counts))
    if mean <= _NOTHING:
        return (1.0,) * 7
    drawn = [(total / mean + _SHRINK) / (n + _SHRINK) for total, n in zip(sums, counts, strict=True)]
    scale = sum(drawn) / 7
    return tuple(share / scale for share in drawn)


def _level(known: Known, weekdays: Sequence[float], start: date) -> float:
    """Gives what an average day is now; a week ago counts half of today."""
    amounts = shares = 0.0
    for day, amount in known:
        weight = 0.5 ** ((start - day).days / _HALF_LIFE)
        amounts += weight * amount
        shares += weight * weekdays[day.weekday()]
    return amounts / shares if shares else 0.0


def _trend(known: Known, weekdays: Sequence[float], start: date) -> tuple[float, float]:
    """Gives the growth a day and its error, from whole weeks; the less they agree, the nearer to none."""
    weeks: dict[int, list[float]] = {}
    for day, amount in known:
        week = weeks.setdefault(((start - day).days - 1) // 7, [0.0, 0.0, 0.0])
        week[0] += amount
        week[1] += weekdays[day.weekday()]
        week[2] += 1
    whole = [week for _, week in sorted(weeks.items(), reverse=True) if week[2] == 7]
    if len(whole) < 4 or any(week[0] <= _NOTHING for week in whole):
        return 0.0, 0.0
    logs = [math.log(week[0] / week[1]) for week in whole]
    n, middle = len(logs), (len(logs) - 1) / 2
    slopes = sorted((logs[j] - logs[i]) / (j - i) for i in range(n) for j in range(i + 1, n))
    slope = slopes[len(slopes) // 2]  # of all pairs the middle one: a wild week does not turn it
    mean = sum(logs) / n
    misses = sum((y - mean - slope * (x - middle)) ** 2 for x, y in enumerate(logs))
    error = math.sqrt(misses / (n - 2) / sum((x - middle) ** 2 for x in range(n)))
    sure = (slope / error) ** 2 if error > _NOTHING else math.inf
    trust = 1.0 if math.isinf(sure) else sure / (sure + _DOUBT)
    a_day = max(-_STEEPEST, min(_STEEPEST, slope / 7))
    return a_day * trust, min(error / 7, _STEEPEST) * math.sqrt(trust)


def _has_stopped(known: Known) -> bool:
    """Whether it has been nothing for longer than its own days of nothing make likely."""
    quiet = 0
    for _, amount in reversed(known):
        if amount > _NOTHING:
            break
        quiet += 1
    before = known[: len(known) - quiet]
    nothing = sum(amount <= _NOTHING for _, amount in before)
    return quiet > 0 and ((nothing + 0.5) / (len(before) + 1)) ** quiet < 0.02


def _own_errors(known: Known, block: int) -> tuple[float, int]:
    """Gives how wrong the method was on blocks of days it did not know, as one deviation, and the block."""
    errors = []
    end = len(known) - block
    while end >= max(FEWEST_DAYS, len(known) - 49):
        past, coming = known[:end], known[end : end + block]
        if (coming[-1][0] - past[-1][0]).days == block:  # no unknown day between
            fit = _fit(past, coming[0][0])
            errors.append(sum(amount - fit.at(day, n) for n, (day, amount) in enumerate(coming)))
        end -= max(1, block // 2)
    if len(errors) >= 3:
        return math.sqrt(sum(e * e for e in errors) / len(errors)) * (1 + 1 / len(errors)), block
    amounts = [amount for _, amount in known]
    mean = sum(amounts) / len(amounts)
    spread = math.sqrt(sum((a - mean) ** 2 for a in amounts) / (len(amounts) - 1))
    return spread * math.sqrt(block) * 1.5, block


def _basis(fit: _Fit, known: Known, days: int) -> str:
    if fit.stopped:
        return f"there has been nothing for {_quiet_days(known)} days, which is unlike it"
    pace = "this week's pace"
    if abs(fit.slope) >= 0.004:
        pace += f", {'growing' if fit.slope > 0 else 'falling'} {abs(math.expm1(fit.slope * 7)):.0%} a week"
    weeks = min(days, _WEEKDAYS_FROM) // 7
    return (
        f"its {days} known days and {pace}" if weeks < 3 else f"its last {weeks} weeks by weekday and {pace}"
    )


def _quiet_days(known: Known) -> int:
    return next((n for n, (_, amount) in enumerate(reversed(known)) if amount > _NOTHING), len(known))


def _too_few(days: int) -> str:
    told = (
        "No whole day is known yet"
        if not days
        else f"Only {days} whole {'day is' if days == 1 else 'days are'} known"
    )
    return f"{told}; a forecast needs {FEWEST_DAYS}."


def _exact(amount: float) -> Decimal:
    return Decimal(str(round(amount, 6)))

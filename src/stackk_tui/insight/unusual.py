"""Which days, hours and windows stand out, each against slots like it; `anomaly.py` says how far is far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stackk_tui.insight.anomaly import FEWEST, Parts, causes_of, is_rare, unusual
from stackk_tui.insight.pace import SAME_RESET
from stackk_tui.model.anomaly import Anomaly
from stackk_tui.model.snapshot import LimitSample

COMPARED = timedelta(days=28)
WEEKLY = timedelta(days=6)
"""A window at least this long is a week's."""
RISE = 0.25
WITHIN = timedelta(hours=6)
_A_HALF_PERCENT = 0.005  # vendors give whole ones
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Found:
    """`against` says what it was compared with, `others` which slots those are (their starts)."""

    anomaly: Anomaly
    end: datetime
    against: str
    others: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Days:
    """A service's days: the known ones, and of each its parts by kind and name."""

    amounts: Mapping[date, float]
    parts: Mapping[date, Parts] = field(default_factory=dict)
    timezone: str = "UTC"
    known: Mapping[str, frozenset[date]] = field(default_factory=dict)
    """Kinds of parts that are known of these days only."""


def unusual_days(days: Days, since: date) -> list[Found]:
    """Gives the days from `since` on that stand out among the days of their kind in the four weeks before."""
    found = []
    for day in sorted(day for day in days.amounts if day >= since):
        others, against = _days_like(day, days.amounts)
        earlier = [amount for each, amount in days.amounts.items() if each < day]
        if len(others) < FEWEST or not is_rare(days.amounts[day], earlier):
            continue
        month = [amount for each, amount in days.amounts.items() if day - COMPARED <= each < day]
        parts, usual_parts = _compared(day, others, days)
        told = unusual(
            midnight(day, days.timezone),
            "day",
            days.amounts[day],
            [days.amounts[other] for other in others],
            week=7 * sum(month) / len(month),
            parts=parts,
            usual_parts=usual_parts,
        )
        if told is not None:
            starts = tuple(midnight(other, days.timezone) for other in others)
            found.append(Found(told, midnight(day + _DAY, days.timezone), against, starts))
    return found


def unusual_hours(amounts: Mapping[datetime, float], since: datetime) -> list[Found]:
    """Gives the hours that stand out among the same hours of the four weeks before. `amounts` has the hours
    in which something was; every other one since the first is a true zero."""
    if not amounts:
        return []
    first = min(amounts)
    found = []
    for hour in sorted(hour for hour in amounts if hour >= since):
        others = [hour - _DAY * n for n in range(1, COMPARED.days + 1) if hour - _DAY * n >= first]
        days = min(COMPARED, hour - first) / _DAY
        earlier = [amount for each, amount in amounts.items() if each < hour]
        if len(others) < FEWEST or not is_rare(amounts[hour], earlier):
            continue
        before = sum(amount for each, amount in amounts.items() if hour - COMPARED <= each < hour)
        told = unusual(
            hour, "hour", amounts[hour], [amounts.get(other, 0.0) for other in others], week=7 * before / days
        )
        if told is not None:
            against = f"the same hour of the {len(others)} days before"
            found.append(Found(told, hour + _HOUR, against, tuple(others)))
    return found


def with_causes(
    found: Found, parts: Parts, others: Sequence[Parts], labels: Mapping[tuple[str, str], str]
) -> Found:
    """Gives the same with what was above the usual in it. `others`: the parts of the slots it is compared
    with; `labels`: what to call a part."""
    causes = tuple(
        cause.model_copy(update={"name": labels.get((cause.kind, cause.name), cause.name)})
        for cause in causes_of(parts, _usual(parts, others))
    )
    told = found.anomaly.model_copy(update={"causes": causes})
    return Found(told, found.end, found.against, found.others)


def rises(samples: Sequence[LimitSample], length: timedelta, since: datetime) -> list[Found]:
    """Gives each time that a quarter or more of a week's window went in six hours, by its steepest part."""
    run = sorted((sample for sample in samples if sample.resets_at is not None), key=lambda one: one.at)
    steepest: list[tuple[LimitSample, LimitSample]] = []
    begin = 0
    for place, last in enumerate(run):
        while last.at - run[begin].at > WITHIN:
            begin += 1
        same = [one for one in run[begin:place] if _same_window(one, last)]
        lowest = min(reversed(same), key=lambda one: one.used, default=None)
        if lowest is None or last.used - lowest.used < RISE or last.at < since:
            continue
        if steepest and lowest.at < steepest[-1][1].at:  # still the same rise
            if last.used - lowest.used > steepest[-1][1].used - steepest[-1][0].used + _A_HALF_PERCENT:
                steepest[-1] = (lowest, last)
            continue
        steepest.append((lowest, last))
    even = WITHIN / length
    return [
        Found(
            Anomaly(
                start=low.at,
                slot="window",
                amount=_exact(high.used - low.used),
                usual=_exact(even),
                compared=0,
            ),
            high.at,
            "an even spend of the window",
        )
        for low, high in steepest
    ]


def midnight(day: date, timezone: str) -> datetime:
    """Gives a day's first moment in a zone; UTC where the zone is unknown here."""
    try:
        zone: ZoneInfo | None = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = None
    return datetime(day.year, day.month, day.day, tzinfo=zone or UTC)


def _days_like(day: date, amounts: Mapping[date, float]) -> tuple[list[date], str]:
    before = sorted(each for each in amounts if day - COMPARED <= each < day)
    weekend = day.weekday() >= 5
    alike = [each for each in before if (each.weekday() >= 5) == weekend]
    if len(alike) >= FEWEST:
        return alike, f"the {len(alike)} {'weekend days' if weekend else 'weekdays'} before"
    return before, f"the {len(before)} days before"


def _compared(day: date, others: Sequence[date], days: Days) -> tuple[Parts, Parts]:
    """Gives a day's parts and what is usual for them. A kind that is known of too few of these days says
    nothing: what nobody counted is no zero."""
    parts: dict[tuple[str, str], float] = {}
    usual: dict[tuple[str, str], float] = {}
    own = days.parts.get(day, {})
    for kind in dict.fromkeys(kind for kind, _ in own):
        known = days.known.get(kind)
        alike = [other for other in others if known is None or other in known]
        if known is not None and (day not in known or len(alike) < FEWEST):
            continue
        of_kind = {part: amount for part, amount in own.items() if part[0] == kind}
        parts.update(of_kind)
        usual.update(_usual(of_kind, [days.parts.get(other, {}) for other in alike]))
    return parts, usual


def _usual(parts: Parts, others: Sequence[Parts]) -> dict[tuple[str, str], float]:
    return {part: median([other.get(part, 0.0) for other in others]) for part in parts} if others else {}


def _same_window(one: LimitSample, other: LimitSample) -> bool:
    assert one.resets_at is not None
    assert other.resets_at is not None
    return abs(one.resets_at - other.resets_at) <= SAME_RESET


def _exact(share: float) -> Decimal:
    return Decimal(str(round(share, 6)))


def parts_of(rows: Iterable[tuple[tuple[str, str], float]]) -> dict[tuple[str, str], float]:
    """Gives the sums by kind and name."""
    found: dict[tuple[str, str], float] = {}
    for part, amount in rows:
        found[part] = found.get(part, 0.0) + amount
    return found

"""A year of days as a calendar of weeks, and how strong each day is among the others. Pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

WEEKS = 53
LEVELS = 4
"""Levels of a day with something in it; level 0 is a day with nothing."""

Kind = Literal["level", "unknown", "no-value", "outside"]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar.

    `unknown` is a day nobody has read (before the first log), which is no zero; `no-value` has usage whose
    value is not known (no price); `outside` is not a day of the calendar, e.g. tomorrow.
    """

    day: date
    kind: Kind
    level: int = 0
    """0 for nothing, then 1 to `LEVELS` by quarter of the days with something."""
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Weeks from Monday to Sunday, oldest first, the last one holding the last day."""

    weeks: tuple[tuple[Day, ...], ...]
    steps: tuple[Decimal, ...]
    """The least value of levels 2 and up; fewer where the days do not differ."""

    @property
    def days(self) -> list[Day]:
        """All days that are not outside, oldest first."""
        return [day for week in self.weeks for day in week if day.kind != "outside"]

    def at(self, day: date) -> Day | None:
        """Gives a day of the calendar, None for one outside."""
        first = self.weeks[0][0].day
        number = (day - first).days
        if not 0 <= number < 7 * len(self.weeks):
            return None
        found = self.weeks[number // 7][number % 7]
        return None if found.kind == "outside" else found


def monday(day: date) -> date:
    """Gives the first day of its week."""
    return day - timedelta(days=day.weekday())


def first_day(last: date, weeks: int = WEEKS) -> date:
    """Gives the first day of a calendar that ends with `last`."""
    return monday(last) - timedelta(weeks=weeks - 1)


def steps_of(values: Iterable[Decimal]) -> tuple[Decimal, ...]:
    """Gives the least values of levels 2, 3, …: quartiles of what is above zero, equal ones once."""
    ordered = sorted(value for value in values if value > 0)
    if not ordered:
        return ()
    cuts = {ordered[len(ordered) * part // LEVELS] for part in range(1, LEVELS)} - {ordered[0]}
    if not cuts and ordered[-1] > ordered[0]:
        cuts = {ordered[-1]}  # nearly all alike: at least the greatest stands out
    return tuple(sorted(cuts))


def level_of(value: Decimal, steps: tuple[Decimal, ...]) -> int:
    """Gives 0 for nothing, else 1 and one more for each step it reaches; the greatest days are always
    the last level."""
    if value <= 0:
        return 0
    reached = sum(value >= step for step in steps)
    return LEVELS - len(steps) + reached if steps else LEVELS


def calendar(
    values: Mapping[date, Decimal | None], last: date, *, known_from: date | None, weeks: int = WEEKS
) -> Calendar:
    """Gives the calendar that ends with the week of `last`.

    `values` has the days with usage; None stands for usage without a value. Days from `known_from` on that
    are not in it had none; earlier ones, or all if it is None, are unknown.
    """
    start = first_day(last, weeks)
    inside = {day: value for day, value in values.items() if start <= day <= last}
    steps = steps_of(value for value in inside.values() if value is not None)

    def of(day: date) -> Day:
        if day > last:
            return Day(day, "outside")
        if day in inside:
            value = inside[day]
            return Day(day, "no-value") if value is None else Day(day, "level", level_of(value, steps), value)
        if known_from is None or day < known_from:
            return Day(day, "unknown")
        return Day(day, "level", 0, Decimal(0))

    days = [start + timedelta(days=number) for number in range(7 * weeks)]
    rows = tuple(tuple(of(day) for day in days[at : at + 7]) for at in range(0, len(days), 7))
    return Calendar(rows, steps)


def month_labels(weeks: Iterable[tuple[Day, ...]]) -> list[tuple[int, date]]:
    """Gives the week in which each month's first day stands, and that day: labels stand over them."""
    found = []
    for number, week in enumerate(weeks):
        first = next((day.day for day in week if day.day.day == 1), None)
        if first is not None:
            found.append((number, first))
    return found

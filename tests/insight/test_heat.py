"""The calendar of a year: weeks from Monday, levels by quarter, and unknown days that are no zeros."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from stackk_tui.insight.heat import LEVELS, calendar, first_day, level_of, month_labels, steps_of

LAST = date(2026, 11, 22)  # a Sunday


def money(*numbers: float) -> list[Decimal]:
    return [Decimal(str(number)) for number in numbers]


def test_a_calendar_is_53_weeks_from_a_monday_to_the_week_of_the_last_day() -> None:
    made = calendar({}, LAST, known_from=None)
    assert len(made.weeks) == 53
    assert {len(week) for week in made.weeks} == {7}
    assert made.weeks[0][0].day.weekday() == 0
    assert made.weeks[-1][-1].day == LAST
    assert made.weeks[0][0].day == first_day(LAST)
    assert len(made.days) == 53 * 7
    # a year is always in it, wherever in the week today stands
    for offset in range(7):
        last = LAST + timedelta(days=offset)
        assert first_day(last) <= last - timedelta(days=364)


def test_days_after_the_last_one_are_outside() -> None:
    made = calendar({}, date(2026, 11, 18), known_from=None)  # a Wednesday
    assert [day.kind for day in made.weeks[-1]] == ["unknown"] * 3 + ["outside"] * 4
    assert made.at(date(2026, 11, 19)) is None
    assert made.at(date(2020, 1, 1)) is None
    assert made.days[-1].day == date(2026, 11, 18)


def test_days_before_the_first_log_are_unknown_and_quiet_days_since_are_zero() -> None:
    made = calendar({date(2026, 11, 10): Decimal(3)}, LAST, known_from=date(2026, 11, 9))
    assert made.at(date(2026, 11, 8)).kind == "unknown"
    assert made.at(date(2026, 11, 8)).value is None
    assert (made.at(date(2026, 11, 9)).kind, made.at(date(2026, 11, 9)).level) == ("level", 0)
    assert made.at(date(2026, 11, 10)).level == LEVELS


def test_usage_without_a_price_is_neither_zero_nor_unknown() -> None:
    made = calendar({date(2026, 11, 10): None}, LAST, known_from=date(2026, 11, 1))
    assert made.at(date(2026, 11, 10)).kind == "no-value"


def test_levels_are_quarters_of_the_days_with_something() -> None:
    values = money(*range(1, 101))
    steps = steps_of([*values, *money(0, 0, 0)])
    counted = [level_of(value, steps) for value in values]
    assert [counted.count(level) for level in range(1, 5)] == [25, 25, 25, 25]
    assert counted == sorted(counted)
    assert level_of(Decimal(0), steps) == 0


def test_one_giant_day_does_not_make_the_others_pale() -> None:
    steps = steps_of(money(1, 2, 3, 4, 5, 6, 7, 10_000))
    assert [level_of(value, steps) for value in money(1, 3, 5, 7, 10_000)] == [1, 2, 3, 4, 4]


@pytest.mark.parametrize(
    ("values", "levels"), [((5,), [4]), ((5, 5, 5), [4, 4, 4]), ((1, 1, 1, 1, 1, 9), [3, 3, 3, 3, 3, 4])]
)
def test_days_that_do_not_differ_have_the_same_level_and_the_greatest_is_the_strongest(
    values: tuple[int, ...], levels: list[int]
) -> None:
    found = money(*values)
    assert [level_of(value, steps_of(found)) for value in found] == levels


def test_levels_never_fall_as_values_rise() -> None:
    for size in range(1, 12):
        values = money(*(n * n % 7 for n in range(size)))
        steps = steps_of(values)
        levels = [level_of(value, steps) for value in sorted(values)]
        assert levels == sorted(levels)
        assert all(0 <= level <= LEVELS for level in levels)


def test_months_are_named_over_the_week_of_their_first_day() -> None:
    made = calendar({}, LAST, known_from=None)
    labels = month_labels(made.weeks)
    assert len(labels) in (12, 13)
    for week, first in labels:
        assert first.day == 1
        assert first in {day.day for day in made.weeks[week]}

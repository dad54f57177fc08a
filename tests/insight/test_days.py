from datetime import UTC, date, datetime

import pytest

from stackk_tui.insight.days import calendar_month, local_day, next_occurrence, run_up_to, span


def test_a_month_has_all_its_days() -> None:
    month = calendar_month(date(2028, 2, 10))
    assert (month.first, month.last) == (date(2028, 2, 1), date(2028, 2, 29))


def test_the_same_moment_is_another_day_elsewhere() -> None:
    moment = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert local_day(moment, "UTC") == date(2026, 11, 22)
    assert local_day(moment, "Asia/Kolkata") == date(2026, 11, 23)
    assert local_day(moment, "No/Such_Zone") == date(2026, 11, 22)


def test_a_span_counts_calendar_days_over_a_change_of_clocks() -> None:
    assert len(span(date(2026, 10, 24), date(2026, 10, 26))) == 3


@pytest.mark.parametrize(
    ("anchor", "cycle", "today", "expected"),
    [
        (date(2026, 12, 3), "monthly", date(2026, 11, 22), date(2026, 12, 3)),
        (date(2026, 11, 22), "monthly", date(2026, 11, 22), date(2026, 11, 22)),
        (date(2026, 8, 3), "monthly", date(2026, 11, 22), date(2026, 12, 3)),
        (date(2026, 1, 31), "monthly", date(2027, 2, 1), date(2027, 2, 28)),
        (date(2026, 1, 31), "monthly", date(2027, 3, 1), date(2027, 3, 31)),
        (date(2026, 11, 30), "monthly", date(2026, 12, 31), date(2027, 1, 30)),
        (date(2024, 2, 29), "yearly", date(2026, 11, 22), date(2027, 2, 28)),
        (date(2025, 12, 24), "yearly", date(2026, 11, 22), date(2026, 12, 24)),
        (date(2026, 1, 5), None, date(2026, 11, 22), date(2026, 1, 5)),
    ],
)
def test_a_payment_day_moves_on_by_its_cycle(anchor, cycle, today, expected) -> None:
    assert next_occurrence(anchor, cycle, today) == expected


def test_a_gap_ends_the_run() -> None:
    days = [date(2026, 11, d) for d in (1, 2, 5, 6, 9)]
    assert run_up_to(days, date(2026, 11, 7)) == (date(2026, 11, 5), date(2026, 11, 6))
    assert run_up_to([], date(2026, 11, 7)) is None

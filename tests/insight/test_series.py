"""A service's days: what is whole, what is known of a period, and what a sum of several knows."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from stackk_tui.insight.series import coming, lifted, series_of, spent, split_old, summed, unknown_days
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.model.series import DaySums

TODAY = date(2026, 11, 16)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def sums(amount: int = 10, *, newest: int = 0, days: int = 60, settled: bool = False) -> DaySums:
    known = frozenset(ago(n) for n in range(newest, newest + days))
    return DaySums(
        costs=dict.fromkeys(known, Decimal(amount)),
        cost_days=known,
        settled=known if settled else frozenset(ago(n) for n in range(newest + 2, newest + days)),
    )


def test_today_is_a_part_of_a_day() -> None:
    series = series_of("A", sums(), "cost", TODAY)
    assert series.as_of == TODAY
    assert series.so_far == 10
    assert TODAY not in series.amounts
    assert spent(series, FIRST, LAST) == 160


def test_the_last_day_that_was_read_is_a_part_unless_it_is_settled() -> None:
    assert series_of("A", sums(newest=2), "cost", TODAY).as_of == ago(2)
    settled = series_of("A", sums(newest=2, settled=True), "cost", TODAY)
    assert (settled.as_of, settled.so_far, settled.amounts[ago(2)]) == (ago(1), 0, 10)


def test_a_known_day_without_cost_is_a_true_zero() -> None:
    series = series_of("A", DaySums(cost_days=frozenset({ago(1), ago(2)})), "cost", TODAY)
    assert spent(series, FIRST, LAST) == 0


def test_a_period_of_which_nothing_was_read_is_unknown_not_zero() -> None:
    assert spent(series_of("A", sums(newest=20), "cost", TODAY), FIRST, LAST) is None
    assert spent(series_of("A", DaySums(), "cost", TODAY), FIRST, LAST) is None


def test_a_settled_month_before_says_nothing_of_the_first_day_of_this_one() -> None:
    first = date(2026, 12, 1)
    known = frozenset(first - timedelta(days=n) for n in range(1, 40))
    before = DaySums(costs=dict.fromkeys(known, Decimal(3)), cost_days=known, settled=known)
    assert spent(series_of("A", before, "cost", first), first, date(2026, 12, 31)) is None


def test_a_source_of_requests_has_no_tokens_to_tell() -> None:
    assert series_of("A", DaySums(token_days=frozenset({ago(1)})), "tokens", TODAY).as_of is None


def test_gaps_are_counted() -> None:
    told = sums()
    holes = DaySums(costs=told.costs, cost_days=told.cost_days - {ago(3), ago(5)})
    assert unknown_days(series_of("A", holes, "cost", TODAY), FIRST) == 2


def test_a_forecast_of_ten_a_day() -> None:
    told = coming(series_of("A", sums(), "cost", TODAY), FIRST, LAST)
    assert isinstance(told, Forecast)
    assert told.expected == pytest.approx(300, rel=0.02)
    assert told.through == ago(1)


def test_a_forecast_begins_where_the_figures_end() -> None:
    told = coming(series_of("A", sums(newest=2), "cost", TODAY), FIRST, LAST)
    assert isinstance(told, Forecast)
    assert told.through == ago(3)
    assert told.so_far == 140
    assert told.expected == pytest.approx(300, rel=0.02)


def test_nothing_is_forecast_from_old_figures() -> None:
    told = coming(series_of("A", sums(newest=4), "cost", TODAY), FIRST, LAST)
    assert isinstance(told, NoForecast)
    assert "12 Nov" in told.reason


def test_a_sum_knows_a_day_when_all_of_it_do() -> None:
    one, other = series_of("A", sums(), "cost", TODAY), sums(5)
    holes = DaySums(costs=other.costs, cost_days=other.cost_days - {ago(3)})
    both = summed([one, series_of("B", holes, "cost", TODAY)], TODAY)
    assert ago(3) not in both.amounts
    assert both.amounts[ago(4)] == 15
    assert both.so_far == 15


def test_before_a_service_began_it_cost_nothing() -> None:
    both = summed(
        [series_of("A", sums(), "cost", TODAY), series_of("B", sums(5, days=8), "cost", TODAY)], TODAY
    )
    assert both.amounts[ago(7)] == 15
    assert both.amounts[ago(8)] == 10


def test_a_sum_loses_no_money_when_one_was_read_a_day_earlier() -> None:
    parts = [series_of("A", sums(), "cost", TODAY), series_of("B", sums(5, newest=1), "cost", TODAY)]
    both = summed(parts, TODAY)
    assert both.as_of == ago(1)
    whole = sum((spent(part, FIRST, LAST) or Decimal(0) for part in parts), Decimal(0))
    assert spent(both, FIRST, LAST) == whole == 160 + 75


def test_old_series_are_told_apart_and_unknown_ones_left_out() -> None:
    fresh = series_of("A", sums(), "cost", TODAY)
    old = series_of("B", sums(newest=9), "cost", TODAY)
    assert split_old([fresh, old, series_of("C", DaySums(), "cost", TODAY)]) == ([fresh], [old])


def test_lifting_moves_every_edge() -> None:
    told = coming(series_of("A", sums(), "cost", TODAY), FIRST, LAST)
    assert isinstance(told, Forecast)
    up = lifted(told, Decimal(7))
    assert (up.so_far - told.so_far, up.low - told.low, up.high - told.high) == (7, 7, 7)

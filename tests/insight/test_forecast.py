"""The forecast of a month's end: it beats guessing, knows how sure it is, and keeps quiet when it knows too little."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import mean

import pytest
from benchmarks.backtest import KINDS, Trial, backtest, series
from hypothesis import given, settings
from hypothesis import strategies as st

from stackk_tui.insight.forecast import FEWEST_DAYS, forecast
from stackk_tui.model.forecast import Forecast, NoForecast

FIRST, TODAY, LAST = date(2026, 11, 1), date(2026, 11, 16), date(2026, 11, 30)


def days_before(count: int, amount: float = 10.0) -> dict[date, float]:
    return {TODAY - timedelta(days=n): amount for n in range(1, count + 1)}


def said(amounts: dict[date, float], today_so_far: float = 0.0) -> Forecast:
    found = forecast(amounts, TODAY, FIRST, LAST, today_so_far)
    assert isinstance(found, Forecast), found
    return found


@pytest.fixture(scope="module")
def found() -> dict[str, list[Trial]]:
    return backtest(range(100, 112))  # others than those it was made with


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_nearer_than_the_run_rate_and_the_month_before(
    found: dict[str, list[Trial]], kind: str
) -> None:
    some = found[kind]
    ours = mean(trial.ours for trial in some)
    assert ours < mean(trial.run_rate for trial in some)
    last = [trial.last_month for trial in some if trial.last_month is not None]
    assert not last or ours < mean(last)


def test_four_of_five_months_end_inside_the_band(found: dict[str, list[Trial]]) -> None:
    everything = [trial.inside for some in found.values() for trial in some]
    assert 0.7 <= mean(everything) <= 0.9


@pytest.mark.parametrize("count", range(FEWEST_DAYS))
def test_too_few_days_are_said_and_not_guessed_from(count: int) -> None:
    declined = forecast(days_before(count), TODAY, FIRST, LAST, 5.0)
    assert isinstance(declined, NoForecast)
    assert declined.reason.endswith(f"a forecast needs {FEWEST_DAYS}.")
    assert (str(count) if count else "No whole day") in declined.reason
    assert ("day is" if count < 2 else "days are") in declined.reason


def test_the_same_every_day_is_known_to_the_cent() -> None:
    sure = said(days_before(60))
    assert sure.so_far == Decimal(150)
    assert sure.expected == pytest.approx(Decimal(300), abs=Decimal("0.01"))
    assert sure.low <= sure.expected <= sure.high
    assert sure.high - sure.low < Decimal("0.1")
    assert sure.basis == "its last 8 weeks by weekday and this week's pace"


def test_weekends_off_stay_off() -> None:
    worked = {day: 0.0 if day.weekday() > 4 else 10.0 for day in days_before(60)}
    coming = {day.day: day.expected for day in said(worked).days}
    assert coming[date(2026, 11, 21)] < 4 < 8 < coming[date(2026, 11, 20)]


def test_growth_goes_on_and_is_named() -> None:
    growing = {day: 10 * 1.02 ** -((TODAY - day).days) for day in days_before(60)}
    told = said(growing)
    assert told.days[-1].expected > told.days[0].expected
    assert "growing" in told.basis


def test_what_has_stopped_is_not_forecast_to_go_on() -> None:
    stopped = {day: 0.0 if (TODAY - day).days <= 6 else 10.0 for day in days_before(60)}
    told = said(stopped)
    assert told.expected == told.so_far == Decimal(90)
    assert told.basis.startswith("there has been nothing for 6 days")


def test_what_is_spent_today_is_never_taken_back() -> None:
    told = said(days_before(60), today_so_far=500.0)
    assert told.so_far == Decimal(650)
    assert told.low >= told.so_far


def test_days_that_are_not_known_are_no_zeros() -> None:
    gaps = {day: amount for day, amount in days_before(60).items() if (TODAY - day).days % 3}
    assert said(gaps).days[3].expected == pytest.approx(Decimal(10), abs=Decimal("0.1"))


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.integers(1, 90).map(lambda n: TODAY - timedelta(days=n)), st.floats(0, 1e9, allow_nan=False)
    ),
    st.floats(0, 1e9, allow_nan=False),
)
def test_whatever_was_spent_the_figures_are_in_order(amounts: dict[date, float], so_far: float) -> None:
    told = forecast(amounts, TODAY, FIRST, LAST, so_far)
    if isinstance(told, NoForecast):
        assert (
            len(amounts) < FEWEST_DAYS or all((TODAY - day).days > 60 for day in amounts) or len(amounts) < 30
        )
        return
    assert 0 <= told.so_far <= told.expected + Decimal("0.001")
    assert told.low <= told.expected <= told.high
    assert [day.day for day in told.days] == [TODAY + timedelta(days=n) for n in range(15)]
    assert all(0 <= day.low <= day.expected <= day.high for day in told.days)


def test_the_made_up_months_are_not_all_alike() -> None:
    totals = [sum(series(kind, 1).values()) for kind in KINDS]
    assert all(one != other for one, other in pairwise(totals))

"""A budget says how it stands, which thresholds are behind, and on which day it will be crossed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from stackk_tui.insight.budget import period_of, state_of
from stackk_tui.insight.forecast import forecast
from stackk_tui.model.budget import Budget, BudgetState
from stackk_tui.model.forecast import Forecast, NoForecast

TODAY = date(2026, 11, 16)


def budget(amount: str, **how: object) -> Budget:
    return Budget.model_validate(
        {
            "id": "bud_1",
            "scope": "total",
            "amount": amount,
            "created_at": datetime(2026, 1, 1, tzinfo=UTC),
            **how,
        }
    )


def ten_a_day() -> Forecast:
    known = {TODAY - timedelta(days=n): 10.0 for n in range(1, 61)}
    found = forecast(known, TODAY, date(2026, 11, 1), date(2026, 11, 30))
    assert isinstance(found, Forecast)
    return found


def state(amount: str, spent: str | None = "150", **how: object) -> BudgetState:
    return state_of(
        budget(amount),
        "everything",
        TODAY,
        None if spent is None else Decimal(spent),
        coming=ten_a_day(),
        **how,
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "crossed"),
    [("400", ()), ("300", (50,)), ("180", (50, 80)), ("150", (50, 80, 100)), ("10", (50, 80, 100))],
)
def test_thresholds_that_are_behind(amount: str, crossed: tuple[int, ...]) -> None:
    assert state(amount).crossed == crossed


def test_the_day_on_which_it_will_be_crossed() -> None:
    assert state("200").will_cross == date(2026, 11, 20)
    assert state("299").will_cross == date(2026, 11, 30)
    assert state("301").will_cross is None


def test_a_fixed_price_brings_the_day_nearer() -> None:
    assert state("301", fixed=Decimal(20), spent="170").will_cross == date(2026, 11, 29)


def test_what_is_crossed_will_not_cross_again() -> None:
    told = state("140")
    assert told.will_cross is None
    assert told.share == pytest.approx(150 / 140)
    assert told.left == Decimal(-10)


def test_the_bands_edge_warns_earlier_than_the_forecast() -> None:
    wild = {TODAY - timedelta(days=n): 30.0 if n % 3 == 0 else 0.01 for n in range(1, 61)}
    coming = forecast(wild, TODAY, date(2026, 11, 1), date(2026, 11, 30))
    assert isinstance(coming, Forecast)
    told = state_of(budget(str(coming.expected + 1)), "x", TODAY, coming.so_far, coming=coming)
    assert told.will_cross is None
    assert told.will_cross_at_worst is not None
    assert TODAY <= told.will_cross_at_worst <= date(2026, 11, 30)


def test_unknown_spending_is_not_called_nothing() -> None:
    told = state("100", spent=None)
    assert told.share is None
    assert told.crossed == ()
    assert told.left is None


def test_no_forecast_says_why() -> None:
    told = state_of(
        budget("10"), "x", TODAY, Decimal(1), coming=NoForecast(reason="Only 3 whole days are known")
    )
    assert told.no_forecast == "Only 3 whole days are known"
    assert told.will_cross is None


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    assert period_of("week", date(2026, 11, 22)) == (date(2026, 11, 16), date(2026, 11, 22))
    assert period_of("month", date(2028, 2, 29)) == (date(2028, 2, 1), date(2028, 2, 29))


def test_a_budget_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        budget("0")

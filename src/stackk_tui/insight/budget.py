"""How a budget stands, and when it will be crossed."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal

from stackk_tui.model.budget import Budget, BudgetState, Period
from stackk_tui.model.forecast import Forecast, NoForecast


def period_of(period: Period, today: date) -> tuple[date, date]:
    """Gives the first and last day of the month or week (from Monday) around a day."""
    if period == "month":
        return today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])
    monday = today - timedelta(days=today.weekday())
    return monday, monday + timedelta(days=6)


def state_of(
    budget: Budget,
    name: str,
    today: date,
    spent: Decimal | None,
    *,
    provenance: str = "measured",
    coming: Forecast | NoForecast | None = None,
    fixed: Decimal = Decimal(0),
) -> BudgetState:
    """Gives the state on `today`. `spent` is what is known of the period, None if nothing is.

    `fixed` is what the period costs anyway, such as a plan's price: it is in `spent`, not in the forecast.
    """
    first, last = period_of(budget.period, today)
    share = None if spent is None else float(spent / budget.amount)
    crossed = tuple(sorted(t for t in budget.thresholds if share is not None and share * 100 >= t))
    forecast = coming if isinstance(coming, Forecast) else None
    return BudgetState(
        budget=budget,
        name=name,
        first=first,
        last=last,
        spent=spent,
        provenance=provenance,
        share=share,
        crossed=crossed,
        forecast=forecast,
        no_forecast=coming.reason if isinstance(coming, NoForecast) else "",
        will_cross=_crosses(budget, forecast, fixed, worst=False, today=today, spent=spent),
        will_cross_at_worst=_crosses(budget, forecast, fixed, worst=True, today=today, spent=spent),
    )


def _crosses(
    budget: Budget,
    forecast: Forecast | None,
    fixed: Decimal,
    *,
    worst: bool,
    today: date,
    spent: Decimal | None,
) -> date | None:
    if spent is not None and spent >= budget.amount:
        return None  # it has already
    end = (forecast.high if worst else forecast.expected) if forecast else None
    if forecast is None or end is None or end + fixed < budget.amount:
        return None
    rest = sum((day.expected for day in forecast.days), Decimal(0))
    passed = forecast.expected - rest
    # the band's edge is reached by every day being dearer by the same factor
    factor = (end - passed) / rest if rest else Decimal(1)
    sum_so_far = passed + fixed
    for day in forecast.days:
        sum_so_far += day.expected * factor
        if sum_so_far >= budget.amount:
            return max(day.day, today)
    return forecast.last

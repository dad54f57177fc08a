"""Which days to ask for, and which of them are settled. Days and months are UTC."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from stackk_tui.model.clock import utc_midnight

HISTORY_DAYS = 90


def days_to_ask(today: date, final: Collection[date], most: int = HISTORY_DAYS) -> list[date]:
    """Gives the days from the first that is not settled to today; at least today."""
    window = [today - timedelta(days=age) for age in reversed(range(most))]
    first = next(day for day in window if day == today or day not in final)
    return [day for day in window if day >= first]


def settled(days: Sequence[date], now: datetime, after: timedelta) -> frozenset[date]:
    """Gives the days that have been over for at least `after`."""
    return frozenset(day for day in days if now >= utc_midnight(day + timedelta(days=1)) + after)


def month_days(today: date) -> list[date]:
    """Gives the days of the month up to today."""
    return [today.replace(day=number) for number in range(1, today.day + 1)]


def next_month(today: date) -> datetime:
    """Gives the first moment of the next month."""
    return utc_midnight((today.replace(day=28) + timedelta(days=4)).replace(day=1))

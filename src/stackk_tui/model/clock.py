"""Where the time comes from. Injected everywhere, so that tests and the demo can hold it still."""

from collections.abc import Callable
from datetime import UTC, date, datetime

Clock = Callable[[], datetime]
"""Gives the present moment as an aware datetime in UTC."""


def utc_now() -> datetime:
    """Gives the present moment, aware, in UTC."""
    return datetime.now(UTC)


def utc_midnight(day: date) -> datetime:
    """Gives the first moment of a UTC calendar day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

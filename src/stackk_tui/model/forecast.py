"""What the rest of a period will probably bring, with how sure that is."""

from datetime import date
from decimal import Decimal

from stackk_tui.model.base import Value


class ForecastDay(Value):
    """A day to come; four of five such days should lie between `low` and `high`."""

    day: date
    expected: Decimal
    low: Decimal
    high: Decimal


class FixedPart(Value):
    """What a period costs anyway: a plan's or a subscription's price."""

    amount: Decimal
    currency: str
    provenance: str
    """`list-price` or `entered`."""


class Forecast(Value):
    """Amounts are whole units of a currency, or tokens. An estimate; `basis` says from what, in a line.

    Four of five periods should end between `low` and `high` (`benchmarks/backtest.py` proves it).
    """

    first: date
    last: date
    through: date
    """The last whole day it knows."""
    so_far: Decimal
    """What is known of the period, the part of today that is over included."""
    expected: Decimal
    low: Decimal
    high: Decimal
    basis: str
    days: tuple[ForecastDay, ...] = ()
    """Today and the days to come, up to `last`; today is the whole of today."""
    currency: str | None = None
    """None for tokens."""
    provenance: str = "estimated"
    fixed: tuple[FixedPart, ...] = ()
    """Prices that come on top; never in the amounts above."""
    notes: tuple[str, ...] = ()
    """Sentences that keep it honest: what is left out, or not known."""


class NoForecast(Value):
    """Why nothing is said, in a sentence."""

    reason: str
    fixed: tuple[FixedPart, ...] = ()
    """Prices that are known all the same."""

"""The currency a person wants totals in, and the rates they typed. No rate is ever looked up or guessed."""

from datetime import date, timedelta
from decimal import Decimal

from stackk_tui.model.base import Value

OLD_AFTER = timedelta(days=30)
"""A rate older than this is said to be old."""


class Rate(Value):
    """One unit of `currency` is `rate` units of `to`, by the word of the person, on a day."""

    currency: str
    to: str
    rate: Decimal
    as_of: date

    def is_old(self, today: date) -> bool:
        return today - self.as_of > OLD_AFTER


class CurrencyChoice(Value):
    """What a person wants; an empty `show` leaves every amount in its own currency."""

    show: str = ""
    rates: tuple[Rate, ...] = ()
    from_file: bool = False
    """Whether config.toml says what to show; then what is typed in the app gives way to it."""
    problem: str = ""
    """What cannot be used of what was said, in a sentence; no amount is converted by it then."""

    def rate_of(self, currency: str) -> Rate | None:
        """Gives the rate from a currency to the one that is shown."""
        own = (rate for rate in self.rates if (rate.currency, rate.to) == (currency, self.show))
        return next(own, None)

"""What each day of a year cost by the ledger: measured money, each bill once. Amounts are whole units."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stackk_tui.model.currency import Rate


@dataclass(frozen=True, slots=True)
class SpentPart:
    """What one service cost on a day."""

    service_id: str
    name: str
    currency: str
    amount: Decimal | None
    """Measured; None: nobody has read that day of it, which is no zero."""
    shown: Decimal | None
    """The amount in the year's currency; None where it is not known, or has no rate."""
    final: bool = False


@dataclass(frozen=True, slots=True)
class SpentDay:
    """A day of which at least one service is known."""

    day: date
    parts: tuple[SpentPart, ...]
    """The dearest first, what is not known last."""
    amount: Decimal | None
    """What is known of it, in the year's currency; None where no part can be told in it."""

    @property
    def missing(self) -> tuple[SpentPart, ...]:
        """The services of which this day is not known."""
        return tuple(part for part in self.parts if part.amount is None)

    @property
    def beside(self) -> tuple[SpentPart, ...]:
        """What is known and not in `amount`: it has no rate."""
        return tuple(part for part in self.parts if part.amount and part.shown is None)

    @property
    def final(self) -> bool:
        """Whether nothing that is known of it will change any more."""
        return all(part.final for part in self.parts if part.amount is not None)

    @property
    def value(self) -> Decimal | None:
        """What the day weighs among others; None where a zero would be said of what is known in part."""
        whole = not self.missing and not self.beside
        return self.amount if self.amount or (whole and self.amount is not None) else None


@dataclass(frozen=True, slots=True)
class SpentService:
    """A service that tells what its days cost, and which of them are known at all."""

    service_id: str
    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class SpentYear:
    """53 weeks that end with `last`."""

    today: date
    last: date
    currency: str
    days: dict[date, SpentDay]
    """A day that is not in it is not known of any service."""
    services: tuple[SpentService, ...] = ()
    """Those that can be shown by themselves."""
    service_id: str | None = None
    """The one it is about; None: all of them, each bill once."""
    rates: tuple[Rate, ...] = ()
    """Those that amounts of these days were converted by."""
    notes: tuple[str, ...] = ()
    """What is left out, in sentences."""

"""A day or an hour that is not like the others, and what made it so."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from stackk_tui.model.base import Value

Slot = Literal["hour", "day", "window"]
"""`window`: a rise of a limit within some hours."""


class Cause(Value):
    """A part that is above what is usual for it."""

    kind: str
    """`model`, `workspace`, `key`, `project`, …: the word for the person."""
    name: str
    share: float
    """Of all that is above the usual, 0 to 1."""
    provenance: str = ""
    """Where the share is known from; empty: from where the anomaly is."""


class Anomaly(Value):
    """Amounts are whole units of a currency, or tokens."""

    start: datetime
    """The slot's beginning."""
    slot: Slot
    amount: Decimal
    usual: Decimal
    """The middle of the slots it is compared with."""
    compared: int
    """How many they are."""
    causes: tuple[Cause, ...] = ()
    """The largest first."""

    @property
    def excess(self) -> Decimal:
        return self.amount - self.usual


class Unusual(Value):
    """An anomaly and whose it is."""

    service_id: str | None
    """None for the logs of this machine where no service tracks them."""
    name: str
    measure: Literal["cost", "tokens", "limit"]
    """For `limit` the amounts are shares of the window, 0 to 1, that went from `anomaly.start` to `end`."""
    currency: str | None = None
    limit_id: str = ""
    limit_label: str = ""
    anomaly: Anomaly
    end: datetime
    against: str
    """What it is compared with, e.g. `the 20 weekdays before`."""
    provenance: str = "measured"

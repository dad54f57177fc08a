"""A day or an hour that is not like the others, and what made it so."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from stackk_tui.model.base import Value

Slot = Literal["hour", "day"]


class Cause(Value):
    """A part that is above what is usual for it."""

    kind: str
    """`model`, `workspace`, `project`, …: the word for the person."""
    name: str
    share: float
    """Of all that is above the usual, 0 to 1."""


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

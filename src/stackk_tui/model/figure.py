"""A number and where it comes from."""

from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from stackk_tui.model.base import Value

T = TypeVar("T")


class Provenance(StrEnum):
    """How we know a figure; shown with it everywhere."""

    MEASURED = "measured"  # the vendor's own API or log said so
    LIST_PRICE = "list-price"  # the published price, not what this person pays
    ESTIMATED = "estimated"  # computed by us from something measured
    ENTERED = "entered"  # typed by the person
    NOT_EXPOSED = "not-exposed"  # no API tells
    NOT_PERMITTED = "not-permitted"  # an API tells, but not to this credential


class Money(Value):
    """An exact amount in whole units of `currency` (dollars, never cents)."""

    amount: Decimal
    currency: str = "USD"


class Figure(Value, Generic[T]):
    """A value and its provenance; `value` is None when the provenance says that it cannot be known."""

    value: T | None
    provenance: Provenance

    @classmethod
    def not_exposed(cls) -> "Figure[T]":
        return cls(value=None, provenance=Provenance.NOT_EXPOSED)

    @classmethod
    def not_permitted(cls) -> "Figure[T]":
        return cls(value=None, provenance=Provenance.NOT_PERMITTED)

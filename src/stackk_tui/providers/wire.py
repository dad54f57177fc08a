"""Reading what a vendor sent, field by field and leniently, for the `wire.py` of every provider.

Unknown fields are ignored, unknown words kept, nulls and missing fields tolerated; text is cleaned here. A
value of a wrong type is refused: better no figure than a wrong one.
"""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from stackk_tui.model.text import clean

_MOST_COUNTED = 10**15
_MOST = Decimal(10) ** 15
_FARTHEST = 30
"""The exponent up to which is computed: with `1e9999999` every sum or comparison overflows."""


def _text(value: object) -> object:
    return clean(value) if isinstance(value, str) else (None if value is None else clean(str(value)))


def _count(value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        value = int(value)
    if isinstance(value, Decimal) and value.adjusted() < _FARTHEST and value == value.to_integral_value():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_COUNTED:
        raise ValueError("not a count")
    return value


def number(value: object) -> Decimal | None:
    """Gives a number or a decimal string exactly; None for null."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("not a number")
    if isinstance(value, str) and len(value) > 64:
        raise ValueError("not a number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite() or (number and abs(number.adjusted()) > _FARTHEST) or abs(number) > _MOST:
        raise ValueError("not a number")
    return number


def _moment(value: object) -> datetime | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 64:
        raise ValueError("not a time")
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("not a time") from None


def _maybe_moment(value: object) -> datetime | None:
    try:
        return _moment(value)
    except ValueError:
        return None


def _rows(value: object) -> object:
    return [] if value is None else value


T = TypeVar("T")
Text = Annotated[str | None, BeforeValidator(_text)]
Count = Annotated[int, BeforeValidator(_count)]
Number = Annotated[Decimal | None, BeforeValidator(number)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A time that must be there."""
MaybeMoment = Annotated[datetime | None, BeforeValidator(_maybe_moment)]
"""A time that is only shown: unreadable is unknown."""
Rows = Annotated[list[T], BeforeValidator(_rows)]


class Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


def none_is_empty(value: object) -> object:
    return {} if value is None else value


def parse_rows(shape: type[T], rows: object) -> list[T]:
    """Gives the rows of a page. Raises ValueError (pydantic's) for what cannot be read."""
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise ValueError("not a list")
    validate: Any = shape
    return [validate.model_validate(row) for row in rows]

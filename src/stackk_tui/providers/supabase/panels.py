"""A part of a fetch, learned or refused by itself: a 403 costs that part, never the service."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from stackk_tui.model.errors import Forbidden, StackkError
from stackk_tui.providers.supabase.errors import AccountBlocked

T = TypeVar("T")
U = TypeVar("U")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Panel(Generic[T_co]):
    """Its value, or why there is none; neither if it was not asked for."""

    value: T_co | None = None
    error: StackkError | None = None

    @property
    def forbidden(self) -> bool:
        """Whether this sign-in may not see it."""
        return isinstance(self.error, Forbidden) and not isinstance(self.error, AccountBlocked)

    @property
    def asked(self) -> bool:
        return self.value is not None or self.error is not None


async def panel(call: Awaitable[T]) -> Panel[T]:
    try:
        return Panel(value=await call)
    except StackkError as error:
        return Panel(error=error)


def mapped(found: Panel[T], make: Callable[[T], U]) -> Panel[U]:
    return Panel(error=found.error) if found.value is None else Panel(make(found.value))


def together(parts: Sequence[Panel[T]]) -> Panel[list[T]]:
    """Gives all values, or why one of them is missing: a sum of some is not the sum."""
    for one in parts:
        if one.error is not None:
            return Panel(error=one.error)
    values = [one.value for one in parts if one.value is not None]
    return Panel(values) if values and len(values) == len(parts) else Panel()

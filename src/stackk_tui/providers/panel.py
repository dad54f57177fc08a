"""A part of a fetch, learned or refused by itself: a 403 costs that part, never the service."""

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from stackk_tui.model.errors import Forbidden, SignInNeeded, StackkError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class AccountBlocked(Forbidden):
    """402: everything is closed until a payment is settled. Not a missing permission."""


@dataclass(frozen=True, slots=True)
class Panel(Generic[T_co]):
    """Its value, or why there is none; neither if it was not asked for."""

    value: T_co | None = None
    error: StackkError | None = None

    @property
    def forbidden(self) -> bool:
        """Whether this credential may not see it."""
        return isinstance(self.error, Forbidden) and not isinstance(self.error, AccountBlocked)

    @property
    def asked(self) -> bool:
        return self.value is not None or self.error is not None


async def panel(call: Awaitable[T]) -> Panel[T]:
    """Waits for a part. A StackkError is kept in it; anything else is raised."""
    try:
        return Panel(value=await call)
    except StackkError as error:
        return Panel(error=error)


def closed(errors: Iterable[StackkError | None]) -> StackkError | None:
    """Gives the error that closes the whole account: a sign-in that is needed, then a block; else None."""
    found = list(errors)
    for kind in (SignInNeeded, AccountBlocked):
        for error in found:
            if isinstance(error, kind):
                return error
    return None

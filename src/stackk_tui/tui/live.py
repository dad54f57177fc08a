"""What goes on now, read again when the logs change and somebody looks. One small class, no widgets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import LiveUsage
    from stackk_tui.stack import Stack


class Live:
    """`async for usage, changed in Live(stack, watched)`: the figures at once, then newer ones."""

    fades_seconds: ClassVar[float] = 30.0
    """How fast it goes is also a matter of time: after this long it is read without any news."""
    rest_seconds: ClassVar[float] = 0.4
    """Between two readings, while the logs change all the time."""
    look_seconds: ClassVar[float] = 0.5
    """How soon it is seen that somebody looks again."""

    def __init__(self, stack: "Stack", watched: Callable[[], bool]) -> None:
        """`watched` says whether somebody looks; nothing is read while nobody does."""
        self._stack = stack
        self._watched = watched

    async def __aiter__(self) -> "AsyncIterator[tuple[LiveUsage, bool]]":
        """Gives the figures and whether the logs changed since the last ones. Never ends.

        Raises StackkError when the logs cannot be read.
        """
        seen, changed = await self._stack.logs_changed(None), False
        while True:
            if not self._watched():
                await asyncio.sleep(self.look_seconds)
                continue
            yield await self._stack.live_usage(), changed
            await asyncio.sleep(self.rest_seconds)
            before = seen
            with suppress(TimeoutError):
                async with asyncio.timeout(self.fades_seconds):
                    seen = await self._stack.logs_changed(seen)
            changed = seen != before


def differs(one: "LiveUsage", other: "LiveUsage") -> bool:
    """Says whether anything was used in between, or a block began or ended."""
    return (one.today, one.last_call_at, one.block) != (other.today, other.last_call_at, other.block)

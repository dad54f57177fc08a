"""What goes on now, read again whenever the logs change and somebody looks. One small class, no widgets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import LiveUsage
    from stackk_tui.stack import Stack


class Live:
    """`async for usage in Live(stack, watched)` gives the first figures at once, then newer ones."""

    poll_seconds: ClassVar[float] = 1.0
    fades_seconds: ClassVar[float] = 30.0
    """How fast it goes is also a matter of time: after this long it is given without any news."""

    def __init__(self, stack: "Stack", watched: Callable[[], bool]) -> None:
        """`watched` says whether somebody looks; nothing is read while nobody does."""
        self._stack = stack
        self._watched = watched

    async def __aiter__(self) -> "AsyncIterator[LiveUsage]":
        """Never ends. Raises StackkError when the logs cannot be read."""
        loop = asyncio.get_running_loop()
        shown: LiveUsage | None = None
        shown_at = 0.0
        while True:
            if self._watched():
                usage = await self._stack.live_usage()
                old = loop.time() - shown_at >= self.fades_seconds
                if shown is None or old or differs(usage, shown):
                    shown, shown_at = usage, loop.time()
                    yield usage
            await asyncio.sleep(self.poll_seconds)


def differs(one: "LiveUsage", other: "LiveUsage") -> bool:
    """Says whether anything was used in between, or a block began or ended."""
    return (one.today, one.last_call_at, one.block) != (other.today, other.last_call_at, other.block)

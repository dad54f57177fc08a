"""Work that several may wait for, and whose end is not hurt by one of them going away."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from stackk_tui.model.errors import StackkError

T = TypeVar("T")


def begun(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Starts it. asyncio prints nothing about its outcome when nobody waits for it any more."""
    task = asyncio.get_running_loop().create_task(work)
    task.add_done_callback(_look_away)
    return task


async def outcome(task: asyncio.Task[T], when_closed: StackkError) -> T:
    """Waits for it, and leaves it running when cancelled. Raises `when_closed` if it was ended itself."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        waiter = asyncio.current_task()
        if not task.cancelled() or (waiter is not None and waiter.cancelling() > 0):
            raise
    raise when_closed


def _look_away(task: asyncio.Task[T]) -> None:
    if not task.cancelled():
        task.exception()

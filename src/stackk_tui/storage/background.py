"""Blocking work beside the event loop, in a daemon thread with a deadline (`secrets-and-oauth.md` §1).

Not `asyncio.to_thread`: a keyring that never answers would hold a pool thread, and the interpreter waits for
those when it leaves. A daemon thread lets it go at once.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def bounded(work: Callable[[], T], seconds: float, name: str = "storage") -> T:
    """Gives what `work` gives. Raises what it raises, or TimeoutError after `seconds`.

    Work that is given up on, or whose caller is cancelled, goes on in its thread: a half-done write ends.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def finish(set_it: Callable[[], None]) -> None:
        def unless_done() -> None:
            if not answer.done():
                set_it()

        with contextlib.suppress(RuntimeError):  # the loop may be gone
            loop.call_soon_threadsafe(unless_done)

    def run() -> None:
        try:
            value = work()
        except BaseException as error:  # noqa: BLE001 - whatever it was, the one who waits must hear of it
            failure = error
            finish(lambda: answer.set_exception(failure))
        else:
            finish(lambda: answer.set_result(value))

    threading.Thread(target=run, daemon=True, name=name).start()
    return await asyncio.wait_for(answer, seconds)

"""One watching of this machine for all who want to know: a provider's `changed` has one caller."""

import asyncio

from stackk_tui.providers.base import FollowsThisMachine


class Changes:
    """Counts what changed. Watches from `begin` on, and while somebody waits."""

    def __init__(self, provider: FollowsThisMachine) -> None:
        self._provider = provider
        self._task: asyncio.Task[None] | None = None
        self._waiting = 0
        self.count = 0
        """How many changes there were; hand it to `since`."""

    def begin(self) -> int:
        """Begins to watch and gives the count to hand to `since`."""
        self._watch()
        return self.count

    def stop(self) -> None:
        """Ends the watching; for the end of the program."""
        if self._task is not None:
            self._task.cancel()

    async def since(self, seen: int) -> int:
        """Returns the count as soon as there was a change after `seen`.

        What changes between two calls is not missed. Raises what the provider raises, StackkError.
        """
        self._waiting += 1
        try:
            while self.count <= seen:
                task = self._watch()
                await asyncio.wait([task])  # cancelled, it leaves the watching to the others
                if task.done() and not task.cancelled() and (error := task.exception()):
                    raise error
            return self.count
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.stop()

    def _watch(self) -> asyncio.Task[None]:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._provider.changed())
            self._task.add_done_callback(self._count)
        return self._task

    def _count(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is None:
            self.count += 1

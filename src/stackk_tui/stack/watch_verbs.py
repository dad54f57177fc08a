"""The verbs of `Stack` for keeping figures fresh without a screen."""

from contextlib import AbstractAsyncContextManager

from stackk_tui.providers.base import Pace
from stackk_tui.stack.core import Core
from stackk_tui.storage.locks import lock_if_free


class WatchVerbs:
    _core: Core

    def pace(self, provider_id: str) -> Pace:
        """Gives how often a provider's accounts may be asked. Raises InvalidInput."""
        return self._core.providers.get(provider_id).pace

    def sole_watch(self) -> AbstractAsyncContextManager[bool]:
        """Holds the right to watch this ledger for the block; False where another copy has it."""
        return lock_if_free(self._core.settings.paths.data / "watch.lock", 0.0)

    @property
    def read_only(self) -> bool:
        """Whether the ledger cannot be written: what is known is shown, nothing new is kept."""
        return self._core.ledger.read_only

"""A sign-in on the vendor's own page, as screens and commands see it: no token ever comes out of it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

from stackk_tui.model.errors import OperationCancelled, SignInNeeded
from stackk_tui.model.secret import Secret
from stackk_tui.providers.base import SignInFlow
from stackk_tui.stack.values import SignedIn
from stackk_tui.storage.tokens import TokenRecord

Finish = Callable[[TokenRecord | None], Awaitable[SignedIn]]


class SignInAtVendor:
    """Show `address`, take what is pasted, await `finish`, and `cancel` at any moment."""

    def __init__(self, flow: SignInFlow, warning: str, finish: Finish) -> None:
        self._flow = flow
        self._finish = finish
        self.warning = warning
        """What to know before going on; may be empty."""

    @property
    def address(self) -> str:
        return self._flow.address

    @property
    def listening(self) -> bool:
        """Whether the answer can come by itself; pasting works in any case."""
        return self._flow.listening

    @property
    def listener_problem(self) -> str:
        return self._flow.listener_problem

    @property
    def port(self) -> int | None:
        """For `ssh -L PORT:127.0.0.1:PORT host`."""
        return self._flow.port

    @property
    def expires_at(self) -> datetime:
        return self._flow.expires_at

    def paste(self, text: str) -> None:
        """Takes the address the browser ended on, or the code it shows. Raises InvalidInput, and goes on."""
        self._flow.paste(text)

    async def finish(self) -> SignedIn:
        """Waits for the answer, then says whose sign-in it is. Raises StackkError."""
        try:
            record = await self._flow.wait()
            return await self._finish(record)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise OperationCancelled("The sign-in was closed.", "Nothing was kept.") from None
        finally:
            await self.cancel()

    async def cancel(self) -> None:
        """Ends it; what was not connected is forgotten."""
        with suppress(asyncio.CancelledError):
            await self._flow.aclose()


class HeldToken:
    """A `BearerSource` for the minutes between signing in and connecting."""

    def __init__(self, record: TokenRecord) -> None:
        self._record = record

    async def token(self) -> Secret:
        return self._record.secret

    async def renew(self, stale: Secret) -> Secret:
        raise SignInNeeded("The vendor refused the new sign-in.", "Nothing was kept.", "Sign in again.")

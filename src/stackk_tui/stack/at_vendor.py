"""A sign-in on the vendor's own page, as screens and commands see it: no token ever comes out of it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from stackk_tui.model.errors import OperationCancelled, StorageError
from stackk_tui.model.service import Account
from stackk_tui.providers.base import SignInFlow
from stackk_tui.stack.values import SignedIn
from stackk_tui.storage.background import bounded
from stackk_tui.storage.files import our_folder, replace_file
from stackk_tui.storage.token_record import MemoryStore, TokenRecord

WRITE_SECONDS = 10.0

Finish = Callable[[TokenRecord | None], Awaitable[SignedIn]]


class SignInAtVendor:
    """Show `address`, take what is pasted, await `finish`, and `cancel` at any moment."""

    def __init__(
        self, flow: SignInFlow, warning: str, finish: Finish, address_file: Path | None = None
    ) -> None:
        """`address_file` is where `write_address` puts the address."""
        self._flow = flow
        self._finish = finish
        self._address_file = address_file
        self._written = False
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

    async def write_address(self) -> Path:
        """Writes the address to a file that only its owner can read; it goes when the sign-in ends.

        Raises StorageError.
        """
        path = self._address_file
        if path is None:
            raise StorageError("There is no folder to write the address to.", "Nothing was written.", "")
        content = f"{self.address}\n".encode()
        try:
            our_folder(path.parent.parent)
            our_folder(path.parent)
            await bounded(lambda: replace_file(path, content), WRITE_SECONDS, "address")
        except TimeoutError:
            raise StorageError(
                "The disk did not answer.", "The address was not written.", "Copy it from the screen."
            ) from None
        self._written = True
        return path

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
        if self._written and self._address_file is not None:
            with suppress(OSError):
                self._address_file.unlink(missing_ok=True)


class HeldTokens:
    """The tokens of a sign-in between signing in and connecting: in memory only, renewed like any others."""

    def __init__(self, account: Account, record: TokenRecord) -> None:
        """`account` stands for the one that is not known yet."""
        self.account = account
        self.memory = MemoryStore()
        self._first = record

    async def begin(self) -> None:
        await self.memory.save(self.account.provider, self.account.id, self._first)

    async def newest(self) -> TokenRecord:
        """Gives what to keep: the first tokens, or what they were renewed to since."""
        return await self.memory.load(self.account.provider, self.account.id) or self._first

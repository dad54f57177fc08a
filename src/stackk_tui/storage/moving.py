"""Moving credentials to another place: kept in the new one and read back before the old copy goes."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from stackk_tui.model.errors import InvalidInput, StackkError, StorageError
from stackk_tui.storage.background import bounded
from stackk_tui.storage.files import make_private, unusable
from stackk_tui.storage.token_record import TokenRecord, TokenStore

Guard = Callable[[str, str], AbstractAsyncContextManager[None]]
"""Holds one account (provider, account id) still, so that nobody renews its tokens meanwhile."""

_DISK_SECONDS = 10.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ChosenVault:
    """The person's choice of the encrypted file, although a keyring is open: a file that is there, or not.

    It is made before the first credential is moved into the encrypted file and goes after the last one was
    moved out: while it is there, that file is asked for.
    """

    path: Path

    async def is_made(self) -> bool:
        return await _blocking(self.path.is_file)

    async def make(self) -> None:
        """Raises StorageError."""
        await _blocking(lambda: make_private(self.path, b"vault\n"))

    async def take_back(self) -> None:
        """Raises StorageError."""

        def remove() -> None:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                raise unusable(self.path, error) from error

        await _blocking(remove)


Load = Callable[[str, str], Awaitable[TokenRecord | None]]


async def move_all(
    accounts: Iterable[tuple[str, str]],
    load: Load,
    target: TokenStore,
    others: Sequence[TokenStore],
    guard: Guard,
) -> StorageError | None:
    """Moves each account's credential; gives why an old copy stayed, if one did.

    Raises what `load` and `target` raise: that account and those after it are then where they were.
    """
    stayed: StackkError | None = None
    for provider, account_id in accounts:
        async with guard(provider, account_id):
            record = await load(provider, account_id)
            if record is None:
                continue
            if not _same(await target.load(provider, account_id), record):
                await target.save(provider, account_id, record)
            if not _same(await target.load(provider, account_id), record):
                raise StorageError(
                    "The new place did not give back what was put into it.",
                    "Your keys are still where they were.",
                    "Leave them there, or try again.",
                )
            for other in others:
                try:
                    await other.delete(provider, account_id)
                except StackkError as error:
                    stayed = stayed or error
    if stayed is None:
        return None
    return StorageError(
        f"The keys were moved, but an old copy stays where they were. {stayed.what}",
        "They are used from the new place now.",
        "Move them once more to try again.",
    )


def must_be_free(mode: str, where: str, *, key_file: bool) -> None:
    """Raises InvalidInput when a setting says where keys are kept: it would win at the next start."""
    said = "" if mode in ("auto", where) else f"The setting token_store is {mode}."
    if not said and mode == "auto" and where == "keyring" and key_file:
        said = "A key file is set, and with it keys are kept in the encrypted file."
    if said:
        raise InvalidInput(said, "Nothing was moved.", "Remove that setting first (STACKK_… or config.toml).")


def _same(one: TokenRecord | None, other: TokenRecord) -> bool:
    return one is not None and one.secret == other.secret and one.refresh == other.refresh


async def _blocking(work: Callable[[], T]) -> T:
    try:
        return await bounded(work, _DISK_SECONDS, "choice")
    except TimeoutError:
        raise StorageError(
            "The data folder's disk did not answer.", "Nothing was moved.", "Check it, then try again."
        ) from None

"""The token store over the vault: opens it by itself where a key file or a passphrase source allows it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from stackk_tui.model.errors import InvalidInput, StorageError, VaultLocked
from stackk_tui.model.secret import Secret
from stackk_tui.storage.background import bounded
from stackk_tui.storage.passphrase import COMMAND_LIMIT, PassphraseSource
from stackk_tui.storage.token_record import SERVICE, StoreState, TokenRecord, entry_name
from stackk_tui.storage.vault import Vault, locked
from stackk_tui.storage.vault_keys import KeyFile, Opener, Passphrase

CALL_LIMIT = 30.0
"""Seconds: ten for another process's lock, the rest for a slow disk and the key derivation."""

T = TypeVar("T")

_WORDS = {
    "passphrase": "kept in an encrypted file, passphrase asked once a start",
    "keyfile": "kept in an encrypted file opened by a key file",
}


class VaultStore:
    """One vault, what may open it unattended, and the async way in."""

    def __init__(
        self,
        vault: Vault,
        *,
        key_file: KeyFile | None = None,
        passphrase: PassphraseSource | None = None,
        forget_after: float = 0.0,
    ) -> None:
        """`forget_after`: seconds without use after which it locks itself; 0 is never."""
        self._vault = vault
        self._key_file = key_file
        self._passphrase = passphrase
        self._forget_after = forget_after
        self._opening = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None

    async def load(self, provider: str, account_id: str) -> TokenRecord | None:
        name = entry_name(provider, account_id)
        text = await self._opened(lambda: self._vault.get(SERVICE, name))
        return None if text is None else TokenRecord.from_text(text)

    async def save(self, provider: str, account_id: str, record: TokenRecord) -> None:
        name, text = entry_name(provider, account_id), record.to_text()
        await self._opened(lambda: self._vault.put(SERVICE, name, text))

    async def delete(self, provider: str, account_id: str) -> bool:
        name = entry_name(provider, account_id)
        return await self._opened(lambda: self._vault.remove(SERVICE, name))

    def info(self) -> StoreState:
        """Blocks for a read of the file. Raises StorageError, VaultDamaged."""
        state: Literal["open", "locked"] = "open" if self._vault.is_open() else "locked"
        return StoreState("vault", state, _WORDS[self._vault.opened_by()])

    async def look(self) -> StoreState:
        """Opens it if that needs no person, then gives its state. Raises StorageError, VaultDamaged."""
        await _blocking(self._try_open)
        return await _blocking(self.info)

    async def exists(self) -> bool:
        return await _blocking(self._vault.exists)

    async def is_open(self) -> bool:
        return await _blocking(lambda: self._vault.exists() and self._vault.is_open())

    async def can_make_itself(self) -> bool:
        """Says whether there is a key file or a passphrase source to make a vault with."""
        return await _blocking(lambda: self._new_opener() is not None)

    async def unlock(self, passphrase: Secret | None) -> None:
        """With None: by the key file or the passphrase source. Raises WrongPassphrase, VaultLocked, …"""
        await _blocking(lambda: self._unlock(passphrase))
        self._used()

    async def create(self, passphrase: Secret | None) -> None:
        """With None: for the key file (made if it is not there) or the passphrase source.

        Raises InvalidInput for a short passphrase, StorageError if there is a vault already.
        """
        await _blocking(lambda: self._create(passphrase))
        self._used()

    async def rotate(self, passphrase: Secret | None) -> None:
        """New data key. With None: for the same key file or passphrase source as before."""
        await self._opened(lambda: self._rotate(passphrase))

    async def move_aside(self) -> Path:
        return await _blocking(self._vault.move_aside)

    def forget(self) -> None:
        self._vault.forget()

    async def _opened(self, work: Callable[[], T]) -> T:
        try:
            answer = await _blocking(work)
        except VaultLocked:
            async with self._opening:  # one key derivation, however many wait
                await _blocking(self._open_or_say_why)
            answer = await _blocking(work)
        self._used()
        return answer

    def _open_or_say_why(self) -> None:
        if not self._vault.is_open():
            self._unlock(None)

    def _try_open(self) -> None:
        """Opens it if that is possible without a person; a refusal is for the one who needs it open."""
        try:
            self._open_or_say_why()
        except (VaultLocked, StorageError, InvalidInput):
            return

    def _unlock(self, passphrase: Secret | None) -> None:
        opener = self._opener(self._vault.opened_by()) if passphrase is None else Passphrase(passphrase)
        if opener is None:
            raise locked()
        if opener.opens != self._vault.opened_by():
            raise InvalidInput(
                "This encrypted file is opened by a key file, not by a passphrase.",
                "Nothing was changed.",
                "Name its key file: STACKK_VAULT_KEY_FILE=PATH",
            )
        self._vault.unlock(opener)

    def _create(self, passphrase: Secret | None) -> None:
        opener = self._new_opener() if passphrase is None else Passphrase(passphrase)
        if opener is None:
            raise InvalidInput(
                "An encrypted file needs a passphrase or a key file.",
                "Nothing was made.",
                "Give a passphrase, or name a key file: STACKK_VAULT_KEY_FILE=PATH",
            )
        self._vault.create(opener)

    def _rotate(self, passphrase: Secret | None) -> None:
        opener = self._opener(self._vault.opened_by()) if passphrase is None else Passphrase(passphrase)
        if opener is None:
            raise InvalidInput(
                "To encrypt the file anew its passphrase is needed once more.",
                "Nothing was changed.",
                "Give the same passphrase or a new one.",
            )
        self._vault.rotate(opener)

    def _opener(self, kind: Literal["passphrase", "keyfile"]) -> Opener | None:
        if kind == "keyfile":
            return self._key_file
        secret = self._passphrase() if self._passphrase else None
        return None if secret is None else Passphrase(secret)

    def _new_opener(self) -> Opener | None:
        if self._key_file is not None:
            return self._key_file
        return self._opener("passphrase")

    def _used(self) -> None:
        if self._forget_after <= 0:
            return
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(self._forget_after, self.forget)


async def _blocking(work: Callable[[], T]) -> T:
    try:
        return await bounded(work, CALL_LIMIT + COMMAND_LIMIT, "vault")
    except TimeoutError:
        raise StorageError(
            "The encrypted file did not answer: its disk, or the passphrase command, hangs.",
            "Nothing of yours was lost.",
            "Check the disk the data folder is on, then try again.",
        ) from None

"""Where keys are kept: one door to the system keyring, the encrypted file and this session's memory.

Never plain text, and never a silent step down; `storage/places.py` says which place is in use.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from stackk_tui.config import Settings
from stackk_tui.model.errors import (
    StackkError,
    StorageError,
    TokenStoreNeeded,
    VaultLocked,
    WrongPassphrase,
)
from stackk_tui.model.secret import Secret
from stackk_tui.storage.background import bounded
from stackk_tui.storage.keyring_system import SystemKeyring
from stackk_tui.storage.moving import Guard, move_all, must_be_free
from stackk_tui.storage.passphrase import PassphraseSource
from stackk_tui.storage.places import Places
from stackk_tui.storage.token_needed import not_chosen
from stackk_tui.storage.token_record import StoreState, TokenRecord, TokenStore
from stackk_tui.storage.vault import locked

__all__ = ["StoreState", "TokenRecord", "TokenStore", "Tokens"]

UNLOCK_LIMIT = 60.0
"""Seconds a person has to answer the system keyring's own window."""
FREE_TRIES = 3
_PAUSES = (1.0, 2.0, 4.0)

_TO_BE_MADE = StoreState("vault", "open", "will be kept in an encrypted file, made with the first key")


class Tokens(Places):
    """The token store of this process. Blocks nothing: all work is done in daemon threads with a deadline."""

    def __init__(
        self,
        settings: Settings,
        passphrase: PassphraseSource | None = None,
        *,
        keyring: SystemKeyring | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`passphrase` comes from `passphrase_from(...)`. Raises InvalidInput for an unknown setting."""
        super().__init__(settings, passphrase, keyring=keyring)
        self._wrong_tries = 0
        self._sleep = sleep

    async def load(self, provider: str, account_id: str) -> TokenRecord | None:
        """Raises TokenStoreNeeded, VaultLocked, StorageError."""
        store = await self._store(saving=False)
        record = await store.load(provider, account_id) if store else None
        if record is not None or self._mode != "auto":
            return record
        return await self._load_elsewhere(store, provider, account_id)

    async def save(self, provider: str, account_id: str, record: TokenRecord) -> None:
        """Kept for good when it returns, in one place. Raises TokenStoreNeeded, VaultLocked, StorageError."""
        store = await self._store(saving=True)
        assert store is not None
        await store.save(provider, account_id, record)
        if self._mode == "memory":
            return
        for other in await self._open_stores():
            if other is not store:
                with suppress(StackkError):  # an old copy that stays is tried again when disconnecting
                    await other.delete(provider, account_id)

    async def delete(self, provider: str, account_id: str) -> None:
        """Deletes it from every place that is open; what is nowhere is deleted already.

        Raises VaultLocked or StorageError when it was found nowhere and there is a place that could not be
        looked into, or when a place refused to delete it. Only for accounts that have a credential.
        """
        found, failure = False, None
        for store in await self._open_stores():
            try:
                found |= await store.delete(provider, account_id)
            except StackkError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        if not found and self._mode != "memory":
            await self._must_not_be_hidden()

    async def info(self) -> StoreState:
        """Says where keys are kept, after trying it. Raises StorageError, VaultDamaged."""
        try:
            store = await self._store(saving=False, certain=True)
        except TokenStoreNeeded as needed:
            return StoreState("keyring" if self._mode == "keyring" else "vault", "none", needed.what)
        if store is None:
            return _TO_BE_MADE
        return await self._vault.look() if store is self._vault else store.info()

    async def unlock(self, passphrase: Secret | None = None) -> StoreState:
        """Opens the encrypted file; with None by its key file or the passphrase source.

        From the fourth wrong try on it waits 1, 2, then 4 seconds first. Raises WrongPassphrase, VaultLocked,
        VaultDamaged, StorageError, InvalidInput.
        """
        await self._must_not_mean_keyring()
        if self._wrong_tries >= FREE_TRIES:
            await self._sleep(_PAUSES[min(self._wrong_tries - FREE_TRIES, len(_PAUSES) - 1)])
        try:
            await self._vault.unlock(passphrase)
        except WrongPassphrase:
            self._wrong_tries += 1
            raise
        self._wrong_tries = 0
        return await self._vault.look()

    async def create_vault(self, passphrase: Secret | None = None) -> StoreState:
        """Makes the encrypted file, keeps keys there from now on, and moves this session's keys into it.

        With None: for the key file (made if it is not there) or the passphrase source. Raises InvalidInput
        for a passphrase under 12 characters, StorageError if there is an encrypted file already.
        """
        await self._must_not_mean_keyring()
        await self._vault.create(passphrase)
        self._chosen = self._vault
        for provider, account_id, record in self._memory.everything():
            await self._vault.save(provider, account_id, record)
            await self._memory.delete(provider, account_id)
        return await self._vault.look()

    async def rotate(self, new_passphrase: Secret | None = None) -> StoreState:
        """Encrypts the file anew with a new data key; with None for what opened it before.

        Raises VaultLocked, VaultDamaged, StorageError, InvalidInput.
        """
        await self._vault.rotate(new_passphrase)
        return await self._vault.look()

    async def move_vault_aside(self) -> Path:
        """Renames a damaged encrypted file, gives its new place; nothing is chosen afterwards."""
        aside = await self._vault.move_aside()
        if self._chosen is self._vault:
            self._chosen = None
        return aside

    async def move_to(
        self, where: Literal["vault", "keyring"], accounts: Iterable[tuple[str, str]], guard: Guard
    ) -> StoreState:
        """Moves the credentials of `accounts` (provider, account id) there, and keeps keys there from now on.

        None is lost by a failure in between: each is where it was, or where it shall be. Raises InvalidInput
        (a setting says otherwise), TokenStoreNeeded (no encrypted file), VaultLocked, StorageError.
        """
        must_be_free(self._mode, where, key_file=self._key_file is not None)
        target = self._vault if where == "vault" else self._keyring
        await self._must_be_ready(target)
        if target is self._vault:
            await self._chosen_vault.make()
        others = [store for store in await self._open_stores() if store is not target]
        stayed = await move_all(accounts, self.load, target, others, guard)
        if target is self._keyring:
            await self._chosen_vault.take_back()
        self._chosen = target
        if stayed is not None:
            raise stayed
        return await self.info()

    async def _must_be_ready(self, target: TokenStore) -> None:
        if target is self._vault:
            if not await self._vault.exists():
                raise not_chosen("vault", "none")
            if await self._vault_is_shut():
                raise locked()
        elif (condition := await self._condition(certain=True)) != "open":
            raise not_chosen("keyring", condition)

    async def use_memory(self) -> StoreState:
        """Keeps keys in memory for this session, by the person's choice."""
        self._chosen = self._memory
        return self._memory.info()

    async def unlock_keyring(self) -> StoreState:
        """Lets the system keyring ask for its passphrase on this machine's own screen, for up to a minute.

        Raises StorageError. Cancel it to stop waiting.
        """
        try:
            await bounded(lambda: self._system.unlock(UNLOCK_LIMIT - 5), UNLOCK_LIMIT, "keyring")
        except TimeoutError:
            raise StorageError(
                "The system keyring was not unlocked within a minute.",
                "Nothing was changed.",
                "Unlock it on this machine's own screen, or run: stackk-tui vault create",
            ) from None
        self._keyring_works = None
        return await self.info()

    async def lock(self) -> None:
        """Forgets the encrypted file's data key; a key file or passphrase source opens it again."""
        self._vault.forget()

    async def _load_elsewhere(
        self, store: TokenStore | None, provider: str, account_id: str
    ) -> TokenRecord | None:
        for other in await self._open_stores():
            if other is not store and (record := await other.load(provider, account_id)) is not None:
                return record
        if store is not self._vault and await self._vault_is_shut():
            raise locked()
        return None

    async def _must_not_mean_keyring(self) -> None:
        """Asked for by name, the system keyring is not replaced by a file, not even by a passphrase."""
        if self._mode == "keyring":
            raise not_chosen(self._mode, await self._condition(certain=False))

    async def _must_not_be_hidden(self) -> None:
        if await self._vault_is_shut():
            raise locked()
        if self._mode != "vault" and await self._probe() == "locked":
            raise VaultLocked(
                "The system keyring of this machine is locked, and the key may be in it.",
                "It was found nowhere else, so nothing was deleted.",
                "Unlock the keyring on this machine's own screen, then try again.",
            )

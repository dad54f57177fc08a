"""The places where keys can be kept, and which of them is in use (`storage/tokens.py` is the door to them).

The order (secrets design §0): the encrypted file if the person moved the keys there, else the system
keyring if it is open, else the encrypted file if there is one, else nothing until the person chooses.
"""

import asyncio
from contextlib import suppress

from stackk_tui.config import ConfigError, Settings
from stackk_tui.model.errors import InvalidInput, StorageError
from stackk_tui.storage.background import bounded
from stackk_tui.storage.keyring_store import CALL_LIMIT, KeyringStore
from stackk_tui.storage.keyring_system import Condition, SystemKeyring, system_keyring
from stackk_tui.storage.moving import ChosenVault
from stackk_tui.storage.passphrase import PassphraseSource
from stackk_tui.storage.token_needed import not_chosen
from stackk_tui.storage.token_record import MemoryStore, TokenStore
from stackk_tui.storage.vault import Vault
from stackk_tui.storage.vault_keys import KeyFile
from stackk_tui.storage.vault_store import VaultStore


class Places:
    """The system keyring, the encrypted file and this session's memory, and which one is in use."""

    def __init__(
        self,
        settings: Settings,
        passphrase: PassphraseSource | None = None,
        *,
        keyring: SystemKeyring | None = None,
    ) -> None:
        """`passphrase` comes from `passphrase_from(...)`. Raises InvalidInput for an unknown setting."""
        try:
            self._mode = settings.token_store
        except ConfigError as error:
            raise InvalidInput(
                str(error), "Nothing was opened.", "Correct or remove that setting."
            ) from error
        self._system = keyring or system_keyring(settings.env)
        self._memory = MemoryStore()
        self._keyring = KeyringStore(self._system)
        self._key_file = _key_file(settings)
        self._chosen_vault = ChosenVault(settings.paths.vault.parent / "keys-in-vault")
        self._vault = VaultStore(
            Vault(settings.paths.vault),
            key_file=self._key_file,
            passphrase=passphrase,
            forget_after=_idle_seconds(settings),
        )
        self._chosen: TokenStore | None = None
        self._keyring_works: bool | None = None
        self._choosing = asyncio.Lock()

    async def _store(self, *, saving: bool, certain: bool = False) -> TokenStore | None:
        """Gives the store in use; None while it is still to be made by the first save.

        `certain`: the keyring is tried with a random value before anything is said about it.
        """
        async with self._choosing:
            if saving and self._chosen is self._keyring and await self._vault_was_chosen():
                self._chosen = None  # another process moved the keys: one put back here would be astray
            if self._chosen is None:
                self._chosen = await self._choose(saving=saving, certain=saving or certain)
            elif self._chosen is self._keyring and (saving or certain) and not await self._keyring_is_good():
                self._chosen = None
                raise not_chosen(self._mode, "refused")
            return self._chosen

    async def _choose(self, *, saving: bool, certain: bool) -> TokenStore | None:
        if self._mode == "memory":
            return self._memory
        if self._mode == "vault" or (self._mode == "auto" and self._key_file is not None):
            return await self._vault_or_its_making("none", saving=saving)
        if await self._vault_was_chosen():
            return self._vault
        condition = await self._condition(certain=certain)
        if condition == "open":
            return self._keyring
        step_down = condition in ("locked", "refused") and not await self._vault.exists()
        if self._mode == "keyring" or step_down:
            raise not_chosen(self._mode, condition)
        return await self._vault_or_its_making(condition, saving=saving)

    async def _vault_was_chosen(self) -> bool:
        return self._mode == "auto" and await self._chosen_vault.is_made() and await self._vault.exists()

    async def _condition(self, *, certain: bool) -> Condition:
        condition = await self._probe()
        doubtful = certain or not self._system.tells or self._keyring_works is False
        if condition == "open" and doubtful and not await self._keyring_is_good():
            return "refused"
        return condition

    async def _vault_or_its_making(self, keyring: Condition, *, saving: bool) -> TokenStore | None:
        if await self._vault.exists():
            return self._vault
        if not await self._vault.can_make_itself():
            raise not_chosen(self._mode, keyring)
        if not saving:
            return None
        try:
            await self._vault.create(None)
        except StorageError:
            if not await self._vault.exists():  # else another process was first, with the same key
                raise
        return self._vault

    async def _open_stores(self) -> list[TokenStore]:
        stores: list[TokenStore] = [self._memory]
        if await self._probe() == "open":
            stores.append(self._keyring)
        with suppress(StorageError):  # a damaged file holds up neither the keyring nor a disconnect from it
            if await self._vault.exists() and not await self._vault_is_shut():
                stores.append(self._vault)
        return stores

    async def _vault_is_shut(self) -> bool:
        """Says whether there is an encrypted file that needs a person. Raises VaultDamaged, StorageError."""
        return await self._vault.exists() and (await self._vault.look()).state != "open"

    async def _probe(self) -> Condition:
        try:
            return await bounded(self._system.probe, CALL_LIMIT, "keyring")
        except TimeoutError:
            return "none"

    async def _keyring_is_good(self) -> bool:
        """Does the round trip, once a process."""
        if self._keyring_works is None:
            try:
                await self._keyring.check()
                self._keyring_works = True
            except StorageError:
                self._keyring_works = False
        return self._keyring_works


def _key_file(settings: Settings) -> KeyFile | None:
    path = settings.vault_key_file
    return None if path is None else KeyFile(path, handed_over="STACKK_VAULT_KEY_FILE" not in settings.env)


def _idle_seconds(settings: Settings) -> float:
    """`lock_after_minutes` of the table `vault` in config.toml; 0, the default, is never."""
    minutes = settings.section("vault").get("lock_after_minutes", 0)
    return float(minutes) * 60 if isinstance(minutes, int | float) and minutes > 0 else 0.0

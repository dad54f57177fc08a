"""The encrypted file that keeps keys where there is no system keyring (`secrets-and-oauth.md` §3).

Every method blocks (disk, key derivation, another process's lock): call it in a thread. Reading needs no
lock, for the file is replaced as a whole; every change is: lock, read the newest, change, replace.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stackk_tui.model.errors import StorageError, VaultLocked
from stackk_tui.model.secret import Secret
from stackk_tui.storage.files import our_folder, read_private, replace_file, sync_folder, unusable
from stackk_tui.storage.locks import LOCK_LIMIT, file_lock
from stackk_tui.storage.vault_file import (
    MAX_BYTES,
    Entries,
    VaultFile,
    entries_of,
    new_vault,
    parse_vault,
    unwrap,
    with_entries,
)
from stackk_tui.storage.vault_keys import Opener

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Vault:
    """One vault file. Keeps the data key, never the passphrase, between `unlock` and `forget`."""

    def __init__(self, path: Path, lock_limit: float = LOCK_LIMIT) -> None:
        self.path = path
        self._lock_path = path.with_name("vault.lock")
        self._lock_limit = lock_limit
        self._opened: tuple[bytes, AESGCM] | None = None
        """The key id that the cipher belongs to, and the cipher; replaced as one."""

    def exists(self) -> bool:
        return self.path.is_symlink() or self.path.exists()

    def opened_by(self) -> Literal["passphrase", "keyfile"]:
        """Says what opens it. Raises StorageError, VaultDamaged; VaultLocked if there is no vault."""
        return "keyfile" if self._read().kdf["name"] == "keyfile" else "passphrase"

    def is_open(self) -> bool:
        """Says whether the data key we hold is still the file's. Raises StorageError, VaultDamaged."""
        return self._opened is not None and self._opened[0] == self._read().key_id

    def create(self, opener: Opener) -> None:
        """Makes an empty vault and leaves it open. Raises StorageError if a file is there, good or bad."""
        with self._locked():
            if self.exists():
                raise StorageError(
                    "There is an encrypted file already.",
                    "It was left as it is.",
                    "Use it, or change its passphrase: `stackk-tui vault rotate`.",
                )
            opener.prepare()
            vault, cipher = new_vault(opener, {})
            replace_file(self.path, vault.to_bytes())
            self._opened = vault.key_id, cipher

    def unlock(self, opener: Opener) -> None:
        """Opens it and checks its contents. Raises WrongPassphrase, VaultDamaged, StorageError."""
        vault = self._read()
        cipher = unwrap(vault, opener)
        entries_of(vault, cipher)
        self._opened = vault.key_id, cipher

    def forget(self) -> None:
        """Locks it again by forgetting the data key."""
        self._opened = None

    def get(self, service: str, user: str) -> Secret | None:
        """Raises VaultLocked, VaultDamaged, StorageError."""
        vault = self._read()
        value = entries_of(vault, self._cipher(vault)).get(service, {}).get(user)
        return None if value is None else Secret(value)

    def put(self, service: str, user: str, secret: Secret) -> None:
        """On the disk when it returns. Raises VaultLocked, VaultDamaged, StorageError."""

        def change(entries: Entries) -> bool:
            entries.setdefault(service, {})[user] = secret.reveal()
            return True

        self._change(change)

    def remove(self, service: str, user: str) -> bool:
        """Says whether it was there. Raises VaultLocked, VaultDamaged, StorageError."""

        def change(entries: Entries) -> bool:
            return entries.get(service, {}).pop(user, None) is not None

        return self._change(change)

    def rotate(self, opener: Opener) -> None:
        """Encrypts everything anew under a new salt and a new data key, for `opener` alone.

        Raises VaultLocked, VaultDamaged, StorageError; the old one is then still good.
        """
        with self._locked():
            vault = self._read()
            entries = entries_of(vault, self._cipher(vault))
            opener.prepare()
            vault, cipher = new_vault(opener, entries)
            replace_file(self.path, vault.to_bytes())
            self._opened = vault.key_id, cipher

    def move_aside(self) -> Path:
        """Renames the file to `vault.json.bad-<UTC time>`, gives its new place. Raises StorageError."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        aside = self.path.with_name(f"{self.path.name}.bad-{stamp}")
        with self._locked():
            try:
                self.path.rename(aside)
                sync_folder(self.path.parent)
            except OSError as error:
                raise unusable(self.path, error) from error
            self._opened = None
        return aside

    def _change(self, change: Callable[[Entries], bool]) -> bool:
        with self._locked():
            vault = self._read()
            cipher = self._cipher(vault)
            entries = entries_of(vault, cipher)
            changed = change(entries)
            if changed:
                replace_file(self.path, with_entries(vault, cipher, entries).to_bytes())
            return changed

    def _locked(self) -> AbstractContextManager[None]:
        our_folder(self.path.parent)
        return file_lock(self._lock_path, self._lock_limit)

    def _read(self) -> VaultFile:
        try:
            content = read_private(self.path, MAX_BYTES)
        except FileNotFoundError:
            raise VaultLocked(
                "There is no encrypted file for keys yet.",
                "No key is kept on this machine.",
                "Run: stackk-tui vault create",
            ) from None
        return parse_vault(content)

    def _cipher(self, vault: VaultFile) -> "AESGCM":
        if self._opened is None or self._opened[0] != vault.key_id:
            raise locked()
        return self._opened[1]


def locked() -> VaultLocked:
    """Gives the error for a vault whose passphrase is missing."""
    return VaultLocked(
        "The encrypted file with your keys is locked.",
        "Your keys and figures are safe; nothing new can be fetched until it is opened.",
        "Type the passphrase when the app asks, or add --passphrase-command CMD to the command.",
    )

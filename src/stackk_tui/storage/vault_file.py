"""The vault's file format, version 1: bytes in, bytes out, no I/O (`secrets-and-oauth.md` §3).

    {"format":"stackk-tui-vault","version":1,"kdf":{…},
     "wrap":{"nonce":…,"ct": data key under the wrapping key},
     "body":{"nonce":…,"ct": {service:{user:secret}} under the data key}}

AES-256-GCM throughout. Associated data: for `wrap` the header (format, version, kdf), for `body` the header
and `wrap`; so no field can be swapped for another file's. The file is its own canonical spelling.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackk_tui.model.errors import StorageError, VaultDamaged, WrongPassphrase
from stackk_tui.storage.vault_keys import Kdf, Opener, valid_kdf
from stackk_tui.storage.vault_text import canonical, decode64, encode64, parse

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = "stackk-tui-vault"
VERSION = 1
MAX_BYTES = 16 * 1024 * 1024
_NONCE_BYTES = 12
_TAG_BYTES = 16
_DATA_KEY_BYTES = 32

Entries = dict[str, dict[str, str]]
"""service → user → secret."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A nonce and what was encrypted under it."""

    nonce: bytes
    ct: bytes

    def as_json(self) -> dict[str, str]:
        return {"nonce": encode64(self.nonce), "ct": encode64(self.ct)}


@dataclass(frozen=True, slots=True)
class VaultFile:
    """A vault as it stands on the disk: checked in form, still encrypted."""

    kdf: Kdf
    wrap: Sealed
    body: Sealed

    @property
    def header(self) -> dict[str, object]:
        return {"format": FORMAT, "version": VERSION, "kdf": dict(self.kdf)}

    @property
    def key_id(self) -> bytes:
        """Changes whenever the passphrase, the key file or the data key does."""
        return hashlib.sha256(canonical([self.header, self.wrap.as_json()])).digest()

    def to_bytes(self) -> bytes:
        return canonical(self.header | {"wrap": self.wrap.as_json(), "body": self.body.as_json()})


def parse_vault(content: bytes) -> VaultFile:
    """Gives the vault in a file's bytes. Raises VaultDamaged; StorageError for a newer version's file."""
    raw = parse(content)
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise damaged("header")
    version = raw.get("version")
    if type(version) is int and version > VERSION:
        raise StorageError(
            f"The encrypted file was written by a newer stackk-tui (file version {version}; "
            f"this one reads version {VERSION}).",
            "Your keys are safe in it; nothing was changed.",
            f"Update stackk-tui to one that reads file version {version}.",
        )
    if type(version) is not int or version != VERSION:
        raise damaged("header")
    if set(raw) != {"format", "version", "kdf", "wrap", "body"}:
        raise damaged("header")
    kdf, wrap, body = valid_kdf(raw["kdf"]), _sealed(raw["wrap"]), _sealed(raw["body"])
    if kdf is None or wrap is None or len(wrap.ct) != _DATA_KEY_BYTES + _TAG_BYTES:
        raise damaged("header")
    if body is None:
        raise damaged("contents")
    vault = VaultFile(kdf, wrap, body)
    if vault.to_bytes() != content:  # a second spelling is a change nobody would see
        raise damaged("header")
    return vault


def new_vault(opener: Opener, entries: Entries) -> "tuple[VaultFile, AESGCM]":
    """Gives a vault with a new salt and a new data key, and the cipher of that data key."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    kdf = opener.fresh_kdf()
    header = VaultFile(kdf, Sealed(b"", b""), Sealed(b"", b"")).header
    data_key = AESGCM.generate_key(bit_length=256)
    nonce = os.urandom(_NONCE_BYTES)
    wrap = Sealed(nonce, AESGCM(opener.key(kdf)).encrypt(nonce, data_key, canonical(header)))
    cipher = AESGCM(data_key)
    return with_entries(VaultFile(kdf, wrap, Sealed(b"", b"")), cipher, entries), cipher


def unwrap(vault: VaultFile, opener: Opener) -> "AESGCM":
    """Gives the cipher of the data key. Raises WrongPassphrase: a cipher cannot tell that from damage."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        key = AESGCM(opener.key(vault.kdf)).decrypt(vault.wrap.nonce, vault.wrap.ct, canonical(vault.header))
    except InvalidTag:
        raise _wrong(opener) from None
    return AESGCM(key)


def entries_of(vault: VaultFile, cipher: "AESGCM") -> Entries:
    """Gives what is in the vault. Raises VaultDamaged."""
    from cryptography.exceptions import InvalidTag

    try:
        plain = cipher.decrypt(vault.body.nonce, vault.body.ct, _body_data(vault))
    except InvalidTag:
        raise damaged("contents") from None
    entries = _checked_entries(parse(plain))
    if entries is None:
        raise damaged("contents")
    return entries


def with_entries(vault: VaultFile, cipher: "AESGCM", entries: Mapping[str, Mapping[str, str]]) -> VaultFile:
    """Gives the vault with other contents, under a fresh nonce."""
    nonce = os.urandom(_NONCE_BYTES)
    return VaultFile(
        vault.kdf, vault.wrap, Sealed(nonce, cipher.encrypt(nonce, canonical(entries), _body_data(vault)))
    )


def damaged(part: str) -> VaultDamaged:
    """Gives the error for a vault that cannot be read. It is never overwritten."""
    return VaultDamaged(
        f"The {part} of the encrypted file {'are' if part == 'contents' else 'is'} damaged.",
        "The keys in it cannot be read; the file was left as it is, your figures are safe.",
        "Restore vault.json from a backup, or rename it and run: stackk-tui vault create",
    )


def _body_data(vault: VaultFile) -> bytes:
    return canonical([vault.header, vault.wrap.as_json()])


def _sealed(raw: object) -> Sealed | None:
    if not isinstance(raw, dict) or set(raw) != {"nonce", "ct"}:
        return None
    nonce, ct = decode64(raw["nonce"]), decode64(raw["ct"])
    if nonce is None or ct is None or len(nonce) != _NONCE_BYTES or len(ct) < _TAG_BYTES:
        return None
    return Sealed(nonce, ct)


def _checked_entries(raw: object) -> Entries | None:
    if not isinstance(raw, dict):
        return None
    for users in raw.values():
        if not isinstance(users, dict) or not all(isinstance(value, str) for value in users.values()):
            return None
    return raw


def _wrong(opener: Opener) -> WrongPassphrase:
    if opener.opens == "keyfile":
        return WrongPassphrase(
            "This key file does not open the encrypted file, or the file's header is damaged.",
            "Your keys are still in it; nothing was changed.",
            "Name the key file it was made with: STACKK_VAULT_KEY_FILE=PATH",
        )
    return WrongPassphrase(
        "Wrong passphrase, or the header of the encrypted file is damaged.",
        "Your keys are still in it; nothing was changed.",
        "Type the passphrase again.",
    )

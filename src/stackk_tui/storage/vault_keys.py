"""From a passphrase or a key file to the key that wraps the vault's data key (`secrets-and-oauth.md` §3)."""

import hashlib
import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, Protocol

from stackk_tui.model.errors import InvalidInput, StorageError
from stackk_tui.model.secret import Secret
from stackk_tui.storage.files import make_private, read_private
from stackk_tui.storage.vault_text import decode64, encode64

MIN_PASSPHRASE = 12
"""Characters."""
KEY_BYTES = 32
SALT_BYTES = 16

KdfField = str | int
Kdf = Mapping[str, KdfField]
"""The vault's `kdf` object: a name and the parameters of that name."""

_ARGON2: Final = {"m": 65536, "t": 3, "p": 4}
"""RFC 9106's second choice; m in KiB."""
_SCRYPT: Final = {"n": 2**17, "r": 8, "p": 1}
# A tampered file must neither eat all memory nor weaken the derivation.
_BOUNDS: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "argon2id": {"m": (19 * 1024, 1024 * 1024), "t": (1, 16), "p": (1, 16)},
    "scrypt": {"n": (2**15, 2**20), "r": (8, 8), "p": (1, 4)},
    "keyfile": {},
}


class Opener(Protocol):
    """Something that opens a vault."""

    opens: Literal["passphrase", "keyfile"]

    def prepare(self) -> None:
        """Makes ready what a new vault needs, under the vault's lock. Raises InvalidInput, StorageError."""

    def fresh_kdf(self) -> Kdf:
        """Gives a new `kdf` object, with a new salt."""

    def key(self, kdf: Kdf) -> bytes:
        """Gives the 32-byte wrapping key. Raises StorageError."""


class Passphrase:
    """Opens a vault with what a person knows. Takes 0.13 to 0.4 s and 64 to 128 MiB on purpose."""

    opens: Literal["passphrase", "keyfile"] = "passphrase"

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def prepare(self) -> None:
        check_new_passphrase(self._secret)

    def fresh_kdf(self) -> Kdf:
        salt = encode64(os.urandom(SALT_BYTES))
        if has_argon2():
            return {"name": "argon2id", **_ARGON2, "salt": salt}
        return {"name": "scrypt", **_SCRYPT, "salt": salt}

    def key(self, kdf: Kdf) -> bytes:
        try:
            return _derive(self._bytes(), kdf)
        except MemoryError as error:
            raise StorageError(
                "There is not enough memory to open the encrypted file.",
                "Your keys are safe; nothing was changed.",
                "Close something and try again.",
            ) from error

    def _bytes(self) -> bytes:
        # The same letters are typed as different code points on different systems.
        return unicodedata.normalize("NFC", self._secret.reveal()).encode("utf-8", "surrogatepass")


class KeyFile:
    """Opens a vault with a file of 32 random bytes: guards a leaked copy of the vault alone, nothing more."""

    opens: Literal["passphrase", "keyfile"] = "keyfile"

    def __init__(self, path: Path, *, handed_over: bool = False) -> None:
        self.path = path
        self._handed_over = handed_over

    def prepare(self) -> None:
        """Makes the file with fresh random bytes, mode 0600, unless it is there."""
        make_private(self.path, os.urandom(KEY_BYTES))

    def fresh_kdf(self) -> Kdf:
        return {"name": "keyfile"}

    def key(self, kdf: Kdf) -> bytes:  # a key file has no parameters
        return hashlib.sha256(b"stackk-tui keyfile v1\0" + self._read()).digest()

    def _read(self) -> bytes:
        # A service manager hands keys over as root's, readable by us through an access list (a group bit).
        owners, shut = (frozenset({0}), 0o037) if self._handed_over else (frozenset[int](), 0o077)
        try:
            content = read_private(self.path, KEY_BYTES * 128, owners=owners, shut=shut)
        except FileNotFoundError as error:
            raise StorageError(
                f"The key file {self.path} is not there.",
                "Your keys stay in the encrypted file, which cannot be opened without it.",
                "Put the key file back, or name it: STACKK_VAULT_KEY_FILE=PATH",
            ) from error
        if len(content) != KEY_BYTES:
            raise StorageError(
                f"{self.path} is no key file: it has {len(content)} bytes, not {KEY_BYTES}.",
                "It was not used.",
                f"Make one with: (umask 077; head -c {KEY_BYTES} /dev/urandom > FILE)",
            )
        return content


def check_new_passphrase(passphrase: Secret) -> None:
    """Raises InvalidInput when a passphrase is too short to be chosen."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise InvalidInput(
            f"The passphrase is too short: it needs at least {MIN_PASSPHRASE} characters.",
            "Nothing was changed.",
            "Four or five random words are easy to remember. It cannot be recovered, so keep it well.",
        )


def valid_kdf(kdf: object) -> Kdf | None:
    """Gives the `kdf` object of a vault if it is one that this version accepts, else None."""
    if not isinstance(kdf, dict) or not isinstance(name := kdf.get("name"), str):
        return None
    bounds = _BOUNDS.get(name)
    if bounds is None:
        return None
    salted = name != "keyfile"
    if set(kdf) != {"name", *bounds} | ({"salt"} if salted else set()):
        return None
    for field, (low, high) in bounds.items():
        if type(kdf[field]) is not int or not low <= kdf[field] <= high:
            return None
    if name == "scrypt" and kdf["n"].bit_count() != 1:
        return None
    if salted and (salt := decode64(kdf["salt"])) is not None and len(salt) != SALT_BYTES:
        return None
    if salted and decode64(kdf["salt"]) is None:
        return None
    return kdf


def has_argon2() -> bool:
    """Says whether the crypto library was built with Argon2id (OpenSSL 3.2 or newer)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        Argon2id(salt=bytes(SALT_BYTES), length=KEY_BYTES, iterations=1, lanes=1, memory_cost=8)
    except UnsupportedAlgorithm:
        return False
    return True


def _derive(passphrase: bytes, kdf: Kdf) -> bytes:
    salt = decode64(kdf["salt"]) or b""
    if kdf["name"] == "scrypt":
        n, r, p = int(kdf["n"]), int(kdf["r"]), int(kdf["p"])
        memory = 128 * r * (n + p + 2) + 2**20
        return hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, maxmem=memory, dklen=KEY_BYTES)

    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        kdf_ = Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=int(kdf["t"]),
            lanes=int(kdf["p"]),
            memory_cost=int(kdf["m"]),
        )
    except UnsupportedAlgorithm as error:
        raise StorageError(
            "This system's crypto library is too old to open the encrypted file.",
            "Your keys are safe; nothing was changed.",
            "Update the `cryptography` package, or open the file where it was made.",
        ) from error
    return kdf_.derive(passphrase)

"""Credentials in the system keyring: one entry per account, in pieces where an entry has a limit.

On a backend with a limit `user#0` is the index `{"first":k,"parts":n,"sha256":…}`, `user#k…` are the pieces.
New pieces go beside the old ones and the index is written last: a killed process leaves the old value whole.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import TypeVar

from stackk_tui.model.errors import StackkError, StorageError
from stackk_tui.model.secret import Secret
from stackk_tui.storage.background import bounded
from stackk_tui.storage.keyring_system import Backend, SystemKeyring
from stackk_tui.storage.token_record import SERVICE, StoreState, TokenRecord, entry_name
from stackk_tui.storage.vault_text import canonical, parse

CALL_LIMIT = 3.0
"""Seconds for one call to a keyring that said it is open."""

_MAX_COPIES = 8
_MAX_PARTS = 10_000

T = TypeVar("T")


class KeyringStore:
    """The token store over a system keyring that is open."""

    def __init__(self, system: SystemKeyring, call_limit: float = CALL_LIMIT) -> None:
        self._system = system
        self._call_limit = call_limit

    async def load(self, provider: str, account_id: str) -> TokenRecord | None:
        name = entry_name(provider, account_id)
        text = await self._call(lambda: self._entries().get(name))
        return None if text is None else TokenRecord.from_text(text)

    async def save(self, provider: str, account_id: str, record: TokenRecord) -> None:
        name, text = entry_name(provider, account_id), record.to_text()
        await self._call(lambda: self._entries().set(name, text))

    async def delete(self, provider: str, account_id: str) -> bool:
        name = entry_name(provider, account_id)
        return await self._call(lambda: self._entries().delete(name))

    def info(self) -> StoreState:
        return StoreState("keyring", "open", "kept in the system keyring of this machine")

    async def check(self) -> None:
        """Writes, reads, compares and deletes a random value under a random name. Raises StorageError."""
        await self._call(self._round_trip)

    def _round_trip(self) -> None:
        name, value = f"check:{secrets.token_hex(8)}", Secret(secrets.token_urlsafe(32))
        entries = self._entries()
        try:
            entries.set(name, value)
            found = entries.get(name)
        finally:
            entries.delete(name)
        if found != value or entries.get(name) is not None:
            raise StorageError(
                "The system keyring did not give back what was put into it.",
                "Nothing of yours was put there.",
                "Run: stackk-tui vault create",
            )

    def _entries(self) -> "_Entries | _SplitEntries":
        backend = self._system.backend()
        return _Entries(backend) if self._system.limit is None else _SplitEntries(backend, self._system.limit)

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await bounded(work, self._call_limit, "keyring")
        except TimeoutError:
            problem = f"did not answer within {self._call_limit:g} seconds"
        except StackkError:
            raise
        except Exception as error:  # noqa: BLE001 - a backend raises whatever its system does
            locked = type(error).__name__ in ("KeyringLocked", "LockedException")
            problem = "is locked" if locked else "refused"
        raise StorageError(
            f"The system keyring of this machine {problem}.",
            "Your keys are still where they were.",
            "Unlock it on this machine's own screen, or run: stackk-tui vault create",
        )


class _Entries:
    """Whole values, one entry each."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def get(self, name: str) -> Secret | None:
        value = self._backend.get_password(SERVICE, name)
        return None if value is None else Secret(value)

    def set(self, name: str, value: Secret) -> None:
        self._backend.set_password(SERVICE, name, value.reveal())

    def delete(self, name: str) -> bool:
        """Says whether it was there. Raises when it is still there afterwards."""
        was_there = False
        for _ in range(_MAX_COPIES):  # a service may hold several of one name, and deletes the first
            if self.get(name) is None:
                return was_there
            was_there = True
            self._backend.delete_password(SERVICE, name)
        if self.get(name) is not None:
            raise StorageError(
                "The system keyring kept what it was told to delete.",
                "A copy of the key may still be in it.",
                f"Open the system's password manager and delete “{SERVICE}”.",
            )
        return was_there


class _SplitEntries:
    """Values in pieces of at most `limit` characters."""

    def __init__(self, backend: Backend, limit: int) -> None:
        self._whole = _Entries(backend)
        self._limit = limit

    def get(self, name: str) -> Secret | None:
        index = self._index(name)
        if index is None:
            return None
        first, parts, digest = index
        found = [self._whole.get(f"{name}#{n}") for n in range(first, first + parts)]
        value = Secret("".join(part.reveal() for part in found if part is not None))
        if not hmac.compare_digest(_digest(value), digest):
            raise StorageError(
                "The kept key of this account is damaged in the system keyring.",
                "Your figures are safe.",
                "Disconnect the account and add it again.",
            )
        return value

    def set(self, name: str, value: Secret) -> None:
        old = self._index(name)
        text = value.reveal()  # ASCII: canonical JSON, so characters are UTF-16 units
        parts = [text[at : at + self._limit] for at in range(0, len(text), self._limit)]
        first = 1 if old is None or len(parts) < old[0] else old[0] + old[1]
        for number, part in enumerate(parts, first):
            self._whole.set(f"{name}#{number}", Secret(part))
        index = {"first": first, "parts": len(parts), "sha256": _digest(value)}
        self._whole.set(f"{name}#0", Secret(canonical(index).decode("ascii")))
        self._sweep(name, keep=range(first, first + len(parts)), at_least=sum(old[:2]) if old else 1)

    def delete(self, name: str) -> bool:
        old = self._index(name)
        self._sweep(name, keep=range(0), at_least=sum(old[:2]) if old else 1)
        return self._whole.delete(f"{name}#0")  # last, so that a killed process can be asked again

    def _sweep(self, name: str, keep: range, at_least: int) -> None:
        """Deletes pieces that belong to nothing: up to `at_least`, then until none follows."""
        number = 1
        while number < _MAX_PARTS:
            if number in keep:
                number = keep.stop
                continue
            if not self._whole.delete(f"{name}#{number}") and number >= at_least:
                return
            number += 1

    def _index(self, name: str) -> tuple[int, int, str] | None:
        """Gives first, parts and hash; None if there is no entry or its index is damaged."""
        found = self._whole.get(f"{name}#0")
        raw = None if found is None else parse(found.reveal().encode("utf-8", "surrogatepass"))
        if not isinstance(raw, dict):
            return None
        first, parts, digest = raw.get("first", 1), raw.get("parts"), raw.get("sha256")
        if type(first) is not int or type(parts) is not int or not isinstance(digest, str):
            return None
        return (first, parts, digest) if 0 < first < _MAX_PARTS and 0 < parts < _MAX_PARTS else None


def _digest(value: Secret) -> str:
    return hashlib.sha256(value.reveal().encode("utf-8", "surrogatepass")).hexdigest()

"""What is kept per account, and what a place that keeps it can do (`secrets-and-oauth.md` §4)."""

from dataclasses import dataclass
from typing import Literal, Protocol

from stackk_tui.model.errors import StorageError
from stackk_tui.model.secret import Secret
from stackk_tui.storage.vault_text import canonical, parse

SERVICE = "stackk-tui"
"""The service name of every entry; its user is `entry_name(...)`."""

RECORD_VERSION = 1


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """One account's credential. Other kinds than a key get fields of their own when they come."""

    secret: Secret
    kind: Literal["api_key"] = "api_key"

    def to_text(self) -> Secret:
        """Gives the JSON to keep, which is itself a secret."""
        record = {"v": RECORD_VERSION, "kind": self.kind, "secret": self.secret.reveal()}
        return Secret(canonical(record).decode("ascii"))

    @classmethod
    def from_text(cls, text: Secret) -> "TokenRecord":
        """Raises StorageError for a record that this version cannot read."""
        raw = parse(text.reveal().encode("utf-8", "surrogatepass"))
        if isinstance(raw, dict) and raw.get("v") == RECORD_VERSION and raw.get("kind") == "api_key":
            value = raw.get("secret")
            if isinstance(value, str) and value:
                return cls(Secret(value))
        raise StorageError(
            "The kept key of this account cannot be read: a newer stackk-tui wrote it, or it is damaged.",
            "It was left as it is.",
            "Update stackk-tui, or disconnect the account and add it again.",
        )


@dataclass(frozen=True, slots=True)
class StoreState:
    """Where keys are kept. `state` is none while there is nothing to keep them in."""

    kind: Literal["keyring", "vault", "memory"]
    state: Literal["open", "locked", "none"]
    words: str
    """For the person: `kept in the system keyring of this machine`."""


class TokenStore(Protocol):
    """A place for credentials, by provider and account. Raises StorageError, VaultLocked."""

    async def load(self, provider: str, account_id: str) -> TokenRecord | None: ...

    async def save(self, provider: str, account_id: str, record: TokenRecord) -> None:
        """Kept for good when it returns."""

    async def delete(self, provider: str, account_id: str) -> bool:
        """Says whether it was there. What is not there is deleted already."""

    def info(self) -> StoreState: ...


def entry_name(provider: str, account_id: str) -> str:
    return f"{provider}:{account_id}"


class MemoryStore:
    """Keeps credentials until the process ends."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], TokenRecord] = {}

    async def load(self, provider: str, account_id: str) -> TokenRecord | None:
        return self._records.get((provider, account_id))

    async def save(self, provider: str, account_id: str, record: TokenRecord) -> None:
        self._records[provider, account_id] = record

    async def delete(self, provider: str, account_id: str) -> bool:
        return self._records.pop((provider, account_id), None) is not None

    def info(self) -> StoreState:
        return StoreState("memory", "open", "kept in memory, forgotten when the app closes")

    def everything(self) -> list[tuple[str, str, TokenRecord]]:
        """Gives provider, account id and record of all."""
        return [(*name, record) for name, record in self._records.items()]

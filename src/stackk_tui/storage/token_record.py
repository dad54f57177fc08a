"""What is kept per account, and what a place that keeps it can do (`secrets-and-oauth.md` §4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

from stackk_tui.model.errors import StorageError
from stackk_tui.model.secret import Secret
from stackk_tui.storage.vault_text import canonical, parse

SERVICE = "stackk-tui"
"""The service name of every entry; its user is `entry_name(...)`."""

RECORD_VERSION = 1
_LAST = 253_402_300_799
"""The end of the year 9999, in Unix seconds."""


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """One account's credential: a key, or the tokens of an OAuth sign-in. Moments in UTC."""

    secret: Secret
    """The key, or the access token."""
    kind: Literal["api_key", "oauth"] = "api_key"
    refresh: Secret | None = None
    expires_at: datetime | None = None
    obtained_at: datetime | None = None
    scope: str = ""
    token_type: str = ""
    account: str = ""
    issuer: str = ""
    client_id: str = ""
    """The OAuth app that was typed in for it, with its secret; empty: the one in the settings."""
    client_secret: Secret | None = None

    def to_text(self) -> Secret:
        """Gives the JSON to keep, which is itself a secret."""
        if self.kind == "api_key":
            record: dict[str, object] = {
                "v": RECORD_VERSION,
                "kind": self.kind,
                "secret": self.secret.reveal(),
            }
        else:
            record = {
                "v": RECORD_VERSION,
                "kind": self.kind,
                "access_token": self.secret.reveal(),
                "refresh_token": self.refresh.reveal() if self.refresh else None,
                "expires_at": _seconds(self.expires_at),
                "obtained_at": _seconds(self.obtained_at),
                "scope": self.scope,
                "token_type": self.token_type,
                "account": self.account,
                "issuer": self.issuer,
            }
            if self.client_id and self.client_secret is not None:
                record |= {"client_id": self.client_id, "client_secret": self.client_secret.reveal()}
        return Secret(canonical(record).decode("ascii"))

    @classmethod
    def from_text(cls, text: Secret) -> "TokenRecord":
        """Raises StorageError for a record that this version cannot read."""
        raw = parse(text.reveal().encode("utf-8", "surrogatepass"))
        if isinstance(raw, dict) and raw.get("v") == RECORD_VERSION:
            found = _key(raw) if raw.get("kind") == "api_key" else _tokens(raw)
            if found is not None:
                return found
        raise StorageError(
            "The kept key of this account cannot be read: a newer stackk-tui wrote it, or it is damaged.",
            "It was left as it is.",
            "Update stackk-tui, or disconnect the account and add it again.",
        )


def _key(raw: Mapping[str, object]) -> TokenRecord | None:
    value = raw.get("secret")
    return TokenRecord(Secret(value)) if isinstance(value, str) and value else None


def _tokens(raw: Mapping[str, object]) -> TokenRecord | None:
    access, refresh = raw.get("access_token"), raw.get("refresh_token")
    names = ("scope", "token_type", "account", "issuer", "client_id", "client_secret")
    texts = {name: raw.get(name) or "" for name in names}
    moments = {name: raw.get(name) for name in ("expires_at", "obtained_at")}
    if raw.get("kind") != "oauth" or not isinstance(access, str) or not access:
        return None
    if refresh is not None and not isinstance(refresh, str):
        return None
    if not all(isinstance(text, str) for text in texts.values()):
        return None
    if not all(_is_moment(moment) for moment in moments.values()):
        return None
    return TokenRecord(
        secret=Secret(access),
        kind="oauth",
        refresh=Secret(refresh) if refresh else None,
        expires_at=_moment(moments["expires_at"]),
        obtained_at=_moment(moments["obtained_at"]),
        scope=str(texts["scope"]),
        token_type=str(texts["token_type"]),
        account=str(texts["account"]),
        issuer=str(texts["issuer"]),
        client_id=str(texts["client_id"]),
        client_secret=Secret(str(texts["client_secret"])) if texts["client_secret"] else None,
    )


def _seconds(moment: datetime | None) -> int | float | None:
    """Gives Unix seconds, whole where they are, else to the millisecond."""
    if moment is None:
        return None
    return round(moment.timestamp(), 3) if moment.microsecond else int(moment.timestamp())


def _is_moment(value: object) -> bool:
    return value is None or (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LAST
    )


def _moment(value: object) -> datetime | None:
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None


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

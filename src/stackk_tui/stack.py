"""The async service layer: the one door through which screens and commands act and read.

Everything a person does is a verb of `Stack`; everything they see is a value it gives, read from the ledger.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stackk_tui.config import Settings
from stackk_tui.model.board import Board
from stackk_tui.model.clock import Clock, utc_now
from stackk_tui.model.errors import StackkError
from stackk_tui.model.events import Event
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Account, EnteredBilling, Workspace
from stackk_tui.model.view import History, ServiceView, Total
from stackk_tui.providers.base import Finding, ProviderInfo

Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A credential that works, not kept anywhere yet. `connect` keeps it, `forget` drops it."""

    account: Account
    note: str
    """What to tell the person, e.g. that this key cannot see usage."""
    picker: bool
    """Whether there are workspaces to pick from; if not, connect with no workspace ids."""


@dataclass(frozen=True, slots=True)
class WorkspaceChoice:
    workspace: Workspace
    connected: bool


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """Where keys are kept: `kind` keyring, vault or memory; `state` open, locked, or none (to be chosen)."""

    kind: str
    state: Literal["open", "locked", "none"]
    words: str
    """For the person: `kept in the GNOME keyring of this machine`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one service's sync or refresh ended."""

    service_id: str
    how: Literal["fetched", "from-ledger", "failed"]
    error: StackkError | None = None


@dataclass(frozen=True, slots=True)
class Farewell:
    """What disconnecting will do (`plan_disconnect`) or did (`disconnect`)."""

    deleted: tuple[str, ...]
    kept: tuple[str, ...]
    cannot: tuple[str, ...]
    revoked: Literal["revoked", "impossible", "failed", "not-asked"] = "not-asked"


class Stack:
    """Open one per process with `await Stack.open(...)`, and `await close()` it."""

    @classmethod
    async def open(
        cls, settings: Settings, *, clock: Clock = utc_now, transport: object | None = None
    ) -> "Stack":
        """Raises LedgerTooNew, StorageError."""
        raise NotImplementedError

    async def close(self) -> None: ...

    # what there is
    def providers(self) -> tuple[ProviderInfo, ...]: ...
    async def findings(self) -> list[Finding]: ...
    async def board(self) -> Board: ...
    async def services(self, ids: Sequence[str] | None = None) -> list[ServiceView]: ...
    async def service(self, service_id: str) -> ServiceView: ...
    async def total(self) -> Total: ...
    async def history(self, service_id: str, days: int) -> History: ...
    def listen(self, listener: Listener) -> Callable[[], None]: ...

    # signing in
    async def sign_in(
        self,
        provider_id: str,
        method: str,
        secret: Secret | None = None,
        form: Mapping[str, str] | None = None,
    ) -> SignedIn: ...
    async def workspaces(self, account_id: str) -> list[WorkspaceChoice]: ...
    async def connect(
        self, account_id: str, workspace_ids: Sequence[str] = (), name: str | None = None
    ) -> list[ServiceView]: ...
    def forget(self, account_id: str) -> None: ...

    # keeping up
    async def sync(self, ids: Sequence[str] | None = None) -> list[Outcome]: ...
    async def refresh(self, ids: Sequence[str] | None = None, *, force: bool = False) -> list[Outcome]: ...
    async def edit_billing(self, service_id: str, entered: EnteredBilling) -> ServiceView: ...

    # leaving
    async def plan_disconnect(self, service_id: str, *, purge: bool = False) -> Farewell: ...
    async def disconnect(
        self, service_id: str, *, purge: bool = False, revoke_token: bool = False
    ) -> Farewell: ...

    # where keys are kept
    async def token_store(self) -> StoreInfo: ...
    async def unlock(self, passphrase: Secret) -> StoreInfo: ...
    async def create_vault(self, passphrase: Secret) -> StoreInfo: ...
    async def use_memory(self) -> StoreInfo: ...

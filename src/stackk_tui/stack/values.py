"""What the stack's verbs give."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from stackk_tui.model.errors import StackkError
from stackk_tui.model.service import Account, Workspace
from stackk_tui.storage.tokens import StoreState


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
    """For the person: `kept in the system keyring of this machine`."""

    @classmethod
    def of(cls, state: StoreState) -> "StoreInfo":
        return cls(state.kind, state.state, state.words)


@dataclass(frozen=True, slots=True)
class Held:
    """Why a person who insisted was answered from the ledger: it was asked that often just now."""

    times: int
    window: timedelta
    again_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one service's sync or refresh ended."""

    service_id: str
    how: Literal["fetched", "from-ledger", "failed"]
    error: StackkError | None = None
    held: Held | None = None
    """Set when nothing was asked although the person insisted, for the hard limit."""


@dataclass(frozen=True, slots=True)
class Farewell:
    """What disconnecting will do (`plan_disconnect`) or did (`disconnect`), in sentences for the person."""

    deleted: tuple[str, ...]
    kept: tuple[str, ...]
    cannot: tuple[str, ...]
    revoked: Literal["revoked", "impossible", "failed", "not-asked"] = "not-asked"
    can_destroy: bool = False
    """Whether the pasted key itself can be destroyed at the vendor, if the person wants that."""

"""Accounts, workspaces and the services that are tracked."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from stackk_tui.model.base import Value
from stackk_tui.model.figure import Figure, Money

WorkspaceKind = Literal["organization", "workspace", "project", "team", "machine", "subscription"]
Cycle = Literal["monthly", "yearly"]


class Status(StrEnum):
    OK = "ok"
    STALE = "stale"
    ERROR = "error"
    SIGN_IN_NEEDED = "sign-in-needed"
    DISCONNECTED = "disconnected"


class Account(Value):
    """One credential at a provider. The credential itself is only in the token store, under `id`."""

    id: str
    provider: str
    method: str
    label: str
    billing_scope: str
    """Names whose money this is, e.g. `anthropic:org:<uuid>`: two accounts with one scope are one bill."""
    created_at: datetime


class Workspace(Value):
    """What can be picked inside an account (the seed's AnthropicWorkspace)."""

    id: str
    name: str
    kind: WorkspaceKind = "workspace"
    color: str | None = None
    plan: str | None = None
    created_at: datetime | None = None
    archived_at: datetime | None = None
    whole_account: bool = False
    """True for the row that stands for everything the credential sees."""
    bill: str = ""
    """Whose money it is, where one sign-in reaches several bills; empty: `Account.billing_scope`."""
    part_of: str = ""
    """The id of the workspace that has everything of this one in it, too; empty: none, or the account."""
    closed: str = ""
    """Why it cannot be picked, in a few words; empty when it can."""

    @property
    def usage_id(self) -> str | None:
        """Whose usage it shows: its own, or None for all that the account has. A machine's logs are its own,
        also where one account reads those of several."""
        return None if self.whole_account and self.kind != "machine" else self.id


class ErrorNote(Value):
    """An error as it is kept beside a service; `lines` are the words for the person."""

    code: str
    message: str
    lines: tuple[str, ...] = ()
    request_id: str | None = None
    retry_at: datetime | None = None
    happened_at: datetime


class EnteredBilling(Value):
    """What the person typed about a subscription. None leaves what the provider says."""

    price: Money | None = None
    cycle: Cycle | None = None
    next_payment: date | None = None


class Service(Value):
    """One tracked thing: an account and a workspace in it."""

    id: str
    account_id: str
    provider: str
    name: str
    workspace: Workspace
    category: str
    color: str
    connected: bool = True
    connected_at: datetime
    last_synced_at: datetime | None = None
    error: ErrorNote | None = None
    entered: EnteredBilling = EnteredBilling()


class Plan(Value):
    """A plan as a badge: `tier` is the stable word, `label` the one to read."""

    tier: str
    label: str


class Billing(Value):
    """Price, cycle and next payment, each with its provenance (the seed's BillingInfo)."""

    price: Figure[Money]
    cycle: Cycle | None = None
    next_payment: Figure[date]

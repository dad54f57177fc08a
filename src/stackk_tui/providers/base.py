"""What every provider is to the rest of the house. Nothing above this room may name a vendor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from stackk_tui.config import Settings
from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Account, EnteredBilling, Service, Workspace
from stackk_tui.model.snapshot import LimitSample, Snapshot
from stackk_tui.model.usage import UsageBatch, UsageSource
from stackk_tui.model.usage_parts import PartKind, PartsBatch
from stackk_tui.model.usage_report import LiveUsage, UsageQuery, UsageReport
from stackk_tui.providers.doors import Door, FieldKind, Finding, FormField, OAuthApp, ProviderInfo

if TYPE_CHECKING:
    from stackk_tui.net.bearer import BearerSource, Keeps
    from stackk_tui.storage.tokens import TokenRecord

__all__ = [
    "Door",
    "Fetched",
    "FieldKind",
    "Finding",
    "FollowsThisMachine",
    "FormField",
    "Identity",
    "Known",
    "OAuthApp",
    "Pace",
    "Provider",
    "ProviderContext",
    "ProviderInfo",
    "ReportsUsage",
    "Revocation",
    "Session",
    "SignInFlow",
    "SignsInAtVendor",
    "TakesOAuthApp",
]


@dataclass(frozen=True, slots=True)
class Identity:
    """What signing in learned about a credential."""

    key: str
    """Stable at the vendor (an organization's id): signing in again with it is the same account."""
    label: str
    method: str
    """The door the credential really is for, found by probing; may differ from the one chosen."""
    billing_scope: str
    note: str = ""
    """Said to the person, e.g. what this kind of credential cannot see."""
    service_name: str = ""
    """What a service of it is called on the dashboard; empty means the label."""
    entered: EnteredBilling = field(default_factory=EnteredBilling)
    """What a form said about price and payment."""
    category: str = ""
    color: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """An account and its credential, for the time of one call."""

    account: Account
    secret: Secret | None
    bearer: "BearerSource | None" = None
    """For an account signed in at the vendor: tokens that are good now."""
    grant: "TokenRecord | None" = None
    """The whole of what was kept, for ending it at the vendor; only when disconnecting."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger already has of an account, so that settled days are not asked for again."""

    final_days: Mapping[UsageSource, frozenset[date]] = field(default_factory=dict)
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    """The last snapshot by workspace id; panels that fail keep their values, dated."""
    settled_cost: Mapping[str, Decimal] | None = None
    """By workspace id, what all days of `final_days[COST]` from `settled_since` on cost together, in whole
    units (the ledger's COST buckets). None means that nobody looked: then say "unknown", not 0."""
    settled_since: date | None = None
    """The first day `settled_cost` speaks of: the first of the current UTC month."""
    insisted: bool = False
    """Whether the person asks for everything now, also for what a provider asks for less often."""
    final_parts: Mapping[PartKind, frozenset[date]] = field(default_factory=dict)
    """Days whose parts are known and settled."""


@dataclass(slots=True)
class Fetched:
    """What one fetch of an account learned. A workspace is in `snapshots`, in `failures`, or in both
    when some of it was learned before an error."""

    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    usage: list[UsageBatch] = field(default_factory=list)
    failures: dict[str, StackkError] = field(default_factory=dict)
    samples: dict[str, list[LimitSample]] = field(default_factory=dict)
    """By workspace id: how full its windows were at earlier moments, for the history."""
    parts: list[PartsBatch] = field(default_factory=list)
    """What shares the account's usage had, e.g. by API key."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """How revoking ended: `revoked`, `impossible` (no API can), `failed`, or `not-asked`."""

    outcome: Literal["revoked", "impossible", "failed", "not-asked"]
    message: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How often an account may be asked."""

    interval: timedelta = timedelta(minutes=5)
    """A refresh within this time answers from the ledger, unless forced."""
    hard_times: int = 5
    """Even forced: at most this many fetches …"""
    hard_window: timedelta = timedelta(minutes=5)
    """… in this time."""
    stale_after: timedelta | None = timedelta(hours=1)
    """Figures older than this are called old; None if they do not age."""


@runtime_checkable
class Provider(Protocol):
    """A vendor we can read. Methods raise StackkError and nothing else."""

    info: ProviderInfo
    pace: Pace

    def detect(self) -> list[Finding]:
        """Gives what this machine has for it. Blocking file access is fine; no network, under a second."""
        ...

    async def sign_in(self, method: str, secret: Secret | None, form: Mapping[str, str]) -> Identity:
        """Checks a credential or a form and says whose it is.

        Raises SignInNeeded (refused, expired), WrongCredential (another kind or vendor), InvalidInput,
        ProviderError.
        """
        ...

    async def workspaces(self, session: Session) -> list[Workspace]:
        """Gives what can be picked; the row for the whole account comes first."""
        ...

    async def sync(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        """Light: is it alive, status, plan, limits. Keeps the rest of the known snapshot."""
        ...

    async def refresh(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        """Everything, for all tracked services of the account in one go."""
        ...

    async def revoke(self, session: Session, *, destroy_token: bool) -> Revocation:
        """Ends the credential at the vendor where that is possible. Never raises."""
        ...

    async def aclose(self) -> None: ...


class SignInFlow(Protocol):
    """A sign-in on the vendor's own page, under way. `aclose` ends it at any moment."""

    @property
    def address(self) -> str:
        """What the person opens, on any device. It holds no secret."""
        ...

    @property
    def listening(self) -> bool:
        """Whether the answer can come by itself: to `port` here or, without one, by asking the vendor."""
        ...

    @property
    def port(self) -> int | None:
        """The port on this machine that the page comes back to, for a port forward over SSH."""
        ...

    @property
    def listener_problem(self) -> str: ...

    @property
    def expires_at(self) -> datetime: ...

    def paste(self, text: str) -> None:
        """Raises InvalidInput for what is no answer; the sign-in goes on then."""
        ...

    async def wait(self) -> "TokenRecord | None":
        """Gives what to keep; None when another program keeps it. Raises StackkError."""
        ...

    async def aclose(self) -> None: ...


@runtime_checkable
class SignsInAtVendor(Protocol):
    """A provider with doors that lead to the vendor's own page."""

    def missing(self, method: str) -> str:
        """Gives what is missing before a door can be used, in a sentence; empty when it is ready."""
        ...

    def check(self, method: str) -> None:
        """Raises InvalidInput or Unavailable when something is missing, with what to set or install."""
        ...

    def stays(self, method: str) -> str:
        """Gives what disconnecting cannot end at the vendor, in a sentence; empty when it ends all."""
        ...

    async def start_sign_in(self, method: str, *, listen: bool) -> SignInFlow:
        """Raises InvalidInput when something is missing, StackkError."""
        ...

    async def identify(self, method: str, bearer: "BearerSource") -> Identity:
        """Says whose sign-in it is. Raises StackkError."""
        ...

    def bearer(self, account: Account | None, tokens: "Keeps") -> "BearerSource":
        """Gives the source of tokens for an account in `tokens`; None for what another program keeps.

        Raises InvalidInput when the settings to renew them are missing.
        """
        ...


@runtime_checkable
class TakesOAuthApp(Protocol):
    """A `SignsInAtVendor` that can also use an OAuth app that was typed in."""

    async def start_with_app(self, method: str, app: OAuthApp, *, listen: bool) -> SignInFlow:
        """Raises InvalidInput for an app that cannot be one, StackkError."""
        ...


@runtime_checkable
class ReportsUsage(Protocol):
    """A provider that can also answer questions about usage logs on this machine."""

    async def usage_reports(self, queries: Sequence[UsageQuery]) -> list[UsageReport]:
        """Reads what is new once and answers each question; nothing needs to be tracked.

        Raises InvalidInput (no such time zone), StackkError.
        """
        ...

    async def live_usage(self) -> LiveUsage:
        """Reads what is new and says what goes on now. Raises StackkError."""
        ...


@runtime_checkable
class TellsScanProgress(Protocol):
    """A provider whose reading of logs may last, and that says how far it is."""

    def scan_progress(self) -> tuple[int, int] | None:
        """Gives the bytes read and the bytes to read; None while nothing is being read. Never blocks."""
        ...


@runtime_checkable
class NamesUsageAccounts(Protocol):
    """A provider whose logs may be of several accounts."""

    def usage_accounts(self) -> tuple[str, ...]:
        """Gives what `UsageQuery.account` may be; the empty label is this machine's own. Blocking."""
        ...


@runtime_checkable
class FollowsThisMachine(Protocol):
    """A provider whose figures also change by what happens on this machine, without asking any vendor."""

    async def changed(self) -> None:
        """Returns when something has changed since the call before (the first one: from now on), at most
        1.5 seconds later. Cheap while nothing changes. Cancel it to stop."""
        ...

    async def heard(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        """Gives what is new, from this machine only; no vendor is asked, so no interval binds it. Services
        without news are left out."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """What a provider is made from. `transport` is an httpx transport for the demo; None is the real wire."""

    settings: Settings
    clock: Clock
    transport: object | None = None

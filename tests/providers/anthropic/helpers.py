"""An account at a server on loopback, as the stack would hold it between two fetches."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from stackk_tui.config import Settings
from stackk_tui.model.clock import Clock
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Account, Service, Workspace
from stackk_tui.model.snapshot import Limit, Metric, Snapshot
from stackk_tui.model.usage import UsageBatch, UsageBucket, UsageSource
from stackk_tui.providers.anthropic.provider import AnthropicProvider, http_client
from stackk_tui.providers.base import Fetched, Known, ProviderContext, Session
from stackk_tui.sandbox.anthropic import ADMIN_KEY
from stackk_tui.sandbox.world import ORGANIZATION_ID

EARLY = datetime(2026, 11, 4, 15, 30, tzinfo=UTC)
_MADE = datetime(2026, 11, 1, tzinfo=UTC)


def make_provider(settings: Settings, clock: Clock, waits: list[float] | None = None) -> AnthropicProvider:
    """A provider on the real wire that notes its waits between tries instead of waiting."""
    context = ProviderContext(settings, clock)
    noted = waits if waits is not None else []

    async def sleep(seconds: float) -> None:
        noted.append(seconds)

    return AnthropicProvider(context, http_client(context, sleep=sleep))


@dataclass(slots=True)
class Ledger:
    """What the stack keeps of an account: enough to give `Known`, with the rules of the real ledger."""

    clock: Clock
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    buckets: dict[tuple[UsageSource, date], list[UsageBucket]] = field(default_factory=dict)
    final: dict[UsageSource, set[date]] = field(default_factory=dict)
    final_parts: set[date] = field(default_factory=set)

    def keep(self, fetched: Fetched) -> None:
        self.snapshots |= fetched.snapshots
        for batch in fetched.usage:
            for day in batch.days or ():
                self.buckets[batch.source, day] = [b for b in batch.buckets if b.day == day]
            self.final.setdefault(batch.source, set()).update(batch.final_days)
        for shares in fetched.parts:
            self.final_parts.update(shares.final_days)

    def settle(self, last: date) -> None:
        """Pretends that everything up to `last` was read long ago and was empty, so that a test asks little."""
        days = {last - timedelta(days=n) for n in range(100)}
        self.final = {UsageSource.USAGE: set(days), UsageSource.COST: set(days)}
        self.final_parts = set(days)

    def known(self) -> Known:
        first = self.clock().date().replace(day=1)
        settled: dict[str, Decimal] = {}
        for (source, day), buckets in self.buckets.items():
            if source is UsageSource.COST and day >= first and day in self.final.get(source, ()):
                for bucket in buckets:
                    settled[bucket.workspace_id] = settled.get(bucket.workspace_id, Decimal(0)) + (
                        bucket.cost or Decimal(0)
                    )
        return Known(
            final_days={source: frozenset(days) for source, days in self.final.items()},
            snapshots=dict(self.snapshots),
            settled_cost=settled,
            settled_since=first,
            final_parts={"key": frozenset(self.final_parts)},
        )

    def month_cost(self, workspace_id: str | None = None) -> Decimal:
        first = self.clock().date().replace(day=1)
        return sum(
            (
                b.cost or Decimal(0)
                for (source, day), buckets in self.buckets.items()
                for b in buckets
                if source is UsageSource.COST and day >= first and workspace_id in (None, b.workspace_id)
            ),
            Decimal(0),
        )


@dataclass(slots=True)
class Tracked:
    """An account with services on some of its workspaces."""

    provider: AnthropicProvider
    session: Session
    services: list[Service]
    ledger: Ledger

    async def refresh(self) -> Fetched:
        fetched = await self.provider.refresh(self.session, self.services, self.ledger.known())
        self.ledger.keep(fetched)
        return fetched

    async def sync(self) -> Fetched:
        fetched = await self.provider.sync(self.session, self.services, self.ledger.known())
        self.ledger.keep(fetched)
        return fetched


def account(method: str = "admin-key", organization_id: str = ORGANIZATION_ID) -> Account:
    return Account(
        id="acc_1",
        provider="anthropic",
        method=method,
        label="Nimbus Labs",
        billing_scope=f"anthropic:org:{organization_id}",
        created_at=_MADE,
    )


def service(workspace_id: str, *, whole: bool = False) -> Service:
    return Service(
        id=f"svc_{workspace_id}",
        account_id="acc_1",
        provider="anthropic",
        name=workspace_id,
        workspace=Workspace(
            id=workspace_id,
            name=workspace_id,
            kind="organization" if whole else "workspace",
            whole_account=whole,
        ),
        category="AI & ML",
        color="#d97757",
        connected_at=_MADE,
    )


def tracked(
    provider: AnthropicProvider,
    clock: Clock,
    workspaces: Iterable[str] = (),
    *,
    key: str = ADMIN_KEY,
    method: str = "admin-key",
    organization_id: str = ORGANIZATION_ID,
) -> Tracked:
    """Tracks the organization as a whole, and the named workspaces."""
    services = [service(organization_id, whole=True), *(service(w) for w in workspaces)]
    session = Session(account(method, organization_id), Secret(key))
    return Tracked(provider, session, services, Ledger(clock))


def batch(fetched: Fetched, source: UsageSource) -> UsageBatch:
    return next(b for b in fetched.usage if b.source is source)


def metric(snapshot: Snapshot, name: str) -> Metric:
    return next(m for m in snapshot.metrics if m.id == name)


def limit(snapshot: Snapshot, name: str) -> Limit:
    return next(each for each in snapshot.limits if each.id == name)

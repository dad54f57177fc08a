"""A token at a server on loopback, with what the real ledger keeps between two fetches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from stackk_tui.config import Settings
from stackk_tui.insight.days import calendar_month, local_day
from stackk_tui.insight.month import month_to_date
from stackk_tui.model.clock import Clock
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Account, Service, Workspace
from stackk_tui.model.snapshot import Metric, Snapshot
from stackk_tui.model.usage import UsageBucket, UsageSource
from stackk_tui.model.view import History, Month
from stackk_tui.providers.base import Fetched, Known, ProviderContext, Session
from stackk_tui.providers.vercel.provider import VercelProvider, http_client
from stackk_tui.sandbox.vercel import FULL_TOKEN, VercelSandbox
from stackk_tui.sandbox.vercel_world import HOBBY_TEAM, PRO_TEAM, PROJECTS, USER_ID
from stackk_tui.storage.ledger import Learned, Ledger

NOW = datetime.fromisoformat("2026-11-21T14:00:00+00:00")
"""The moment of the fixtures."""
LA = "America/Los_Angeles"


def make_provider(settings: Settings, clock: Clock, waits: list[float] | None = None) -> VercelProvider:
    """A provider on the real wire that notes its waits between tries instead of waiting."""
    context = ProviderContext(settings, clock)
    noted = waits if waits is not None else []

    async def sleep(seconds: float) -> None:
        noted.append(seconds)

    http = http_client(context, sleep=sleep)
    return VercelProvider(context, http, sleep)


def pro() -> Workspace:
    return Workspace(id=PRO_TEAM, name="Nimbus Labs", kind="team", bill=f"vercel:team:{PRO_TEAM}")


def hobby() -> Workspace:
    return Workspace(id=HOBBY_TEAM, name="Hobby", kind="team", bill=f"vercel:team:{HOBBY_TEAM}")


def project(short: str) -> Workspace:
    team = HOBBY_TEAM if short == "blog" else PRO_TEAM
    name = PROJECTS[short]
    return Workspace(id=name, name=short, kind="project", part_of=team, bill=f"vercel:team:{team}")


def account(scope: str = f"vercel:user:{USER_ID}") -> Account:
    return Account(
        id="acc_1",
        provider="vercel",
        method="token",
        label="dev-example",
        billing_scope=scope,
        created_at=NOW,
    )


def service(workspace: Workspace) -> Service:
    return Service(
        id=f"svc_{workspace.id}",
        account_id="acc_1",
        provider="vercel",
        name="dev-example",
        workspace=workspace,
        category="Infrastructure",
        color="#7d7d7d",
        connected_at=NOW,
    )


@dataclass(slots=True)
class Tracked:
    """An account with services on some of its workspaces, kept in a real ledger."""

    provider: VercelProvider
    session: Session
    services: list[Service]
    ledger: Ledger
    clock: Clock

    @classmethod
    async def of(
        cls,
        provider: VercelProvider,
        ledger: Ledger,
        clock: Clock,
        workspaces: Sequence[Workspace],
        token: str = FULL_TOKEN,
    ) -> "Tracked":
        services = [service(workspace) for workspace in workspaces]
        await ledger.connect(account(), services)
        return cls(provider, Session(account(), Secret(token)), services, ledger, clock)

    async def refresh(self) -> Fetched:
        return await self._keep(await self.provider.refresh(self.session, self.services, await self.known()))

    async def sync(self) -> Fetched:
        return await self._keep(await self.provider.sync(self.session, self.services, await self.known()))

    async def known(self) -> Known:
        snapshots = await self.ledger.snapshots()
        return Known(
            final_days=await self.ledger.final_days("acc_1"),
            snapshots={s.workspace.id: snapshots[s.id] for s in self.services if s.id in snapshots},
        )

    async def snapshot(self, workspace_id: str = PRO_TEAM) -> Snapshot:
        return (await self.ledger.snapshots())[f"svc_{workspace_id}"]

    async def history(self, workspace_id: str, first: date, last: date) -> History:
        span = await self.ledger.span("acc_1", workspace_id, first, last)
        return History(
            service_id=f"svc_{workspace_id}",
            timezone=LA,
            currency=span.currency,
            days=(),
            token_days=span.known.get(UsageSource.USAGE, frozenset()),
            cost_days=span.known.get(UsageSource.COST, frozenset()),
            usage=span.usage,
        )

    async def month(self, workspace_id: str = PRO_TEAM) -> Month:
        """Month to date as the screens compute it."""
        snapshot = await self.snapshot(workspace_id)
        today = local_day(self.clock(), snapshot.cycle.timezone if snapshot.cycle else "UTC")
        cycle = snapshot.cycle or calendar_month(today)
        return month_to_date(cycle, today, await self.history(workspace_id, cycle.first, today), snapshot)

    async def _keep(self, fetched: Fetched) -> Fetched:
        await self.ledger.keep(
            Learned(
                account_id="acc_1",
                snapshots={f"svc_{name}": snapshot for name, snapshot in fetched.snapshots.items()},
                usage=fetched.usage,
                today=self.clock().date(),
            )
        )
        return fetched


def metric(snapshot: Snapshot, name: str) -> Metric:
    return next(m for m in snapshot.metrics if m.id == name)


def has_metric(snapshot: Snapshot, name: str) -> bool:
    return any(m.id == name for m in snapshot.metrics)


def buckets(fetched: Fetched, source: UsageSource, workspace_id: str) -> list[UsageBucket]:
    return [
        b
        for batch in fetched.usage
        if batch.source is source
        for b in batch.buckets
        if b.workspace_id == workspace_id
    ]


def billed(app: VercelSandbox, now: datetime) -> dict[tuple[str, str], Decimal]:
    """What the sandbox's books say of a cycle, by project and service: the rule of `vercel.md` §6, in plain."""
    begin, end = app.world.cycle(now)
    sums: dict[tuple[str, str], Decimal] = {}
    for row in app.books.rows(begin, min(end, now), now):
        name = "EffectiveCost" if row["ServiceName"] == "Pro" else "BilledCost"
        key = (row["Tags"].get("ProjectId", ""), row["ServiceName"])
        sums[key] = sums.get(key, Decimal(0)) + Decimal(str(row[name]))
    return sums

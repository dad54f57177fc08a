"""An account at a server on loopback, as the stack would hold it between two fetches."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from stackk_tui.config import Settings
from stackk_tui.model.clock import Clock
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Account, Service, Workspace
from stackk_tui.model.snapshot import Limit, Metric, Snapshot
from stackk_tui.providers.base import Fetched, Known, ProviderContext, Session
from stackk_tui.providers.supabase.provider import SupabaseProvider, http_client
from stackk_tui.sandbox.supabase import TOKEN
from stackk_tui.sandbox.supabase_world import API, NIMBUS, QUESTS

_MADE = datetime(2026, 11, 1, tzinfo=UTC)


def make_provider(settings: Settings, clock: Clock, waits: list[float] | None = None) -> SupabaseProvider:
    """A provider on the real wire that notes its waits between tries instead of waiting."""
    context = ProviderContext(settings, clock)
    noted = waits if waits is not None else []

    async def sleep(seconds: float) -> None:
        noted.append(seconds)

    return SupabaseProvider(context, http_client(context, sleep=sleep))


def account(method: str = "token", slug: str = NIMBUS) -> Account:
    return Account(
        id="acc_1",
        provider="supabase",
        method=method,
        label="Nimbus Labs",
        billing_scope=f"supabase:org:{slug}",
        created_at=_MADE,
    )


def organization(slug: str = NIMBUS) -> Workspace:
    return Workspace(id=slug, name=slug, kind="organization", bill=f"supabase:org:{slug}")


def project(ref: str = API, slug: str = NIMBUS) -> Workspace:
    return Workspace(id=ref, name=ref, kind="project", part_of=slug, bill=f"supabase:org:{slug}")


def service(workspace: Workspace) -> Service:
    return Service(
        id=f"svc_{workspace.id}",
        account_id="acc_1",
        provider="supabase",
        name=workspace.name,
        workspace=workspace,
        category="Database",
        color="#3ecf8e",
        connected_at=_MADE,
    )


@dataclass(slots=True)
class Tracked:
    """An account with services on some of its workspaces."""

    provider: SupabaseProvider
    services: list[Service]
    session: Session
    snapshots: dict[str, Snapshot] = field(default_factory=dict)

    async def refresh(self) -> Fetched:
        fetched = await self.provider.refresh(self.session, self.services, Known(snapshots=self.snapshots))
        self.snapshots = {**self.snapshots, **fetched.snapshots}
        return fetched

    async def sync(self) -> Fetched:
        fetched = await self.provider.sync(self.session, self.services, Known(snapshots=self.snapshots))
        self.snapshots = {**self.snapshots, **fetched.snapshots}
        return fetched


def tracked(provider: SupabaseProvider, *workspaces: Workspace, token: str = TOKEN) -> Tracked:
    return Tracked(provider, [service(w) for w in workspaces], Session(account(), Secret(token)))


def values(snapshot: Snapshot) -> dict[str, Any]:
    return {m.id: m.value for m in snapshot.metrics}


def metric(snapshot: Snapshot, name: str) -> Metric:
    return next(m for m in snapshot.metrics if m.id == name)


def limit(snapshot: Snapshot, name: str = "disk") -> Limit:
    return next(each for each in snapshot.limits if each.id == name)


__all__ = ["API", "NIMBUS", "QUESTS"]

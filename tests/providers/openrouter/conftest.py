"""A key at the pretend OpenRouter over real HTTP, with a real ledger between two fetches."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from stackk_tui.insight.days import calendar_month
from stackk_tui.insight.month import month_to_date
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Account, Service, Workspace
from stackk_tui.model.snapshot import Metric, Snapshot
from stackk_tui.model.usage import UsageSource
from stackk_tui.model.view import History, Month
from stackk_tui.net.client import Limits
from stackk_tui.providers.base import Fetched, Known, ProviderContext, Session
from stackk_tui.providers.client import http_client
from stackk_tui.providers.openrouter.info import OPENROUTER
from stackk_tui.providers.openrouter.provider import OpenRouterProvider
from stackk_tui.sandbox.openrouter import KEY, OpenRouterSandbox
from stackk_tui.storage.ledger import Learned, Ledger
from tests.conftest import LoopbackServer, MakeSettings

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
WHOLE = Workspace(id="key", name="key …a1b", whole_account=True)


@dataclass(slots=True)
class Server:
    """Set `now` to move the server's clock; `skew` is by how much this machine's differs."""

    url: str
    app: OpenRouterSandbox
    now: datetime = NOW
    here: datetime | None = None

    def clock(self) -> datetime:
        return self.here or self.now


@dataclass(slots=True)
class Tracked:
    provider: OpenRouterProvider
    server: Server
    ledger: Ledger
    session: Session
    service: Service

    async def refresh(self) -> Fetched:
        return await self._keep(await self.provider.refresh(self.session, [self.service], await self.known()))

    async def sync(self) -> Fetched:
        return await self._keep(await self.provider.sync(self.session, [self.service], await self.known()))

    async def known(self) -> Known:
        snapshots = await self.ledger.snapshots()
        own = {"key": snapshots[self.service.id]} if self.service.id in snapshots else {}
        return Known(final_days=await self.ledger.final_days("acc_1"), snapshots=own)

    async def snapshot(self) -> Snapshot:
        return (await self.ledger.snapshots())[self.service.id]

    async def days(self) -> dict[date, Decimal]:
        """What the ledger knows of days, by day."""
        span = await self.ledger.span("acc_1", None, date(2026, 1, 1), date(2027, 12, 31))
        known = span.known.get(UsageSource.COST, frozenset())
        sums = dict.fromkeys(sorted(known), Decimal(0))
        for usage in span.usage:
            sums[usage.day] += usage.cost or 0
        return sums

    async def month(self) -> Month:
        today = self.server.clock().date()
        days = await self.days()
        history = History(
            service_id="s", timezone="UTC", currency="USD", days=(), token_days=frozenset(),
            cost_days=frozenset(days), usage=(),
        )  # fmt: skip
        return month_to_date(calendar_month(today), today, history, await self.snapshot())

    async def _keep(self, fetched: Fetched) -> Fetched:
        snapshots = {self.service.id: fetched.snapshots["key"]} if fetched.snapshots else {}
        today = self.server.clock().date()
        await self.ledger.keep(
            Learned(account_id="acc_1", snapshots=snapshots, usage=fetched.usage, today=today)
        )
        return fetched


@pytest.fixture
def server(loopback_server: LoopbackServer) -> Iterator[Server]:
    held: list[Server] = []
    app = OpenRouterSandbox(clock=lambda: held[0].now if held else NOW)
    held.append(Server(loopback_server.url, app))
    loopback_server.app = app
    yield held[0]
    loopback_server.app = None


@pytest.fixture
async def provider(settings: MakeSettings, server: Server) -> AsyncIterator[OpenRouterProvider]:
    context = ProviderContext(settings(STACKK_OPENROUTER_API_URL=server.url), server.clock)

    async def at_once(seconds: float) -> None:
        """No wait between tries is really waited for."""

    http = http_client(context, OPENROUTER, "https://nowhere.invalid", sleep=at_once, limits=Limits())
    made = OpenRouterProvider(context, http)
    yield made
    await made.aclose()


@pytest.fixture
async def tracked(provider: OpenRouterProvider, server: Server, tmp_path: Path) -> AsyncIterator[Tracked]:
    account = Account(
        id="acc_1", provider="openrouter", method="api-key", label="key …a1b", billing_scope="openrouter:key:x",
        created_at=NOW,
    )  # fmt: skip
    service = Service(
        id="svc_1", account_id="acc_1", provider="openrouter", name="OpenRouter", workspace=WHOLE,
        category="AI & ML", color="#6467f2", connected_at=NOW,
    )  # fmt: skip
    ledger = await Ledger.open(tmp_path / "ledger" / "ledger.db")
    await ledger.connect(account, [service])
    yield Tracked(provider, server, ledger, Session(account, Secret(KEY)), service)
    await ledger.close()


def metric(snapshot: Snapshot, name: str) -> Metric:
    return next(one for one in snapshot.metrics if one.id == name)

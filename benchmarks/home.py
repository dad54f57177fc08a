"""A home with many services and a long history, as a ledger would have it after months."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from stackk_tui.config import load_settings
from stackk_tui.insight.days import span
from stackk_tui.model.clock import utc_now
from stackk_tui.model.service import Account, EnteredBilling, Service, Workspace
from stackk_tui.model.snapshot import Limit, Snapshot
from stackk_tui.model.usage import Tokens, UsageBatch, UsageBucket, UsageSource
from stackk_tui.stack import Stack
from stackk_tui.storage.ledger import Learned, Ledger, Sync

MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5")


def build(home: Path, services: int = 20, days: int = 90) -> None:
    """Fills a STACKK_HOME: one account per service, usage and cost for every day, and the kept board."""
    asyncio.run(_build(home, services, days))


async def _build(home: Path, count: int, days: int) -> None:
    settings = load_settings({"STACKK_HOME": str(home), "STACKK_TOKEN_STORE": "memory"})
    ledger = await Ledger.open(settings.paths.ledger)
    for n in range(count):
        await _service(ledger, n, days)
    await ledger.close()
    stack = await Stack.open(settings)
    await stack.board()
    await stack.close()


async def _service(ledger: Ledger, n: int, days: int) -> None:
    now = utc_now()
    account = Account(
        id=f"acc_{n}",
        provider="custom",
        method="manual",
        label=f"Service {n:02}",
        billing_scope=f"bench:{n}",
        created_at=now,
    )
    service = Service(
        id=f"svc_{n}",
        account_id=account.id,
        provider="custom",
        name=f"Service {n:02}",
        workspace=Workspace(id="all", name="everything", whole_account=True),
        category=("AI & ML", "Infrastructure", "Other")[n % 3],
        color="#d97757",
        connected_at=now,
        entered=EnteredBilling(),
    )
    await ledger.connect(account, [service])
    dates = span(now.date() - timedelta(days=days - 1), now.date())
    buckets = [
        UsageBucket(
            day=day,
            workspace_id="all",
            model=model,
            tokens=Tokens(input=1000 * (i + n), output=100, cache_read=50_000),
            requests=i,
            cost=Decimal(i + n) / 7,
        )
        for i, day in enumerate(dates)
        for model in MODELS
    ]
    limit = Limit(id="spend_month", label="spend", used=n / 20)
    await ledger.keep(
        Learned(
            account_id=account.id,
            snapshots={service.id: Snapshot(fetched_at=now, limits=(limit,))},
            synced={service.id: Sync(now, None)},
            usage=[UsageBatch(source=UsageSource.LOCAL, buckets=tuple(buckets), days=None)],
            today=now.date(),
        )
    )

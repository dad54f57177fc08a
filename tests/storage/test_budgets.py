"""Budgets in the ledger, a ledger from before there were any, and sums by day beside the rows they are of."""

import asyncio
import sqlite3
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from stackk_tui.model.budget import Budget
from stackk_tui.model.service import Account, Service, Workspace
from stackk_tui.model.usage import TOOL_REPORT, Tokens, UsageBatch, UsageBucket, UsageSource
from stackk_tui.storage import budget_rows, schema
from stackk_tui.storage.ledger import Learned, Ledger

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TODAY = NOW.date()
FIRST = date(2026, 11, 1)


def budget(id: str = "bud_1", **how: object) -> Budget:
    return Budget.model_validate({"id": id, "scope": "total", "amount": "500", "created_at": NOW, **how})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data/ledger.db"


async def test_they_come_back_as_they_were(path: Path) -> None:
    ledger = await Ledger.open(path)
    made = budget(amount="500.50", currency="EUR", thresholds=[1, 200], forecast=False, period="week")
    await ledger.put_budget(made)
    await ledger.close()
    ledger = await Ledger.open(path)
    assert await ledger.budgets() == [made]
    assert await ledger.remove_budget("bud_1")
    assert not await ledger.remove_budget("bud_1")
    await ledger.close()


async def test_two_programs_that_set_the_same_budget_leave_one(path: Path) -> None:
    ledgers = [await Ledger.open(path) for _ in range(2)]
    kept = await asyncio.gather(
        *(ledger.put_budget(budget(f"bud_{n}")) for n, ledger in enumerate(ledgers * 5))
    )
    assert len({each.id for each in kept}) == 1
    assert len(await ledgers[0].budgets()) == 1
    for ledger in ledgers:
        await ledger.close()


async def test_a_ledger_from_before_budgets_gets_them_and_keeps_its_own(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    with sqlite3.connect(path) as older:
        for statements in schema.VERSIONS[:2]:
            for statement in statements:
                older.execute(statement)
        older.execute("INSERT INTO meta VALUES ('kept', 'yes')")
        older.execute("PRAGMA user_version = 2")
    older.close()
    with sqlite3.connect(path) as connection:
        assert budget_rows.budgets(connection) == []  # read where it cannot be migrated: none, not an error
    connection.close()
    ledger = await Ledger.open(path)
    await ledger.put_budget(budget())
    await ledger.close()
    with sqlite3.connect(path) as newer:
        assert schema.version_of(newer) == schema.CURRENT
        assert newer.execute("SELECT value FROM meta WHERE key = 'kept'").fetchone() == ("yes",)
    newer.close()
    assert path.with_name("ledger.db.v2.bak").exists()


async def filled(path: Path) -> Ledger:
    ledger = await Ledger.open(path)
    account = Account(
        id="acc_1", provider="p", method="m", label="A", billing_scope="p:org:1", created_at=NOW
    )
    service = Service(
        id="svc_1",
        account_id="acc_1",
        provider="p",
        name="A",
        workspace=Workspace(id="org", name="org", whole_account=True),
        category="c",
        color="#fff",
        connected_at=NOW,
    )
    await ledger.connect(account, [service])
    known = tuple(TODAY - timedelta(days=n) for n in range(10))
    cost = [
        UsageBucket(day=day, model=model, workspace_id=where, cost=Decimal("0.1"), currency="EUR")
        for day in known[:9]
        for model in ("a", "b")
        for where in ("default", "prod")
    ]
    used = [
        UsageBucket(
            day=day, model="a", workspace_id="prod", tokens=Tokens(input=3, cache_read=4), unpriced_tokens=7
        )
        for day in known
    ]
    share = [
        UsageBucket(day=known[0], model="a", workspace_id="org", cost=Decimal(9), tokens=Tokens(input=1))
    ]
    batches = [
        UsageBatch(source=UsageSource.COST, buckets=tuple(cost), days=known, final_days=frozenset(known[3:])),
        UsageBatch(
            source=UsageSource.USAGE, buckets=tuple(used), days=known, final_days=frozenset(known[1:])
        ),
        UsageBatch(
            source=TOOL_REPORT, buckets=tuple(share), days=known[:2], final_days=frozenset(known[1:2])
        ),
    ]
    await ledger.keep(Learned(account_id="acc_1", usage=batches, today=TODAY))
    return ledger


async def test_day_sums_are_the_sums_of_the_days_rows(path: Path) -> None:
    ledger = await filled(path)
    for workspace in (None, "prod", "default", "nobody"):
        place = ("acc_1", workspace)
        sums = (await ledger.day_sums([place], FIRST, TODAY))[place]
        rows = await ledger.span("acc_1", workspace, FIRST, TODAY)
        for day in {row.day for row in rows.usage}:
            own = [row for row in rows.usage if row.day == day]
            assert sums.costs.get(day, 0) == sum(row.cost or 0 for row in own)
            assert sums.tokens.get(day, 0) == sum(row.tokens.total for row in own if row.tokens)
            assert sums.unpriced.get(day, 0) == sum(row.unpriced_tokens for row in own)
        assert sums.cost_days == rows.known[UsageSource.COST]
        assert sums.token_days == rows.known[UsageSource.USAGE]
        assert sums.settled == {TODAY - timedelta(days=n) for n in range(3, 10)}
        assert sums.currency == "EUR"
        assert sums.counts_tokens == (workspace in (None, "prod"))
    await ledger.close()


async def test_a_share_of_the_cost_is_never_in_the_sums(path: Path) -> None:
    ledger = await filled(path)
    sums = (await ledger.day_sums([("acc_1", None)], TODAY, TODAY))["acc_1", None]
    assert sums.costs == {TODAY: Decimal("0.4")}
    assert await ledger.day_parts(("acc_1", None), FIRST, TODAY, source=TOOL_REPORT) == [
        (TODAY, "org", "a", 9, 1)
    ]
    known = await ledger.known_of("acc_1", TOOL_REPORT, FIRST, TODAY)
    assert known == {TODAY: False, TODAY - timedelta(days=1): True}
    own = await ledger.day_parts(("acc_1", "default"), TODAY, TODAY)
    assert own == [
        (TODAY, "default", "a", Decimal("0.1"), None),
        (TODAY, "default", "b", Decimal("0.1"), None),
    ]
    await ledger.close()

"""A key that runs wild is named as the cause, over real HTTP from the pretend vendor to the words of an alert."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median

import pytest

from stackk_tui.insight.alert_words import cause as told_in_alerts
from stackk_tui.model.anomaly import Cause, Unusual
from stackk_tui.sandbox.reports import _cost_lines
from stackk_tui.sandbox.world import IDS, Cell, Loop, key_id
from stackk_tui.stack import Stack
from tests.conftest import MakeSettings, SandboxServer
from tests.stack.helpers import add, open_stack

pytestmark = pytest.mark.anyio

EARLY = datetime(2026, 11, 5, 15, 30, tzinfo=UTC)
"""Early in the month, when there is little to ask for."""
WILD = EARLY.date() - timedelta(days=2)
WORKER = key_id("ProdWorker")
LOOP = (4_000_000, 3_600_000, 100_000_000, 0, 0)
DOLLARS = Decimal(108)
"""16 of input, 72 of output and 20 of cache reads, at list price."""
DENIED = {"type": "error", "error": {"type": "permission_error", "message": "no"}}


@pytest.fixture(autouse=True)
def early(sandbox: SandboxServer) -> None:
    sandbox.now = EARLY


def run_wild(sandbox: SandboxServer) -> None:
    cell = Cell(IDS["production"], "claude-opus-5-5", LOOP, key=WORKER)
    sandbox.world.loops.append(Loop(WILD, cell))


async def keys_named(stack: Stack) -> tuple[Unusual, list[Cause]]:
    (found,) = await stack.anomalies(30)
    assert found.anomaly.start.date() == WILD
    return found, [cause for cause in found.anomaly.causes if cause.kind == "key"]


async def test_a_key_that_runs_wild_is_named_with_its_share(
    settings: MakeSettings, sandbox: SandboxServer
) -> None:
    run_wild(sandbox)
    async with open_stack(settings(**sandbox.env), sandbox) as stack:
        await add(stack)
        await stack.refresh()
        found, (key,) = await keys_named(stack)
        assert (found.measure, found.provenance) == ("cost", "measured")
        assert found.anomaly.amount == pytest.approx(usually(sandbox) + DOLLARS)
        assert (key.name, key.provenance) == ("nimbus-worker", "estimated")
        assert key.share == pytest.approx(worked_out(sandbox), abs=0.001)
        assert told_in_alerts(
            key
        ) == f"key nimbus-worker: ≈ {key.share:.0%} of what is above the usual".replace("%", " %", 1)
        assert {cause.kind for cause in found.anomaly.causes} == {"model", "workspace", "key"}


def usually(sandbox: SandboxServer) -> Decimal:
    """What the day cost without the loop."""
    start = datetime(WILD.year, WILD.month, WILD.day, tzinfo=UTC)
    loops, sandbox.world.loops = sandbox.world.loops, []
    try:
        cells = sandbox.world.cells(start, start + timedelta(days=1), EARLY)
    finally:
        sandbox.world.loops = loops
    return sum((cents for _, cents in _cost_lines(cells)), Decimal(0)) / 100


def worked_out(sandbox: SandboxServer) -> float:
    """The worker's share of all that is above what is usual for each key, from the pretend vendor's own prices:
    there a token costs the same whoever used it, so sharing by tokens must find it."""

    def by_key(ago: int) -> dict[str | None, float]:
        day = WILD - timedelta(days=ago)
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        sums: dict[str | None, float] = {}
        for cell in sandbox.world.cells_by_key(start, start + timedelta(days=1), EARLY):
            cents = sum((amount for _, amount in _cost_lines([cell])), Decimal(0))
            sums[cell.key] = sums.get(cell.key, 0.0) + float(cents) / 100
        return sums

    wild = by_key(0)
    weekdays = [n for n in range(1, 29) if (WILD - timedelta(days=n)).weekday() < 5]
    others = [by_key(n) for n in weekdays]
    above = {key: amount - median([o.get(key, 0.0) for o in others]) for key, amount in wild.items()}
    return above[WORKER] / sum(max(0.0, excess) for excess in above.values())


async def test_of_tokens_the_share_is_measured(settings: MakeSettings, sandbox: SandboxServer) -> None:
    run_wild(sandbox)
    sandbox.faults.add("*/cost_report", status=403, body=DENIED)
    async with open_stack(settings(**sandbox.env), sandbox) as stack:
        await add(stack)
        await stack.refresh()
        found, (key,) = await keys_named(stack)
        assert found.measure == "tokens"
        assert (key.name, key.provenance) == ("nimbus-worker", "")


async def test_a_workspace_tracked_alone_names_its_own_keys(
    settings: MakeSettings, sandbox: SandboxServer
) -> None:
    run_wild(sandbox)
    async with open_stack(settings(**sandbox.env), sandbox) as stack:
        await add(stack, IDS["production"])
        await stack.refresh()
        _, (key,) = await keys_named(stack)
        assert key.name == "nimbus-worker"
        assert key.share > 0.95


async def test_a_key_whose_name_may_not_be_seen_is_no_id(
    settings: MakeSettings, sandbox: SandboxServer
) -> None:
    run_wild(sandbox)
    sandbox.faults.add("*/api_keys", status=403, body=DENIED)
    async with open_stack(settings(**sandbox.env), sandbox) as stack:
        await add(stack)
        await stack.refresh()
        found, (key,) = await keys_named(stack)
        assert key.name == "without a known name"
        assert "apikey_" not in found.model_dump_json()


async def test_use_without_a_key_is_said_so(settings: MakeSettings, sandbox: SandboxServer) -> None:
    cell = Cell(IDS["claude-code"], "claude-opus-5-5", tuple(5 * n for n in LOOP))
    sandbox.world.loops.append(Loop(WILD, cell))
    async with open_stack(settings(**sandbox.env), sandbox) as stack:
        await add(stack)
        await stack.refresh()
        _, (key,) = await keys_named(stack)
        assert key.name == "none (the Console or a sign-in)"
        assert 0.7 < key.share < 0.9


async def test_a_report_without_keys_leaves_the_other_causes(
    settings: MakeSettings, sandbox: SandboxServer
) -> None:
    run_wild(sandbox)
    sandbox.faults.add("*/usage_report/messages", query="api_key_id", status=400, body={"type": "error"})
    async with open_stack(settings(**sandbox.env), sandbox) as stack:
        await add(stack)
        await stack.refresh()
        found, keys = await keys_named(stack)
        assert keys == []
        assert {cause.kind for cause in found.anomaly.causes} == {"model", "workspace"}


async def test_an_older_ledger_names_keys_after_its_next_refresh(
    settings: MakeSettings, sandbox: SandboxServer
) -> None:
    run_wild(sandbox)
    made = settings(**sandbox.env)
    async with open_stack(made, sandbox) as stack:
        await add(stack)
        await stack.refresh()
    path = made.paths.ledger
    with sqlite3.connect(path) as older:
        for table in ("usage_part", "part_day", "part_name"):
            older.execute(f"DROP TABLE {table}")
        older.execute("PRAGMA user_version = 4")
    older.close()
    sandbox.now = EARLY + timedelta(minutes=10)
    sandbox.seen.clear()
    async with open_stack(made, sandbox) as stack:
        await add(stack)
        _, keys = await keys_named(stack)
        assert keys == [], "nobody knows yet, and nobody guesses"
        await stack.refresh()
        _, (key,) = await keys_named(stack)
        assert key.name == "nimbus-worker"
        assert asked_for_usage(sandbox) == ["2026-10-06"]


def asked_for_usage(sandbox: SandboxServer) -> Sequence[str]:
    asked = [dict(seen.query) for seen in sandbox.seen if seen.path.endswith("/usage_report/messages")]
    return [each["starting_at"][:10] for each in asked]


async def test_purging_the_service_leaves_no_name_of_a_key(
    settings: MakeSettings, sandbox: SandboxServer
) -> None:
    made = settings(**sandbox.env)
    async with open_stack(made, sandbox) as stack:
        (view,) = await add(stack)
        await stack.refresh()
        assert b"nimbus-worker" in everything(made.paths.ledger)
        await stack.disconnect(view.service.id, purge=True)
    assert b"nimbus-worker" not in everything(made.paths.ledger)


def everything(path: object) -> bytes:
    with sqlite3.connect(str(path)) as ledger:
        found = "\n".join(ledger.iterdump()).encode()
    ledger.close()
    return found

"""Claude Code as a provider: found, entered without a secret, refreshed, answered for."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from stackk_tui.config import Settings
from stackk_tui.model.errors import InvalidInput, ProviderError, StackkError
from stackk_tui.model.figure import Provenance
from stackk_tui.model.service import Account, Service
from stackk_tui.model.usage import Tokens, UsageSource
from stackk_tui.model.usage_report import UsageQuery
from stackk_tui.providers.base import Known, Provider, ProviderContext, ReportsUsage, Session
from stackk_tui.providers.claude_code import ClaudeCodeProvider
from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import AGENT, HAIKU, MAIN, OPUS, Trap, big_tree, call, text, usage

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
ACCOUNT = Account(
    id="acc_1",
    provider="claude-code",
    method="local",
    label="this machine",
    billing_scope="claude-code:local",
    created_at=NOW,
)
SESSION = Session(ACCOUNT, None)


def provider_of(machine: Machine) -> ClaudeCodeProvider:
    return ClaudeCodeProvider(ProviderContext(machine.settings, lambda: NOW))


async def services_of(provider: ClaudeCodeProvider) -> list[Service]:
    (workspace,) = await provider.workspaces(SESSION)
    assert workspace.whole_account
    return [
        Service(
            id="svc_1", account_id="acc_1", provider="claude-code", name="Claude Code", workspace=workspace,
            category="AI & ML", color="#c15f3c", connected_at=NOW,
        )
    ]  # fmt: skip


def test_it_is_a_provider_that_reports_usage(machine: Machine) -> None:
    provider = provider_of(machine)
    assert isinstance(provider, Provider)
    assert isinstance(provider, ReportsUsage)


def test_transcripts_are_found_without_reading_them(machine: Machine) -> None:
    lines = text(call(at="2026-10-23T08:00:00Z"))
    Trap("", {MAIN: lines, "-p/s2.jsonl": lines, AGENT: lines}, {}, {}).write(machine.projects)
    (transcripts,) = provider_of(machine).detect()
    assert (transcripts.title, transcripts.detail) == ("Claude Code transcripts", "2 sessions since 23 Oct")
    assert (transcripts.method, transcripts.key, transcripts.action) == (
        "local",
        "c",
        "show them, no sign-in needed",
    )
    assert not machine.settings.paths.claude_code_index.exists()


def test_nothing_is_found_where_nothing_is(machine: Machine) -> None:
    machine.settings = type(machine.settings)(
        machine.settings.paths, {**machine.settings.env, "PATH": "/nowhere"}
    )
    assert provider_of(machine).detect() == []


async def test_signing_in_needs_a_folder_and_no_secret(machine: Machine) -> None:
    identity = await provider_of(machine).sign_in("local", None, {})
    assert (identity.key, identity.label, identity.billing_scope) == (
        "local",
        "this machine",
        "claude-code:local",
    )
    with pytest.raises(InvalidInput):
        await provider_of(machine).sign_in("admin-key", None, {})
    machine.projects.rmdir()
    with pytest.raises(ProviderError) as caught:
        await provider_of(machine).sign_in("local", None, {})
    assert len(caught.value.lines()) == 3
    assert str(machine.projects) in caught.value.means


async def test_a_refresh_gives_every_day_and_says_what_the_money_is(machine: Machine) -> None:
    searching = usage(1000, 100, speed="fast", server_tool_use={"web_search_requests": 2})
    lines = (
        call("m1", "r1", at="2026-10-30T12:00:00Z", used=usage(server_tool_use={"web_search_requests": 7})),
        call("m2", "r2", used=searching, at="2026-11-22T09:00:00Z"),
        call("m3", "r3", model="gpt-9", at="2026-11-22T10:00:00Z"),
        call("m4", "r4", model=HAIKU, costUSD=0.25, at="2026-11-22T23:30:00+01:00"),
        b'{"usage":{',
    )
    Trap("", {MAIN: text(*lines)}, {}, {}).write(machine.projects)
    provider = provider_of(machine)
    services = await services_of(provider)
    fetched = await provider.refresh(SESSION, services, Known())
    assert fetched.failures == {}
    (batch,) = fetched.usage
    assert (batch.source, batch.days) == (UsageSource.LOCAL, None)
    buckets = {(bucket.day, bucket.model): bucket for bucket in batch.buckets}
    assert {bucket.workspace_id for bucket in batch.buckets} == {services[0].workspace.id}
    today = date(2026, 11, 22)
    assert set(buckets) == {
        (date(2026, 10, 30), OPUS),
        (today, f"{OPUS}-fast"),
        (today, "gpt-9"),
        (today, HAIKU),
    }
    fast = buckets[today, f"{OPUS}-fast"]
    assert (fast.tokens, fast.requests, fast.web_searches) == (Tokens(input=1000, output=100), 1, 2)
    assert fast.cost == Decimal("0.032")
    assert fast.cost_by_kind == {
        "input": Decimal("0.008"),
        "output": Decimal("0.004"),
        "web_search": Decimal("0.02"),
    }
    assert (buckets[today, "gpt-9"].cost, buckets[today, "gpt-9"].unpriced_tokens) == (None, 30)
    assert buckets[today, HAIKU].cost_by_kind == {"recorded": Decimal("0.25")}
    snapshot = fetched.snapshots[services[0].workspace.id]
    assert snapshot.cost_provenance is Provenance.ESTIMATED
    assert snapshot.plan.value is not None
    assert snapshot.plan.value.tier == "local"
    assert snapshot.cycle is not None
    assert (snapshot.cycle.first, snapshot.cycle.last, snapshot.cycle.timezone) == (
        date(2026, 11, 1),
        date(2026, 11, 30),
        "UTC",
    )
    metrics = {metric.id: metric.value for metric in snapshot.metrics}
    assert metrics == {
        "sessions": "1", "transcripts": "1", "skipped_lines": "1", "tokens_today": "1160", "requests_today": "3",
        "web_searches": "2", "unpriced_tokens": "30",
    }  # fmt: skip
    assert "it is not what you pay" in snapshot.notes[0]
    assert "No price is known for gpt-9: 30 tokens" in snapshot.notes[1]
    assert "deletes transcripts after 30 days" in snapshot.notes[2]


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ('{"cleanupPeriodDays": 7}', "after 7 days (cleanupPeriodDays"),
        ('{"cleanupPeriodDays": 1}', "after 1 day ("),
    ],
)
async def test_a_short_memory_of_claude_code_is_said(content: str, note: str, machine: Machine) -> None:
    (machine.projects.parent / "settings.json").write_text(content)
    provider = provider_of(machine)
    fetched = await provider.refresh(SESSION, await services_of(provider), Known())
    assert any(note in each for snapshot in fetched.snapshots.values() for each in snapshot.notes)


async def test_a_long_memory_is_not(machine: Machine) -> None:
    (machine.projects.parent / "settings.json").write_text('{"cleanupPeriodDays": 3650}')
    provider = provider_of(machine)
    fetched = await provider.refresh(SESSION, await services_of(provider), Known())
    assert not any("deletes" in each for snapshot in fetched.snapshots.values() for each in snapshot.notes)


async def test_a_sync_lists_and_keeps_the_rest(machine: Machine) -> None:
    Trap("", {MAIN: text(call())}, {}, {}).write(machine.projects)
    provider = provider_of(machine)
    services = await services_of(provider)
    (before,) = (await provider.refresh(SESSION, services, Known())).snapshots.values()
    Trap("", {"-p/s2.jsonl": text(call("m2", "r2"))}, {}, {}).write(machine.projects)
    fetched = await provider.sync(SESSION, services, Known(snapshots={services[0].workspace.id: before}))
    (after,) = fetched.snapshots.values()
    assert fetched.usage == []
    changed = {
        metric.id for metric, known in zip(after.metrics, before.metrics, strict=True) if metric != known
    }
    assert changed == {"sessions", "transcripts"}
    assert after.model_copy(update={"metrics": before.metrics}) == before


async def test_a_folder_that_is_gone_fails_and_gives_no_figures(machine: Machine) -> None:
    provider = provider_of(machine)
    services = await services_of(provider)
    machine.projects.rmdir()
    for fetch in (provider.sync, provider.refresh):
        fetched = await fetch(SESSION, services, Known())
        assert (fetched.snapshots, fetched.usage) == ({}, [])
        assert all(isinstance(error, StackkError) for error in fetched.failures.values())
        assert len(fetched.failures) == 1


async def test_nothing_can_be_revoked(machine: Machine) -> None:
    revocation = await provider_of(machine).revoke(SESSION, destroy_token=True)
    assert revocation.outcome == "impossible"


async def test_reading_leaves_the_event_loop_free(machine: Machine) -> None:
    big_tree(machine.projects, 12 << 20)
    work = asyncio.create_task(provider_of(machine).usage_reports([UsageQuery()]))
    beats = 0
    while not work.done():
        await asyncio.sleep(0.002)
        beats += 1
    assert work.result()[0].totals.requests > 0
    assert beats > 5


async def test_a_cancelled_report_stops_and_the_next_is_whole(machine: Machine) -> None:
    big_tree(machine.projects, 6 << 20)
    provider = provider_of(machine)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(
            provider.usage_reports([UsageQuery()]), timedelta(milliseconds=5).total_seconds()
        )
    (first,) = await provider.usage_reports([UsageQuery()])
    assert first.totals.requests == (await provider.usage_reports([UsageQuery()]))[0].totals.requests > 0


def test_its_info_does_not_load_its_code(settings: Callable[..., Settings]) -> None:
    seen = subprocess.run(
        [sys.executable, "-c", "import sys, stackk_tui.providers.claude_code.info; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert "stackk_tui.providers.claude_code.info" in seen
    assert not {
        "sqlite3",
        "stackk_tui.providers.claude_code.provider",
        "stackk_tui.providers.claude_code.wire",
    } & set(seen)

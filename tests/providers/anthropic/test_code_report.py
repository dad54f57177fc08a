"""The Claude Code report: one day a call, so each settled day is asked for once in its life."""

from datetime import date, timedelta

import pytest

from stackk_tui.model.usage import UsageSource
from stackk_tui.sandbox.world import IDS, ORGANIZATION_ID
from tests.conftest import SandboxServer
from tests.providers.anthropic.helpers import EARLY as NOW
from tests.providers.anthropic.helpers import Tracked, batch, metric, tracked

pytestmark = pytest.mark.anyio

ORG = ORGANIZATION_ID
CODE = "/v1/organizations/usage_report/claude_code"


def asked(sandbox: SandboxServer) -> list[int]:
    days = [date.fromisoformat(dict(s.query)["starting_at"]) for s in sandbox.seen if s.path == CODE]
    sandbox.seen.clear()
    return sorted(d.day if d.month == 11 else -d.day for d in days)


def figures(quick: Tracked) -> dict[str, str | None]:
    return {m.id: m.value for m in quick.ledger.snapshots[ORG].metrics if m.section == "Claude Code"}


async def test_asks_for_the_month_and_then_for_nothing_within_the_hour(
    quick: Tracked, sandbox: SandboxServer
) -> None:
    await quick.refresh()
    assert asked(sandbox) == list(range(1, 5))
    first = figures(quick)
    sandbox.now = NOW + timedelta(minutes=59)
    await quick.refresh()
    assert asked(sandbox) == []
    assert figures(quick) == first
    assert metric(quick.ledger.snapshots[ORG], "claude_code_cost").as_of == NOW


async def test_asks_for_today_again_after_an_hour(quick: Tracked, sandbox: SandboxServer) -> None:
    await quick.refresh()
    before = figures(quick)
    asked(sandbox)
    sandbox.now = NOW + timedelta(hours=1)
    await quick.refresh()
    assert asked(sandbox) == [4]
    after = figures(quick)
    assert int(after["claude_code_lines_added"] or 0) > int(before["claude_code_lines_added"] or 0)


@pytest.mark.parametrize(("hour", "final"), [(2, False), (3, True)])
async def test_a_day_is_settled_three_hours_after_its_end(
    quick: Tracked, sandbox: SandboxServer, hour: int, final: bool
) -> None:
    sandbox.now = NOW.replace(day=5, hour=hour, minute=0)
    report = batch(await quick.refresh(), UsageSource.CLAUDE_CODE_REPORT)
    assert (date(2026, 11, 4) in report.final_days) is final


async def test_a_new_month_settles_the_end_of_the_old_one(quick: Tracked, sandbox: SandboxServer) -> None:
    await quick.refresh()
    asked(sandbox)
    sandbox.now = NOW.replace(month=12, day=2)
    await quick.refresh()
    assert asked(sandbox) == [-2, -1, *range(4, 31)]
    assert date(2026, 11, 4) in quick.ledger.final[UsageSource.CLAUDE_CODE_REPORT]
    december = figures(quick)
    sandbox.now += timedelta(minutes=5)
    await quick.refresh()
    assert asked(sandbox) == []
    assert figures(quick) == december


async def test_the_month_adds_up_however_it_was_fetched(quick: Tracked, sandbox: SandboxServer) -> None:
    for day in (1, 2, 4):
        sandbox.now = NOW.replace(day=day)
        await quick.refresh()
    piecewise = figures(quick)
    fresh = tracked(quick.provider, sandbox.clock)
    fresh.ledger.settle(NOW.date())
    await fresh.refresh()
    assert figures(fresh) == piecewise


async def test_half_a_month_is_not_shown_as_a_month(quick: Tracked, sandbox: SandboxServer) -> None:
    sandbox.faults.add(CODE, query="2026-11-03", status=500)
    fetched = await quick.refresh()
    assert fetched.failures == {}
    assert figures(quick) == {}
    assert any("Claude Code: not updated this time" in n for n in fetched.snapshots[ORG].notes)
    learned = batch(fetched, UsageSource.CLAUDE_CODE_REPORT).days or ()
    assert date(2026, 11, 3) not in learned
    assert learned, "the days that came are kept"
    asked(sandbox)
    sandbox.faults.clear()
    await quick.refresh()
    assert set(asked(sandbox)) == set(range(1, 5)) - {d.day for d in learned}
    assert figures(quick)


async def test_last_month_s_figures_are_not_shown_as_this_month_s(
    quick: Tracked, sandbox: SandboxServer
) -> None:
    await quick.refresh()
    sandbox.now = NOW.replace(month=12, day=2)
    sandbox.faults.add(CODE, status=500)
    await quick.refresh()
    assert figures(quick) == {}


async def test_is_not_asked_for_when_only_workspaces_are_tracked(
    quick: Tracked, sandbox: SandboxServer
) -> None:
    quick.services = [s for s in quick.services if not s.workspace.whole_account]
    fetched = await quick.refresh()
    assert asked(sandbox) == []
    assert not any(m.section == "Claude Code" for s in fetched.snapshots.values() for m in s.metrics)


async def test_belongs_to_the_organization_and_is_a_share_of_its_usage(quick: Tracked) -> None:
    fetched = await quick.refresh()
    report, usage = batch(fetched, UsageSource.CLAUDE_CODE_REPORT), batch(fetched, UsageSource.USAGE)
    assert {b.workspace_id for b in report.buckets} == {ORG}
    shared = set(report.days or ()) & set(usage.days or ())
    assert shared
    tool = sum(b.tokens.total for b in report.buckets if b.tokens and b.day in shared)
    month = sum(
        b.tokens.total
        for b in usage.buckets
        if b.tokens and b.workspace_id == IDS["claude-code"] and b.day in shared
    )
    assert 0.95 * month < tool <= month


async def test_at_most_two_days_are_asked_for_at_once(quick: Tracked, sandbox: SandboxServer) -> None:
    from stackk_tui.providers.anthropic import code_report

    running, most = 0, 0
    api = quick.provider._connect(quick.session.secret)  # type: ignore[arg-type]
    ask = api.claude_code

    async def counted(day: date) -> object:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await ask(day)
        finally:
            running -= 1

    api.claude_code = counted  # type: ignore[method-assign,assignment]
    await code_report.read_report(api, ORG, quick.ledger.known(), now=NOW, settle_now=NOW)
    assert most == 2


async def test_damaged_notes_of_ours_only_cost_a_few_questions(
    quick: Tracked, sandbox: SandboxServer
) -> None:
    await quick.refresh()
    good = figures(quick)
    for text in ("{", "[]", '{"2026-11-01": {"at": "x"}}', '{"no day": {}}'):
        snapshot = quick.ledger.snapshots[ORG]
        quick.ledger.snapshots[ORG] = snapshot.model_copy(update={"carried": {"claude_code": text}})
        await quick.refresh()
        assert figures(quick) == good

"""A whole refresh against the pretend Anthropic: what is asked, what is learned, and that it is asked once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from stackk_tui.model.figure import Provenance
from stackk_tui.model.usage import TOKEN_KINDS, UsageSource
from stackk_tui.providers.anthropic.provider import AnthropicProvider
from stackk_tui.providers.base import Known, Provider, Session
from stackk_tui.sandbox.world import IDS, ORGANIZATION_ID
from tests.conftest import NOW, SandboxServer
from tests.providers.anthropic.helpers import Tracked, batch, limit, metric

pytestmark = pytest.mark.anyio

ORG, PROD = ORGANIZATION_ID, IDS["production"]
TODAY = date(2026, 11, 22)
USAGE, COST = "/v1/organizations/usage_report/messages", "/v1/organizations/cost_report"
CODE = "/v1/organizations/usage_report/claude_code"


def asked(sandbox: SandboxServer, path: str) -> list[str]:
    return [dict(s.query)["starting_at"][:10] for s in sandbox.seen if s.path == path]


async def test_is_a_provider(provider: AnthropicProvider) -> None:
    assert isinstance(provider, Provider)
    assert provider.detect() == []


async def test_learns_all_services_of_the_account_in_one_go(account: Tracked, sandbox: SandboxServer) -> None:
    fetched = await account.refresh()
    assert fetched.failures == {}
    assert set(fetched.snapshots) == {ORG, PROD, IDS["staging"], "default"}
    usage, cost = batch(fetched, UsageSource.USAGE), batch(fetched, UsageSource.COST)
    for each in (usage, cost):
        assert each.days == tuple(TODAY - timedelta(days=n) for n in reversed(range(90)))
        assert each.final_days == frozenset(each.days[:-1])
        keys = [(b.day, b.workspace_id, b.model) for b in each.buckets]
        assert len(keys) == len(set(keys))
    kinds = {kind for b in cost.buckets for kind in b.cost_by_kind}
    assert kinds == {*TOKEN_KINDS, "web_search"}
    assert asked(sandbox, USAGE) == ["2026-08-25"] * 3, "31 days a page"


async def test_a_snapshot_says_what_it_knows_and_what_nobody_tells(account: Tracked) -> None:
    whole = (await account.refresh()).snapshots[ORG]
    assert whole.fetched_at == NOW
    assert whole.plan.value is not None
    assert (whole.plan.value.label, whole.plan.provenance) == ("API", Provenance.MEASURED)
    assert whole.billing.price.provenance is Provenance.NOT_EXPOSED
    assert whole.billing.next_payment.provenance is Provenance.NOT_EXPOSED
    assert whole.not_exposed == ("requests", "next_payment", "balance", "price")
    assert whole.not_permitted == ()
    assert whole.notes == ("Priority Tier spend is not in this report.",)
    assert metric(whole, "api_keys_active").value == "5"
    assert all(m.as_of == NOW for m in whole.metrics)


async def test_settled_days_are_never_asked_for_again(account: Tracked, sandbox: SandboxServer) -> None:
    await account.refresh()
    first = {k: v.limits for k, v in account.ledger.snapshots.items()}
    sandbox.seen.clear()
    again = await account.refresh()
    assert asked(sandbox, USAGE) == ["2026-11-22"]
    assert asked(sandbox, COST) == ["2026-11-22"]
    assert batch(again, UsageSource.COST).days == (TODAY,)
    assert {k: v.limits for k, v in again.snapshots.items()} == first, "the month is still whole"


async def test_the_next_day_asks_for_the_day_that_was_not_over(
    account: Tracked, sandbox: SandboxServer
) -> None:
    await account.refresh()
    sandbox.now = NOW + timedelta(days=1)
    sandbox.seen.clear()
    fetched = await account.refresh()
    assert asked(sandbox, COST) == ["2026-11-22"]
    cost = batch(fetched, UsageSource.COST)
    assert cost.days == (TODAY, TODAY + timedelta(days=1))
    assert cost.final_days == {TODAY}
    cap = limit(fetched.snapshots[ORG], "spend_month")
    assert cap.spent is not None
    assert cap.spent.amount == account.ledger.month_cost()


@pytest.mark.parametrize(("minutes", "final"), [(59, False), (60, True)])
async def test_a_day_is_settled_an_hour_after_its_end(
    account: Tracked, sandbox: SandboxServer, minutes: int, final: bool
) -> None:
    sandbox.now = NOW.replace(day=23, hour=0, minute=0) + timedelta(minutes=minutes)
    fetched = await account.refresh()
    assert (TODAY in batch(fetched, UsageSource.USAGE).final_days) is final


async def test_a_new_month_begins_at_zero_but_keeps_the_old_days(
    account: Tracked, sandbox: SandboxServer
) -> None:
    sandbox.now = NOW.replace(day=30, hour=23, minute=30)
    await account.refresh()
    november = account.ledger.month_cost()
    sandbox.now = sandbox.now + timedelta(hours=2)
    fetched = await account.refresh()
    cap = limit(fetched.snapshots[ORG], "spend_month")
    assert cap.spent is not None
    assert cap.spent.amount == account.ledger.month_cost() < november / 20
    assert cap.resets_at is not None
    assert cap.resets_at.date() == date(2027, 1, 1)
    assert len(account.ledger.final[UsageSource.COST]) == 90


async def test_a_hole_in_the_past_is_filled_without_counting_a_day_twice(
    account: Tracked, sandbox: SandboxServer
) -> None:
    await account.refresh()
    spent = limit(account.ledger.snapshots[ORG], "spend_month").spent
    account.ledger.final[UsageSource.COST].discard(date(2026, 11, 10))
    sandbox.seen.clear()
    fetched = await account.refresh()
    assert asked(sandbox, COST) == ["2026-11-10"]
    assert limit(fetched.snapshots[ORG], "spend_month").spent == spent


async def test_what_nobody_told_of_the_month_is_unknown_and_not_zero(account: Tracked) -> None:
    await account.refresh()
    known = account.ledger.known()
    blind = Known(final_days=known.final_days)
    fetched = await account.provider.refresh(account.session, account.services, blind)
    cap = limit(fetched.snapshots[ORG], "spend_month")
    assert (cap.used, cap.spent) == (None, None)
    assert cap.cap is not None


@pytest.mark.parametrize("wrong", [timedelta(days=3), timedelta(days=400)])
async def test_a_clock_that_runs_ahead_settles_no_day_too_early(
    account: Tracked, sandbox: SandboxServer, wrong: timedelta
) -> None:
    """Our clock is wrong, the server's (its `date` header) is right: days that are not over stay open."""
    right = sandbox.now
    account.provider._clock = lambda: right + wrong
    fetched = await account.refresh()
    assert fetched.failures == {}
    assert any("clock of this machine" in note for note in fetched.snapshots[ORG].notes)
    for each in fetched.usage:
        assert max(each.final_days, default=TODAY - timedelta(days=1)) < TODAY


async def test_a_clock_that_falls_back_still_asks_for_today(account: Tracked, sandbox: SandboxServer) -> None:
    await account.refresh()
    sandbox.now = NOW - timedelta(days=10)
    sandbox.seen.clear()
    fetched = await account.refresh()
    assert fetched.failures == {}
    assert set(asked(sandbox, COST)) == {"2026-08-15"}, "the days before the first history"
    assert (batch(fetched, UsageSource.COST).days or ())[-1] == date(2026, 11, 12)
    sandbox.now = NOW + timedelta(minutes=10)
    assert batch(await account.refresh(), UsageSource.COST).days == (TODAY,)


async def test_days_that_were_not_asked_for_are_ignored(account: Tracked, sandbox: SandboxServer) -> None:
    row = {
        "amount": "100",
        "workspace_id": None,
        "cost_type": "tokens",
        "model": "m",
        "token_type": "output_tokens",
    }
    days = [
        {"starting_at": f"{day}T00:00:00Z", "results": [row]}
        for day in ("2025-01-01", "2026-11-21", "2026-11-22", "2026-11-23", "2031-01-01")
    ]
    sandbox.faults.add("*/cost_report", body={"data": days, "has_more": False, "next_page": None})
    cost = batch(await account.refresh(), UsageSource.COST)
    assert sorted({b.day for b in cost.buckets}) == [date(2026, 11, 21), TODAY]


async def test_rows_of_one_key_add_up(account: Tracked, sandbox: SandboxServer) -> None:
    row = {"amount": "12.345", "workspace_id": PROD, "cost_type": "tokens", "model": "m"}
    rows = [
        {**row, "token_type": "output_tokens"},
        {**row, "token_type": "output_tokens"},
        {**row, "token_type": "new_kind"},
    ]
    day = {"starting_at": "2026-11-22T00:00:00Z", "results": rows}
    sandbox.faults.add("*/cost_report", body={"data": [day, day], "has_more": False, "next_page": None})
    (bucket,) = batch(await account.refresh(), UsageSource.COST).buckets
    assert bucket.cost == Decimal("0.7407")
    assert bucket.cost_by_kind == {"output": Decimal("0.4938"), "new_kind": Decimal("0.2469")}


async def test_costs_that_cannot_be_counted_are_said(quick: Tracked, sandbox: SandboxServer) -> None:
    rows = [
        {"amount": "100", "currency": "USD", "cost_type": "session_usage"},
        {"amount": "100", "currency": "EUR", "cost_type": "code_execution"},
        {"amount": None, "currency": "USD", "cost_type": "tokens"},
    ]
    day = {"starting_at": "2026-11-04T00:00:00Z", "results": rows}
    sandbox.faults.add("*/cost_report", body={"data": [day], "has_more": False, "next_page": None})
    fetched = await quick.refresh()
    (bucket,) = batch(fetched, UsageSource.COST).buckets
    assert bucket.cost_by_kind == {"session_usage": Decimal(1)}
    notes = fetched.snapshots[ORG].notes
    assert "Costs in EUR are not in the cost shown." in notes
    assert "Some lines of the cost report had no amount; they are not in the cost shown." in notes


async def test_an_archived_and_a_vanished_workspace_are_said(quick: Tracked, sandbox: SandboxServer) -> None:
    await quick.refresh()
    sandbox.world.archive(PROD, NOW - timedelta(days=1))
    sandbox.world.remove(IDS["staging"])
    fetched = await quick.refresh()
    assert fetched.failures == {}
    assert "This workspace was archived on 2026-11-21." in fetched.snapshots[PROD].notes
    assert "This workspace is no longer in the organization." in fetched.snapshots[IDS["staging"]].notes
    assert fetched.snapshots[IDS["staging"]].not_permitted == ()


async def test_a_hostile_workspace_name_is_cleaned(quick: Tracked, sandbox: SandboxServer) -> None:
    row = {"id": "wrkspc_1", "name": "a\x1b[2Jb\u202e\x07[bold]\nc", "display_color": "red; \x1b[31m"}
    sandbox.faults.add("*/workspaces", body={"data": [row], "has_more": False})
    found = (await quick.provider.workspaces(quick.session))[2]
    assert found.name == "ab\ufffd\ufffd[bold] c"
    assert found.color is None


async def test_without_the_list_of_workspaces_the_organization_can_still_be_picked(
    quick: Tracked, sandbox: SandboxServer
) -> None:
    sandbox.faults.add("*/workspaces", status=403, body={"error": {"type": "permission_error"}})
    assert [w.name for w in await quick.provider.workspaces(quick.session)] == ["Nimbus Labs"]


async def test_sends_only_gets_with_the_pinned_version_and_an_honest_name(
    quick: Tracked, sandbox: SandboxServer
) -> None:
    await quick.refresh()
    await quick.sync()
    await quick.provider.workspaces(quick.session)
    assert {s.method for s in sandbox.seen} == {"GET"}
    assert {s.headers["anthropic-version"] for s in sandbox.seen} == {"2023-06-01"}
    assert all(s.headers["user-agent"].startswith("stackk-tui/") for s in sandbox.seen)
    beta = [s.path for s in sandbox.seen if "anthropic-beta" in s.headers]
    assert set(beta) == {"/v1/organizations/spend_limits"}


async def test_nobody_can_revoke_a_key_for_you(quick: Tracked, sandbox: SandboxServer) -> None:
    done = await quick.provider.revoke(quick.session, destroy_token=True)
    assert done.outcome == "impossible"
    assert "https://platform.claude.com/settings/admin-keys" in done.message
    assert sandbox.seen == []


async def test_without_a_key_it_says_so(quick: Tracked) -> None:
    from stackk_tui.model.errors import SignInNeeded

    with pytest.raises(SignInNeeded, match="no key"):
        await quick.provider.refresh(Session(quick.session.account, None), quick.services, Known())

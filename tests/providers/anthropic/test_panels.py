"""One panel that fails costs that panel only; what everything hangs on fails the service, and nothing is lost."""

from datetime import timedelta

import pytest

from stackk_tui.model.errors import (
    Forbidden,
    ProtocolError,
    RateLimited,
    SignInNeeded,
    SpendLimitReached,
    StackkError,
    TimedOut,
    Unavailable,
)
from stackk_tui.model.usage import UsageSource
from stackk_tui.sandbox.anthropic import EXPIRED_KEY, NO_USAGE_KEY, NOTHING_KEY
from stackk_tui.sandbox.world import IDS, ORGANIZATION_ID
from tests.conftest import SandboxServer
from tests.providers.anthropic.fixture_server import fixture
from tests.providers.anthropic.helpers import EARLY as NOW
from tests.providers.anthropic.helpers import Tracked, limit, metric, tracked

pytestmark = pytest.mark.anyio

ORG, PROD = ORGANIZATION_ID, IDS["production"]
DENIED = {"type": "error", "error": {"type": "permission_error", "message": "no"}, "request_id": "req_denied"}
PANELS = {
    "usage": "*/usage_report/messages",
    "cost": "*/cost_report",
    "api_keys": "*/api_keys",
    "rate_limits": "*/organizations/rate_limits",
    "spend_limits": "*/spend_limits",
    "claude_code": "*/usage_report/claude_code",
}


@pytest.mark.parametrize("name", PANELS)
async def test_403_on_one_panel_leaves_the_service_ok(
    quick: Tracked, sandbox: SandboxServer, name: str
) -> None:
    before = (await quick.refresh()).snapshots[ORG]
    sandbox.now = NOW + timedelta(hours=2)
    sandbox.faults.add(PANELS[name], status=403, body=DENIED)
    fetched = await quick.refresh()
    assert fetched.failures == {}
    after = fetched.snapshots[ORG]
    assert after.not_permitted == (name,)
    assert after.fetched_at == sandbox.now
    assert {m.id for m in after.metrics} == {m.id for m in before.metrics}, "the last good figures stay"
    assert {x.id for x in after.limits} == {x.id for x in before.limits}
    dated = {
        "api_keys": lambda s: metric(s, "api_keys_active").as_of,
        "rate_limits": lambda s: next(m for m in s.metrics if m.section == "Rate limits").as_of,
        "claude_code": lambda s: metric(s, "claude_code_sessions").as_of,
        "spend_limits": lambda s: limit(s, "spend_month").as_of,
        "cost": lambda s: limit(s, "spend_month").as_of,
    }.get(name)
    if dated is not None:
        assert dated(after) == NOW, "and say how old they are"
    sandbox.faults.clear()
    assert (await quick.refresh()).snapshots[ORG].not_permitted == ()


async def test_403_on_the_list_of_workspaces_is_said(quick: Tracked, sandbox: SandboxServer) -> None:
    sandbox.faults.add("*/organizations/workspaces", status=403, body=DENIED)
    fetched = await quick.refresh()
    assert fetched.failures == {}
    assert fetched.snapshots[ORG].not_permitted == ("workspaces",)


@pytest.mark.parametrize("spend_limits", [403, 404])
async def test_a_sync_of_a_key_that_may_list_nothing_is_alive(
    quick: Tracked, sandbox: SandboxServer, spend_limits: int
) -> None:
    sandbox.faults.add("*/organizations/workspaces", status=403, body=DENIED)
    sandbox.faults.add("*/spend_limits", status=spend_limits, body=DENIED)
    assert (await quick.sync()).failures == {}
    sandbox.faults.add("*/me", status=403, body=DENIED)
    assert isinstance((await quick.sync()).failures[ORG], Forbidden), "a 403 on everything"


@pytest.mark.parametrize("body", [{"has_more": False}, {"data": None, "has_more": False}])
async def test_a_report_without_its_rows_is_not_a_month_of_zeros(
    quick: Tracked, sandbox: SandboxServer, body: dict[str, object]
) -> None:
    for name in ("usage", "cost"):
        sandbox.faults.add(PANELS[name], status=200, body=body)
    fetched = await quick.refresh()
    assert isinstance(fetched.failures[ORG], ProtocolError)
    assert not {b.source for b in fetched.usage} & {UsageSource.USAGE, UsageSource.COST}, "no day is settled"


async def test_a_long_wait_says_when_to_come_back(quick: Tracked, sandbox: SandboxServer) -> None:
    sandbox.faults.add("*/cost_report", status=429, headers={"retry-after": "3600"})
    error = (await quick.refresh()).failures[ORG]
    assert error.retry_at == sandbox.now + timedelta(hours=1)
    assert error.next_step == f"Refresh again after {error.retry_at:%Y-%m-%d %H:%M:%S} UTC."


@pytest.mark.parametrize("name", ["api_keys", "rate_limits", "spend_limits", "claude_code"])
@pytest.mark.parametrize(
    "how", [{"status": 500}, {"drop": True}, {"html": True}, {"status": 429}, {"cut": True}]
)
async def test_an_optional_panel_that_fails_is_a_note(
    quick: Tracked, sandbox: SandboxServer, name: str, how: dict[str, object]
) -> None:
    before = (await quick.refresh()).snapshots[ORG]
    sandbox.now = NOW + timedelta(hours=2)
    sandbox.faults.add(PANELS[name], **how)
    fetched = await quick.refresh()
    assert fetched.failures == {}
    after = fetched.snapshots[ORG]
    assert after.not_permitted == ()
    assert {m.id: m.value for m in after.metrics if m.section != "Claude Code"} == {
        m.id: m.value for m in before.metrics if m.section != "Claude Code"
    }
    assert [n for n in after.notes if "not updated this time" in n]
    assert len({x.id for x in after.limits}) == 2


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_spend_limits_are_hidden_where_they_are_not_offered(
    quick: Tracked, sandbox: SandboxServer, status: int
) -> None:
    body = fixture("error_400_org_type_not_supported")["body"] if status == 400 else DENIED
    sandbox.faults.add("*/spend_limits", status=status, body=body)
    fetched = await quick.refresh()
    assert fetched.failures == {}
    whole = fetched.snapshots[ORG]
    assert whole.limits == ()
    assert whole.not_permitted == ("spend_limits",)
    assert not [n for n in whole.notes if "not updated" in n]


async def test_an_organization_outside_the_preview(quick: Tracked, sandbox: SandboxServer) -> None:
    sandbox.app.enrolled = False
    assert (await quick.refresh()).snapshots[ORG].not_permitted == ("spend_limits",)


async def test_a_key_without_usage_and_cost(sandbox: SandboxServer, quick: Tracked) -> None:
    scoped = tracked(quick.provider, sandbox.clock, key=NO_USAGE_KEY)
    fetched = await scoped.refresh()
    assert fetched.failures == {}
    assert fetched.usage == []
    whole = fetched.snapshots[ORG]
    assert whole.not_permitted == ("usage", "cost", "spend_limits", "rate_limits", "claude_code")
    assert metric(whole, "api_keys_active").value == "5"


async def test_403_on_everything_is_a_failure(sandbox: SandboxServer, quick: Tracked) -> None:
    fetched = await tracked(quick.provider, sandbox.clock, [PROD], key=NOTHING_KEY).refresh()
    assert fetched.snapshots == {}
    assert set(fetched.failures) == {ORG, PROD}
    assert all(isinstance(e, Forbidden) for e in fetched.failures.values())
    assert fetched.failures[ORG].exit_status == 1


async def test_401_needs_a_sign_in_and_asks_only_once(sandbox: SandboxServer, quick: Tracked) -> None:
    fetched = await tracked(quick.provider, sandbox.clock, [PROD], key=EXPIRED_KEY).refresh()
    assert fetched.snapshots == {}
    assert all(isinstance(e, SignInNeeded) for e in fetched.failures.values())
    assert len(sandbox.seen) == 1, "a refused key is not tried at every door"


async def test_a_key_that_dies_in_the_middle(quick: Tracked, sandbox: SandboxServer) -> None:
    sandbox.faults.add("*/cost_report", **_answer("error_401_invalid_api_key"))
    fetched = await quick.refresh()
    assert all(isinstance(e, SignInNeeded) for e in fetched.failures.values())
    assert [b.source for b in fetched.usage if b.source is UsageSource.USAGE], "what was learned is kept"


@pytest.mark.parametrize("path", ["*/me", "*/cost_report", "*/api_keys"])
async def test_402_is_an_error_of_the_service(quick: Tracked, sandbox: SandboxServer, path: str) -> None:
    sandbox.faults.add(path, **_answer("error_402_billing"))
    fetched = await quick.refresh()
    error = fetched.failures[ORG]
    assert isinstance(error, Forbidden)
    assert "billing" in error.what
    assert error.request_id == "req_011CZx8Example0000000000ff"


def _answer(name: str) -> dict[str, object]:
    return {k: v for k, v in fixture(name).items() if k in ("status", "headers", "body")}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("error_500_api", Unavailable),
        ("error_529_overloaded", Unavailable),
        ("error_429_rate_limit", RateLimited),
        ("error_429_tier_spend_cap", SpendLimitReached),
        ("error_400_own_spend_limit", SpendLimitReached),
        ("error_404_not_found", StackkError),
    ],
)
@pytest.mark.parametrize("panel", ["usage", "cost"])
async def test_a_failed_report_is_an_error_but_loses_nothing(
    quick: Tracked, sandbox: SandboxServer, panel: str, name: str, kind: type[StackkError]
) -> None:
    await quick.refresh()
    sandbox.now = NOW + timedelta(minutes=30)
    fault = sandbox.faults.add(PANELS[panel], **_answer(name))
    fetched = await quick.refresh()
    error = fetched.failures[PROD]
    assert isinstance(error, kind)
    assert len(error.lines()) == 3
    assert error.request_id == "req_011CZx8Example0000000000ff"
    assert "Internal server error" not in " ".join(error.lines()), "our words, not theirs"
    if kind is SpendLimitReached:
        assert fault.hits == 1
    if name == "error_429_rate_limit":
        assert error.retry_at == sandbox.now + timedelta(seconds=17)
    after = fetched.snapshots[PROD]
    assert after.fetched_at == NOW, "its figures are as old as they are"
    other = UsageSource.COST if panel == "usage" else UsageSource.USAGE
    assert other in [b.source for b in fetched.usage], "the other report is kept"


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ({"drop": True}, "network"),
        ({"short": True}, "network"),
        ({"delay": 9}, "timeout"),
        ({"html": True}, "protocol"),
        ({"html": True, "status": 503}, "unavailable"),
        ({"cut": True}, "protocol"),
        ({"status": 302, "headers": {"location": "https://elsewhere.example/"}}, "protocol"),
        ({"body": "[]"}, "protocol"),
        ({"body": {"data": "text", "has_more": False}}, "protocol"),
        ({"body": {"data": [1, 2], "has_more": False}}, "protocol"),
        ({"body": {"data": [{"results": []}], "has_more": False}}, "protocol"),
        ({"body": {"data": [{"starting_at": "soon", "results": []}], "has_more": False}}, "protocol"),
        ({"body": {"data": [], "has_more": True, "next_page": None}}, "protocol"),
        ({"body": {"data": [], "has_more": True, "next_page": "page_again"}}, "protocol"),
        ({"huge": 40_000_000}, "protocol"),
    ],
)
async def test_a_bad_answer_to_the_cost_report(
    quick: Tracked, sandbox: SandboxServer, how: dict[str, object], kind: str
) -> None:
    await quick.refresh()
    sandbox.faults.add("*/cost_report", **how)
    if how.get("delay"):
        from stackk_tui.net.client import Limits

        quick.provider._http._limits = Limits(answer=1.0)
    fetched = await quick.refresh()
    assert {e.code for e in fetched.failures.values()} == {kind}
    assert set(fetched.snapshots) == set(fetched.failures), "nothing is lost"
    assert fetched.snapshots[ORG].limits == quick.ledger.snapshots[ORG].limits


async def test_a_first_refresh_that_fails_half_way_keeps_what_it_learned(
    quick: Tracked, sandbox: SandboxServer
) -> None:
    sandbox.faults.add("*/cost_report", status=500)
    fetched = await quick.refresh()
    assert isinstance(fetched.failures[ORG], Unavailable)
    cap = limit(fetched.snapshots[ORG], "spend_month")
    assert cap.used is None, "a month whose cost is not known has no fill"
    assert [b.source for b in fetched.usage] == [UsageSource.USAGE, UsageSource.CLAUDE_CODE_REPORT]


async def test_no_network_at_all(quick: Tracked, sandbox: SandboxServer, waits: list[float]) -> None:
    sandbox.faults.add("*", drop=True)
    fetched = await quick.refresh()
    assert fetched.snapshots == {}
    assert {e.code for e in fetched.failures.values()} == {"network"}
    assert len(sandbox.seen) == 3, "three tries at the first question, and no further questions"
    assert sum(waits) <= 15


async def test_a_slow_server_is_given_up(quick: Tracked, sandbox: SandboxServer) -> None:
    from stackk_tui.net.client import Limits

    quick.provider._http._limits = Limits(connect=2, answer=0.2)
    sandbox.faults.add("*/me", drip=0.05)
    assert isinstance((await quick.refresh()).failures[ORG], TimedOut)


async def test_a_page_loop_in_a_list_is_a_note(quick: Tracked, sandbox: SandboxServer) -> None:
    body = {"data": [], "has_more": True, "last_id": "apikey_1"}
    fault = sandbox.faults.add("*/api_keys", body=body)
    fetched = await quick.refresh()
    assert fetched.failures == {}
    assert fault.hits == 2
    assert any("pages that never end" in note for note in fetched.snapshots[ORG].notes)


async def test_a_404_for_the_organization_itself_is_still_tried_further(
    quick: Tracked, sandbox: SandboxServer
) -> None:
    sandbox.faults.add("*/me", **_answer("error_404_not_found"))
    assert (await quick.refresh()).failures == {}


async def test_sync_with_a_bad_answer_keeps_the_last_figures(quick: Tracked, sandbox: SandboxServer) -> None:
    await quick.refresh()
    sandbox.faults.add("*/me", html=True)
    fetched = await quick.sync()
    assert isinstance(fetched.failures[ORG], ProtocolError)
    assert fetched.snapshots == {}

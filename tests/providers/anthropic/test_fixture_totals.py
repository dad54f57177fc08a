"""The fixtures are ground truth: through real HTTP the provider gives exactly their expected totals."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from stackk_tui.model.usage import NO_MODEL, Tokens, UsageSource
from stackk_tui.providers.anthropic.provider import AnthropicProvider
from tests.conftest import LoopbackServer, MakeSettings
from tests.providers.anthropic.fixture_server import BASE, FixtureServer, fixture
from tests.providers.anthropic.helpers import batch, limit, make_provider, metric, tracked

pytestmark = pytest.mark.anyio

ORG = "6f0c1c1e-7d0b-4d58-9a53-3f7a2c9e1b40"
PROD = "wrkspc_01HqProdAtlas0000000000000"
CODE = "wrkspc_01HqClaudeCode000000000000"
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
EXPECTED = fixture("_expected_totals")


@pytest.fixture
def server(loopback_server: LoopbackServer) -> FixtureServer:
    app = FixtureServer()
    loopback_server.app = app
    return app


@pytest.fixture
async def atlas(
    server: FixtureServer, loopback_server: LoopbackServer, settings: MakeSettings
) -> AsyncIterator[AnthropicProvider]:
    made = make_provider(settings(STACKK_ANTHROPIC_API_URL=loopback_server.url), lambda: NOW)
    yield made
    await made.aclose()


async def test_tokens_and_dollars_are_exactly_the_expected_totals(atlas: AnthropicProvider) -> None:
    account = tracked(atlas, lambda: NOW, organization_id=ORG)
    fetched = await account.refresh()
    assert fetched.failures == {}

    usage = batch(fetched, UsageSource.USAGE)
    want = EXPECTED["usage_report_messages"]
    assert Tokens.sum(b.tokens for b in usage.buckets if b.tokens) == Tokens(
        input=want["uncached_input_tokens"],
        output=want["output_tokens"],
        cache_write_5m=want["cache_creation_5m"],
        cache_write_1h=want["cache_creation_1h"],
        cache_read=want["cache_read_input_tokens"],
    )
    assert sum(b.web_searches or 0 for b in usage.buckets) == want["web_search_requests"]

    cost = batch(fetched, UsageSource.COST)
    total = sum((b.cost for b in cost.buckets if b.cost is not None), Decimal(0))
    assert total == Decimal(EXPECTED["cost_report_usd"])
    assert total * 100 == Decimal(EXPECTED["cost_report_cents"])
    assert all(sum(b.cost_by_kind.values()) == b.cost for b in cost.buckets)
    first_day = sum(b.cost for b in cost.buckets if b.day == date(2026, 11, 15) and b.cost is not None)
    assert first_day * 100 == Decimal(EXPECTED["cost_report_page1_cents"])


async def test_a_day_without_rows_is_asked_for_and_zero(atlas: AnthropicProvider) -> None:
    fetched = await tracked(atlas, lambda: NOW, organization_id=ORG).refresh()
    usage = batch(fetched, UsageSource.USAGE)
    assert date(2026, 11, 16) in (usage.days or ())
    assert not [b for b in usage.buckets if b.day == date(2026, 11, 16)]
    assert len(usage.days or ()) == 90


async def test_rows_go_to_their_workspace_model_and_kind(atlas: AnthropicProvider) -> None:
    cost = batch(await tracked(atlas, lambda: NOW, organization_id=ORG).refresh(), UsageSource.COST)
    found = {(b.day.day, b.workspace_id, b.model): b for b in cost.buckets}
    assert found[15, PROD, "claude-opus-5-5"].cost_by_kind == {
        "input": Decimal("0.7296"),
        "output": Decimal("0.8042"),
        "cache_read": Decimal("0.2408"),
        "cache_write_5m": Decimal("0.26"),
        "cache_write_1h": Decimal("0.144"),
    }
    assert found[15, PROD, NO_MODEL].cost_by_kind == {"web_search": Decimal("0.12")}
    assert found[15, "default", "claude-sonnet-5-5"].cost == Decimal("0.45527")
    assert found[17, CODE, "claude-sonnet-5-5"].cost_by_kind["cache_read"] == Decimal("0.4410333")


async def test_workspaces_of_both_pages_with_the_archived_one(atlas: AnthropicProvider) -> None:
    found = await atlas.workspaces(tracked(atlas, lambda: NOW, organization_id=ORG).session)
    assert [(w.name, w.kind, w.whole_account) for w in found] == [
        ("Atlas Robotics", "organization", True),
        ("Default", "workspace", False),
        ("atlas-prod", "workspace", False),
        ("Claude Code", "workspace", False),
        ("sandbox", "workspace", False),
    ]
    assert [w.id for w in found[:2]] == [ORG, "default"]
    assert found[2].color == "#6C5BB9"
    assert found[4].archived_at == datetime(2026, 9, 30, 12, tzinfo=UTC)


async def test_spend_limits_and_what_has_filled_them(atlas: AnthropicProvider) -> None:
    fetched = await tracked(atlas, lambda: NOW, [PROD], organization_id=ORG).refresh()
    whole, prod = fetched.snapshots[ORG], fetched.snapshots[PROD]
    cap = limit(whole, "spend_month")
    assert cap.cap is not None
    assert cap.spent is not None
    assert (cap.cap.amount, cap.spent.amount) == (Decimal(2000), Decimal("6.8166673"))
    assert cap.used == pytest.approx(6.8166673 / 2000)
    assert cap.resets_at == datetime(2026, 12, 1, tzinfo=UTC)
    tier = limit(whole, "spend_month_tier").cap
    assert tier is not None
    assert tier.amount == Decimal(1000)
    own = limit(prod, "spend_month")
    assert own.cap is not None
    assert own.cap.amount == Decimal(800)
    assert [each.id for each in prod.limits] == ["spend_month"]


@pytest.mark.parametrize("version", ["", ".v2026-10-21"])
async def test_keys_and_rate_limits_in_both_versions(
    atlas: AnthropicProvider, server: FixtureServer, version: str
) -> None:
    server.swap = {
        f"{BASE}/api_keys": f"api_keys_list{version}",
        f"{BASE}/rate_limits": f"rate_limits_list{version}",
    }
    fetched = await tracked(atlas, lambda: NOW, [PROD, "default"], organization_id=ORG).refresh()
    whole, prod, default = (fetched.snapshots[k] for k in (ORG, PROD, "default"))
    assert metric(whole, "api_keys_active").value == "2"
    assert metric(whole, "api_keys_expired").value == "1"
    assert metric(prod, "api_keys_active").value == "1"
    assert metric(default, "api_keys_active").value == "1"
    assert not [m for m in default.metrics if m.id == "api_keys_expired"]

    rpm = "rate_limit_rlg_01Opus5000000000000000_requests_per_minute"
    assert (metric(whole, rpm).value, metric(whole, rpm).unit) == ("4000", "per minute")
    assert metric(whole, rpm).label == "Claude Opus 5.x: requests"
    assert (metric(prod, rpm).value, metric(prod, rpm).unit) == ("1000", "per minute")
    sonnet = "rate_limit_rlg_01Sonnet500000000000000_requests_per_minute"
    assert (metric(prod, sonnet).value, metric(prod, sonnet).unit) == ("4000", "per minute, inherited")
    assert "R2D" not in fetched.snapshots[ORG].model_dump_json(), "not even the hint of a key"


async def test_claude_code_over_both_pages(atlas: AnthropicProvider) -> None:
    fetched = await tracked(atlas, lambda: NOW, organization_id=ORG).refresh()
    whole = fetched.snapshots[ORG]
    found = {m.id: m.value for m in whole.metrics if m.section == "Claude Code"}
    assert found == {
        "claude_code_sessions": "17",
        "claude_code_people": "3",
        "claude_code_lines_added": "1236",
        "claude_code_lines_removed": "288",
        "claude_code_commits": "9",
        "claude_code_pull_requests": "3",
        "claude_code_cost": "3.16",
    }
    assert metric(whole, "claude_code_cost").provenance.value == "estimated"
    report = batch(fetched, UsageSource.CLAUDE_CODE_REPORT)
    costs = {b.model: b.cost for b in report.buckets}
    assert costs == {
        "claude-opus-5-5": Decimal("2.11"),
        "claude-sonnet-5-5": Decimal("0.06"),
        "claude-fable-5-2": Decimal("0.99"),
    }
    assert "atlas.example" not in whole.model_dump_json(), "who it was is not kept"


async def test_identity_is_the_organization(atlas: AnthropicProvider) -> None:
    session = tracked(atlas, lambda: NOW, organization_id=ORG).session
    identity = await atlas.sign_in("admin-key", session.secret, {})
    assert (identity.key, identity.label) == (ORG, "Atlas Robotics")
    assert identity.billing_scope == f"anthropic:org:{ORG}"

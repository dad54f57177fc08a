"""The fixtures are the ground truth of the shapes: every figure is what a reader of them would reckon."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from stackk_tui.model.figure import Provenance
from stackk_tui.model.secret import Secret
from tests.conftest import LoopbackServer, MakeSettings
from tests.providers.supabase.fixture_server import REF, FixtureServer, fixture
from tests.providers.supabase.helpers import Tracked, limit, make_provider, metric, project, tracked, values

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
SERVICES = ("auth", "realtime", "rest", "storage")


def counted(name: str) -> int:
    rows = fixture(name)["result"]
    return sum(row[f"total_{service}_requests"] for row in rows for service in SERVICES)


@pytest.fixture
async def nimbus(settings: MakeSettings, loopback_server: LoopbackServer):
    def make(server: FixtureServer) -> Tracked:
        loopback_server.app = server
        made.append(make_provider(settings(STACKK_SUPABASE_API_URL=loopback_server.url), lambda: NOW))
        return tracked(made[-1], project(REF, "nimbus-labs"))

    made = []
    yield make
    for provider in made:
        await provider.aclose()
    loopback_server.app = None


async def test_every_figure_of_a_project(nimbus) -> None:
    fetched = await nimbus(FixtureServer()).refresh()
    assert fetched.failures == {}
    snapshot = fetched.snapshots[REF]
    assert (snapshot.plan.value.tier, snapshot.plan.provenance) == ("pro", Provenance.MEASURED)
    price = snapshot.billing.price
    assert (price.value.amount, price.provenance) == (Decimal(25), Provenance.LIST_PRICE)
    assert snapshot.billing.next_payment.provenance is Provenance.NOT_EXPOSED
    shown = values(snapshot)
    assert shown["requests_24h"] == str(counted("usage_api_counts_1day")) == "53007"
    assert shown["requests_7d"] == str(counted("usage_api_counts_7day")) == "369501"
    assert shown["database_bytes"] == "1483210752"
    assert shown["disk_bytes"] == "7838924800"
    assert shown["disk_provisioned_bytes"] == str(18 * 2**30) == "19327352832"
    assert limit(snapshot).used == pytest.approx(7838924800 / 19327352832)
    assert Decimal(shown["addons_monthly"]) == Decimal("0.0206") * 730 + 10
    assert Decimal(shown["addon_ci_small"]) == Decimal("15.038")
    assert metric(snapshot, "addon_ci_small").provenance is Provenance.ESTIMATED
    assert shown["addon_cd_default"] == "10"
    assert metric(snapshot, "addon_cd_default").provenance is Provenance.LIST_PRICE
    calls = sum(row["request_count"] for row in fixture("functions_combined_stats_1day")["result"])
    assert shown["function_stripe-webhook"] == shown["function_send-digest"] == str(calls)
    assert shown["functions_24h"] == str(2 * calls)
    assert [shown[f"health_{name}"] for name in ("auth", "db", "pooler", "realtime", "rest", "storage")] == [
        "healthy"
    ] * 6
    assert (shown["status"], shown["region"]) == ("active", "eu-central-1")
    assert snapshot.not_permitted == ()
    assert "next_payment" in snapshot.not_exposed
    assert [m.id for m in snapshot.measures] == ["requests"]


async def test_days_of_the_history_are_utc_days_and_the_cut_one_is_left_out(nimbus) -> None:
    (batch,) = (await nimbus(FixtureServer()).refresh()).usage
    assert batch.workspaces == (REF,)
    assert batch.days == tuple(date(2026, 11, day) for day in range(15, 22)), (
        "the 14th began before the window"
    )
    assert batch.final_days == frozenset(batch.days[:-1])
    rows = {row["timestamp"][:10]: row for row in fixture("usage_api_counts_7day")["result"]}
    found = {(b.day.isoformat(), b.model): b.requests for b in batch.buckets}
    assert found == {
        (day, service): row[f"total_{service}_requests"]
        for day, row in rows.items()
        for service in SERVICES
        if day != "2026-11-14"
    }
    assert all(b.tokens is None and b.cost is None for b in batch.buckets)


async def test_a_time_with_a_zone_is_read_the_same(nimbus, tmp_path, monkeypatch) -> None:
    changed = fixture("usage_api_counts_7day")
    for row in changed["result"]:
        row["timestamp"] += "Z"
    changed["result"].reverse()
    (tmp_path / "zoned.json").write_text(json.dumps(changed))
    plain = (await nimbus(FixtureServer()).refresh()).usage
    path = f"/v1/projects/{REF}/analytics/endpoints/usage.api-counts?7day"
    server = FixtureServer({path: "zoned"})
    real = FixtureServer.__call__.__globals__["fixture"]
    monkeypatch.setitem(
        FixtureServer.__call__.__globals__,
        "fixture",
        lambda name: json.loads((tmp_path / "zoned.json").read_text()) if name == "zoned" else real(name),
    )
    assert (await nimbus(server).refresh()).usage == plain


async def test_no_requests_at_all_are_zero(nimbus) -> None:
    base = f"/v1/projects/{REF}/analytics/endpoints/usage.api-counts"
    server = FixtureServer({f"{base}?{i}": "usage_api_counts_empty" for i in ("1day", "7day")})
    fetched = await nimbus(server).refresh()
    shown = values(fetched.snapshots[REF])
    assert (shown["requests_24h"], shown["requests_7d"]) == ("0", "0")
    assert fetched.usage[0].buckets == ()
    assert len(fetched.usage[0].days) == 7


async def test_an_error_in_a_200_is_no_zero(nimbus) -> None:
    base = f"/v1/projects/{REF}/analytics/endpoints/usage.api-counts"
    fetched = await nimbus(FixtureServer({f"{base}?7day": "usage_api_counts_error_in_200"})).refresh()
    snapshot = fetched.snapshots[REF]
    assert fetched.failures == {}
    assert fetched.usage == []
    assert "requests_7d" not in values(snapshot)
    assert values(snapshot)["requests_24h"] == "53007"
    assert (
        "Requests, 7 days: not updated this time. Supabase could not count this right now." in snapshot.notes
    )
    assert "Backend" not in str(snapshot.notes)


async def test_what_is_over_its_quota_is_said_in_words(nimbus) -> None:
    path = f"/v1/projects/{REF}/health"
    snapshot = (await nimbus(FixtureServer({path: "health_restricted"})).refresh()).snapshots[REF]
    assert "Supabase restricts services: the quota for egress is used up." in snapshot.notes
    assert values(snapshot)["health_auth"] == "not healthy"
    assert values(snapshot)["health_db"] == "healthy"


async def test_add_ons_of_a_free_project_are_none(nimbus) -> None:
    swap = {
        f"/v1/projects/{REF}/billing/addons": "billing_addons_free",
        "/v1/organizations/nimbus-labs": "organization_free",
    }
    snapshot = (await nimbus(FixtureServer(swap)).refresh()).snapshots[REF]
    assert values(snapshot)["addons_monthly"] == "0"
    assert snapshot.billing.price.value.amount == 0
    assert snapshot.plan.value.label == "Free"


async def test_compute_that_is_not_listed_is_found_by_its_size(nimbus) -> None:
    swap = {f"/v1/projects/{REF}/billing/addons": "billing_addons_free"}
    snapshot = (await nimbus(FixtureServer(swap)).refresh()).snapshots[REF]
    assert Decimal(values(snapshot)["addons_monthly"]) == Decimal("0.0206") * 730


async def test_the_picker_of_the_fixtures(nimbus) -> None:
    account = nimbus(FixtureServer({"/v1/organizations/side-quests": "organization_free"}))
    identity = await account.provider.sign_in("token", Secret("sbp_" + "0" * 40), {})
    assert identity.label == "Nimbus Labs, Side Quests"
    found = await account.provider.workspaces(account.session)
    assert [(w.id, w.name, w.kind, w.plan) for w in found] == [
        ("nimbus-labs", "Nimbus Labs", "organization", "Pro"),
        ("qkzvtmwplxhadnrsbyue", "nimbus-api", "project", None),
        ("mbwcjxfeolntqvyrakzd", "nimbus-staging", "project", None),
        ("side-quests", "Side Quests", "organization", "Free"),
        ("tzphgsvduiqlwkoexnra", "recipe-box", "project", "paused"),
    ]
    assert {w.part_of for w in found if w.kind == "project"} == {"nimbus-labs", "side-quests"}

"""A whole refresh against the pretend Supabase: every figure is the truth it holds, and each is asked for once."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from stackk_tui.model.clock import utc_midnight
from stackk_tui.model.figure import Provenance
from stackk_tui.providers.base import Provider, SignsInAtVendor, TakesOAuthApp
from stackk_tui.sandbox.supabase_world import API, NIMBUS, NOTES, OLD, QUESTS, RECIPES, STAGING
from tests.conftest import MakeSettings
from tests.providers.supabase.helpers import (
    limit,
    make_provider,
    metric,
    organization,
    project,
    tracked,
    values,
)
from tests.supabase_server import NOW

pytestmark = pytest.mark.anyio

HOUR = NOW.replace(minute=0)


def asked(supabase) -> Counter[str]:
    """Gives how often each endpoint was asked, projects and organizations left out."""
    return Counter(
        s.path.replace(API, "*").replace(STAGING, "*").replace(NOTES, "*").replace(NIMBUS, "%")
        for s in supabase.seen
    )


async def test_is_a_provider(provider) -> None:
    assert isinstance(provider, Provider)
    assert isinstance(provider, SignsInAtVendor)
    assert isinstance(provider, TakesOAuthApp)
    assert provider.detect() == []


async def test_a_projects_figures_are_the_truth(one, supabase) -> None:
    fetched = await one.refresh()
    assert fetched.failures == {}
    snapshot, truth = fetched.snapshots[API], supabase.world.project(API)
    shown = values(snapshot)
    day = sum(supabase.world.requests(API, HOUR - timedelta(hours=23), NOW))
    week = sum(supabase.world.requests(API, HOUR - timedelta(hours=167), NOW))
    assert (shown["requests_24h"], shown["requests_7d"]) == (str(day), str(week))
    assert shown["disk_bytes"] == str(truth.disk_used)
    assert limit(snapshot).used == truth.disk_used / (18 * 2**30)
    assert shown["disk_provisioned_bytes"] == str(18 * 2**30)
    assert shown["database_bytes"] == str(truth.database_bytes)
    assert Decimal(shown["addons_monthly"]) == Decimal("0.0206") * 730 + 10
    for function in truth.functions:
        calls, *_ = supabase.world.function_calls(function, HOUR - timedelta(hours=23), NOW)
        found = int(shown[f"function_{function.slug}"])
        assert abs(found - calls) <= 24, "hours are cut to whole calls"
    assert (shown["status"], shown["region"], shown["compute"]) == ("active", "eu-central-1", "small")
    assert [m.id for m in snapshot.metrics if m.headline] == [
        "requests_7d",
        "database_bytes",
        "addons_monthly",
    ]
    assert all(m.as_of == NOW for m in snapshot.metrics)
    assert snapshot.can == {"plan", "price", "picker", "usage", "series", "limits"}
    assert snapshot.cycle is None
    assert snapshot.fetched_at == NOW


async def test_an_organization_is_the_sum_of_its_projects(whole, supabase) -> None:
    fetched = await whole.refresh()
    snapshot = fetched.snapshots[NIMBUS]
    shown, world = values(snapshot), supabase.world
    week = sum(sum(world.requests(ref, HOUR - timedelta(hours=167), NOW)) for ref in (API, STAGING))
    assert shown["requests_7d"] == str(week)
    assert shown["database_bytes"] == str(1_483_210_752 + 312_475_648), "one of them came as a text"
    assert shown["disk_bytes"] == str(7_838_924_800 + 2_214_592_512)
    assert Decimal(shown["addons_monthly"]) == Decimal("0.0206") * 730 + 10 + Decimal("0.01344") * 730
    assert metric(snapshot, "addons_monthly").provenance is Provenance.ESTIMATED
    assert limit(snapshot).label == "Disk of nimbus-api, the fullest"
    assert shown[f"project_{API}"] == "active, eu-central-1, small"
    assert shown[f"project_{OLD}"] == "paused, us-east-1, micro"
    assert "Paused, and not measured: nimbus-2024." in snapshot.notes
    assert shown["health"] == "all healthy"
    (batch,) = fetched.usage
    assert batch.workspaces == (NIMBUS,)
    for day in batch.days:
        end = min(utc_midnight(day + timedelta(days=1)), NOW)
        truth = sum(sum(world.requests(ref, utc_midnight(day), end)) for ref in (API, STAGING))
        assert sum(b.requests or 0 for b in batch.buckets if b.day == day) == truth


async def test_everything_is_asked_for_once_and_paused_projects_for_nothing(provider, supabase) -> None:
    account = tracked(provider, organization(), project(API), project(OLD), project(NOTES, QUESTS))
    fetched = await account.refresh()
    assert fetched.failures == {}
    assert set(fetched.snapshots) == {NIMBUS, API, OLD, NOTES}
    assert not [s.path for s in supabase.seen if OLD in s.path or RECIPES in s.path]
    counts = asked(supabase)
    assert counts["/v1/organizations/%"] == counts["/v1/organizations/%/projects"] == 1
    three = ("health", "billing/addons", "config/disk/util", "functions", "database/query/read-only")
    assert {counts[f"/v1/projects/*/{name}"] for name in three} == {3}
    assert counts["/v1/projects/*/analytics/endpoints/usage.api-counts"] == 6
    assert counts["/v1/projects/*/analytics/endpoints/functions.combined-stats"] == 2
    assert counts["/v1/projects/*/config/disk"] == 0, "the list of projects says it already"
    assert len(supabase.seen) == 4 + 3 * 7 + 2
    assert {s.status for s in supabase.seen} <= {200, 201}
    assert {b.workspaces for b in fetched.usage} == {(NIMBUS,), (API,), (NOTES,)}


async def test_one_project_costs_eleven_requests(one, supabase) -> None:
    await one.refresh()
    assert len(supabase.seen) == 9 + 2, "two of them for its edge functions"
    supabase.seen.clear()
    await one.sync()
    assert len(supabase.seen) == 2


async def test_requests_that_are_not_gets_only_ask_for_a_size(one, supabase) -> None:
    await one.refresh()
    posts = [s for s in supabase.seen if s.method != "GET"]
    assert [s.path for s in posts] == [f"/v1/projects/{API}/database/query/read-only"]
    assert all(s.headers["user-agent"].startswith("stackk-tui/") for s in supabase.seen)


async def test_the_database_is_not_asked_where_the_person_says_so(
    settings: MakeSettings, supabase, tmp_path
) -> None:
    config = tmp_path / "stackk" / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[supabase]\ndatabase_size = false\n")
    quiet = make_provider(settings(**supabase.env), supabase.clock)
    snapshot = (await tracked(quiet, project()).refresh()).snapshots[API]
    assert "database_bytes" not in values(snapshot)
    assert not [s for s in supabase.seen if s.method == "POST"]
    await quiet.aclose()


async def test_a_paused_project_says_so_and_has_no_figures(provider, supabase) -> None:
    account = tracked(provider, project(OLD))
    fetched = await account.refresh()
    snapshot = fetched.snapshots[OLD]
    assert fetched.failures == {}
    assert fetched.usage == [], "nothing is known of its days, not even that they are zero"
    assert values(snapshot) == {"status": "paused", "region": "us-east-1", "compute": "micro"}
    assert snapshot.limits == ()
    assert "This project is paused: nothing of it is measured until it is restored." in snapshot.notes
    assert snapshot.plan.value.label == "Pro"
    supabase.world.project(OLD).status = "ACTIVE_HEALTHY"
    restored = (await account.sync()).snapshots[OLD]
    assert values(restored)["status"] == "active"
    assert not [n for n in restored.notes if "paused" in n]


async def test_a_project_that_is_gone_and_one_that_moved(provider, supabase) -> None:
    account = tracked(provider, project(API), project(STAGING))
    await account.refresh()
    supabase.world.projects = [p for p in supabase.world.projects if p.ref != STAGING]
    supabase.world.project(API).organization = QUESTS
    fetched = await account.refresh()
    assert fetched.failures == {}
    gone = fetched.snapshots[STAGING]
    assert "This project is no longer there, or no longer open to this sign-in." in gone.notes
    assert fetched.snapshots[API].plan.value.label == "Free", "the plan of where it is now"
    assert values(fetched.snapshots[API])["status"] == "active"


async def test_a_plan_without_a_list_price_has_none(one, supabase) -> None:
    for plan, label in (("enterprise", "Enterprise"), ("platform", "Platform"), ("mega_pro", "Mega pro")):
        supabase.world.organization(NIMBUS).plan = plan
        snapshot = (await one.refresh()).snapshots[API]
        assert snapshot.plan.value.label == label
        assert (snapshot.billing.price.value, snapshot.billing.price.provenance) == (
            None,
            Provenance.NOT_EXPOSED,
        )
        assert any("price" in note for note in snapshot.notes)
    supabase.world.organization(NIMBUS).plan = None
    snapshot = (await one.refresh()).snapshots[API]
    assert snapshot.plan.value is None
    assert snapshot.plan.provenance is Provenance.NOT_EXPOSED


async def test_more_functions_than_are_asked_for_are_said(one, supabase) -> None:
    from dataclasses import replace

    api = supabase.world.project(API)
    api.functions = tuple(replace(api.functions[0], id=f"id-{n}", slug=f"f{n}") for n in range(14))
    snapshot = (await one.refresh()).snapshots[API]
    assert len([s for s in supabase.seen if s.path.endswith("combined-stats")]) == 10
    assert values(snapshot)["functions"] == "14"
    assert metric(snapshot, "functions_24h").label == "Calls of 10 functions, 24 hours"
    assert "Calls are read for 10 edge functions; 4 more are not." in snapshot.notes


async def test_a_sync_keeps_the_figures_and_their_age(one, supabase) -> None:
    before = (await one.refresh()).snapshots[API]
    supabase.now = NOW + timedelta(hours=2)
    supabase.world.organization(NIMBUS).plan = "team"
    after = (await one.sync()).snapshots[API]
    assert after.plan.value.label == "Team"
    assert after.billing.price.value.amount == 599
    assert after.fetched_at == before.fetched_at
    assert metric(after, "requests_7d") == metric(before, "requests_7d")
    assert after.limits == before.limits
    assert len(after.notes) == len(set(after.notes)) == len(before.notes)

"""One panel that fails costs its figures only, never the service; what everything hangs on fails it, and
nothing is lost."""

from contextlib import suppress
from datetime import timedelta

import pytest

from stackk_tui.model.errors import Forbidden, RateLimited, SignInNeeded, StackkError, Unavailable
from stackk_tui.net.client import Limits
from stackk_tui.sandbox.supabase import EXPIRED_TOKEN, NO_USAGE_TOKEN, NOTHING_TOKEN
from stackk_tui.sandbox.supabase_world import API, NIMBUS
from tests.providers.supabase.helpers import limit, metric, organization, project, tracked, values
from tests.supabase_server import NOW

pytestmark = pytest.mark.anyio

NO = {"message": "Forbidden resource"}
COUNTS = "*/usage.api-counts"
PANELS = {
    "day": (COUNTS, "interval=1day", ["requests_24h"]),
    "week": (COUNTS, "interval=7day", ["requests", "requests_7d"]),
    "addons": ("*/billing/addons", "", ["addons_monthly"]),
    "disk": ("*/config/disk/util", "", ["disk", "disk_bytes"]),
    "database": ("*/query/read-only", "", ["database_bytes"]),
    "functions": ("*/functions", "", ["functions"]),
    "calls": ("*/functions.combined-stats", "", ["functions_24h", "functions_errors_24h"]),
    "health": ("*/health", "", ["health"]),
}
ALL_BAD = [
    {"status": 400, "body": {"message": "no"}},
    {"status": 404, "body": {"message": "no"}},
    {"status": 410, "body": {"message": "removed"}},
    {"status": 429, "headers": {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "51"}},
    {"status": 500, "body": {"message": "boom"}},
    {"status": 503},
    {"drop": True},
    {"short": True},
    {"html": True},
    {"html": True, "status": 403},
    {"cut": True},
    {"body": "null"},
    {"body": '{"result": null}'},
    {"body": '{"result": [{"timestamp": "soon"}]}'},
    {"body": '[{"db_size_bytes": -5}]'},
    {"status": 302, "headers": {"location": "https://elsewhere.example/"}},
]
SOME_BAD = [ALL_BAD[3], {"drop": True}, {"body": '{"result": [{"timestamp": "2026-11-22T00:00:00"}]}'}]


def fault(supabase, name: str, **how: object):
    path, query, _ = PANELS[name]
    return supabase.faults.add(path, query=query, **how)


@pytest.mark.parametrize("name", PANELS)
async def test_403_hides_its_figures_and_leaves_the_service_ok(one, supabase, name: str) -> None:
    before = (await one.refresh()).snapshots[API]
    supabase.now = NOW + timedelta(hours=2)
    fault(supabase, name, status=403, body=NO)
    fetched = await one.refresh()
    assert fetched.failures == {}
    after = fetched.snapshots[API]
    assert list(after.not_permitted) == (PANELS[name][2] if name != "functions" else ["functions"])
    assert {m.id for m in after.metrics} == {m.id for m in before.metrics}, "the last good figures stay"
    assert {x.id for x in after.limits} == {x.id for x in before.limits}
    hidden = [m for m in after.metrics if m.as_of == NOW]
    if name == "disk":
        assert limit(after).as_of == NOW
        assert "limits" not in after.can
    if name == "week":
        assert fetched.usage == []
        assert "usage" not in after.can
    assert hidden, "and say how old they are"
    supabase.faults.clear()
    assert (await one.refresh()).snapshots[API].not_permitted == ()


@pytest.mark.parametrize(
    ("name", "how"),
    [(n, h) for n in PANELS for h in (ALL_BAD if n in ("week", "health") else SOME_BAD)],
    ids=str,
)
async def test_a_panel_that_fails_is_a_note(one, supabase, name: str, how: dict[str, object]) -> None:
    fault(supabase, name, **how)
    fetched = await one.refresh()
    assert fetched.failures == {}
    snapshot = fetched.snapshots[API]
    assert snapshot.not_permitted == ()
    (note,) = [n for n in snapshot.notes if "not updated this time" in n]
    assert "boom" not in note
    shown = {*values(snapshot), *(x.id for x in snapshot.limits)}
    assert not shown & set(PANELS[name][2]), "never a zero in its place"
    others = {n for each, (_, _, names) in PANELS.items() if each != name for n in names}
    expected = (
        others
        - {"requests", "health"}
        - ({"functions_24h", "functions_errors_24h"} if name == "functions" else set())
    )
    assert expected <= shown
    assert (fetched.usage == []) is (name == "week")


async def test_a_slow_and_a_huge_answer_are_given_up(one, supabase) -> None:
    one.provider._http._limits = Limits(answer=1.5, size=100_000)
    fault(supabase, "addons", delay=15)
    fault(supabase, "health", huge=400_000)
    snapshot = (await one.refresh()).snapshots[API]
    notes = [n for n in snapshot.notes if "not updated" in n]
    assert len(notes) == 2
    assert "did not finish its answer" in notes[0]
    assert "requests_7d" in values(snapshot)


async def test_a_failed_figure_keeps_its_last_value_with_its_date(one, supabase) -> None:
    before = (await one.refresh()).snapshots[API]
    supabase.now = NOW + timedelta(hours=3)
    fault(supabase, "disk", status=500)
    fault(supabase, "addons", status=500)
    after = (await one.refresh()).snapshots[API]
    assert limit(after) == limit(before)
    assert metric(after, "addon_ci_small") == metric(before, "addon_ci_small")
    assert metric(after, "addons_monthly").as_of == NOW
    assert metric(after, "requests_7d").as_of == supabase.now


async def test_a_sum_of_some_projects_is_never_shown_as_the_sum(whole, supabase) -> None:
    before = (await whole.refresh()).snapshots[NIMBUS]
    supabase.now = NOW + timedelta(hours=3)
    supabase.faults.add(f"*/{API}/analytics/endpoints/usage.api-counts", status=500)
    supabase.faults.add(f"*/{API}/billing/addons", status=403, body=NO)
    fetched = await whole.refresh()
    after = fetched.snapshots[NIMBUS]
    for name in ("requests_24h", "requests_7d", "addons_monthly"):
        assert metric(after, name) == metric(before, name)
    assert after.not_permitted == ("addons_monthly",)
    assert fetched.usage == []


async def test_a_token_without_usage_shows_what_it_may(provider, supabase) -> None:
    account = tracked(provider, organization(), project(), token=NO_USAGE_TOKEN)
    fetched = await account.refresh()
    assert fetched.failures == {}
    for snapshot in fetched.snapshots.values():
        assert snapshot.not_permitted == (
            "requests_24h",
            "requests",
            "requests_7d",
            "disk",
            "disk_bytes",
            "addons_monthly",
            "functions",
        )
        assert snapshot.plan.value.label == "Pro"
        assert {"database_bytes", "disk_provisioned_bytes"} <= set(values(snapshot))
        assert snapshot.can == {"plan", "price", "picker"}


async def test_403_on_everything_is_a_failure(provider) -> None:
    fetched = await tracked(provider, organization(), project(), token=NOTHING_TOKEN).refresh()
    assert fetched.snapshots == {}
    assert {type(e) for e in fetched.failures.values()} == {Forbidden}
    assert set(fetched.failures) == {NIMBUS, API}


async def test_a_project_that_may_not_be_seen_but_counted_is_counted(one, supabase) -> None:
    for path in (f"/v1/organizations/{NIMBUS}*", f"/v1/projects/{API}"):
        supabase.faults.add(path, status=403, body=NO)
    fetched = await one.refresh()
    assert fetched.failures == {}
    snapshot = fetched.snapshots[API]
    assert int(values(snapshot)["requests_7d"]) > 0
    assert {"plan", "status", "region"} <= set(snapshot.not_permitted)
    assert "status" not in values(snapshot)


async def test_401_needs_a_sign_in_and_is_not_tried_at_every_door(provider, supabase) -> None:
    account = tracked(provider, organization(), project(), token=EXPIRED_TOKEN)
    for fetched in (await account.refresh(), await account.sync()):
        assert fetched.snapshots == {}
        assert {type(e) for e in fetched.failures.values()} == {SignInNeeded}
    assert len(supabase.seen) == 4, "the plan and the projects, twice"


async def test_a_token_that_dies_in_the_middle(one, supabase) -> None:
    supabase.faults.add("*/billing/addons", status=401, body={"message": "Unauthorized"})
    fetched = await one.refresh()
    assert isinstance(fetched.failures[API], SignInNeeded)
    assert fetched.snapshots == {}


@pytest.mark.parametrize("path", [f"*/organizations/{NIMBUS}", "*/health"])
async def test_402_is_an_error_of_the_service(one, supabase, path: str) -> None:
    supabase.faults.add(path, status=402, body={"message": "payment"})
    error = (await one.refresh()).failures[API]
    assert isinstance(error, Forbidden)
    assert "billing" in error.what


@pytest.mark.parametrize(
    ("how", "code"),
    [({"drop": True}, "network"), ({"status": 500}, "unavailable"), ({"html": True}, "protocol")],
)
async def test_nothing_works(one, supabase, waits, how: dict[str, object], code: str) -> None:
    before = (await one.refresh()).snapshots
    supabase.seen.clear()
    supabase.faults.add("*", **how)
    for fetched in (await one.refresh(), await one.sync()):
        assert {e.code for e in fetched.failures.values()} == {code}
        assert fetched.snapshots == {}
    assert one.snapshots == before
    assert len(supabase.seen) <= 12, "no further questions"
    assert sum(waits) <= 4 * 15


async def test_not_one_figure_could_be_read(one, supabase) -> None:
    supabase.faults.add(f"/v1/projects/{API}/*", status=503)
    fetched = await one.refresh()
    assert isinstance(fetched.failures[API], Unavailable)
    assert fetched.snapshots == {}


async def test_an_organization_whose_projects_cannot_be_listed_keeps_what_it_had(whole, supabase) -> None:
    before = (await whole.refresh()).snapshots[NIMBUS]
    supabase.now = NOW + timedelta(hours=1)
    supabase.faults.add(f"*/{NIMBUS}/projects", status=500)
    fetched = await whole.refresh()
    assert fetched.failures == {}
    after = fetched.snapshots[NIMBUS]
    assert {m.id: m.value for m in after.metrics} == {m.id: m.value for m in before.metrics}
    assert len(after.metrics) == len(before.metrics)
    assert after.limits == before.limits
    assert metric(after, "requests_7d").as_of == NOW
    assert any(n.startswith("Projects: not updated this time.") for n in after.notes)


async def test_a_plan_that_cannot_be_read_is_the_last_one(one, supabase) -> None:
    await one.refresh()
    supabase.faults.add(f"*/organizations/{NIMBUS}", status=403, body=NO)
    snapshot = (await one.refresh()).snapshots[API]
    assert snapshot.plan.value.label == "Pro"
    assert snapshot.not_permitted == ("plan",)


# limits
async def test_a_short_wait_is_waited_for_and_a_long_one_is_told(one, supabase, waits) -> None:
    supabase.now = NOW.replace(second=52)
    supabase.app.limits[f"{supabase.now:%Y-%m-%dT%H:%M}", "classic", NIMBUS, "organization"] = 500

    async def refreshed() -> StackkError | None:
        return (await one.refresh()).failures.get(API)

    error = await refreshed()
    assert error is None, "the plan alone is missing"
    assert 8 in waits, "X-RateLimit-Reset is in seconds from now"
    waits.clear()
    supabase.faults.add(f"*/organizations/{NIMBUS}*", status=429, headers={"x-ratelimit-reset": "47"})
    supabase.faults.add(f"/v1/projects/{API}", status=429, headers={"x-ratelimit-reset": "47"})
    error = await refreshed()
    assert isinstance(error, RateLimited)
    assert error.retry_at == supabase.now + timedelta(seconds=47)
    assert waits == []


async def test_a_500_is_tried_again_though_it_tells_when_the_limit_resets(one, supabase, waits) -> None:
    headers = {"x-ratelimit-remaining": "117", "x-ratelimit-reset": "59"}
    struck = fault(supabase, "health", status=500, headers=headers, times=1)
    snapshot = (await one.refresh()).snapshots[API]
    assert struck.hits == 1
    assert values(snapshot)["health_db"] == "healthy"
    assert max(waits) < 2


JUNK = [
    "0",
    '"text"',
    "[]",
    "{}",
    "[[[]]]",
    "[null, 1, {}]",
    '{"result": {}, "projects": {}, "metrics": [], "selected_addons": 4}',
    '{"result": [[]], "projects": [7], "pagination": {"count": "many"}, "metrics": {"fs_size_bytes": -1}}',
    '[{"slug": {"a": 1}, "id": [2], "name": 3, "status": 4, "error": {"x": 1}, "db_size_bytes": "1e9"}]',
    '{"result": [{"timestamp": "9999-12-31T23:59:59+00:01", "total_rest_requests": 1e300}]}',
    '{"result": [{"timestamp": "0001-01-01T00:00:00+14:00", "total_rest_requests": "9"}]}',
    '{"plan": {"tier": 1}, "projects": [{"ref": "x", "databases": {"a": 1}}], "pagination": {"count": 1}}',
    '{"selected_addons": [{"type": 1, "variant": {"price": {"amount": "NaN", "interval": 3}}}]}',
]


@pytest.mark.parametrize("body", JUNK)
async def test_junk_is_never_more_than_an_error(provider, supabase, body: str) -> None:
    account = tracked(provider, organization(), project())
    good = await account.refresh()
    for path in ("/v1/projects/*", "*"):
        supabase.faults.add(path, body=body)
        for fetched in (await account.refresh(), await account.sync()):
            assert all(isinstance(e, StackkError) for e in fetched.failures.values())
            for batch in fetched.usage:
                assert all(b.requests is None or 0 <= b.requests < 10**15 for b in batch.buckets)
        with suppress(StackkError):
            await provider.workspaces(account.session)
    assert good.failures == {}

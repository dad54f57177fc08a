"""What is not known is never shown as nothing, nor as all well, and no number breaks more than its panel."""

from datetime import timedelta

import pytest

from stackk_tui.model.errors import RateLimited
from stackk_tui.sandbox.supabase_world import API, NIMBUS
from tests.providers.supabase.helpers import metric, values
from tests.supabase_server import NOW

pytestmark = pytest.mark.anyio

HUGE = '{"result": [{"timestamp": "2026-11-22T00:00:00", "total_rest_requests": 1e9999999}]}'
FARTHER = '{"result": [{"timestamp": "2026-11-22T00:00:00", "total_rest_requests": 1e99999999999999999999}]}'
NULLS = '{"result": [{"timestamp": "2026-11-22T00:00:00", "total_rest_requests": null}]}'
NO_COMPUTE = '{"selected_addons": [], "available_addons": []}'
NO_ERRORS = '{"result": [{"timestamp": "2026-11-22T00:00:00", "request_count": 7}]}'


@pytest.mark.parametrize("body", [HUGE, FARTHER, NULLS], ids=["huge", "farther", "nulls"])
async def test_counts_that_cannot_be_ones_cost_their_figure_only(one, supabase, body: str) -> None:
    supabase.faults.add("*/usage.api-counts", body=body)
    fetched = await one.refresh()
    assert fetched.failures == {}
    shown = values(fetched.snapshots[API])
    assert "requests_24h" not in shown
    assert "requests_7d" not in shown
    assert int(shown["disk_bytes"]) > 0


async def test_an_organization_that_is_none_takes_no_plan_away(one, supabase) -> None:
    before = (await one.refresh()).snapshots[API]
    supabase.faults.add(f"/v1/organizations/{NIMBUS}", body="{}")
    after = (await one.refresh()).snapshots[API]
    assert after.plan == before.plan
    assert after.billing == before.billing
    assert any(note.startswith("Plan: not updated this time.") for note in after.notes)


async def test_compute_without_a_price_makes_the_sum_unknown(one, supabase) -> None:
    supabase.faults.add("*/billing/addons", body=NO_COMPUTE)
    shown = (await one.refresh()).snapshots[API]
    assert metric(shown, "addons_monthly").value is None


async def test_the_sum_is_unknown_where_neither_plan_nor_compute_is_told(one, supabase) -> None:
    supabase.faults.add(f"/v1/organizations/{NIMBUS}", status=403, body={"message": "Forbidden resource"})
    supabase.faults.add("*/billing/addons", body=NO_COMPUTE)
    shown = (await one.refresh()).snapshots[API]
    assert metric(shown, "addons_monthly").value is None


async def test_the_compute_size_stays_when_the_list_cannot_be_read(one, supabase) -> None:
    before = values((await one.refresh()).snapshots[API])
    supabase.now = NOW + timedelta(hours=2)
    supabase.faults.add(f"/v1/organizations/{NIMBUS}/projects", status=500)
    after = values((await one.refresh()).snapshots[API])
    assert after["compute"] == before["compute"]


async def test_calls_without_their_errors_are_not_calls_without_errors(one, supabase) -> None:
    supabase.faults.add("*/functions.combined-stats", body=NO_ERRORS)
    shown = values((await one.refresh()).snapshots[API])
    assert int(shown["functions_24h"]) > 0
    assert shown["functions_errors_24h"] is None


async def test_no_health_at_all_is_not_all_healthy(whole, supabase) -> None:
    supabase.faults.add("*/health", body="[]")
    snapshot = (await whole.refresh()).snapshots[NIMBUS]
    assert "health" not in values(snapshot)
    assert any(note.startswith("Health: not updated this time.") for note in snapshot.notes)


async def test_functions_of_one_name_in_two_projects_are_two(whole, supabase) -> None:
    supabase.faults.add("*/functions", body='[{"id": "f1", "slug": "webhook", "name": "Webhook"}]')
    supabase.faults.add("*/functions.combined-stats", body=NO_ERRORS)
    snapshot = (await whole.refresh()).snapshots[NIMBUS]
    own = [m.id for m in snapshot.metrics if m.id.startswith("function_")]
    assert len(own) == len(set(own)) > 1


async def test_functions_that_are_all_left_out_are_named(one, supabase) -> None:
    many = ", ".join(f'{{"id": "f{n}", "slug": "f{n}"}}' for n in range(13))
    supabase.faults.add("*/functions", body=f"[{many}]")
    supabase.faults.add("*/functions.combined-stats", body=NO_ERRORS)
    snapshot = (await one.refresh()).snapshots[API]
    assert "Calls are read for 10 edge functions; 3 more are not." in snapshot.notes


async def test_a_reset_in_another_unit_stops_nobody_for_months(one, supabase) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795269642"}
    supabase.faults.add("*", status=429, headers=headers)
    error = (await one.refresh()).failures[API]
    assert isinstance(error, RateLimited)
    assert error.retry_at is None


@pytest.mark.parametrize(
    "body",
    [
        '{"projects": [{}], "pagination": {"count": 1}}',
        '{"projects": [{"ref": "abcdefghijklmnopqrst"}], "pagination": {"count": 99}}',
    ],
    ids=["no ref", "the same page for ever"],
)
async def test_a_list_that_is_not_whole_takes_no_figure_away(whole, supabase, body: str) -> None:
    before = values((await whole.refresh()).snapshots[NIMBUS])
    supabase.now = NOW + timedelta(hours=2)
    supabase.faults.add(f"/v1/organizations/{NIMBUS}/projects", body=body)
    snapshot = (await whole.refresh()).snapshots[NIMBUS]
    assert values(snapshot)["disk_bytes"] == before["disk_bytes"]
    assert any(note.startswith("Projects: not updated this time.") for note in snapshot.notes)


@pytest.mark.parametrize("after", ["Wed, 21 Oct 2099 07:28:00 GMT", "99999999"])
async def test_nobody_is_kept_out_for_years_by_a_slip(one, supabase, after: str) -> None:
    supabase.faults.add("*", status=429, headers={"retry-after": after})
    error = (await one.refresh()).failures[API]
    assert isinstance(error, RateLimited)
    assert error.retry_at is None

"""The pretend Supabase has the shapes of the true fixtures, and refuses what the real one refuses."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from stackk_tui.sandbox.supabase import (
    EXPIRED_TOKEN,
    NO_USAGE_TOKEN,
    NOTHING_TOKEN,
    SCOPED_TOKEN,
    TOKEN,
    SupabaseSandbox,
)
from stackk_tui.sandbox.supabase_world import API, NIMBUS, NOTES, OLD, STAGING
from tests.sandbox.helpers import shape

FIXTURES = Path(__file__).parent.parent / "fixtures" / "supabase"
NOW = datetime(2026, 11, 22, 15, 30, 12, tzinfo=UTC)
IN = f"/v1/projects/{API}"
COUNTS = f"{IN}/analytics/endpoints/usage.api-counts"
STATS = f"{IN}/analytics/endpoints/functions.combined-stats"
FUNCTION = "a1f0d6a2-6c1d-4d76-9b1b-3d3f61b1c001"
SIZE = {"query": "select pg_database_size(current_database()) as db_size_bytes"}
SIX = "services=auth&services=db&services=pooler&services=realtime&services=rest&services=storage"


@pytest.fixture
def app() -> SupabaseSandbox:
    return SupabaseSandbox(lambda: NOW)


def ask(
    app: SupabaseSandbox, path: str, *, token: str | None = TOKEN, method: str = "GET", body: Any = None
) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.request(method, path, headers=headers, json=body)

    return asyncio.run(go())


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/organizations", "organizations"),
        (f"/v1/organizations/{NIMBUS}", "organization_pro"),
        ("/v1/organizations/side-quests", "organization_free"),
        (f"/v1/organizations/{NIMBUS}/projects", "org_projects"),
        ("/v1/projects", "projects"),
        (IN, "project"),
        (f"{COUNTS}?interval=1day", "usage_api_counts_1day"),
        (f"{COUNTS}?interval=7day", "usage_api_counts_7day"),
        (f"{IN}/functions", "functions"),
        (f"{STATS}?interval=1day&function_id={FUNCTION}", "functions_combined_stats_1day"),
        (f"{IN}/config/disk", "config_disk"),
        (f"{IN}/config/disk/util", "config_disk_util"),
        (f"{IN}/billing/addons", "billing_addons_pro"),
    ],
)
def test_has_the_keys_and_types_of_the_fixtures(app, path: str, name: str) -> None:
    answer = ask(app, path)
    assert answer.status_code == 200, answer.text
    assert shape(answer.json()) == shape(fixture(name))


def test_what_is_not_a_plain_get_has_the_shape_of_its_fixture(app) -> None:
    size = ask(app, f"{IN}/database/query/read-only", method="POST", body=SIZE)
    assert size.status_code == 201
    assert shape(size.json()) == shape(fixture("database_query_size"))
    health = ask(app, f"{IN}/health?{SIX}").json()
    true = fixture("health")
    assert [row["name"] for row in health] == [row["name"] for row in true]
    assert shape(health[:1]) == shape(true[:1])
    app.world.project(API).unhealthy["auth"] = "restricted: exceed_egress_quota"
    assert shape(ask(app, f"{IN}/health?services=auth").json()) == shape(fixture("health_restricted")[:1])
    for token, name, status in ((EXPIRED_TOKEN, "error_401", 401), (NOTHING_TOKEN, "error_403", 403)):
        refused = ask(app, "/v1/organizations", token=token)
        assert (refused.status_code, refused.json()) == (status, fixture(name))


def test_tokens_have_the_fields_of_the_fixture(app) -> None:
    from stackk_tui.sandbox.oauth_grants import Family
    from stackk_tui.sandbox.supabase import CLIENT

    token = app.grants.tokens_for(Family(CLIENT.id, ""), refresh=True)["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token}

    async def post(auth: Any, data: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.post("/v1/oauth/token", data=data, auth=auth)

    without = asyncio.run(post(None, {**form, "client_id": CLIENT.id}))
    assert without.status_code == 401
    answer = asyncio.run(post((CLIENT.id, "sba_5andbox0auth5ecret%2Fwith%2Bodd%3Acharacters"), form))
    assert answer.status_code == 201
    assert shape(answer.json()) == shape(fixture("oauth_token"))
    assert answer.json()["access_token"].startswith("sbp_oauth_")
    missing = asyncio.run(
        post((CLIENT.id, "sba_5andbox0auth5ecret%2Fwith%2Bodd%3Acharacters"), {"grant_type": "refresh_token"})
    )
    assert (missing.status_code, missing.json()) == (422, {"message": "Required parameter: refresh_token"})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/profile", 403),
        ("/v1/nope", 404),
        (f"{IN}/usage", 404),
        ("/platform/organizations/nimbus-labs/usage", 404),
        (f"{IN}/analytics/endpoints/logs.all", 404),
        ("/v1/organizations/nobody", 404),
        ("/v1/projects/abcdefghijklmnopqrst", 404),
        ("/v1/organizations?limit=3", 400),
        (f"/v1/organizations/{NIMBUS}/projects?page=2", 400),
        (f"/v1/organizations/{NIMBUS}/projects?limit=101", 400),
        (f"/v1/organizations/{NIMBUS}/projects?limit=0", 400),
        (f"/v1/organizations/{NIMBUS}/projects?offset=-1", 400),
        (f"/v1/organizations/{NIMBUS}/projects?sort=size", 400),
        (f"{IN}/health", 400),
        (f"{IN}/health?services=nothing", 400),
        (f"{COUNTS}?interval=30day", 400),
        (f"{COUNTS}?iso_timestamp_start=2026-11-01", 400),
        (f"{STATS}?interval=1day", 400),
        (f"{STATS}?interval=7day&function_id={FUNCTION}", 400),
        (f"{STATS}?interval=1day&function_id=stripe-webhook", 404),
        (f"/v1/projects/{OLD}/config/disk/util", 400),
    ],
)
def test_refuses_what_is_not_documented(app, path: str, status: int) -> None:
    answer = ask(app, path)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"message"}


@pytest.mark.parametrize("body", [None, {}, {"query": 1}, {"query": "select 1"}, {**SIZE, "more": 1}])
def test_the_database_answers_one_question(app, body: Any) -> None:
    assert ask(app, f"{IN}/database/query/read-only", method="POST", body=body).status_code == 400
    assert ask(app, f"{IN}/database/query/read-only").status_code == 405


def test_each_token_sees_its_own(app) -> None:
    assert ask(app, "/v1/organizations", token=None).status_code == 401
    assert [o["slug"] for o in ask(app, "/v1/organizations", token=SCOPED_TOKEN).json()] == [NIMBUS]
    assert ask(app, f"/v1/projects/{NOTES}", token=SCOPED_TOKEN).status_code == 403
    assert ask(app, f"{COUNTS}?interval=1day", token=NO_USAGE_TOKEN).status_code == 403
    assert ask(app, f"{IN}/billing/addons", token=NO_USAGE_TOKEN).status_code == 403
    assert ask(app, f"{IN}/health?services=db", token=NO_USAGE_TOKEN).status_code == 200


def test_counts_roll_and_agree_with_each_other(app) -> None:
    day, week = (ask(app, f"{COUNTS}?interval={i}").json()["result"] for i in ("1day", "7day"))
    assert [r["timestamp"] for r in day] == sorted((r["timestamp"] for r in day), reverse=True)
    assert (len(day), len(week)) == (24, 8)
    assert not any(r["timestamp"].endswith("Z") for r in day + week)
    today = sum(r["total_rest_requests"] for r in day if r["timestamp"].startswith("2026-11-22"))
    assert today == week[0]["total_rest_requests"]
    first = app.world.requests(API, NOW.replace(hour=16, minute=0, second=0) - timedelta(days=7), NOW)
    assert sum(r["total_rest_requests"] for r in week) == first[2], "the eighth day is a part of one"
    hours = ask(app, f"/v1/projects/{STAGING}/analytics/endpoints/usage.api-counts?interval=1day").json()
    assert len(hours["result"]) < 24, "idle hours are missing"


def test_limits_are_told_in_seconds_from_now_and_enforced(app) -> None:
    first = ask(app, f"{COUNTS}?interval=1day")
    names = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
    assert [first.headers[n] for n in names] == ["30", "29", "48"]
    for _ in range(29):
        ask(app, f"{COUNTS}?interval=1day")
    refused = ask(app, f"{COUNTS}?interval=1day")
    assert (refused.status_code, refused.json()) == (429, fixture("error_429"))
    assert [refused.headers[n] for n in names] == ["30", "0", "48"]
    assert ask(app, IN).headers["x-ratelimit-limit"] == "120"


def test_the_log_holds_no_token(app) -> None:
    ask(app, "/v1/organizations")
    assert app.seen[0].token == "classic"
    assert TOKEN not in repr(app.seen)

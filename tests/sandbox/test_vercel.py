"""The pretend Vercel cannot drift into fiction: keys and types of the fixtures, and as strict as documented."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from stackk_tui.sandbox.vercel import (
    EXPIRED_TOKEN,
    FULL_TOKEN,
    NO_COST_TOKEN,
    PROJECT_TOKEN,
    SHORT_USER_TOKEN,
    TEAM_TOKEN,
    VercelSandbox,
)
from stackk_tui.sandbox.vercel_world import HOBBY_TEAM, LIMITED_TEAM, PRO_TEAM
from tests.providers.vercel.helpers import NOW
from tests.sandbox.helpers import shape

FIXTURES = Path(__file__).parent.parent / "fixtures" / "vercel"
CHARGES = {
    "from": "2026-11-04T07:00:00.000Z",
    "to": "2026-11-21T14:00:00.000Z",
    "teamId": PRO_TEAM,
}


def ask(
    sandbox: VercelSandbox,
    path: str,
    params: dict[str, str] | None = None,
    *,
    token: str | None = FULL_TOKEN,
    method: str = "GET",
    encoding: str = "identity",
) -> httpx.Response:
    headers = {"accept-encoding": encoding} | ({"authorization": f"Bearer {token}"} if token else {})

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app=sandbox)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.request(method, path, params=params or {}, headers=headers)

    return asyncio.run(go())


@pytest.fixture
def sandbox() -> VercelSandbox:
    return VercelSandbox(lambda: NOW)


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def merged(*values: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for value in values:
        for path, kinds in shape(value).items():
            found.setdefault(path, set()).update(kinds)
    return found


CASES: list[tuple[str, dict[str, str], str, list[str]]] = [
    ("/v2/user", {}, FULL_TOKEN, ["user"]),
    ("/v2/user", {}, SHORT_USER_TOKEN, ["user_limited"]),
    ("/v5/user/tokens/current", {}, FULL_TOKEN, ["token_current"]),
    ("/v2/teams", {}, FULL_TOKEN, ["teams"]),
    (f"/v2/teams/{PRO_TEAM}", {}, FULL_TOKEN, ["team_pro"]),
    (f"/v2/teams/{HOBBY_TEAM}", {}, FULL_TOKEN, ["team_hobby"]),
    ("/v10/projects", {"teamId": PRO_TEAM}, FULL_TOKEN, ["projects"]),
    ("/v7/deployments", {"teamId": PRO_TEAM, "limit": "100"}, FULL_TOKEN, ["deployments", "deployments_page2"]),
    (f"/v2/teams/{LIMITED_TEAM}", {}, FULL_TOKEN, ["error_403_forbidden"]),
    ("/v2/user", {}, EXPIRED_TOKEN, ["error_403_invalid_token"]),
    ("/v2/teams/team_unknown", {}, FULL_TOKEN, ["error_404_not_found"]),
    ("/v1/billing/charges", {**CHARGES, "teamId": HOBBY_TEAM}, FULL_TOKEN, ["error_404_costs_not_found"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "params", "token", "names"), CASES, ids=lambda v: str(v)[-40:])
def test_has_the_keys_and_types_of_the_fixtures(
    sandbox: VercelSandbox, path: str, params: dict[str, str], token: str, names: list[str]
) -> None:
    answer = ask(sandbox, path, params, token=token)
    expected = int(names[0].split("_")[1]) if names[0].startswith("error_") else 200
    assert answer.status_code == expected, answer.text
    ours, true = merged(answer.json()), merged(*map(fixture, names))
    assert ours.keys() == true.keys()
    for at, kinds in ours.items():
        assert kinds <= true[at] | {"null"}, at


def test_published_fields_only(sandbox: VercelSandbox) -> None:
    sandbox.world.published_only = True
    ours = merged(ask(sandbox, f"/v2/teams/{PRO_TEAM}").json())
    assert ours.keys() == merged(fixture("team_pro_published_fields_only")).keys()


def test_charges_have_the_keys_and_types_of_the_fixture(sandbox: VercelSandbox) -> None:
    answer = ask(sandbox, "/v1/billing/charges", CHARGES)
    assert answer.headers["content-type"].startswith("application/jsonl")
    rows = [json.loads(line) for line in answer.text.splitlines() if line]
    true = [json.loads(line) for line in (FIXTURES / "billing_charges.jsonl").read_text().splitlines()]
    assert merged(*rows).keys() == merged(*true).keys()
    for at, kinds in merged(*rows).items():
        assert kinds <= merged(*true)[at] | {"number"}, at
    assert len(rows) == 17 * 15
    assert {r["ChargePeriodStart"] for r in rows} == {r["ChargePeriodStart"] for r in true}


def test_a_long_report_is_that_long_and_may_end_without_its_end(sandbox: VercelSandbox) -> None:
    sandbox.books.bulk_bytes, sandbox.books.ended = 2_000_000, False
    plain = ask(sandbox, "/v1/billing/charges", CHARGES)
    packed = ask(sandbox, "/v1/billing/charges", CHARGES, encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert len(plain.content) > 1_900_000
    assert not plain.content.endswith(b"\n")
    assert all(json.loads(line) for line in plain.text.split("\n"))


def test_days_asked_for_one_by_one_cost_more(sandbox: VercelSandbox) -> None:
    def billed(begin: str, end: str) -> float:
        answer = ask(sandbox, "/v1/billing/charges", {**CHARGES, "from": begin, "to": end})
        rows = [json.loads(line) for line in answer.text.splitlines() if line]
        return sum(r["BilledCost"] for r in rows if r["ServiceName"] != "Pro")

    whole = billed("2026-11-04T07:00:00Z", "2026-11-06T08:00:00Z")
    second = billed("2026-11-05T08:00:00Z", "2026-11-06T08:00:00Z")
    first = billed("2026-11-04T07:00:00Z", "2026-11-05T08:00:00Z")
    assert first + second > whole


def test_the_future_has_scheduled_seats(sandbox: VercelSandbox) -> None:
    answer = ask(sandbox, "/v1/billing/charges", {**CHARGES, "to": "2026-12-04T08:00:00Z"})
    rows = [json.loads(line) for line in answer.text.splitlines() if line]
    assert sum(r["ServiceName"] == "Pro" for r in rows) == 30


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/v7/deployments", {"teamId": PRO_TEAM, "colour": "red"}),
        ("/v7/deployments", {"teamId": PRO_TEAM, "limit": "101"}),
        ("/v7/deployments", {"teamId": PRO_TEAM, "until": "soon"}),
        ("/v7/deployments", {"teamId": PRO_TEAM, "state": "FINE"}),
        ("/v10/projects", {"teamId": PRO_TEAM, "from": "1"}),
        ("/v1/billing/charges", {"teamId": PRO_TEAM}),
        ("/v1/billing/charges", {**CHARGES, "from": "2026-11-04"}),
        ("/v1/billing/charges", {**CHARGES, "to": CHARGES["from"]}),
        ("/v1/billing/charges", {**CHARGES, "from": "2025-01-01T00:00:00Z"}),
    ],
)
def test_what_is_not_documented_is_refused(sandbox: VercelSandbox, path: str, params: dict[str, str]) -> None:
    answer = ask(sandbox, path, params)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_each_token_reaches_what_it_is_for(sandbox: VercelSandbox) -> None:
    def status(path: str, token: str | None, **params: str) -> int:
        return ask(sandbox, path, params, token=token).status_code

    assert ask(sandbox, "/v2/user", token=None).json()["error"]["missingToken"] is True
    assert status("/v2/user", TEAM_TOKEN) == 403
    assert "invalidToken" not in ask(sandbox, "/v2/user", token=TEAM_TOKEN).json()["error"]
    assert status("/v2/teams", TEAM_TOKEN) == 200
    assert status("/v10/projects", TEAM_TOKEN, teamId=HOBBY_TEAM) == 403
    for path in ("/v2/user", "/v2/teams", "/v5/user/tokens/current"):
        assert status(path, PROJECT_TOKEN) == 403
    refused = ask(sandbox, "/v1/billing/charges", CHARGES, token=NO_COST_TOKEN)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "team_unauthorized")


def test_a_rate_limit_tells_its_reset_in_epoch_seconds(sandbox: VercelSandbox) -> None:
    sandbox.rate_limit = 2
    answers = [ask(sandbox, "/v2/user") for _ in range(3)]
    assert [a.headers["x-ratelimit-remaining"] for a in answers] == ["1", "0", "0"]
    assert answers[2].status_code == 429
    ours = merged(answers[2].json())
    assert ours.keys() == merged(fixture("error_429")).keys()
    reset = int(answers[2].headers["x-ratelimit-reset"])
    assert 0 < reset - NOW.timestamp() <= 60


def test_a_deleted_token_is_invalid_from_then_on(sandbox: VercelSandbox) -> None:
    answer = ask(sandbox, "/v3/user/tokens/current", method="DELETE")
    assert merged(answer.json()).keys() == merged(fixture("token_deleted")).keys()
    assert ask(sandbox, "/v2/user").json()["error"]["invalidToken"] is True

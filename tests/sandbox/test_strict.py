"""The sandbox refuses what the real API refuses."""

import pytest

from stackk_tui.sandbox.anthropic import (
    EXPIRED_KEY,
    NO_USAGE_KEY,
    NOTHING_KEY,
    ORDINARY_KEY,
    REVOKED_KEY,
    UNBOUND_KEY,
    AnthropicSandbox,
)
from stackk_tui.sandbox.world import IDS
from tests.conftest import NOW
from tests.sandbox.helpers import ask

USAGE = "/v1/organizations/usage_report/messages"
COST = "/v1/organizations/cost_report"
CODE = "/v1/organizations/usage_report/claude_code"
START = ("starting_at", "2026-10-01T00:00:00Z")


@pytest.fixture
def app() -> AnthropicSandbox:
    return AnthropicSandbox(lambda: NOW)


@pytest.mark.parametrize(
    ("key", "path", "status"),
    [
        (None, "/v1/organizations/me", 401),
        ("sk-ant-admin01-unknown", "/v1/organizations/me", 401),
        (EXPIRED_KEY, "/v1/organizations/me", 401),
        (REVOKED_KEY, "/v1/models", 401),
        (ORDINARY_KEY, "/v1/organizations/me", 403),
        (ORDINARY_KEY, "/v1/models", 200),
        (UNBOUND_KEY, "/v1/organizations/me", 200),
        (NO_USAGE_KEY, "/v1/organizations/api_keys", 200),
        (NO_USAGE_KEY, f"{COST}?starting_at=2026-11-01T00:00:00Z", 403),
        (NOTHING_KEY, "/v1/organizations/me", 200),
        (NOTHING_KEY, "/v1/organizations/workspaces", 403),
    ],
)
def test_keys(app: AnthropicSandbox, key: str | None, path: str, status: int) -> None:
    assert ask(app, path, key=key).status_code == status


def test_takes_a_bearer_token_too(app: AnthropicSandbox) -> None:
    answer = ask(app, "/v1/organizations/me", key=None, headers={"authorization": f"Bearer {UNBOUND_KEY}"})
    assert answer.status_code == 200


def test_wants_a_version(app: AnthropicSandbox) -> None:
    assert ask(app, "/v1/organizations/me", headers={"anthropic-version": "2020-01-01"}).status_code == 400


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/v1/organizations/me", [("x", "1")]),
        ("/v1/organizations/workspaces", [("limit", "1001")]),
        ("/v1/organizations/workspaces", [("limit", "0")]),
        ("/v1/organizations/workspaces", [("limit", "many")]),
        ("/v1/organizations/workspaces", [("after_id", "nobody")]),
        ("/v1/organizations/workspaces", [("include_archived", "perhaps")]),
        ("/v1/organizations/api_keys", [("status", "lost")]),
        ("/v1/organizations/rate_limits", [("group_type", "speed")]),
        (USAGE, []),
        (USAGE, [("starting_at", "2026-10-01")]),
        (USAGE, [("starting_at", "yesterday")]),
        (USAGE, [START, ("ending_at", "2026-09-01T00:00:00Z")]),
        (USAGE, [START, ("limit", "32")]),
        (USAGE, [START, ("bucket_width", "1h"), ("limit", "169")]),
        (USAGE, [START, ("bucket_width", "1w")]),
        (USAGE, [START, ("group_by", "model")]),
        (USAGE, [START, ("group_by[]", "mood")]),
        (USAGE, [START, ("page", "page_AAAA")]),
        (COST, [START, ("bucket_width", "1h")]),
        (COST, [START, ("group_by[]", "model")]),
        (COST, [START, ("models[]", "claude-opus-5-5")]),
        (CODE, [("starting_at", "2026-11-01T00:00:00Z")]),
        (CODE, [("starting_at", "2026-11-01"), ("ending_at", "2026-11-02")]),
    ],
)
def test_parameters(app: AnthropicSandbox, path: str, params: list[tuple[str, str]]) -> None:
    answer = ask(app, path, params)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_page_token_is_bound_to_the_other_parameters(app: AnthropicSandbox) -> None:
    params = [START, ("group_by[]", "model")]
    page = ask(app, USAGE, params).json()
    assert len(page["data"]) == 7, "the documented default"
    again = ("page", page["next_page"])
    assert ask(app, USAGE, [*params, again]).json()["data"][0]["starting_at"] == "2026-10-08T00:00:00Z"
    assert ask(app, USAGE, [START, ("group_by[]", "workspace_id"), again]).status_code == 400
    assert ask(app, USAGE, [*params, ("limit", "8"), again]).status_code == 400


def test_pages_by_id_in_both_directions(app: AnthropicSandbox) -> None:
    path, first = "/v1/organizations/api_keys", ("limit", "3")
    one = ask(app, path, [first]).json()
    two = ask(app, path, [first, ("after_id", one["last_id"])]).json()
    three = ask(app, path, [first, ("after_id", two["last_id"])]).json()
    ids = [row["id"] for page in (one, two, three) for row in page["data"]]
    assert len(set(ids)) == 8
    assert [p["has_more"] for p in (one, two, three)] == [True, True, False]
    assert ask(app, path, [first, ("before_id", two["first_id"])]).json()["data"] == one["data"]


def test_archived_workspaces_only_when_asked_for(app: AnthropicSandbox) -> None:
    names = [w["name"] for w in ask(app, "/v1/organizations/workspaces").json()["data"]]
    assert names == ["Production", "Staging", "Claude Code"]
    every = ask(app, "/v1/organizations/workspaces", [("include_archived", "true")]).json()["data"]
    assert [w["name"] for w in every if w["archived_at"]] == ["Research"]


def test_spend_limits_need_the_beta_and_the_enrolment(app: AnthropicSandbox) -> None:
    path, beta = "/v1/organizations/spend_limits", {"anthropic-beta": "spend-limit-reads-2026-09-26"}
    assert ask(app, path).status_code == 404
    assert ask(app, path, headers=beta).status_code == 200
    only = ask(app, path, [("workspace_id", IDS["production"])], headers=beta).json()["data"]
    assert [row["scope"]["type"] for row in only] == ["workspace"]
    app.enrolled = False
    refused = ask(app, path, headers=beta)
    assert refused.status_code == 403
    assert refused.json()["error"]["details"]["error_code"] == "organization_not_enrolled_in_beta"


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_has_no_endpoint_that_writes(app: AnthropicSandbox, method: str) -> None:
    assert ask(app, "/v1/organizations/api_keys", method=method).status_code == 405


def test_its_log_knows_the_kind_of_a_key_and_not_the_key(app: AnthropicSandbox) -> None:
    ask(app, "/v1/organizations/me")
    assert app.seen[0].key == "admin"
    assert UNBOUND_KEY not in repr(app.seen)
    assert "sk-ant" not in repr(app.seen)

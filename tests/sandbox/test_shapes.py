"""The sandbox cannot drift into fiction: its answers have the keys and types of the true fixtures."""

import json
from pathlib import Path
from typing import Any

import pytest

from stackk_tui.sandbox.anthropic import EXPIRED_KEY, NO_USAGE_KEY, ORDINARY_KEY, AnthropicSandbox
from stackk_tui.sandbox.world import IDS
from tests.conftest import NOW
from tests.sandbox.helpers import ask, shape

FIXTURES = Path(__file__).parent.parent / "fixtures" / "anthropic"
BETA = {"anthropic-beta": "spend-limit-reads-2026-09-26"}
DAYS = [("starting_at", "2026-10-20T00:00:00Z")]

# In these objects the keys are the data.
OPEN = ("/data[]/tags", "/data[]/capabilities")


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def merged(*values: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for value in values:
        for path, kinds in shape(value).items():
            found.setdefault(path, set()).update(kinds)
    return {p: k for p, k in found.items() if not any(p.startswith(f"{o}/") for o in OPEN)}


CASES = [
    ("/v1/organizations/me", [], {}, ["organizations_me"]),
    (
        "/v1/organizations/workspaces",
        [("include_archived", "true")],
        {},
        ["workspaces_list_page1", "workspaces_list_page2"],
    ),
    ("/v1/organizations/api_keys", [], {}, ["api_keys_list"]),
    ("/v1/organizations/rate_limits", [], {}, ["rate_limits_list"]),
    (f"/v1/organizations/workspaces/{IDS['staging']}/rate_limits", [], {}, ["workspace_rate_limits_list"]),
    ("/v1/organizations/spend_limits", [], BETA, ["spend_limits_list_console"]),
    (
        "/v1/organizations/usage_report/messages",
        [*DAYS, ("group_by[]", "workspace_id"), ("group_by[]", "model")],
        {},
        ["usage_report_messages_page1", "usage_report_messages_page2"],
    ),
    (
        "/v1/organizations/cost_report",
        [*DAYS, ("group_by[]", "workspace_id"), ("group_by[]", "description")],
        {},
        ["cost_report_page1", "cost_report_page2"],
    ),
    ("/v1/organizations/cost_report", DAYS, {}, ["cost_report_ungrouped"]),
    (
        "/v1/organizations/usage_report/claude_code",
        [("starting_at", "2026-11-20")],
        {},
        ["usage_report_claude_code_page1", "usage_report_claude_code_page2"],
    ),
    ("/v1/models", [("limit", "2")], {}, ["models_list"]),
]


@pytest.mark.parametrize(("path", "params", "headers", "names"), CASES, ids=lambda v: str(v)[-60:])
def test_has_the_keys_and_types_of_the_fixtures(
    path: str, params: list[tuple[str, str]], headers: dict[str, str], names: list[str]
) -> None:
    sandbox = AnthropicSandbox(lambda: NOW)
    key = ORDINARY_KEY if path == "/v1/models" else None
    answer = ask(sandbox, path, params, headers=headers, **({"key": key} if key else {}))
    assert answer.status_code == 200, answer.text
    ours, true = merged(answer.json()), merged(*(fixture(name) for name in names))
    assert ours.keys() == true.keys()
    for at, kinds in ours.items():
        if at == "/next_page":
            assert kinds <= {"text", "null"}
            continue
        assert kinds <= true[at] | {"null"}, f"{at}: {kinds} where the real one has {true[at]}"
        assert "null" not in kinds or "null" in true[at] or at.endswith("api_key_id"), at


@pytest.mark.parametrize("value", [False, True])
def test_amounts_are_cents_as_text_in_the_cost_report_and_a_number_for_claude_code(value: bool) -> None:
    sandbox = AnthropicSandbox(lambda: NOW)
    if value:
        rows = ask(sandbox, "/v1/organizations/cost_report", DAYS).json()["data"][0]["results"]
        assert all(isinstance(row["amount"], str) for row in rows)
    else:
        path, params = "/v1/organizations/usage_report/claude_code", [("starting_at", "2026-11-20")]
        rows = ask(sandbox, path, params).json()["data"]
        assert all(isinstance(b["estimated_cost"]["amount"], int) for r in rows for b in r["model_breakdown"])


@pytest.mark.parametrize(
    ("name", "path", "key", "params"),
    [
        ("error_401_invalid_api_key", "/v1/organizations/me", EXPIRED_KEY, []),
        ("error_403_key_scope", "/v1/organizations/cost_report", NO_USAGE_KEY, DAYS),
        ("error_404_not_found", "/v1/organizations/nothing", None, []),
    ],
)
def test_errors_have_the_shape_of_the_fixtures(
    name: str, path: str, key: str | None, params: list[tuple[str, str]]
) -> None:
    sandbox = AnthropicSandbox(lambda: NOW)
    answer = ask(sandbox, path, params, **({"key": key} if key else {}))
    true = fixture(name)
    assert answer.status_code == true["status"]
    assert shape(answer.json()) == shape(true["body"])
    assert answer.json()["error"]["type"] == true["body"]["error"]["type"]
    assert answer.headers["request-id"] == answer.json()["request_id"]


def test_an_ordinary_key_learns_its_organization_and_workspace_from_headers() -> None:
    answer = ask(AnthropicSandbox(lambda: NOW), "/v1/models", [("limit", "1")], key=ORDINARY_KEY)
    assert set(fixture("response_headers_models_200")) <= set(answer.headers)

"""The pretend organization is believable: the same every time, and usage, cost and limits agree."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from stackk_tui.sandbox.anthropic import AnthropicSandbox
from stackk_tui.sandbox.world import IDS, MODEL, TOKEN_TYPES, World, key_id
from tests.conftest import NOW
from tests.sandbox.helpers import ask

USAGE, COST = "/v1/organizations/usage_report/messages", "/v1/organizations/cost_report"
KEYS = "/v1/organizations/api_keys"
MONTH = [("starting_at", "2026-11-01T00:00:00Z"), ("limit", "31"), ("group_by[]", "workspace_id")]


def cents(sandbox: AnthropicSandbox, params: list[tuple[str, str]]) -> dict[str | None, Decimal]:
    found: dict[str | None, Decimal] = {}
    for day in ask(sandbox, COST, params).json()["data"]:
        for row in day["results"]:
            found[row["workspace_id"]] = found.get(row["workspace_id"], Decimal(0)) + Decimal(row["amount"])
    return found


def test_two_servers_tell_the_same() -> None:
    one, two = (ask(AnthropicSandbox(lambda: NOW), USAGE, MONTH).json() for _ in range(2))
    assert one == two


def test_another_seed_tells_otherwise() -> None:
    other = ask(AnthropicSandbox(lambda: NOW, seed=21), USAGE, MONTH).json()
    assert other != ask(AnthropicSandbox(lambda: NOW), USAGE, MONTH).json()


def test_cost_is_usage_at_list_price() -> None:
    sandbox = AnthropicSandbox(lambda: NOW)
    expected = Decimal(0)
    for day in ask(sandbox, USAGE, [*MONTH, ("group_by[]", "model")]).json()["data"]:
        for row in day["results"]:
            created = row["cache_creation"]
            counts = (
                row["uncached_input_tokens"],
                row["output_tokens"],
                row["cache_read_input_tokens"],
                created["ephemeral_5m_input_tokens"],
                created["ephemeral_1h_input_tokens"],
            )
            model = MODEL[row["model"]]
            expected += sum(model.cents(kind, n) for kind, n in zip(TOKEN_TYPES, counts, strict=True))
            expected += row["server_tool_use"]["web_search_requests"]
    assert sum(cents(sandbox, MONTH).values()) == expected


def test_the_month_is_a_believable_bill_within_its_caps() -> None:
    spent = {k: v / 100 for k, v in cents(AnthropicSandbox(lambda: NOW), MONTH).items()}
    assert 600 < sum(spent.values()) < 1500
    assert 400 < spent[IDS["production"]] < 900
    assert spent[None] > 5, "the default workspace is used too"


def test_weekends_are_quiet_and_the_quarter_grows() -> None:
    world = World(anchor=NOW.date())

    def total(day: datetime) -> int:
        return sum(sum(c.tokens) for c in world.cells(day, day + timedelta(days=1), NOW))

    friday = datetime(2026, 11, 20, tzinfo=UTC)
    assert total(friday + timedelta(days=1)) < 0.7 * total(friday)
    months = [
        sum(total(NOW.replace(hour=0, minute=0) - timedelta(days=s + d)) for d in range(28)) for s in (1, 57)
    ]
    assert months[0] > 1.2 * months[1]


def test_today_fills_as_the_day_goes_on_and_tomorrow_is_empty() -> None:
    sums = []
    for hour in (0, 6, 12, 18, 23):
        now = NOW.replace(hour=hour, minute=59)
        today = [("starting_at", "2026-11-22T00:00:00Z")]
        sums.append(sum(cents(AnthropicSandbox(lambda now=now: now), today).values()))  # type: ignore[misc]
    assert sums == sorted(sums)
    assert 0 < sums[2] < sums[4] * Decimal("0.8")
    future = [("starting_at", "2026-11-23T00:00:00Z")]
    assert ask(AnthropicSandbox(lambda: NOW), COST, future).json()["data"] == []


def test_hours_add_up_to_their_day() -> None:
    sandbox = AnthropicSandbox(lambda: NOW)
    day = [("starting_at", "2026-11-18T00:00:00Z"), ("ending_at", "2026-11-19T00:00:00Z")]

    def output(width: str) -> int:
        buckets = ask(sandbox, USAGE, [*day, ("bucket_width", width)]).json()["data"]
        return sum(row["output_tokens"] for bucket in buckets for row in bucket["results"])

    assert output("1h") == output("1d") > 0


def test_a_workspace_can_be_filtered() -> None:
    sandbox = AnthropicSandbox(lambda: NOW)
    rows = ask(sandbox, USAGE, [*MONTH, ("workspace_ids[]", IDS["staging"])]).json()["data"][0]["results"]
    assert {row["workspace_id"] for row in rows} == {IDS["staging"]}


def counts(row: dict[str, Any]) -> int:
    kinds = ("uncached_input_tokens", "output_tokens", "cache_read_input_tokens")
    return sum(row[kind] for kind in kinds) + sum(row["cache_creation"].values())


def test_the_keys_of_a_workspace_add_up_to_it_at_any_time_of_day() -> None:
    for hour in (0, 9, 15, 23):
        sandbox = AnthropicSandbox(lambda hour=hour: NOW.replace(hour=hour))  # type: ignore[misc]
        models = [*MONTH, ("group_by[]", "model")]
        plain, by_key = (
            ask(sandbox, USAGE, [*models, *more]).json()["data"]
            for more in ([], [("group_by[]", "api_key_id")])
        )
        for whole, parts in zip(plain, by_key, strict=True):
            sums: dict[tuple[str, str], int] = {}
            for row in parts["results"]:
                place = (row["workspace_id"], row["model"])
                sums[place] = sums.get(place, 0) + counts(row)
            assert sums == {(row["workspace_id"], row["model"]): counts(row) for row in whole["results"]}
        assert {row["api_key_id"] for day in plain for row in day["results"]} == {None}, "not grouped by it"


def test_use_is_by_keys_that_are_listed_or_by_none_and_can_be_filtered() -> None:
    sandbox = AnthropicSandbox(lambda: NOW)
    grouped = [*MONTH, ("group_by[]", "api_key_id")]
    rows = [row for day in ask(sandbox, USAGE, grouped).json()["data"] for row in day["results"]]
    listed = {key["id"]: key["workspace_id"] for key in ask(sandbox, KEYS).json()["data"]}
    used = {row["api_key_id"]: row["workspace_id"] for row in rows if row["api_key_id"]}
    assert used == {key: workspace for key, workspace in listed.items() if key in used}
    assert {row["workspace_id"] for row in rows if row["api_key_id"] is None} == {None, IDS["claude-code"]}
    worker = [*grouped, ("api_key_ids[]", key_id("ProdWorker"))]
    found = [row for day in ask(sandbox, USAGE, worker).json()["data"] for row in day["results"]]
    assert {row["api_key_id"] for row in found} == {key_id("ProdWorker")}


def test_there_are_ninety_days_and_no_more_than_there_should_be() -> None:
    sandbox = AnthropicSandbox(lambda: NOW)
    for back, there in ((89, True), (400, False)):
        start = (NOW - timedelta(days=back)).strftime("%Y-%m-%dT00:00:00Z")
        data = ask(sandbox, USAGE, [("starting_at", start), ("limit", "1")]).json()["data"]
        assert bool(data[0]["results"]) is there

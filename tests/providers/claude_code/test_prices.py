"""List prices by day, tier and mode; unknown is unpriced, never 0 and never a guess."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tools import make_prices

from stackk_tui.model.usage import TOKEN_KINDS
from stackk_tui.providers.claude_code import prices
from stackk_tui.providers.claude_code.modelid import plain_id
from stackk_tui.providers.claude_code.prices import PriceBook
from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import MAIN, OPUS, SONNET, Trap, call, text, usage

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/anthropic/price_vectors.json").read_text())[
    "vectors"
]

# `claude-code-logs.md` §5, typed from the page: input, output, 5m write, 1h write, read
TABLE = """
fable-5-2 mythos-5-2 | 8 40 10 16 0.20
fable-5-1 mythos-5-1 | 10 50 12.50 20 0.25
fable-5 mythos-5 | 10 50 12.50 20 1.00
opus-5-5 | 4 20 5.00 8 0.20
opus-5 opus-4-8 opus-4-7 opus-4-6 opus-4-5 | 5 25 6.25 10 0.50
opus-4-1 opus-4 | 15 75 18.75 30 1.50
sonnet-5-5 | 2 10 2.50 4 0.10
sonnet-5 | 2 10 2.50 4 0.20
sonnet-4-6 sonnet-4-5 sonnet-4 sonnet-3-7 | 3 15 3.75 6 0.30
haiku-5-5 | 0.10 0.50 0.125 0.20 0.01
haiku-4-5 | 1 5 1.25 2 0.10
haiku-3-5 | 0.80 4 1.00 1.60 0.08
"""
LISTED = [
    (f"claude-{name}", [Decimal(number) for number in numbers.split()])
    for names, _, numbers in (line.partition("|") for line in TABLE.strip().splitlines())
    for name in names.split()
]


def at(day: str) -> int:
    return round(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def per_million(
    model: str, *, day: str = "2026-11-18", prompt: int = 1, book: PriceBook | None = None, **how: str
) -> list[Decimal | None] | None:
    modes: dict[str, str | None] = {"speed": None, "tier": None, "geo": None, **how}
    rates = (book or PriceBook()).rates(
        model, at(day), prompt, speed=modes["speed"], tier=modes["tier"], geo=modes["geo"]
    )
    return None if rates is None else [None if rate is None else rate * 1_000_000 for rate in rates.per_token]


@pytest.mark.parametrize(
    ("model", "numbers"), LISTED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_list_price(model: str, numbers: list[Decimal]) -> None:
    assert per_million(model) == numbers


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any], machine: Machine) -> None:
    used = {
        **vector["usage"],
        "speed": vector.get("speed"),
        "service_tier": "batch" if vector.get("batch") else None,
    }
    line = call(used=used, model=vector["model"], at=vector.get("ts", "2026-11-18T09:00:00Z"))
    Trap("", {MAIN: text(line)}, {}, {}).write(machine.projects)
    assert machine.usage().totals.cost == Decimal(vector["expected_usd"])


def test_cache_reads_of_sonnet_5_5_became_cheaper_on_a_day() -> None:
    assert per_million(SONNET, day="2026-10-06")[-1] == Decimal("0.2")  # type: ignore[index]
    assert per_million(SONNET, day="2026-10-07")[-1] == Decimal("0.1")  # type: ignore[index]


def test_long_prompt_costs_more_for_the_whole_request() -> None:
    assert per_million("claude-sonnet-4-5", prompt=200_000) == per_million("claude-sonnet-4-5")
    long = [Decimal(number) for number in ("6", "22.5", "7.5", "12", "0.6")]
    assert per_million("claude-sonnet-4-5-20250929", prompt=200_001) == long
    assert per_million("claude-sonnet-4-20250514", prompt=200_001) == long
    for flat in ("claude-opus-4-6", "claude-sonnet-4-6", OPUS, "claude-fable-5-2"):
        assert per_million(flat, prompt=900_000) == per_million(flat)


@pytest.mark.parametrize(
    ("model", "day", "times"),
    [
        ("claude-opus-5-5", "2026-11-18", 2),
        ("claude-fable-5-2", "2026-11-18", 2),
        ("claude-mythos-5-2", "2026-11-18", 2),
        ("claude-opus-5", "2026-11-18", 2),
        ("claude-opus-4-8", "2026-11-18", 2),
        ("claude-opus-4-7", "2026-05-01", 6),
        ("claude-opus-4-6", "2026-06-26", 6),
        ("claude-opus-4-6", "2026-06-27", 1),
    ],
)
def test_fast_mode(model: str, day: str, times: int) -> None:
    assert per_million(model, day=day, speed="fast") == [
        number * times for number in per_million(model, day=day)
    ]  # type: ignore[union-attr,operator]


def test_fast_mode_without_a_known_price_is_unpriced() -> None:
    assert per_million("claude-opus-4-5", speed="fast") is None


def test_batch_and_us_inference() -> None:
    base = per_million(OPUS)
    assert per_million(OPUS, tier="batch") == [number / 2 for number in base]  # type: ignore[union-attr,operator]
    assert per_million(OPUS, geo="us") == [number * Decimal("1.1") for number in base]  # type: ignore[union-attr,operator]
    assert per_million(OPUS, geo="global") == base
    assert per_million("claude-haiku-4-5", geo="us") == per_million("claude-haiku-4-5")  # not offered for it


def test_web_searches_cost_a_cent_each_and_have_no_discount(machine: Machine) -> None:
    used = usage(
        1_000_000,
        0,
        service_tier="batch",
        server_tool_use={"web_search_requests": 3, "web_fetch_requests": 9},
    )
    Trap("", {MAIN: text(call(used=used))}, {}, {}).write(machine.projects)
    totals = machine.usage().totals
    assert (totals.cost, totals.web_searches) == (Decimal("2.03"), 3)


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("claude-opus-5-5[1m]", "claude-opus-5-5"),
        ("anthropic/claude-opus-5-5", "claude-opus-5-5"),
        ("openrouter/anthropic/claude-opus-5.5", "claude-opus-5.5"),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4"),
        ("global.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("claude-sonnet-4@20250514", "claude-sonnet-4"),
        ("claude-opus-5-5-20261001[1m]", "claude-opus-5-5"),
        ("gpt-9-mini", "gpt-9-mini"),
    ],
)
def test_a_model_is_found_under_its_providers_names(raw: str, plain: str) -> None:
    assert plain_id(raw) == plain
    assert per_million(raw) == per_million(plain)


@pytest.mark.parametrize(
    "model", ["unknown", "gpt-9", "claude-opus-6", "claude-opus-5-5-mini", "claude", "", "claude-haiku"]
)
def test_never_a_guess_by_family(model: str) -> None:
    assert per_million(model) is None


def test_unpriced_tokens_are_visible_and_cost_is_not_zero(machine: Machine) -> None:
    searching = usage(10, 20, server_tool_use={"web_search_requests": 1})
    lines = text(
        call("m1", "r1"),
        call("m2", "r2", model="gpt-9", used=searching),
        call("m3", "r3", model="gpt-8", used=usage(1, 1)),
    )
    Trap("", {MAIN: lines}, {}, {}).write(machine.projects)
    report = machine.usage(by="model")
    rows = {row.key: row for row in report.rows}
    assert (rows["gpt-9"].cost, rows["gpt-9"].unpriced_tokens) == (None, 30)
    assert (rows[OPUS].cost, rows[OPUS].unpriced_tokens) == (Decimal("0.00044"), 0)
    assert (report.totals.cost, report.totals.unpriced_tokens) == (Decimal("0.00044"), 32)
    assert report.unpriced_models == ("gpt-9", "gpt-8")


def test_prices_of_config_toml_come_first() -> None:
    book = PriceBook({"gpt-9": {"input": 1.5, "output": 6, "fast": 3}, OPUS: {"input": 1, "output": 2}})
    assert book.warnings == ()
    assert per_million("gpt-9", book=book) == [Decimal("1.5"), Decimal(6), None, None, None]
    assert per_million("gpt-9", book=book, speed="fast")[0] == Decimal("4.5")  # type: ignore[index]
    assert per_million(f"{OPUS}-20261001", book=book, speed="fast")[:2] == [Decimal(2), Decimal(4)]  # type: ignore[index]


def test_a_kind_of_token_without_a_price_makes_a_call_unpriced(machine: Machine) -> None:
    machine.settings.paths.config_file.parent.mkdir(parents=True)
    lines = text(call("m1", "r1", model="gpt-9"), call("m2", "r2", model="gpt-9", used=usage(10, 20, read=5)))
    Trap("", {MAIN: lines}, {}, {}).write(machine.projects)
    machine.settings = type(machine.settings)(
        machine.settings.paths, machine.settings.env, {"prices": {"gpt-9": {"input": 1, "output": 1}}}
    )
    totals = machine.usage().totals
    assert (totals.cost, totals.unpriced_tokens) == (Decimal("0.00003"), 35)


@pytest.mark.parametrize(
    "entry",
    [3, {"input": -1}, {"input": "free"}, {"inputs": 1}, {}, {"input": True}, {"input": float("nan")}],
)
def test_a_price_that_is_none_is_said_and_ignored(entry: object) -> None:
    book = PriceBook({"gpt-9": entry, "gpt-8": {"input": 1}})
    assert 'prices."gpt-9"' in book.warnings[0]
    assert per_million("gpt-9", book=book) is None
    assert per_million("gpt-8", book=book) is not None


def test_the_shipped_table_is_what_the_script_makes() -> None:
    assert make_prices.TABLE.read_text(encoding="utf-8") == make_prices.text()


def test_kinds_are_in_the_order_the_counts_are_in() -> None:
    assert (
        prices.TOKEN_KINDS
        == TOKEN_KINDS
        == ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
    )

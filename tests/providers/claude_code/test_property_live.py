"""What goes on now, and what it would have cost as another model's: the plain reader says the same."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from stackk_tui.model.usage_report import UsageQuery, UsageRow
from stackk_tui.providers.claude_code.live import live_usage
from stackk_tui.providers.claude_code.usage import answer
from tests.providers.claude_code.agreement import Machine
from tests.providers.claude_code.reference import EPOCH, Row, read_all
from tests.providers.claude_code.reference_report import FAST, HOUR, KINDS, LIST, block_starts, items, row
from tests.providers.claude_code.test_property_agreement import seeds
from tests.providers.claude_code.worlds import put, world


def same(found: UsageRow | None, group: list[Row], mode: str = "auto") -> None:
    expected = row("", group, mode)
    assert found is not None
    tokens = found.tokens
    told = [tokens.input, tokens.output, tokens.cache_write_5m, tokens.cache_write_1h, tokens.cache_read]
    assert told == expected["tokens"]
    assert len(told) == len(KINDS)
    assert (found.requests, found.web_searches) == (expected["requests"], expected["web"])
    assert found.cost == expected["cost"]
    assert found.unpriced_tokens == expected["unpriced"]


def moments(every: list[Row], chance: random.Random) -> list[int]:
    """Around calls, and some hours after them: where a block may be over."""
    steps = (-1, 0, 1, HOUR, HOUR - 1, 5 * HOUR, 3 * HOUR + 7, 900_000)
    return [item["ts"] + chance.choice(steps) for item in chance.sample(every, min(6, len(every)))]


@pytest.mark.parametrize("seed", seeds(16))
def test_what_goes_on_now(seed: int, tmp_path: Path) -> None:
    machine, made = Machine.make(tmp_path), world(seed)
    put(machine.projects, made)
    every = items(read_all(machine.projects))
    for now in moments(every, made.chance):
        moment = EPOCH + timedelta(milliseconds=now)
        live = live_usage(machine.settings(TZ="UTC"), moment)
        past = [item for item in every if item["ts"] <= now]
        same(live.today, [item for item in past if item["ts"] // (24 * HOUR) == now // (24 * HOUR)])
        if not past:
            assert live.last_call_at is None
            continue
        last = max(item["ts"] for item in past)
        assert live.last_call_at == EPOCH + timedelta(milliseconds=last)
        recent = [item for item in past if item["ts"] > now - HOUR]
        assert (live.recent is None) == (not recent)
        if live.recent is not None:
            assert live.recent.tokens_per_minute * 60 == pytest.approx(sum(row("", recent, "auto")["tokens"]))
            assert live.recent.cost_per_hour == row("", recent, "auto")["cost"]
        start = block_starts(past)[last]
        if now >= start + 5 * HOUR:
            assert live.block is None
        else:
            assert live.block_start == EPOCH + timedelta(milliseconds=start)
            same(live.block, [item for item in past if item["ts"] >= start])


@pytest.mark.parametrize("seed", seeds(16))
def test_the_same_use_at_another_models_prices(seed: int, tmp_path: Path) -> None:
    machine, made = Machine.make(tmp_path), world(seed)
    put(machine.projects, made)
    every = items(read_all(machine.projects))
    for model in made.chance.sample(sorted(LIST), 3):
        speed = {"fast": "fast"} if model in FAST else {}
        as_if = [
            {**item, "model": model, "recorded": None, "speed": speed.get(item["speed"])} for item in every
        ]
        first = (
            datetime.fromtimestamp(made.chance.choice(every)["ts"] / 1000, UTC).date() if every else date.min
        )
        for since in (None, first):
            query = UsageQuery(by="month", price_as=model, since=since, timezone="UTC")
            found = answer(machine.settings(TZ="UTC"), query)
            group = [
                item
                for item in as_if
                if since is None or (EPOCH + timedelta(milliseconds=item["ts"])).date() >= since
            ]
            same(found.totals, group, "calculate")
            assert sum((each.cost or Decimal(0) for each in found.rows), Decimal(0)) == (
                found.totals.cost or 0
            )

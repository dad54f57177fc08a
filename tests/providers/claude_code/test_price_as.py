"""The same calls at another model's prices: per call, by its prompt, day and kinds of token."""

from decimal import Decimal

import pytest

from stackk_tui.model.errors import InvalidInput
from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import HAIKU, MAIN, OPUS, SONNET, Trap, call, text, usage

NOON = "2026-11-18T12:00:00.000Z"


def wrote(machine: Machine, *lines: dict[str, object]) -> Machine:
    Trap("", {MAIN: text(*lines)}, {}, {}).write(machine.projects)
    return machine


def two_prompts(machine: Machine) -> Machine:
    """60,000 and 150,000 tokens in, with a thousand out each: `HAIKU` costs five times as much over 100,000."""
    return wrote(
        machine,
        call("msg_1", "req_1", used=usage(60_000, 1_000)),
        call("msg_2", "req_2", used=usage(50_000, 1_000, read=100_000), at=NOON),
    )


def test_each_call_is_priced_by_its_own_prompt(machine: Machine) -> None:
    (row,) = two_prompts(machine).usage(by="model", price_as=HAIKU).rows
    short = Decimal(60_000) * Decimal("0.10") + 1_000 * Decimal("0.50")
    long = Decimal(50_000) * Decimal("0.50") + 1_000 * Decimal("2.50") + 100_000 * Decimal("0.05")
    assert row.key == OPUS
    assert row.cost == (short + long) / 1_000_000
    assert (row.requests, row.tokens.total) == (2, 212_000)


def test_its_own_price_is_what_it_costs(machine: Machine) -> None:
    machine = two_prompts(machine)
    for by in ("hour", "day", "model", "project", "session", "agent"):
        plain, same = machine.usage(by=by), machine.usage(by=by, price_as=OPUS)
        assert same.rows == plain.rows
        assert same.totals == plain.totals


def test_the_price_is_that_of_the_day(machine: Machine) -> None:
    machine = wrote(
        machine,
        call("msg_1", "req_1", used=usage(0, 0, read=1_000_000), at="2026-10-06T09:00:00Z"),
        call("msg_2", "req_2", used=usage(0, 0, read=1_000_000), at="2026-10-07T09:00:00Z"),
    )
    rows = machine.usage(by="day", price_as=SONNET).rows
    assert [row.cost for row in rows] == [Decimal("0.2"), Decimal("0.1")]


def test_fast_calls_are_priced_as_usual_where_the_model_is_not_fast(machine: Machine) -> None:
    machine = wrote(machine, call(used=usage(1_000_000, 0, speed="fast")))
    assert machine.usage().totals.cost == 8
    assert machine.usage(price_as="claude-opus-4-5").totals.cost == 5
    assert machine.usage(price_as="claude-opus-5").totals.cost == 10


def test_what_had_no_price_has_one_as_another_model(machine: Machine) -> None:
    machine = wrote(machine, call(model="claude-nobody-knows-1", used=usage(1_000_000, 0)))
    assert machine.usage().totals.cost is None
    told = machine.usage(by="model", price_as=OPUS)
    assert (told.totals.cost, told.totals.unpriced_tokens) == (4, 0)
    assert told.rows[0].key == "claude-nobody-knows-1"


def test_a_recorded_cost_is_not_taken_for_another_models(machine: Machine) -> None:
    machine = wrote(machine, {**call(used=usage(1_000_000, 0)), "costUSD": 99})
    assert machine.usage(cost_mode="auto").totals.cost == 99
    assert machine.usage(cost_mode="auto", price_as=OPUS).totals.cost == 4


def test_days_and_moments_and_names_limit_it_as_ever(machine: Machine) -> None:
    machine = two_prompts(machine)
    asked = {"price_as": OPUS, "timezone": "Asia/Tokyo"}
    assert machine.usage(**asked, since="2026-11-18", until="2026-11-18").totals.requests == 2
    assert machine.usage(**asked, since="2026-11-19").totals.requests == 0
    assert machine.usage(price_as=OPUS, start=NOON).totals.requests == 1
    assert machine.usage(price_as=OPUS, end=NOON).totals.requests == 1
    assert machine.usage(price_as=OPUS, models=[SONNET]).totals.requests == 0


def test_a_model_without_a_price_is_refused_with_what_to_do(machine: Machine) -> None:
    with pytest.raises(InvalidInput, match="No price is known for a model 'nobody'") as refused:
        two_prompts(machine).usage(price_as="nobody")
    assert "[prices]" in refused.value.next_step


def test_hours_are_utc_and_add_up_to_the_day(machine: Machine) -> None:
    told = two_prompts(machine).usage(by="hour", timezone="Asia/Tokyo")
    assert [row.key for row in told.rows] == ["2026-11-18T09:00:00Z", "2026-11-18T12:00:00Z"]
    assert sum(row.tokens.total for row in told.rows) == told.totals.tokens.total

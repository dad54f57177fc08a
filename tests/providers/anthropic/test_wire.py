"""Answers are read leniently where that is safe, and not at all where a wrong number would come of it."""

import contextlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackk_tui.providers.anthropic import wire

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("cents", "dollars"),
    [
        ("123.45", "1.2345"),
        ("0.004", "0.00004"),
        (211, "2.11"),
        (Decimal("0.5"), "0.005"),
        ("-50", "-0.5"),
        ("1e2", "1"),
        ("681.66673", "6.8166673"),
        (0, "0"),
    ],
)
def test_cents_become_exact_dollars(cents: Any, dollars: str) -> None:
    assert wire.CostRow.model_validate({"amount": cents}).dollars == Decimal(dollars)


@pytest.mark.parametrize("cents", [None, "", ...])
def test_no_amount_is_unknown_and_not_zero(cents: Any) -> None:
    row = {} if cents is ... else {"amount": cents}
    assert wire.CostRow.model_validate(row).dollars is None


@pytest.mark.parametrize(
    "cents", ["NaN", "Infinity", "1e999999", "1e-999999", "ten", True, [], {}, "1" * 65, "1,5", 10**16]
)
def test_an_amount_that_is_none_is_refused(cents: Any) -> None:
    with pytest.raises(ValueError):
        wire.CostRow.model_validate({"amount": cents})


@pytest.mark.parametrize(("value", "count"), [(None, 0), (5, 5), ("5", 5), (Decimal("5.0"), 5), (0, 0)])
def test_counts(value: Any, count: int) -> None:
    assert wire.UsageRow.model_validate({"output_tokens": value}).output_tokens == count


@pytest.mark.parametrize("value", [-1, 1.5, Decimal("1.5"), "many", True, [], {}, 10**16, Decimal("1e400")])
def test_a_count_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        wire.UsageRow.model_validate({"output_tokens": value})


def test_nulls_missing_and_unknown_fields_are_tolerated() -> None:
    nothing = wire.UsageRow.model_validate({})
    nulls = wire.UsageRow.model_validate(
        {
            "workspace_id": None,
            "model": None,
            "uncached_input_tokens": None,
            "cache_creation": None,
            "server_tool_use": None,
            "a_new_field": {"deep": [1]},
        }
    )
    assert nothing == nulls
    day = wire.UsageDay.model_validate({"starting_at": "2026-11-15T00:00:00Z", "results": None})
    assert day.results == []
    assert wire.ApiKeyRow.model_validate({"scope": None, "status": "hibernating"}).status == "hibernating"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-15T00:00:00Z", datetime(2026, 11, 15, tzinfo=UTC)),
        ("2026-11-15T01:00:00+01:00", datetime(2026, 11, 15, tzinfo=UTC)),
        ("2026-11-15T00:00:00", datetime(2026, 11, 15, tzinfo=UTC)),
        ("2026-11-15T00:00:00.118203Z", datetime(2026, 11, 15, 0, 0, 0, 118203, tzinfo=UTC)),
    ],
)
def test_times_are_utc(text: str, moment: datetime) -> None:
    assert wire.UsageDay.model_validate({"starting_at": text}).starting_at == moment


@pytest.mark.parametrize("text", [None, "", "soon", 5, "0001-01-01T00:00:00+14:00"])
def test_a_bucket_without_a_time_is_refused_a_workspace_without_one_is_not(text: Any) -> None:
    with pytest.raises(ValueError):
        wire.parse_rows(wire.UsageDay, [{"starting_at": text}])
    assert wire.WorkspaceRow.model_validate({"id": "w", "created_at": text}).created_at is None


def test_text_is_cleaned() -> None:
    row = wire.WorkspaceRow.model_validate({"id": "w\x1b[31m", "name": "a\u202eb\x07"})
    assert (row.id, row.name) == ("w", "a\ufffdb\ufffd")
    assert len(wire.WorkspaceRow.model_validate({"name": "x" * 10_000}).name or "") == 256


@given(JSON)
def test_nothing_but_a_value_error_ever_comes_out(value: Any) -> None:
    for shape in (wire.UsageDay, wire.CostDay, wire.WorkspaceRow, wire.ApiKeyRow, wire.RateLimitRow):
        for rows in (value, [value]):
            with contextlib.suppress(ValueError):
                wire.parse_rows(shape, rows)


@given(st.dictionaries(st.sampled_from([*sorted(wire.CostRow.model_fields), "amount"]), JSON))
def test_a_cost_row_is_finite_or_refused(row: dict[str, Any]) -> None:
    try:
        dollars = wire.CostRow.model_validate(row).dollars
    except ValueError:
        return
    assert dollars is None or dollars.is_finite()

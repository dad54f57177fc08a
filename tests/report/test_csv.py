"""The CSV export."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from stackk_tui.model.usage import Tokens
from stackk_tui.model.view import DayUsage, History, ServiceView
from stackk_tui.report.csv import COLUMNS, harmless, history_csv
from tests.insight.views import view


def history(*usage: DayUsage) -> History:
    day = date(2026, 11, 1)
    return History(
        service_id="svc",
        timezone="UTC",
        currency="USD",
        days=(day,),
        token_days=frozenset({day}),
        cost_days=frozenset({day}),
        usage=usage,
    )


def rows(made: ServiceView, *usage: DayUsage) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(history_csv([(made, history(*usage))]))))


def test_a_row_per_day_and_model_with_empty_cells_for_the_unknown() -> None:
    day = date(2026, 11, 1)
    known = DayUsage(
        day=day,
        model="m",
        tokens=Tokens(input=1, cache_read=2),
        requests=3,
        cost=Decimal("0.10"),
        cost_by_kind={},
    )
    unknown = DayUsage(day=day, model="", tokens=None, requests=None, cost=None, cost_by_kind={})
    first, second = rows(view("w"), known, unknown)
    assert tuple(first) == COLUMNS
    assert (first["day"], first["model"], first["input"], first["total_tokens"]) == (
        "2026-11-01",
        "m",
        "1",
        "3",
    )
    assert (first["requests"], first["cost"], first["currency"]) == ("3", "0.10", "USD")
    assert [second[name] for name in ("input", "total_tokens", "requests", "cost", "currency")] == [""] * 5


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "+1", "-2+3", "@SUM(A1)", "\t=1"])
def test_no_name_becomes_a_formula(name: str) -> None:
    made = view("w")
    made = made.model_copy(update={"service": made.service.model_copy(update={"name": name})})
    usage = DayUsage(
        day=date(2026, 11, 1), model=name, tokens=None, requests=None, cost=Decimal(-1), cost_by_kind={}
    )
    (row,) = rows(made, usage)
    assert row["service"] == row["model"] == f"'{name}"
    assert row["cost"] == "-1"  # a number of ours stays a number


def test_ordinary_names_stay_as_they_are() -> None:
    assert harmless('Acme - Production, "x"') == 'Acme - Production, "x"'

"""The JSON shapes that programs rely on (DESIGN §4)."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from stackk_tui.insight.pace import paces_of
from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.service import ErrorNote, Plan, Status
from stackk_tui.model.snapshot import Limit, Metric, Snapshot
from stackk_tui.model.usage import Tokens
from stackk_tui.model.usage_report import UsageReport, UsageRow
from stackk_tui.model.view import DayUsage, History, ServiceView, Total, TotalPart
from stackk_tui.report.json import history_json, moment, plain, service_json, services_json
from stackk_tui.report.usage import usage_json
from tests.insight.views import NOW, view

ROW_KEYS = {
    "id", "provider", "name", "account", "workspace", "category", "connected", "status", "error", "plan", "price",
    "next_payment", "cost_month_to_date", "tokens_month_to_date", "requests_month_to_date", "month_to_date", "metrics", "limits",
    "not_exposed", "not_permitted", "fetched_at", "last_synced_at",
}  # fmt: skip


def full() -> ServiceView:
    """A service with every figure known."""
    made = view("wrkspc_01", cost="123.4567", price="200", price_provenance=Provenance.LIST_PRICE)
    snapshot = Snapshot(
        fetched_at=NOW,
        plan=Figure(value=Plan(tier="max", label="Max 20x"), provenance=Provenance.MEASURED),
        limits=(
            Limit(
                id="five_hour",
                label="5-hour window",
                used=0.42,
                resets_at=NOW + timedelta(hours=3),
                length=timedelta(hours=5),
            ),
        ),
        metrics=(Metric(id="requests_7d", label="Requests, 7 days", value="81234", unit="requests"),),
        not_permitted=("cost",),
        not_exposed=("next_payment", "price"),
    )
    tokens = Figure(value=Tokens(input=1, output=2, cache_read=4), provenance=Provenance.MEASURED)
    return made.model_copy(
        update={
            "snapshot": snapshot,
            "paces": paces_of(snapshot, {}, NOW),
            "month": made.month.model_copy(update={"tokens": tokens}),
            "service": made.service.model_copy(update={"last_synced_at": NOW}),
        }
    )


def test_a_row_has_every_key_also_before_the_first_fetch() -> None:
    row = service_json(view("wrkspc_01"))
    assert row.keys() >= ROW_KEYS
    assert row["plan"] is row["price"] is row["next_payment"] is row["cost_month_to_date"] is None
    assert row["tokens_month_to_date"] is row["requests_month_to_date"] is row["fetched_at"] is None
    assert row["metrics"] == row["limits"] == row["not_exposed"] == row["not_permitted"] == []


def test_figures_come_with_their_provenance_and_days() -> None:
    row = service_json(full())
    assert row["plan"] == {"tier": "max", "label": "Max 20x", "provenance": "measured"}
    assert row["price"] == {
        "amount": "200",
        "currency": "USD",
        "cycle": "monthly",
        "provenance": "list-price",
    }
    assert row["cost_month_to_date"] == {
        "amount": "123.4567",
        "currency": "USD",
        "provenance": "measured",
        "from": "2026-11-01",
        "to": "2026-11-22",
    }
    assert row["tokens_month_to_date"] == {
        "input": 1,
        "output": 2,
        "cache_write_5m": 0,
        "cache_write_1h": 0,
        "cache_read": 4,
        "total": 7,
    }
    assert row["limits"] == [
        {
            "id": "five_hour",
            "label": "5-hour window",
            "used": 0.42,
            "resets_at": "2026-11-22T13:00:00Z",
            "provenance": "measured",
            "cap": None,
            "spent": None,
            "length_seconds": 18000,
            "starts_at": "2026-11-22T08:00:00Z",
            "as_of": "2026-11-22T10:00:00Z",
            "pace": {
                "elapsed": 0.4,
                "ahead": 0.02,
                "rate_per_hour": None,
                "full_at": None,
                "full_from": None,
                "full_to": None,
                "basis": "too few readings yet for a rate",
                "band": None,
                "provenance": "estimated",
            },
        }
    ]
    assert row["metrics"] == [
        {
            "id": "requests_7d",
            "label": "Requests, 7 days",
            "value": "81234",
            "unit": "requests",
            "provenance": "measured",
        }
    ]
    assert row["fetched_at"] == row["last_synced_at"] == "2026-11-22T10:00:00Z"


def test_what_was_typed_in_is_not_called_unknown_but_what_is_refused_stays_named() -> None:
    row = service_json(full())
    assert row["not_exposed"] == ["next_payment"]
    assert row["not_permitted"] == ["cost"]


def test_an_error_is_told_with_its_request() -> None:
    made = view("w", status=Status.ERROR)
    note = ErrorNote(
        code="rate-limited",
        message="Wait.",
        request_id="req_1",
        retry_at=NOW + timedelta(seconds=61.5),
        happened_at=NOW,
    )
    made = made.model_copy(update={"service": made.service.model_copy(update={"error": note})})
    assert service_json(made)["error"] == {
        "code": "rate-limited",
        "message": "Wait.",
        "request_id": "req_1",
        "retry_at": "2026-11-22T10:01:01Z",
    }


def test_the_total_is_in_its_largest_currency_with_all_its_parts() -> None:
    parts = (
        TotalPart(amount=Decimal(10), currency="EUR", provenance="entered"),
        TotalPart(amount=Decimal("5.50"), currency="USD", provenance="entered"),
        TotalPart(amount=Decimal("7.25"), currency="USD", provenance="measured"),
    )
    document = services_json((), Total(month=date(2026, 11, 1), parts=parts), NOW)
    total = document["total_month_to_date"]
    assert isinstance(total, dict)
    assert (total["amount"], total["currency"]) == ("12.75", "USD")
    assert [part["provenance"] for part in total["parts"]] == ["entered", "entered", "measured"]
    assert (document["schema"], document["generated_at"]) == (1, "2026-11-22T10:00:00Z")


def test_a_total_of_nothing_known_is_null_not_zero() -> None:
    document = services_json((), Total(month=date(2026, 11, 1), parts=()), NOW)
    assert document["total_month_to_date"] == {"amount": None, "currency": "USD", "parts": []}


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1E+3", "1000"),
        ("0.0000001", "0.0000001"),
        ("-0.00", "0.00"),
        ("1E-7", "0.0000001"),
        ("12.50", "12.50"),
    ],
)
def test_money_has_no_exponent(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


def test_times_are_utc() -> None:
    berlin = datetime(2026, 11, 22, 11, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    assert moment(berlin) == "2026-11-22T10:00:00Z"
    assert moment(None) is None


def test_history_tells_a_true_zero_from_an_unknown_day() -> None:
    days = tuple(date(2026, 11, n) for n in (1, 2, 3))
    usage = DayUsage(
        day=days[0], model="m", tokens=Tokens(input=3), requests=None, cost=Decimal("0.5"), cost_by_kind={}
    )
    history = History(
        service_id="svc",
        timezone="UTC",
        currency="USD",
        days=days,
        token_days=frozenset(days[:2]),
        cost_days=frozenset(days[:1]),
        usage=(usage,),
    )
    shown = history_json(history)
    assert shown["token_days"] == ["2026-11-01", "2026-11-02"]
    assert shown["cost_days"] == ["2026-11-01"]
    assert shown["days"] == [
        {
            "day": "2026-11-01",
            "model": "m",
            "tokens": {
                "input": 3,
                "output": 0,
                "cache_write_5m": 0,
                "cache_write_1h": 0,
                "cache_read": 0,
                "total": 3,
            },
            "requests": None,
            "cost": {"amount": "0.5", "currency": "USD"},
            "unpriced_tokens": 0,
        }
    ]


def test_a_usage_row_without_a_price_has_no_cost() -> None:
    row = UsageRow(key="some-model", tokens=Tokens(input=10), requests=1, unpriced_tokens=10)
    document = usage_json(
        UsageReport(by="model", timezone="UTC", rows=(row,), totals=row, files=2, skipped_lines=1)
    )
    rows = document["rows"]
    assert isinstance(rows, list)
    assert rows[0]["cost"] is None
    assert rows[0]["unpriced_tokens"] == 10
    assert (document["files"], document["skipped_lines"], document["by"]) == (2, 1, "model")


def test_a_usage_row_has_an_estimated_cost_in_digits() -> None:
    row = UsageRow(key="m", cost=Decimal("0.000001"))
    document = usage_json(UsageReport(by="model", timezone="UTC", rows=(row,), totals=row))
    assert document["rows"][0]["cost"] == {  # type: ignore[index]
        "amount": "0.000001",
        "currency": "USD",
        "provenance": "estimated",
    }


def test_a_view_with_month_figures_that_failed_says_nothing_about_what_exists() -> None:
    """A report that could not be read is neither `not exposed` nor `not permitted`."""
    made = view("w").model_copy(update={"snapshot": Snapshot(fetched_at=datetime(2026, 11, 22, tzinfo=UTC))})
    assert service_json(made)["not_exposed"] == ["plan", "price", "next_payment"]
    assert service_json(made)["not_permitted"] == []


def test_money_of_a_limit_is_exact() -> None:
    limit = Limit(
        id="spend_month",
        label="spend",
        used=0.6,
        cap=Money(amount=Decimal(500)),
        spent=Money(amount=Decimal("301.2")),
    )
    made = view("w").model_copy(update={"snapshot": Snapshot(fetched_at=NOW, limits=(limit,))})
    shown = service_json(made)["limits"]
    assert isinstance(shown, list)
    assert shown[0]["cap"] == {"amount": "500", "currency": "USD"}
    assert shown[0]["spent"] == {"amount": "301.2", "currency": "USD"}

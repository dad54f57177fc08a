"""Spend limits: whose they are, in dollars, and how full."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from stackk_tui.model.snapshot import Limit
from stackk_tui.providers.anthropic.limits import limits_of
from stackk_tui.providers.anthropic.wire import SpendLimitRow

NOW = datetime(2026, 12, 15, 12, tzinfo=UTC)
SPENT = {"default": Decimal(30), "w1": Decimal(70)}


def row(
    amount: object, scope: str = "organization", period: str = "monthly", **more: object
) -> SpendLimitRow:
    workspace = more.pop("workspace_id", None)
    return SpendLimitRow.model_validate(
        {"amount": amount, "period": period, "scope": {"type": scope, "workspace_id": workspace}, **more}
    )


def only(*rows: SpendLimitRow, workspace_id: str | None = None) -> Limit:
    (found,) = limits_of(rows, workspace_id, SPENT, None, NOW)
    return found


def test_cents_become_dollars_and_the_whole_organization_fills_its_cap() -> None:
    found = only(row("20000"))
    assert found.cap is not None
    assert found.cap.amount == Decimal(200)
    assert found.used == 0.5
    assert found.resets_at == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_workspace_fills_its_own() -> None:
    assert only(row("10000", "workspace", workspace_id="w1"), workspace_id="w1").used == 0.7


def test_a_workspace_without_cost_is_at_zero() -> None:
    assert only(row("10000", "workspace", workspace_id="w9"), workspace_id="w9").used == 0.0


def test_over_the_cap_is_over_one() -> None:
    assert only(row("5000")).used == 2.0


def test_a_cap_of_nothing_is_full() -> None:
    assert only(row("0")).used == 1.0


@pytest.mark.parametrize(
    "hidden",
    [
        row(None),
        row("100", is_enabled=False),
        row("100", "seat_tier"),
        row("100", "user"),
        row("100", "something_new"),
        row("100", period="hourly"),
        row("100", "workspace", workspace_id="w1"),
        SpendLimitRow.model_validate({"amount": "100", "period": None, "scope": None}),
    ],
)
def test_what_is_not_a_cap_of_the_organization_is_not_shown(hidden: SpendLimitRow) -> None:
    assert limits_of([hidden], None, SPENT, None, NOW) == ()


def test_the_tier_has_an_id_of_its_own() -> None:
    found = limits_of([row("100000"), row("50000", "usage_tier")], None, SPENT, None, NOW)
    assert [(x.id, x.used) for x in found] == [("spend_month", 0.1), ("spend_month_tier", 0.2)]


@pytest.mark.parametrize(("period", "name"), [("daily", "spend_day"), ("weekly", "spend_week")])
def test_other_periods_tell_the_cap_only(period: str, name: str) -> None:
    found = only(row("1000", period=period))
    assert (found.id, found.used, found.resets_at) == (name, None, None)


def test_another_currency_is_not_compared_with_dollars() -> None:
    found = only(row("1000", currency="EUR"))
    assert found.cap is not None
    assert (found.cap.currency, found.used) == ("EUR", None)


def test_of_two_caps_the_lower_one_holds() -> None:
    found = only(row("40000"), row("20000"), row("30000"))
    assert found.used == 0.5

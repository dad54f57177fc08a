"""A vendor's report beside the logs: differences are explained, never hidden and never added."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from stackk_tui.insight import reconcile
from stackk_tui.insight.reconcile import Side, linked, reconciled
from stackk_tui.model.reconcile import ReconciledDay

TODAY = date(2026, 11, 22)
DAY = date(2026, 11, 20)


def told(
    reported: Side | None,
    local: Side,
    day: date = DAY,
    *,
    settled: bool = True,
    same: str = "yes",
    own: bool = False,
) -> ReconciledDay:
    return reconciled(
        day,
        reported,
        local,
        today=TODAY,
        settled=settled,
        same=same,
        own_days=own,  # type: ignore[arg-type]
    )


def test_what_agrees_needs_no_word() -> None:
    found = told(Side(Decimal("10.004"), 1000), Side(Decimal(10), 1000), own=True, settled=False)
    assert found.reasons == ()
    assert found.difference == Decimal("0.004")


@pytest.mark.parametrize(
    ("reported", "local", "reason"),
    [
        (Side(Decimal(9), 900), Side(Decimal(3), 300), reconcile.ELSEWHERE),
        (Side(Decimal(3), 300), Side(Decimal(9), 900), reconcile.NOT_IN_REPORT),
        (Side(Decimal(9), 900), Side(Decimal(0), 0), reconcile.NO_LOGS_LATELY),
        (Side(Decimal(9), 900), Side(Decimal(10), 900), reconcile.PRICES),
        (Side(Decimal(0), 0), Side(Decimal(1), 100), reconcile.NOT_IN_REPORT),
    ],
)
def test_why_they_differ(reported: Side, local: Side, reason: str) -> None:
    assert told(reported, local).reasons == (reason,)


def test_logs_of_long_ago_may_be_deleted() -> None:
    old = told(Side(Decimal(9), 900), Side(Decimal(0), 0), TODAY - timedelta(days=40))
    assert old.reasons == (reconcile.NO_LOGS,)


def test_a_day_that_was_not_read_is_unknown() -> None:
    found = told(None, Side(Decimal(1), 100))
    assert (found.reported, found.difference) == (None, None)
    assert found.reasons == (reconcile.NOT_REPORTED,)


def test_an_unsettled_day_says_so_first_and_other_days_and_owners_last() -> None:
    found = told(Side(Decimal(1), 100), Side(Decimal(2), 200), settled=False, same="unknown", own=True)
    assert found.reasons[0] == reconcile.NOT_SETTLED
    assert found.reasons[-2:] == (reconcile.OTHER_DAYS, reconcile.UNKNOWN_OWNER)


def test_tokens_without_a_price_are_said() -> None:
    found = told(Side(Decimal(2), 200), Side(Decimal(1), 200, unpriced=1200))
    assert "1,200 tokens of the logs have no known price." in found.reasons


def test_logs_of_a_plan_are_of_its_own_organization() -> None:
    plans = {"": "claude:org:AAA", "work": "claude:org:bbb"}
    assert linked("anthropic:org:aaa", plans) == ({""}, {"work"})
    assert linked("anthropic:org:ccc", plans) == (frozenset(), {"", "work"})
    assert linked("anthropic:org:ccc", {}) == (frozenset(), frozenset())

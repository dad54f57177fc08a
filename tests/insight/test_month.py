"""Month to date from days: what is known, what is zero, and what is not known."""

from datetime import date, timedelta
from decimal import Decimal

from stackk_tui.insight.days import calendar_month, span
from stackk_tui.insight.month import month_to_date, recent, tokens_of_day
from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.snapshot import Snapshot
from stackk_tui.model.usage import Tokens
from stackk_tui.model.view import DayUsage, History
from tests.insight.views import NOW

TODAY = date(2026, 11, 22)
NOVEMBER = calendar_month(TODAY)


def day(n, *, tokens=None, cost=None, requests=None, model="m", unpriced=0, month=11):
    return DayUsage(
        day=date(2026, month, n),
        model=model,
        tokens=Tokens(input=tokens) if tokens is not None else None,
        requests=requests,
        cost=Decimal(cost) if cost is not None else None,
        cost_by_kind={},
        unpriced_tokens=unpriced,
    )


def history(*usage, token_days=range(1, 23), cost_days=range(1, 23)):
    return History(
        service_id="s",
        timezone="UTC",
        currency="USD",
        days=span(date(2026, 10, 1), TODAY),
        token_days=frozenset(date(2026, 11, n) for n in token_days),
        cost_days=frozenset(date(2026, 11, n) for n in cost_days),
        usage=usage,
    )


def snapshot(**fields):
    return Snapshot(fetched_at=NOW, **fields)


def test_the_month_is_the_sum_of_its_days() -> None:
    month = month_to_date(
        NOVEMBER, TODAY, history(day(1, tokens=5, cost="1.5"), day(22, tokens=7, cost="0.25")), snapshot()
    )
    assert month.cost.value is not None
    assert month.cost.value.amount == Decimal("1.75")
    assert month.cost.provenance is Provenance.MEASURED
    assert month.tokens.value == Tokens(input=12)
    assert (month.first, month.through) == (date(2026, 11, 1), TODAY)


def test_a_month_that_was_read_and_had_no_usage_is_zero() -> None:
    month = month_to_date(NOVEMBER, TODAY, history(), snapshot())
    assert month.cost.value is not None
    assert month.cost.value.amount == 0


def test_a_month_that_was_not_read_is_unknown_not_zero() -> None:
    month = month_to_date(NOVEMBER, TODAY, history(token_days=(), cost_days=()), snapshot())
    assert month.cost.value is None
    assert month.tokens.value is None
    assert month.through is None


def test_what_the_key_may_not_see_says_so() -> None:
    month = month_to_date(
        NOVEMBER,
        TODAY,
        history(day(3, tokens=5), cost_days=()),
        snapshot(not_permitted=("cost",), not_exposed=("requests",)),
    )
    assert month.cost.provenance is Provenance.NOT_PERMITTED
    assert month.requests.provenance is Provenance.NOT_EXPOSED
    assert month.tokens.value == Tokens(input=5)


def test_after_a_gap_the_sum_says_from_when_it_counts() -> None:
    month = month_to_date(
        NOVEMBER, TODAY, history(day(2, cost="9"), day(20, cost="1"), cost_days=(1, 2, 20, 21)), snapshot()
    )
    assert month.cost.value is not None
    assert month.cost.value.amount == 1
    assert (month.first, month.through) == (date(2026, 11, 20), date(2026, 11, 21))


def test_last_months_days_do_not_count() -> None:
    month = month_to_date(NOVEMBER, TODAY, history(day(31, cost="50", month=10)), snapshot())
    assert month.cost.value is not None
    assert month.cost.value.amount == 0


def test_requests_are_counted_where_they_are_told() -> None:
    month = month_to_date(NOVEMBER, TODAY, history(day(3, tokens=1, requests=4)), snapshot())
    assert month.requests.value == 4


def test_tokens_without_a_price_are_never_a_cost_of_zero() -> None:
    month = month_to_date(NOVEMBER, TODAY, history(day(3, tokens=9, unpriced=9)), snapshot())
    assert month.cost.value is None
    assert month.unpriced_tokens == 9


def test_the_last_days_tell_zero_from_unknown() -> None:
    values = recent(history(day(21, cost="2"), cost_days=range(15, 23)), TODAY)
    assert len(values) == 14
    assert values[-2:] == (2.0, 0.0)
    assert values[0] is None
    assert recent(history(day(21, tokens=2)), TODAY)[-2] == 2.0


def test_tokens_of_a_day_that_was_not_read_are_unknown() -> None:
    assert tokens_of_day(history(day(22, tokens=3)), TODAY) == 3
    assert tokens_of_day(history(), TODAY) == 0
    assert tokens_of_day(history(token_days=()), TODAY) is None
    assert tokens_of_day(history(), TODAY + timedelta(days=1)) is None


def test_where_only_requests_are_counted_no_tokens_are_not_zero_tokens() -> None:
    found = history(day(21, requests=4, model="rest"), day(22, requests=6, model="auth"))
    month = month_to_date(NOVEMBER, TODAY, found, None)
    assert (month.requests.value, month.tokens.value) == (10, None)
    assert recent(found, TODAY)[-2:] == (4.0, 6.0)
    assert tokens_of_day(found, TODAY) is None


def test_a_sum_that_the_provider_told_itself_stands_for_days_that_were_not_all_read() -> None:
    told = snapshot(spent=Money(amount=Decimal("25.50")))
    month = month_to_date(NOVEMBER, TODAY, history(day(22, cost="1.20"), cost_days=[22], token_days=[]), told)
    assert month.cost == Figure(value=Money(amount=Decimal("25.50")), provenance=Provenance.MEASURED)
    assert (month.first, month.through) == (date(2026, 11, 1), TODAY)


def test_a_sum_told_in_an_older_month_is_over() -> None:
    december = date(2026, 12, 1)
    told = snapshot(spent=Money(amount=Decimal("25.50")))
    month = month_to_date(calendar_month(december), december, history(), told)
    assert month.cost.value is None

"""Each dollar once: what the month's total is made of."""

from datetime import date
from decimal import Decimal

from stackk_tui.insight.summary import total
from stackk_tui.model.figure import Provenance
from stackk_tui.model.service import Status
from tests.insight.views import view

TODAY = date(2026, 11, 22)


def parts(*views):
    return {(p.currency, p.provenance): p.amount for p in total(views, TODAY).parts}


def test_an_organization_stands_for_its_own_workspaces() -> None:
    org = view("org", whole=True, cost="100")
    first, second = view("one", cost="60"), view("two", cost="30")
    assert parts(first, org, second) == {("USD", "measured"): Decimal(100)}


def test_workspaces_without_their_organization_are_added() -> None:
    assert parts(view("one", cost="60"), view("two", cost="30.5")) == {("USD", "measured"): Decimal("90.5")}


def test_two_accounts_of_one_organization_are_one_bill() -> None:
    assert parts(view("org", whole=True, cost="100"), view("org", whole=True, cost="100")) == {
        ("USD", "measured"): Decimal(100)
    }


def test_two_organizations_are_two_bills() -> None:
    other = view("org2", whole=True, cost="5", scope="anthropic:org:2")
    assert parts(view("org", whole=True, cost="100"), other) == {("USD", "measured"): Decimal(105)}


def test_an_organization_that_could_not_be_measured_gives_way_to_its_workspaces() -> None:
    assert parts(view("org", whole=True), view("one", cost="60")) == {("USD", "measured"): Decimal(60)}


def test_estimated_value_is_not_spending() -> None:
    local = view("this machine", scope="local", whole=True, cost="88", provenance=Provenance.ESTIMATED)
    assert parts(local) == {}


def test_a_typed_price_counts_beside_and_is_told_apart() -> None:
    plan = view("plan", scope="custom:1", whole=True, price="20")
    listed = view("plan", scope="custom:2", whole=True, price="200", price_provenance=Provenance.LIST_PRICE)
    assert parts(view("org", whole=True, cost="1.25"), plan, listed) == {
        ("USD", "measured"): Decimal("1.25"),
        ("USD", "entered"): Decimal(20),
        ("USD", "list-price"): Decimal(200),
    }


def test_a_price_of_something_measured_is_not_added_to_it() -> None:
    assert parts(view("org", whole=True, cost="10", price="99")) == {("USD", "measured"): Decimal(10)}


def test_a_yearly_price_counts_a_twelfth() -> None:
    assert parts(view("plan", scope="c", whole=True, price="99", cycle="yearly")) == {
        ("USD", "entered"): Decimal("8.25")
    }


def test_currencies_are_never_one_sum() -> None:
    found = total([view("a", scope="a", cost="1"), view("b", scope="b", cost="2", currency="EUR")], TODAY)
    assert found.currencies == ("EUR", "USD")
    assert found.amount("EUR") == Decimal(2)


def test_last_months_figures_are_not_this_months() -> None:
    assert parts(view("org", whole=True, cost="100", through=date(2026, 10, 31))) == {}


def test_a_disconnected_service_is_not_counted() -> None:
    assert parts(view("org", whole=True, cost="100", status=Status.DISCONNECTED)) == {}


def test_a_listed_price_is_that_of_the_bill_and_counts_once() -> None:
    """An organization's plan, shown by the organization and by its projects."""
    listed = {"price": "25", "price_provenance": Provenance.LIST_PRICE}
    two = view("one", **listed), view("two", **listed)
    assert parts(*two) == {("USD", "list-price"): Decimal(25)}
    typed = view("three", price="40")
    assert parts(*two, typed) == {("USD", "entered"): Decimal(40)}, "what is paid stands for what is listed"
    other = view("one", scope="anthropic:org:2", **listed)
    assert parts(*two, other) == {("USD", "list-price"): Decimal(50)}


def test_each_bill_of_one_sign_in_is_counted_and_a_part_not_beside_its_whole() -> None:
    def of(name: str, bill: str, part_of: str = "", **figures):
        made = view(name, scope="user", **figures)
        own = made.service.workspace.model_copy(update={"bill": bill, "part_of": part_of})
        return made.model_copy(update={"service": made.service.model_copy(update={"workspace": own})})

    listed = {"price": "20", "price_provenance": Provenance.LIST_PRICE}
    first, part = of("a", "bill:a", cost="30", **listed), of("a1", "bill:a", "a", cost="12")
    second = of("b", "bill:b", **listed)
    assert parts(part, first, second) == {
        ("USD", "measured"): Decimal(30),
        ("USD", "list-price"): Decimal(20),
    }
    assert parts(part, of("a2", "bill:a", "a", cost="5")) == {("USD", "measured"): Decimal(17)}


def test_a_month_that_still_runs_where_it_is_counted_is_not_over_by_utc() -> None:
    """On the first of December by UTC it is still November in Los Angeles, for eight hours."""
    late = view("team", cost="12.5", price="20", price_provenance=Provenance.LIST_PRICE)
    first = {(p.currency, p.provenance): p.amount for p in total([late], date(2026, 12, 1)).parts}
    assert first == {("USD", "measured"): Decimal("12.5")}
    over = {(p.currency, p.provenance): p.amount for p in total([late], date(2026, 12, 2)).parts}
    assert over == {("USD", "list-price"): Decimal(20)}

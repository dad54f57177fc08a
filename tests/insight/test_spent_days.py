"""What each day cost: each dollar once, zeros apart from what is not known, and estimates never in it."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest

from stackk_tui.insight.heat import calendar
from stackk_tui.insight.spent_days import ESTIMATES, PRICES, spent_year
from stackk_tui.model.currency import CurrencyChoice, Rate
from stackk_tui.model.figure import Provenance
from stackk_tui.model.series import DaySums
from stackk_tui.model.service import Status
from stackk_tui.model.spent import SpentYear
from stackk_tui.model.view import ServiceView
from stackk_tui.tui.spent_words import (
    calendar_of,
    day_words,
    nothing_words,
    part_words,
    sum_words,
    year_words,
)

from .views import NOW, view

TODAY = NOW.date()
AS_IT_IS = CurrencyChoice()
EUROS = CurrencyChoice(
    show="EUR", rates=(Rate(currency="USD", to="EUR", rate=Decimal("0.5"), as_of=date(2026, 11, 20)),)
)


def days(first: int, last: int, month: int = 11) -> frozenset[date]:
    return frozenset(date(2026, month, day) for day in range(first, last + 1))


def sums(known: frozenset[date], costs: Mapping[int, str], currency: str = "USD") -> DaySums:
    told = {date(2026, 11, day): Decimal(amount) for day, amount in costs.items()}
    return DaySums(costs=told, cost_days=known, settled=days(1, 15), currency=currency)


def year(*pairs: tuple[ServiceView, DaySums], choice: CurrencyChoice = AS_IT_IS, **more: object) -> SpentYear:
    found = {one.service.id: told for one, told in pairs}
    return spent_year([one for one, _ in pairs], found, NOW, choice=choice, **more)


ORG = view("org", whole=True, cost="9")
WORK = view("w1", cost="4")
HOST = view("host", scope="host:1", whole=True, cost="5")


def test_an_organization_stands_for_its_workspaces_and_bills_are_added() -> None:
    made = year(
        (ORG, sums(days(1, 22), {20: "9", 21: "2"})),
        (WORK, sums(days(1, 22), {20: "4"})),
        (HOST, sums(days(1, 22), {20: "5"})),
    )
    day = made.days[date(2026, 11, 20)]
    assert day.amount == 14
    assert [(part.service_id, part.amount) for part in day.parts] == [
        (ORG.service.id, 9),
        (HOST.service.id, 5),
    ]
    assert made.days[date(2026, 11, 19)].value == 0  # a true zero
    assert {one.service_id for one in made.services} == {v.service.id for v in (ORG, WORK, HOST)}


def test_where_the_organization_is_not_known_its_workspace_counts_and_the_day_is_known_in_part() -> None:
    made = year((ORG, sums(days(10, 22), {20: "9"})), (WORK, sums(days(5, 22), {6: "4", 20: "4"})))
    day = made.days[date(2026, 11, 6)]
    assert day.amount == 4
    assert [part.service_id for part in day.missing] == [ORG.service.id]
    assert made.days[date(2026, 11, 20)].amount == 9
    assert made.days[date(2026, 11, 20)].missing == ()


def test_a_zero_of_a_day_known_in_part_is_no_zero_and_a_day_nobody_read_is_not_there() -> None:
    made = year((ORG, sums(days(10, 22), {})), (HOST, sums(days(12, 22), {14: "5"})))
    assert date(2026, 11, 9) not in made.days
    assert made.days[date(2026, 11, 11)].value is None
    kinds = {day.day.day: day.kind for day in calendar_of(made).days if day.day >= date(2026, 11, 9)}
    assert (kinds[9], kinds[11], kinds[13], kinds[14]) == ("unknown", "no-value", "level", "level")
    assert calendar_of(made).at(date(2026, 11, 13)).level == 0


def test_one_service_by_itself_and_a_year_before() -> None:
    told = (ORG, sums(days(1, 22), {20: "9"})), (WORK, sums(days(1, 22), {20: "4"}))
    alone = year(*told, only=WORK.service.id)
    assert alone.days[date(2026, 11, 20)].amount == 4
    before = year(*told, back=1)
    assert before.last == TODAY - timedelta(weeks=52)
    assert before.days == {}
    assert year_words(before, {})[0].startswith("Nothing is known of these days. Known from 1 Nov on.")


def test_the_chosen_currency_with_its_original_and_what_has_no_rate_beside_it() -> None:
    pounds = view("uk", scope="uk:1", whole=True)
    made = year(
        (ORG, sums(days(1, 22), {20: "9"})),
        (pounds, sums(days(1, 22), {20: "3", 21: "3"}, "GBP")),
        choice=EUROS,
    )
    assert made.currency == "EUR"
    day = made.days[date(2026, 11, 20)]
    assert day.amount == Decimal("4.5")
    assert sum_words(day.parts, made) == (
        "≈ €4.50 (USD 9.00 measured; your rate 0.5 of 20 Nov) · £3.00 measured"
    )
    assert part_words(day.parts[0], day, made) == ("$9.00", "100 %  ≈ €4.50")
    assert part_words(day.parts[1], day, made) == ("£3.00", "no rate to EUR")
    assert made.notes == ("GBP is left out of the sums: there is no rate to EUR.",)
    only_pounds = made.days[date(2026, 11, 21)]
    assert only_pounds.value is None  # its zero euros would be a lie
    assert "All days are converted by the same rate." in year_words(made, {})


def test_without_a_choice_it_is_in_the_currency_of_most_of_the_money() -> None:
    euros = view("eu", scope="eu:1", whole=True)
    made = year((ORG, sums(days(1, 22), {20: "1"})), (euros, sums(days(1, 22), {20: "9"}, "EUR")))
    assert made.currency == "EUR"
    assert sum_words(made.days[date(2026, 11, 20)].parts, made) == "€9.00 measured · $1.00 measured"


def test_a_choice_that_cannot_be_used_converts_nothing_and_says_so() -> None:
    broken = CurrencyChoice(show="EUR", rates=EUROS.rates, problem="config.toml: no such rate.")
    made = year((ORG, sums(days(1, 22), {20: "9"})), choice=broken)
    assert (made.currency, made.notes) == ("USD", ("config.toml: no such rate.",))
    without = year((ORG, sums(days(1, 22), {20: "9"})), choice=CurrencyChoice(show="EUR"))
    assert (without.currency, without.notes) == (
        "USD",
        ("There is no rate from USD to EUR: it stays in USD.",),
    )


def test_estimates_prices_and_what_is_gone_are_not_in_it_and_it_says_so() -> None:
    logs = view("machine", scope="local", cost="88", provenance=Provenance.ESTIMATED)
    plan = view("plan", scope="plan", price="200")
    flat = view("flat", scope="flat", cost="12")
    gone = view("gone", scope="gone", status=Status.DISCONNECTED)
    nothing = DaySums()
    made = year(
        (ORG, sums(days(1, 22), {20: "9"})),
        (logs, nothing),
        (plan, nothing),
        (flat, nothing),
        (gone, sums(days(1, 22), {20: "7"})),
    )
    assert made.days[date(2026, 11, 20)].amount == 9
    assert made.notes == (
        "Acme tells what the month cost, but no days: it is not in it.",
        "Acme is disconnected: it is not in it, as in the total.",
        ESTIMATES,
        PRICES,
    )
    empty = year((logs, nothing))
    assert empty.services == ()
    assert nothing_words(empty)[0][0] == "No service here has told yet what its days cost."


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 4), ["Wed 4 Nov", "not known: what is known begins on 5 Nov"]),
        (date(2026, 11, 7), ["Sat 7 Nov", "not known: it was never read"]),
        (date(2026, 11, 8), ["Sun 8 Nov", "nothing was billed"]),
        (date(2026, 11, 18), ["Wed 18 Nov", "$9.00 measured", "not final yet"]),
        (date(2026, 11, 20), ["Fri 20 Nov", "not known: it was last read of 18 Nov"]),
    ],
)
def test_the_words_of_a_day(day: date, words: list[str]) -> None:
    made = year((ORG, sums(days(5, 6) | days(8, 18), {5: "1", 18: "9"})))
    assert day_words(made, day) == words
    assert year_words(made, {})[-1] == "Known from 5 Nov on. Acme was last read of 18 Nov."


def test_today_is_so_far_and_one_day_is_a_year_too() -> None:
    made = year((ORG, sums(days(22, 22), {22: "3"})))
    assert day_words(made, TODAY) == ["Sun 22 Nov", "$3.00 measured", "so far"]
    assert year_words(made, {})[0] == "$3.00 measured on 1 of 1 known day; most on Sun 22 Nov, $3.00."
    assert [day.level for day in calendar_of(made).days if day.kind == "level"] == [4]


def test_every_known_day_is_told_by_itself() -> None:
    made = calendar({date(2026, 11, 20): Decimal(0)}, TODAY, known_from=None)
    assert [day.day.day for day in made.days if day.kind == "level"] == [20]

"""Totals in a chosen currency: only by rates that were typed and dated, the original beside."""

from datetime import date
from decimal import Decimal

import pytest

from stackk_tui.insight.currency import choice_of, converted, together, with_rate
from stackk_tui.model.currency import CurrencyChoice, Rate
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.view import Total, TotalPart

TODAY = date(2026, 11, 22)
USD = Rate(currency="USD", to="EUR", rate=Decimal("0.92"), as_of=date(2026, 11, 20))


def part(amount: str, currency: str = "USD", provenance: str = "measured") -> TotalPart:
    return TotalPart(amount=Decimal(amount), currency=currency, provenance=provenance)


def total(*parts: TotalPart) -> Total:
    return Total(month=date(2026, 11, 1), parts=parts)


def test_measured_and_list_prices_are_converted_and_the_original_stays() -> None:
    before = total(part("397.31"), part("220", provenance="list-price"))
    made = converted(before, CurrencyChoice(show="EUR", rates=(USD,)))
    assert made.parts == before.parts
    assert made.converted is not None
    assert (made.converted.amount, made.converted.currency) == (Decimal("567.93"), "EUR")
    assert made.converted.rates == (USD,)
    assert made.converted.rest == ()


def test_what_is_in_that_currency_counts_as_it_is_and_what_has_no_rate_stays_beside() -> None:
    pounds = part("5", "GBP", "entered")
    made = converted(
        total(part("100"), part("12", "EUR", "entered"), pounds), CurrencyChoice(show="EUR", rates=(USD,))
    )
    assert made.converted is not None
    assert made.converted.amount == Decimal("104.00")
    assert made.converted.rest == (pounds,)


@pytest.mark.parametrize(
    "choice",
    [
        CurrencyChoice(),
        CurrencyChoice(show="EUR"),
        CurrencyChoice(show="GBP", rates=(USD,)),
        CurrencyChoice(show="USD", rates=(USD,)),
        CurrencyChoice(rates=(USD,)),
        CurrencyChoice(show="EUR", rates=(USD,), problem="It cannot be read."),
    ],
)
def test_nothing_is_converted_without_a_rate_for_it(choice: CurrencyChoice) -> None:
    made = converted(total(part("397.31")), choice)
    assert made.converted is None
    assert made.currency_problem == choice.problem


def test_a_rate_is_old_after_thirty_days() -> None:
    assert not USD.is_old(date(2026, 12, 20))
    assert USD.is_old(date(2026, 12, 21))


def test_config_toml_is_read() -> None:
    table = {
        "show": "eur",
        "rates": {
            "USD": {"rate": "0.92", "as_of": "2026-11-20"},
            "gbp": {"rate": 1.15, "as_of": date(2026, 11, 1)},
            "JPY": {"rate": 1, "as_of": "2026-11-22"},
        },
    }
    choice = choice_of(table, TODAY)
    assert (choice.show, choice.from_file) == ("EUR", True)
    assert choice.rate_of("USD") == USD
    assert choice.rate_of("GBP") == Rate(
        currency="GBP", to="EUR", rate=Decimal("1.15"), as_of=date(2026, 11, 1)
    )
    assert choice_of({}, TODAY) == CurrencyChoice()


def rates(said: object) -> dict[str, object]:
    return {"show": "EUR", "rates": {"USD": said}}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("EUR", "currency is no table"),
        ({"shows": "EUR"}, "no setting 'shows'"),
        ({"show": "EURO"}, "'EURO' is not a code of three letters"),
        ({"show": 7}, "is not a code"),
        ({"rates": {"USD": {"rate": "0.92", "as_of": "2026-11-20"}}}, "not the currency to show"),
        ({"show": "EUR", "rates": "0.92"}, "[currency.rates] is no table"),
        (rates("0.92"), "no rate with its day for USD"),
        (rates({"rate": "0,92", "as_of": "2026-11-20"}), "'0,92' of USD is not a decimal over 0"),
        (rates({"rate": "0", "as_of": "2026-11-20"}), "not a decimal over 0"),
        (rates({"rate": "-0.92", "as_of": "2026-11-20"}), "not a decimal over 0"),
        (rates({"rate": "NaN", "as_of": "2026-11-20"}), "not a decimal over 0"),
        (rates({"rate": "inf", "as_of": "2026-11-20"}), "not a decimal over 0"),
        (rates({"rate": "1e400", "as_of": "2026-11-20"}), "not a decimal over 0"),
        (rates({"rate": True, "as_of": "2026-11-20"}), "not a decimal over 0"),
        (rates({"as_of": "2026-11-20"}), "not a decimal over 0"),
        (rates({"rate": "0.92"}), "has no day"),
        (rates({"rate": "0.92", "as_of": "20.11.2026"}), "'20.11.2026', which is none"),
        (rates({"rate": "0.92", "as_of": "2026-12-01"}), "yet to come"),
        ({"show": "EUR", "rates": {"EUR": {"rate": "1", "as_of": "2026-11-20"}}}, "to itself"),
    ],
)
def test_what_cannot_be_used_is_named(table: object, words: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        choice_of(table, TODAY)
    assert words in raised.value.what
    assert raised.value.next_step
    assert "own currencies" in raised.value.means


def test_the_file_goes_before_what_was_typed_and_the_rest_of_that_stays() -> None:
    typed = CurrencyChoice(
        show="GBP",
        rates=(
            Rate(currency="USD", to="EUR", rate=Decimal("0.80"), as_of=TODAY),
            Rate(currency="JPY", to="EUR", rate=Decimal("0.006"), as_of=TODAY),
        ),
    )
    holds = together(CurrencyChoice(show="EUR", rates=(USD,), from_file=True), typed)
    assert (holds.show, holds.from_file) == ("EUR", True)
    assert holds.rate_of("USD") == USD
    assert holds.rate_of("JPY") == typed.rates[1]
    assert together(CurrencyChoice(), typed) == typed


def test_a_new_rate_takes_the_place_of_the_old_one_only() -> None:
    other = Rate(currency="USD", to="GBP", rate=Decimal("0.79"), as_of=TODAY)
    new = USD.model_copy(update={"rate": Decimal("0.95")})
    assert with_rate((USD, other), new) == (other, new)

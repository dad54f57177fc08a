"""The total in a chosen currency, and the form it is chosen in."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from stackk_tui.model.board import Board
from stackk_tui.model.currency import CurrencyChoice, Rate
from stackk_tui.model.errors import StorageError
from stackk_tui.tui.screens.currency import CurrencyScreen

from .driving import drive
from .scenes import CONVERTED, FULL, OLD_RATE

pytestmark = pytest.mark.anyio
RATE = Rate(currency="USD", to="EUR", rate=Decimal("0.92"), as_of=date(2026, 11, 20))


@pytest.mark.parametrize(
    ("scene", "width", "words"),
    [
        (
            "converted",
            140,
            "November · ≈ €567.93 (USD 397.31 measured + 220.00 list price; your rate 0.92 of 20 Nov)"
            " · ✎ £5.00 typed",
        ),
        ("converted", 90, "November ≈ €567.93 (USD 397.31 + 220.00 list; rate of 20 Nov) · ✎ £5.00"),
        ("converted", 60, "≈ €567.93 (USD 397.31 + 220.00 list) · ✎ £5.00"),
        ("converted", 44, "$397.31 + $220.00 list · ✎ £5.00"),
        (
            "old-rate",
            140,
            "≈ €567.93 (USD 397.31 measured + 220.00 list price; your rate 0.92 of 20 Sep, old)",
        ),
    ],
)
async def test_the_sum_never_stands_without_what_it_is_made_of(scene: str, width: int, words: str) -> None:
    async with drive(scene, size=(width, 24)) as driven:
        head = driven.text.splitlines()[0]
        assert head.rstrip().endswith(words), head


async def test_rates_that_cannot_be_used_are_said_and_the_total_stays() -> None:
    async with drive("converted", size=(140, 24)) as driven:
        driven.stack.shown = replace(FULL, currency_problem="config.toml: The rate '0,92' is wrong.")
        driven.app._upkeep.read_board()
        await driven.settle()
        head = driven.text.splitlines()[0]
        assert "$397.31 measured" in head
        assert "the rates in config.toml cannot be used: $" in head
        driven.stack.currency_choice = CurrencyChoice(problem=driven.stack.shown.currency_problem)
        await driven.press("$")
        assert "config.toml: The rate '0,92' is wrong." in driven.text


def test_a_board_with_a_conversion_survives_being_kept_and_an_older_one_has_none() -> None:
    assert Board.from_json(CONVERTED.to_json()) == CONVERTED
    assert Board.from_json(OLD_RATE.to_json()) == OLD_RATE
    older = FULL.to_json().replace(',"converted":null,"currency_problem":""', "")
    assert "converted" not in older
    assert Board.from_json(older) == FULL


async def test_a_currency_and_a_rate_are_typed_and_kept() -> None:
    async with drive() as driven:
        await driven.press("$")
        assert isinstance(driven.app.screen, CurrencyScreen)
        await driven.press(*"eur", "enter", "enter", *"0,92", "enter", "enter")
        kept = driven.stack.asked[-1]
        today = RATE.model_copy(update={"as_of": date(2026, 11, 22)})
        assert kept == ("set_currency", "EUR", today)
        assert driven.app.screen is driven.app.dashboard


async def test_the_form_says_what_holds_and_names_what_has_no_rate() -> None:
    async with drive() as driven:
        driven.stack.currency_choice = CurrencyChoice(show="GBP", rates=(RATE,))
        await driven.press("$")
        assert "1 USD = 0.92 EUR, of 20 Nov" in driven.text
        await driven.press("enter", "enter", *"0.79", "f2")
        assert driven.stack.asked[-1][1:] == (
            "GBP",
            Rate(currency="USD", to="GBP", rate=Decimal("0.79"), as_of=date(2026, 11, 22)),
        )


async def test_an_empty_currency_ends_it() -> None:
    async with drive() as driven:
        await driven.press("$", "f2")
        assert driven.stack.asked[-1] == ("set_currency", "", None)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ([*"EUR", "enter", "enter", *"0", "f2"], "A decimal over 0, such as 0.92"),
        ([*"EUR", "enter", "enter", *"-1", "f2"], "A decimal over 0, such as 0.92"),
        ([*"EUR", "enter", "enter", *"abc", "f2"], "A decimal over 0, such as 0.92"),
        (["enter", "enter", *"0.92", "f2"], "A rate needs the currency it leads to"),
        ([*"USD", "enter", "enter", *"0.92", "f2"], "A rate needs another currency"),
        ([*"EURO", "f2"], "Three letters"),
    ],
)
async def test_what_cannot_be_used_is_said_beside_the_field(keys: list[str], words: str) -> None:
    async with drive() as driven:
        await driven.press("$", *keys)
        assert words in driven.text
        assert not [asked for asked in driven.stack.asked if asked[0] == "set_currency"]


async def test_what_cannot_be_kept_is_said_and_can_be_tried_again() -> None:
    async with drive() as driven:
        driven.stack.currency_error = StorageError("The disk is full.", "Nothing was changed.", "Free some.")
        await driven.press("$", *"EUR", "f2")
        assert "The disk is full." in driven.text
        driven.stack.currency_error = None
        await driven.press("f2")
        assert driven.app.screen is driven.app.dashboard

"""Budgets by keys: the list with its bars, the form, removing, the line on the dashboard, a service's page."""

from dataclasses import replace
from decimal import Decimal

import pytest

from stackk_tui.insight.budget import state_of
from stackk_tui.model.board import BoardForecast
from stackk_tui.model.errors import StorageError
from stackk_tui.tui import form
from stackk_tui.tui.screens.budget_form import BudgetFormScreen, scopes_of
from stackk_tui.tui.screens.budget_questions import RemoveBudgetScreen, ReplaceBudgetScreen
from stackk_tui.tui.screens.budgets import BudgetsScreen
from stackk_tui.tui.screens.insights import InsightsScreen
from stackk_tui.tui.theme import STACKK, look_of
from stackk_tui.tui.widgets.budget_words import budget_bar, fullest, level_of, outlook_words, spent_words

from .driving import drive
from .foresight import ROOMY, SPENT, TIGHT, TODAY, TOKENS, coming
from .scenes import FULL, ROWS

pytestmark = pytest.mark.anyio


def line_of(text: str, words: str) -> str:
    return next(line for line in text.splitlines() if words in line)


async def test_every_budget_stands_with_its_bar_and_where_it_leads() -> None:
    async with drive("ahead") as d:
        await d.press("B")
        everything = line_of(d.text, "everything")
        assert "75 %" in everything
        assert "$402.57 of $540" in everything
        assert "over ≈ 28 Nov" in everything
        assert "stays within it" in line_of(d.text, "whole organization")
        assert "≈ 12.3 M of 20.0 M tok" in line_of(d.text, "Agent Code")
        spent = line_of(d.text, "Infrastructure")
        assert "125 %" in spent
        assert "$25.00 list of $20" in spent


async def test_what_a_budget_rests_on_is_said_below() -> None:
    async with drive("ahead", size=(80, 24)) as d:
        await d.press("B")
        assert "$137.43 left" in d.text
        assert "≈ $581.96 by 30 Nov ($572 – $592) · ▲ over ≈ 28 Nov" in d.text
        assert "its last 8 weeks by weekday" in d.text
        assert "Measured. Tells at 50 %, 80 %, 100 %" in d.text
        await d.press("G")
        assert "$5.00 over" in d.text
        assert "List price." in d.text


async def test_without_a_budget_the_one_key_is_said() -> None:
    async with drive() as d:
        await d.press("B")
        assert "No budget yet." in d.text
        assert "Press a to set the first one." in d.text
        await d.press("d", "enter")
        assert isinstance(d.app.screen, BudgetsScreen)


async def test_a_budget_is_set_by_the_form() -> None:
    async with drive() as d:
        await d.press("B", "a")
        assert isinstance(d.app.screen, BudgetFormScreen)
        await d.press("right", "down", "right", "down", "down", *"250", "f2")
        _, amount, kept, parts = next(one for one in d.stack.asked if one[0] == "set_budget")
        assert (amount, kept) == (Decimal(250), None)
        assert parts == {
            "scope": "category", "target": "AI & ML", "period": "week", "unit": "money", "currency": "USD",
            "thresholds": [50, 80, 100], "forecast": True,
        }  # fmt: skip
        assert isinstance(d.app.screen, BudgetsScreen)
        assert "AI & ML" in d.text


async def test_tokens_are_counted_in_millions_and_have_no_currency() -> None:
    async with drive() as d:
        await d.press("B", "a", "down", "down", "right")
        assert "Currency" not in d.text
        await d.press("down", *"20M", "down", "down", "right", "f2")
        _, amount, _, parts = next(one for one in d.stack.asked if one[0] == "set_budget")
        assert (amount, parts["unit"], parts["currency"], parts["forecast"]) == (
            20_000_000,
            "tokens",
            None,
            False,
        )


async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_sent() -> None:
    async with drive() as d:
        await d.press("B", "a", "f2")
        assert "This is needed" in d.text
        await d.press(*"1,200", "f2")
        assert "Write an amount such as 20" in d.text
        assert not [one for one in d.stack.asked if one[0] == "set_budget"]


async def test_what_the_ledger_refuses_stands_in_the_form() -> None:
    async with drive() as d:
        await d.press("B", "a", "down", "down", "right", "down", *"9000B", "f2")
        assert "A budget that large is never reached." in d.text
        await d.press("escape")
        assert isinstance(d.app.screen, BudgetsScreen)


async def test_a_budget_is_changed_in_place() -> None:
    async with drive("ahead") as d:
        await d.press("B", "j", "enter")
        assert "Change this budget" in d.text
        assert "Acme · whole organization" in d.text
        await d.press("down", "down", "down", "backspace", "5", "f2")
        _, amount, kept, parts = next(one for one in d.stack.asked if one[0] == "set_budget")
        assert (amount, kept, parts["target"]) == (905, "bud_2", "svc_org")


async def test_a_second_one_for_the_same_says_what_it_replaces_and_asks() -> None:
    async with drive("ahead", size=(80, 24)) as d:
        await d.press("B", "a", "down", "down", "down", *"700", "f2")
        assert isinstance(d.app.screen, ReplaceBudgetScreen)
        assert "Replace the budget of $540?" in d.text
        assert "There is one for everything, each month: $540." in d.text
        await d.press("enter")  # the first answer keeps it
        assert isinstance(d.app.screen, BudgetFormScreen)
        assert not [one for one in d.stack.asked if one[0] == "set_budget"]
        await d.press("f2", "j", "enter")
        (asked,) = [one for one in d.stack.asked if one[0] == "set_budget"]
        assert asked[1:3] == (Decimal(700), None)
        assert isinstance(d.app.screen, BudgetsScreen)
        await d.press("a", "down", "right", "down", "down", *"70", "f2")  # a week is another one
        assert isinstance(d.app.screen, BudgetsScreen)


async def test_a_change_that_makes_it_the_same_as_another_asks_too_and_one_in_place_does_not() -> None:
    async with drive("ahead") as d:
        d.stack.kept_budgets.append(TIGHT.model_copy(update={"id": "bud_9", "period": "week"}))
        await d.press("B", "G", "enter", "down", "right", "f2")
        assert isinstance(d.app.screen, ReplaceBudgetScreen)
        await d.press("escape", "left", "f2")
        assert isinstance(d.app.screen, BudgetsScreen)


async def test_removing_asks_first_and_keeping_is_the_first_answer() -> None:
    async with drive("ahead") as d:
        await d.press("B", "d")
        assert isinstance(d.app.screen, RemoveBudgetScreen)
        assert "It stands at $402.57 of $540." in d.text
        await d.press("enter")
        assert len(d.stack.kept_budgets) == 4
        await d.press("d", "j", "enter")
        assert ("remove_budget", "bud_1") in d.stack.asked
        assert "everything" not in d.text


async def test_a_ledger_that_cannot_be_read_says_so() -> None:
    async with drive("ahead") as d:
        d.stack.foresight_error = StorageError(
            "The ledger cannot be read.", "Nothing was changed.", "Press esc."
        )
        await d.press("B")
        assert "✖ The ledger cannot be read." in d.text


async def test_the_fullest_budget_stands_below_the_total() -> None:
    async with drive("ahead", size=(80, 24)) as d:
        second = d.text.splitlines()[1]
        assert "Infrastructure, month" in second
        assert "125 %" in second
        assert "▲ over" in second
        await d.press("B", "G", "d", "j", "enter", "escape")
        assert "▲ over ≈ 28 Nov" in d.text.splitlines()[1]


async def test_a_small_dashboard_has_no_line_for_it() -> None:
    async with drive("ahead", size=(60, 20)) as d:
        assert "Infrastructure, month" not in d.text
        assert "▲ 2" in d.text.splitlines()[0]


async def test_a_services_page_has_its_budget_beside_its_limits_and_the_month_to_come() -> None:
    async with drive("ahead", size=(120, 44)) as d:
        await d.press("j", "enter")
        lines = d.text.splitlines()
        limits, bar = (next(n for n, one in enumerate(lines) if w in one) for w in ("Limits ─", "Budget ─"))
        assert limits < bar
        assert "45 %  $402.57 of $900 · $497.43 left" in lines[bar + 1]
        assert "BY 30 NOV" in d.text
        assert "░─ ≈ $581.96 by 30 Nov ($572 – $592): its last 8 weeks by weekday" in d.text
        assert any("░░░" in line for line in lines[bar + 5 :])
        await d.press("2")
        assert "tok by 30 Nov" in d.text
        await d.press("t", "t", "t")  # 90 days, by week where they do not fit: no band, but the words
        assert "tok by 30 Nov" in d.text


async def test_too_little_data_says_so_and_days_of_nothing_say_nothing() -> None:
    async with drive(size=(120, 44)) as d:
        await d.press("j", "enter")
        assert "No forecast: only 3 whole days are known; a forecast needs 7." in d.text
        assert "BY 30 NOV" not in d.text
        await d.press("escape", "j", "enter")  # a plan, which tells no days
        assert "No forecast" not in d.text


async def test_plain_charts_tell_the_days_to_come_apart() -> None:
    async with drive("ahead", size=(120, 44), plain=True) as d:
        await d.press("j", "enter")
        assert ":: ≈ $581.96" in d.text
        assert any(":::" in line for line in d.text.splitlines())
        assert "+" in line_of(d.text, "this service, month")


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (40, 12)])
async def test_it_fits_small_terminals(size: tuple[int, int]) -> None:
    async with drive("ahead", size=size) as d:
        await d.press("B")
        assert "75 %" in d.text
        await d.press("i")
        assert isinstance(d.app.screen, InsightsScreen)


def test_the_bar_has_marks_and_never_looks_full_before_it_is() -> None:
    draw = look_of(STACKK, plain=True)
    told = coming()
    state = state_of(TIGHT, "everything", TODAY, Decimal("539.99"), coming=told)
    drawn = "".join(text for text, _ in budget_bar(state, 20, draw))
    assert len(drawn) == 20
    assert drawn[-1] == "~"
    assert drawn.count("+") == 2
    empty = state_of(TIGHT, "everything", TODAY, None)
    assert set("".join(text for text, _ in budget_bar(empty, 20, draw))) == {"-", "+"}


def test_what_is_over_goes_before_what_will_be_and_that_before_what_is_full() -> None:
    over = state_of(SPENT, "x", TODAY, Decimal(25))
    will = state_of(TIGHT, "y", TODAY, Decimal(402), coming=coming())
    calm = state_of(ROOMY, "z", TODAY, Decimal(890))
    unknown = state_of(TOKENS, "w", TODAY, None)
    assert fullest([calm, unknown, will, over]) is over
    assert fullest([calm, will]) is will
    assert fullest([unknown]) is None
    assert [level_of(one) for one in (over, will, calm, unknown)] == ["full", "high", "high", "ok"]
    assert outlook_words(will, TODAY)[0].startswith("▲ over ≈ ")
    assert spent_words(unknown) == "– of 20.0 M tok"


def test_no_two_choices_of_the_form_are_the_same() -> None:
    found = scopes_of(ROWS)
    assert found["everything"] == ("total", "")
    assert len(set(found.values())) == len(found)
    assert all(target != "svc_old" for _, target in found.values())


@pytest.mark.parametrize(
    ("text", "value"),
    [("20M", "20000000"), ("1.5 m", "1500000"), ("20,000,000", "20000000"), ("500k", "500000")],
)
def test_tokens_as_people_write_them(text: str, value: str) -> None:
    assert form.tokens(text) == value


@pytest.mark.parametrize("text", ["", "0", "1.5", "20X", "-5", "1,5"])
def test_what_is_no_number_of_tokens(text: str) -> None:
    with pytest.raises(form.Wrong):
        form.tokens(text)


def test_percentages() -> None:
    assert form.percents("100, 50 %; 80") == "50 80 100"
    for wrong in ("0", "201", "x", "50.5"):
        with pytest.raises(form.Wrong):
            form.percents(wrong)


async def test_the_total_says_where_the_month_leads_as_long_as_there_is_room() -> None:
    told = BoardForecast(
        expected="540.4",
        low="480",
        high="610",
        currency="USD",
        last="2026-11-30",
        basis="its weekdays",
        fixed="20",
    )
    for size, there in (((120, 36), True), ((60, 20), False)):
        async with drive(size=size) as d:
            d.stack.shown = replace(FULL, forecast=told)
            await d.press("R")
            first = d.text.splitlines()[0]
            assert ("≈ $560 by 30 Nov" in first) == there
            assert "$397.31" in first

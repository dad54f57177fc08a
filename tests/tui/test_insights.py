"""The insights by keys: three questions answered with numbers, and what is behind each line."""

from datetime import date
from decimal import Decimal

import pytest

from stackk_tui.insight.budget import state_of
from stackk_tui.model.errors import NetworkError
from stackk_tui.model.forecast import FixedPart, NoForecast
from stackk_tui.tui.insight_words import in_question, month_end, when, why, will_it
from stackk_tui.tui.insights_reading import Ahead, Part, shares_of
from stackk_tui.tui.screens.budgets import BudgetsScreen
from stackk_tui.tui.screens.detail import ServiceDetailScreen
from stackk_tui.tui.screens.usage import UsageScreen
from stackk_tui.tui.widgets.insight_list import InsightList

from .driving import drive
from .foresight import TIGHT, TODAY, TOKENS, coming, unusual
from .scenes import press

pytestmark = pytest.mark.anyio
OFFLINE = NetworkError("The logs cannot be read.", "Nothing was changed.", "Press r.")


async def open_calm(d) -> None:
    """Opens the insights without the budget that is over already."""
    d.stack.kept_budgets = d.stack.kept_budgets[:3]
    await d.press("i")


async def test_the_three_questions_are_answered_with_numbers() -> None:
    async with drive("ahead", size=(120, 60)) as d:
        await open_calm(d)
        assert (
            "▲ Yes, probably: everything leads to ≈ $581.96 by 30 Nov ($572 – $592), over its $540." in d.text
        )
        assert "▲ On about Sat 28 Nov" in d.text
        assert "From its last 8 weeks by weekday" in d.text
        assert "Acme · whole organization is all of it: ≈ $581.96, 73 % of it opus-5-5." in d.text
        said = " ".join(d.text.split())
        assert "Fri 20 Nov stands out: Acme $82.10, usually $12.00, by opus-5-5 70 %." in said


async def test_without_a_budget_the_month_is_told_all_the_same() -> None:
    async with drive("ahead", size=(120, 60)) as d:
        d.stack.kept_budgets = []
        await d.press("i")
        assert "No budget is set, so none can break; B sets one. All leads to ≈ $581.96 by 30 Nov" in d.text
        assert "Without a budget there is no such day." in d.text
        await d.press("B")
        assert isinstance(d.app.screen, BudgetsScreen)


async def test_with_too_little_data_nothing_is_guessed() -> None:
    async with drive(size=(120, 60)) as d:
        await d.press("i")
        assert "No forecast: Only 3 whole days are known" in d.text
        assert "Nothing stood out in the days that are known." in d.text
        assert "The logs of this machine tell of no use this month." in d.text
        assert "there is nothing to compare" in d.text


async def test_a_line_leads_to_its_service_and_a_day_of_the_logs_to_the_usage() -> None:
    async with drive("ahead", size=(120, 60)) as d:
        await d.press("i", "enter")
        assert isinstance(d.app.screen, ServiceDetailScreen)
        await d.press("escape", "j", "j", "enter")  # what stood out at the service
        assert isinstance(d.app.screen, ServiceDetailScreen)
        await d.press("escape", "j", "enter", settle=False)  # and in the logs
        await d.rounds()
        assert isinstance(d.app.screen, UsageScreen)
        assert "18 Nov" in d.text.splitlines()[0]


async def test_the_last_key_shows_what_is_said_below_the_last_line() -> None:
    async with drive("ahead", size=(80, 24)) as d:
        await d.press("i")
        for keys in (("G",), ("g", *["pagedown"] * 12)):
            await d.press(*keys)
            assert "More was used than this machine knows of" in d.text
            assert "The report of today is not there yet." in d.text


async def test_the_same_usage_at_the_prices_of_another_model() -> None:
    async with drive("ahead", size=(120, 60)) as d:
        await d.press("i")
        assert "would have cost ≈ $390.00 by API" in d.text
        assert "Max 20x did ≈ 3.1 × its price this month: ≈ $620.00 by API for $200 list." in d.text
        await d.press("m")
        assert (
            "All of November at the prices of opus-5-5: ≈ $105.00 instead of ≈ $390.00, 73 % less." in d.text
        )
        await d.press("m", "m")
        assert [one[1] for one in d.stack.asked if one[0] == "what_if"] == [
            None,
            "opus-5-5",
            "sonnet-5-5",
            None,
        ]


async def test_reports_and_logs_stand_side_by_side_with_the_reason() -> None:
    async with drive("ahead", size=(120, 60)) as d:
        await d.press("i")
        line = next(line for line in d.text.splitlines() if "Fri 20 Nov" in line and "+" in line)
        assert line.split() == ["Fri", "20", "Nov", "$18.10", "≈", "$11.00", "+$7.10"]
        assert (
            "More was used than this machine knows of: on another machine, or by another person (2 days)."
            in d.text
        )
        assert "not final yet" in d.text
        assert "Nothing here tells whether these logs are of that organization." in d.text


async def test_other_days_are_asked_for() -> None:
    async with drive("ahead") as d:
        await d.press("i", "t")
        assert [one for one in d.stack.asked if one[0] == "anomalies"] == [
            ("anomalies", 30),
            ("anomalies", 90),
        ]
        await d.press("r")
        assert d.stack.asked.count(("anomalies", 90)) == 2


async def test_while_it_is_read_a_skeleton_stands_and_keys_work() -> None:
    async with drive("ahead", size=(80, 24)) as d:
        d.stack.foresight_held.clear()
        await d.press("i", settle=False)
        await d.rounds()
        assert "░░░" in d.text
        assert "reading the logs of this machine…" in d.text
        await d.press("escape", settle=False)
        await d.rounds()
        assert d.app.screen is d.app.dashboard
        d.stack.foresight_held.set()


async def test_what_fails_says_so_in_its_place() -> None:
    async with drive("ahead", size=(120, 60)) as d:
        d.stack.foresight_error = OFFLINE
        await d.press("i")
        assert d.text.count("✖ The logs cannot be read.") == 4
        d.stack.foresight_error = None
        await d.press("r")
        assert "✖" not in d.text
        assert "What stood out" in d.text


async def test_every_line_can_be_reached_on_a_small_terminal() -> None:
    async with drive("ahead", size=(80, 24)) as d:
        await d.press("i")
        assert "Will this month break a budget?" in d.text
        seen = d.text
        for _ in range(48):
            await press(d.pilot, "j")
            seen += d.text
        assert "Nothing here tells whether these logs" in d.text
        for words in ("Where the month goes", "What stood out", "What if", "usually $12.00", "Max 20x did"):
            assert words in seen
        found = d.app.screen.query_one(InsightList)
        assert found.cursor == max(n for n in range(found.count()) if found.can_point(n))
        await d.press("g", settle=False)
        assert "Will this month break a budget?" in d.text


async def test_names_are_not_markup() -> None:
    async with drive("ahead", size=(120, 60)) as d:
        await d.press("i")
        assert "this machine [/b]" in d.text


@pytest.mark.parametrize("size", [(60, 20), (40, 12)])
async def test_it_fits_small_terminals(size: tuple[int, int]) -> None:
    async with drive("ahead", size=size) as d:
        await d.press("i")
        assert "Will this month" in d.text
        assert all(len(line) <= size[0] for line in d.text.splitlines())


# the words alone


def part(name: str, end: str, **parts: object) -> Part:
    return Part(**{"service_id": name, "name": name, "category": "AI", "color": "", "currency": "USD",
                   "so_far": Decimal(1), "provenance": "measured", "end": Decimal(end), "coming": coming(), **parts})  # fmt: skip


def test_a_budget_that_is_over_or_holds_or_may_break() -> None:
    over = state_of(TIGHT, "everything", TODAY, Decimal(600), coming=coming())
    assert will_it(Ahead((over,)), over, TODAY)[0].startswith(
        "Yes, it is broken: everything is at $600.00 of $540"
    )
    assert when(over, TODAY)[0].startswith("It has been passed already.")
    will = state_of(TIGHT, "everything", TODAY, Decimal(402), coming=coming())
    assert will_it(Ahead((over, will)), over, TODAY)[0].endswith("Also: everything, on about Sat 28 Nov.")
    roomy = TIGHT.model_copy(update={"amount": Decimal(900)})
    calm = state_of(roomy, "everything", TODAY, Decimal(402), coming=coming())
    assert will_it(Ahead((calm,)), calm, TODAY)[0].startswith("No: everything leads to ≈ ")
    assert when(calm, TODAY)[0].startswith("Not before 30 Nov: about $318.04 will be left.")
    edge = TIGHT.model_copy(update={"amount": Decimal(585)})
    maybe = state_of(edge, "everything", TODAY, Decimal(402), coming=coming())
    assert will_it(Ahead((maybe,)), maybe, TODAY)[0].startswith("Probably not, but it may: ")
    assert when(maybe, TODAY)[0].startswith("At worst on ")


def test_a_months_money_goes_before_a_weeks_tokens() -> None:
    will = state_of(TIGHT, "everything", TODAY, Decimal(402), coming=coming())
    tokens = state_of(TOKENS, "Agent Code", TODAY, Decimal(29_000_000))
    assert in_question([tokens, will]) is will
    assert in_question([tokens]) is tokens
    said = will_it(Ahead((tokens, will)), will, TODAY)[0]
    assert said.endswith("Also: the week of Agent Code, over already.")


def test_prices_are_in_the_end_and_other_currencies_beside_it() -> None:
    fixed = (
        FixedPart(amount=Decimal(20), currency="USD", provenance="list-price"),
        FixedPart(amount=Decimal(12), currency="EUR", provenance="entered"),
    )
    words = month_end(Ahead(total=coming().model_copy(update={"fixed": fixed})), TODAY)
    assert "≈ $601.96 by 30 Nov" in words
    assert "$20.00 of it prices" in words
    assert words.endswith("and €12.00.")
    assert month_end(Ahead(total=NoForecast(reason="Too few.")), TODAY) == "No forecast: Too few."


def test_shares_are_of_one_currency_and_the_next_are_named() -> None:
    parts = (part("a", "60"), part("b", "30"), part("c", "10", provenance="entered", coming=None))
    euro = part("d", "90", currency="EUR")
    assert shares_of((*parts, euro), "USD") == {"a": 0.6, "b": 0.3, "c": 0.1}
    ahead = Ahead(parts=(*parts, euro), total=coming())
    assert why(ahead, None, (), TODAY) == "a is 60 % of it: ≈ $60.00. Then b ≈ $30.00 and c ✎ $10.00."


def test_only_a_day_of_this_month_stands_out() -> None:
    ahead = Ahead(parts=(part("svc_org", "60"),), total=coming())
    assert "Fri 20 Nov stands out" in why(ahead, None, unusual(), TODAY)
    assert "stands out" not in why(ahead, None, unusual(), date(2026, 12, 2))

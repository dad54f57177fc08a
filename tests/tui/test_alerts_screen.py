"""Alerts by keys: the toast, the number on the dashboard, the history, muting, snoozing, the test."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from stackk_tui.model.alert import EVERYTHING, Silence
from stackk_tui.model.errors import StorageError
from stackk_tui.model.events import AlertRaised
from stackk_tui.tui.screens.alerts import AlertsScreen, SnoozeScreen, period_end, snooze_ends
from stackk_tui.tui.screens.budgets import BudgetsScreen
from stackk_tui.tui.screens.detail import ServiceDetailScreen
from stackk_tui.tui.screens.insights import InsightsScreen

from .driving import drive
from .foresight import NOW, RECORDS, record

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def toasts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stackk_tui.tui.alert_watch.AlertWatch.gather_seconds", 0.005)


async def toasted(d) -> list[tuple[str, str, str]]:
    """Waits until something is told, at most for two seconds."""
    for _ in range(1000):
        if d.app._notifications:
            break
        await asyncio.sleep(0.002)
    return toasts(d)


def toasts(d) -> list[tuple[str, str, str]]:
    return [(one.title, one.message, one.severity) for one in d.app._notifications]


def first_line(d) -> str:
    return d.text.splitlines()[0]


async def test_the_dashboard_says_how_many_nobody_has_seen() -> None:
    async with drive("ahead", size=(80, 24)) as d:
        assert "stackk  ▲ 2" in first_line(d)
        await d.press("exclamation_mark")
        assert isinstance(d.app.screen, AlertsScreen)
        assert ("see_alerts", None) in d.stack.asked
        await d.press("escape")
        assert "▲" not in first_line(d)


async def test_without_alerts_nothing_stands_there() -> None:
    async with drive(size=(80, 24)) as d:
        assert "▲" not in first_line(d)
        await d.press("exclamation_mark")
        assert "Nothing was told yet." in d.text
        await d.press("m", "z", "enter")
        assert isinstance(d.app.screen, AlertsScreen)


async def test_an_alert_is_a_toast_in_its_own_words() -> None:
    async with drive("ahead") as d:
        raised = record(9, "90 % of the month's [b]budget[/b] is spent").alert
        d.stack.tell(AlertRaised(raised))
        assert await toasted(d) == [
            (
                "all services: 90 % of the month's [b]budget[/b] is spent",
                "$505.00 of $640.00.\n! shows all alerts",
                "warning",
            )
        ]


async def test_several_at_once_are_one_toast() -> None:
    async with drive("ahead") as d:
        for one in RECORDS:
            d.stack.tell(AlertRaised(one.alert))
        ((title, words, severity),) = await toasted(d)
        assert title == "3 alerts"
        assert words.startswith("▲ all services: 79 %")
        assert words.endswith("! shows all alerts")
        assert severity == "error"  # one of them is critical


async def test_it_looks_at_the_start_and_after_a_round_of_asking() -> None:
    async with drive("ahead") as d:
        before = d.stack.looks
        assert before >= 1
        await d.press("R")
        assert d.stack.looks > before


async def test_the_history_says_what_became_of_each() -> None:
    async with drive("ahead") as d:
        await d.press("exclamation_mark")
        lines = d.text.splitlines()
        budget, window, sign_in = lines[2:5]
        assert "▲" in budget
        assert "all services: 79 % of the month's budget is spent, past 50 %" in budget
        assert budget.endswith("delivered")
        assert "Acme plan [/b]: the week's window will be full" in window
        assert sign_in.endswith("held: quiet hours")
        assert "$505.00 of $640.00." in d.text
        assert "Told here, and over command. Quiet from 22:00 to 07:30." in d.text
        await d.press("j")
        assert "Mostly project atlas." in d.text


async def test_muting_and_taking_it_back() -> None:
    async with drive("ahead") as d:
        await d.press("exclamation_mark", "m")
        assert ("silence", "budget/bud_1", None) in d.stack.asked
        assert d.text.splitlines()[2].endswith("muted")
        await d.press("m")
        assert d.stack.kept_silences == []
        assert d.text.splitlines()[2].endswith("delivered")


async def test_what_mutes_all_is_taken_back_too() -> None:
    async with drive("ahead") as d:
        d.stack.kept_silences = [Silence(subject=EVERYTHING)]
        await d.press("exclamation_mark")
        assert d.text.splitlines()[2].endswith("muted")
        await d.press("m")
        assert d.stack.kept_silences == []


@pytest.mark.parametrize(
    ("downs", "until"),
    [
        (0, NOW + timedelta(hours=1)),
        (1, datetime(2026, 11, 23, 8, tzinfo=UTC)),
        (2, datetime(2026, 12, 1, tzinfo=UTC)),
    ],
)
async def test_snoozing_for_a_while(downs: int, until: datetime) -> None:
    async with drive("ahead") as d:
        await d.press("exclamation_mark", "z")
        assert isinstance(d.app.screen, SnoozeScreen)
        assert "Until the period ends" in d.text
        await d.press(*"j" * downs, "enter")
        assert ("silence", "budget/bud_1", until) in d.stack.asked
        assert "snoozed till" in d.text.splitlines()[2]


async def test_leaving_the_question_snoozes_nothing() -> None:
    async with drive("ahead") as d:
        await d.press("exclamation_mark", "z", "escape")
        assert d.stack.kept_silences == []
        assert isinstance(d.app.screen, AlertsScreen)


async def test_enter_leads_to_what_it_speaks_of() -> None:
    async with drive("ahead") as d:
        await d.press("exclamation_mark", "enter")
        assert isinstance(d.app.screen, BudgetsScreen)
        await d.press("escape", "j", "enter")
        assert isinstance(d.app.screen, ServiceDetailScreen)
        await d.press("exclamation_mark")  # it is below already: back to it
        assert isinstance(d.app.screen, AlertsScreen)
        assert len(d.app.screen_stack) == 2
        d.stack.records = [record(5, "a day stands out", subject="unusual/x", period="")]
        await d.press("escape", "exclamation_mark", "enter")
        assert isinstance(d.app.screen, InsightsScreen)


async def test_the_test_says_how_each_way_went() -> None:
    async with drive("ahead") as d:
        await d.press("exclamation_mark", "t")
        assert ("test_alert", True) in d.stack.asked
        assert ("Test", "app: sent", "information") in toasts(d)
        assert ("Test", "command: failed. It ended with 3.", "error") in toasts(d)


async def test_a_ledger_that_cannot_be_read_says_so() -> None:
    async with drive("ahead") as d:
        d.stack.foresight_error = StorageError(
            "The ledger cannot be read.", "Nothing was changed.", "Press esc."
        )
        await d.press("exclamation_mark")
        assert "✖ The ledger cannot be read." in d.text


@pytest.mark.parametrize("size", [(60, 20), (40, 12)])
async def test_it_fits_small_terminals(size: tuple[int, int]) -> None:
    async with drive("ahead", size=size) as d:
        await d.press("exclamation_mark")
        assert "delivered" in d.text
        assert all(len(line) <= size[0] for line in d.text.splitlines())


def test_what_a_period_is_over_with() -> None:
    assert period_end("2026-11-16 to 2026-11-22, 20,000,000 tokens") == datetime(2026, 11, 23, tzinfo=UTC)
    assert period_end("2026-11-26T09:00+00:00") == datetime(2026, 11, 26, 9, tzinfo=UTC)
    assert period_end("") is None
    past = record(1, "x", period="2026-11-20T09:00+00:00").alert
    assert list(snooze_ends(past, NOW)) == ["For an hour", "Until tomorrow, 8 o'clock"]

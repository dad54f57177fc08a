"""A plan's page: where each window leads, its chart, and what burned it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stackk_tui.model.board import Board, Headline
from stackk_tui.model.events import ServiceRefreshed
from stackk_tui.model.snapshot import LimitSample
from stackk_tui.model.view import LimitHistory
from stackk_tui.tui.limit_charting import day_ticks, limit_chart
from stackk_tui.tui.screens.detail import ServiceDetailScreen
from stackk_tui.tui.widgets.limit_chart import LimitPlot
from stackk_tui.tui.widgets.limits_panel import LimitsPanel
from stackk_tui.tui.widgets.usage_chart import UsageChart

from .driving import Driven, drive
from .scenes import FULL, NOW

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)


async def open_plan(driven: Driven) -> ServiceDetailScreen:
    await driven.press("j", "j", "enter")
    assert isinstance(driven.app.screen, ServiceDetailScreen)
    return driven.app.screen


def line_with(driven: Driven, words: str) -> str:
    return next(line for line in driven.text.splitlines() if words in line)


@pytest.mark.parametrize("width", [80, 120])
async def test_each_window_says_its_pace_and_where_it_leads(width: int) -> None:
    async with drive(size=(width, 60)) as driven:
        await open_plan(driven)
        for words in (
            "61 %", "resets 13:00 · in 2 h 46 min", "▲ full ≈ 12:10 (11:40–12:35) at the rate of the last 60 min",
            "10 % behind an even pace", "resets first at the rate of the last 24 h", "83 %  high",
            "▲ full ≈ Mon 02:00 (23:00–Mon 04:00) at the rate of the last 24 h", "$43.90 left",
        ):  # fmt: skip
            assert words in driven.text, words
        assert max(len(line) for line in driven.text.splitlines()) <= width


async def test_a_plan_says_when_it_renews_and_how_that_is_known() -> None:
    async with drive(size=(120, 60)) as driven:
        await open_plan(driven)
        assert "≈ 10 Dec" in driven.text
        assert "$200 list monthly" in driven.text
        assert line_with(driven, "Price  ").rstrip().endswith("list price")
        assert line_with(driven, "Next   ").rstrip().endswith("estimated")


async def test_as_time_goes_by_old_windows_say_less_and_their_age() -> None:
    async with drive(size=(120, 60)) as driven:
        screen = await open_plan(driven)
        driven.app.clock = lambda: NOW + timedelta(minutes=20)
        screen._tick()
        await driven.settle()
        five = line_with(driven, "5-hour window   ")
        assert "from 20 min ago" in five
        assert "even pace" not in five
        assert "full ≈ 12:10" not in driven.text
        assert "full ≈ Mon 02:00" in driven.text  # a week is judged by its day
        driven.app.clock = lambda: NOW + 3 * HOUR
        screen._tick()
        await driven.settle()
        assert "fill not known since its reset" in line_with(driven, "5-hour window   ")
        assert "full ≈" not in driven.text


async def test_the_windows_are_the_chart_of_a_plan_and_keys_choose_others() -> None:
    async with drive(size=(120, 60)) as driven:
        screen = await open_plan(driven)
        assert ("limit_history", "svc_plan", 7) in driven.stack.asked
        assert "4 limits" in driven.text
        assert "7 days" in driven.text
        assert not screen.query_one(UsageChart).display
        await driven.press("w")
        assert "Week, all models  " in driven.text
        assert "─ even pace" in driven.text
        await driven.press("t")
        assert driven.stack.asked[-1] == ("limit_history", "svc_plan", 30)
        assert "30 days" in driven.text
        await driven.press("1")
        assert "There is no chart of cost here: not exposed by this API." in driven.text
        assert screen.query_one(LimitPlot).display
        await driven.press("4")
        assert "There is no chart" not in driven.text


async def test_limits_are_no_chart_where_nobody_has_read_them() -> None:
    async with drive(size=(120, 60)) as driven:
        await driven.press("j", "enter", "4")
        assert "reading the ledger" not in driven.text
        assert "Nobody has read this window in these days." in driven.text
        await driven.press("1", "w")
        assert "5-hour window  " in driven.text
        assert "Nobody has read" in driven.text
        await driven.press("escape", "G", "enter", "4")
        assert "There is no chart of limits here: no limit of this service is told." in driven.text


async def test_plain_windows_are_ascii() -> None:
    async with drive(size=(100, 60), plain=True) as driven:
        screen = await open_plan(driven)
        await driven.press("w")
        plot = screen.query_one(LimitPlot)
        drawn = "".join(plot.render_line(y).text for y in range(plot.size.height))
        assert drawn.isascii()
        assert {"#", "-", "?"} <= set(drawn)


# what burned it


async def test_what_burned_it_stands_beside_the_official_share() -> None:
    async with drive(size=(120, 60)) as driven:
        await open_plan(driven)
        for words in (
            "What burned it 5-hour window", "61 % gone, officially",
            "local logs since 08:00: 212.4 M tok, ≈ $88.38 at API prices", "12.4 M tok of it have no price.",
            "4 more", "Logs of this machine only",
        ):  # fmt: skip
            assert words in driven.text, words
        row = line_with(driven, "stackk-tui  ")
        assert "142.1 M  ≈ $61.20  67  ━━━━" in row
        assert "notes [/b] 東京" in driven.text
        await driven.press("p")
        assert "stackk-tui 5b1c6a52" in driven.text
        await driven.press("p")
        assert "no price" in line_with(driven, "claude-new-9")
        await driven.press("p")
        assert "Explore" in driven.text
        await driven.press("w")
        assert "34 % gone, officially" in driven.text
        await driven.press("w")  # a model's week is a part of the week
        assert "Week, Fable" in driven.text
        assert "What burned it Week, all models" in driven.text


async def test_the_page_is_there_before_the_logs_are_read() -> None:
    async with drive("slow-logs", size=(120, 60)) as driven:
        await open_plan(driven)
        assert "reading the logs of this machine…" in driven.text
        assert "full ≈ 12:10" in driven.text
        driven.stack.logs_held.set()
        await driven.settle()
        assert "142.1 M" in driven.text
        driven.stack.logs_held.clear()
        driven.app.screen._read()
        await driven.settle()
        assert "142.1 M" in driven.text  # it stays while it is read again


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        ("no-logs", "no logs on this machine"),
        ("nothing-used", "nothing was used on this machine since 08:00"),
        ("logs-fail", "✖ No connection to api.example.com."),
    ],
)
async def test_without_local_usage_it_says_why(scene: str, words: str) -> None:
    async with drive(scene, size=(120, 60)) as driven:
        await open_plan(driven)
        assert words in driven.text
        assert "$0" not in driven.text.replace("$200", "")
        assert "Project" not in driven.text


async def test_a_service_that_no_logs_explain_has_no_such_block_and_asks_nothing() -> None:
    async with drive(size=(120, 60)) as driven:
        await driven.press("j", "enter")
        assert "What burned it" not in driven.text
        assert not [asked for asked in driven.stack.asked if asked[0] == "burned"]


@pytest.mark.parametrize(
    ("width", "sure", "words"),
    [
        (
            80,
            {"full_at": 100, "full_from": 60},
            "▲ full ≈ 11:54 (11:14 or later) at the rate of the last 60 min",
        ),
        (60, {"full_at": 100, "full_from": 60}, "▲ full ≈ 11:54 (11:14 or later)"),
        (60, {"full_at": 100, "full_from": -5, "full_to": 140}, "▲ full ≈ 11:54 (now–12:34)"),
        (80, {"full_at": 100}, "▲ full ≈ 11:54 at the rate of the last 60 min (21 % in 60 min)"),
        (80, {"full_from": 60}, "resets first at the rate of the last 60 min · could be full from 11:14"),
        (60, {"full_from": 60}, "resets first · could be full from 11:14"),
        (60, {"full_from": -5}, "resets first · could be full any time"),
    ],
)
async def test_how_sure_the_moment_is_stands_beside_it_before_its_basis(
    width: int, sure: dict[str, int], words: str
) -> None:
    async with drive(size=(width, 60)) as driven:
        screen = await open_plan(driven)
        panel = screen.query_one(LimitsPanel)
        assert panel.view is not None
        pace = panel.view.pace("five_hour")
        assert pace is not None
        at = {name: NOW + timedelta(minutes=minutes) for name, minutes in sure.items()}
        told = pace.model_copy(update={"full_at": None, "full_from": None, "full_to": None, **at})
        panel.view = panel.view.model_copy(update={"paces": (told,)})
        panel.changed()
        await driven.settle()
        assert words in driven.text
        assert max(len(line) for line in driven.text.splitlines()) <= width


# the dashboard


async def test_the_dashboard_marks_what_will_be_full_before_it_resets() -> None:
    def board(until: datetime, **sure: str) -> Board:
        headline = Headline(
            "limit", "5-hour window", fill=0.61, resets_at="2026-11-22T13:00:00+00:00",
            full_at="2026-11-22T12:10:00+00:00", full_until=until.isoformat(), **sure,
        )  # fmt: skip
        rows = [replace(row, headline=headline) if row.service_id == "svc_plan" else row for row in FULL.rows]
        return replace(FULL, rows=tuple(rows))

    async with drive(size=(140, 36)) as driven:
        assert "full ≈" not in driven.text
        driven.stack.shown = board(NOW + 5 * HOUR)
        driven.stack.tell(ServiceRefreshed("svc_plan"))
        await driven.settle()
        row = line_with(driven, "Acme plan")
        assert "▲" in row
        assert "full ≈ 12:10" in row
        await driven.press("j", "j")
        assert "full ≈ 12:10 at the recent rate, before it resets 13:00" in driven.text
        sure = board(
            NOW + 5 * HOUR, full_from="2026-11-22T11:40:00+00:00", full_to="2026-11-22T12:35:00+00:00"
        )
        driven.stack.shown = sure
        driven.stack.tell(ServiceRefreshed("svc_plan"))
        await driven.settle()
        assert "full ≈ 12:10 (11:40–12:35) at the recent rate · resets 13:00" in driven.text
        driven.stack.shown = board(NOW)
        driven.stack.tell(ServiceRefreshed("svc_plan"))
        await driven.settle()
        assert "full ≈" not in driven.text
        assert "13:00" in line_with(driven, "Acme plan")


# the slots of the chart

START = datetime(2026, 11, 20, tzinfo=UTC)
END = START + 24 * HOUR


def history(*readings: tuple[float, float, float], length: float = 5) -> LimitHistory:
    """Readings as hour, share, hour of the reset."""
    samples = tuple(
        LimitSample(limit_id="w", at=START + at * HOUR, used=used, resets_at=START + ends * HOUR)
        for at, used, ends in readings
    )
    return LimitHistory(limit_id="w", label="W", length=length * HOUR, samples=samples)


def fills(*readings: tuple[float, float, float], length: float = 5) -> dict[int, float]:
    chart = limit_chart(history(*readings, length=length), END, 1, 24)
    return {at: fill for at, fill in enumerate(chart.fills) if fill is not None}


def test_a_reading_holds_until_the_next_and_never_over_a_reset_or_a_long_gap() -> None:
    assert fills((1, 0.2, 6), (2.5, 0.4, 6)) == {1: 0.2, 2: 0.4}  # the last one is from long ago
    assert fills((5, 0.6, 6), (6.5, 0.1, 11)) == {5: 0.6, 6: 0.1}
    assert fills((1, 0.1, 6), (5.5, 0.3, 6)) == {1: 0.1, 5: 0.3}
    assert fills((1, 0.1, 100), (5.5, 0.3, 100), length=168) == {1: 0.1, 2: 0.1, 3: 0.1, 4: 0.1, 5: 0.3}
    assert fills((22.5, 0.5, 27)) == {22: 0.5, 23: 0.5}
    assert fills((22.5, 0.5, 23)) == {22: 0.5}


def test_the_fullest_of_a_slot_is_drawn() -> None:
    assert fills((3.1, 0.9, 3.2), (3.3, 0.0, 8), (3.9, 0.1, 8))[3] == 0.9


def test_an_even_pace_rises_from_each_reset_unless_it_would_be_spikes() -> None:
    day = limit_chart(history((1, 0.2, 12), (13, 0.1, 24), length=12), END, 1, 24)
    assert day.even[0] == pytest.approx(0.5 / 12)
    assert day.even[11] == pytest.approx(11.5 / 12)
    assert day.even[12] == pytest.approx(0.5 / 12)
    assert set(limit_chart(history((1, 0.2, 5)), END, 1, 24).even) == {None}


def test_days_are_named_where_they_begin() -> None:
    ticks = day_ticks(START - 12 * HOUR, END, 36, 4)
    assert [(at, f"{day:%d %H}") for at, day in ticks] == [(12, "20 00"), (36, "21 00")]

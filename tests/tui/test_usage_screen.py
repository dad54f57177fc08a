"""The usage screen, driven by keys over a real stack and real transcripts."""

import asyncio
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from stackk_tui.demo import demo_settings
from stackk_tui.model.usage_report import UsageQuery
from stackk_tui.report import format as f
from stackk_tui.sandbox.transcripts import write_transcripts
from stackk_tui.stack import Stack
from stackk_tui.tui.live import Live
from stackk_tui.tui.screens.detail import ServiceDetailScreen
from stackk_tui.tui.screens.usage import UsageScreen
from stackk_tui.tui.screens.usage_filter import UsageFilterScreen
from stackk_tui.tui.widgets.fields import Field
from stackk_tui.tui.widgets.heat_map import HeatMap
from stackk_tui.tui.widgets.usage_table import UsageTable, UsageTotal

from .driving import drive
from .usage_driving import NOW, Driven, copy_home, days_ago, drive_usage, write_call

pytestmark = pytest.mark.anyio

MONEY = re.compile(r"≈ \$([\d,]+\.\d+)")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weeks of transcripts up to NOW, read only."""
    made = tmp_path_factory.mktemp("usage")
    write_transcripts(made / "claude", NOW, days=45)
    return made


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    (tmp_path / "claude" / "projects").mkdir(parents=True)
    return tmp_path


async def report(home: Path, query: UsageQuery):
    stack = await Stack.open(demo_settings(home), clock=lambda: NOW)
    try:
        return await stack.usage(query)
    finally:
        await stack.close()


def cost(line: str) -> Decimal:
    found = MONEY.search(line)
    assert found, line
    return Decimal(found[1].replace(",", ""))


def total_line(driven: Driven) -> str:
    """The line of the total: how many rows there are, and their sum."""
    found = [line for line in driven.lines if re.match(r"  [\d,]+ [5a-z]", line)]
    assert len(found) == 1, driven.text
    return found[0]


def pointed_line(driven: Driven) -> str:
    return next(line for line in driven.lines if line.startswith("› "))


# what it shows


async def test_days_are_newest_first_and_the_total_is_the_reports(home: Path) -> None:
    async with drive_usage(home, size=(160, 50)) as driven:
        want = await report(home, UsageQuery(by="day", since=days_ago(29).date()))
        assert driven.names[0] == "Wed 18 Nov"
        assert len(driven.names) == len(want.rows)
        total = total_line(driven)
        assert f"≈ {f.money(want.totals.cost)}" in total
        assert f.count(want.totals.requests) in total
        for words in ("Input", "Output", "Cache w", "Cache r", "Tokens", "Cost", "of cost"):
            assert words in driven.text
        assert "30 days: 20 Oct – 18 Nov · days of UTC" in driven.text


async def test_every_grouping_has_its_keys_and_its_rows(home: Path) -> None:
    async with drive_usage(home, "t") as driven:
        titles = ("Day", "Week", "Month", "Session", "Project", "Model", "Agent", "Block")
        for key, title in enumerate(titles, 1):
            await driven.press(str(key))
            assert driven.line("Tokens").strip().startswith(title)
            want = await driven.stack.usage(UsageQuery(by=title.lower()))
            assert len(driven.names) == len(want.rows)
        await driven.press("1")
        seen = []
        for key in ("tab", "right", "tab", "shift+tab", "left", "left", "shift+tab"):
            await driven.press(key)
            seen.append(driven.usage._trail.level.tab)
        assert seen == ["week", "month", "session", "month", "week", "day", "year"]


async def test_a_row_opens_into_what_it_is_made_of_and_every_sum_agrees(home: Path) -> None:
    async with drive_usage(home, "j", size=(160, 40)) as driven:
        titles = []
        for title in ("Project", "Session", "Model", "Agent"):
            row = cost(pointed_line(driven))
            await driven.press("enter")
            assert cost(total_line(driven)) == row
            assert driven.line("Tokens").strip().startswith(title)
            titles.append(driven.lines[0])
        assert "Usage › 17 Nov" in titles[0]
        assert re.search(r"Usage › 17 Nov › [\w.-]+ › [0-9a-f]{8} › claude", titles[3])


async def test_below_any_row_the_sum_is_the_rows(home: Path) -> None:
    async with drive_usage(home, size=(160, 40)) as driven:
        for key in ("3", "2", "5", "6", "7", "4", "8"):
            await driven.press(key, "j")
            row = cost(pointed_line(driven))
            await driven.press("enter")
            assert cost(total_line(driven)) == row, key
            await driven.press("escape")
        await driven.press("h", "up")
        row = cost(driven.line("Tue 17 Nov ·"))
        await driven.press("enter")
        assert cost(total_line(driven)) == row


async def test_going_back_up_finds_the_row_again(home: Path) -> None:
    async with drive_usage(home, "j", "j", "enter", "enter") as driven:
        assert "Usage › 16 Nov › " in driven.lines[0]
        await driven.press("escape")
        assert "› 16 Nov ›" not in driven.lines[0]
        await driven.press("left")
        assert "Usage on this machine" in driven.lines[0]
        assert driven.usage.query_one(UsageTable).key == "2026-11-16"
        await driven.press("escape")
        assert driven.app.screen is driven.app.dashboard


async def test_what_is_settled_is_not_offered_and_another_grouping_of_the_same_is_a_key_away(
    home: Path,
) -> None:
    async with drive_usage(home, "j", "enter") as driven:
        assert "2 Week" not in driven.text
        before = cost(total_line(driven))
        await driven.press("2", "h")
        assert driven.usage._trail.level.tab == "project"
        await driven.press("6")
        assert cost(total_line(driven)) == before
        assert "claude-" in driven.names[0]


async def test_at_the_finest_enter_says_that_there_is_nothing_finer(home: Path) -> None:
    async with drive_usage(home, "j", "enter", "enter", "enter", "enter") as driven:
        assert "enter open" not in driven.lines[-1]
        before = driven.lines[0]
        await driven.press("enter")
        assert driven.lines[0] == before


async def test_sorting_is_said_and_keeps_the_row(home: Path) -> None:
    async with drive_usage(home, "j", size=(120, 50)) as driven:
        assert "newest first" in driven.text
        await driven.press("s")
        assert "by cost" in driven.text
        costs = [
            cost(line) for line in driven.lines if re.match(r"[› ] [A-Z][a-z]{2} +\d+ [A-Z][a-z]{2} ", line)
        ]
        assert costs == sorted(costs, reverse=True)
        assert len(costs) > 20
        assert driven.usage.query_one(UsageTable).key == "2026-11-17"
        await driven.press("s")
        assert "by tokens" in driven.text
        await driven.press("5", "s", "s")
        assert "by name" in driven.text
        assert driven.names == sorted(driven.names)


async def test_the_bars_are_of_cost_or_of_tokens(home: Path) -> None:
    async with drive_usage(home, "6") as driven:
        assert "of cost" in driven.text
        shares = re.findall(r" (\d+)  ━", driven.text)
        assert 98 <= sum(map(int, shares)) <= 102
        await driven.press("m")
        assert "of tokens" in driven.text
        assert re.findall(r" (\d+)  ━", driven.text) != shares


# what is asked


async def test_the_span_is_changed_by_a_key_and_said(home: Path) -> None:
    async with drive_usage(home, size=(120, 50)) as driven:
        for words in ("90 days: ", "a year: ", "all days", "7 days: ", "30 days: "):
            await driven.press("t")
            assert words in driven.text
        await driven.press("t", "t", "t")
        want = await report(home, UsageQuery(by="day"))
        assert f"≈ {f.money(want.totals.cost)}" in driven.text


async def test_the_filter_narrows_is_said_and_ends(home: Path) -> None:
    async with drive_usage(home, "5") as driven:
        everything = cost(total_line(driven))
        await driven.press("f", "down", "down")
        await driven.type(*"NIM", "f2")
        assert isinstance(driven.app.screen, UsageScreen)
        assert sorted(driven.names) == ["nimbus-api", "nimbus-web"]
        assert "project “NIM”" in driven.text
        assert cost(total_line(driven)) < everything
        await driven.press("escape")
        assert "project “NIM”" not in driven.text
        assert cost(total_line(driven)) == everything
        assert isinstance(driven.app.screen, UsageScreen)


async def test_days_are_typed_and_a_wrong_one_stands_beside_its_field(home: Path) -> None:
    async with drive_usage(home, "slash") as driven:
        await driven.type(*"2026-11-16", "down", *"2026-11-10", "f2")
        assert isinstance(driven.app.screen, UsageFilterScreen)
        assert "That is before the first day" in driven.text
        assert driven.app.focused is driven.app.screen.query_one("#field-until", Field).editor
        await driven.type(*["backspace"] * 2, *"17", "f2")
        assert driven.names == ["Tue 17 Nov", "Mon 16 Nov"]
        assert "16 – 17 Nov" in driven.text
        await driven.press("t")
        assert "30 days: " in driven.text


async def test_another_time_zone_moves_the_days(home: Path) -> None:
    async with drive_usage(home, "f") as driven:
        await driven.type(*["down"] * 4, *"Nowhere/Land", "f2")
        assert "Write a time zone as Europe/Berlin or UTC" in driven.text
        await driven.type(*["backspace"] * 12, *"Pacific/Kiritimati", "f2")
        assert "30 days: 21 Oct – 19 Nov · days of Pacific/Kiritimati" in driven.text
        want = await driven.stack.usage(UsageQuery(since=date(2026, 10, 21), timezone="Pacific/Kiritimati"))
        assert f"≈ {f.money(want.totals.cost)}" in total_line(driven)


async def test_a_filter_that_matches_nothing_says_how_to_go_on(home: Path) -> None:
    async with drive_usage(home, "f") as driven:
        await driven.type(*["down"] * 3, *"zzz", "f2")
        assert "No project or model is called “zzz”." in driven.text
        assert "Press f to change the filter, esc to end it." in driven.text
        await driven.press("enter", "s", "m", "escape")
        assert driven.names


async def test_recorded_cost_only_says_what_was_not_recorded(home: Path) -> None:
    async with drive_usage(home, "c", "c") as driven:
        assert "recorded cost only" in driven.text
        assert "calls have no recorded cost and count as nothing in this mode" in driven.text
        assert "$0.00" not in driven.text
        assert "no price" not in driven.text
        await driven.press("c")
        assert "▲" not in driven.text


# what may be missing


async def test_tokens_without_a_price_are_seen_and_no_zero(empty: Path) -> None:
    write_call(empty, days_ago(0.01))
    write_call(empty, days_ago(0.01), model="unheard-of-1", output=1_200_000, number=2)
    write_call(empty, days_ago(1), model="unheard-of-1", output=700_000, number=3)
    async with drive_usage(empty, size=(160, 30)) as driven:
        today, yesterday = driven.line("Wed 18 Nov "), driven.line("Tue 17 Nov ")
        assert re.search(r"≈ \$1\.00 \+\?", today)
        assert "no price" in yesterday
        assert "$0" not in yesterday
        assert "+?" in total_line(driven)
        assert "1.9 M tokens of unheard-of-1 have no known price" in driven.text
        await driven.until("today ≈ $1.00 +?")
        await driven.press("j")
        assert "700,010 tokens without a known price" in driven.text
        await driven.press("h", "up")
        assert "no price" in driven.line("Tue 17 Nov ·")
        assert "? no price" in driven.text


async def test_when_nothing_has_a_price_shares_are_of_tokens(empty: Path) -> None:
    write_call(empty, days_ago(0.01), model="unheard-of-1")
    write_call(empty, days_ago(1), model="unheard-of-1", number=2)
    async with drive_usage(empty, size=(120, 30)) as driven:
        assert "No price is known for any of these tokens of unheard-of-1" in driven.text
        assert "of tokens" in driven.text
        assert "$" not in driven.text
        assert " 50  ━" in driven.text


async def test_without_any_log_it_says_what_to_do(empty: Path) -> None:
    async with drive_usage(empty) as driven:
        assert "There is no usage on this machine yet." in driven.text
        assert "what it used shows up here within seconds" in driven.text
        await driven.press("enter", "s", "m", "h", "j", "enter", "8", "t")
        assert "There is no usage on this machine yet." in driven.text


async def test_days_without_usage_say_when_the_logs_begin(empty: Path) -> None:
    write_call(empty, days_ago(60))
    async with drive_usage(empty) as driven:
        assert "Nothing was used in these days. The logs begin on 19 Sep." in driven.text
        await driven.press("t")
        assert driven.names == ["Sat 19 Sep"]


async def test_logs_that_cannot_be_read_say_why_and_the_screen_stays_up(empty: Path) -> None:
    settings = demo_settings(empty)
    settings.paths.claude_code_index.mkdir(parents=True)
    async with drive_usage(empty) as driven:
        assert "✖ " in driven.text
        assert "What goes on now cannot be read." in driven.text
        await driven.press("2", "h", "f", "escape", "s", "enter", "escape")
        assert driven.app.screen is driven.app.dashboard


# while it is read


async def test_reading_blocks_no_key_and_says_how_far_it_is(home: Path) -> None:
    async with drive_usage(home, held=True) as driven:
        driven.stack.progress = (412_000_000, 1_024_000_000)
        waited = await driven.until("reading the logs… 412 of 1,024 MB")
        assert waited < 1.5
        assert "░░░░" in driven.text
        assert "$" not in driven.text
        await driven.press("2", "h", "question_mark", "escape", "4")
        assert driven.usage._trail.level.tab == "session"
        driven.stack.gate.set()
        await driven.settle()
        assert "reading" not in driven.text
        assert driven.names


async def test_leaving_while_it_is_read_is_possible(home: Path) -> None:
    async with drive_usage(home, held=True) as driven:
        await driven.press("escape")
        assert driven.app.screen is driven.app.dashboard
        driven.stack.gate.set()
        await driven.settle()
        assert driven.app.is_running


async def test_no_figure_of_another_place_stands_there_while_it_is_read(home: Path) -> None:
    async with drive_usage(home, "j") as driven:
        driven.stack.gate.clear()
        await driven.press("enter")
        assert "Usage › 17 Nov" in driven.lines[0]
        assert "≈" not in "\n".join(driven.lines[4:])
        await driven.press("escape")
        assert "≈" in total_line(driven)  # what was read before stands there at once
        driven.stack.gate.set()


# what goes on now


async def test_new_usage_shows_by_itself_within_two_seconds(home: Path, tmp_path: Path) -> None:
    own = copy_home(home, tmp_path)
    async with drive_usage(own, "5") as driven:
        assert "new-thing" not in driven.text
        write_call(own, NOW - timedelta(minutes=1))
        waited = await driven.until("new-thing")
        assert waited < 2.0


async def test_the_strip_says_today_how_fast_and_the_block(home: Path, tmp_path: Path) -> None:
    own = copy_home(home, tmp_path)
    write_call(own, NOW - timedelta(minutes=10), output=60_000)
    async with drive_usage(own) as driven:
        await driven.until_live()
        live = await driven.stack.live_usage()
        strip = driven.lines[1]
        assert f"today ≈ {f.money(live.today.cost)} · {f.compact(live.today.tokens.total)} tok" in strip
        assert f"≈ {f.money(live.recent.cost_per_hour)}/h, " in strip
        assert f"{f.compact(round(live.recent.output_per_minute))} out tok/min" in strip
        assert f"block since 09:00 ≈ {f.money(live.block.cost)}, ends 14:00" in strip
        await driven.pilot.resize_terminal(80, 24)
        await driven.settle()
        assert "/h" in driven.lines[1]
        assert f"block ≈ {f.money(live.block.cost)} to 14:00" in driven.lines[1]
        await driven.pilot.resize_terminal(40, 12)
        await driven.settle()
        assert "today ≈ $" in driven.lines[1]


async def test_nothing_is_read_while_nobody_looks(home: Path) -> None:
    async with drive_usage(home) as driven:
        await driven.until_live()
        reads = driven.stack.lives
        looks = False
        task = asyncio.create_task(anext(aiter(Live(driven.stack, lambda: looks))))
        await asyncio.sleep(2 * Live.look_seconds)
        assert driven.stack.lives == reads
        looks = True
        usage, changed = await asyncio.wait_for(task, 5)
        assert driven.stack.lives == reads + 1
        assert usage.today.requests
        assert not changed


async def test_nothing_is_drawn_when_nothing_changes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Live, "fades_seconds", 0.02)
    monkeypatch.setattr(Live, "rest_seconds", 0.02)
    async with drive_usage(home) as driven:
        await driven.until("today ≈")
        drawn: list[object] = []
        for widget in driven.usage.walk_children():
            original = widget.render_line

            def counted(y: int, original=original, widget=widget):
                drawn.append(widget)
                return original(y)

            widget.render_line = counted
        await asyncio.sleep(0.6)
        await driven.press("r")
        assert drawn == []
        await driven.press("j")
        assert {type(widget).__name__ for widget in drawn} == {"UsageTable", "MessageLine"}


# the calendar


async def test_the_calendar_says_each_day_and_opens_it(home: Path) -> None:
    async with drive_usage(home, "h", size=(80, 24)) as driven:
        assert driven.day == "2026-11-18"
        want = await report(home, UsageQuery(by="day"))
        today = want.rows[-1]
        assert f"Wed 18 Nov · ≈ {f.money(today.cost)} · {f.compact(today.tokens.total)} tokens" in driven.text
        assert "Sep Oct Nov" in driven.text
        assert "nothing · ░ ▒ ▓ █ most" in driven.text
        await driven.press("left", "up", "up")
        assert driven.day == "2026-11-09"
        await driven.press("enter")
        assert "Usage › 9 Nov" in driven.lines[0]
        await driven.press("escape")
        assert driven.day == "2026-11-09"


async def test_days_before_the_first_log_are_no_zeros(empty: Path) -> None:
    write_call(empty, days_ago(3))
    async with drive_usage(empty, "h", size=(80, 24)) as driven:
        assert "Wed 18 Nov · nothing" in driven.text
        await driven.press("up", "up", "up", "up")
        assert "Sat 14 Nov · not known: before the first log" in driven.text
        assert "on 1 of 4 known days" in driven.text
        await driven.press("enter")
        assert driven.usage._trail.level.tab == "year"
        await driven.press("g")
        assert driven.day == "2026-11-15"
        await driven.press("G", "down", "right", "j")
        assert driven.day == "2026-11-18"


async def test_the_calendar_by_tokens_and_a_year_before(home: Path) -> None:
    async with drive_usage(home, "h") as driven:
        assert "By cost; m for tokens." in driven.text
        await driven.press("m")
        assert "By tokens; m for cost." in driven.text
        await driven.press("pageup")
        assert "Nothing is known of these days" in driven.text
        await driven.press("pagedown", "pagedown")
        assert driven.day == "2026-11-18"
        await driven.press("h")
        assert driven.usage._trail.level.tab == "day"


async def test_a_day_takes_two_cells_where_there_is_room_and_the_newest_weeks_stay_where_there_is_none(
    home: Path,
) -> None:
    async with drive_usage(home, "h", size=(160, 50)) as driven:
        assert "◆" in driven.line(" Wed  ")
        wide = len(driven.line(" Mon  "))
        await driven.pilot.resize_terminal(80, 24)
        await driven.settle()
        assert 0 < len(driven.line(" Mon  ")) < wide
        await driven.pilot.resize_terminal(40, 12)
        await driven.settle()
        assert "◆" in driven.text
        assert "Wed 18 Nov · ≈" in driven.text
        first = driven.usage.query_one(HeatMap).first_shown
        await driven.type(*["left"] * 40)
        assert driven.day >= str(first)


async def test_days_can_be_clicked(home: Path) -> None:
    async with drive_usage(home, "h", size=(80, 24)) as driven:
        await driven.pilot.click(HeatMap, offset=(5 + 52, 2))
        await driven.settle()
        assert driven.day == "2026-11-17"
        await driven.pilot.click(HeatMap, offset=(5 + 52, 2))
        await driven.settle()
        assert "Usage › 17 Nov" in driven.lines[0]


async def test_the_calendar_of_a_project_is_of_that_project(home: Path) -> None:
    async with drive_usage(home, "5", "enter", "h") as driven:
        assert "Usage › nimbus-api" in driven.lines[0]
        want = await report(home, UsageQuery(by="day", projects=("/home/maya/code/nimbus-api",)))
        assert f"≈ {f.money(want.totals.cost)}, " in driven.text


# sizes


SIZES = [(160, 50), (120, 36), (100, 24), (80, 24), (60, 20), (48, 14), (40, 12), (90, 30)]


@pytest.mark.parametrize("key", ["1", "4", "8"])
async def test_names_tokens_and_costs_stay_whole_at_any_size(home: Path, key: str) -> None:
    async with drive_usage(home, key) as driven:
        want = driven.usage.query_one(UsageTable).pointed.row
        for size in SIZES:
            await driven.pilot.resize_terminal(*size)
            await driven.settle()
            assert all(len(line) <= size[0] for line in driven.lines)
            line = pointed_line(driven)
            assert f"≈ {f.money(want.cost)}" in line
            assert f.compact(want.tokens.total) in line
            assert driven.lines[-1].strip().startswith("enter open")
            assert "≈" in total_line(driven)


async def test_a_small_terminal_gets_one_line(home: Path) -> None:
    async with drive_usage(home) as driven:
        for size in [(38, 11), (39, 24), (80, 11)]:
            await driven.pilot.resize_terminal(*size)
            await driven.settle()
            assert driven.text.strip() == f"too small: {size[0]}x{size[1]}, needs 40x12"
        await driven.pilot.resize_terminal(80, 24)
        await driven.settle()
        assert "Usage on this machine" in driven.text


async def test_the_total_stands_once_and_below_the_rows(home: Path) -> None:
    async with drive_usage(home, "6", size=(80, 24)) as driven:
        assert driven.text.count(" models ") == 1
        await driven.press("4")
        assert driven.text.count(" sessions ") == 1
        assert driven.usage.query_one(UsageTotal).region.bottom == driven.app.size.height - 2
        await driven.pilot.resize_terminal(80, 100)
        await driven.settle()
        assert driven.text.count(" sessions ") == 1


async def test_plain_is_ascii_where_it_draws(home: Path) -> None:
    async with drive_usage(home, plain=True) as driven:
        table = driven.text
        await driven.press("h")
        drawn = table + driven.text
        assert not set("━╸░▒▓█◆") & set(drawn)
        assert "===" in table
        assert "@" in driven.text


# getting there


async def test_it_is_opened_from_a_service_that_reads_this_machine_and_from_no_other() -> None:
    async with drive() as driven:
        await driven.press("j", "enter")
        assert isinstance(driven.app.screen, ServiceDetailScreen)
        await driven.press("u")
        assert isinstance(driven.app.screen, ServiceDetailScreen)
        assert "u usage" not in driven.text.splitlines()[-1]
        await driven.press("escape", "g", "j", "j", "j", "enter")
        assert "Agent Code" in driven.text
        assert "u usage" in driven.text.splitlines()[-1]


async def test_the_palette_opens_it_and_its_groupings(home: Path) -> None:
    async with drive_usage(home, "escape", "ctrl+p", *"usage on", "enter") as driven:
        assert isinstance(driven.app.screen, UsageScreen)
        await driven.press("ctrl+p", *"by model", "enter")
        assert driven.usage._trail.level.tab == "model"


async def test_help_lists_its_keys(home: Path) -> None:
    async with drive_usage(home, "question_mark", size=(120, 60)) as driven:
        assert "Help · Usage on this machine" in driven.text
        for words in ("7, 30, 90 days, a year or all days", "By block of five hours", "A year after"):
            assert words in driven.text


async def test_names_from_logs_cannot_mark_up_the_screen(empty: Path) -> None:
    write_call(empty, days_ago(0.1), project="/home/ada/[b] 東京 \x1b[31mred")
    async with drive_usage(empty, "5", "enter", "5", "h") as driven:
        assert "[b] 東京 red" in driven.lines[0]
        assert "\x1b" not in driven.text


async def test_one_of_several_accounts_can_be_chosen_and_is_said(empty: Path) -> None:
    write_call(empty, days_ago(0.1), output=50_000)
    write_call(empty / "work", days_ago(0.1), output=150_000, number=2)
    config = demo_settings(empty).paths.config_file
    config.parent.mkdir(parents=True, exist_ok=True)
    roots = empty / "work" / "claude"
    config.write_text(f'[[claude_code.accounts]]\nlabel = "work"\nroots = ["{roots}"]\n')
    async with drive_usage(empty) as driven:
        assert "≈ $4.00" in total_line(driven)
        assert "account" not in driven.text
        await driven.press("f")
        await driven.type(*["down"] * 6, "right", "right", "f2")
        assert "account work" in driven.text
        assert "≈ $3.00" in total_line(driven)
        await driven.press("f")
        await driven.type(*["down"] * 6, "left", "f2")
        assert "account this machine" in driven.text
        assert "≈ $1.00" in total_line(driven)

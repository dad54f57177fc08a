"""The dashboard, driven by keys."""

from dataclasses import replace

import pytest

from stackk_tui.model.events import RefreshFailed, RefreshStarted
from stackk_tui.tui.screens.dashboard import DashboardScreen
from stackk_tui.tui.widgets.bars import MessageLine
from stackk_tui.tui.widgets.service_list import ServiceList

from .driving import Driven, drive
from .scenes import EMPTY, FULL, OFFLINE, ROWS

pytestmark = pytest.mark.anyio


def names(driven: Driven) -> list[str]:
    return [row.service_id for row in driven.app.dashboard.query_one(ServiceList).rows]


async def test_figures_are_painted_before_the_stack_is_open() -> None:
    async with drive("held-opening", settle=False) as driven:
        await driven.rounds()
        assert "$301.20" in driven.text
        assert driven.stack.asked == []
        driven.app.may_open.set()
        await driven.settle()
        assert ("refresh", None, False) in driven.stack.asked


async def test_the_cursor_moves_and_the_message_is_of_its_service() -> None:
    async with drive() as driven:
        assert driven.app.dashboard.pointed.service_id == "svc_wait"
        assert "asks us to wait" in driven.text
        await driven.press("G", "k", "k", "k")
        assert driven.app.dashboard.pointed.service_id == "svc_host"
        assert "no longer valid" in driven.text
        await driven.press("g")
        assert driven.app.dashboard.pointed.service_id == "svc_wait"


async def test_filter_as_you_type_keep_and_end() -> None:
    async with drive() as driven:
        await driven.press("slash", *"acme")
        assert names(driven) == ["svc_wait", "svc_org", "svc_plan"]
        assert "3 of 8" in driven.text
        await driven.press("enter", "j")
        assert driven.app.dashboard.pointed.service_id == "svc_org"
        assert "“acme”" in driven.text
        await driven.press("escape")
        assert len(names(driven)) == len(ROWS)
        assert driven.app.dashboard.pointed.service_id == "svc_org"


async def test_a_filter_that_matches_nothing_says_how_to_go_on() -> None:
    async with drive() as driven:
        await driven.press("slash", *"zzz", "enter")
        assert "Nothing matches" in driven.text
        await driven.press("enter", "r", "d")
        assert driven.app.screen is driven.app.dashboard
        await driven.press("escape")
        assert "Nothing matches" not in driven.text


async def test_letters_in_the_filter_are_letters() -> None:
    async with drive() as driven:
        await driven.press("slash", *"aqdr?")
        assert driven.app.screen is driven.app.dashboard
        assert driven.app.is_running


async def test_sort_is_said_and_keeps_the_cursor() -> None:
    async with drive() as driven:
        await driven.press("j")
        before = driven.app.dashboard.pointed
        for word in ("by cost", "by fill", "by renewal", "by age", "by name"):
            await driven.press("s")
            assert word in driven.text
            assert driven.app.dashboard.pointed == before


async def test_refresh_asks_for_one_or_for_all() -> None:
    async with drive() as driven:
        await driven.press("r")
        assert driven.stack.asked[-1] == ("refresh", ("svc_wait",), True)
        await driven.press("R")
        assert driven.stack.asked[-1] == ("refresh", None, True)


async def test_refreshing_is_a_word_where_the_age_stands_and_pressing_twice_asks_once() -> None:
    async with drive() as driven:
        driven.stack.held.clear()
        await driven.press("r", "r", "r", settle=False)
        await driven.rounds()
        assert "asking" in driven.text
        assert driven.stack.asked.count(("refresh", ("svc_wait",), True)) == 1
        driven.stack.held.set()
        await driven.settle()
        assert "asking" not in driven.text


async def test_a_failed_refresh_keeps_the_figures() -> None:
    async with drive() as driven:
        broken = replace(ROWS[1], status="error", error=OFFLINE.what, retry_at=None)
        driven.stack.shown = replace(FULL, rows=(ROWS[0], broken, *ROWS[2:]))
        driven.stack.tell(RefreshStarted("svc_org"))
        driven.stack.tell(RefreshFailed("svc_org", OFFLINE))
        await driven.settle()
        await driven.press("j")
        assert "60 %" in driven.text
        assert "$301.20" in driven.text
        assert "No connection to api.example.com." in driven.text


async def test_the_welcome_says_what_was_found_and_its_key_connects_it() -> None:
    async with drive("empty") as driven:
        assert "Nothing tracked yet." in driven.text
        assert "214 sessions since 23 Oct" in driven.text
        await driven.press("c")
        assert driven.stack.asked[1][:3] == ("sign_in", "agent", "local")
        assert ("connect", "acc_1", ()) in driven.stack.asked
        assert ("refresh", ("svc_org",), False) in driven.stack.asked
        assert type(driven.app.screen).__name__ == "ServiceDetailScreen"
        await driven.press("escape")
        assert driven.app.dashboard.pointed.service_id == "svc_org"


async def test_other_keys_in_the_welcome_do_nothing() -> None:
    async with drive("empty") as driven:
        await driven.press("r", "R", "enter", "d", "s", "slash", "x")
        assert driven.app.screen is driven.app.dashboard
        assert driven.stack.asked == [("refresh", None, False)]


async def test_a_finding_that_cannot_be_read_says_why() -> None:
    async with drive("empty") as driven:
        driven.stack.sign_in_error = OFFLINE
        await driven.press("c")
        assert "No connection to api.example.com." in driven.text


@pytest.mark.parametrize("size", [(39, 24), (80, 11), (20, 6), (10, 3), (1, 1)])
async def test_a_small_terminal_gets_one_line(size: tuple[int, int]) -> None:
    async with drive(size=size) as driven:
        if size[0] >= 30:
            assert driven.text.strip() == f"too small: {size[0]}x{size[1]}, needs 40x12"
        await driven.pilot.resize_terminal(80, 24)
        await driven.settle()
        assert "Acme" in driven.text


async def test_nothing_is_drawn_when_nothing_changes() -> None:
    async with drive() as driven:
        drawn: list[int] = []
        services = driven.app.dashboard.query_one(ServiceList)
        original = services.render_line
        services.render_line = lambda y: (drawn.append(y), original(y))[1]
        services.tick()
        driven.app.dashboard._tick()
        driven.app._upkeep.read_board()
        await driven.settle()
        assert drawn == []
        await driven.press("j")
        assert sorted(set(drawn)) == [2, 3]


async def test_the_board_of_an_emptied_stack_goes_back_to_the_welcome() -> None:
    async with drive() as driven:
        driven.stack.shown = EMPTY
        driven.app._upkeep.read_board()
        await driven.settle()
        assert "Nothing tracked yet." in driven.text


async def test_the_footer_shows_only_what_applies() -> None:
    async with drive("empty") as driven:
        assert "refresh" not in driven.text.splitlines()[-1]
        assert "add" in driven.text.splitlines()[-1]


async def test_the_message_line_drops_its_last_parts_first() -> None:
    async with drive(size=(60, 20)) as driven:
        line = driven.app.dashboard.query_one("#message", MessageLine)
        assert len(line.text) > 60
        assert "The provider asks us to wait." in driven.text
        assert isinstance(driven.app.screen, DashboardScreen)

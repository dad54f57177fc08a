"""Nothing a provider, a terminal or a hasty person does takes the app down."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from textual import events
from textual.geometry import Size

from stackk_tui.model.errors import LedgerTooNew, StorageError
from stackk_tui.model.events import RefreshFailed
from stackk_tui.tui.app import StackkApp
from stackk_tui.tui.screens.detail import ServiceDetailScreen
from stackk_tui.tui.terminal import refusal, theme_for

from .driving import drive
from .scenes import FULL, NOW, make

pytestmark = pytest.mark.anyio

SIZES = [(1, 1), (200, 50), (39, 11), (5, 40), (40, 12)]


@pytest.mark.parametrize(
    "keys",
    [(), ("j", "enter"), ("a",), ("a", "enter", "enter"), ("d",), ("question_mark",), ("ctrl+p",), ("slash", "a"),
     ("j", "enter", "b"), ("a", "enter", "j", "j", "enter"), ("K",)],
    ids=lambda keys: "-".join(keys) or "dashboard",
)  # fmt: skip
async def test_a_storm_of_sizes(keys: tuple[str, ...]) -> None:
    async with drive() as driven:
        await driven.press(*keys)
        for width, height in SIZES:
            driven.app.post_message(events.Resize(Size(width, height), Size(width, height)))
            await driven.rounds()
        await driven.settle()
        assert driven.app.is_running
        assert driven.text


async def test_a_storm_of_keys() -> None:
    async with drive() as driven:
        await driven.press(*"jjkkrRrRsssGg", "enter", "enter", *"123tmtmrr", "b", "escape", "d", "escape")
        await driven.press("escape", "escape", "escape", "a", "a", "enter", "escape", "escape", "escape")
        assert driven.app.screen is driven.app.dashboard


async def test_quitting_while_everything_is_asked() -> None:
    async with drive("held") as driven:
        await driven.press("j", "enter", settle=False)
        await driven.press("ctrl+q", settle=False)
        await driven.rounds()
    assert driven.app.return_code == 0
    assert driven.stack.closed
    assert driven.stack.listeners == []


async def test_quitting_before_the_stack_is_open() -> None:
    async with drive("held-opening", settle=False) as driven:
        await driven.pilot.press("q")
    assert driven.app.return_code == 0


async def test_events_after_the_end_are_not_minded() -> None:
    async with drive() as driven:
        listener = driven.stack.listeners[0]
    from stackk_tui.model.events import ServiceRefreshed

    listener(ServiceRefreshed("svc_org"))


@pytest.mark.parametrize("error", [LedgerTooNew("The ledger is from a newer version.", "Nothing was changed.", "Update."),
                                   RuntimeError("boom")])  # fmt: skip
async def test_a_stack_that_cannot_be_opened_leaves_the_figures_and_says_why(error: Exception) -> None:
    async def fails() -> None:
        raise error

    app = StackkApp(FULL, fails, now=lambda: NOW, theme="stackk")
    async with app.run_test(size=(120, 36)) as pilot:
        for _ in range(4):
            await pilot.pause()
        shown = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "$301.20" in shown
        assert ("newer version" if isinstance(error, LedgerTooNew) else "RuntimeError") in shown
        assert "boom" not in shown
        await pilot.press("r", "a")
        await pilot.pause()
        await pilot.press("escape", "j", "enter")
        await pilot.pause()
        assert isinstance(app.screen, ServiceDetailScreen)


async def test_a_refresh_that_breaks_is_said_and_the_figures_stay() -> None:
    async with drive() as driven:

        async def breaks(*_: object, **__: object) -> None:
            raise RuntimeError("sk-secret-in-a-message")

        driven.stack.refresh = breaks
        await driven.press("r")
        assert "Something in stackk-tui broke" in driven.text
        assert "sk-secret" not in driven.text
        assert "$301.20" in driven.text
        assert "asking" not in driven.text


async def test_figures_that_could_not_be_kept_are_said() -> None:
    full = StorageError("The disk is full: new figures could not be kept.", "Nothing is lost.", "Make room.")
    async with drive() as driven:
        driven.stack.tell(RefreshFailed("svc_org", full))
        await driven.settle()
        assert "The disk is full" in driven.text
        assert "$301.20" in driven.text


async def test_nothing_is_polled_while_nobody_looks_and_at_once_when_they_come_back() -> None:
    later = [NOW]
    async with drive(now=lambda: later[0]) as driven:
        polled = len(driven.stack.asked)
        later[0] = NOW + timedelta(hours=1)
        driven.app.app_focus = False
        driven.app._upkeep.poll()
        await driven.settle()
        assert len(driven.stack.asked) == polled
        driven.app.post_message(events.AppFocus())
        await driven.settle()
        assert driven.stack.asked[polled:] == [("refresh", None, False)]
        driven.app.post_message(events.AppFocus())
        await driven.settle()
        assert len(driven.stack.asked) == polled + 1


async def test_a_crash_shows_where_and_never_a_local() -> None:
    app = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        try:
            token = "sk-local-which-nobody-may-see"
            raise RuntimeError(len(token))
        except RuntimeError:
            app._fatal_error()
        shown = "".join(
            segment.text for renderable in app._exit_renderables for segment in app.console.render(renderable)
        )
        app._exit_renderables.clear()
    assert "RuntimeError" in shown
    assert "sk-local" not in shown.replace('token = "sk-local-which-nobody-may-see"', "")


async def test_the_loading_indicator_of_textual_is_nowhere() -> None:
    async with drive() as driven:
        for keys in ((), ("j", "enter"), ("escape", "a"), ("escape", "ctrl+p"), ("escape", "question_mark")):
            await driven.press(*keys)
            assert not driven.app.screen.query("LoadingIndicator")
            assert driven.app.animation_level == "none"


@pytest.mark.parametrize(
    "theme", ["stackk", "stackk-light", "ansi-dark", "ansi-light", "nord", "no-such-theme"]
)
async def test_every_theme_draws(theme: str) -> None:
    async with drive(theme=theme) as driven:
        await driven.press("j", "enter", "m", "escape", "a", "escape", "d")
        assert driven.text


def test_themes_by_colour_system() -> None:
    assert theme_for("truecolor") == theme_for("256") == "stackk"
    assert theme_for("standard") == theme_for(None) == "ansi-dark"


def test_without_a_terminal_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "terminal" in (refusal({"TERM": "xterm"}) or "")


def test_a_locale_without_the_glyphs_is_mended() -> None:
    code = "import sys; from stackk_tui.tui.terminal import use_utf8; use_utf8(); sys.__stderr__.write('▁█')"
    env = {**os.environ, "PYTHONIOENCODING": "iso-8859-1"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert done.stderr.decode("utf-8") == "▁█"


async def test_sigterm_leaves_in_order() -> None:
    async with drive() as driven:
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(10):
            await asyncio.sleep(0)
            await driven.rounds()
            if not driven.app._running or driven.app._exit:
                break
        assert driven.app._exit
    assert driven.stack.closed

"""The app keeps up with what happens on this machine, while somebody looks."""

import asyncio
from dataclasses import replace

import pytest
from textual import events

from stackk_tui.model.errors import StorageError
from stackk_tui.model.events import ServiceRefreshed

from .driving import Driven, drive
from .scenes import FULL, ROWS
from .usage_driving import rounds

pytestmark = pytest.mark.anyio


async def focus(driven: Driven, *, gained: bool) -> None:
    driven.app.post_message(events.AppFocus() if gained else events.AppBlur())
    for _ in range(4):
        await asyncio.sleep(0)
        await rounds(driven.pilot)


async def test_it_follows_from_the_start_until_the_end() -> None:
    async with drive() as driven:
        stack = driven.stack
        assert stack.asked_to_follow == 1
    assert stack.asked_to_follow == 0


async def test_it_rests_while_nobody_looks_and_then_catches_up_with_this_machine_alone() -> None:
    async with drive() as driven:
        await focus(driven, gained=False)
        assert driven.stack.asked_to_follow == 0
        driven.stack.asked.clear()
        await focus(driven, gained=True)
        await driven.settle()
        assert driven.stack.asked_to_follow == 1
        assert driven.stack.asked == [("refresh", ("svc_local",), False)]
        await focus(driven, gained=True)
        assert driven.stack.asked_to_follow == 1


async def test_what_it_hears_is_drawn() -> None:
    async with drive() as driven:
        heard = replace(ROWS[3], month_amount="99.15")
        driven.stack.shown = replace(FULL, rows=(*ROWS[:3], heard, *ROWS[4:]))
        driven.stack.tell(ServiceRefreshed("svc_local"))
        await driven.settle()
        assert "≈ $99.15" in driven.text


@pytest.mark.parametrize("error", [StorageError("It cannot be read.", "", ""), RuntimeError("a bug")])
async def test_that_it_fails_ends_nothing(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(self: object) -> None:
        raise error

    monkeypatch.setattr("tests.tui.scenes.AnsweringStack.follow", fails)
    async with drive() as driven:
        await driven.press("j")
        assert driven.app.is_running
        assert "$301.20" in driven.text

"""A pasted key is destroyed at its vendor only where that can be done, and only by an explicit tick; a row
that is closed to a sign-in cannot be picked."""

from dataclasses import replace

import pytest

from stackk_tui.model.service import Workspace
from stackk_tui.stack import Farewell, WorkspaceChoice
from stackk_tui.tui.screens.disconnect import DisconnectScreen
from stackk_tui.tui.screens.pick_workspace import PickWorkspaceScreen

from .driving import Driven, drive
from .test_adding import open_picker

pytestmark = pytest.mark.anyio

WORDS = "Destroy the key at the vendor too"


def destroyable(driven: Driven) -> None:
    plan = driven.stack.plan_disconnect

    async def can(service_id: str, *, purge: bool = False) -> Farewell:
        return replace(await plan(service_id, purge=purge), can_destroy=True)

    driven.stack.plan_disconnect = can


async def test_it_is_not_offered_where_it_cannot_be_done() -> None:
    async with drive() as driven:
        await driven.press("j", "d")
        assert isinstance(driven.app.screen, DisconnectScreen)
        assert WORDS not in driven.text


async def test_it_is_off_until_it_is_ticked_and_says_what_it_does() -> None:
    async with drive() as driven:
        destroyable(driven)
        await driven.press("j", "d")
        assert f"[ ] {WORDS}" in driven.text
        assert "whatever else uses this key stops working" in driven.text
        await driven.press("j", "j", "j", "enter")
        assert driven.stack.asked[-1] == ("disconnect", "svc_org", False, False)


async def test_ticked_it_is_asked_for_and_the_history_keeps_its_own_tick() -> None:
    async with drive() as driven:
        destroyable(driven)
        await driven.press("j", "d", "j", "j", "space")
        assert f"[x] {WORDS}" in driven.text
        assert "[ ] Drop its history too" in driven.text
        await driven.press("j", "enter")
        assert driven.stack.asked[-1] == ("disconnect", "svc_org", False, True)


async def test_a_closed_row_says_why_and_cannot_be_picked() -> None:
    async with drive() as driven:
        driven.stack.choices = [
            WorkspaceChoice(Workspace(id="t1", name="Open Team", kind="team", plan="Pro"), False),
            WorkspaceChoice(
                Workspace(id="t2", name="Big Team", kind="team", closed="this token is not for it"), False
            ),
        ]
        await open_picker(driven)
        assert "Open Team  whole team" in driven.text
        assert "this token is not for it" in driven.text
        await driven.press("j", "space", "enter")
        assert isinstance(driven.app.screen, PickWorkspaceScreen)
        assert not [asked for asked in driven.stack.asked if asked[0] == "connect"]
        await driven.press("k", "space", "enter")
        (asked,) = [asked for asked in driven.stack.asked if asked[0] == "connect"]
        assert asked[2] == ("t1",)

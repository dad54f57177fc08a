"""One key table feeds bindings, footer, help, palette and README."""

import pytest

from stackk_tui.tui.keys import TABLE, TITLES, footer, keys_of, readme_table
from stackk_tui.tui.screens.add_service import AddServiceScreen
from stackk_tui.tui.screens.billing import BillingScreen
from stackk_tui.tui.screens.dashboard import DashboardScreen
from stackk_tui.tui.screens.detail import ServiceDetailScreen
from stackk_tui.tui.screens.disconnect import DisconnectScreen
from stackk_tui.tui.screens.help import HelpScreen
from stackk_tui.tui.screens.palette import PaletteScreen
from stackk_tui.tui.screens.pick_workspace import PickWorkspaceScreen
from stackk_tui.tui.screens.sign_in import SignInScreen
from stackk_tui.tui.screens.unlock import UnlockScreen
from stackk_tui.tui.screens.vault import VaultScreen
from stackk_tui.tui.widgets.line_list import LineList

from .driving import drive

SCREENS = (
    AddServiceScreen, BillingScreen, DashboardScreen, DisconnectScreen, HelpScreen, PickWorkspaceScreen,
    ServiceDetailScreen, SignInScreen, UnlockScreen, VaultScreen,
)  # fmt: skip


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_every_key_of_a_screen_does_something(screen: type) -> None:
    for key in keys_of(screen.SCOPE):
        name = key.action.split("(")[0]
        assert name.startswith("app.") or hasattr(screen, f"action_{name}"), key


def test_every_key_of_lists_does_something() -> None:
    assert all(hasattr(LineList, f"action_{key.action}") for key in keys_of("list"))


def test_no_scope_binds_a_key_twice() -> None:
    for scope in TITLES:
        bound = [one for key in keys_of(scope) for one in key.keys.split(",")]
        assert sorted(set(bound)) == sorted(bound), scope


def test_keys_that_terminals_need_for_themselves_are_left_alone() -> None:
    taken = {"ctrl+b", "ctrl+a", "ctrl+m", "ctrl+i", "ctrl+h", "ctrl+j", "ctrl+c", "ctrl+z", "shift+enter"}
    assert not taken & {one for key in TABLE for one in key.keys.split(",")}


def test_the_footer_is_short() -> None:
    for scope in TITLES:
        assert len(footer(scope)) <= 7


def test_the_readme_table_has_every_key_of_the_main_screens() -> None:
    table = readme_table()
    for key in keys_of("dashboard"):
        assert f"| `{key.shown}` | {key.says} |" in table


@pytest.mark.anyio
async def test_help_is_about_the_screen_it_was_opened_on() -> None:
    async with drive() as driven:
        await driven.press("question_mark")
        assert "Help · Dashboard" in driven.text
        await driven.press("escape", "j", "enter", "question_mark")
        assert "Help · A service" in driven.text
        assert "Type in price, cycle and next payment" in driven.text
        await driven.press("question_mark")
        assert isinstance(driven.app.screen, ServiceDetailScreen)


@pytest.mark.anyio
async def test_help_opens_from_a_field_with_f1() -> None:
    async with drive() as driven:
        await driven.press("a", "enter", "enter", "question_mark")
        assert isinstance(driven.app.screen, SignInScreen)
        await driven.press("f1")
        assert "Help · Forms" in driven.text


@pytest.mark.anyio
async def test_the_palette_opens_services_and_runs_commands() -> None:
    async with drive() as driven:
        await driven.press("ctrl+p")
        assert isinstance(driven.app.screen, PaletteScreen)
        assert "Ask again for all services" in driven.text
        await driven.press(*"postbase", "enter")
        assert isinstance(driven.app.screen, ServiceDetailScreen)
        assert driven.app.screen.service_id == "svc_db"
        await driven.press("ctrl+p", *"price", "enter")
        assert isinstance(driven.app.screen, BillingScreen)
        await driven.press("escape", "ctrl+p", *"theme light", "enter")
        assert driven.app.theme == "stackk-light"


@pytest.mark.anyio
async def test_the_palette_can_be_left_and_never_stands_on_itself() -> None:
    async with drive() as driven:
        await driven.press("ctrl+p", "ctrl+p")
        assert len(driven.app.screen_stack) == 2
        await driven.press(*"zzzzqq", "enter", "escape")
        assert driven.app.screen is driven.app.dashboard

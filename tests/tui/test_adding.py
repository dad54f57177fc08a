"""Adding a service: providers, doors, forms, keys, and where keys are kept."""

import pytest

from stackk_tui.model.errors import TokenStoreNeeded
from stackk_tui.model.secret import Secret
from stackk_tui.tui.screens.add_service import AddServiceScreen
from stackk_tui.tui.screens.pick_workspace import PickWorkspaceScreen
from stackk_tui.tui.screens.sign_in import SignInScreen
from stackk_tui.tui.screens.unlock import UnlockScreen
from stackk_tui.tui.screens.vault import VaultScreen
from stackk_tui.tui.widgets.fields import Field, SecretInput

from .driving import Driven, drive
from .scenes import OFFLINE, REFUSED

pytestmark = pytest.mark.anyio

KEY = "key-which-nobody-may-see-0123456789"


async def open_key_form(driven: Driven) -> SecretInput:
    await driven.press("a", "enter", "enter")
    assert isinstance(driven.app.screen, SignInScreen)
    return driven.app.screen.query_one(SecretInput)


async def test_providers_and_their_doors_are_explained() -> None:
    async with drive() as driven:
        await driven.press("a")
        assert isinstance(driven.app.screen, AddServiceScreen)
        for words in (
            "Acme AI",
            "AI & ML",
            "Console organizations: tokens",
            "Ordinary API key",
            "no usage, no cost",
        ):
            assert words in driven.text
        await driven.press("j", "j")
        assert "Type it in" in driven.text
        await driven.press("escape")
        assert driven.app.screen is driven.app.dashboard


async def test_escape_leaves_one_step_at_a_time() -> None:
    async with drive() as driven:
        await driven.press("a", "enter")
        await driven.press("escape")
        assert isinstance(driven.app.screen, AddServiceScreen)
        await driven.press("escape")
        assert driven.app.screen is driven.app.dashboard


async def test_a_key_leads_to_the_workspaces_and_to_a_service() -> None:
    async with drive() as driven:
        field = await open_key_form(driven)
        assert "Kept in the GNOME keyring" in driven.text
        await driven.press(*KEY, "enter")
        asked = driven.stack.asked[-1]
        assert asked[:3] == ("sign_in", "vendor", "admin-key")
        assert asked[3] == Secret(KEY)
        assert isinstance(driven.app.screen, PickWorkspaceScreen)
        assert field.value == ""
        await driven.press("j", "space", "j", "j", "space", "enter")
        assert ("connect", "acc_1", ("default", "w2")) in driven.stack.asked


async def test_the_key_is_never_on_the_screen_nor_in_the_clipboard() -> None:
    async with drive() as driven:
        field = await open_key_form(driven)
        await driven.press(*KEY)
        assert field.value == KEY
        assert KEY not in driven.text
        assert KEY not in driven.app.export_screenshot()
        await driven.press("shift+home", "ctrl+c", "ctrl+x", "super+c")
        field.action_select_all()
        field.action_copy()
        field.action_cut()
        assert driven.app.clipboard == ""
        assert field.value == KEY
        assert driven.app.screen.get_selected_text() in (None, "")


async def test_a_refused_key_says_three_lines_and_keeps_what_was_typed() -> None:
    async with drive("refused") as driven:
        field = await open_key_form(driven)
        await driven.press(*KEY, "enter")
        for line in REFUSED.lines():
            assert line in driven.text
        assert field.value == KEY
        driven.stack.sign_in_error = None
        await driven.press("enter")
        assert isinstance(driven.app.screen, PickWorkspaceScreen)


async def test_an_empty_key_is_not_sent() -> None:
    async with drive() as driven:
        await open_key_form(driven)
        await driven.press("enter", "space", "enter")
        assert "Paste the key into it." in driven.text
        assert not [asked for asked in driven.stack.asked if asked[0] == "sign_in"]


async def test_enter_twice_sends_once() -> None:
    async with drive() as driven:
        await open_key_form(driven)
        driven.stack.held.clear()
        await driven.press("k", "enter", "enter", "f2", settle=False)
        await driven.rounds()
        assert "Checking with the provider…" in driven.text
        assert len([asked for asked in driven.stack.asked if asked[0] == "sign_in"]) == 1


async def test_leaving_while_it_is_checked_wipes_the_key() -> None:
    async with drive() as driven:
        field = await open_key_form(driven)
        driven.stack.held.clear()
        await driven.press("k", "enter", "escape", settle=False)
        await driven.rounds()
        assert field.value == ""
        driven.stack.held.set()
        await driven.settle()
        assert isinstance(driven.app.screen, AddServiceScreen)


async def test_a_mistake_of_ours_is_an_error_on_the_form() -> None:
    async with drive() as driven:
        await open_key_form(driven)

        async def broken(*_: object) -> None:
            raise RuntimeError(f"it holds {KEY}")

        driven.stack.sign_in = broken
        await driven.press("k", "enter")
        assert "Something in stackk-tui broke: RuntimeError." in driven.text
        assert KEY not in driven.text


# where keys are kept


async def test_without_a_keyring_a_vault_is_offered_first() -> None:
    async with drive("no-store") as driven:
        await open_key_form(driven)
        await driven.press("k", "enter")
        assert isinstance(driven.app.screen, VaultScreen)
        await driven.press("enter", *"short", "enter", *"short", "enter")
        assert "12 or more" in driven.text
        assert not [asked for asked in driven.stack.asked if asked[0] == "create_vault"]


async def test_two_passphrases_must_be_the_same() -> None:
    async with drive("no-store") as driven:
        await open_key_form(driven)
        await driven.press("k", "enter", "enter", *"correct horse", "enter", *"incorrect horse", "enter")
        assert "The two are not the same." in driven.text
        await driven.press(*"correct horse", "enter")
        assert ("create_vault", Secret("correct horse")) in driven.stack.asked
        assert isinstance(driven.app.screen, PickWorkspaceScreen)


async def test_keys_can_be_kept_for_this_session_only() -> None:
    async with drive("no-store") as driven:
        await open_key_form(driven)
        await driven.press("k", "enter", "j", "enter")
        assert driven.stack.store.kind == "memory"
        assert isinstance(driven.app.screen, PickWorkspaceScreen)


async def test_leaving_the_question_keeps_the_typed_key_and_sends_nothing() -> None:
    async with drive("no-store") as driven:
        field = await open_key_form(driven)
        await driven.press("k", "enter", "enter", "escape", "escape")
        assert isinstance(driven.app.screen, SignInScreen)
        assert field.value == "k"
        assert not [asked for asked in driven.stack.asked if asked[0] == "sign_in"]


async def test_a_locked_vault_is_asked_for_once_a_start() -> None:
    async with drive("locked") as driven:
        assert isinstance(driven.app.screen, UnlockScreen)
        assert driven.stack.asked == []
        await driven.press(*"wrong", "enter")
        assert "does not open the vault" in driven.text
        assert driven.app.screen.query_one(SecretInput).value == ""
        await driven.press(*"correct horse battery", "enter")
        assert driven.app.screen is driven.app.dashboard
        assert ("refresh", None, False) in driven.stack.asked


async def test_the_passphrase_can_be_declined() -> None:
    async with drive("locked") as driven:
        await driven.press("escape")
        assert driven.app.screen is driven.app.dashboard
        assert "$301.20" in driven.text


async def test_a_store_that_is_needed_after_all_is_asked_for() -> None:
    async with drive() as driven:
        await open_key_form(driven)
        driven.stack.sign_in_error = TokenStoreNeeded("No place to keep a key was chosen.")
        await driven.press("k", "enter")
        assert isinstance(driven.app.screen, VaultScreen)


# forms


async def test_what_is_wrong_in_a_form_stands_beside_it() -> None:
    async with drive() as driven:
        await driven.press("a", "j", "j", "enter")
        await driven.press("f2")
        assert "This is needed" in driven.text
        await driven.press(*"Mail", "enter", *"1,200", "enter")
        await driven.press("f2")
        assert "Write an amount such as 20 or 20.00" in driven.text
        assert driven.app.focused is driven.app.screen.query_one("#field-price", Field).editor
        assert not [asked for asked in driven.stack.asked if asked[0] == "sign_in"]


async def test_a_form_is_sent_in_its_uniform_form() -> None:
    async with drive() as driven:
        await driven.press("a", "j", "j", "enter")
        await driven.press(*"Mail", "enter", *"12,50", "enter", "enter", "right", "enter", "f2")
        sent = next(asked for asked in driven.stack.asked if asked[0] == "sign_in")
        assert sent[4] == {
            "name": "Mail", "price": "12.50", "currency": "USD", "cycle": "yearly", "category": "Other",
            "color": "#8a8f98",
        }  # fmt: skip
        assert sent[3] is None


async def test_a_form_that_fails_keeps_everything() -> None:
    async with drive() as driven:
        driven.stack.sign_in_error = OFFLINE
        await driven.press("a", "j", "j", "enter", *"Mail", "enter", *"12", "f2")
        assert OFFLINE.what in driven.text
        assert "Mail" in driven.text


async def test_a_door_without_a_key_connects_at_once() -> None:
    async with drive() as driven:
        await driven.press("a", "j", "enter")
        assert ("connect", "acc_1", ()) in driven.stack.asked


# workspaces


async def open_picker(driven: Driven) -> None:
    await open_key_form(driven)
    await driven.press("k", "enter")
    assert isinstance(driven.app.screen, PickWorkspaceScreen)


async def test_workspaces_are_described() -> None:
    async with drive() as driven:
        await open_picker(driven)
        lines = driven.text.splitlines()
        names = [line for line in lines if "▌" in line][1:]
        assert "whole organization" in names[0]
        assert "already tracked" in next(line for line in names if "Production" in line)
        assert "archived 1 Feb 2025" in names[-1]
        assert "Code Review [/b] 東京" in driven.text


async def test_one_that_is_tracked_already_cannot_be_ticked() -> None:
    async with drive() as driven:
        await open_picker(driven)
        await driven.press("j", "j", "space", "enter")
        assert "Tick at least one" in driven.text


async def test_without_a_tick_the_row_under_the_cursor_is_taken() -> None:
    async with drive() as driven:
        await open_picker(driven)
        await driven.press("enter")
        assert ("connect", "acc_1", ("org",)) in driven.stack.asked


async def test_leaving_forgets_the_key() -> None:
    async with drive() as driven:
        await open_picker(driven)
        await driven.press("escape")
        assert ("forget", "acc_1") in driven.stack.asked
        assert isinstance(driven.app.screen, SignInScreen)


async def test_an_account_without_anything_says_so() -> None:
    async with drive("no-workspaces") as driven:
        await open_picker(driven)
        assert "There is nothing to track in this account." in driven.text
        await driven.press("enter", "space")
        assert not [asked for asked in driven.stack.asked if asked[0] == "connect"]


async def test_workspaces_that_cannot_be_read_can_be_asked_for_again() -> None:
    async with drive("workspaces-fail") as driven:
        await open_picker(driven)
        assert OFFLINE.what in driven.text
        driven.stack.workspaces_error = None
        await driven.press("r")
        assert "Production" in driven.text


async def test_while_workspaces_are_read_there_is_a_skeleton() -> None:
    async with drive("slow-workspaces") as driven:
        await open_picker(driven)
        assert "░░░" in driven.text
        assert "Asking what there is…" in driven.text
        await driven.press("enter", "space", "r")
        assert not [asked for asked in driven.stack.asked if asked[0] == "connect"]
        driven.stack.workspaces_held.set()
        await driven.settle()
        assert "Production" in driven.text


# signing in again


async def test_signing_in_again_goes_through_the_same_door_and_workspace() -> None:
    async with drive() as driven:
        await driven.press("G", "k", "k", "k", "enter")
        assert isinstance(driven.app.screen, SignInScreen)
        assert "sign in again" in driven.text
        await driven.press("k", "enter")
        assert ("connect", "acc_1", ()) in driven.stack.asked
        assert type(driven.app.screen).__name__ == "ServiceDetailScreen"


async def test_a_key_of_another_account_is_refused() -> None:
    async with drive() as driven:
        await driven.press("G", "k", "k", "k", "enter")
        original = driven.stack.sign_in

        async def other(*args: object) -> object:
            signed = await original(*args)
            account = signed.account.model_copy(update={"id": "acc_2", "label": "Somebody else"})
            return type(signed)(account, signed.note, signed.picker)

        driven.stack.sign_in = other
        await driven.press("k", "enter")
        assert "This key is for Somebody else, not for Acme." in driven.text
        assert ("forget", "acc_2") in driven.stack.asked
        assert not [asked for asked in driven.stack.asked if asked[0] == "connect"]

"""Where keys are kept, seen and changed in the app: the real stack on a stand-in for the system's keyring."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from stackk_tui.config import Settings
from stackk_tui.model.secret import Secret
from stackk_tui.stack import Stack
from stackk_tui.storage.tokens import Tokens
from stackk_tui.tui.app import StackkApp
from stackk_tui.tui.screens.kept import KeptScreen
from stackk_tui.tui.screens.unlock import UnlockScreen
from stackk_tui.tui.screens.vault import VaultScreen
from tests.conftest import SandboxServer
from tests.storage._keyring import FakeKeyring

from .driving import drive
from .scenes import EMPTY, FULL, rounds
from .test_at_vendor import Person

pytestmark = pytest.mark.anyio

MakeSettings = Callable[..., Settings]


@asynccontextmanager
async def person(
    settings: Settings, keyring: FakeKeyring, sandbox: SandboxServer, **options
) -> AsyncIterator[Person]:
    async def open_stack() -> Stack:
        stack = await Stack.open(settings, clock=sandbox.clock)
        stack._core.tokens = Tokens(settings, keyring=keyring)
        return stack

    app = StackkApp(options.pop("board", EMPTY), open_stack, now=sandbox.clock, theme="stackk")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await rounds(pilot)
        yield Person(app, pilot, [])


async def test_keys_move_to_an_encrypted_file_that_is_made_for_it_and_back(
    settings: MakeSettings, sandbox: SandboxServer
) -> None:
    made = settings(**sandbox.env, STACKK_TOKEN_STORE="auto")
    keyring = FakeKeyring()
    async with person(made, keyring, sandbox) as ada:
        stack = await ada.app.stack()
        signed = await stack.sign_in("anthropic", "admin-key", Secret(_admin_key(sandbox)))
        await stack.connect(signed.account.id)
        assert keyring.entries
        await ada.press("K")
        await ada.until_on(KeptScreen)
        await ada.until_said("Keys are kept in the system keyring of this machine.")
        await ada.until_said("Move them to an encrypted file")
        await ada.press("enter")
        await ada.until_on(VaultScreen)
        await ada.until_said("Make the encrypted file", "cannot be recovered")
        await ada.press(*"correct horse", "enter")
        await ada.press(*"correct horse", "enter")
        await ada.until_on(KeptScreen)
        await ada.until_said("Moved.", "kept in an encrypted file", "Move them to the system keyring")
        assert not keyring.entries
        assert (await stack.workspaces(signed.account.id))[0].connected

    async with person(made, keyring, sandbox, board=FULL) as later:
        await later.until_on(UnlockScreen)
        await later.press("escape")
        await later.press("K")
        await later.until_on(KeptScreen)
        await later.until_said("encrypted file", "locked")
        await later.press("j", "enter")
        await later.until_on(UnlockScreen)
        await later.press(*"correct horse", "enter")
        await later.until_on(KeptScreen)
        await later.until_said("Moved.", "kept in the system keyring")
        assert len(keyring.entries) == 1
        await later.press("escape")
        await later.until(lambda: later.app.screen is later.app.dashboard)


async def test_a_failure_is_said_and_nothing_is_lost(settings: MakeSettings, sandbox: SandboxServer) -> None:
    made = settings(**sandbox.env, STACKK_TOKEN_STORE="auto")
    keyring = FakeKeyring()
    async with person(made, keyring, sandbox) as ada:
        stack = await ada.app.stack()
        signed = await stack.sign_in("anthropic", "admin-key", Secret(_admin_key(sandbox)))
        await stack.connect(signed.account.id)
        await stack.create_vault(Secret("correct horse"))
        await stack.move_tokens("vault")
        keyring.forgets = True
        await ada.press("K")
        await ada.until_on(KeptScreen)
        await ada.until_said("kept in an encrypted file")
        await ada.press("enter")
        await ada.until_said("✖")
        assert (await stack.workspaces(signed.account.id))[0].connected


async def test_it_is_in_the_palette() -> None:
    async with drive() as driven:
        await driven.press("ctrl+p", *"where keys")
        assert "Say where keys are kept; unlock or move them" in driven.text


def _admin_key(sandbox: SandboxServer) -> str:
    return next(key for key, kind in sandbox.app.keys.items() if kind == "admin")

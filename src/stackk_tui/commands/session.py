"""An open `Stack` for the time of one command, with its key store ready when the command needs one."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from stackk_tui.commands.guard import complain
from stackk_tui.commands.passphrase import (
    ask_new_passphrase,
    ask_passphrase,
    is_unattended,
    unattended_source,
)
from stackk_tui.config import load_settings
from stackk_tui.model.errors import StackkError, TokenStoreNeeded
from stackk_tui.model.view import ServiceView
from stackk_tui.stack import Stack

Work = Callable[[Stack], Awaitable[int]]


def with_stack(args: argparse.Namespace, work: Work, *, changes: bool = False) -> int:
    """Opens the stack, runs `work` on it and gives its exit code. Raises StackkError, ConfigError.

    `changes`: what the screens paint first is brought up to date afterwards.
    """

    async def main() -> int:
        async with opened(args) as stack:
            code = await work(stack)
            if changes:
                await stack.board()
            return code

    return asyncio.run(main())


@asynccontextmanager
async def opened(args: argparse.Namespace) -> AsyncIterator[Stack]:
    stack = await Stack.open(load_settings(), passphrase=unattended_source(args))
    try:
        yield stack
    finally:
        await stack.close()


async def open_store(stack: Stack, args: argparse.Namespace) -> None:
    """Makes sure that a key can be kept before it is asked for or sent anywhere.

    Raises TokenStoreNeeded when there is no place for it and nobody can be asked.
    """
    store = await stack.token_store()
    if store.state == "locked" and not is_unattended(args):
        await _unlock_by_hand(stack)
    elif store.state == "none":
        passphrase = None if is_unattended(args) else await asyncio.to_thread(ask_new_passphrase)
        if passphrase is None:
            raise TokenStoreNeeded(
                "No keyring is open here and there is no vault yet, so there is no safe place for a key.",
                "Nothing was stored.",
                "Make an encrypted file for keys: stackk-tui vault create",
            )
        made = await stack.create_vault(passphrase)
        complain([f"Keys are {made.words}."])


async def open_lasting_store(stack: Stack, args: argparse.Namespace) -> None:
    """The same, and surely open when it returns: nobody is sent to a vendor's page for nothing.

    Raises VaultLocked, WrongPassphrase, TokenStoreNeeded, StorageError.
    """
    await open_store(stack, args)
    store = await stack.token_store()
    if store.state == "locked":
        await stack.unlock()
    if store.kind == "memory":
        complain(["Mind: STACKK_TOKEN_STORE=memory keeps the sign-in for this command only."])


async def open_store_for(stack: Stack, args: argparse.Namespace, views: Iterable[ServiceView]) -> None:
    """Asks for the vault's passphrase if one of these services needs it and a person is there to ask.

    Otherwise a locked vault is left to the services that need it, so that the others still answer.
    """
    if is_unattended(args) or not any(needs_key(stack, view) for view in views):
        return
    try:
        state = (await stack.token_store()).state
    except StackkError:
        return  # damaged or out of reach: each service that needs it says so, the others still answer
    if state == "locked":
        await _unlock_by_hand(stack)


async def _unlock_by_hand(stack: Stack) -> None:
    passphrase = await asyncio.to_thread(ask_passphrase)
    if passphrase is not None:
        await stack.unlock(passphrase)


def needs_key(stack: Stack, view: ServiceView) -> bool:
    """Whether reading this service takes a key from the store."""
    if not view.service.connected:
        return False
    doors = [door for info in stack.providers() if info.id == view.service.provider for door in info.doors]
    return any(
        door.secret_label is not None or (door.at_vendor and not door.kept_elsewhere)
        for door in doors
        if door.method == view.account.method
    )

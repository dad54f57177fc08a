"""`vault create|unlock|rotate|move|status`: the encrypted file that keeps keys where no keyring is open."""

import argparse
import asyncio
from collections.abc import Callable
from contextlib import suppress

from stackk_tui.commands.output import put, put_json
from stackk_tui.commands.passphrase import (
    ask_new_passphrase,
    ask_passphrase,
    is_unattended,
    unattended_source,
)
from stackk_tui.commands.session import opened
from stackk_tui.config import Settings, load_settings
from stackk_tui.model.errors import InvalidInput, TokenStoreNeeded, VaultLocked
from stackk_tui.model.secret import Secret
from stackk_tui.storage.passphrase import passphrase_from
from stackk_tui.storage.token_record import StoreState
from stackk_tui.storage.tokens import Tokens


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("create", "unlock", "rotate", "move", "status"),
        help="make it; try its passphrase; encrypt it anew, under a new passphrase; move the keys; "
        "say how it is",
    )
    parser.add_argument(
        "--to",
        choices=("vault", "keyring"),
        default="vault",
        help="move: into this encrypted file (the default), or into the system keyring",
    )
    new = parser.add_mutually_exclusive_group()
    new.add_argument("--new-passphrase-fd", type=int, metavar="N", help="rotate: read the new one from here")
    new.add_argument("--new-passphrase-command", metavar="CMD", help="rotate: what prints the new one")


def run(args: argparse.Namespace) -> int:
    settings = load_settings()

    async def act() -> StoreState:
        tokens = Tokens(settings, passphrase=unattended_source(args))
        if args.action == "create":
            return await tokens.create_vault(await _by_hand(args, settings, ask_new_passphrase))
        if args.action == "unlock":
            return await tokens.unlock(await _by_hand(args, settings, ask_passphrase))
        if args.action == "rotate":
            return await _rotate(tokens, args, settings)
        if args.action == "move":
            await _move(args, settings)
        return await tokens.info()

    state = asyncio.run(act())
    there = settings.paths.vault.exists()
    if args.json:
        put_json(
            {
                "schema": 1,
                "kind": state.kind,
                "state": state.state,
                "words": state.words,
                "vault": there,
                "path": str(settings.paths.vault),
            }
        )
    else:
        done = {
            "create": "Made. ",
            "unlock": "It opens. ",
            "rotate": "Encrypted anew. ",
            "move": "Moved. ",
        }.get(args.action, "")
        put(f"{done}Keys are {state.words}." if state.state != "none" else state.words)
        put(f"The vault is {settings.paths.vault}." if there else "There is no vault.")
    return 0


async def _move(args: argparse.Namespace, settings: Settings) -> None:
    """Raises TokenStoreNeeded, VaultLocked, InvalidInput, StorageError; no key is lost then."""
    async with opened(args) as stack:
        if settings.paths.vault.exists():
            # what is missing is said by the moving itself
            with suppress(InvalidInput, TokenStoreNeeded, VaultLocked):
                await stack.unlock(await _by_hand(args, settings, ask_passphrase))
        await stack.move_tokens(args.to)


async def _rotate(tokens: Tokens, args: argparse.Namespace, settings: Settings) -> StoreState:
    """Raises WrongPassphrase, VaultLocked; the old file is then as it was."""
    old = await _by_hand(args, settings, ask_passphrase)
    await tokens.unlock(old)
    new = await asyncio.to_thread(passphrase_from(args.new_passphrase_fd, args.new_passphrase_command))
    if new is None and old is not None:
        new = await asyncio.to_thread(ask_new_passphrase)
    return await tokens.rotate(new)


async def _by_hand(
    args: argparse.Namespace, settings: Settings, ask: Callable[[], Secret | None]
) -> Secret | None:
    """Asks on the terminal, unless a key file or the command line says what opens the vault."""
    if is_unattended(args) or settings.vault_key_file is not None:
        return None
    return await asyncio.to_thread(ask)

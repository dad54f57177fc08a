"""Signing in on a vendor's own page from a command line: by a browser here, one elsewhere, or a paste."""

import argparse
import asyncio
import os
import socket
import sys

from stackk_tui.commands.guard import UsageError, complain
from stackk_tui.commands.pasted import PastedLines, without_echo
from stackk_tui.commands.session import open_lasting_store
from stackk_tui.model.clock import utc_now
from stackk_tui.model.errors import InvalidInput, OperationCancelled
from stackk_tui.model.text import clean
from stackk_tui.net.browser import is_remote, open_page
from stackk_tui.providers.base import Door, OAuthApp, ProviderInfo
from stackk_tui.stack import SignedIn, SignInAtVendor, Stack


async def sign_in_at_vendor(
    stack: Stack,
    info: ProviderInfo,
    door: Door,
    args: argparse.Namespace,
    app: OAuthApp | None = None,
) -> SignedIn:
    """Shows the address on stderr and waits for the answer. Raises UsageError, StackkError.

    Whatever is missing is told before anybody is sent to a page: settings, programs, a place for the tokens.
    """
    if args.secret_stdin:
        raise UsageError(
            f"--secret-stdin does not go with --method {door.method}: there is no key to read.",
            "Standard input takes the address that the browser ends on.",
        )
    if app is None:
        stack.check_door(info.id, door.method)
    if not door.kept_elsewhere:
        await open_lasting_store(stack, args)
    page = await stack.sign_in_at_vendor(info.id, door.method, app=app)
    try:
        opened = not args.no_browser and open_page(page.address, os.environ)
        _say(_words(info, door, page, opened=opened))
        with without_echo():
            return await _answered(page)
    except asyncio.CancelledError:
        complain(["The sign-in was cancelled.", "Nothing was kept."])
        raise
    finally:
        await page.cancel()


async def _answered(page: SignInAtVendor) -> SignedIn:
    """The answer is the listener's or a pasted one, whichever is first."""
    listens = page.listening
    finishing = asyncio.ensure_future(page.finish())
    pasting = asyncio.ensure_future(_take_pasted(page))
    try:
        await asyncio.wait({finishing, pasting}, return_when=asyncio.FIRST_COMPLETED)
        if not finishing.done() and not pasting.result() and not listens:
            raise OperationCancelled(
                "Standard input ended without an answer, and nothing listens for one here.",
                "Nothing was kept.",
                "Run it where the answer can be pasted.",
            )
        return await finishing
    finally:
        for task in (pasting, finishing):
            task.cancel()
        await asyncio.gather(pasting, finishing, return_exceptions=True)


async def _take_pasted(page: SignInAtVendor) -> bool:
    """Hands over what is pasted until it is an answer; False when standard input ends without one."""
    lines = PastedLines()
    while (line := await lines.next()) is not None:
        try:
            page.paste(line)
        except InvalidInput as error:
            complain(error.lines())
        else:
            return True
    return False


def _words(info: ProviderInfo, door: Door, page: SignInAtVendor, *, opened: bool) -> list[str]:
    minutes = max(1, round((page.expires_at - utc_now()).total_seconds() / 60))
    where = "A browser was asked to open this address; any other device will do:" if opened else ""
    lines = [
        f"Sign in to {info.name}: {door.title}.",
        *([page.warning] if page.warning else []),
        where or "Open this address in a browser, on any device:",
        "",
        page.address,
        "",
    ]
    if page.port is not None and page.listening and is_remote(os.environ):
        host = clean(socket.gethostname(), 80)
        lines.append(
            "To let a browser on your own machine come back here, run there first:  "
            f"ssh -L {page.port}:127.0.0.1:{page.port} {host}"
        )
    if page.listening and page.port is None:
        lines.append(page.listener_problem)
        lines.append(f"Waiting for it, {minutes} minutes at most.")
    elif page.listening:
        lines.append(
            f"Waiting for the browser on port {page.port} of this machine, {minutes} minutes at most."
        )
        lines.append("If it ends on a page that does not load, paste that page's whole address here.")
    else:
        lines.append(page.listener_problem)
        lines.append(f"Waiting for the answer to be pasted, {minutes} minutes at most.")
    return lines


def _say(lines: list[str]) -> None:
    """Writes to stderr as it is: an address must stay whole. It was checked to be plain visible ASCII."""
    if sys.stderr is not None:
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()

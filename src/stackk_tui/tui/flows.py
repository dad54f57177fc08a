"""Ways that cross screens: connecting what was found, and signing in again. Run in workers of the app."""

import asyncio
from typing import TYPE_CHECKING

from stackk_tui.model.errors import StackkError
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.base import broken

if TYPE_CHECKING:
    from textual.screen import Screen

    from stackk_tui.model.view import ServiceView
    from stackk_tui.providers.base import Door, Finding, ProviderInfo
    from stackk_tui.stack import Stack
    from stackk_tui.tui.app import StackkApp


async def connect_finding(app: "StackkApp", finding: "Finding") -> None:
    """Signs in through the finding's door, tracks it, and opens it."""
    try:
        stack = await app.stack()
        info, door = _door(stack, finding)
        signed = await stack.sign_in(info.id, door.method)
        views = await stack.connect(signed.account.id)
    except StackkError as error:
        app.dashboard.post_message(VerbFailed("connect", error))
    except Exception as error:  # noqa: BLE001  # the app stays up, whatever a room below does
        app.dashboard.post_message(VerbFailed("connect", broken(error)))
    else:
        app.services_connected([view.service.id for view in views])


async def sign_in_again(app: "StackkApp", service_id: str) -> None:
    """Opens the passphrase's question if that is what is missing, else the form of the service's own door."""
    try:
        stack = await app.stack()
        view = await stack.service(service_id)
        store = await stack.token_store()
        if store.state == "locked":
            await unlock(app, store.words, [service_id])
            return
        info, door = _door_of(stack, view)
    except StackkError as error:
        app.screen.post_message(VerbFailed("sign_in", error))
        return
    except Exception as error:  # noqa: BLE001  # the app stays up, whatever a room below does
        app.screen.post_message(VerbFailed("sign_in", broken(error)))
        return
    # what was typed in by hand has no owner to recognise: it is typed in anew
    typed = takes_app(door) and bool(await asyncio.to_thread(stack.missing, info.id, door.method))
    again = None if door.form and not door.at_vendor else view
    app.push_screen(door_screen(info, door, again=again, typed=typed))


def takes_app(door: "Door") -> bool:
    """Whether an OAuth app can be typed in for it."""
    return door.at_vendor and door.secret_label is not None


def door_screen(
    info: "ProviderInfo", door: "Door", *, again: "ServiceView | None" = None, typed: bool = False
) -> "Screen[None]":
    """Gives the screen of a door: a form, or the way over the vendor's own page. `typed`: its OAuth app is
    asked for first."""
    if door.at_vendor and not typed:
        from stackk_tui.tui.screens.at_vendor import AtVendorScreen

        return AtVendorScreen(info, door, again=again)
    from stackk_tui.tui.screens.sign_in import SignInScreen

    return SignInScreen(info, door, again=again)


async def unlock(app: "StackkApp", words: str, then_refresh: list[str] | None) -> None:
    """Asks for the passphrase; when it opens the vault, asks for the figures that waited for it."""
    from stackk_tui.tui.screens.unlock import UnlockScreen

    store = await app.push_screen_wait(UnlockScreen(words))
    if store is not None:
        app.refresh_services(then_refresh, force=False)


def _door(stack: "Stack", finding: "Finding") -> "tuple[ProviderInfo, Door]":
    for info in stack.providers():
        for door in info.doors:
            if (info.id, door.method) == (finding.provider, finding.method):
                return info, door
    raise StackkError("What was found cannot be tracked by this version.", "", "Press a to add it by hand.")


def _door_of(stack: "Stack", view: "ServiceView") -> "tuple[ProviderInfo, Door]":
    for info in stack.providers():
        for door in info.doors:
            if (info.id, door.method) == (view.account.provider, view.account.method):
                return info, door
    raise StackkError("This version has no way to sign in to it.", "Its history stays.", "Press esc.")

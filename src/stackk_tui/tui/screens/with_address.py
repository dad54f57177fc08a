"""What can be done with the address of a sign-in: copy it, open it, write it to a file."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from stackk_tui.net.browser import open_page
from stackk_tui.tui.screens.signing_in import SigningIn

if TYPE_CHECKING:
    from stackk_tui.stack import SignInAtVendor


class Written(Message, bubble=False):
    """The address is in a file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path


class PageOpened(Message, bubble=False):
    """The browser was asked to open the address."""

    def __init__(self, well: bool) -> None:
        super().__init__()
        self.well = well


class WithAddress(SigningIn):
    """A sign-in with an address, once `_flow` is there. The address holds no secret."""

    _flow: "SignInAtVendor | None" = None

    def action_copy(self) -> None:
        if self._flow is not None:
            self.app.copy_to_clipboard(self._flow.address)
            self.notify(
                "Sent to the clipboard. If it did not arrive there, select the address.", markup=False
            )

    def action_write(self) -> None:
        if (flow := self._flow) is not None:
            self.ask("write", lambda _: flow.write_address(), Written)

    @on(Written)
    def _written(self, event: Written) -> None:
        words = f"The address is in {event.path}, until the sign-in ends."
        self.notify(words, markup=False, timeout=15)

    def action_open_browser(self) -> None:
        if (flow := self._flow) is not None:
            self.notify("Asking your browser to open it…", markup=False)
            address = flow.address
            self.ask("open", lambda _: asyncio.to_thread(open_page, address, os.environ), PageOpened)

    @on(PageOpened)
    def _page_opened(self, event: PageOpened) -> None:
        if not event.well:
            words = "No browser could be opened here. Open the address yourself, on any device."
            self.notify(words, severity="warning", markup=False)

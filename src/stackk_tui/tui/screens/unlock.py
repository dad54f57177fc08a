"""Asks for the passphrase of the encrypted file."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from stackk_tui.model.secret import Secret
from stackk_tui.tui.keys import bindings
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.base import StackkModal
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.fields import SecretField, SecretInput
from stackk_tui.tui.widgets.heading import Words, trouble

if TYPE_CHECKING:
    from stackk_tui.stack import StoreInfo


class StoreOpened(Message, bubble=False):
    """Keys can be read and kept now."""

    def __init__(self, store: "StoreInfo") -> None:
        super().__init__()
        self.store = store


class StoreQuestion(StackkModal["StoreInfo | None"]):
    """Asks for what opens the token store, and answers with the open store."""

    SCOPE: ClassVar = "form"

    def wipe(self) -> None:
        """Empties the masked fields."""
        for field in self.query(SecretInput):
            field.wipe()

    @on(StoreOpened)
    def _opened(self, event: StoreOpened) -> None:
        self.wipe()
        self.dismiss(event.store)


class UnlockScreen(StoreQuestion):
    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("form")

    def __init__(self, words: str = "") -> None:
        super().__init__()
        self._words = words
        self._busy = False

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Words(("Unlock your keys", "strong"), id="title")
            yield Words(
                (f"They are {self._words}." if self._words else "They are in an encrypted file.", "quiet"),
                ("Without the passphrase the figures stay the last ones that were read.", "quiet"),
            )
            yield SecretField("Passphrase", id="passphrase")
            yield Words(id="trouble")
            yield KeyBar(self.footer_keys(), id="dialog-keys")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_submit()

    def action_next(self) -> None:
        self.action_submit()

    def action_submit(self) -> None:
        field = self.query_one(SecretInput)
        if self._busy or not field.value:
            return
        self._busy = True
        passphrase = Secret(field.value)
        self.query_one("#trouble", Words).say(("Unlocking…", "accent"))
        self.ask("unlock", lambda stack: stack.unlock(passphrase), StoreOpened)

    def action_back(self) -> None:
        self.wipe()
        self.dismiss(None)

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        self._busy = False
        self.wipe()
        self.query_one("#trouble", Words).say(*trouble(event.error.lines()))

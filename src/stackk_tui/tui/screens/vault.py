"""Asks where keys shall be kept when the machine has no keyring: an encrypted file, or nowhere."""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input

from stackk_tui.model.secret import Secret
from stackk_tui.tui.keys import Key, bindings, footer
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.unlock import StoreOpened, StoreQuestion
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.fields import SecretField, SecretInput
from stackk_tui.tui.widgets.heading import Words, trouble
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.menu import Item, Menu

LEAST = 12
"""The shortest passphrase that is taken (`secrets-and-oauth.md` §3)."""


class VaultScreen(StoreQuestion):
    CSS_PATH: ClassVar = ["dialog.tcss", "vault.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("form"), ("enter", "choose", "choose")]
    AUTO_FOCUS = "#where"

    def __init__(self, words: str = "", *, only_passphrase: bool = False) -> None:
        """`only_passphrase`: that it shall be a file is decided already."""
        super().__init__()
        self._words = words
        self._only_passphrase = only_passphrase
        self._busy = False

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(id="dialog", can_focus=False):
            title, why = "Where shall keys be kept?", "This machine has no keyring that can be used."
            if self._only_passphrase:
                title, why = "Make the encrypted file", "The passphrase is asked for once a start."
            yield Words((title, "strong"), id="title")
            yield Words((why, "quiet"), ("A key is never written to disk in plain text.", "quiet"))
            yield Menu(
                [
                    Item("vault", "In an encrypted file", words="you type a passphrase once a start"),
                    Item("memory", "Nowhere: this session only", words="the key is gone when you quit"),
                ],
                id="where",
            )
            with Vertical(id="typing"):
                yield SecretField("Passphrase", placeholder=f"{LEAST} characters or more", id="first")
                yield SecretField("Once more", id="second")
                yield Words(
                    ("It cannot be recovered: without it you sign in to every service again.", "high"),
                    id="warning",
                )
            yield Words(id="trouble")
            yield KeyBar(self.footer_keys(), id="dialog-keys")

    def on_mount(self) -> None:
        if self._only_passphrase:
            self._ask_passphrase()

    def footer_keys(self) -> list[Key]:
        return footer("form")

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        item = self.query_one(Menu).item
        if self._busy or item is None or not self.query_one(Menu).has_focus:
            return
        if item.id == "vault":
            self._ask_passphrase()
        else:
            self._busy = True
            self.ask("memory", lambda stack: stack.use_memory(), StoreOpened)

    def _ask_passphrase(self) -> None:
        self.add_class("-typing")
        self.query_one("#first", SecretInput).focus()

    @on(Input.Submitted, "#first")
    def _first_typed(self) -> None:
        self.query_one("#second", SecretInput).focus()

    @on(Input.Submitted, "#second")
    def _second_typed(self) -> None:
        self.action_submit()

    def action_next(self) -> None:
        self.action_choose()

    def action_submit(self) -> None:
        first, second = (self.query_one(f"#{name}", SecretInput) for name in ("first", "second"))
        if self._busy or not self.has_class("-typing"):
            return
        if len(first.value) < LEAST:
            self._complain([f"That is {len(first.value)} characters; it needs {LEAST} or more."])
            first.focus()
        elif first.value != second.value:
            self._complain(["The two are not the same.", "Type the second one again."])
            second.wipe()
            second.focus()
        else:
            self._busy = True
            passphrase = Secret(first.value)
            self.query_one("#trouble", Words).say(("Making the file…", "accent"))
            self.ask("create_vault", lambda stack: stack.create_vault(passphrase), StoreOpened)

    def action_back(self) -> None:
        if self.has_class("-typing") and not self._only_passphrase:
            self.wipe()
            self.remove_class("-typing")
            self.query_one("#trouble", Words).say()
            self.query_one(Menu).focus()
        else:
            self.wipe()
            self.dismiss(None)

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        self._complain(event.error.lines())

    def _complain(self, lines: list[str]) -> None:
        self._busy = False
        self.query_one("#trouble", Words).say(*trouble(lines))

"""Where keys are kept: it is said, and can be changed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget

from stackk_tui.model.errors import TokenStoreNeeded, VaultLocked
from stackk_tui.tui.keys import Key, footer
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.base import StackkModal
from stackk_tui.tui.screens.signing_in import StoreRead
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.heading import Words, trouble
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.menu import Item, Menu

if TYPE_CHECKING:
    from stackk_tui.stack import StoreInfo

Place = Literal["vault", "keyring"]

UNLOCK = Item("unlock", "Unlock it", words="the passphrase is asked once a start")
TO_VAULT = Item("vault", "Move them to an encrypted file", words="you type its passphrase once a start")
TO_KEYRING = Item("keyring", "Move them to the system keyring", words="it opens with your session here")
MAKE_VAULT = Item("vault", "Keep them in an encrypted file", words="you type its passphrase once a start")


class Moved(Message, bubble=False):
    """Keys are in their new place."""

    def __init__(self, store: "StoreInfo") -> None:
        super().__init__()
        self.store = store


class KeptScreen(StackkModal[None]):
    SCOPE: ClassVar = "page"
    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "choose", "choose"),
        ("escape,q", "back", "back"),
    ]
    AUTO_FOCUS = "#what"

    def __init__(self) -> None:
        super().__init__()
        self._store: StoreInfo | None = None
        self._wanted: Place | None = None
        self._busy = False

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Words(("Where keys are kept", "strong"), id="title")
            yield Words(("Looking…", "quiet"), id="words")
            yield Menu(id="what")
            yield Words(id="trouble")
            yield KeyBar(self.footer_keys(), id="dialog-keys")

    def footer_keys(self) -> list[Key]:
        back = footer("page")[:1]
        return [Key("page", "enter", "choose", "enter", "choose", "Choose"), *back]

    def on_mount(self) -> None:
        self._look()

    # what has happened

    @on(StoreRead)
    def _store_read(self, event: StoreRead) -> None:
        self._show(event.store)

    @on(Moved)
    def _moved(self, event: Moved) -> None:
        self._busy, self._wanted = False, None
        self._show(event.store)
        self.query_one("#trouble", Words).say(("● Moved. Nothing is left in the old place.", "ok"))

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        self._busy = False
        if event.verb == "move" and isinstance(event.error, VaultLocked):
            self._unlock()
        elif event.verb == "move" and isinstance(event.error, TokenStoreNeeded) and self._wanted == "vault":
            self._make_vault()
        else:
            self._wanted = None
            self.query_one("#trouble", Words).say(*trouble(event.error.lines()))

    # keys

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        item = self.query_one(Menu).item
        if self._busy or item is None:
            return
        if item.id == "unlock":
            self._unlock()
        else:
            self._wanted = "vault" if item.id == "vault" else "keyring"
            self._move()

    # steps

    def _look(self) -> None:
        self.ask("store", lambda stack: stack.token_store(), StoreRead)

    def _move(self) -> None:
        if (where := self._wanted) is None:
            return
        self._busy = True
        self.query_one("#trouble", Words).say(("Moving…", "accent"))
        self.ask("move", lambda stack: stack.move_tokens(where), Moved)

    def _unlock(self) -> None:
        from stackk_tui.tui.screens.unlock import UnlockScreen

        self.query_one("#trouble", Words).say()
        words = self._store.words if self._store and self._store.kind == "vault" else ""
        self.app.push_screen(UnlockScreen(words), self._opened)

    def _make_vault(self) -> None:
        from stackk_tui.tui.screens.vault import VaultScreen

        self.query_one("#trouble", Words).say()
        self.app.push_screen(VaultScreen(only_passphrase=True), self._opened)

    def _opened(self, store: "StoreInfo | None") -> None:
        if store is None:
            self._wanted = None
        elif self._wanted is not None:
            self._move()
        else:
            self._show(store)
            self.house.refresh_services(None, force=False)

    def _show(self, store: "StoreInfo") -> None:
        self._store = store
        locked = ", locked" if store.state == "locked" else ""
        said = store.words if store.state == "none" else f"Keys {_are(store.words)}{locked}."
        self.query_one("#words", Words).say((said, "text"))
        if store.state == "locked":
            items = [UNLOCK, TO_KEYRING]
        elif store.state == "none" or store.kind == "memory":
            items = [MAKE_VAULT]
        else:
            items = [TO_VAULT if store.kind == "keyring" else TO_KEYRING]
        self.query_one(Menu).show(items)


def _are(words: str) -> str:
    return words if words.startswith("will ") else f"are {words}"

"""Asks before a service is disconnected, and says what goes, what stays, and what we cannot do."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget

from stackk_tui.tui.keys import bindings
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.base import StackkModal
from stackk_tui.tui.widgets.heading import Words, trouble
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.menu import Item, Menu

if TYPE_CHECKING:
    from stackk_tui.stack import Farewell


class FarewellRead(Message, bubble=False):
    """It is known what disconnecting will do."""

    def __init__(self, farewell: "Farewell") -> None:
        super().__init__()
        self.farewell = farewell


class Disconnected(Message, bubble=False):
    """The service is disconnected."""

    def __init__(self, farewell: "Farewell") -> None:
        super().__init__()
        self.farewell = farewell


class DisconnectScreen(StackkModal[bool]):
    SCOPE: ClassVar = "dialog"
    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("dialog"),
        ("enter,space", "choose", "choose"),
        ("q,n", "back", "no"),
    ]
    AUTO_FOCUS = "Menu"

    def __init__(self, service_id: str, name: str) -> None:
        super().__init__()
        self._service_id, self._service_name = service_id, name
        self._busy = self._can_destroy = False

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Words((f"Disconnect {self._service_name}?", "strong"), id="title")
            yield Words(("Looking what this will do…", "quiet"), id="plan")
            yield Menu(_items(purge=False, can_destroy=False))
            yield Words(id="trouble")

    def on_mount(self) -> None:
        self._plan()

    @on(FarewellRead)
    def _planned(self, event: FarewellRead) -> None:
        farewell = event.farewell
        if farewell.can_destroy and not self._can_destroy:
            self._can_destroy = True
            self.query_one(Menu).show(_items(purge=self._purge, can_destroy=True))
        self.query_one("#plan", Words).say(
            *_sentences("Goes:", farewell.deleted, "text"),
            *_sentences("Stays:", farewell.kept, "text"),
            *_sentences("We cannot:", farewell.cannot, "high"),
        )

    @on(Disconnected)
    def _disconnected(self, event: Disconnected) -> None:
        cannot = " ".join(_sentence(text) for text in event.farewell.cannot)
        self.notify(f"{self._service_name} is disconnected. {cannot}".strip(), markup=False, timeout=10)
        self.dismiss(True)

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        self._busy = False
        self.query_one("#trouble", Words).say(*trouble(event.error.lines()))

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        menu = self.query_one(Menu)
        if self._busy or menu.item is None:
            return
        if menu.item.id == "purge":
            menu.tick()
            self._plan()
        elif menu.item.id == "destroy":
            menu.tick()
        elif menu.item.id == "keep":
            self.dismiss(False)
        else:
            self._busy = True
            self.query_one("#trouble", Words).say(("Disconnecting…", "accent"))
            purge, destroy, service_id = self._purge, self._destroy, self._service_id
            self.ask(
                "disconnect",
                lambda stack: stack.disconnect(service_id, purge=purge, revoke_token=destroy),
                Disconnected,
            )

    def action_back(self) -> None:
        self.dismiss(False)

    @property
    def _purge(self) -> bool:
        return "purge" in self.query_one(Menu).ticked

    @property
    def _destroy(self) -> bool:
        return "destroy" in self.query_one(Menu).ticked

    def _plan(self) -> None:
        purge, service_id = self._purge, self._service_id
        self.ask("plan", lambda stack: stack.plan_disconnect(service_id, purge=purge), FarewellRead)


def _items(*, purge: bool, can_destroy: bool) -> list[Item]:
    destroy = Item(
        "destroy",
        "Destroy the key at the vendor too",
        words="For good: whatever else uses this key stops working.",
        ticked=False,
    )
    return [
        Item("keep", "Keep it"),
        Item("purge", "Drop its history too", ticked=purge),
        *([destroy] if can_destroy else []),
        Item("disconnect", "Disconnect"),
    ]


def _sentences(title: str, texts: Sequence[str], level: str) -> list[tuple[str, str]]:
    return [(title, "quiet"), *((_sentence(text), level) for text in texts)] if texts else []


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!")) else ".")

"""What can be added: providers on the left, on the right the ways into the one under the cursor."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget

from stackk_tui.tui.flows import door_screen, takes_app
from stackk_tui.tui.keys import bindings
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.base import Asking
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.heading import Heading, Words, trouble
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.menu import Item, Menu

if TYPE_CHECKING:
    from stackk_tui.providers.base import Door, ProviderInfo
    from stackk_tui.stack import Stack

MORE = "more"


class ProvidersRead(Message, bubble=False):
    """It is known what can be added."""

    def __init__(self, providers: "tuple[ProviderInfo, ...]") -> None:
        super().__init__()
        self.providers = providers


class MissingRead(Message, bubble=False):
    """It is known what each way over a vendor's own page still needs; empty when it is ready."""

    def __init__(self, missing: "dict[tuple[str, str], str]") -> None:
        super().__init__()
        self.missing = missing


class DoorReady(Message, bubble=False):
    """Nothing is missing any more before a door can be used."""

    def __init__(self, info: "ProviderInfo", door: "Door") -> None:
        super().__init__()
        self.info = info
        self.door = door


async def _providers(stack: "Stack") -> "tuple[ProviderInfo, ...]":
    return stack.providers()


async def _missing(stack: "Stack") -> "dict[tuple[str, str], str]":
    """Looks at files and programs of this machine: not on the loop's thread."""
    doors = [(info.id, door.method) for info in stack.providers() for door in info.doors if door.at_vendor]
    return await asyncio.to_thread(lambda: {way: stack.missing(*way) for way in doors})


def _to_set_up(number: int) -> str:
    return "one that has to be set up first" if number == 1 else f"{number} that have to be set up first"


async def _ready(stack: "Stack", info: "ProviderInfo", door: "Door") -> None:
    await asyncio.to_thread(stack.check_door, info.id, door.method)


class AddServiceScreen(Asking[None]):
    SCOPE: ClassVar = "add"
    CSS_PATH = "add_service.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("add")
    AUTO_FOCUS = "#providers"

    def __init__(self) -> None:
        super().__init__()
        self._providers: tuple[ProviderInfo, ...] = ()
        self._missing: dict[tuple[str, str], str] = {}
        self._unfolded: set[str] = set()

    def body(self) -> Iterable[Widget]:
        yield Heading("Add a service")
        with Horizontal(id="columns"):
            yield Menu(id="providers")
            with Vertical(id="right"):
                yield Words(id="tagline")
                yield Menu(id="doors")
        yield Words(id="trouble")
        yield KeyBar(self.footer_keys())

    def on_mount(self) -> None:
        self.ask("providers", _providers, ProvidersRead)

    @on(ProvidersRead)
    def _providers_read(self, event: ProvidersRead) -> None:
        self._providers = event.providers
        items = [Item(info.id, info.name, info.category, color=info.color) for info in event.providers]
        self.query_one("#providers", Menu).show(items)
        self._show_doors()
        self.ask("missing", _missing, MissingRead)

    @on(MissingRead)
    def _missing_read(self, event: MissingRead) -> None:
        self._missing = event.missing
        self._show_doors()

    @on(DoorReady)
    def _door_ready(self, event: DoorReady) -> None:
        self.app.push_screen(door_screen(event.info, event.door))

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        self.query_one("#trouble", Words).say(*trouble(event.error.lines()))

    @on(LineList.Pointed, "#providers")
    def _pointed(self) -> None:
        self._show_doors()

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        info = self._info
        if info is None:
            return
        doors = self.query_one("#doors", Menu)
        if doors.has_focus or len(info.doors) == 1:
            self._enter(info, doors)
        else:
            doors.focus()

    def action_other_list(self) -> None:
        doors = self.query_one("#doors", Menu)
        (self.query_one("#providers", Menu) if doors.has_focus else doors).focus()

    def action_back(self) -> None:
        if self.query_one("#doors", Menu).has_focus:
            self.query_one("#providers", Menu).focus()
        else:
            self.app.pop_screen()

    @property
    def _info(self) -> "ProviderInfo | None":
        item = self.query_one("#providers", Menu).item
        return next((info for info in self._providers if item and info.id == item.id), None)

    def _show_doors(self) -> None:
        info = self._info
        if info is None:
            return
        self.query_one("#tagline", Words).say((info.tagline, "quiet"))
        self.query_one("#doors", Menu).show(self._ways_in(info))

    def _ways_in(self, info: "ProviderInfo") -> list[Item]:
        """Gives the doors; those that need to be set up first are folded away at the end."""
        ready = [door for door in info.doors if not self._is_folded(info, door)]
        folded = [door for door in info.doors if self._is_folded(info, door)]
        items = [Item(door.method, door.title, words=door.shows) for door in ready]
        if not folded:
            return items
        if info.id not in self._unfolded:
            return [*items, Item(MORE, "more…", words=_to_set_up(len(folded)))]
        for door in folded:
            needs = self._missing.get((info.id, door.method), "")
            items.append(
                Item(door.method, door.title, words=f"{door.shows}\n○ {needs}" if needs else door.shows)
            )
        return items

    def _is_folded(self, info: "ProviderInfo", door: "Door") -> bool:
        """Until it is known what is missing, a door behind "more" stays there."""
        return door.more and self._missing.get((info.id, door.method), "?") != ""

    def _enter(self, info: "ProviderInfo", doors: Menu) -> None:
        item = doors.item
        self.query_one("#trouble", Words).say()
        if item is None:
            return
        if item.id == MORE:
            self._unfold(info, doors)
            return
        door = next(door for door in info.doors if door.method == item.id)
        typed = takes_app(door) and self._missing.get((info.id, door.method), "") != ""
        if door.at_vendor and not typed:
            self.ask("door", lambda stack: _ready(stack, info, door), lambda _: DoorReady(info, door))
        else:
            self.app.push_screen(door_screen(info, door, typed=typed))

    def _unfold(self, info: "ProviderInfo", doors: Menu) -> None:
        self._unfolded.add(info.id)
        at = doors.cursor
        self._show_doors()
        doors.cursor = at  # the first of those that were folded stands where "more" stood
        doors.reveal()

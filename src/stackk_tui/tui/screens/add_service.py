"""What can be added: providers on the left, on the right the ways into the one under the cursor."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget

from stackk_tui.tui.keys import bindings
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.base import Asking
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.heading import Heading, Words, trouble
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.menu import Item, Menu

if TYPE_CHECKING:
    from stackk_tui.providers.base import ProviderInfo
    from stackk_tui.stack import Stack


class ProvidersRead(Message, bubble=False):
    """It is known what can be added."""

    def __init__(self, providers: "tuple[ProviderInfo, ...]") -> None:
        super().__init__()
        self.providers = providers


async def _providers(stack: "Stack") -> "tuple[ProviderInfo, ...]":
    return stack.providers()


class AddServiceScreen(Asking[None]):
    SCOPE: ClassVar = "add"
    CSS_PATH = "add_service.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("add")
    AUTO_FOCUS = "#providers"

    def __init__(self) -> None:
        super().__init__()
        self._providers: tuple[ProviderInfo, ...] = ()

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
        items = [Item(door.method, door.title, words=door.shows) for door in info.doors if not door.at_vendor]
        self.query_one("#doors", Menu).show(items)

    def _enter(self, info: "ProviderInfo", doors: Menu) -> None:
        from stackk_tui.tui.screens.sign_in import SignInScreen

        item = doors.item
        for door in info.doors:
            if item and door.method == item.id:
                self.app.push_screen(SignInScreen(info, door))

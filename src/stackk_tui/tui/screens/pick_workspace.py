"""Pick what to track in an account that has just signed in. Several can be ticked."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from stackk_tui.tui.keys import bindings
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.base import Asking
from stackk_tui.tui.screens.signing_in import Connected, forget
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.choices import Choices
from stackk_tui.tui.widgets.heading import Heading, Words, trouble
from stackk_tui.tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from stackk_tui.providers.base import ProviderInfo
    from stackk_tui.stack import SignedIn, WorkspaceChoice


class ChoicesRead(Message, bubble=False):
    """It is known what can be tracked."""

    def __init__(self, choices: "list[WorkspaceChoice]") -> None:
        super().__init__()
        self.choices = choices


class PickWorkspaceScreen(Asking[None]):
    SCOPE: ClassVar = "pick"
    CSS_PATH = "pick_workspace.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("pick")
    AUTO_FOCUS = "#choices"

    def __init__(self, info: "ProviderInfo", signed: "SignedIn") -> None:
        super().__init__()
        self._info, self._signed = info, signed
        self._busy = False
        self._state = "loading"

    def body(self) -> Iterable[Widget]:
        yield Heading(self._signed.account.label, above="add", color=self._info.color, id="heading")
        yield Words(("What shall be tracked? The first row has everything in it.", "quiet"), id="intro")
        yield Choices(clock=self.house.clock, id="choices")
        yield Words(id="trouble")
        yield KeyBar(self.footer_keys())

    def on_mount(self) -> None:
        self.query_one("#heading", Heading).show([self._info.name, self._signed.account.label])
        self.action_retry()

    @on(ChoicesRead)
    def _choices_read(self, event: ChoicesRead) -> None:
        self._state = "read" if event.choices else "empty"
        self.set_class(not event.choices, "-bare")
        self.query_one(Choices).show(event.choices)
        if event.choices and not any(c.workspace.whole_account for c in event.choices):
            self.query_one("#intro", Words).say(("What shall be tracked? Tick one or several.", "quiet"))
        words: list[tuple[str, str]] = []
        if not event.choices:
            words = [
                ("There is nothing to track in this account.", "text"),
                ("Press esc to go back.", "quiet"),
            ]
        self.query_one("#trouble", Words).say(*words)
        self.refresh_keys()

    @on(Connected)
    def _connected(self, event: Connected) -> None:
        self.house.services_connected([view.service.id for view in event.views])

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        self._busy = False
        if event.verb == "workspaces":
            self._state = "failed"
            self.add_class("-bare")
        again = [("Press r to ask again.", "quiet")] if event.verb == "workspaces" else []
        self.query_one("#trouble", Words).say(*trouble(event.error.lines()), *again)
        self.refresh_keys()

    @on(LineList.Chosen)
    def _clicked(self) -> None:
        self.action_tick()

    def action_tick(self) -> None:
        self.query_one(Choices).tick()

    def action_connect(self) -> None:
        ids = self.query_one(Choices).chosen
        if self._busy or self._state != "read":
            return
        if not ids:
            self.query_one("#trouble", Words).say(("Tick at least one with space.", "high"))
            return
        self._busy = True
        self.query_one("#trouble", Words).say(("Connecting…", "accent"))
        account = self._signed.account.id
        self.ask("connect", lambda stack: stack.connect(account, ids), Connected)

    def action_retry(self) -> None:
        self._state = "loading"
        self.remove_class("-bare")
        self.query_one("#trouble", Words).say(("Asking what there is…", "accent"))
        account = self._signed.account.id
        self.ask("workspaces", lambda stack: stack.workspaces(account), ChoicesRead)

    def action_back(self) -> None:
        account = self._signed.account.id
        self.house.quietly("forget", lambda stack: forget(stack, account))
        self.app.pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("tick", "connect"):
            return self._state == "read"
        if action == "retry":
            return self._state in ("failed", "empty")
        return True

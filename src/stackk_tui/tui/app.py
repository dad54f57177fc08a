"""The app: paints the figures it is given, then opens the stack, and wires screens to it. Nothing else.

Until the first paint only Textual and light modules are imported; everything else follows behind it.
"""

import asyncio
import contextlib
import random
import signal
from collections.abc import Awaitable, Callable, Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import App
from textual.binding import BindingType
from textual.screen import Screen
from textual.theme import Theme

from stackk_tui.model.board import Board, BoardRow
from stackk_tui.model.clock import Clock, utc_now
from stackk_tui.model.errors import StackkError
from stackk_tui.model.events import (
    Event,
    RefreshFailed,
    RefreshStarted,
    ServiceRefreshed,
)
from stackk_tui.tui.keys import bindings
from stackk_tui.tui.messages import AskingChanged, BoardRead, StackTold, VerbFailed
from stackk_tui.tui.screens.base import broken
from stackk_tui.tui.screens.dashboard import DashboardScreen
from stackk_tui.tui.terminal import theme_for
from stackk_tui.tui.theme import STACKK, STACKK_LIGHT, Look, look_of, role_colors

if TYPE_CHECKING:
    from textual.command import Provider

    from stackk_tui.providers.base import Finding
    from stackk_tui.stack import Outcome, Stack

POLL_SECONDS = 300.0
CLOSE_SECONDS = 3.0


def _commands() -> "type[Provider]":
    from stackk_tui.tui.palette import StackkCommands

    return StackkCommands


class StackkApp(App[None]):
    """The terminal dashboard. `open_stack` is awaited once, after the first paint."""

    TITLE = "stackk"
    CSS_PATH: ClassVar = ["app.tcss", "screens/dashboard.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    COMMANDS: ClassVar = {_commands}
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        board: Board,
        open_stack: "Callable[[], Awaitable[Stack]]",
        *,
        now: Clock = utc_now,
        theme: str | None = None,
        plain: bool = False,
        poll_seconds: float = POLL_SECONDS,
        note: str = "",
    ) -> None:
        """`board` is painted at once; `note` stands beside the name, e.g. `demo`. `plain` draws in ASCII."""
        super().__init__()
        self.clock = now
        self.note = note
        self.plain = plain
        self.animation_level = "none"
        self._first_board = board
        self._open_stack = open_stack
        self._poll_seconds = poll_seconds
        self._opened: asyncio.Future[Stack] | None = None
        self._stop_listening: Callable[[], None] | None = None
        self._asking: frozenset[str] = frozenset()
        self._asking_all = False
        self._board_wanted = self._board_being_read = False
        self._polled_at = now()
        self.register_theme(STACKK)
        self.register_theme(STACKK_LIGHT)
        wanted = theme if theme in self.available_themes else None
        self._look: tuple[Theme, Look] | None = None
        self.theme = wanted or theme_for(self.console.color_system)

    # the look

    @property
    def look(self) -> Look:
        """The styles of the theme in use."""
        theme = self.current_theme
        if self._look is None or self._look[0] is not theme:
            self._look = (theme, look_of(theme, plain=self.plain))
        return self._look[1]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(role_colors(self.current_theme))

    # beginning and end

    def get_default_screen(self) -> Screen[None]:
        return DashboardScreen(self._first_board, clock=self.clock, note=self.note)

    def on_mount(self) -> None:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread: tests
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)

    def on_ready(self) -> None:
        self._opened = asyncio.get_running_loop().create_future()
        self.run_worker(self._open(), group="open", exit_on_error=False)

    async def _open(self) -> None:
        """Opens the stack, shows what is in the ledger now, and asks for what is due."""
        opened = self._opened
        assert opened is not None
        try:
            await asyncio.to_thread(import_module, "stackk_tui.stack")
            stack = await self._open_stack()
        except StackkError as error:
            self._opening_failed(error)
            return
        except Exception as error:  # noqa: BLE001  # the painted figures stay, with the reason
            self._opening_failed(broken(error))
            return
        self._stop_listening = stack.listen(self._listen)
        opened.set_result(stack)
        self.read_board()
        await self._unlock_first(stack)
        self.poll()
        jitter = random.uniform(0.9, 1.1)  # noqa: S311  # many terminals should not ask in one moment
        self.set_interval(self._poll_seconds * jitter, self.poll)

    def _opening_failed(self, error: StackkError) -> None:
        assert self._opened is not None
        self._opened.set_exception(error)
        self._opened.exception()  # read once, or asyncio complains when nobody else asks
        self._tell(VerbFailed("open", error))

    async def _unlock_first(self, stack: "Stack") -> None:
        """Asks for the passphrase of a locked vault once a start."""
        try:
            store = await stack.token_store()
        except StackkError:
            return  # the services that need a key say so themselves
        if store.state == "locked" and self.dashboard.board.rows:
            from stackk_tui.tui.screens.unlock import UnlockScreen

            await self.push_screen_wait(UnlockScreen(store.words))

    async def stack(self) -> "Stack":
        """Gives the stack, waiting until it is open. Raises the StackkError why it cannot be opened."""
        while self._opened is None:
            await asyncio.sleep(0)
        return await asyncio.shield(self._opened)

    async def on_unmount(self) -> None:
        if self._stop_listening:
            self._stop_listening()
        self.workers.cancel_all()
        if (
            self._opened
            and self._opened.done()
            and not self._opened.cancelled()
            and not self._opened.exception()
        ):
            with contextlib.suppress(TimeoutError, StackkError):
                await asyncio.wait_for(self._opened.result().close(), CLOSE_SECONDS)

    def _fatal_error(self) -> None:
        """A private hook of Textual: its own shows local variables, and with them keys and headers."""
        from rich.segment import Segments
        from rich.traceback import Traceback

        self.bell()
        traceback = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(traceback, self.console.options)))
        self._close_messages_no_wait()

    # what the stack tells

    def _listen(self, event: Event) -> None:
        if self._running:
            self.post_message(StackTold(event))

    @on(StackTold)
    def _stack_told(self, told: StackTold) -> None:
        event = told.event
        if isinstance(event, RefreshStarted):
            self._set_asking(self._asking | {event.service_id})
            return
        if isinstance(event, ServiceRefreshed | RefreshFailed):
            self._set_asking(self._asking - {event.service_id})
        self._tell(StackTold(event))
        self.read_board()

    def _set_asking(self, asking: frozenset[str]) -> None:
        if asking != self._asking:
            self._asking = asking
            self._tell(AskingChanged(asking))

    def _tell(self, message: "AskingChanged | StackTold | BoardRead | VerbFailed") -> None:
        """Gives a copy to every screen: a message may be posted once only."""
        for screen in self.screen_stack:
            screen.post_message(_copy(message))

    def read_board(self) -> None:
        """Reads the figures out of the ledger; many wishes at once become one reading."""
        self._board_wanted = True
        if not self._board_being_read:
            self._board_being_read = True
            self.run_worker(self._read_board(), group="board", exit_on_error=False)

    async def _read_board(self) -> None:
        try:
            stack = await self.stack()
            while self._board_wanted:
                self._board_wanted = False
                self._tell(BoardRead(await stack.board()))
        except StackkError as error:
            self._tell(VerbFailed("board", error))
        finally:
            self._board_being_read = False

    # keeping up

    def poll(self) -> None:
        """Asks for everything that is due, unless nobody is looking."""
        if self.app_focus:
            self._polled_at = self.clock()
            self.refresh_services(None, force=False)

    def on_app_focus(self, event: events.AppFocus) -> None:
        if (self.clock() - self._polled_at).total_seconds() >= self._poll_seconds and self._opened:
            self.poll()

    def refresh_services(self, ids: Sequence[str] | None, *, force: bool) -> None:
        """Asks for these services, or for all; pressing again while they are being asked does nothing."""
        if self._asking_all or (ids is not None and self._asking.issuperset(ids)):
            return
        self._asking_all = ids is None
        if ids is not None:
            self._set_asking(self._asking | set(ids))
        self.run_worker(self._refresh(ids, force=force), group="refresh", exit_on_error=False)

    async def _refresh(self, ids: Sequence[str] | None, *, force: bool) -> None:
        try:
            outcomes = await (await self.stack()).refresh(ids, force=force)
            if force and ids is not None:
                self._say_how(outcomes)
        except StackkError as error:
            self._tell(VerbFailed("refresh", error))
        except Exception as error:  # noqa: BLE001  # the app stays up, whatever a room below does
            self._tell(VerbFailed("refresh", broken(error)))
        finally:
            self._asking_all = self._asking_all and ids is not None
            self._set_asking(self._asking - set(ids) if ids is not None else frozenset())
            self.read_board()

    def _say_how(self, outcomes: "Iterable[Outcome]") -> None:
        if any(outcome.how == "from-ledger" for outcome in outcomes):
            self.notify("It was asked a moment ago; the figures are the latest.", markup=False)

    # going places

    @property
    def dashboard(self) -> DashboardScreen:
        """The screen at the bottom."""
        screen = self.screen_stack[0]
        assert isinstance(screen, DashboardScreen)
        return screen

    def open_service(self, row: BoardRow) -> None:
        """Opens the detail; a service that must be signed in again gets the form instead."""
        from stackk_tui.tui.screens.detail import ServiceDetailScreen

        if row.status == "sign-in-needed":
            self.sign_in_again(row.service_id)
        else:
            self.push_screen(ServiceDetailScreen(row.service_id, row.name))

    def sign_in_again(self, service_id: str) -> None:
        """Opens the door through which a service was connected."""
        from stackk_tui.tui.flows import sign_in_again

        self.run_worker(sign_in_again(self, service_id), group="flow", exclusive=True, exit_on_error=False)

    def add_service(self) -> None:
        """Opens the add screen."""
        from stackk_tui.tui.flows import add_service

        self.run_worker(add_service(self), group="flow", exclusive=True, exit_on_error=False)

    def connect_finding(self, finding: "Finding") -> None:
        """Connects what was found on this machine."""
        from stackk_tui.tui.flows import connect_finding

        self.run_worker(connect_finding(self, finding), group="flow", exclusive=True, exit_on_error=False)

    def disconnect_service(self, service_id: str, name: str) -> None:
        """Asks, then disconnects."""
        from stackk_tui.tui.screens.disconnect import DisconnectScreen

        self.push_screen(DisconnectScreen(service_id, name))

    def action_help(self) -> None:
        from stackk_tui.tui.screens.help import HelpScreen

        scope = getattr(self.screen, "SCOPE", "dashboard")
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(scope))

    def action_command_palette(self) -> None:
        from stackk_tui.tui.palette import StackkPalette

        if not isinstance(self.screen, StackkPalette):
            self.push_screen(StackkPalette(id="--command-palette"))


def _copy(
    message: "AskingChanged | StackTold | BoardRead | VerbFailed",
) -> "AskingChanged | StackTold | BoardRead | VerbFailed":
    if isinstance(message, AskingChanged):
        return AskingChanged(message.service_ids)
    if isinstance(message, StackTold):
        return StackTold(message.event)
    if isinstance(message, BoardRead):
        return BoardRead(message.board)
    return VerbFailed(message.verb, message.error)


def run(app: StackkApp, *, mouse: bool = True) -> int:
    """Runs the app until the person leaves, and gives the exit code."""
    app.run(mouse=mouse)
    return app.return_code or 0

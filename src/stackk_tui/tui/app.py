"""The app: paints the figures it is given, then opens the stack, and wires screens to it. Nothing else.

Until the first paint only Textual and light modules are imported; everything else follows behind it.
"""

import asyncio
import contextlib
import inspect
import signal
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import App
from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen
from textual.theme import Theme

from stackk_tui.model.board import Board, BoardRow
from stackk_tui.model.clock import Clock, utc_now
from stackk_tui.model.errors import StackkError
from stackk_tui.model.events import Event
from stackk_tui.tui.alert_watch import AlertWatch
from stackk_tui.tui.keys import bindings
from stackk_tui.tui.messages import StackTold, VerbFailed
from stackk_tui.tui.places import Places
from stackk_tui.tui.screens.base import broken
from stackk_tui.tui.screens.dashboard import DashboardScreen
from stackk_tui.tui.terminal import theme_for
from stackk_tui.tui.theme import STACKK, STACKK_LIGHT, Look, look_of, role_colors
from stackk_tui.tui.upkeep import POLL_SECONDS, Upkeep

if TYPE_CHECKING:
    from stackk_tui.providers.base import Finding
    from stackk_tui.stack import Stack

CLOSE_SECONDS = 3.0


class StackkApp(Places, App[None]):
    """The terminal dashboard. `open_stack` is awaited once, after the first paint."""

    TITLE = "stackk"
    CSS_PATH: ClassVar = ["app.tcss", "screens/dashboard.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    ENABLE_COMMAND_PALETTE = False  # ours is in `screens/palette.py`: Textual's carries a LoadingIndicator

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
        self._opened: asyncio.Future[Stack] | None = None
        self._ready_to_wait = asyncio.Event()
        self._stop_listening: Callable[[], None] | None = None
        self._upkeep = Upkeep(self, self._tell, now, poll_seconds)
        self.alert_watch = AlertWatch(self, self._tell)
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
        self._ready_to_wait.set()
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
        self._upkeep.read_board()
        for name in ("detail", "usage"):  # so that they open at once
            await asyncio.to_thread(import_module, f"stackk_tui.tui.screens.{name}")
        await self._unlock_first(stack)
        self._upkeep.start()
        self.alert_watch.start()

    def _opening_failed(self, error: StackkError) -> None:
        assert self._opened is not None
        self._opened.set_exception(error)
        self._opened.exception()  # read once, or asyncio complains when nobody else asks
        self._tell(lambda: VerbFailed("open", error))

    async def _unlock_first(self, stack: "Stack") -> None:
        """Asks for the passphrase of a locked vault once a start."""
        try:
            store = await stack.token_store()
        except StackkError:
            return  # the services that need a key say so themselves
        if store.state == "locked" and self.dashboard.board.rows:
            from stackk_tui.tui.flows import unlock

            await unlock(self, store.words, None)

    async def stack(self) -> "Stack":
        """Gives the stack, waiting until it is open. Raises the StackkError why it cannot be opened."""
        await self._ready_to_wait.wait()
        assert self._opened is not None
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

        from stackk_tui.tui.crash import crash_report

        self.bell()
        self._exit_renderables.append(Segments(self.console.render(crash_report(), self.console.options)))
        self._close_messages_no_wait()

    # what the stack tells

    def _listen(self, event: Event) -> None:
        if self._running:
            self.post_message(StackTold(event))

    @on(StackTold)
    def _stack_told(self, told: StackTold) -> None:
        self._upkeep.told(told.event)
        self.alert_watch.told(told.event, busy=bool(self._upkeep.asking))

    def _tell(self, make: Callable[[], Message]) -> None:
        """Gives every screen its own message: one may be posted once only."""
        if self._running:
            for screen in self.screen_stack:
                screen.post_message(make())

    def on_app_focus(self) -> None:
        if self._opened is not None:
            self.call_later(self._upkeep.look_again)  # after Textual has noted the focus

    def on_app_blur(self) -> None:
        self._upkeep.unfollow()

    def refresh_services(self, ids: Sequence[str] | None, *, force: bool) -> None:
        """Asks for these services, or for all."""
        self._upkeep.refresh(ids, force=force)

    def is_asking(self, service_id: str) -> bool:
        """Says whether a service is being asked now."""
        return service_id in self._upkeep.asking

    def scan_progress(self) -> tuple[int, int] | None:
        """Gives how many bytes of the logs are read, and of how many; None while none are being read."""
        opened = self._opened
        if opened is None or not opened.done() or opened.cancelled() or opened.exception():
            return None
        return opened.result().scan_progress()

    def quietly(self, verb: str, work: "Callable[[Stack], Awaitable[None]]") -> None:
        """Asks the stack for something whose answer nobody waits for; it outlives the screen that asks."""

        async def run() -> None:
            with contextlib.suppress(StackkError):
                await work(await self.stack())

        self.run_worker(run(), name=verb, group=verb, exit_on_error=False)

    # going places

    @property
    def dashboard(self) -> DashboardScreen:
        """The screen at the bottom."""
        screen = self.screen_stack[0]
        assert isinstance(screen, DashboardScreen)
        return screen

    def categories(self) -> list[str]:
        """Gives the categories there are, to suggest."""
        return sorted({row.category for row in self.dashboard.board.rows})

    def open_service(self, row: BoardRow) -> None:
        """Opens the detail; a service that must be signed in again gets the form instead."""
        if row.status == "sign-in-needed":
            self.sign_in_again(row.service_id)
        else:
            self._show_detail(row.service_id, row.name)

    def services_connected(self, ids: Sequence[str]) -> None:
        """Goes back to the dashboard and asks for the new services; a single one is opened."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.dashboard.point_at_next(ids[0] if ids else "")
        self._upkeep.read_board()
        self.refresh_services(list(ids), force=False)
        if len(ids) == 1:
            self._show_detail(ids[0], "")

    def _show_detail(self, service_id: str, name: str) -> None:
        from stackk_tui.tui.screens.detail import ServiceDetailScreen

        self.push_screen(ServiceDetailScreen(service_id, name))

    def sign_in_again(self, service_id: str) -> None:
        """Opens the door through which a service was connected."""
        from stackk_tui.tui.flows import sign_in_again

        self.run_worker(sign_in_again(self, service_id), group="flow", exclusive=True, exit_on_error=False)

    def add_service(self) -> None:
        """Opens the add screen."""
        from stackk_tui.tui.screens.add_service import AddServiceScreen

        self.push_screen(AddServiceScreen())

    def connect_finding(self, finding: "Finding") -> None:
        """Connects what was found on this machine."""
        from stackk_tui.tui.flows import connect_finding

        self.run_worker(connect_finding(self, finding), group="flow", exclusive=True, exit_on_error=False)

    def disconnect_service(self, service_id: str, name: str) -> None:
        """Asks, then disconnects."""
        from stackk_tui.tui.screens.disconnect import DisconnectScreen

        self.push_screen(DisconnectScreen(service_id, name))

    def show_currency(self) -> None:
        """Asks for the currency that totals are shown in, and for a rate."""
        from stackk_tui.tui.screens.currency import CurrencyScreen

        self.push_screen(CurrencyScreen(self.dashboard.board))

    def show_kept(self) -> None:
        """Says where keys are kept, and lets the person move them."""
        from stackk_tui.tui.screens.kept import KeptScreen

        self.push_screen(KeptScreen())

    def action_help(self) -> None:
        from stackk_tui.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(getattr(self.screen, "SCOPE", "dashboard")))

    def action_command_palette(self) -> None:
        from stackk_tui.tui.screens.palette import PaletteScreen

        if not isinstance(self.screen, PaletteScreen):
            self.push_screen(PaletteScreen(self.screen), self._run_command)

    async def _run_command(self, run: "Callable[[], object] | None") -> None:
        result = run() if run else None
        if inspect.isawaitable(result):
            await result

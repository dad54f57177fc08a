"""Keeping figures up to date: when to ask, what is being asked, one reading of the board for many events."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import StackkError, StorageError
from stackk_tui.model.events import Event, RefreshFailed, RefreshStarted, ServiceRefreshed
from stackk_tui.tui.messages import AskingChanged, BoardRead, StackTold, VerbFailed
from stackk_tui.tui.screens.base import broken

if TYPE_CHECKING:
    from textual.timer import Timer
    from textual.worker import Worker

    from stackk_tui.stack import Outcome, Stack
    from stackk_tui.tui.app import StackkApp

POLL_SECONDS = 300.0
FOLLOW = "follow"
MACHINE = "machine"
"""The kind of workspace whose figures come from this machine alone."""
Tell = Callable[[Callable[[], Message]], None]


class Upkeep:
    """Owned by the app. `tell` gives a message to every screen."""

    gather_seconds: ClassVar[float] = 0.2
    """Services that end together are drawn together, and a quick answer does not flicker; 0 draws at once."""

    def __init__(self, app: "StackkApp", tell: Tell, clock: Clock, poll_seconds: float) -> None:
        self._app, self._tell, self._clock = app, tell, clock
        self._seconds = poll_seconds * random.uniform(0.9, 1.1)  # noqa: S311  # many terminals, not one moment
        self._asking: frozenset[str] = frozenset()
        self._shown: frozenset[str] = frozenset()
        self._show_timer: Timer | None = None
        self._asking_all = False
        self._board_wanted = self._board_being_read = False
        self._polled_at = clock()
        self._started = False
        self._following: Worker[None] | None = None

    @property
    def asking(self) -> frozenset[str]:
        """The services that are being asked now."""
        return self._asking

    def start(self) -> None:
        """Asks for what is due, now and from time to time."""
        self._started = True
        self.poll()
        self._app.set_interval(self._seconds, self.poll)
        if self._app.app_focus:
            self.follow()

    def poll(self) -> None:
        """Asks for everything that is due, unless nobody is looking."""
        if self._app.app_focus:
            self._polled_at = self._clock()
            self.refresh(None, force=False)

    def poll_if_missed(self) -> None:
        """Asks at once when the time to ask went by while nobody was looking."""
        if (self._clock() - self._polled_at).total_seconds() >= self._seconds:
            self.poll()

    def follow(self) -> None:
        """Keeps up with what happens on this machine, until nobody looks or the app ends."""
        if self._started and self._following is None:
            self._following = self._app.run_worker(
                self._follow(), name=FOLLOW, group=FOLLOW, exclusive=True, exit_on_error=False
            )

    def unfollow(self) -> None:
        """Stops keeping up: nobody looks."""
        if self._following is not None:
            self._following.cancel()
            self._following = None

    def look_again(self) -> None:
        """Somebody looks again: catches up with what happened here meanwhile, and keeps up from now on."""
        self.poll_if_missed()
        if self._started and self._following is None:
            here = [row.service_id for row in self._app.dashboard.board.rows if row.workspace_kind == MACHINE]
            if here:
                work = self._refresh(here, force=False)
                self._app.run_worker(work, group="refresh", exit_on_error=False)
            self.follow()

    async def _follow(self) -> None:
        with suppress(StackkError):
            await (await self._app.stack()).follow()

    def told(self, event: Event) -> None:
        """Takes up what the stack tells."""
        if isinstance(event, RefreshStarted):
            self._set_asking(self._asking | {event.service_id})
            return
        if isinstance(event, ServiceRefreshed | RefreshFailed):
            self._set_asking(self._asking - {event.service_id})
        if isinstance(event, RefreshFailed) and isinstance(event.error, StorageError):
            failure = event.error  # not kept beside the service: nothing could be kept
            self._tell(lambda: VerbFailed("refresh", failure))
        self._tell(lambda: StackTold(event))
        self.read_board()

    def refresh(self, ids: Sequence[str] | None, *, force: bool) -> None:
        """Asks for these services, or for all; pressing again while they are being asked does nothing."""
        if self._asking_all or (ids is not None and self._asking.issuperset(ids)):
            return
        self._asking_all = ids is None
        if ids is not None:
            self._set_asking(self._asking | set(ids))
            self._show_asking()  # a key was pressed: its effect is seen at once
        self._app.run_worker(self._refresh(ids, force=force), group="refresh", exit_on_error=False)

    async def _refresh(self, ids: Sequence[str] | None, *, force: bool) -> None:
        error: StackkError | None = None
        try:
            stack = await self._app.stack()
            outcomes = await stack.refresh(ids, force=force)
            if force and any(outcome.how == "from-ledger" for outcome in outcomes):
                await self._say_why_not_asked(stack, outcomes)
        except StackkError as raised:
            error = raised
        except Exception as raised:  # noqa: BLE001  # the app stays up, whatever a room below does
            error = broken(raised)
        finally:
            self._asking_all = self._asking_all and ids is not None
            self._set_asking(self._asking - set(ids) if ids is not None else frozenset())
        if error is not None:
            failure = error
            self._tell(lambda: VerbFailed("refresh", failure))
        self.read_board()

    async def _say_why_not_asked(self, stack: "Stack", outcomes: "Sequence[Outcome]") -> None:
        from stackk_tui.report.held import held_words  # not before the first paint

        views = await stack.services([outcome.service_id for outcome in outcomes])
        shown = {v.service.id: (v.service.name, v.snapshot.fetched_at if v.snapshot else None) for v in views}
        words = held_words(outcomes, shown, self._clock())
        for line in words or ["It was asked a moment ago; the figures are the latest."]:
            self._app.notify(line, markup=False)

    def read_board(self) -> None:
        """Reads the figures out of the ledger; many wishes at once become one reading."""
        self._board_wanted = True
        if not self._board_being_read:
            self._board_being_read = True
            self._app.run_worker(self._read_board(), group="board", exit_on_error=False)

    async def _read_board(self) -> None:
        try:
            stack = await self._app.stack()
            while self._board_wanted:
                self._board_wanted = False
                board = await stack.board()
                self._tell(partial(BoardRead, board))
                await asyncio.sleep(self.gather_seconds)
        except StackkError as raised:
            error = raised
            self._tell(lambda: VerbFailed("board", error))
        finally:
            self._board_being_read = False

    def _set_asking(self, asking: frozenset[str]) -> None:
        self._asking = asking
        if not self.gather_seconds:
            self._show_asking()
        elif self._show_timer is None and asking != self._shown:
            self._show_timer = self._app.set_timer(self.gather_seconds, self._show_asking)

    def _show_asking(self) -> None:
        self._show_timer = None
        if self._shown != self._asking:
            self._shown = self._asking
            self._tell(lambda: AskingChanged(self._asking))

"""Looking what is due while the app is open, and telling it: a toast, and how many are not seen yet."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from stackk_tui.model.errors import StackkError
from stackk_tui.model.events import AlertRaised, BudgetsChanged, RefreshFailed, ServiceRefreshed

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from stackk_tui.model.alert import Alert
    from stackk_tui.model.events import Event
    from stackk_tui.tui.app import StackkApp

LOOK_SECONDS = 60.0
TOAST_SECONDS = 12
MOST_LINES = 2
Tell = Callable[[Callable[[], Message]], None]


class UnseenCounted(Message, bubble=False):
    """It is known how many alerts nobody has seen yet."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class AlertWatch:
    """Owned by the app. Nothing of it blinks: a toast goes away, the number stays until it is looked at."""

    gather_seconds: ClassVar[float] = 0.3

    def __init__(self, app: "StackkApp", tell: Tell) -> None:
        self._app, self._tell = app, tell
        self._looking = self._again = False
        self._unseen = 0
        self._raised: list[Alert] = []

    @property
    def unseen(self) -> int:
        """How many alerts nobody has seen yet."""
        return self._unseen

    def start(self) -> None:
        """Looks now and every minute."""
        self.look()
        self._app.set_interval(LOOK_SECONDS, self.look)

    def look(self) -> None:
        """Looks what is due, once for many wishes at the same time."""
        self._again = True
        if not self._looking:
            self._looking = True
            self._app.run_worker(self._look(), name="alerts", group="alerts", exit_on_error=False)

    async def _look(self) -> None:
        try:
            stack = await self._app.stack()
            while self._again:
                self._again = False
                await stack.check_alerts(app=self._app.app_focus, terminal=self.terminal)
                await self._recount()
        except StackkError:
            return  # figures that cannot be read say so on the screen; the next look is in a minute
        finally:
            self._looking = False

    def told(self, event: "Event", *, busy: bool) -> None:
        """Takes up what the stack tells: shows an alert, and looks again after a round of asking."""
        if isinstance(event, AlertRaised):
            self.raised(event.alert)
            self._app.run_worker(self._recount(), name="alerts", group="unseen", exit_on_error=False)
        elif isinstance(event, BudgetsChanged) or (
            isinstance(event, ServiceRefreshed | RefreshFailed) and not busy
        ):
            self.look()

    def seen(self) -> None:
        """The person has all of them before their eyes."""
        self._app.quietly("see_alerts", lambda stack: stack.see_alerts())
        self._count(0)

    async def _recount(self) -> None:
        with suppress(StackkError):
            records = await (await self._app.stack()).alerts()
            self._count(sum(not record.seen for record in records))

    def raised(self, alert: "Alert") -> None:
        """Shows an alert where the person is; several that come together are one toast."""
        self._raised.append(alert)
        if len(self._raised) == 1:
            self._app.set_timer(self.gather_seconds, self._toast)

    def _toast(self) -> None:
        alerts, self._raised = self._raised, []
        titles = [alert.words(names=True)[0] for alert in alerts]
        if len(alerts) == 1:
            title, said = titles[0], alerts[0].words(names=True)[1][:MOST_LINES]
        else:
            title, said = f"{len(alerts)} alerts", tuple(f"▲ {one}" for one in titles[:MOST_LINES])
        severity: SeverityLevel = "error" if any(alert.level == "critical" for alert in alerts) else "warning"
        words = "\n".join([*said, "! shows all alerts"])
        self._app.notify(words, title=title, severity=severity, timeout=TOAST_SECONDS, markup=False)

    def terminal(self, text: str) -> None:
        """Writes past what draws on the terminal: a bell, or what a terminal shows as a notification."""
        driver = self._app._driver
        if driver is not None:
            driver.write(text)
            driver.flush()

    def _count(self, number: int) -> None:
        if number != self._unseen:
            self._unseen = number
            self._tell(partial(UnseenCounted, number))

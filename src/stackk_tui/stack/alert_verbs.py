"""The verbs of `Stack` for alerts. Every one raises StackkError and nothing else."""

from collections.abc import Callable, Sequence
from datetime import datetime

from stackk_tui.model.alert import Alert, AlertRecord, AlertSettings, Delivery, Silence
from stackk_tui.stack.alert_delivery import Here
from stackk_tui.stack.alerting import Alerting, PlannedAlert


class AlertVerbs:
    """`Stack` sets what they work with.

    `app` says that a person is before this process's screen: AlertRaised is told for what they have not been
    told there. `terminal` writes to this process's terminal, past whatever draws on it.
    """

    _alerting: Alerting

    async def check_alerts(
        self,
        now: datetime | None = None,
        *,
        app: bool = False,
        terminal: Callable[[str], None] | None = None,
    ) -> list[Alert]:
        """Looks what is due, keeps it, tells it over the channels that are set up; gives what is new.

        Whatever another copy of this program raised or told is not raised or told again. In quiet hours what
        is new is held. Slow where logs must be read: never wait for it on the way to a paint.
        """
        return await self._alerting.check(now, Here(app, terminal))

    async def plan_alerts(
        self,
        now: datetime | None = None,
        *,
        app: bool = False,
        terminal: Callable[[str], None] | None = None,
    ) -> list[PlannedAlert]:
        """Gives what `check_alerts` would raise now and over which channels, and does nothing."""
        return await self._alerting.plan(now, Here(app, terminal))

    async def alerts(self, days: int = 90, most: int = 200) -> list[AlertRecord]:
        """Gives the history, newest first. Raises InvalidInput for days or a number that cannot be."""
        return await self._alerting.history(days, most)

    async def see_alerts(self, ids: Sequence[str] | None = None) -> None:
        """Marks alerts as seen; None is all."""
        await self._alerting.see(ids)

    async def mute(self, subject: str) -> Silence:
        """Tells nothing more of a subject; it still stands in the history. `subject` may also be an alert's
        id, or `all`. Raises InvalidInput for what is none."""
        return await self._alerting.silence(subject, None)

    async def snooze(self, subject: str, until: datetime) -> Silence:
        """Tells nothing of a subject until then; what holds then still is told then."""
        return await self._alerting.silence(subject, until)

    async def unmute(self, subject: str) -> bool:
        """Ends muting and snoozing; gives whether there was any."""
        return await self._alerting.unsilence(subject)

    async def silences(self) -> list[Silence]:
        """Gives what is muted or snoozed now."""
        return await self._alerting.silences()

    async def test_alert(
        self,
        channel: str | None = None,
        *,
        app: bool = False,
        terminal: Callable[[str], None] | None = None,
    ) -> list[Delivery]:
        """Tells a test over one channel, or all that are set up, also in quiet hours; nothing is kept of it.

        Raises InvalidInput for a channel that is not set up here.
        """
        return await self._alerting.test(channel, Here(app, terminal))

    def alert_settings(
        self, *, app: bool = False, terminal: Callable[[str], None] | None = None
    ) -> AlertSettings:
        """Gives how alerts are told and what of it cannot work; no address and no command is in it."""
        return self._alerting.settings(Here(app, terminal))

"""What a person is told before it is too late, and what became of the telling."""

from datetime import datetime
from typing import Literal

from stackk_tui.model.base import Value

AlertKind = Literal["budget", "forecast", "limit", "pace", "unusual", "sign-in", "service", "summary", "test"]
"""`limit` is how full a window is, `pace` that it will be full before its reset."""
AlertLevel = Literal["warning", "critical"]
"""`critical`: all of it is gone."""
AlertState = Literal["raised", "held", "muted"]
"""`held`: it came in quiet hours, and one summary follows after them."""
DeliveryState = Literal["sending", "sent", "failed", "gave-up"]
"""`sending` for ever: the program was ended in the middle; whether it arrived is not known."""

EVERYTHING = "*"
"""The subject that stands for all of them, for muting and snoozing."""


class Alert(Value):
    """One crossing, told once. `title`, `lines` and `about` hold no account's, project's or key's name."""

    id: str
    """The same for the same crossing, whoever finds it."""
    subject: str
    """What can be muted and snoozed: `budget/<id>`, `limit/<service>/<limit>`, `unusual/…`, `service/…`."""
    kind: AlertKind
    mark: str = ""
    """Which of its crossings: `80`, `forecast`, …"""
    level: AlertLevel
    title: str
    lines: tuple[str, ...] = ()
    about: str = ""
    """Of what, without a name: `all services`, `Anthropic`."""
    name: str = ""
    """The name it has here; for the screen, and outside only where names are wanted."""
    named_lines: tuple[str, ...] = ()
    """Lines that name a project, a key, a workspace; the same holds for them."""
    at: datetime
    """When it was raised."""
    period: str
    """The month, week or window it speaks of; empty for none."""
    provenance: str
    service_id: str | None = None

    def words(self, *, names: bool) -> tuple[str, tuple[str, ...]]:
        """Gives the title with what it is about, and the lines."""
        what = (names and self.name) or self.about
        title = f"{what}: {self.title}" if what else self.title
        return title, self.lines + (self.named_lines if names else ())


class Delivery(Value):
    """How telling one alert over one channel went."""

    channel: str
    """`app`, `terminal`, `command`, `apprise-1`, …"""
    state: DeliveryState
    at: datetime
    tries: int = 1
    error: str = ""
    """Why it failed, in a sentence; never an address."""


class AlertRecord(Value):
    """An alert as it stands in the history."""

    alert: Alert
    state: AlertState
    seen: bool = False
    deliveries: tuple[Delivery, ...] = ()


class Silence(Value):
    """A subject that is not to be told of: for good (`until` None), or for a while."""

    subject: str
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.until is None or now < self.until


class AlertSettings(Value):
    """How alerts are told, without any address or command: safe to show."""

    names: bool
    quiet: str
    """`22:00-07:30`; empty for none."""
    timezone: str
    """A zone's name; empty is this machine's."""
    urgent: bool
    """Whether a critical one is told in quiet hours."""
    limits: tuple[int, ...]
    """The shares of a window, in percent."""
    channels: tuple[str, ...]
    """What is set up, e.g. `command`, `apprise-1`."""
    problems: tuple[str, ...] = ()
    """What is set but cannot work, in sentences."""

"""What was told, and what became of it; mute, snooze, and a test."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget

from stackk_tui.model.events import AlertRaised
from stackk_tui.report import format as f
from stackk_tui.tui.keys import Scope, bindings
from stackk_tui.tui.messages import StackTold, VerbFailed
from stackk_tui.tui.screens.base import Asking, StackkModal
from stackk_tui.tui.widgets.alert_list import AlertList, silence_of, state_words
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.heading import Heading, Words, trouble
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.menu import Item, Menu

if TYPE_CHECKING:
    from stackk_tui.model.alert import Alert, AlertRecord, AlertSettings, Delivery, Silence
    from stackk_tui.stack import Stack

READ, SILENCE, TEST = "alerts", "silence", "test_alert"
EMPTY = (
    ("Nothing was told yet.", "strong"),
    (
        "You are told when a budget is or will be passed, a window fills too soon, a day stands out, or"
        " a service has to be signed in again: here, and over what config.toml sets up.",
        "quiet",
    ),
)
STATES = {"sending": "on its way", "sent": "sent", "failed": "failed", "gave-up": "given up"}


class AlertsRead(Message, bubble=False):
    """The history came out of the ledger."""

    def __init__(self, answer: "tuple[list[AlertRecord], list[Silence], AlertSettings]") -> None:
        super().__init__()
        self.records, self.silences, self.settings = answer


class Silenced(Message, bubble=False):
    """A subject is muted, snoozed, or told of again."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words


class Tested(Message, bubble=False):
    """The test went out."""

    def __init__(self, answer: "list[Delivery]") -> None:
        super().__init__()
        self.deliveries = answer


async def _read(stack: "Stack") -> "tuple[list[AlertRecord], list[Silence], AlertSettings]":
    return await stack.alerts(), await stack.silences(), stack.alert_settings(app=True)


class AlertsScreen(Asking[None]):
    SCOPE: ClassVar[Scope] = "alerts"
    CSS_PATH = "alerts.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("alerts")
    AUTO_FOCUS = "#list"

    def __init__(self) -> None:
        super().__init__()
        self._records: list[AlertRecord] | None = None
        self._silences: list[Silence] = []
        self._settings: AlertSettings | None = None

    def body(self) -> Iterable[Widget]:
        yield Heading("Alerts", id="heading")
        yield Words(id="words")
        yield AlertList(id="list")
        with VerticalScroll(id="scroll", can_focus=False):
            yield Words(id="about")
        yield Words(id="settings")
        yield KeyBar(self.footer_keys(), id="keys")

    def on_mount(self) -> None:
        self._read()

    # what has happened

    def _read(self) -> None:
        self.ask(READ, _read, AlertsRead)

    @on(AlertsRead)
    def _alerts_read(self, event: AlertsRead) -> None:
        self._records, self._silences, self._settings = event.records, event.silences, event.settings
        self.set_class(not event.records, "-empty")
        self.query_one("#words", Words).say(*(EMPTY if not event.records else ()))
        self.query_one(AlertList).show(event.records, event.silences, self.house.clock())
        self.query_one("#settings", Words).say(*settings_words(event.settings))
        self._say()
        self.refresh_keys()
        if any(not record.seen for record in event.records):  # they stand there now, marked as new
            self.house.alert_watch.seen()

    @on(StackTold)
    def _told(self, told: StackTold) -> None:
        if isinstance(told.event, AlertRaised):
            self._read()

    @on(Silenced)
    def _silenced(self, event: Silenced) -> None:
        self.notify(event.words, markup=False)
        self._read()

    @on(Tested)
    def _tested(self, event: Tested) -> None:
        for delivery in event.deliveries:
            failed = delivery.state in ("failed", "gave-up")
            words = f"{delivery.channel}: {STATES[delivery.state]}" + (
                f". {delivery.error}" if delivery.error else ""
            )
            self.notify(words, title="Test", severity="error" if failed else "information", markup=False)
        if not event.deliveries:
            self.notify("No way to tell is set up.", title="Test", severity="warning", markup=False)

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        if event.verb == READ and self._records is None:
            self.add_class("-empty")
            self.query_one("#words", Words).say(*trouble(event.error.lines()))
        elif event.verb in (READ, SILENCE, TEST):
            self.notify("\n".join(event.error.lines()), severity="error", markup=False)

    @on(LineList.Pointed)
    def _pointed(self) -> None:
        self._say()

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    # keys

    def action_open(self) -> None:
        record = self._record
        if record is None:
            return
        if record.alert.subject.startswith("budget/"):
            self.house.show_budgets()
            return
        rows = self.house.dashboard.board.rows
        row = next((row for row in rows if row.service_id == record.alert.service_id), None)
        if row is not None:
            self.house.open_service(row)
        else:
            self.house.show_insights()

    def action_mute(self) -> None:
        record = self._record
        if record is None:
            return
        subject = record.alert.subject
        if (silence := self._silence) is not None:
            held = silence.subject

            async def end(stack: "Stack") -> str:
                await stack.unmute(held)
                return "You are told of it again."

            self.ask(SILENCE, end, Silenced)
            return

        async def mute(stack: "Stack") -> str:
            await stack.mute(subject)
            return "You are not told of it any more; it still stands here. m takes it back."

        self.ask(SILENCE, mute, Silenced)

    def action_snooze(self) -> None:
        record = self._record
        if record is None:
            return
        subject, now = record.alert.subject, self.house.clock()

        def chosen(until: datetime | None) -> None:
            if until is None:
                return

            async def snooze(stack: "Stack") -> str:
                await stack.snooze(subject, until)
                return f"Nothing is told of it until {f.when(until, now)}."

            self.ask(SILENCE, snooze, Silenced)

        self.app.push_screen(SnoozeScreen(record.alert, now), chosen)

    def action_test(self) -> None:
        terminal = self.house.alert_watch.terminal
        self.ask(TEST, lambda stack: stack.test_alert(app=True, terminal=terminal), Tested)

    def action_back(self) -> None:
        self.app.pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._records) if action in ("open", "mute", "snooze") else True

    # drawing

    @property
    def _record(self) -> "AlertRecord | None":
        return self.query_one(AlertList).pointed

    @property
    def _silence(self) -> "Silence | None":
        now, record = self.house.clock(), self._record
        held = {silence.subject: silence for silence in self._silences if silence.holds(now)}
        return silence_of(record, held) if record else None

    def _say(self) -> None:
        record, now = self._record, self.house.clock()
        if record is None:
            self.query_one("#about", Words).say()
            return
        silence = self._silence
        held = {silence.subject: silence} if silence else {}
        self.query_one("#about", Words).say(*about(record, state_words(record, held, now), now))


def about(record: "AlertRecord", state: str, now: datetime) -> list[tuple[str, str]]:
    """Gives what there is to say of an alert, in sentences with their levels."""
    alert = record.alert
    title, lines = alert.words(names=True)
    told = [
        f"{one.channel} {STATES[one.state]} {f.when(one.at, now)}"
        + (f" after {one.tries} tries" if one.tries > 1 else "")
        + (f": {one.error}" if one.error else "")
        for one in record.deliveries
    ]
    return [
        (title, "full" if alert.level == "critical" else "high"),
        *((line, "text") for line in lines),
        (f"Raised {f.when(alert.at, now)} · {state}" + (f" · {'; '.join(told)}" if told else ""), "quiet"),
    ]


def settings_words(settings: "AlertSettings") -> list[tuple[str, str]]:
    """Gives how alerts are told, and what of it cannot work."""
    others = [name for name in settings.channels if name != "app"]
    quiet = f" Quiet from {settings.quiet.replace('-', ' to ')}." if settings.quiet else ""
    ways = (
        f"Told here, and over {', '.join(others)}."
        if others
        else "Told here only; [alerts] in config.toml adds more."
    )
    return [(f"{ways}{quiet}", "quiet"), *((f"▲ {words}", "high") for words in settings.problems)]


class SnoozeScreen(StackkModal[datetime]):
    """For how long nothing is to be told."""

    SCOPE: ClassVar[Scope] = "dialog"
    CSS_PATH: ClassVar = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("dialog"),
        ("enter,space", "choose", "choose"),
        ("q,z", "back", "no"),
    ]
    AUTO_FOCUS = "Menu"

    def __init__(self, alert: "Alert", now: datetime) -> None:
        super().__init__()
        self._alert, self._now = alert, now
        self._ends = snooze_ends(alert, now)

    def body(self) -> Iterable[Widget]:
        title, _ = self._alert.words(names=True)
        with VerticalScroll(id="dialog", can_focus=False):
            yield Words(("Tell nothing of it for a while", "strong"), id="title")
            yield Words((title, "text"), ("What still holds then is told then.", "quiet"))
            yield Menu(
                [Item(words, words, f"until {f.when(end, self._now)}") for words, end in self._ends.items()]
            )

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        item = self.query_one(Menu).item
        self.dismiss(self._ends[item.id] if item else None)


def snooze_ends(alert: "Alert", now: datetime) -> dict[str, datetime]:
    """Gives the moments until which it can be quiet: an hour, tomorrow morning here, the period's end."""
    tomorrow = (now.astimezone() + timedelta(days=1)).date()
    morning = datetime.combine(tomorrow, time(8)).astimezone()
    ends = {"For an hour": now + timedelta(hours=1), "Until tomorrow, 8 o'clock": morning}
    if (end := period_end(alert.period)) is not None and end > now:
        ends["Until the period ends"] = end
    return ends


def period_end(period: str) -> datetime | None:
    """Gives when the month, week or window that an alert speaks of is over; None for no period."""
    if match := re.match(r"\d{4}-\d\d-\d\d to (\d{4}-\d\d-\d\d)", period):
        last = f.calendar_day(match[1])
        return datetime.combine(last + timedelta(days=1), time(), UTC) if last else None
    return f.instant(period)

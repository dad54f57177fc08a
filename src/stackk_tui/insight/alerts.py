"""Which alerts are due: once per crossing, with a memory of what was said. Pure and deterministic.

A `Condition` says how something stands now; a `Note` is what is remembered of it between two looks. Nothing
is raised twice: what was said of a period is not said again, whatever the clock does, unless it was calm for
`rearm` in between.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from stackk_tui.model.alert import EVERYTHING, Alert, AlertKind, AlertLevel, AlertState, Silence
from stackk_tui.model.base import Value

SAME_PERIOD = timedelta(minutes=5)
"""Resets that are told less far apart are one."""
EPISODE = timedelta(hours=6)
"""An unusual slot that begins within this time after another belongs to it …"""
AGAIN = timedelta(hours=24)
"""… and is told again once it has gone on for so long."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a person is told of a condition, as in `Alert`."""

    title: str
    lines: tuple[str, ...] = ()
    about: str = ""
    name: str = ""
    named_lines: tuple[str, ...] = ()
    provenance: str = "measured"


@dataclass(frozen=True, slots=True)
class Condition:
    """How one thing that may be told stands now."""

    subject: str
    kind: AlertKind
    mark: str
    """Which of its crossings: `80`, `sign-in`."""
    holds: bool | None
    """None is not known now, and changes nothing."""
    words: Words
    level: AlertLevel = "warning"
    period: str = ""
    """The month or week, or a window's reset as ISO-8601; a new one is told of afresh."""
    step: int = 0
    """Of a ladder: the higher ones say what the lower ones would. 0 is none."""
    calm: bool | None = None
    """Whether it is so far from holding that it may be told again; None is `not holds`."""
    rearm: timedelta | None = None
    """How long it must have been calm before it is told again in the same period; None is never."""
    after: timedelta = timedelta(0)
    """How long it must hold before it is told."""
    span: tuple[datetime, datetime] | None = None
    """Of an unusual slot: when it was."""
    service_id: str | None = None


class Note(Value):
    """What is remembered of a condition in one period."""

    subject: str
    kind: str
    mark: str
    period: str
    armed: bool = True
    times: int = 0
    said_at: datetime | None = None
    holds_since: datetime | None = None
    calm_since: datetime | None = None
    until: datetime | None = None
    """Of unusual slots: the end of the last one that belongs to what was said."""

    @property
    def key(self) -> str:
        return "\0".join((self.subject, self.kind, self.mark, self.period))

    @property
    def matters(self) -> bool:
        """Whether it says more than no note at all would."""
        return self.times > 0 or not self.armed or self.holds_since is not None


@dataclass(frozen=True, slots=True)
class Memory:
    """What stands in the ledger when a look begins."""

    notes: Mapping[str, Note] = field(default_factory=dict)
    silences: Mapping[str, Silence] = field(default_factory=dict)

    def silence(self, subject: str, now: datetime) -> Silence | None:
        """Gives what keeps a subject quiet now, the one for good first."""
        found = [self.silences[one] for one in (subject, EVERYTHING) if one in self.silences]
        held = [silence for silence in found if silence.holds(now)]
        return min(held, key=lambda silence: silence.until is not None, default=None)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a look leads to: the alerts that are due, and what is to be remembered."""

    alerts: tuple[tuple[Alert, AlertState], ...] = ()
    notes: tuple[Note, ...] = ()


def decide(
    conditions: Iterable[Condition], memory: Memory, now: datetime, *, quiet: bool, urgent: bool
) -> Decision:
    """Gives what is due now. `quiet`: these are quiet hours; `urgent`: critical ones pass them."""
    notes = dict(memory.notes)
    before = dict(notes)
    due: list[tuple[Alert, AlertState]] = []
    for found in _highest_first(conditions):
        if found.holds is None:
            continue
        condition = _in_known_period(found, notes)
        note, raised = _looked_at(_note_of(condition, notes), condition, notes, now)
        silence = memory.silence(condition.subject, now)
        if raised and silence is not None and silence.until is not None:
            _snooze(condition, note, notes)
            continue
        notes[note.key] = note
        if raised:
            held = quiet and not (urgent and condition.level == "critical")
            due.append((_alert(condition, note, now), "muted" if silence else "held" if held else "raised"))
    changed = tuple(note for key, note in notes.items() if before.get(key) != note and note.matters)
    return Decision(tuple(due), changed)


def summary_of(held: Iterable[Alert], now: datetime) -> Alert:
    """Gives the one alert that stands for those of the quiet hours, the worst first."""
    alerts = sorted(held, key=lambda alert: (alert.level != "critical", alert.at, alert.id))
    titles = tuple(alert.words(names=False)[0] for alert in alerts)
    named = tuple(alert.words(names=True)[0] for alert in alerts)
    return Alert(
        id=_digest("summary", *(alert.id for alert in alerts)),
        subject="summary",
        kind="summary",
        level=alerts[0].level,
        title=f"{len(alerts)} alerts while it was quiet",
        lines=titles,
        named_lines=tuple(new for new, old in zip(named, titles, strict=True) if new != old),
        at=now,
        period="",
        provenance="mixed" if len({a.provenance for a in alerts}) > 1 else alerts[0].provenance,
    )


def _snooze(condition: Condition, note: Note, notes: dict[str, Note]) -> None:
    """Remembers since when it holds, but not that it was told: it comes back afterwards if it still holds."""
    if condition.span is None:
        old = _note_of(condition, notes)
        notes[old.key] = old.model_copy(update={"holds_since": note.holds_since, "calm_since": None})


def _highest_first(conditions: Iterable[Condition]) -> list[Condition]:
    """Within a ladder the highest step comes first; all else keeps its order, and slots come by time."""
    order: dict[tuple[str, str], int] = {}
    listed = list(conditions)
    for number, condition in enumerate(listed):
        order.setdefault((condition.subject, condition.kind), number)
    return sorted(
        listed,
        key=lambda c: (order[c.subject, c.kind], -c.step, c.span[0].timestamp() if c.span else 0.0),
    )


def _note_of(condition: Condition, notes: Mapping[str, Note]) -> Note:
    new = Note(subject=condition.subject, kind=condition.kind, mark=condition.mark, period=condition.period)
    return notes.get(new.key, new)


def _in_known_period(condition: Condition, notes: Mapping[str, Note]) -> Condition:
    """Gives the condition with the spelling of its reset that is remembered: vendors vary it by seconds."""
    moment = _moment(condition.period)
    if moment is None:
        return condition
    for note in notes.values():
        if note.subject == condition.subject and note.kind == condition.kind:
            other = _moment(note.period)
            if other is not None and abs(other - moment) <= SAME_PERIOD:
                return replace(condition, period=note.period)
    return condition


def _looked_at(
    note: Note, condition: Condition, notes: Mapping[str, Note], now: datetime
) -> tuple[Note, bool]:
    """Gives the note after this look, and whether the condition is to be told."""
    if condition.span is not None:
        return _slot_looked_at(note, condition, notes, now)
    if not condition.holds:
        return _not_holding(note, condition, now), False
    since = min(note.holds_since or now, now)
    note = note.model_copy(update={"holds_since": since, "calm_since": None})
    if not note.armed or now - since < condition.after:
        return note, False
    said = note.model_copy(update={"armed": False, "said_at": now})
    if condition.step and _higher_said(condition, notes):
        return said, False
    return said.model_copy(update={"times": note.times + 1}), True


def _not_holding(note: Note, condition: Condition, now: datetime) -> Note:
    if not (condition.calm if condition.calm is not None else True):
        return note.model_copy(update={"holds_since": None, "calm_since": None})
    since = min(note.calm_since or now, now)
    rested = condition.rearm is not None and now - since >= condition.rearm
    return note.model_copy(update={"holds_since": None, "calm_since": since, "armed": note.armed or rested})


def _slot_looked_at(
    note: Note, condition: Condition, notes: Mapping[str, Note], now: datetime
) -> tuple[Note, bool]:
    """An unusual slot is told unless it goes on with one that was told less than a day ago."""
    assert condition.span is not None
    first, last = condition.span
    if not note.armed:
        return note, False
    told = [
        other
        for other in notes.values()
        if other.subject == condition.subject and other.kind == condition.kind and other.until is not None
    ]
    goes_on = [
        other
        for other in told
        if other.said_at is not None
        and other.until is not None
        and first <= other.until + EPISODE
        and now - other.said_at < AGAIN
    ]
    note = note.model_copy(update={"armed": False, "until": last})
    if goes_on:
        said_at = max(other.said_at for other in goes_on if other.said_at is not None)
        return note.model_copy(update={"said_at": min(said_at, now)}), False
    return note.model_copy(update={"said_at": now, "times": note.times + 1}), True


def _higher_said(condition: Condition, notes: Mapping[str, Note]) -> bool:
    """Whether a higher step of the same ladder was told in this period: it says what this one would."""
    return any(
        note.subject == condition.subject
        and note.kind == condition.kind
        and note.period == condition.period
        and not note.armed
        and note.mark.isdecimal()
        and int(note.mark) > condition.step
        for note in notes.values()
    )


def _alert(condition: Condition, note: Note, now: datetime) -> Alert:
    words = condition.words
    return Alert(
        id=_digest(note.subject, note.kind, note.mark, note.period, str(note.times)),
        subject=condition.subject,
        kind=condition.kind,
        mark=condition.mark,
        level=condition.level,
        title=words.title,
        lines=words.lines,
        about=words.about,
        name=words.name,
        named_lines=words.named_lines,
        at=now,
        period=condition.period,
        provenance=words.provenance,
        service_id=condition.service_id,
    )


def _moment(period: str) -> datetime | None:
    """Gives a period that is a moment; None for a day, a month, a word."""
    if "T" not in period:
        return None
    try:
        moment = datetime.fromisoformat(period)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _digest(*parts: str) -> str:
    return f"alr_{sha256(chr(0).join(parts).encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"

"""What was told, newest first: when, of what, and what became of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece, cut, fit, spread
from stackk_tui.tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from stackk_tui.model.alert import AlertRecord, Silence

SKELETON = 3
EVERYTHING = "*"


class AlertList(LineList):
    """One line an alert. A skeleton until it is known what there is."""

    has_heads: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._records: tuple[AlertRecord, ...] | None = None
        self._silences: Mapping[str, Silence] = {}
        self._now: datetime | None = None

    def show(self, records: "Sequence[AlertRecord]", silences: "Sequence[Silence]", now: datetime) -> None:
        """Shows these; the cursor stays on the same one if it is still there."""
        before = self.pointed
        self._records, self._now = tuple(records), now
        self._silences = {silence.subject: silence for silence in silences if silence.holds(now)}
        ids = [record.alert.id for record in self._records]
        if before is not None and before.alert.id in ids:
            self.set_reactive(LineList.cursor, ids.index(before.alert.id))
        self.lines_changed()

    @property
    def pointed(self) -> "AlertRecord | None":
        """The alert under the cursor."""
        records = self._records or ()
        return records[self.cursor] if 0 <= self.cursor < len(records) else None

    # LineList

    def count(self) -> int:
        return SKELETON if self._records is None else len(self._records)

    def can_point(self, index: int) -> bool:
        return self._records is not None

    def line(self, index: int, width: int, draw: Look) -> list[Piece]:
        if self._records is None or self._now is None:
            return [("   ", draw.text), (("-" if draw.plain else "░") * (40 - 8 * index), draw.faint)]
        record = self._records[index]
        level = draw.broken if record.alert.level == "critical" else draw.look
        title, _ = record.alert.words(names=True)
        left: list[Piece] = [
            ("›" if index == self.cursor else " ", draw.accent),
            ("▲ " if not record.seen else "  ", level),
            *fit([(f.when(record.alert.at, self._now), draw.quiet)], 10, "right"),
            ("  ", draw.text),
            (title, draw.text if record.seen else draw.strong),
        ]
        state = state_words(record, self._silences, self._now)
        return cut(spread(left, [(state, draw.quiet), (" ", draw.text)], width), width)


def state_words(record: "AlertRecord", silences: "Mapping[str, Silence]", now: datetime) -> str:
    """Gives whether its subject is muted or snoozed now, else what became of the telling, in few words."""
    if (silence := silence_of(record, silences)) is not None:
        return f"snoozed till {f.when(silence.until, now)}" if silence.until else "muted"
    if record.state == "muted":
        return "was muted"
    if record.state == "held":
        return "held: quiet hours"
    states = {delivery.state for delivery in record.deliveries}
    if states & {"failed", "gave-up"}:
        return "not delivered" if "sent" not in states else "partly delivered"
    if "sent" in states:
        return "delivered"
    return "on its way" if states else "here only"


def silence_of(record: "AlertRecord", silences: "Mapping[str, Silence]") -> "Silence | None":
    """Gives what keeps its subject, or all, quiet now."""
    return silences.get(record.alert.subject) or silences.get(EVERYTHING)

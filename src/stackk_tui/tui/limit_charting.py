"""What the chart of a window draws: how full it was in each slot of time. Pure functions.

A value holds until the next one of the same window. Nothing is drawn over a reset, nor where nobody looked
for hours: a gap is a gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackk_tui.model.snapshot import LimitSample
    from stackk_tui.model.view import LimitHistory

NOT_READ = "Nobody has read this window in these days."
SAME_RESET = timedelta(minutes=1)
LEAST_SLOTS = 8
"""A window narrower than this on the screen has no line of even pace: it would be a row of spikes."""


@dataclass(frozen=True, slots=True)
class LimitChart:
    """A window over time. `fills` and `even` have a value for each slot, or None."""

    limit_id: str
    label: str
    first: datetime
    last: datetime
    fills: tuple[float | None, ...] = ()
    """The fullest it was in the slot, 0 to 1 and over; None where that is not known."""
    even: tuple[float | None, ...] = ()
    """What an even spend would have used; None where no window is known, or it would be too narrow."""
    reason: str = ""
    """Why there is nothing to draw."""

    @property
    def has_gaps(self) -> bool:
        """Whether something after the first reading is not known."""
        known = [at for at, fill in enumerate(self.fills) if fill is not None]
        return bool(known) and any(fill is None for fill in self.fills[known[0] :])


def hold_of(length: timedelta | None) -> timedelta:
    """Gives how long a reading may stand for what came after it."""
    return timedelta(hours=2) if length is not None and length < timedelta(days=1) else timedelta(hours=6)


def limit_chart(history: "LimitHistory", now: datetime, days: int, slots: int) -> LimitChart:
    """Gives the last `days` of a window in that many slots of equal time."""
    first = now - timedelta(days=days)
    slot = (now - first) / slots
    stretches = _stretches(history.samples, hold_of(history.length), first, now)
    if not stretches:
        return LimitChart(history.limit_id, history.label, first, now, reason=NOT_READ)
    fills: list[float | None] = [None] * slots
    for start, end, used in stretches:
        begin = int((start - first) / slot)
        stop = max(begin + 1, -int(-((end - first) / slot) // 1))
        for at in range(max(0, begin), min(slots, stop)):
            fills[at] = max(used, fills[at] or 0.0)
    return LimitChart(
        history.limit_id, history.label, first, now, tuple(fills), _even(history, first, slot, slots)
    )


def _stretches(
    samples: "Sequence[LimitSample]", hold: timedelta, first: datetime, now: datetime
) -> list[tuple[datetime, datetime, float]]:
    """Gives from when to when each reading is what is known."""
    found: list[tuple[datetime, datetime, float]] = []
    for i, sample in enumerate(samples):
        following = samples[i + 1].at if i + 1 < len(samples) else now
        end = following if following - sample.at <= hold else sample.at
        if sample.resets_at is not None:
            end = min(end, max(sample.at, sample.resets_at))
        if end >= first and sample.at <= now:
            found.append((max(first, sample.at), min(end, now), sample.used))
    return found


def _even(history: "LimitHistory", first: datetime, slot: timedelta, slots: int) -> tuple[float | None, ...]:
    length = history.length
    if not length or length / slot < LEAST_SLOTS:
        return (None,) * slots
    resets: list[datetime] = []
    for sample in history.samples:
        if sample.resets_at and not (resets and abs(sample.resets_at - resets[-1]) <= SAME_RESET):
            resets.append(sample.resets_at)
    line: list[float | None] = []
    for at in range(slots):
        middle = first + slot * (at + 0.5)
        end = next((reset for reset in resets if reset - length <= middle < reset), None)
        line.append(None if end is None else (middle - (end - length)) / length)
    return tuple(line)


def day_ticks(first: datetime, last: datetime, slots: int, room: int) -> list[tuple[int, datetime]]:
    """Gives the slots in which a local day begins, at most as many as have `room` slots each."""
    begin = first.astimezone()
    day = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    ticks: list[tuple[int, datetime]] = []
    while (day := _next_day(day)) <= last:
        ticks.append((int((day - first) / (last - first) * slots), day))
    step = max(1, -(-len(ticks) * room // slots))
    return ticks[(len(ticks) - 1) % step :: step]


def _next_day(day: datetime) -> datetime:
    """Gives the next local midnight, also over a change of the clocks."""
    following = (day + timedelta(hours=36)).astimezone()
    return following.replace(hour=0, minute=0, second=0, microsecond=0).replace(tzinfo=None).astimezone()

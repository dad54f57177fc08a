"""Whose requests are counted in this fetch, where there are more projects than may be asked for at once.

A question counts one project over one window. Who is not asked keeps the last count, with its own time, and
is asked in one of the next fetches: who waited longest comes first (`api/supabase.md` §9).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from stackk_tui.model.snapshot import Snapshot
from stackk_tui.providers.panel import Panel
from stackk_tui.providers.supabase import wire
from stackk_tui.providers.supabase.counts import DayCounts, by_day, whole_days
from stackk_tui.providers.supabase.wire import SERVICES

MOST_COUNTED: Final = 28
"""Questions a minute and a fetch; 30 a minute are allowed."""
DAY, WEEK = "1day", "7day"
LASTS: Final = {DAY: timedelta(hours=6), WEEK: timedelta(days=1)}
"""How old a count may be and still stand for its window in a sum with newer ones."""
CARRIED: Final = "counts"
_MINUTE: Final = timedelta(seconds=60)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

Question = tuple[str, str]
"""A project's ref and the window: `1day` or `7day`."""


@dataclass(frozen=True, slots=True)
class Count:
    """The last answer to a question. `total` is None while there is none."""

    asked: datetime
    at: datetime = _NEVER
    """When `total` was counted, by Supabase's clock."""
    total: int | None = None
    days: DayCounts = field(default_factory=dict)


@dataclass(slots=True)
class Turns:
    """`questions` are this fetch's; `in_turn` says whether there are more. `kept` are the answers so far."""

    questions: frozenset[Question]
    in_turn: bool
    kept: dict[Question, Count]

    @classmethod
    def of(cls, snapshots: Iterable[Snapshot], refs: Sequence[str], now: datetime) -> "Turns":
        """Gives who is asked now, of `refs`: those without a count first, then the oldest."""
        every = [(ref, window) for window in (WEEK, DAY) for ref in refs]
        if len(every) <= MOST_COUNTED:
            return cls(frozenset(every), in_turn=False, kept={})
        kept: dict[Question, Count] = {}
        for snapshot in snapshots:
            for question, count in _read(snapshot.carried.get(CARRIED, "")).items():
                if question not in kept or kept[question].asked < count.asked:
                    kept[question] = count
        just_asked = sum(timedelta(0) <= now - count.asked < _MINUTE for count in kept.values())
        every.sort(key=lambda question: kept[question].asked if question in kept else _NEVER)
        return cls(frozenset(every[: max(0, MOST_COUNTED - just_asked)]), in_turn=True, kept=kept)

    def take(
        self, answers: Mapping[Question, Panel[list[wire.Counts]]], asked: datetime, at: datetime
    ) -> None:
        """Keeps what was answered, and of what failed that it was asked: it waits like the others."""
        for question, found in answers.items():
            if found.value is not None:
                days = by_day(found.value, whole_days(at)) if question[1] == WEEK else {}
                total = sum(row.total for row in found.value)
                self.kept[question] = Count(asked, at, total, days)
            elif found.error is not None:
                self.kept[question] = replace(self.kept.get(question, Count(asked)), asked=asked)

    def counted(self, refs: Iterable[str], window: str) -> list[Count]:
        """Gives the counts that there are of these projects, of any age."""
        found = (self.kept.get((ref, window)) for ref in refs)
        return [count for count in found if count is not None and count.total is not None]

    def carried(self, refs: Iterable[str]) -> str:
        """Gives what is kept of these projects, as text."""
        wanted = frozenset(refs)
        return json.dumps([_row(q, c) for q, c in self.kept.items() if q[0] in wanted])


def _row(question: Question, count: Count) -> list[object]:
    days: dict[str, dict[str, int]] = {}
    for (day, name), number in count.days.items():
        days.setdefault(day.isoformat(), {})[name] = number
    return [*question, count.asked.isoformat(), count.at.isoformat(), count.total, days]


def _read(text: str) -> dict[Question, Count]:
    """Gives what an earlier fetch kept; nothing of what another version may have written differently."""
    try:
        return dict(_count(row) for row in json.loads(text or "[]"))
    except (ValueError, TypeError, AttributeError, KeyError):
        return {}


def _count(row: list[Any]) -> tuple[Question, Count]:
    ref, window, asked, at, total, days = row
    by_name = {
        (date.fromisoformat(day), name): int(counts[name])
        for day, counts in days.items()
        for name in SERVICES
        if name in counts
    }
    return (str(ref), str(window)), Count(
        datetime.fromisoformat(asked),
        datetime.fromisoformat(at),
        None if total is None else int(total),
        by_name,
    )

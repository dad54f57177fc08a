"""Requests by day and service, for our own history: the API keeps seven days (`api/supabase.md` §5)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from stackk_tui.model.clock import utc_midnight
from stackk_tui.model.usage import UsageBatch, UsageBucket, UsageSource
from stackk_tui.providers.supabase.wire import SERVICES, Counts

WINDOW: Final = 7
SETTLED_AFTER: Final = timedelta(hours=3)
"""How long after its end a day is final. Nothing says how late requests are counted; it leaves room."""

SO_FAR: Final = timedelta(hours=1)
"""How far apart counts of today may be to be one figure of today so far."""

DayCounts = dict[tuple[date, str], int]


def whole_days(now: datetime) -> tuple[date, ...]:
    """Gives the days that a seven-day answer has whole, and today so far, oldest first.

    The window rolls: it begins seven times 24 hours ago, in the middle of an eighth day, which is left out.
    """
    return tuple(now.date() - timedelta(days=age) for age in reversed(range(WINDOW)))


def by_day(rows: Iterable[Counts], days: Sequence[date]) -> DayCounts:
    """Gives requests by day and service; what is missing is none."""
    wanted, found = frozenset(days), DayCounts()
    for row in rows:
        day = row.timestamp.date()
        if day in wanted:
            for name in SERVICES:
                found[day, name] = found.get((day, name), 0) + int(getattr(row, name))
    return found


def summed(parts: Iterable[DayCounts]) -> DayCounts:
    found = DayCounts()
    for part in parts:
        for key, count in part.items():
            found[key] = found.get(key, 0) + count
    return found


def days_told(oldest: datetime, now: datetime) -> tuple[date, ...]:
    """Gives the days that counts of different times tell of, the oldest of them of `oldest`: days that were
    over by then, and today where all of them are of the last hour."""
    return tuple(
        day
        for day in whole_days(now)
        if oldest >= utc_midnight(day + timedelta(days=1))
        or (day == oldest.date() == now.date() and now - oldest <= SO_FAR)
    )


def batch_of(workspace_id: str, counts: DayCounts, days: Sequence[date], now: datetime) -> UsageBatch:
    """Gives what one workspace did on these days, counted at `now`. A day without a bucket is a true zero."""
    return UsageBatch(
        source=UsageSource.USAGE,
        buckets=tuple(
            UsageBucket(day=day, workspace_id=workspace_id, model=name, requests=count)
            for (day, name), count in sorted(counts.items())
            if count
        ),
        days=tuple(days),
        final_days=frozenset(
            day for day in days if now >= utc_midnight(day + timedelta(days=1)) + SETTLED_AFTER
        ),
        workspaces=(workspace_id,),
    )


def cut_short(counted_at: datetime | None, now: datetime) -> date | None:
    """Gives the day that was last counted before its end, and is too long ago to be asked for again."""
    if counted_at is None or counted_at.date() >= whole_days(now)[0]:
        return None
    return counted_at.date()

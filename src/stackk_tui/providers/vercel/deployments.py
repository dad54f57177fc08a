"""Deployments by day, project and state, and what follows from them (`api/vercel.md` §5). Days are UTC."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from stackk_tui.model.clock import utc_midnight
from stackk_tui.model.snapshot import Metric
from stackk_tui.model.usage import UsageBatch, UsageBucket, UsageSource
from stackk_tui.providers.vercel.api import Deployments
from stackk_tui.providers.vercel.wire import Deployment

SECTION = "Deployments"
LAST = "Last deployments"
DAYS = 30
LAST_SHOWN = 8
_ENDED = frozenset({"READY", "ERROR", "CANCELED", "DELETED", "BLOCKED"})
_SETTLED_AFTER = timedelta(days=1)
_STUCK_AFTER = timedelta(days=3)
"""Whatever is not over by then stays as it is."""


def since(now: datetime) -> datetime:
    """Gives the moment from which on deployments are asked for."""
    return now - timedelta(days=DAYS)


def days_covered(found: Deployments, now: datetime) -> list[date]:
    """Gives the UTC days of which every deployment was read: a page that was not asked for is no zero."""
    first = found.whole_since.date()
    if found.whole_since > utc_midnight(first):
        first += timedelta(days=1)
    return [first + timedelta(days=n) for n in range((now.date() - first).days + 1)]


def usage_batch(found: Deployments, team: str, projects: Collection[str], now: datetime) -> UsageBatch:
    """Gives counts for the team as a whole and for each of its projects."""
    days = days_covered(found, now)
    counts: Counter[tuple[date, str, str]] = Counter()
    for row in found.rows:
        if row.at is not None:
            counts[row.at.date(), team, row.now] += 1
            if row.project_id:
                counts[row.at.date(), row.project_id, row.now] += 1
    workspaces = tuple(dict.fromkeys([team, *projects, *(w for _, w, _ in counts)]))
    for silent in set(workspaces) - {w for day, w, _ in counts if day in days} if days else ():
        counts[days[-1], silent, "READY"] = 0  # a zero that was counted
    return UsageBatch(
        source=UsageSource.USAGE,
        buckets=tuple(
            UsageBucket(day=day, workspace_id=workspace, model=state, requests=number)
            for (day, workspace, state), number in counts.items()
        ),
        days=tuple(days),
        final_days=_settled(found.rows, days, now),
        workspaces=workspaces,
    )


def metrics(found: Deployments, project: str | None, now: datetime) -> list[Metric]:
    """Gives figures of the last 30 days, of one project or of all."""
    rows = [row for row in found.rows if project is None or row.project_id == project]
    states = Counter(row.now for row in rows)
    ended = states["READY"] + states["ERROR"]
    seconds = sorted(s for row in rows if (s := _build_seconds(row)) is not None)
    figures = _Figures(now)
    # with more pages than are read, only what is told of the newest ones is so
    figures.add("deployments_30d", "Deployments, 30 days", None if found.capped else len(rows), headline=True)
    figures.add("build_failures_30d", "Failed builds, 30 days", None if found.capped else states["ERROR"])
    rate = f"{100 * states['READY'] / ended:.1f}" if ended else None
    figures.add("deployment_success_rate", "Builds that succeed", rate, "%")
    middle = f"{median(seconds):.0f}" if seconds else None
    figures.add("build_seconds_median", "Build time, median", middle, "seconds")
    return [*figures.found, *_last(rows, now)]


def capped_note(found: Deployments) -> list[str]:
    if not found.capped:
        return []
    return [
        f"Only the newest {len(found.rows)} deployments were read, back to {found.whole_since:%Y-%m-%d}: "
        "success and build time are of these."
    ]


@dataclass(slots=True)
class _Figures:
    now: datetime
    found: list[Metric]

    def __init__(self, now: datetime) -> None:
        self.now, self.found = now, []

    def add(self, name: str, label: str, value: object, unit: str = "", *, headline: bool = False) -> None:
        self.found.append(
            Metric(
                id=name,
                label=label,
                value=None if value is None else str(value),
                unit=unit,
                section=SECTION,
                headline=headline,
                as_of=self.now,
            )
        )


def _last(rows: Iterable[Deployment], now: datetime) -> list[Metric]:
    newest = sorted((r for r in rows if r.at), key=lambda r: r.at or now, reverse=True)[:LAST_SHOWN]
    return [
        Metric(
            id=f"deployment_{number}",
            label=f"{row.name or row.uid or 'unnamed'}, {row.target or 'preview'}",
            value=row.now.lower(),
            unit=f"{row.at:%Y-%m-%d %H:%M} UTC" if row.at else "",
            section=LAST,
            as_of=now,
        )
        for number, row in enumerate(newest, 1)
    ]


def _build_seconds(row: Deployment) -> float | None:
    if row.now != "READY" or row.ready is None or row.building_at is None or row.ready < row.building_at:
        return None
    return (row.ready - row.building_at).total_seconds()


def _settled(rows: Sequence[Deployment], days: Iterable[date], now: datetime) -> frozenset[date]:
    """Gives the days that are long over and whose deployments are, too. They stay as they are counted now:
    Vercel deletes old deployments, which happened all the same."""
    open_days = {row.at.date() for row in rows if row.at and row.now not in _ENDED}

    def over(day: date) -> timedelta:
        return now - utc_midnight(day + timedelta(days=1))

    return frozenset(
        day for day in days if over(day) >= (_STUCK_AFTER if day in open_days else _SETTLED_AFTER)
    )

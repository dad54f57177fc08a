"""The organization's Claude Code report, one UTC day a call (`api/anthropic.md` §2.3).

Its tokens and cost are a share of the usage and cost reports, never added to them; its buckets carry the
organization's id, because the report knows no workspace. Each day's core figures are carried in the snapshot,
so that a settled day is asked for once and the month still adds up.
"""

import asyncio
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from pydantic import BaseModel, TypeAdapter, ValidationError

from stackk_tui.model.errors import StackkError
from stackk_tui.model.figure import Provenance
from stackk_tui.model.snapshot import Metric, Snapshot
from stackk_tui.model.usage import NO_MODEL, Tokens, UsageBatch, UsageBucket, UsageSource
from stackk_tui.providers.anthropic.api import AnthropicApi
from stackk_tui.providers.anthropic.days import month_days, settled
from stackk_tui.providers.anthropic.wire import ClaudeCodeRow
from stackk_tui.providers.base import Known

SECTION = "Claude Code"
CARRIED = "claude_code"
SETTLED_AFTER = timedelta(hours=3)
"""The report is up to an hour late (§2.5)."""
AGAIN_AFTER = timedelta(hours=1)
AT_ONCE = 2
MOST_DAYS = 31


class DayCore(BaseModel):
    """A day's core figures over all people. `people` are short hashes: who it was is not kept."""

    at: datetime
    sessions: int = 0
    added: int = 0
    removed: int = 0
    commits: int = 0
    pull_requests: int = 0
    dollars: Decimal = Decimal(0)
    people: list[str] = []


_DAYS = TypeAdapter(dict[date, DayCore])


@dataclass(slots=True)
class CodeReport:
    """What is known of the report now: `days` by date, a batch of what was fetched, and the first error."""

    days: dict[date, DayCore] = field(default_factory=dict)
    batch: UsageBatch | None = None
    error: StackkError | None = None

    def carried(self) -> dict[str, str]:
        return {CARRIED: _DAYS.dump_json(self.days).decode()}


async def read_report(
    api: AnthropicApi,
    organization_id: str,
    known: Known,
    *,
    now: datetime,
    settle_now: datetime,
) -> CodeReport:
    """Fetches the days that are missing or, within the month, may have grown. Today at most hourly."""
    final = known.final_days.get(UsageSource.CLAUDE_CODE_REPORT, frozenset())
    old = known.snapshots.get(organization_id)
    wanted = _wanted(now.date(), final)
    have = {day: core for day, core in _carried(old).items() if day in wanted or day in final}
    todo = [day for day in wanted if not _good(have.get(day), day, final, now)]
    slots = asyncio.Semaphore(AT_ONCE)
    rows: dict[date, list[ClaudeCodeRow]] = {}
    report = CodeReport(days=have)

    async def fetch(day: date) -> None:
        async with slots:
            if report.error is not None:
                return
            try:
                rows[day] = [r for r in await api.claude_code(day) if r.date is None or r.date.date() == day]
            except StackkError as error:
                report.error = error

    async with asyncio.TaskGroup() as group:
        for day in todo:
            group.create_task(fetch(day))
    first = now.date().replace(day=1)
    report.days = {d: c for d, c in have.items() if d >= min(first, *wanted)}
    report.days |= {day: _core(found, now) for day, found in rows.items()}
    report.batch = _batch(rows, organization_id, settle_now) if rows else None
    return report


def month_metrics(report: CodeReport, today: date) -> list[Metric] | None:
    """Gives the month's figures, or None when a day of it is missing."""
    days = [report.days.get(day) for day in month_days(today)]
    cores = [core for core in days if core is not None]
    if len(cores) < len(days):
        return None
    people = {person for core in cores for person in core.people}
    as_of = cores[-1].at
    counts: tuple[tuple[str, str, int, str], ...] = (
        ("sessions", "Sessions this month", sum(c.sessions for c in cores), ""),
        ("people", "People and keys", len(people), ""),
        ("lines_added", "Lines added", sum(c.added for c in cores), "lines"),
        ("lines_removed", "Lines removed", sum(c.removed for c in cores), "lines"),
        ("commits", "Commits", sum(c.commits for c in cores), ""),
        ("pull_requests", "Pull requests", sum(c.pull_requests for c in cores), ""),
    )
    metrics = [
        Metric(id=f"claude_code_{k}", label=label, value=str(n), unit=unit, section=SECTION, as_of=as_of)
        for k, label, n, unit in counts
    ]
    dollars = sum((c.dollars for c in cores), Decimal(0))
    cost = Metric(
        id="claude_code_cost",
        label="Estimated cost, part of the total",
        value=format(dollars, "f"),
        unit="USD",
        provenance=Provenance.ESTIMATED,
        section=SECTION,
        as_of=as_of,
    )
    return [*metrics, cost]


def _wanted(today: date, final: Collection[date]) -> list[date]:
    """Gives the month so far, and before it the days since the last settled one (left unfinished)."""
    start = today.replace(day=1)
    past = [day for day in final if day < today]
    if past:
        start = min(start, max(past) + timedelta(days=1))
    start = max(start, today - timedelta(days=MOST_DAYS - 1))
    return [start + timedelta(days=n) for n in range((today - start).days + 1)]


def _good(core: DayCore | None, day: date, final: Collection[date], now: datetime) -> bool:
    if core is None:
        return False
    return (day in final and day < now.date()) or timedelta(0) <= now - core.at < AGAIN_AFTER


def _carried(old: Snapshot | None) -> Mapping[date, DayCore]:
    try:
        return _DAYS.validate_python(json.loads((old.carried if old else {}).get(CARRIED, "{}")))
    except (ValueError, ValidationError):
        return {}  # ours, from another version: the days are asked for again


def _core(rows: Sequence[ClaudeCodeRow], now: datetime) -> DayCore:
    metrics = [row.core_metrics for row in rows]
    costs = (b.estimated_cost.dollars for row in rows for b in row.model_breakdown)
    return DayCore(
        at=now,
        sessions=sum(m.num_sessions for m in metrics),
        added=sum(m.lines_of_code.added for m in metrics),
        removed=sum(m.lines_of_code.removed for m in metrics),
        commits=sum(m.commits_by_claude_code for m in metrics),
        pull_requests=sum(m.pull_requests_by_claude_code for m in metrics),
        dollars=sum((c for c in costs if c is not None), Decimal(0)),
        people=sorted({_person(row) for row in rows}),
    )


def _person(row: ClaudeCodeRow) -> str:
    name = f"{row.actor.type}|{row.actor.email_address or row.actor.api_key_name or ''}"
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:12]


def _batch(
    rows: Mapping[date, Iterable[ClaudeCodeRow]], organization_id: str, settle_now: datetime
) -> UsageBatch:
    tokens: dict[tuple[date, str], Tokens] = {}
    costs: dict[tuple[date, str], Decimal] = {}
    for day, found in rows.items():
        for part in (part for row in found for part in row.model_breakdown):
            key = (day, part.model or NO_MODEL)
            tokens[key] = tokens.get(key, Tokens()) + Tokens(
                input=part.tokens.input,
                output=part.tokens.output,
                cache_read=part.tokens.cache_read,
                cache_write_5m=part.tokens.cache_creation,  # the report does not split writes
            )
            if part.estimated_cost.dollars is not None:
                costs[key] = costs.get(key, Decimal(0)) + part.estimated_cost.dollars
    return UsageBatch(
        source=UsageSource.CLAUDE_CODE_REPORT,
        buckets=tuple(
            UsageBucket(day=d, workspace_id=organization_id, model=m, tokens=total, cost=costs.get((d, m)))
            for (d, m), total in tokens.items()
        ),
        days=tuple(sorted(rows)),
        final_days=settled(sorted(rows), settle_now, SETTLED_AFTER),
    )

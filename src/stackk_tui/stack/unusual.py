"""What stands out: days from the ledger, days and hours from the logs here, and rises of a week's windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from stackk_tui.insight.anomaly import Parts
from stackk_tui.insight.days import local_day
from stackk_tui.insight.summary import once_per_bill
from stackk_tui.insight.unusual import (
    COMPARED,
    WEEKLY,
    Days,
    Found,
    parts_of,
    rises,
    unusual_days,
    unusual_hours,
    with_causes,
)
from stackk_tui.model.anomaly import Unusual
from stackk_tui.model.errors import InvalidInput, StackkError
from stackk_tui.model.figure import Provenance
from stackk_tui.model.service import Status
from stackk_tui.model.usage_report import GroupBy, UsageQuery, UsageReport, UsageRow
from stackk_tui.model.view import ServiceView
from stackk_tui.providers.registry import log_readers
from stackk_tui.stack.core import Core, log
from stackk_tui.stack.logs import Logs
from stackk_tui.stack.part_days import part_days
from stackk_tui.stack.reading import Reading

MOST_DAYS = 366
EXPLAINED = 12
"""Slots of the logs whose causes are looked up, the newest."""
LARGEST = 4
"""Parts of each kind that are compared with what is usual for them."""
PARTS: tuple[GroupBy, ...] = ("model", "project", "session")
THIS_MACHINE = "this machine"
PartKey = tuple[str, str]
"""A kind and a name, as rows have it."""
_ALL_READINGS = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Source:
    """Logs of one account of this machine, and the service that tracks them, if one does."""

    account: str | None
    service_id: str | None
    name: str


class UnusualSlots:
    def __init__(self, core: Core, reading: Reading, logs: Logs) -> None:
        self._core = core
        self._reading = reading
        self._logs = logs

    async def anomalies(self, days: int) -> list[Unusual]:
        """Gives what stood out in the last days, newest first. Raises InvalidInput, StackkError."""
        if not 1 <= days <= MOST_DAYS:
            raise InvalidInput(f"Unusual days are looked for in 1 to {MOST_DAYS} days, not {days}.")
        now = self._core.clock()
        views = [v for v in await self._reading.views() if v.status is not Status.DISCONNECTED]
        from_logs = [view for view in views if view.service.provider in log_readers()]
        found: list[Unusual] = []
        for view in once_per_bill(view for view in views if view not in from_logs):
            found += await self._days_of(view, days, now)
        for view in views:
            found += await self._rises_of(view, days, now)
        sources = [Source(v.service.workspace.name, v.service.id, v.service.name) for v in from_logs]
        for source in sources or [Source(None, None, THIS_MACHINE)]:
            try:
                found += await self._of_logs(source, days, now)
            except StackkError as error:  # no logs, or unreadable ones, take nothing from the rest
                log.info("the logs of %s tell nothing unusual: %s", source.name, error.code)
        return sorted(found, key=lambda each: each.anomaly.start, reverse=True)

    async def _days_of(self, view: ServiceView, days: int, now: datetime) -> list[Unusual]:
        """Gives a service's unusual days of money; of tokens where it tells no money."""
        zone = view.month.timezone
        today = local_day(now, zone)
        since = today - timedelta(days=days - 1)
        workspace = view.service.workspace
        place = (view.service.account_id, workspace.usage_id)
        sums = (await self._core.ledger.day_sums([place], since - COMPARED, today))[place]
        by_cost = bool(sums.costs)
        amounts = {
            day: float(sums.costs.get(day, 0) if by_cost else sums.tokens.get(day, 0))
            for day in (sums.cost_days if by_cost else sums.token_days)
        }
        if not unusual_days(Days(amounts, timezone=zone), since):
            return []  # nothing to explain
        names = await self._workspace_names(view.service.account_id)
        rows = await self._core.ledger.day_parts(place, since - COMPARED, today)
        parts: dict[date, list[tuple[tuple[str, str], float]]] = {}
        for day, where, model, cost, tokens in rows:
            amount = float((cost if by_cost else tokens) or 0)
            mine = parts.setdefault(day, [])
            if model:
                mine.append((("model", model), amount))
            if workspace.usage_id is None:
                mine.append((("workspace", names.get(where, where)), amount))
        keys = await part_days(self._core, place, "key", since - COMPARED, today, by_cost=by_cost)
        for day, by_key in keys.amounts.items():
            parts.setdefault(day, []).extend(by_key.items())
        told = Days(
            amounts, {day: parts_of(each) for day, each in parts.items()}, zone, known={"key": keys.days}
        )
        provenance = view.month.cost.provenance if by_cost else Provenance.MEASURED
        return [
            _unusual(
                view,
                "cost" if by_cost else "tokens",
                _called(each, keys.names, estimated=by_cost),
                currency=sums.currency if by_cost else None,
                provenance=provenance.value,
            )
            for each in unusual_days(told, since)
        ]

    async def _workspace_names(self, account_id: str) -> dict[str, str]:
        services = await self._core.services()
        return {s.workspace.id: s.workspace.name for s in services if s.account_id == account_id}

    async def _rises_of(self, view: ServiceView, days: int, now: datetime) -> list[Unusual]:
        limits = view.snapshot.limits if view.snapshot else ()
        weekly = {limit.id: limit for limit in limits if limit.length and limit.length >= WEEKLY}
        if not weekly:
            return []
        since = now - timedelta(days=days)
        readings = await self._core.ledger.limit_history(
            view.service.id, since - _ALL_READINGS, now - _ALL_READINGS
        )
        found = []
        for limit_id, limit in weekly.items():
            assert limit.length is not None
            for each in rises(readings.get((view.service.id, limit_id), ()), limit.length, since):
                told = await self._explained(view, each)
                found.append(
                    _unusual(view, "limit", told).model_copy(
                        update={"limit_id": limit_id, "limit_label": limit.label}
                    )
                )
        return found

    async def _explained(self, view: ServiceView, found: Found) -> Found:
        """Gives a rise with what the logs here say of its time, if any logs explain this service."""
        account = view.snapshot.explained_by if view.snapshot else None
        if account is None:
            return found
        try:
            reports = await self._logs.reports(
                [
                    UsageQuery(by=part, start=found.anomaly.start, end=found.end, account=account)
                    for part in PARTS
                ]
            )
        except StackkError:
            return found
        sums = _parts(reports, by_cost=any(report.totals.cost for report in reports))
        return with_causes(found, sums, [], _labels(reports))

    async def _of_logs(self, source: Source, days: int, now: datetime) -> list[Unusual]:
        first = now - timedelta(days=days) - COMPARED
        (by_hour,) = await self._logs.reports(
            [UsageQuery(by="hour", start=first, end=now, account=source.account)]
        )
        by_cost = any(row.cost for row in by_hour.rows)
        hours = {datetime.fromisoformat(row.key): _amount(row, by_cost=by_cost) for row in by_hour.rows}
        if not hours:
            return []
        zone = by_hour.timezone
        daily: dict[date, float] = {}
        for hour, amount in hours.items():
            day = local_day(hour, zone)
            daily[day] = daily.get(day, 0.0) + amount
        begun, today = min(daily), local_day(now, zone)
        amounts = {
            day: daily.get(day, 0.0)
            for day in (begun + timedelta(days=n) for n in range((today - begun).days + 1))
        }
        since = now - timedelta(days=days)
        slots = [
            *unusual_days(Days(amounts, timezone=zone), local_day(since, zone)),
            *unusual_hours(hours, since),
        ]
        slots.sort(key=lambda each: each.anomaly.start, reverse=True)
        explained = await self._with_causes(slots[:EXPLAINED], source, first, now, by_cost=by_cost)
        return [
            Unusual(
                service_id=source.service_id,
                name=source.name,
                measure="cost" if by_cost else "tokens",
                currency="USD" if by_cost else None,
                anomaly=each.anomaly,
                end=each.end,
                against=each.against,
                provenance=(Provenance.ESTIMATED if by_cost else Provenance.MEASURED).value,
            )
            for each in [*explained, *slots[EXPLAINED:]]
        ]

    async def _with_causes(
        self, slots: Sequence[Found], source: Source, first: datetime, now: datetime, *, by_cost: bool
    ) -> list[Found]:
        """Gives slots with what was above the usual in them, by the slots that each is compared with. Two
        readings of the logs: what was in the slots, then when the largest parts of them were used before."""
        asked = [
            UsageQuery(by=part, start=each.anomaly.start, end=each.end, account=source.account)
            for each in slots
            for part in PARTS
        ]
        reports = await self._logs.reports(asked)
        inside = [reports[n : n + len(PARTS)] for n in range(0, len(reports), len(PARTS))]
        wanted: dict[tuple[GroupBy, str], None] = {
            (report.by, row.key): None
            for each in inside
            for report in each
            if report.by != "session"  # a session is seldom older than its slot
            for row in report.rows[:LARGEST]
        }
        by_hour = UsageQuery(by="hour", start=first, end=now, account=source.account)
        pasts = await self._logs.reports(
            [
                by_hour.model_copy(update={"models" if kind == "model" else "projects": (key,)})
                for kind, key in wanted
            ]
        )
        past: dict[PartKey, dict[datetime, float]] = {
            part: _by_hour(report, by_cost=by_cost) for part, report in zip(wanted, pasts, strict=True)
        }
        return [
            with_causes(
                found,
                _parts(each, by_cost=by_cost),
                [_slot_of(past, start, start + (found.end - found.anomaly.start)) for start in found.others],
                _labels(each),
            )
            for found, each in zip(slots, inside, strict=True)
        ]


def _called(found: Found, names: Mapping[PartKey, str], *, estimated: bool) -> Found:
    """Gives the same with parts under their names; a share of money by part is ours, no vendor bills it."""
    causes = tuple(
        cause.model_copy(
            update={
                "name": names[cause.kind, cause.name],
                "provenance": Provenance.ESTIMATED.value if estimated else "",
            }
        )
        if (cause.kind, cause.name) in names
        else cause
        for cause in found.anomaly.causes
    )
    return replace(found, anomaly=found.anomaly.model_copy(update={"causes": causes}))


def _unusual(
    view: ServiceView,
    measure: Literal["cost", "tokens", "limit"],
    found: Found,
    *,
    currency: str | None = None,
    provenance: str = Provenance.MEASURED.value,
) -> Unusual:
    return Unusual(
        service_id=view.service.id,
        name=view.service.name,
        measure=measure,
        currency=currency,
        anomaly=found.anomaly,
        end=found.end,
        against=found.against,
        provenance=provenance,
    )


def _parts(reports: Sequence[UsageReport], *, by_cost: bool) -> Parts:
    return {(report.by, row.key): _amount(row, by_cost=by_cost) for report in reports for row in report.rows}


def _labels(reports: Sequence[UsageReport]) -> dict[tuple[str, str], str]:
    return {(report.by, row.key): row.label or row.key for report in reports for row in report.rows}


def _by_hour(report: UsageReport, *, by_cost: bool) -> dict[datetime, float]:
    return {datetime.fromisoformat(row.key): _amount(row, by_cost=by_cost) for row in report.rows}


def _slot_of(
    past: Mapping[PartKey, Mapping[datetime, float]], start: datetime, end: datetime
) -> dict[tuple[str, str], float]:
    return {
        part: sum(amount for hour, amount in hours.items() if start <= hour < end)
        for part, hours in past.items()
    }


def _amount(row: UsageRow, *, by_cost: bool) -> float:
    return float(row.cost or 0) if by_cost else float(row.tokens.total)

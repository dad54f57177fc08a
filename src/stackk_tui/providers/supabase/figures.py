"""What one or several projects show: metrics and limits, each with its own permission and its own age."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from stackk_tui.model.snapshot import Limit, Metric, Snapshot
from stackk_tui.providers.panel import Panel
from stackk_tui.providers.supabase import addons, wire
from stackk_tui.providers.supabase.panels import mapped, together
from stackk_tui.providers.supabase.reading import Reading

GIB: Final = 2**30
SIZES, FUNCTIONS, HEALTH, PROJECT = "Disk and database", "Edge functions", "Health", "Project"
HEALTH_NAMES: Final = {"db": "Database", "rest": "REST", "pooler": "Pooler"}
_HEALTH_WORDS: Final = {
    "ACTIVE_HEALTHY": "healthy",
    "UNHEALTHY": "not healthy",
    "COMING_UP": "coming up",
}
_STATUS_WORDS: Final = {"INACTIVE": "paused", "ACTIVE_HEALTHY": "active", "ACTIVE_UNHEALTHY": "not healthy"}
_OVER_QUOTA: Final = re.compile(r"exceed_([a-z_]{1,40}?)_quota")

T = TypeVar("T")


@dataclass(slots=True)
class Figures:
    """A snapshot in the making."""

    now: datetime
    old: Snapshot | None
    metrics: list[Metric] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    not_permitted: list[str] = field(default_factory=list)

    def put(
        self,
        names: Sequence[str],
        title: str,
        found: Panel[T],
        make: Callable[[T], Iterable[Metric | Limit]],
        own: Callable[[str], bool] | None = None,
    ) -> None:
        """Shows what was found; else keeps the last good values, which carry their date, and says why.

        `own` tells whether a kept figure's id is one of these; without it `names` are the ids.
        """
        if found.value is not None:
            for one in make(found.value):
                (self.metrics if isinstance(one, Metric) else self.limits).append(one)  # type: ignore[arg-type]
            return
        is_own = own or frozenset(names).__contains__
        self.metrics += [m for m in (self.old.metrics if self.old else ()) if is_own(m.id)]
        self.limits += [one for one in (self.old.limits if self.old else ()) if is_own(one.id)]
        if found.forbidden:
            self.not_permitted += names
        elif found.error is not None:
            self.notes.append(f"{title}: not updated this time. {found.error.what}")

    def metric(self, id: str, label: str, value: object, unit: str, section: str, **more: bool) -> Metric:
        text = None if value is None else str(value)
        return Metric(id=id, label=label, value=text, unit=unit, section=section, as_of=self.now, **more)


def show_sizes(figures: Figures, readings: Sequence[Reading], *, database_size: bool) -> None:
    def disk(found: list[wire.DiskMetrics]) -> list[Metric | Limit]:
        used = sum(one.used for one in found)
        metric = figures.metric("disk_bytes", "Disk used", used, "bytes", SIZES)
        fullest = max(zip(readings, found, strict=True), key=lambda pair: _share(pair[1]) or 0.0)
        label = "Disk" if len(readings) == 1 else f"Disk of {fullest[0].row.name}, the fullest"
        limit = Limit(id="disk", label=label, short="disk", used=_share(fullest[1]), as_of=figures.now)
        return [metric, limit]

    figures.put(["disk", "disk_bytes"], "Disk used", together([r.disk for r in readings]), disk)
    figures.put(
        ["disk_provisioned_bytes"],
        "Disk provisioned",
        together([r.provisioned for r in readings]),
        lambda found: [
            figures.metric("disk_provisioned_bytes", "Disk provisioned", sum(found) * GIB, "bytes", SIZES)
        ],
    )
    if database_size:
        figures.put(
            ["database_bytes"],
            "Database size",
            together([r.database for r in readings]),
            lambda found: [
                figures.metric("database_bytes", "Database", sum(found), "bytes", SIZES, headline=True)
            ],
        )


def show_addons(figures: Figures, readings: Sequence[Reading], tier: str | None) -> None:
    parts = [
        mapped(r.addons, lambda found, r=r: addons.priced(found, r.row.primary.compute, tier))  # type: ignore[misc]
        for r in readings
    ]
    figures.put(
        ["addons_monthly"],
        "Add-ons",
        together(parts),
        lambda found: addons.metrics_of(
            [one for some in found for one in some], figures.now, each=len(readings) == 1
        ),
        lambda id: id == "addons_monthly" or id.startswith("addon_"),
    )


def show_functions(figures: Figures, readings: Sequence[Reading]) -> None:
    lists = together([r.functions for r in readings])
    figures.put(
        ["functions"],
        "Edge functions",
        lists,
        lambda found: [
            figures.metric("functions", "Functions", sum(map(len, found)), "functions", FUNCTIONS)
        ],
    )
    asked = [(r, f) for r in readings for f in r.functions.value or () if f.id in r.calls]
    left_out = sum(map(len, lists.value or ())) - len(asked)
    if left_out:
        figures.notes.append(f"Calls are read for {len(asked)} edge functions; {left_out} more are not.")
    if lists.value is not None and not asked:
        return
    calls = together([r.calls[f.id] for r, f in asked])

    def make(found: list[list[wire.FunctionCalls]]) -> list[Metric]:
        each = [sum(c.calls for c in rows) for rows in found]
        errors = [c.errors for rows in found for c in rows]
        failed = None if None in errors else sum(n for n in errors if n is not None)
        words = "Calls, 24 hours" if not left_out else f"Calls of {len(asked)} functions, 24 hours"
        return [
            figures.metric("functions_24h", words, sum(each), "calls", FUNCTIONS),
            figures.metric("functions_errors_24h", "Errors, 24 hours", failed, "calls", FUNCTIONS),
            *(
                figures.metric(_function_id(r, f, readings), _called(r, f, readings), n, "calls", FUNCTIONS)
                for (r, f), n in zip(asked, each, strict=True)
            ),
        ]

    own = ("functions_24h", "functions_errors_24h")
    figures.put(
        own,
        "Calls of edge functions",
        calls,
        make,
        lambda id: id.startswith("function_") or id in own,
    )


def show_health(figures: Figures, readings: Sequence[Reading]) -> None:
    """A project's services one by one; of several projects only those that are not healthy."""
    single = len(readings) == 1

    def make(found: list[list[wire.Health]]) -> list[Metric]:
        rows = [(r, h) for r, some in zip(readings, found, strict=True) for h in some]
        figures.notes += over_quota(rows, single=single)
        if single:
            return [_health(figures, f"health_{h.name}", _named(h), h) for _, h in rows]
        bad = [(r, h) for r, h in rows if h.status != "ACTIVE_HEALTHY"]
        words = "all healthy" if not bad else f"{len(bad)} of {len(rows)} services not healthy"
        return [
            figures.metric("health", "Services", words, "", HEALTH),
            *(_health(figures, f"health_{r.ref}_{h.name}", f"{r.row.name}: {_named(h)}", h) for r, h in bad),
        ]

    figures.put(
        ["health"], "Health", together([r.health for r in readings]), make, lambda id: id.startswith("health")
    )


def show_project(figures: Figures, row: wire.Project) -> None:
    figures.metrics += [
        figures.metric("status", "Status", status_words(row.status), "", PROJECT),
        figures.metric("region", "Region", row.region or "not said", "", PROJECT),
    ]
    if row.primary.compute:
        figures.metrics.append(figures.metric("compute", "Compute size", row.primary.compute, "", PROJECT))
    elif not row.databases and figures.old is not None:  # only the organization's list tells it
        figures.metrics += [m for m in figures.old.metrics if m.id == "compute"]


def show_list(figures: Figures, rows: Sequence[wire.Project]) -> None:
    """An organization's projects, one a line."""
    for row in rows:
        words = ", ".join(w for w in (status_words(row.status), row.region, row.primary.compute) if w)
        figures.metrics.append(
            figures.metric(f"project_{row.ref}", row.name or row.ref or "", words, "", "Projects")
        )


def status_words(status: str | None) -> str:
    word = status or "UNKNOWN"
    return _STATUS_WORDS.get(word, word.replace("_", " ").lower())


def over_quota(rows: Iterable[tuple[Reading, wire.Health]], *, single: bool) -> list[str]:
    """Says in words what a health error tells of a quota: no other public API does."""
    found: dict[str, None] = {}
    for reading, health in rows:
        for what in _OVER_QUOTA.findall(health.error or ""):
            where = "" if single else f" in {reading.row.name}"
            found[
                f"Supabase restricts services{where}: the quota for {what.replace('_', ' ')} is used up."
            ] = None
    return list(found)


def _share(disk: wire.DiskMetrics) -> float | None:
    return disk.used / disk.size if disk.size else None


def _health(figures: Figures, id: str, label: str, health: wire.Health) -> Metric:
    word = health.status
    return figures.metric(id, label, _HEALTH_WORDS.get(word, word.replace("_", " ").lower()), "", HEALTH)


def _named(health: wire.Health) -> str:
    return HEALTH_NAMES.get(health.name, health.name.capitalize())


def _function_id(reading: Reading, function: wire.Function, readings: Sequence[Reading]) -> str:
    """Functions of two projects may have one name."""
    name = function.slug or function.id
    return f"function_{name}" if len(readings) == 1 else f"function_{reading.ref}_{name}"


def _called(reading: Reading, function: wire.Function, readings: Sequence[Reading]) -> str:
    name = function.name or function.slug or "unnamed"
    return name if len(readings) == 1 else f"{reading.row.name}: {name}"

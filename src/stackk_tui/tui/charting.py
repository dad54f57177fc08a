"""What a chart draws, from a service's history: days with gaps where nothing was read. Pure functions."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from stackk_tui.model.snapshot import Measure
    from stackk_tui.model.view import DayUsage, History, ServiceView

MeasureId = Literal["cost", "tokens", "requests"]
ChartName = Literal["cost", "tokens", "requests", "limits"]
"""What can be charted of a service: a measure of its days, or how full its windows were."""
Split = Literal["total", "model", "kind"]
SPANS = (7, 30, 90)
CHARTS: tuple[ChartName, ...] = ("cost", "tokens", "requests", "limits")
"""In the order of their keys."""
FIGURES: dict[MeasureId, str] = {"cost": "cost", "tokens": "usage", "requests": "requests"}
"""What a snapshot calls them in `not_exposed` and `not_permitted`."""

KIND_NAMES = {
    "input": "input",
    "output": "output",
    "cache_write_5m": "cache write 5 min",
    "cache_write_1h": "cache write 1 h",
    "cache_read": "cache read",
}
MOST_SERIES = 4
OTHERS = "others"
NO_MODEL = "not by model"


@dataclass(frozen=True, slots=True)
class Series:
    """One name's values, a day each; None where the day is unknown."""

    name: str
    values: tuple[float | None, ...]

    @property
    def total(self) -> float:
        return sum(value for value in self.values if value is not None)


@dataclass(frozen=True, slots=True)
class Ahead:
    """A day to come, and between what it should lie."""

    day: date
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Series to stack, the largest first. `days` are the first days of slots of `step` days."""

    days: tuple[date, ...]
    series: tuple[Series, ...]
    unknown: tuple[date, ...] = ()
    step: int = 1
    reason: str = ""
    """Why there is nothing to draw."""
    ahead: tuple[Ahead, ...] = ()
    """Today and the days to come; a chart by week has none."""

    @property
    def after(self) -> tuple[date, ...]:
        """The days to come that follow the last one."""
        return tuple(one.day for one in self.ahead if one.day > self.days[-1])

    @property
    def sums(self) -> tuple[float | None, ...]:
        """The height of each slot; None where it is unknown."""
        columns = zip(*(series.values for series in self.series), strict=True)
        return tuple(None if all(v is None for v in c) else sum(v or 0 for v in c) for c in columns)


def offered(view: "ServiceView", history: "History | None") -> "list[Measure]":
    """Gives the measures that can be charted: those whose days are known, and those that may yet be."""
    none = view.snapshot.not_exposed if view.snapshot else ()
    return [
        measure
        for measure in view.measures
        if (history is not None and known_days(history, measure.id))
        or (view.counts and FIGURES[measure.id] not in none)
    ]


def splits_of(measure: "Measure") -> tuple[Split, ...]:
    """Gives the ways to split a chart's columns: what is only counted has no kinds."""
    if not measure.part:
        return ("total",)
    return ("total", "model") if measure.id == "requests" else ("total", "model", "kind")


def chart_of(
    history: "History", measure: MeasureId, split: Split, not_permitted: Collection[str] = (), label: str = ""
) -> Chart:
    """Gives the chart of a measure. A kind of token does not split requests; then the total is drawn.

    `not_permitted` is the snapshot's: it may be why there is nothing to draw. `label` is the measure's name.
    """
    known = known_days(history, measure)
    if not known:
        reason = _reason(history, measure, not_permitted, label or measure.capitalize())
        return Chart(history.days, (), reason=reason)
    parts: dict[str, dict[date, float]] = {}
    for usage in history.usage:
        for name, value in _parts(usage, measure, split):
            days = parts.setdefault(name, {})
            days[usage.day] = days.get(usage.day, 0.0) + value
    if not parts:
        parts = {"total": {}}
    names = sorted(parts, key=lambda name: (-sum(parts[name].values()), name))
    if len(names) > MOST_SERIES + 1:
        rest: dict[date, float] = {}
        for name in names[MOST_SERIES:]:
            for day, value in parts[name].items():
                rest[day] = rest.get(day, 0.0) + value
        names = names[:MOST_SERIES]
        parts[OTHERS] = rest
        names.append(OTHERS)
    series = tuple(
        Series(name, tuple(parts[name].get(day, 0.0) if day in known else None for day in history.days))
        for name in names
    )
    return Chart(history.days, series, tuple(day for day in history.days if day not in known))


def by_week(chart: Chart) -> Chart:
    """Gives the chart in slots of seven days, the last ending today; one without a known day is unknown."""
    first = len(chart.days) % 7
    cuts = [slice(0, first)] if first else []
    cuts += [slice(at, at + 7) for at in range(first, len(chart.days), 7)]

    def total(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return sum(known) if known else None

    series = tuple(Series(s.name, tuple(total(s.values[c]) for c in cuts)) for s in chart.series)
    return Chart(tuple(chart.days[c][0] for c in cuts), series, chart.unknown, 7, chart.reason)


def ranges(days: Sequence[date]) -> list[tuple[date, date]]:
    """Gives days as first and last of each unbroken run."""
    runs: list[tuple[date, date]] = []
    for day in sorted(days):
        if runs and (day - runs[-1][1]).days == 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def known_days(history: "History", measure: MeasureId) -> frozenset[date]:
    """Gives the days on which a measure is known."""
    if measure == "cost":
        return history.cost_days
    if measure == "tokens":
        return history.token_days
    return history.token_days if any(usage.requests is not None for usage in history.usage) else frozenset()


def _reason(history: "History", measure: MeasureId, not_permitted: Collection[str], label: str) -> str:
    if FIGURES[measure] in not_permitted:
        return f"This sign-in may not see the {label.lower()} of these days."
    if not history.known_days:
        return "No day of this span has been read yet."
    return {
        "cost": "The cost of these days is not known.",
        "tokens": "The tokens of these days are not known.",
        "requests": f"{label} are not in this report.",
    }[measure]


def _parts(usage: "DayUsage", measure: MeasureId, split: Split) -> list[tuple[str, float]]:
    value = _value(usage, measure)
    if value is None:
        return []
    if split == "model":
        return [(usage.model or NO_MODEL, value)]
    if split == "kind" and measure == "tokens" and usage.tokens:
        counts = usage.tokens
        return [
            (name, float(getattr(counts, kind))) for kind, name in KIND_NAMES.items() if getattr(counts, kind)
        ]
    if split == "kind" and measure == "cost" and usage.cost_by_kind:
        return [
            (KIND_NAMES.get(kind, kind.replace("_", " ")), float(v)) for kind, v in usage.cost_by_kind.items()
        ]
    return [("total" if split == "total" or measure == "requests" else NO_KIND, value)]


NO_KIND = "not by kind"


def _value(usage: "DayUsage", measure: MeasureId) -> float | None:
    values: dict[MeasureId, Callable[[], float | None]] = {
        "cost": lambda: None if usage.cost is None else float(usage.cost),
        "tokens": lambda: None if usage.tokens is None else float(usage.tokens.total),
        "requests": lambda: None if usage.requests is None else float(usage.requests),
    }
    return values[measure]()

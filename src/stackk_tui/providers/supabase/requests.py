"""How many requests one or several projects had: the whole sum, or of how many projects it is one."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from stackk_tui.model.snapshot import Metric
from stackk_tui.providers.panel import Panel
from stackk_tui.providers.supabase import wire
from stackk_tui.providers.supabase.figures import Figures
from stackk_tui.providers.supabase.panels import together
from stackk_tui.providers.supabase.reading import Reading
from stackk_tui.providers.supabase.turns import DAY, LASTS, WEEK, Turns

SECTION: Final = "Requests"
_LABELS: Final = {DAY: "Requests, 24 hours", WEEK: "Requests, 7 days"}
_SHORT: Final = {DAY: "24 h", WEEK: "7 days"}
"""Before the number of projects, which must not be cut off where a line is narrow."""
_IDS: Final = {DAY: "requests_24h", WEEK: "requests_7d"}
_NAMES: Final = {DAY: ("requests_24h",), WEEK: ("requests", "requests_7d")}
"""What is said not to be permitted: the history is the week's."""


def show_requests(figures: Figures, readings: Sequence[Reading], turns: Turns, at: datetime) -> None:
    """Gives the last 24 hours and seven days, as the API's own rolling windows have them. `at` is Supabase's
    time, as that of the counts."""
    for window in (DAY, WEEK):
        if turns.in_turn:
            _show_in_turn(figures, readings, window, turns, at)
        else:
            found = together([one.counts(window) for one in readings])
            figures.put(_NAMES[window], _LABELS[window], found, _summing(figures, window))
    if turns.in_turn and len(readings) > 1:
        figures.notes.append(
            f"There are {len(readings)} active projects, more than can be counted at once: they are counted"
            " in turns, and a sum is as old as its oldest part."
        )


def _summing(figures: Figures, window: str) -> Callable[[list[list[wire.Counts]]], list[Metric]]:
    def make(found: list[list[wire.Counts]]) -> list[Metric]:
        return [_metric(window, sum(row.total for rows in found for row in rows), figures.now)]

    return make


def _show_in_turn(
    figures: Figures, readings: Sequence[Reading], window: str, turns: Turns, at: datetime
) -> None:
    """A sum of some projects is never called the sum: it has a name of its own that says of how many."""
    names, label, many = _NAMES[window], _LABELS[window], len(readings)
    asked = [one.counts(window) for one in readings if one.counts(window).asked]
    failed = [one for one in asked if one.error is not None]
    refused = [one for one in failed if one.forbidden]
    counts = [one for one in turns.counted((r.ref for r in readings), window) if at - one.at <= LASTS[window]]
    if not counts:
        hidden = not asked and figures.old is not None and names[0] in figures.old.not_permitted
        figures.not_permitted += names if hidden else ()
        none: Panel[list[list[wire.Counts]]] = Panel(error=(refused or failed)[0].error if failed else None)
        figures.put(names, label, none, _summing(figures, window), (_IDS[window], _part(window)).__contains__)
        if not failed and not hidden:
            figures.notes.append(f"{label}: not counted yet; one of the next refreshes does.")
        return
    total, oldest = sum(one.total or 0 for one in counts), min(one.at for one in counts)
    of = _of(counts, many) if len(counts) < many else ""
    figures.metrics.append(_metric(window, total, oldest, of=of))
    if of:
        figures.notes.append(f"{label}: counted {of}; the next refreshes count the rest.")
    if refused:
        figures.notes.append(f"{label}: {_of(refused, many)} may not be counted with this sign-in.")
    elif failed and failed[0].error is not None:
        why = failed[0].error.what
        figures.notes.append(f"{label}: not updated this time {_of(failed, many)}. {why}")


def _metric(window: str, total: int, as_of: datetime, *, of: str = "") -> Metric:
    return Metric(
        id=_part(window) if of else _IDS[window],
        label=f"{_SHORT[window]}, {of}" if of else _LABELS[window],
        value=str(total),
        unit="requests",
        section=SECTION,
        headline=window == WEEK,
        as_of=as_of,
    )


def _part(window: str) -> str:
    return f"{_IDS[window]}_part"


def _of(some: Sequence[object], many: int) -> str:
    return f"{len(some)} of {many} projects"

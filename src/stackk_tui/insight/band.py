"""How sure it is when a window is full: between the slowest and the fastest quarter of the time watched.

In one line: the rates of its slowest and its fastest quarter, each a quarter of the way nearer to the rate of
the whole, and every reading may be wrong by what a whole percent hides. `python -m benchmarks pace` measures
how often that holds, and what other methods come to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

PARTS = 4
FEWEST_PARTS = 3
"""Under this nothing is said: two parts are no spread."""
NEAR = 1 / 12
"""How far from a cut a reading may be, as a share of the whole time."""
DRAWN_IN = 0.25
"""A quarter lasts less long than what it is taken to speak for: the extremes do not go on."""
HALF_A_PERCENT = 0.005
"""What a whole percent hides."""
_HOUR = timedelta(hours=1)

Point = tuple[datetime, float]
"""A reading: when, and the share of the window that was gone."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The hours from the last reading until it is full; None is never."""

    soonest: float | None
    latest: float | None


def reach_of(readings: Sequence[Point], hidden: float = HALF_A_PERCENT) -> Reach | None:
    """Gives how soon and how late a window is full, from readings of it, oldest first; None from too few.

    `hidden` is how far a reading may be from the truth. More of it never gives a narrower reach.
    """
    parts = list(zip(cuts := _cuts(readings), cuts[1:], strict=False))
    if len(parts) < FEWEST_PARTS:
        return None
    whole = _rate(cuts[0], cuts[-1], hidden)
    rates = [whole, *(_rate(older, newer, hidden) for older, newer in parts)]
    slowest = _drawn_in(min(low for low, _ in rates), whole[0])
    fastest = _drawn_in(max(high for _, high in rates), whole[1])
    left = 1 - readings[-1][1]
    return Reach(
        soonest=max(0.0, left - hidden) / fastest if fastest > 0 else None,
        latest=(left + hidden) / slowest if slowest > 0 else None,
    )


def _cuts(readings: Sequence[Point]) -> list[Point]:
    """Gives the first and the last reading and those nearest to the quarters between, without the missing."""
    if len(readings) <= FEWEST_PARTS:
        return []
    first, last = readings[0], readings[-1]
    took = last[0] - first[0]
    found = [first]
    for n in range(1, PARTS):
        cut = first[0] + took * n / PARTS
        nearest = min(readings, key=lambda one: abs(one[0] - cut))
        if abs(nearest[0] - cut) <= took * NEAR and nearest[0] > found[-1][0]:
            found.append(nearest)
    return [*found, last] if last[0] > found[-1][0] else found


def _rate(older: Point, newer: Point, hidden: float) -> tuple[float, float]:
    """Gives the least and the most that can have gone in an hour between two readings."""
    hours, gained = (newer[0] - older[0]) / _HOUR, max(0.0, newer[1] - older[1])
    return max(0.0, gained - 2 * hidden) / hours, (gained + 2 * hidden) / hours


def _drawn_in(extreme: float, whole: float) -> float:
    return extreme + (whole - extreme) * DRAWN_IN

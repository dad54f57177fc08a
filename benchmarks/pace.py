"""Backtest of when a window is full: made-up windows of five kinds, read in whole percents.

In each window it is asked again and again when it will be full. Printed are how often the true moment, or
that there is none before the reset, lay in the band that was said (`inside`); how wide it was, as a share of
the time left; how many bands ended before the reset (`closed`), and how often those held; of everything that
was asked, also where nothing but "resets first" was said, how often that held; and the interval score, less
is better. Below stand other methods, from the same readings.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import mean, median

from stackk_tui.insight.band import HALF_A_PERCENT, reach_of
from stackk_tui.insight.pace import basis_of, pace_of
from stackk_tui.model.snapshot import Limit, LimitSample

KINDS = ("steady", "bursty", "work-hours", "stop-and-go", "ramp")
FIVE_HOURS, WEEK = timedelta(hours=5), timedelta(days=7)
STEP, HOUR = timedelta(minutes=5), timedelta(hours=1)
START = datetime(2026, 11, 16, tzinfo=UTC)
SEEDS = {FIVE_HOURS: 60, WEEK: 20}
ASKED_EVERY = {FIVE_HOURS: 4 * STEP, WEEK: timedelta(hours=7)}
ALL_READINGS = timedelta(hours=2)
"""Older ones come one an hour, as from the ledger."""
READ = 0.85
"""The share of the readings that are there: a machine sleeps, a network is away."""

Point = tuple[datetime, float]
Rates = Callable[[Sequence[Point]], tuple[float, float]]
"""From readings to the slowest and the fastest rate, in shares an hour."""


@dataclass(frozen=True, slots=True)
class Window:
    """What truly went, after each step, and what was read of it."""

    length: timedelta
    used: list[float]
    readings: list[Point]

    @property
    def resets_at(self) -> datetime:
        return START + self.length

    @property
    def full_at(self) -> datetime | None:
        """The true moment; None when it resets before."""
        for n, (before, after) in enumerate(pairwise(self.used)):
            if after >= 1:
                return START + STEP * (n + (1 - before) / (after - before))
        return None


@dataclass(frozen=True, slots=True)
class Trial:
    """`early` and `late` are the band; `late` at the reset is an open one. `said` is False where it was only
    said that it resets first; `moment` is whether a moment was given between them."""

    said: bool
    moment: bool
    open: bool
    inside: bool
    width: float
    filled: bool
    score: float
    """The interval score: the width, and ten times by how much the truth was missed. Less is better."""


@cache
def window(kind: str, length: timedelta, seed: int) -> Window:
    """Makes a window that someone fills to between 0.6 and 2.2 times what fits."""
    random = Random(f"{kind}{length}{seed}")
    amounts = list(_amounts(kind, length, random))
    scale = random.uniform(0.6, 2.2) / sum(amounts)
    used = [0.0]
    for amount in amounts:
        used.append(used[-1] + amount * scale)
    readings = [(START + STEP * n, round(u, 2)) for n, u in enumerate(used) if random.random() < READ]
    return Window(length, used, readings)


def _amounts(kind: str, length: timedelta, random: Random) -> Iterator[float]:
    """Gives what goes in each step. A week has nights (but for `steady`), `work-hours` has weekends, too."""
    steps, week = length // STEP, length == WEEK
    slope, on, walk = random.uniform(-1.5, 1.5), True, 0.0
    first = timedelta(hours=random.randrange(168))
    pause = random.randrange(steps)
    lasts = random.randint(6, 12)
    stop, go = (1 / 120, 1 / 96) if week else (1 / 8, 1 / 5)
    burst = burst_left = 0.0
    for n in range(steps):
        at = START + first + STEP * n
        noise, walk = random.lognormvariate(0, 0.3), 0.9 * walk + random.gauss(0, 0.08)
        awake = 1.0 if not week or 8 <= at.hour < 23 else 0.0
        if burst_left <= 0:
            burst = random.lognormvariate(0, 1) if random.random() < 0.3 else random.uniform(0, 0.1)
            burst_left = 12 if week else 1
        burst_left -= 1
        if random.random() < (stop if on else go):
            on = not on
        office = (9 <= at.hour < 18) * (0.15 if at.weekday() >= 5 else 1.0) + 0.02
        lunch = 0.03 if pause <= n < pause + lasts else 1.0
        yield {
            "steady": math.exp(walk) * random.lognormvariate(0, 0.15),
            "bursty": burst * awake,
            "work-hours": noise * office if week else noise * math.exp(walk) * lunch,
            "stop-and-go": noise if on else 0.0,
            "ramp": max(0.02, 1 + slope * (n / steps - 0.5)) * noise * awake,
        }[kind]


def known_at(made: Window, now: datetime) -> list[Point]:
    """Gives the readings that are at hand: all of the last two hours, before that the last of each hour."""
    since = now - basis_of(made.length).reach
    of_hours: dict[datetime, Point] = {}
    for at, used in made.readings:
        if since <= at <= now:
            recent = now - at <= ALL_READINGS
            of_hours[at if recent else at.replace(minute=0)] = (at, used)
    return list(of_hours.values())


def asked(made: Window) -> Iterator[tuple[datetime, list[Point]]]:
    """Gives the moments at which a band can be asked for, with the readings at hand."""
    basis, full = basis_of(made.length), made.full_at or made.resets_at
    now = START + basis.over / 2
    while now < min(full, made.resets_at):
        points = known_at(made, now)
        if points and points[-1][0] == now and points[-1][1] < 1:
            counted = points[max(0, sum(now - at >= basis.over for at, _ in points) - 1) :]
            if now - counted[0][0] >= basis.over / 2 and reach_of(counted) is not None:
                yield now, points
        now += ASKED_EVERY[made.length]


def ours(made: Window, now: datetime, points: Sequence[Point]) -> Trial | None:
    limit = Limit(id="w", label="W", used=points[-1][1], resets_at=made.resets_at, length=made.length)
    samples = [LimitSample(limit_id="w", at=at, used=u, resets_at=made.resets_at) for at, u in points[:-1]]
    pace = pace_of(limit, now, samples, now)
    if pace is None or pace.rate is None or "by now" in pace.basis:
        return None
    return trial(made, now, pace.full_from, pace.full_to, moment=pace.full_at is not None)


def trial(
    made: Window, now: datetime, early: datetime | None, late: datetime | None, *, moment: bool = True
) -> Trial:
    """Holds what was said against the truth; no `early` is "resets first", no `late` an open end."""
    end, left = made.resets_at, made.resets_at - now
    truth = made.full_at or end
    early, to = min(early or end, end), min(late or end, end)
    missed = max(timedelta(0), early - truth, truth - to)
    width = (to - early) / left
    return Trial(
        said=early < end, moment=moment and early < end, open=to == end, inside=not missed, width=width,
        filled=made.full_at is not None, score=width + 10 * (missed / left),
    )  # fmt: skip


def by_rates(rates: Rates) -> Callable[[Window, datetime, Sequence[Point]], Trial | None]:
    """Gives a method that has a slowest and a fastest rate."""

    def ask(made: Window, now: datetime, points: Sequence[Point]) -> Trial | None:
        over = basis_of(made.length).over
        counted = points[max(0, sum(now - at >= over for at, _ in points) - 1) :]
        slow, fast = rates(counted)
        left = 1 - points[-1][1]
        hours = (made.resets_at - now) / HOUR
        early = now + HOUR * (left - HALF_A_PERCENT) / fast if fast * hours > left else None
        late = now + HOUR * (left + HALF_A_PERCENT) / slow if slow * hours > left else None
        return trial(made, now, early, late)

    return ask


def _between(older: Point, newer: Point) -> tuple[float, float]:
    gained, hours = max(0.0, newer[1] - older[1]), (newer[0] - older[0]) / HOUR
    return max(0.0, gained - 0.01) / hours, (gained + 0.01) / hours


def _back(points: Sequence[Point], share: float) -> Point:
    """Gives the last reading at least so far back, as a share of the whole."""
    now, took = points[-1][0], points[-1][0] - points[0][0]
    return [point for point in points if now - point[0] >= took * share][-1]


def _extremes(pairs: Sequence[tuple[Point, Point]]) -> tuple[float, float]:
    found = [_between(older, newer) for older, newer in pairs if older[0] < newer[0]]
    return min(low for low, _ in found), max(high for _, high in found)


def parts(number: int) -> Rates:
    def rates(points: Sequence[Point]) -> tuple[float, float]:
        cuts = [_back(points, 1 - n / number) for n in range(number)] + [points[-1]]
        return _extremes([*pairwise(cuts), (points[0], points[-1])])

    return rates


def trailing(points: Sequence[Point]) -> tuple[float, float]:
    return _extremes([(_back(points, share), points[-1]) for share in (0.25, 0.5, 1.0)])


def by_half(points: Sequence[Point]) -> tuple[float, float]:
    rate = max(0.0, points[-1][1] - points[0][1]) / ((points[-1][0] - points[0][0]) / HOUR)
    return rate / 1.5, rate * 1.5


OURS = "ours: quarters, drawn in"
METHODS: dict[str, Callable[[Window, datetime, Sequence[Point]], Trial | None]] = {
    OURS: ours,
    "quarters, not drawn in": by_rates(parts(4)),
    "thirds": by_rates(parts(3)),
    "last 1/4, 1/2 and whole": by_rates(trailing),
    "half as fast again": by_rates(by_half),
    "rounding only": by_rates(parts(1)),
}


def backtest(length: timedelta, seeds: range, method: str = OURS) -> dict[str, list[Trial]]:
    """Gives all trials of a method by kind."""
    found: dict[str, list[Trial]] = {}
    for kind in KINDS:
        windows = [window(kind, length, seed) for seed in seeds]
        tried = [METHODS[method](made, now, points) for made in windows for now, points in asked(made)]
        found[kind] = [one for one in tried if one is not None]
    return found


def _line(name: str, some: Sequence[Trial]) -> str:
    said = [one for one in some if one.said]
    closed = [one for one in said if not one.open]
    width = median(one.width for one in said)
    inside, closed_inside, held = (_share(one.inside for one in each) for each in (said, closed, some))
    return (
        f"  {name:26}{len(some):7}{len(said):7}{inside:9.0%}{width:8.0%}{len(closed) / len(said):8.0%}"
        f"{closed_inside:9.0%}{held:10.0%}{mean(one.score for one in some):8.2f}"
    )


def _share(those: Iterable[bool]) -> float:
    return mean([*those] or [False])


def run(_: Path) -> None:
    for length, name in ((FIVE_HOURS, "5-hour"), (WEEK, "weekly")):
        print(f"\nWhen a {name} window is full: how often the truth was inside what was said")
        print(f"{'':31}asked   band   inside   width  closed   inside  all held   score")
        for method in METHODS:
            found = backtest(length, range(SEEDS[length]), method)
            everything = [one for some in found.values() for one in some]
            for kind, some in found.items() if method == OURS else ():
                print(_line(kind, some))
            print(_line(method, everything))
            if method == OURS:
                alone = [one.filled for one in everything if one.said and not one.moment]
                print(f"    of it {len(alone)} times only the soonest; filled in {_share(alone):.0%} of them")

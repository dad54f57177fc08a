"""Backtest of the forecast: made-up months of six kinds, against the run rate and the month before.

For each series the month's end is forecast from several days of each month. Printed are the mean absolute
error as a share of the month, and how many months ended inside the band (80 % of them should).
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import mean

from stackk_tui.insight.forecast import FEWEST_DAYS, forecast
from stackk_tui.model.forecast import NoForecast

KINDS = ("steady", "growing", "weekly", "drifting", "bursty", "new", "stopped")
ASKED_ON = (4, 8, 12, 16, 20, 24, 28)
SEEDS = 40


@dataclass(frozen=True, slots=True)
class Trial:
    """Errors are shares of the true month."""

    ours: float
    run_rate: float
    last_month: float | None
    inside: bool


def series(kind: str, seed: int, days: int = 150) -> dict[date, float]:
    """Gives a service's days. `new` begins in the middle of a month and ends after two months."""
    random = Random(f"{kind}{seed}")
    base = random.uniform(2, 60)
    start = date(2026, random.randint(1, 5), random.randint(1, 28))
    weekend = random.uniform(0.05, 0.6)
    weekly = (1.0, 1.1, 1.05, 1.0, 0.9, weekend, weekend)
    end, walk = random.randint(70, 130), 0.0
    made: dict[date, float] = {}
    for n in range(60 if kind == "new" else days):
        day = start + timedelta(days=n)
        noise = random.lognormvariate(0, 0.25)
        walk = 0.8 * walk + random.gauss(0, 0.12)
        worked = base * weekly[day.weekday()] * noise
        made[day] = {
            "steady": base * random.lognormvariate(0, 0.15),
            "growing": base * math.exp(0.012 * n) * noise,
            "weekly": worked,
            "drifting": worked * math.exp(walk),
            "bursty": base
            * (random.lognormvariate(0, 1) if random.random() < 0.35 else random.uniform(0, 0.15)),
            "new": worked,
            "stopped": worked if n < end else 0.0,
        }[kind]
    return made


def trials(kind: str, seed: int) -> Iterator[Trial]:
    """Gives one trial per day asked on; days on which the method declines are left out."""
    made = series(kind, seed)
    start, end = min(made), max(made)
    for day in made:
        first = day.replace(day=1)
        last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        if day.day not in ASKED_ON or last > end or (day - start).days < (1 if kind == "new" else 35):
            continue
        known = {d: amount for d, amount in made.items() if d < day}
        said = forecast(known, day, first, last)
        if isinstance(said, NoForecast):
            continue
        truth = sum(amount for d, amount in made.items() if first <= d <= last)
        so_far = [amount for d, amount in known.items() if d >= first]
        days = (last - max(first, start)).days + 1
        before_first = (first - timedelta(days=1)).replace(day=1)
        before = [amount for d, amount in known.items() if before_first <= d < first]
        whole_before = start <= before_first
        scale = max(truth, 0.2 * mean(known.values()) * 30)  # a month of nothing has no share of itself
        yield Trial(
            ours=abs(float(said.expected) - truth) / scale,
            run_rate=abs(mean(so_far) * days - truth) / scale,
            last_month=abs(sum(before) - truth) / scale if whole_before else None,
            inside=float(said.low) <= truth <= float(said.high),
        )


def backtest(seeds: range = range(SEEDS)) -> dict[str, list[Trial]]:
    """Gives all trials by kind."""
    found: dict[str, list[Trial]] = defaultdict(list)
    for kind in KINDS:
        for seed in seeds:
            found[kind] += trials(kind, seed)
    return dict(found)


def refusals(days: int = FEWEST_DAYS - 1) -> bool:
    """Whether too little data is declined: a service with so many known days."""
    made = dict(list(series("new", 1).items())[:days])
    today = max(made) + timedelta(days=1)
    return isinstance(forecast(made, today, today.replace(day=1), today + timedelta(days=3)), NoForecast)


def run(_: Path) -> None:
    found = backtest()
    print(
        "\nForecast of the month's end: mean error as a share of the month, and months inside the 80 % band"
    )
    print(f"  {'series':10}{'asked':>7}{'ours':>8}{'run rate':>10}{'last month':>12}{'inside':>9}")
    everything = [trial for some in found.values() for trial in some]
    for kind, some in {**found, "all": everything}.items():
        last = [t.last_month for t in some if t.last_month is not None]
        cells = (mean(t.ours for t in some), mean(t.run_rate for t in some), mean(t.inside for t in some))
        shown = f"{mean(last):11.1%}" if last else f"{'–':>11}"
        print(f"  {kind:10}{len(some):7}{cells[0]:8.1%}{cells[1]:10.1%} {shown}{cells[2]:9.0%}")
    print(f"  with {FEWEST_DAYS - 1} known days: {'declined' if refusals() else 'NOT declined'}")

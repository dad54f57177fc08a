"""A month of pretend days before two watchers: each crossing and its alert; none missed, none twice.

The world is a growing spend with a loop in it, windows of five hours and a week (the vendor resets one
early), a sign-in that ends, quiet hours, a clock that jumps, and watchers that are started again. What
crosses is worked out from the world itself; what was told is what the command of `[alerts]` wrote down.
"""

import asyncio
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from stackk_tui.config import load_settings
from stackk_tui.model.service import Account, ErrorNote, Service, Workspace
from stackk_tui.model.snapshot import Limit, Snapshot
from stackk_tui.model.usage import UsageBatch, UsageBucket, UsageSource
from stackk_tui.stack import Stack
from stackk_tui.storage.ledger import Learned, Sync

START = datetime(2026, 10, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIVE_HOURS, WEEK = timedelta(hours=5), timedelta(days=7)
SERVICE = "svc_sim"
QUIET = "23:00-07:00"
MONTHLY, WEEKLY = Decimal(800), Decimal(170)
BEFORE = 35
"""Days of history that are there when the month begins."""

_RECORDER = """import json, sys
told = json.load(sys.stdin)
open({path!r}, "a").write(json.dumps([told["id"], told["kind"], told["title"], told["lines"]]) + "\\n")
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A crossing and what became of it."""

    what: str
    crossed: datetime
    raised: datetime | None
    times: int
    """How often it was raised."""


@dataclass(slots=True)
class World:
    """What is spent and used, hour by hour."""

    days: int
    seed: int = 7
    spent: dict[date, Decimal] = field(default_factory=dict)
    bumps: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        self.bumps = [chance.uniform(0.7, 1.3) for _ in range(self.days * 24)]
        for ago in range(BEFORE, 0, -1):
            day = (START - timedelta(days=ago)).date()
            quiet = Decimal("0.3") if day.weekday() > 4 else Decimal(1)
            self.spent[day] = (
                quiet * Decimal(18) * Decimal(str(round(chance.uniform(0.85, 1.15), 3)))
            ).quantize(Decimal("0.01"))

    @property
    def loop(self) -> range:
        """The hours in which a loop eats money."""
        first = int(self.days * 0.62) * 24 + 12
        return range(first, first + 5)

    @property
    def signed_out(self) -> range:
        first = int(self.days * 0.5) * 24 + 9
        return range(first, first + 6)

    @property
    def reset_early(self) -> int:
        """The hour in which the vendor empties the week's window before its time."""
        return int(self.days * 0.38) * 24 + 15

    def jump(self, hour: int) -> timedelta:
        """How wrong the clock is in an hour: it goes back, far ahead, and into the next month."""
        wrong = {
            int(self.days * 0.3) * 24 + 3: -6 * HOUR,
            int(self.days * 0.45) * 24 + 15: timedelta(days=3),
            self.days * 24 - 30: timedelta(days=5),
        }
        return wrong.get(hour, timedelta(0))

    def spend(self, hour: int) -> Decimal:
        """Gives what one hour costs: by day more than by night, growing by a percent and a half a day."""
        at = START + hour * HOUR
        by_day = 1.6 if 8 <= at.hour < 20 else 0.4
        weekend = 0.3 if at.weekday() > 4 else 1.0
        cost = 18 / 24 * by_day * weekend * 1.025 ** (hour / 24) * self.bumps[hour]
        return Decimal(str(round(cost + (30 if hour in self.loop else 0), 2)))

    def live(self, hour: int) -> None:
        day = (START + hour * HOUR).date()
        self.spent[day] = self.spent.get(day, Decimal(0)) + self.spend(hour)

    def limits(self, hour: int) -> tuple[Limit, ...]:
        """Gives the windows at the end of an hour."""
        at = START + (hour + 1) * HOUR
        fives = (at - START) // FIVE_HOURS
        # every seventh window of five hours is worked hard in
        steep = 0.21 if fives % 7 == 3 else 0.09
        into = (at - START - fives * FIVE_HOURS) / HOUR
        began = self.reset_early if hour >= self.reset_early else -1
        whole = (hour - began) // (7 * 24) if began < 0 or hour >= began else 0
        week_began = (max(began, 0)) + max(0, whole) * 7 * 24
        week_hours = hour + 1 - week_began
        return (
            Limit(
                id="five_hour",
                label="5-hour window",
                used=round(min(1.0, steep * into), 2),
                resets_at=START + (fives + 1) * FIVE_HOURS + timedelta(milliseconds=137 * (hour % 7) - 400),
                length=FIVE_HOURS,
            ),
            Limit(
                id="seven_day",
                label="weekly window",
                used=round(min(1.0, week_hours / (7 * 24) * 1.02), 2),
                resets_at=START + week_began * HOUR + WEEK,
                length=WEEK,
            ),
        )


@dataclass(slots=True)
class Expected:
    """Works out by itself what has crossed, from the world alone."""

    found: dict[str, datetime] = field(default_factory=dict)
    calm_since: dict[str, datetime] = field(default_factory=dict)
    armed: dict[str, bool] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)

    def crossed(self, what: str, at: datetime) -> None:
        self.found.setdefault(what, at)

    def ladder(self, what: str, share: float, steps: tuple[int, ...], at: datetime) -> None:
        """The highest new step is told; those below it, crossed at the same moment, are in its words."""
        new = [step for step in steps if share * 100 >= step and f"{what} {step}" not in self.found]
        told = [step for step in steps if f"{what} {step}" in self.found]
        if new and max(new) > max(told, default=0):
            self.crossed(f"{what} {max(new)}", at)

    def forecast(self, what: str, amount: Decimal, end: Decimal | None, will: bool, at: datetime) -> None:
        if will and self.armed.get(what, True):
            self.rounds[what] = self.rounds.get(what, 0) + 1
            self.crossed(f"{what} forecast#{self.rounds[what]}", at)
            self.armed[what] = False
        if will or end is None or end >= amount * Decimal("0.95"):
            self.calm_since.pop(what, None)
            return
        since = self.calm_since.setdefault(what, at)
        if at - since >= timedelta(hours=24):
            self.armed[what] = True


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


async def simulate(home: Path, days: int = 31, *, hours: int = 1) -> tuple[list[Told], list[Any], int]:
    """Gives each crossing and its alert, what the command was told, and how often was looked."""
    record = home / "told.jsonl"
    env = _prepared(home, record)
    settings, clock, world, truth = load_settings(env), Clock(), World(days), Expected()

    async def opened() -> Stack:
        return await Stack.open(settings, clock=clock)

    watchers = [await opened(), await opened()]
    service = await _connected(watchers[0])
    month = await watchers[0].set_budget(MONTHLY)
    week = await watchers[0].set_budget(WEEKLY, scope="service", target=service.id, period="week")
    await _keep_history(watchers[0], service, world)
    looks = 0
    for hour in range(days * 24):
        world.live(hour)
        if hour % hours:
            continue
        real = START + (hour + 1) * HOUR
        clock.now = real
        await _learn(watchers[0], service, world, hour, real)
        await _expect(watchers[0], truth, world, hour, (month.id, week.id))
        clock.now = real + world.jump(hour)
        await asyncio.gather(*(watcher.check_alerts() for watcher in watchers))
        looks += len(watchers)
        if hour % 37 == 0:
            await watchers[hour % 2].close()
            watchers[hour % 2] = await opened()
    clock.now = START + timedelta(days=days, hours=12)
    await asyncio.gather(*(watcher.check_alerts() for watcher in watchers))
    records = await watchers[0].alerts(400, 1000)
    for watcher in watchers:
        await watcher.close()
    told = [json.loads(line) for line in _read(record).splitlines()]
    return list(_matched(truth, records)), told, looks


def _prepared(home: Path, record: Path) -> dict[str, str]:
    home.mkdir(parents=True, exist_ok=True)
    (home / "recorder.py").write_text(_RECORDER.format(path=str(record)))
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.toml").write_text(
        f'[alerts]\nquiet = "{QUIET}"\ntimezone = "UTC"\nurgent = true\n'
        f"command = '{sys.executable} -S {home / 'recorder.py'}'\n"
    )
    return {
        "STACKK_HOME": str(home),
        "HOME": str(home),
        "STACKK_TOKEN_STORE": "memory",
        "PATH": "/usr/bin:/bin",
    }


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


async def _connected(stack: Stack) -> Service:
    account = Account(
        id="acc_sim",
        provider="anthropic",
        method="admin-key",
        label="Nimbus",
        billing_scope="sim",
        created_at=START,
    )
    service = Service(
        id=SERVICE,
        account_id=account.id,
        provider="anthropic",
        name="Nimbus Labs",
        workspace=Workspace(id="org", name="org", kind="organization", whole_account=True),
        category="AI & ML",
        color="#8a8f98",
        connected_at=START,
    )
    await stack._core.ledger.connect(account, [service])
    return service


async def _keep_history(stack: Stack, service: Service, world: World) -> None:
    past = tuple(world.spent)
    await stack._core.ledger.keep(
        Learned(account_id=service.account_id, usage=[_batch(world, past, final=True)], today=START.date())
    )


def _batch(world: World, days: tuple[date, ...], *, final: bool = False) -> UsageBatch:
    return UsageBatch(
        source=UsageSource.COST,
        buckets=tuple(UsageBucket(day=day, model="opus", cost=world.spent[day]) for day in days),
        days=days,
        final_days=frozenset(days) if final else frozenset(),
    )


async def _learn(stack: Stack, service: Service, world: World, hour: int, at: datetime) -> None:
    """What a refresh at the end of this hour would keep."""
    days = tuple(day for day in world.spent if day >= (at - timedelta(days=2)).date())
    note = ErrorNote(code="unauthorized", message="signed out", happened_at=at)
    await stack._core.ledger.keep(
        Learned(
            account_id=service.account_id,
            synced={
                service.id: Sync(at=None, error=note) if hour in world.signed_out else Sync(at=at, error=None)
            },
            snapshots={service.id: Snapshot(fetched_at=at, limits=world.limits(hour))},
            usage=[_batch(world, days)],
            today=at.date(),
        )
    )


async def _expect(stack: Stack, truth: Expected, world: World, hour: int, budgets: tuple[str, str]) -> None:
    service, at = SERVICE, START + (hour + 1) * HOUR
    if world.jump(hour):
        return  # a watcher with a wrong clock looks at another moment: what it says is checked as any other
    first = at.date().replace(day=1)
    monday = at.date() - timedelta(days=at.date().weekday())
    sums = {
        first: sum((c for d, c in world.spent.items() if first <= d <= at.date()), Decimal(0)),
        monday: sum((c for d, c in world.spent.items() if monday <= d <= at.date()), Decimal(0)),
    }
    truth.ladder(f"budget/{budgets[0]} {first}", float(sums[first] / MONTHLY), (50, 80, 100), at)
    truth.ladder(f"budget/{budgets[1]} {monday}", float(sums[monday] / WEEKLY), (50, 80, 100), at)
    for state in await stack.budget_states():
        end = state.forecast.expected + state.fixed if state.forecast else None
        what = f"budget/{state.budget.id} {state.first}"
        truth.forecast(what, state.budget.amount, end, state.will_cross is not None, at)
    view = await stack.service(service)
    for limit in world.limits(hour):
        assert limit.resets_at is not None
        if limit.resets_at <= at or limit.used is None:
            continue
        window = (limit.resets_at + timedelta(seconds=30)).replace(second=0, microsecond=0)
        what = f"limit/{service}/{limit.id} {window:%Y-%m-%dT%H:%M}"
        truth.ladder(what, limit.used, (80, 95), at)
        pace = view.pace(limit.id)
        if pace is not None and pace.full_at is not None and limit.used >= 0.25:
            truth.crossed(f"{what} pace", at)
    if hour in world.signed_out and at - (START + (world.signed_out[0] + 1) * HOUR) >= HOUR:
        truth.crossed(f"service/{service} sign-in", at)
    for one in await stack.anomalies(3):
        if one.service_id == service and one.measure == "cost":
            truth.crossed(f"unusual/{service}/cost", at)


def _matched(truth: Expected, records: list[Any]) -> Iterator[Told]:
    """Puts each crossing beside the alerts that were raised for it; what nothing crossed for comes last."""
    raised: dict[str, list[datetime]] = {}
    rounds: dict[str, int] = {}
    for record in reversed(records):
        alert = record.alert
        if alert.kind == "summary":
            continue
        period = alert.period.split(" ")[0].removesuffix("+00:00")
        if alert.kind == "forecast":
            key = f"{alert.subject} {period}"
            rounds[key] = rounds.get(key, 0) + 1
            mark = f"forecast#{rounds[key]}"
        elif alert.kind in ("budget", "limit"):
            mark = alert.mark
        else:
            mark = alert.kind
        name = {
            "sign-in": f"{alert.subject} sign-in",
            "unusual": alert.subject,
        }.get(alert.kind, f"{alert.subject} {period} {mark}")
        raised.setdefault(name, []).append(alert.at)
    for what, at in sorted(truth.found.items(), key=lambda found: (found[1], found[0])):
        times = raised.pop(what, [])
        yield Told(what, at, times[0] if times else None, len(times))
    for what, times in sorted(raised.items()):
        yield Told(f"{what} (nothing crossed)", times[0], times[0], -len(times))


def run(folder: Path) -> None:
    """Prints the timeline of a month."""
    rows, told, looks = asyncio.run(simulate(folder / "alerts"))
    print("\nalerts: a month, two watchers, looking every hour, quiet 23-07, clock jumps, restarts")
    for row in rows:
        late = "" if row.raised is None else f"{(row.raised - row.crossed).total_seconds() / 60:+.0f} min"
        raised = f"{row.raised:%d %b %H:%M}" if row.raised else "MISSED"
        print(f"  {row.crossed:%a %d %b %H:%M}  {raised:>12} {late:>8}  x{row.times}  {row.what}")
    ids = [one[0] for one in told]
    print(
        f"  {looks} looks; {sum(r.times >= 0 for r in rows)} crossings; missed "
        f"{sum(r.raised is None for r in rows)}; raised twice {sum(r.times > 1 for r in rows)}; for nothing "
        f"{sum(r.times < 0 for r in rows)}; command told {len(ids)}, twice {len(ids) - len(set(ids))}"
    )
    for one in told:
        if one[1] == "summary":
            print(f"  summary: {one[2]}: {'; '.join(one[3])}")

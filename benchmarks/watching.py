"""`watch` beside an open app, for days: how often the vendor is asked, against what its provider allows.

Two copies of the program on one ledger and a clock of their own: the app asks every five minutes and a person
insists now and then, the watch goes by its own plan. Two hours a day the vendor refuses the sign-in, once a
day it asks to be left alone for half an hour. What is counted is what the pretend vendor saw.
"""

import asyncio
import heapq
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
from starlette.types import Receive, Scope, Send

from stackk_tui.config import load_settings
from stackk_tui.model.secret import Secret
from stackk_tui.sandbox.anthropic import ADMIN_KEY, ORDINARY_KEY, AnthropicSandbox
from stackk_tui.stack import Stack
from stackk_tui.stack.watching import Watching

START = datetime(2026, 11, 1, tzinfo=UTC)
POLL = timedelta(minutes=5)
MARKS = {"api-key": "/v1/models", "admin-key": "/v1/organizations/me"}
"""By door, a path that each fetch asks for exactly once."""
KEYS = {"api-key": ORDINARY_KEY, "admin-key": ADMIN_KEY}
REFUSING, ALONE = range(6, 8), 15
"""The hours in which the sign-in is refused, and the hour in which the vendor says to wait."""


@dataclass(slots=True)
class Counted:
    """When the vendor was asked, by door; `insisted` are the moments at which a person pressed r."""

    asked: dict[str, list[datetime]] = field(default_factory=dict)
    insisted: list[datetime] = field(default_factory=list)
    rounds: int = 0
    polls: int = 0
    events: Counter[str] = field(default_factory=Counter)

    def busiest(self, door: str, window: timedelta) -> int:
        """Gives the most fetches within any time of this length."""
        times, most, first = self.asked[door], 0, 0
        for last, at in enumerate(times):
            while at - times[first] >= window:
                first += 1
            most = max(most, last - first + 1)
        return most

    def least_gap(self, door: str) -> timedelta:
        """Gives the shortest time between two fetches while all is well and nobody insists."""
        times = self.asked[door]
        gaps = [
            later - earlier
            for earlier, later in pairwise(times)
            if _well(earlier) and _well(later) and not any(earlier <= at <= later for at in self.insisted)
        ]
        return min(gaps)

    def while_left_alone(self, door: str) -> int:
        """Gives how often it was asked although it had said to wait: none, but the one it said so to."""
        found = 0
        for day in {at.date() for at in self.asked[door]}:
            hour = [at for at in self.asked[door] if at.date() == day and at.hour == ALONE]
            found += sum(at - hour[0] < timedelta(minutes=29) for at in hour[1:])
        return found


def _well(at: datetime) -> bool:
    return at.hour not in (*REFUSING, REFUSING.stop, ALONE, ALONE + 1)


async def simulate(
    home: Path, days: float, *, doors: tuple[str, ...] = ("api-key",), watching: bool = True
) -> Counted:
    """Runs them side by side and gives what the vendor saw."""
    now = [START]
    counted = Counted({door: [] for door in doors})
    vendor = AnthropicSandbox(clock=lambda: now[0])
    settings = load_settings(
        {"STACKK_HOME": str(home), "HOME": str(home), "STACKK_TOKEN_STORE": "memory", "PATH": ""}
    )

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        _weather(vendor, now[0])
        for door in doors:
            if scope["path"] == MARKS[door]:
                counted.asked[door].append(now[0])
        await vendor(scope, receive, send)

    async def opened() -> Stack:
        transport = httpx.ASGITransport(app=counting)
        return await Stack.open(settings, clock=lambda: now[0], transport=transport)

    app, watch = await opened(), await opened()
    for door in doors:
        for stack in (app, watch):  # keys in memory: each copy is given its own
            signed_in = await stack.sign_in("anthropic", door, Secret(KEYS[door]))
            await stack.connect(signed_in.account.id)
    counted.asked = {door: [] for door in doors}  # signing in is no fetch
    chance = random.Random(3)
    plan = Watching(watch, lambda: now[0], lambda event, _: counted.events.update([event]), random.Random(5))

    async def poll() -> datetime:
        counted.polls += 1
        await app.refresh()
        return now[0] + POLL * chance.uniform(0.9, 1.1)

    async def insist() -> datetime:
        for _ in range(12):  # somebody holds the key down
            counted.insisted.append(now[0])
            await app.refresh(force=True)
            now[0] += timedelta(seconds=chance.uniform(1, 20))
        return now[0] + timedelta(hours=chance.uniform(5, 11))

    async def round_() -> datetime:
        counted.rounds += 1
        return (await plan.round())[0]

    waiting: list[tuple[datetime, int, Callable[[], Awaitable[datetime]]]] = [
        (START, 0, poll),
        (START + POLL, 1, insist),
    ]
    if watching:
        waiting.append((START + timedelta(seconds=7), 2, round_))
    heapq.heapify(waiting)
    while (found := heapq.heappop(waiting))[0] < START + timedelta(days=days):
        at, number, act = found
        now[0] = max(now[0], at)
        heapq.heappush(waiting, (await act(), number, act))
    await app.close()
    await watch.close()
    return counted


def _weather(vendor: AnthropicSandbox, at: datetime) -> None:
    vendor.faults.clear()
    if at.hour in REFUSING:
        vendor.faults.add(
            "*",
            status=401,
            body={"type": "error", "error": {"type": "authentication_error", "message": "no"}},
        )
    elif at.hour == ALONE and at.minute < 30:
        vendor.faults.add(
            "*",
            status=429,
            headers={"retry-after": "1800"},
            body={"type": "error", "error": {"type": "rate_limit_error", "message": "wait"}},
        )


def run(folder: Path) -> None:
    """Prints two weeks of it."""
    began = time.perf_counter()
    doors = ("api-key", "admin-key")
    both = asyncio.run(simulate(folder / "both", 14, doors=doors))
    alone = asyncio.run(simulate(folder / "alone", 14, doors=doors, watching=False))
    print(f"\nwatch beside an open app: 14 days, {both.polls} polls, {both.rounds} rounds of the watch")
    print("  refused for two hours a day, told to wait once a day, a key held down every few hours")
    for door in doors:
        print(
            f"  {door}: asked {len(both.asked[door])} times, the app alone {len(alone.asked[door])}; at most "
            f"{both.busiest(door, POLL)} in any 5 min (allowed 5); when well and nobody insists at least "
            f"{both.least_gap(door).total_seconds():.0f} s apart (allowed 300); while told to wait "
            f"{both.while_left_alone(door)}"
        )
    print(f"  {dict(both.events)}, {time.perf_counter() - began:.0f} s")

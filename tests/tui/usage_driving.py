"""Drives the usage screen by keys over a real stack, which reads transcripts written for one moment."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual.pilot import Pilot

from stackk_tui.demo import demo_settings
from stackk_tui.model.board import Board
from stackk_tui.model.usage_report import LiveUsage, UsageQuery, UsageReport
from stackk_tui.stack import Stack
from stackk_tui.tui.app import StackkApp
from stackk_tui.tui.screens.usage import UsageScreen
from stackk_tui.tui.widgets.heat_map import HeatMap
from stackk_tui.tui.widgets.live_strip import LiveStrip
from stackk_tui.tui.widgets.usage_table import UsageTable

from .scenes import press, rounds

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
"""A Wednesday morning in the middle of a block."""
PROJECT = "/home/maya/code/new-thing"


class HeldStack(Stack):
    """A stack whose answers about usage can be held back."""

    gate: asyncio.Event
    progress: tuple[int, int] | None = None
    asked = 0
    lives = 0

    async def usage_reports(self, queries: Sequence[UsageQuery]) -> list[UsageReport]:
        self.asked += 1
        await self.gate.wait()
        return await super().usage_reports(queries)

    async def live_usage(self) -> LiveUsage:
        self.lives += 1
        await self.gate.wait()
        return await super().live_usage()

    def scan_progress(self) -> tuple[int, int] | None:
        return self.progress


@dataclass
class Driven:
    app: StackkApp
    pilot: Pilot[None]
    stack: HeldStack
    home: Path
    drawn: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What stands on the screen, line by line."""
        width, height = self.app.size
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text[:width].rstrip() for strip in lines[:height])

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def line(self, words: str) -> str:
        """The first line that has these words."""
        return next((line for line in self.lines if words in line), "")

    @property
    def usage(self) -> UsageScreen:
        assert isinstance(self.app.screen, UsageScreen), self.app.screen
        return self.app.screen

    @property
    def names(self) -> list[str]:
        """What the rows are called, from top to bottom."""
        return self.usage.query_one(UsageTable).names

    @property
    def day(self) -> str:
        """The day under the cursor of the calendar."""
        return str(self.usage.query_one(HeatMap).cursor)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await press(self.pilot, key)
            await self.settle()

    async def type(self, *keys: str) -> None:
        """Presses keys one after the other, as fast as they can be taken."""
        for key in keys:
            await press(self.pilot, key)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(2):
            await rounds(self.pilot)
            while self.stack.gate.is_set() and not all(
                w.is_finished or w.name == "follow" for w in self.app.workers
            ):
                await asyncio.sleep(0.002)
                await rounds(self.pilot, 1)
        await rounds(self.pilot)

    async def until_live(self) -> None:
        """Waits until it is said what goes on now."""
        strip = self.app.screen_stack[1].query_one(LiveStrip)
        for _ in range(1000):
            if strip.known:
                break
            await asyncio.sleep(0.005)
        await rounds(self.pilot)

    async def until(self, words: str, seconds: float = 20.0) -> float:
        """Waits until the words stand on the screen; gives how long that took. Fails after `seconds`."""
        start = time.monotonic()
        while words not in self.text:
            assert time.monotonic() - start < seconds, self.text
            await asyncio.sleep(0.01)
            await rounds(self.pilot, 1)
        return time.monotonic() - start


@asynccontextmanager
async def drive_usage(
    home: Path,
    *keys: str,
    size: tuple[int, int] = (120, 36),
    now: datetime = NOW,
    theme: str = "stackk",
    plain: bool = False,
    held: bool = False,
) -> AsyncIterator[Driven]:
    """Opens the app on the transcripts below `home`, goes to the usage screen and presses keys there."""
    app, opened = usage_app(home, now=now, theme=theme, plain=plain)
    async with app.run_test(size=size, notifications=True) as pilot:
        driven = Driven(app, pilot, await opened, home)
        if held:
            driven.stack.gate.clear()
        await driven.settle()
        await driven.press("u", *keys)
        yield driven
        driven.stack.gate.set()


def usage_app(
    home: Path, *, now: datetime = NOW, theme: str = "stackk", plain: bool = False
) -> "tuple[StackkApp, Opened]":
    """Gives the app and, to be awaited while it runs, its stack; the app closes it."""
    opened = Opened()

    async def give() -> Stack:
        stack = await HeldStack.open(demo_settings(home), clock=lambda: now)
        assert isinstance(stack, HeldStack)
        stack.gate = asyncio.Event()
        stack.gate.set()
        opened.stack = stack
        return stack

    return StackkApp(Board(), give, now=lambda: now, theme=theme, plain=plain), opened


class Opened:
    """A stack that is opened by and by."""

    stack: HeldStack | None = None

    def __await__(self) -> "Generator[None, None, HeldStack]":
        while self.stack is None:
            yield
        return self.stack


def write_call(home: Path, moment: datetime, *, model: str = "claude-opus-5-5", output: int = 50_000, number: int = 1,
               project: str = PROJECT) -> None:  # fmt: skip
    """Appends one API call to a session's transcript."""
    path = (
        home
        / "claude"
        / "projects"
        / project.replace("/", "-")
        / "5e55104e-0000-4000-a000-000000000000.jsonl"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    usage = {
        "input_tokens": 10,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output,
    }
    line = {
        "type": "assistant",
        "cwd": project,
        "sessionId": path.stem,
        "uuid": f"uuid-{number}",
        "requestId": f"req_{number}",
        "version": "2.1.330",
        "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "message": {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": model, "usage": usage,
                    "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn"},
    }  # fmt: skip
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")


def copy_home(written: Path, target: Path) -> Path:
    """Gives a home of its own, with the transcripts of another and nothing else."""
    shutil.copytree(written / "claude", target / "claude")
    return target


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)

"""`make screenshots`: the demo at a fixed moment, as SVG and PNG. The same bytes every time on one machine.

A PNG is drawn with DejaVu Sans Mono, which must be installed; an SVG names a web font and needs none.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import resvg_py
from textual.pilot import Pilot

from stackk_tui.demo import NOTE, demo_home, open_demo, seed_demo
from stackk_tui.model.board import Board
from stackk_tui.stack import Stack
from stackk_tui.tui.app import StackkApp
from stackk_tui.tui.upkeep import FOLLOW
from stackk_tui.tui.widgets.live_strip import LiveStrip

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 19, 16, 20, tzinfo=UTC)
"""A Thursday afternoon late in the month, so that there is something to see."""
FONT = "DejaVu Sans Mono"
PNG_WIDTH = {60: 700, 80: 900, 120: 1280}

WHOLE_ORG = ("down",) * 5
"""The keys from the dashboard's first row to the organization."""

Steps = Callable[[Pilot[None]], Awaitable[None]]


def keys(*presses: str) -> Steps:
    """Presses keys, each after the screen has come to rest."""

    async def press(pilot: Pilot[None]) -> None:
        for one in presses:
            await pilot.press(one)
            await at_rest(pilot)

    return press


SHOTS: dict[str, tuple[tuple[int, int], str, Steps]] = {
    "dashboard-120x36": ((120, 36), "stackk", keys()),
    "dashboard-80x24": ((80, 24), "stackk", keys()),
    "dashboard-60x20": ((60, 20), "stackk", keys()),
    "dashboard-80x24-16-colours": ((80, 24), "ansi-dark", keys()),
    "plan-120x36": ((120, 36), "stackk", keys("down", "down", "enter")),
    "plan-80x24": ((80, 24), "stackk", keys("down", "down", "enter")),
    "detail-120x36": ((120, 36), "stackk", keys(*WHOLE_ORG, "enter")),
    "detail-80x24": ((80, 24), "stackk", keys(*WHOLE_ORG, "enter")),
    "detail-tokens-120x36": ((120, 36), "stackk", keys(*WHOLE_ORG, "enter", "2", "m")),
    "add-120x36": ((120, 36), "stackk", keys("a")),
    "disconnect-80x24": ((80, 24), "stackk", keys(*WHOLE_ORG, "d")),
    "usage-120x36": ((120, 36), "stackk", keys("u")),
    "usage-80x24": ((80, 24), "stackk", keys("u", "j", "enter")),
    "usage-year-120x36": ((120, 36), "stackk", keys("u", "h", "left", "up")),
    "insights-120x36": ((120, 36), "stackk", keys("i")),
    "spent-year-120x36": ((120, 36), "stackk", keys("i", "h", "left", "up")),
    "budgets-120x36": ((120, 36), "stackk", keys("B")),
    "alerts-120x36": ((120, 36), "stackk", keys("exclamation_mark")),
    "help-80x24": ((80, 24), "stackk", keys("question_mark")),
}
"""Name: size, theme, and what is pressed."""


def clock() -> datetime:
    return NOW


async def at_rest(pilot: Pilot[None]) -> None:
    """Waits until no worker runs and everything is drawn."""
    await pilot.pause()
    while _is_busy(pilot):  # noqa: ASYNC110  nothing tells
        await asyncio.sleep(0.01)
    await pilot.pause()


def _is_busy(pilot: Pilot[None]) -> bool:
    app = pilot.app
    reads = any(not strip.known for strip in app.screen.query(LiveStrip))
    return reads or any(not (worker.is_finished or worker.name == FOLLOW) for worker in app.workers)


async def shoot(board: Board, stack: Stack, name: str) -> None:
    """Draws one screen."""
    size, theme, steps = SHOTS[name]

    async def give() -> Stack:
        return stack

    app = StackkApp(board, give, now=clock, theme=theme, note=NOTE)
    async with app.run_test(size=size) as pilot:
        await at_rest(pilot)
        await steps(pilot)
        svg = app.export_screenshot(title="stackk-tui")
    path = HERE / f"{name}.svg"
    path.write_text(svg, encoding="utf-8")
    png = resvg_py.svg_to_bytes(
        svg_path=str(path), width=PNG_WIDTH[size[0]], monospace_family=FONT, font_family=FONT
    )
    path.with_suffix(".png").write_bytes(bytes(png))
    sys.stdout.write(f"{path.name}\n")


async def main(wanted: list[str]) -> None:
    with demo_home() as home:
        for name in wanted or SHOTS:
            stack = await open_demo(home / name, clock)
            await seed_demo(stack, NOW.date())
            await shoot(await stack.board(), stack, name)


if __name__ == "__main__":
    for variable in [v for v in os.environ if v.startswith("TEXTUAL_") or v in ("NO_COLOR", "COLORTERM")]:
        del os.environ[variable]
    os.environ["TZ"] = "UTC"
    time.tzset()
    asyncio.run(main(sys.argv[1:]))

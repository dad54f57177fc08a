"""Drives the app by keys and reads the screen as a person does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from textual.pilot import Pilot

from stackk_tui.tui.app import StackkApp

from .scenes import AnsweringStack, make, press, rounds
from .scenes import settle as settle_down


@dataclass
class Driven:
    app: StackkApp
    pilot: Pilot[None]

    @property
    def stack(self) -> AnsweringStack:
        return self.app.scene

    @property
    def text(self) -> str:
        """What stands on the screen, line by line."""
        width, height = self.app.size
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text[:width].rstrip() for strip in lines[:height])

    async def press(self, *keys: str, settle: bool = True) -> None:
        for key in keys:
            await press(self.pilot, key)
            if settle and key in ("enter", "escape", "f2", "space"):
                await self.settle()
        if settle:
            await self.settle()

    async def rounds(self) -> None:
        """Lets messages arrive, without waiting for workers."""
        await rounds(self.pilot)

    async def settle(self) -> None:
        await settle_down(self.pilot)


@asynccontextmanager
async def drive(
    scene: str = "full", *, size: tuple[int, int] = (120, 36), settle: bool = True, **options: Any
) -> AsyncIterator[Driven]:
    app = make(scene, **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        driven = Driven(app, pilot)
        if settle:
            await driven.settle()
        yield driven
        app.scene.held.set()
        await asyncio.sleep(0)

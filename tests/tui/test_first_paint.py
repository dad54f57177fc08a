"""Nothing heavy is imported before the figures stand on the screen."""

import subprocess
import sys

HEAVY = {
    "pydantic", "httpx", "keyring", "cryptography", "plotext", "textual_plotext", "starlette", "sqlite3",
    "stackk_tui.stack", "stackk_tui.config", "stackk_tui.model.view", "stackk_tui.model.service",
    "stackk_tui.model.figure", "stackk_tui.model.snapshot", "stackk_tui.model.usage", "stackk_tui.providers",
    "stackk_tui.storage", "stackk_tui.net", "stackk_tui.tui.screens.detail", "stackk_tui.tui.screens.sign_in",
    "textual.widgets._data_table", "textual.widgets._footer", "textual.widgets._markdown",
}  # fmt: skip

PAINT = """
import asyncio, sys
from stackk_tui.model.board import Board, BoardRow
from stackk_tui.tui.app import StackkApp

async def open_stack():
    await asyncio.Event().wait()

row = BoardRow("svc", "p", "Acme", "", "workspace", "AI", "#ffffff", "ok", month_amount="301.20")
app = StackkApp(Board(rows=(row,)), open_stack, theme="stackk")
app._open = lambda: asyncio.sleep(0)

async def main():
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "$301.20" in "".join(strip.text for strip in app.screen._compositor.render_strips())

asyncio.run(main())
print(*sys.modules)
"""


def test_the_first_paint_needs_only_light_modules() -> None:
    shown = subprocess.run([sys.executable, "-c", PAINT], capture_output=True, text=True, check=True)
    loaded = set(shown.stdout.split())
    assert "stackk_tui.tui.screens.dashboard" in loaded
    assert loaded & HEAVY == set()

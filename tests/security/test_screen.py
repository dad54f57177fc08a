"""What a terminal, a clipboard or a picture is given of a key that is typed, and of an app that breaks."""

import base64
import re
import sys
from pathlib import Path

import pytest

from tests.conftest import SandboxServer
from tests.e2e.terminal import Terminal
from tests.security.conftest import CORE, KEY, Program
from tests.security.test_terminal_bytes import foreign

SOURCE = Path(__file__).parents[2] / "src" / "stackk_tui"


def to_the_key_field(terminal: Terminal) -> None:
    terminal.wait_for("Nothing tracked yet")
    terminal.press("a")
    terminal.wait_for("Console organization, admin key")
    terminal.press("\x1b[C")  # right: to the ways in
    terminal.wait_for("› Claude plan")
    terminal.press("j")
    terminal.press("\r")
    terminal.wait_for("paste it here")


def test_a_typed_key_reaches_neither_screen_nor_clipboard_nor_log(
    program: Program, vendor: SandboxServer
) -> None:
    """Marked by keys and by mouse, copied and cut in every way; with Textual's log and tools switched on."""
    log = program.folder / "textual.log"
    extra = {"TEXTUAL_LOG": str(log), "TEXTUAL": "debug,devtools", "TEXTUAL_DEBUG": "1"}
    with program.terminal(**extra) as terminal:
        to_the_key_field(terminal)
        terminal.press(KEY)
        terminal.wait_for("•" * len(KEY))
        lines = terminal.screen.lines()
        row = next(n for n, line in enumerate(lines, 1) if "•" * 20 in line)
        column = lines[row - 1].index("•") + 1
        for keys in ("\x1b[1;2H", "\x03", "\x1b[99;9u", "\x18", "\x01", "\x1b[1;2F", "\x03", "\x1b[99;5u"):
            terminal.press(
                keys
            )  # shift+home, ctrl+c, super+c, ctrl+x, ctrl+a, shift+end, ctrl+c, ctrl+c as kitty
            terminal.settle(0.05)
        for step in (f"0;{column};{row}M", f"32;{column + 12};{row}M", f"0;{column + 12};{row}m"):
            terminal.press(f"\x1b[<{step}")  # pressed, dragged, let go
        terminal.settle(0.05)
        terminal.press("\x03\x18")
        terminal.settle(0.05)
        for _ in range(3):  # a triple click
            terminal.press(f"\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m")
        terminal.press("\x03")
        terminal.settle(0.5)
        assert "•" * 20 in terminal.screen.text(), "the key is still in the field"
        terminal.press("\x11")
        terminal.exit_code()
    assert b"\x1b]52" not in terminal.raw
    for spelling in (
        CORE.encode(),
        base64.b64encode(KEY.encode())[:40],
        base64.b64encode(CORE.encode())[:20],
    ):
        assert spelling not in terminal.raw
    assert not log.exists(), "Textual's log would hold every key that was pressed"
    assert program.files_with(CORE) == []


def test_every_masked_field_is_the_one_that_cannot_be_copied_from() -> None:
    """`password=True` alone gives its text to the clipboard."""
    made = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if re.search(r"password\s*=\s*True", path.read_text(encoding="utf-8"))
    ]
    assert made == ["tui/widgets/fields.py"]


_BREAKS = """
import asyncio, os, sys
from stackk_tui.model.board import Board
from stackk_tui.tui.app import StackkApp

def on_ready(self):
    token = os.environ["TOKEN"]
    headers = {"x-api-key": token}
    try:
        raise ValueError(f"Illegal header value {token!r}")
    except ValueError as error:
        error.add_note(f"while sending {headers}")
        inner = RuntimeError("\\x1b]0;owned\\x07\\x9b31m\\u202e" + token)
        if "GROUP" in os.environ:
            raise ExceptionGroup("both", [inner, error])
        raise inner from error

async def never():
    await asyncio.Event().wait()

StackkApp.on_ready = on_ready
app = StackkApp(Board(), never)
app.run()
sys.exit(app.return_code)
"""


@pytest.mark.parametrize("more", [{}, {"GROUP": "1"}], ids=["a chain", "a group"])
def test_an_app_that_breaks_shows_where_and_no_secret(program: Program, more: dict[str, str]) -> None:
    script = program.folder / "breaks.py"
    script.write_text(_BREAKS)
    program.command = [sys.executable, str(script)]
    with program.terminal(TOKEN=KEY, **more) as terminal:
        assert terminal.exit_code() == 1
    ours = "'\\x07╭"  # we ring the bell once, before the report
    assert [one for one in foreign(terminal.raw) if not one.startswith(ours)] == []
    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.raw.decode("utf-8"))  # colours split words
    assert "RuntimeError" in shown
    assert "Illegal header value" in shown
    assert "on_ready" in shown
    assert "[hidden]" in shown
    assert CORE not in shown
    assert "x-api-key': 'sk" not in shown


@pytest.mark.parametrize("words", [["list"], ["add", "anthropic", "--method", "admin-key", "--secret-stdin"]])
def test_a_command_that_breaks_shows_no_traceback(program: Program, words: list[str]) -> None:
    code = (
        "import sys, os\nfrom stackk_tui.stack import Stack\n"
        "async def broken(*a, **k):\n    token = os.environ['TOKEN']\n    raise RuntimeError('no ' + token)\n"
        "Stack.open = broken\nfrom stackk_tui.cli import main\nsys.exit(main())\n"
    )
    program.command = [sys.executable, "-c", code]
    program.env |= {"TOKEN": KEY, "STACKK_DEBUG": "1"}
    done = program(*words, key=KEY)
    assert done.returncode == 1
    assert b"RuntimeError" in done.stderr
    assert CORE.encode() not in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr

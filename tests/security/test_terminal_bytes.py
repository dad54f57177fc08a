"""Nothing that a vendor or a transcript says reaches the terminal as anything but text."""

import ast
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import pytest

from stackk_tui.sandbox.transcripts import write_transcripts
from tests.conftest import SandboxServer
from tests.e2e.terminal import Terminal
from tests.security.conftest import KEY, Program
from tests.security.hostile import CONCEALED, IN_HEADERS, MARKUP, POISONS, Hostile, hostile_vendor, poisoned

_OURS = re.compile(
    r"\x1b\[(?:"
    r"[0-9;]*m"  # colours
    r"|[0-9]+(?:;[0-9]+)?H"  # where to write
    r"|\?(?:7|25|1000|1003|1004|1006|1015|1049|2004|2026|2048)[hl]"  # wrapping, cursor, mouse, focus, pasting, …
    r"|\?(?:2026|2048)\$p"  # asks what the terminal can do
    r"|>25u|<u"  # kitty's keys
    r")|\x1b\]22;[a-z-]{4,12}\x07"  # the shape of the mouse pointer
)
"""Every control sequence that Textual writes on our behalf: no title, no clipboard, no link, no picture."""
_BAD = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def foreign(raw: bytes) -> list[str]:
    """Gives whatever is neither text nor a control sequence of ours, with what follows it."""
    text = raw.decode("utf-8", "surrogateescape")
    found = [f"{CONCEALED!r} at {at.start()}" for at in re.finditer(re.escape(CONCEALED), text)]
    rest = _OURS.sub("", text)
    return found + [
        repr(rest[at : at + 30])
        for at, char in enumerate(rest)
        if unicodedata.category(char) in _BAD and char not in "\r\n"
    ]


@pytest.mark.parametrize("poison", [*POISONS, IN_HEADERS])
def test_this_net_catches_every_poison(poison: str) -> None:
    raw = f"before{poison}after".encode("utf-8", "surrogatepass")
    assert foreign(raw)


@pytest.fixture
def hostile(program: Program, vendor: SandboxServer) -> Iterator[Hostile]:
    with hostile_vendor(vendor.url) as one:
        program.env["STACKK_ANTHROPIC_API_URL"] = one.address
        yield one


def test_no_word_that_is_shown_in_passing_is_read_as_markup() -> None:
    """`[/x]` in a name would break the screen, `[@click=…]` would be a button."""
    source = Path(__file__).parents[2] / "src" / "stackk_tui" / "tui"
    calls = [
        (path.name, node)
        for path in source.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "notify"
    ]
    assert calls
    for name, call in calls:
        given = {word.arg: word.value for word in call.keywords}
        assert isinstance(given.get("markup"), ast.Constant), name
        assert given["markup"].value is False, name  # type: ignore[attr-defined]


def poison_transcripts(root: Path) -> None:
    """Rewrites every text in the transcripts that is not part of their structure; one file's own name, too."""
    write_transcripts(root, datetime.now(UTC), days=2)
    poisons = cycle(POISONS)
    spared = {"timestamp", "type", "uuid", "id", "requestId", "parentUuid", "sessionId", "role"}
    files = sorted(root.rglob("*.jsonl"))
    for path in files:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        rows = [json.dumps(poisoned(line, spared, poisons)) for line in lines]
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    named = files[0].parent.with_name("\x1b]0;owned\x07\u202e-projects")
    named.mkdir()
    files[0].rename(named / "\x1b[2J\x9b8;53;73m.jsonl")


_RUNNER = """
import io, json, sys
from stackk_tui.cli import main
for words in json.loads(sys.argv[1]):
    sys.stdin = io.TextIOWrapper(io.BytesIO(sys.argv[2].encode()))
    print(words[0], main(words), flush=True)
"""
ADD = ["add", "anthropic", "--method", "admin-key", "--secret-stdin"]


def run_all(program: Program, *commands: list[str]) -> bytes:
    """Runs these commands in one process, each with the key on its stdin, and gives all that they print."""
    done = subprocess.run(
        [sys.executable, "-c", _RUNNER, json.dumps(commands), KEY], env=program.env, capture_output=True, timeout=90,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_no_command_hands_on_a_control_sequence(program: Program, hostile: Hostile) -> None:
    poison_transcripts(Path(program.env["CLAUDE_CONFIG_DIR"]))
    shown = run_all(program, ADD, ["add", "claude-code"], ["refresh"], ["list", "--json"])
    assert b"refresh 0" in shown
    listed = json.loads(shown.decode().partition("refresh 0\n")[2].partition("list 0")[0])
    account = next(row["account"] for row in listed["services"] if row["provider"] == "anthropic")
    reports = [["usage", "--by", by] for by in ("project", "model", "session", "agent")]
    shown += run_all(program, ["workspaces", account], ["list"], ["status"], ["doctor"], *reports)
    hostile.mode = "everything"
    shown += run_all(program, ["refresh", "--force"], ["sync"], ["workspaces", account], ["status", "--json"],
                     ["export"], ["export", "--format", "csv"])  # fmt: skip
    hostile.mode = "errors"
    shown += run_all(program, *[["refresh", "--force"]] * 3, ["workspaces", account], ["list"], *[ADD] * 2)
    shown += run_all(program, ["disconnect", "anthropic", "--yes"])
    assert foreign(shown) == []
    assert "\ufffd".encode() in shown, "the poison did arrive, and was cleaned"
    assert b"Nimbus Labs" in shown
    assert len(hostile.paths) >= 8, hostile.paths


ENTER, ESC, RIGHT, PAGE_DOWN, CTRL_P, CTRL_Q = "\r", "\x1b", "\x1b[C", "\x1b[6~", "\x10", "\x11"
DOOR = "Console organization, admin key"


def walk(terminal: Terminal, hostile: Hostile) -> None:
    """Goes everywhere where words of the vendor are shown; each key when the one before has been obeyed."""

    def go(*steps: tuple[str, str]) -> None:
        for keys, shown in steps:
            terminal.press(keys)
            terminal.wait_for(shown.removeprefix("-"), gone=shown.startswith("-"))

    terminal.wait_for(f"{MARKUP}Nimbus")  # markup is text
    go((ENTER, "Models this month"), ("2", "Tokens per day"), ("3", "no chart of requests"))
    go(("4", "-Tokens per day"), ("1", "Cost per day"))
    go(("m", "█ not by model"), (PAGE_DOWN, "Rate limits"), (ESC, "u usage"))
    go(("/", "enter keep"), ("Nim", "1 of 2"), (ENTER, "u usage"))
    go((CTRL_P, "a service or a command"), ("Nim", "│ Nim "), (ESC, "-│ Nim "))
    go(("d", "Keep it"), (ESC, "-Keep it"))
    to_the_key = ("a", DOOR), (RIGHT, "› Claude plan"), ("j", f"› {DOOR}"), (ENTER, "paste it here")
    go(*to_the_key, (KEY, "•" * len(KEY)), (ENTER, "What shall be tracked?"))
    terminal.wait_for("Production")
    go(("j ", "[x]"), (ESC, "paste it here"), (ESC, f"› {DOOR}"), (ESC, "› ▌ Anthropic"), (ESC, "u usage"))
    hostile.mode = "errors"
    go(*to_the_key, (KEY, "•" * len(KEY)))
    before = hostile.answered
    go((ENTER, "✖"))
    assert hostile.answered > before
    first = terminal.screen.text()
    terminal.press(ENTER)
    terminal.wait_until(lambda screen: "✖" in screen and screen != first, "another error")
    leave(terminal)


def leave(terminal: Terminal) -> None:
    terminal.press(CTRL_Q)
    assert terminal.exit_code() == 0


def test_the_screens_show_it_as_text(program: Program, hostile: Hostile) -> None:
    poison_transcripts(Path(program.env["CLAUDE_CONFIG_DIR"]))
    program.env["ESCDELAY"] = "5"  # else escape and the next key are alt and that key
    run_all(program, ["add", "claude-code"], ADD, ["refresh"])
    hostile.mode = "everything"
    with program.terminal(columns=150, lines=40) as terminal:
        walk(terminal, hostile)
    raw = terminal.raw
    shown = run_all(program, *[["refresh", "--force"]] * 2)
    assert b"refresh 1" in shown or b"refresh 4" in shown
    with program.terminal(columns=150, lines=40) as terminal:  # with the errors that were kept
        terminal.wait_for("Nimbus")
        terminal.press(ENTER)  # to its page, or to signing in again: that is as the last error says
        terminal.wait_until(lambda screen: "Models this month" in screen or "paste it here" in screen)
        leave(terminal)
    assert foreign(raw + terminal.raw) == []
    assert "\ufffd".encode() in raw, "the poison did arrive, and was cleaned"

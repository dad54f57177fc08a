"""What a command may import: the start is as fast as what it leaves out."""

import subprocess
import sys

import pytest

from tests.cli.conftest import Cli

HEAVY = {"textual", "pydantic", "httpx", "keyring", "cryptography", "plotext", "starlette", "asyncio"}


def modules(cli: Cli, *words: str) -> set[str]:
    code = f"import sys\nfrom stackk_tui.cli import main\nmain({list(words)!r})\nprint('\\n', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=cli.env, check=True
    )
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_version_imports_nothing(cli: Cli) -> None:
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    assert modules(cli, "--version") - {name.split(".")[0] for name in bare.stdout.split()} == {"stackk_tui"}


@pytest.mark.parametrize(
    "words", [["list"], ["list", "--json"], ["status"], ["export"], ["refresh"]], ids=" ".join
)
def test_reading_commands_run_without_textual_and_without_the_wire(cli: Cli, words: list[str]) -> None:
    assert not modules(cli, *words) & {"textual", "httpx", "keyring", "cryptography", "plotext", "starlette"}


def test_wrong_usage_is_answered_lightly(cli: Cli) -> None:
    assert not modules(cli, "frobnicate") & HEAVY


def test_the_screens_open_before_anything_heavy_is_imported(cli: Cli) -> None:
    """All that runs until Textual takes over, with the last board read from the ledger."""
    assert cli("add", "custom", "--name", "GitHub", "--price", "4").code == 0
    code = """
import sys
import stackk_tui.tui.app, stackk_tui.tui.terminal
from stackk_tui.cli import main
seen = []
stackk_tui.tui.terminal.refusal = lambda: None
stackk_tui.tui.app.StackkApp.run = lambda self, **how: seen.append(self._first_board.rows[0].name)
assert main([]) == 0
print(*seen)
print(*sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**cli.env, "TERM": "xterm"},
        check=True,
    )
    assert done.stdout.splitlines()[0] == "GitHub"
    found = {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "textual" in found
    assert not found & {"pydantic", "httpx", "keyring", "cryptography", "plotext", "starlette", "argparse"}

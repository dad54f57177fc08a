"""A clean environment for programs on a pseudo-terminal."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal

Open = Callable[..., Terminal]
PROGRAM = [sys.executable, "-m", "stackk_tui"]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "STACKK_HOME": str(tmp_path / "stackk"),
        "STACKK_TOKEN_STORE": "vault",
        "STACKK_VAULT_KEY_FILE": str(tmp_path / "vault.key"),
        "CLAUDE_CONFIG_DIR": str(home / ".claude"),
    }


@pytest.fixture
def run(env: dict[str, str]) -> Open:
    """Runs `stackk-tui` with these words on a terminal; use it in a `with`."""

    def start(*words: str, columns: int = 80, lines: int = 24, **more: str) -> Terminal:
        return Terminal([*PROGRAM, *words], {**env, **more}, columns=columns, lines=lines)

    return start

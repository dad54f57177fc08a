"""The program as a process of its own, with a pretend vendor to talk to; nothing here is called in-process."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stackk_tui.sandbox.anthropic import ADMIN_KEY
from stackk_tui.sandbox.world import World
from tests.conftest import SandboxServer
from tests.e2e.terminal import Terminal

SCRIPT = Path(sys.executable).parent / "stackk-tui"
"""The command as it is installed."""
KEY = ADMIN_KEY
CORE = ADMIN_KEY.removeprefix("sk-ant-admin01-")
"""The part of the key that is like no other text."""


@dataclass(slots=True)
class Program:
    """`program("list")` runs the command; `env` is its whole environment, `folder` all that it may write to."""

    folder: Path
    env: dict[str, str]
    command: list[str] = field(default_factory=lambda: [sys.executable, "-m", "stackk_tui"])

    @property
    def home(self) -> Path:
        return Path(self.env["STACKK_HOME"])

    @property
    def data(self) -> Path:
        return self.home / "data"

    def __call__(self, *words: str, key: str | None = None, **how: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*self.command, *words], input=(key or "").encode(), env=self.env, capture_output=True, timeout=60,
            check=False, **how,
        )  # fmt: skip

    def add(self, **how: Any) -> subprocess.CompletedProcess[bytes]:
        done = self("add", "anthropic", "--method", "admin-key", "--secret-stdin", key=KEY, **how)
        assert done.returncode == 0, done.stderr
        return done

    def start(self, *words: str, **how: Any) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*self.command, *words], stdin=pipe, stdout=pipe, stderr=pipe, env=self.env, **how
        )

    def terminal(self, *words: str, columns: int = 120, lines: int = 36, **env: str) -> Terminal:
        return Terminal([*self.command, *words], {**self.env, **env}, columns=columns, lines=lines)

    def files_with(self, *needles: str) -> list[str]:
        """Gives every file under `folder` whose bytes hold one of these."""
        wanted = [needle.encode() for needle in needles]
        return [
            str(path.relative_to(self.folder))
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and any(needle in path.read_bytes() for needle in wanted)
        ]


MakeProgram = Callable[..., Program]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """With a vault that opens by a key file, and nothing to talk to."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "STACKK_HOME": str(tmp_path / "stackk"),
        "STACKK_TOKEN_STORE": "vault",
        "STACKK_VAULT_KEY_FILE": str(tmp_path / "keys" / "vault.key"),
        "STACKK_ALLOW_HTTP_LOOPBACK": "1",
        "STACKK_ANTHROPIC_API_URL": "http://127.0.0.1:9",
        "CLAUDE_CONFIG_DIR": str(tmp_path / "home" / ".claude"),
    }
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    return Program(tmp_path, env)


@pytest.fixture
def vendor(program: Program, sandbox: SandboxServer) -> SandboxServer:
    """The pretend Anthropic, at today's date."""
    sandbox.now = datetime.now(UTC)
    sandbox.app.world = World(anchor=sandbox.now.date())
    program.env.update(sandbox.env)
    return sandbox

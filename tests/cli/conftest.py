"""Runs command lines as a person would, in this process where that is the same and quicker."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from stackk_tui.cli import main
from stackk_tui.sandbox.world import MODEL, TOKEN_TYPES, World
from tests.conftest import SandboxServer

PROGRAM = [sys.executable, "-m", "stackk_tui"]


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON on stdout; whatever else was said there would be an error."""
        return json.loads(self.out)


class _Stdin(io.TextIOWrapper):
    """Standard input that is not a terminal."""

    def __init__(self, text: str) -> None:
        super().__init__(io.BytesIO(text.encode()), encoding="utf-8")


@dataclass(slots=True)
class Cli:
    """`cli("list", "--json")` runs it; `env` is its whole environment."""

    env: dict[str, str]
    home: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str, stdin: str = "") -> Ran:
        with self.monkeypatch.context() as patch:
            for name in list(os.environ):
                patch.delenv(name)
            for name, value in self.env.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", _Stdin(stdin))
            self.capsys.readouterr()
            code = main(list(words))
        out, err = self.capsys.readouterr()
        return Ran(code, out, err)

    def process(self, *words: str, stdin: str = "", pass_fds: tuple[int, ...] = ()) -> Ran:
        """The same as a process of its own."""
        done = subprocess.run(
            [*PROGRAM, *words],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.env,
            pass_fds=pass_fds,
            timeout=60,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def everything_written(self) -> bytes:
        """All bytes of all files it keeps."""
        return b"".join(path.read_bytes() for path in sorted(self.home.rglob("*")) if path.is_file())


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """A fresh home with a vault that opens by a key file, and nothing to talk to."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "STACKK_HOME": str(tmp_path / "stackk"),
        "STACKK_TOKEN_STORE": "vault",
        "STACKK_VAULT_KEY_FILE": str(tmp_path / "vault.key"),
        "STACKK_ALLOW_HTTP_LOOPBACK": "1",
        "STACKK_ANTHROPIC_API_URL": "http://127.0.0.1:9",
        "STACKK_DEBUG": "1",
    }
    return Cli(env, tmp_path / "stackk", monkeypatch, capsys)


@pytest.fixture
def nimbus(cli: Cli, sandbox: SandboxServer) -> SandboxServer:
    """The pretend Anthropic, standing still at the moment at which the test began."""
    sandbox.now = datetime.now(UTC)
    sandbox.app.world = World(anchor=sandbox.now.date())
    cli.env.update(sandbox.env)
    return sandbox


@dataclass(frozen=True, slots=True)
class Truth:
    """What the sandbox's world used from the first of the month until now."""

    cost: Decimal
    tokens: dict[str, int]


@pytest.fixture
def truth(nimbus: SandboxServer) -> Callable[..., Truth]:
    """Gives the month's truth of one workspace (None is the default one), or of all."""

    def tell(*, workspace: str | None = None, whole: bool = False) -> Truth:
        cents, sums = Decimal(0), [0] * len(TOKEN_TYPES)
        day = nimbus.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        while day <= nimbus.now:
            for cell in nimbus.world.cells(day, day + timedelta(days=1), nimbus.now):
                if whole or cell.workspace_id == workspace:
                    pairs = list(zip(TOKEN_TYPES, cell.tokens, strict=True))
                    cents += sum((MODEL[cell.model].cents(t, n) for t, n in pairs), Decimal(cell.searches))
                    sums = [s + n for s, n in zip(sums, cell.tokens, strict=True)]
            day += timedelta(days=1)
        names = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
        return Truth(cents / 100, {**dict(zip(names, sums, strict=True)), "total": sum(sums)})

    return tell

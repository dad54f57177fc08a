"""Files somebody put into the folder from which the program is started: code, settings, programs."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SandboxServer
from tests.security.conftest import SCRIPT, Program

_MODULES = ("textual", "json", "sitecustomize", "usercustomize", "stackk_tui", "httpx", "keyring", "sqlite3", "asyncio",
            "cryptography", "readline", "ssl", "pydantic", "keyrings", "secretstorage", "rich", "certifi")  # fmt: skip
_EVIL = "import pathlib\npathlib.Path({mark!r}).open('a').write(__name__ + chr(10))\n"


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A folder full of files with names that programs look for. Its `MARK` tells what was run or used."""
    folder = tmp_path / "trap"
    folder.mkdir()
    mark = folder / "MARK"
    for name in _MODULES:
        (folder / f"{name}.py").write_text(_EVIL.format(mark=str(mark)))
    for name in ("ant", "claude", "python", "python3", "xdg-open"):
        (folder / name).write_text(f"#!/bin/sh\necho {name} >> {mark}\n")
        (folder / name).chmod(0o755)
    settings = 'token_store = "memory"\n[network]\nproxy = "http://127.0.0.1:9"\nca_file = "/nonexistent"\n'
    for path in (
        "config.toml",
        "config/config.toml",
        "stackk/config/config.toml",
        ".config/stackk-tui/config.toml",
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(settings)
    (folder / ".env").write_text("STACKK_TOKEN_STORE=memory\nSTACKK_ANTHROPIC_API_URL=http://127.0.0.1:9\n")
    (folder / ".netrc").write_text("default login evil password evil\n")
    (folder / "keyringrc.cfg").write_text(
        f"[backend]\ndefault-keyring=keyring.backends.null.Keyring\nkeyring-path={folder}\n"
    )
    (folder / "ledger.db").write_text("not a ledger")
    return folder


def test_the_command_takes_nothing_from_there(program: Program, vendor: SandboxServer, trap: Path) -> None:
    assert SCRIPT.exists(), "the command is not installed beside this Python"
    program.command = [str(SCRIPT)]
    before = {path: path.read_bytes() for path in trap.rglob("*") if path.is_file()}
    program.add(cwd=trap)
    for words in (
        ["--version"],
        ["--help"],
        ["list"],
        ["doctor"],
        ["refresh"],
        ["vault", "status"],
        ["usage"],
    ):
        done = program(*words, cwd=trap)
        assert done.returncode == 0, (words, done.stderr)
    assert b"nothing tracked" not in program("list", cwd=trap).stdout.lower()
    here = Path.cwd()
    os.chdir(trap)
    try:
        with program.terminal() as terminal:
            terminal.wait_for("Nimbus")
            terminal.press("a")
            terminal.wait_for("Console organization")
            terminal.settle()
            terminal.press("\x11")
            assert terminal.exit_code() == 0
    finally:
        os.chdir(here)
    assert not (trap / "MARK").exists(), (trap / "MARK").read_text()
    assert {path: path.read_bytes() for path in trap.rglob("*") if path.is_file()} == before
    assert (program.data / "vault.json").exists(), (
        "the key is in the vault, not where .env or config.toml said"
    )


def test_python_minus_m_is_the_exception_that_is_written_down(program: Program, trap: Path) -> None:
    """Python itself puts the working directory first there; with -P, or the command, it does not."""
    run = [sys.executable, "-m", "stackk_tui", "--version"]
    subprocess.run(run, cwd=trap, env=program.env, capture_output=True, check=False)
    assert (trap / "MARK").exists()
    (trap / "MARK").unlink()
    done = subprocess.run(
        [run[0], "-P", *run[1:]], cwd=trap, env=program.env, capture_output=True, check=True, text=True
    )
    assert done.stdout.startswith("stackk-tui ")
    assert not (trap / "MARK").exists()


def test_the_script_s_own_folder_is_not_one_that_others_write_to() -> None:
    """Python looks for modules beside the script first; that is the environment's own folder."""
    mode = SCRIPT.parent.stat().st_mode
    assert not mode & stat.S_IWOTH

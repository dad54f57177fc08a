"""Who can read what we write, under the worst umask; and links somebody put where our files belong."""

import asyncio
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stackk_tui.model.errors import StackkError, StorageError
from stackk_tui.net.oauth_lock import account_lock, lock_path
from stackk_tui.sandbox.transcripts import write_transcripts
from stackk_tui.storage import schema
from stackk_tui.storage.database import Database
from tests.conftest import SandboxServer
from tests.e2e.terminal import PATIENCE
from tests.security.conftest import Program

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and links as POSIX has them")


@pytest.fixture
def umask_000() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(*folders: Path) -> list[str]:
    """Gives everything in these folders, and they themselves, that group or others may use in any way."""
    found = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    assert found
    return [f"{stat.S_IMODE(p.lstat().st_mode):o} {p}" for p in found if p.lstat().st_mode & 0o077]


def test_everything_is_for_its_owner_only(program: Program, vendor: SandboxServer, umask_000: None) -> None:
    os.umask(0o022)
    write_transcripts(Path(program.env["CLAUDE_CONFIG_DIR"]), datetime.now(UTC), days=3)
    os.umask(0)
    program.env["STACKK_HOME"] = str(program.folder / "not" / "there" / "yet")
    program.add()
    assert program("add", "claude-code").returncode == 0
    assert program("refresh").returncode == 0
    assert program("usage", "--by", "day").returncode == 0
    with program.terminal() as terminal:  # while the ledger is open, its side files are there
        terminal.wait_for("Nimbus")
        end = time.monotonic() + PATIENCE
        while not (program.data / "ledger.db-shm").exists() and time.monotonic() < end:
            terminal.settle(0.05)
        terminal.settle()
        names = {path.name for path in program.data.iterdir()}
        assert open_to_others(program.folder / "not", program.folder / "keys") == []
        terminal.press("\x11")
        terminal.exit_code()
    assert {
        "ledger.db",
        "ledger.db-wal",
        "ledger.db-shm",
        "vault.json",
        "vault.lock",
        "claude-code.db",
    } <= names
    assert any(name.endswith(".lock") and name != "vault.lock" for name in names), "locks between fetches"
    assert open_to_others(program.folder / "not", program.folder / "keys") == []


def test_the_default_places_are_for_their_owner_only(program: Program, umask_000: None) -> None:
    del program.env["STACKK_HOME"]
    assert program("add", "custom", "--name", "GitHub", "--price", "4").returncode == 0
    made = list(Path(program.env["HOME"]).iterdir())
    assert [path.name for path in made] == [".local"]
    assert open_to_others(*made) == []


def test_the_demo_s_folder_is_for_its_owner_only(program: Program, umask_000: None) -> None:
    with program.terminal("--demo") as terminal:
        terminal.wait_for("Nimbus")
        (folder,) = Path(program.env["TMPDIR"]).glob("stackk-demo-*")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        terminal.press("\x11")
        terminal.exit_code()
    assert not folder.exists()


def older_ledger(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a ledger for which this program is one version too new."""

    async def make() -> None:
        await (await Database.open(path)).close()

    asyncio.run(make())
    newer = (*schema.VERSIONS, ("CREATE TABLE something_new (id INTEGER)",))
    monkeypatch.setattr(schema, "VERSIONS", newer)
    monkeypatch.setattr(schema, "CURRENT", len(newer))


def test_the_backup_before_a_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, umask_000: None
) -> None:
    path, victim = tmp_path / "data" / "ledger.db", tmp_path / "victim"
    older_ledger(path, monkeypatch)
    victim.write_text("mine")
    version = schema.CURRENT - 1
    backup = path.with_name(f"ledger.db.v{version}.bak")
    backup.symlink_to(victim)

    async def migrate() -> None:
        await (await Database.open(path)).close()

    asyncio.run(migrate())
    assert victim.read_text() == "mine", "a link in its place is not followed"
    assert stat.S_ISREG(backup.lstat().st_mode)
    assert open_to_others(path.parent) == []
    with sqlite3.connect(backup) as connection:
        assert schema.version_of(connection) == version
    connection.close()


@pytest.mark.parametrize("there", [True, False], ids=["a file of mine", "a place where nothing is"])
@pytest.mark.parametrize("name", ["ledger.db", "claude-code.db"])
def test_a_link_in_place_of_a_database_is_not_followed(program: Program, name: str, there: bool) -> None:
    victim = program.folder / "victim"
    if there:
        victim.write_bytes(b"")  # SQLite would take an empty file for a new database
    program.data.mkdir(parents=True, mode=0o700)
    (program.data / name).symlink_to(victim)
    words = ["list"] if name == "ledger.db" else ["usage"]
    write_transcripts(Path(program.env["CLAUDE_CONFIG_DIR"]), datetime.now(UTC), days=1)
    done = program(*words)
    assert done.returncode == 1, done
    assert b"symbolic link" in done.stderr
    assert (victim.read_bytes() if there else not victim.exists()) == (b"" if there else True)


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_a_link_in_place_of_a_side_file_is_not_followed(program: Program, suffix: str) -> None:
    assert program("add", "custom", "--name", "GitHub", "--price", "4").returncode == 0
    victim = program.folder / "victim"
    victim.write_bytes(b"mine")
    side = program.data / f"ledger.db{suffix}"
    side.unlink(missing_ok=True)
    side.symlink_to(victim)
    done = program("add", "custom", "--name", "Figma", "--price", "15")
    assert victim.read_bytes() == b"mine"
    assert b"Traceback" not in done.stderr


def test_a_link_in_place_of_a_sign_in_s_lock_is_refused(tmp_path: Path) -> None:
    data, victim = tmp_path / "data", tmp_path / "victim"
    data.mkdir(mode=0o700)
    lock_path(data, "acme", "acc_1").symlink_to(victim)

    async def hold() -> None:
        async with account_lock(data, "acme", "acc_1", seconds=0.2):
            raise AssertionError("the lock was had through a link")

    with pytest.raises(StorageError) as caught:
        asyncio.run(hold())
    assert isinstance(caught.value, StackkError)
    assert not victim.exists()

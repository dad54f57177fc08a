"""Newer, damaged, read-only and full: a clear error, and nothing lost."""

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stackk_tui.model.board import Board
from stackk_tui.model.errors import LedgerTooNew, StorageError
from stackk_tui.model.usage import UsageSource
from stackk_tui.storage import schema
from stackk_tui.storage.board_cache import read_board
from stackk_tui.storage.ledger import Ledger
from tests.storage.test_ledger import TODAY, batch, cost_bucket, learned, opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.db"


def run(coroutine):
    return asyncio.run(coroutine)


async def filled(path: Path) -> None:
    ledger = await opened(path)
    await ledger.keep(learned(batch(cost_bucket(TODAY, "1.5"))))
    await ledger.keep_board(Board(month="2026-11-01"))
    await ledger.close()


async def cost_today(path: Path) -> list[str]:
    ledger = await Ledger.open(path)
    found = await ledger.span("acc_1", None, TODAY, TODAY)
    await ledger.close()
    return [str(u.cost) for u in found.usage]


def test_the_file_and_its_folder_are_for_the_owner_only(path: Path) -> None:
    run(filled(path))
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_ledger_from_a_newer_version_is_refused_and_not_touched(path: Path) -> None:
    run(filled(path))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LedgerTooNew) as caught:
        run(Ledger.open(path))
    assert "newer" in caught.value.what
    assert "not touched" in caught.value.means
    assert path.read_bytes() == before


def test_an_older_ledger_is_backed_up_then_migrated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(filled(path))
    filled_at = schema.CURRENT
    added = ("CREATE TABLE later (x TEXT)",)
    monkeypatch.setattr(schema, "VERSIONS", (*schema.VERSIONS, added))
    monkeypatch.setattr(schema, "CURRENT", schema.CURRENT + 1)
    assert run(cost_today(path)) == ["1.5"]
    backup = path.with_name(f"ledger.db.v{filled_at}.bak")
    assert backup.stat().st_mode & 0o077 == 0
    with sqlite3.connect(backup) as old:
        assert schema.version_of(old) == filled_at
        assert old.execute("SELECT COUNT(*) FROM usage_bucket").fetchone() == (1,)
    old.close()


def test_the_days_known_of_an_account_survive_becoming_days_of_workspaces(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    with sqlite3.connect(path) as first:
        for statement in schema.VERSIONS[0]:
            first.execute(statement)
        first.execute("PRAGMA user_version = 1")
        first.execute("INSERT INTO known_day VALUES ('acc_1', 'cost', ?, 1)", (TODAY.isoformat(),))
    first.close()

    async def story() -> None:
        ledger = await Ledger.open(path)
        assert await ledger.final_days("acc_1") == {UsageSource.COST: frozenset({TODAY})}
        for workspace in (None, "prod"):
            assert (await ledger.span("acc_1", workspace, TODAY, TODAY)).known == {
                UsageSource.COST: frozenset({TODAY})
            }
        await ledger.close()

    run(story())


def test_a_migration_that_fails_leaves_the_old_ledger(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(filled(path))
    with monkeypatch.context() as patched:
        patched.setattr(schema, "VERSIONS", (*schema.VERSIONS, ("CREATE TABLE later (x)", "NOT SQL")))
        patched.setattr(schema, "CURRENT", schema.CURRENT + 1)
        with pytest.raises(StorageError):
            run(Ledger.open(path))
    assert run(cost_today(path)) == ["1.5"]


def test_a_damaged_ledger_is_said_and_left(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is not a database, " * 400)
    before = path.read_bytes()
    with pytest.raises(StorageError) as caught:
        run(Ledger.open(path))
    assert "damaged" in caught.value.what
    assert path.read_bytes() == before


def test_a_full_disk_loses_nothing_that_was_kept(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        await ledger.keep(learned(batch(cost_bucket(TODAY, "1.5"))))
        pages = await ledger._db.run(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
        await ledger._db._call(lambda: ledger._db._connection.execute(f"PRAGMA max_page_count = {pages}"))
        many = [cost_bucket(TODAY, "9", workspace=f"w{n}", model="m" * 200) for n in range(500)]
        with pytest.raises(StorageError) as caught:
            await ledger.keep(learned(batch(*many)))
        assert "disk is full" in caught.value.what
        found = await ledger.span("acc_1", None, TODAY, TODAY)
        assert [str(u.cost) for u in found.usage] == ["1.5"]
        await ledger.close()

    run(story())


def test_a_read_only_disk_still_shows_what_was_known(path: Path) -> None:
    run(filled(path))
    path.chmod(0o400)
    path.parent.chmod(0o500)

    async def story() -> str:
        ledger = await Ledger.open(path)
        found = await ledger.span("acc_1", None, TODAY, TODAY)
        said = f"{ledger.read_only} {[str(u.cost) for u in found.usage]} "
        try:
            await ledger.keep(learned(batch(cost_bucket(TODAY, "7"))))
        except StorageError as error:
            return said + error.what
        finally:
            await ledger.close()
        return said + "written"

    shown = where_modes_count(lambda: run(story()), path)
    assert shown.startswith("True ['1.5']")
    assert "cannot be written" in shown


def test_a_disk_without_room_for_its_side_files_still_shows_what_was_known(path: Path) -> None:
    run(filled(path))
    assert {each.name for each in path.parent.iterdir()} == {path.name}

    async def story() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        ledger = await Ledger.open(path)
        found = await ledger.span("acc_1", None, TODAY, TODAY)
        said = f"{[str(u.cost) for u in found.usage]} "
        try:
            await ledger.keep(learned(batch(cost_bucket(TODAY, "7"))))
        except StorageError as error:
            return said + error.what
        return said + "written"

    shown = where_modes_count(lambda: run(story()), path)
    assert shown == "['1.5'] The disk is full: new figures could not be kept."


def where_modes_count(work: Callable[[], str], path: Path) -> str:
    """Gives what `work` gives in a process that file modes hold back, also when the tests run as root."""
    if os.getuid() == 0:
        nobody = 65534
        for folder in path.parents[1:]:
            if folder.owner() == "root" and folder.is_relative_to(tempfile.gettempdir()):
                folder.chmod(0o755)
        for owned in (path.parent, *path.parent.iterdir()):
            os.chown(owned, nobody, nobody)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgid(nobody)
                os.setuid(nobody)
            os.write(writer, work().encode())
        except BaseException as error:  # noqa: BLE001  the child must end here, whatever happens
            os.write(writer, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def test_a_process_killed_while_writing_leaves_whole_answers(path: Path) -> None:
    run(filled(path))
    code = f"""
import asyncio
from pathlib import Path
from tests.storage.test_ledger import *
async def main():
    ledger = await Ledger.open(Path({str(path)!r}))
    n = 0
    while True:
        n += 1
        await ledger.keep(learned(batch(*(cost_bucket(TODAY, str(n), workspace=f"w{{i}}") for i in range(50)))))
        print(n, flush=True)
asyncio.run(main())
"""
    for kills in range(3):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(3 + kills):
                writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
        (total,) = run(cost_today(path))
        assert int(total) % 50 == 0, "all of an answer's rows, or none"


def test_the_first_paint_reads_the_kept_board(path: Path) -> None:
    assert read_board(path) is None
    run(filled(path))
    board = read_board(path)
    assert board is not None
    assert board.month == "2026-11-01"
    path.write_bytes(b"garbage")
    assert read_board(path) is None

"""Several programs may open a ledger of an older version at the same moment: the app, the watch, a prompt."""

import asyncio
import sqlite3
import threading
from pathlib import Path

from stackk_tui.storage import schema
from stackk_tui.storage.database import Database

ROUNDS, AT_ONCE, KEPT = 8, 4, 2000
OLDER = 4


def older(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    for statement in (one for version in schema.VERSIONS[:OLDER] for one in version):
        connection.execute(statement)
    connection.executemany("INSERT INTO meta VALUES (?, ?)", ((str(n), "x" * 500) for n in range(KEPT)))
    connection.execute(f"PRAGMA user_version = {OLDER}")
    connection.commit()
    connection.close()


def opened_at_once(path: Path) -> list[str]:
    """Gives how each program opened it."""
    start, found = threading.Barrier(AT_ONCE), []

    async def one() -> str:
        database = await Database.open(path)
        await database.close()
        return "read only" if database.read_only else "good"

    def opening() -> None:
        start.wait()
        try:
            found.append(asyncio.run(one()))
        except Exception as error:  # noqa: BLE001  whatever a person would have seen
            found.append(repr(error))

    threads = [threading.Thread(target=opening) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_an_older_ledger_is_migrated_once_and_its_backup_stays_what_was_there(tmp_path: Path) -> None:
    for n in range(ROUNDS):
        path = tmp_path / str(n) / "ledger.db"
        path.parent.mkdir(mode=0o700)
        older(path)
        assert opened_at_once(path) == ["good"] * AT_ONCE
        with sqlite3.connect(path) as now:
            assert schema.version_of(now) == schema.CURRENT
        with sqlite3.connect(path.with_name(f"ledger.db.v{OLDER}.bak")) as backup:
            assert schema.version_of(backup) == OLDER
            assert backup.execute("SELECT COUNT(*) FROM meta").fetchone() == (KEPT,)
        now.close()
        backup.close()

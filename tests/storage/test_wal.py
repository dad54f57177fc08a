"""Several programs may open a new database at the same moment."""

import sqlite3
import threading
from pathlib import Path

import pytest

from stackk_tui.storage.wal import use_wal

ROUNDS, AT_ONCE = 40, 6


def race(folder: Path, *, patience: float) -> int:
    """Gives how many of all openings failed for being locked out."""
    locked = []

    def one(path: Path, start: threading.Barrier) -> None:
        connection = sqlite3.connect(path, timeout=5, isolation_level=None)
        start.wait()
        try:
            use_wal(connection, patience)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("CREATE TABLE IF NOT EXISTS t (a)")
            connection.execute("COMMIT")
        except sqlite3.OperationalError:
            locked.append(path)
        finally:
            connection.close()

    for n in range(ROUNDS):
        start = threading.Barrier(AT_ONCE)
        threads = [threading.Thread(target=one, args=(folder / f"{n}.db", start)) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return len(locked)


def test_nobody_is_locked_out_of_a_new_file(tmp_path: Path) -> None:
    assert race(tmp_path, patience=20) == 0


def test_another_trouble_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"this is no database at all, " * 100)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        use_wal(sqlite3.connect(path), 20)

"""Turning a database to write-ahead logging. Standard library only."""

import sqlite3
import time


def use_wal(connection: sqlite3.Connection, seconds: float) -> None:
    """Waits up to `seconds` for others: where several programs want this of a new file at once, SQLite's own
    waiting does not. Raises sqlite3.OperationalError."""
    end = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)

"""A small SQLite file that many processes write, each for some milliseconds, any of which may be killed.

A rollback journal without waiting for the disk is the fastest way that is safe against that (a WAL is copied,
with a wait for the disk, by whoever closes it last). A power cut may cost the file; a damaged one is moved
aside and a new one begun. Standard library only, and of that only what starts quickly.
"""
# pathlib takes longer to import than all the work here.
# ruff: noqa: PTH105, PTH110, PTH114, PTH119

import os
import sqlite3
import time
from collections.abc import Callable, Sequence

BUSY_SECONDS = 2.0
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""The last one: a file that is a database, but not with our tables."""

Say = Callable[[str], object]
"""Takes a sentence for the person, e.g. that a damaged file was moved aside."""


class SmallDatabase:
    """The file, open from its first use until `close`. Its methods raise StorageError and nothing else.

    `tables` are statements that make one table each; a file of a newer `version` of them is refused.
    """

    def __init__(
        self, path: str | os.PathLike[str], tables: Sequence[str], version: int, say: Say | None
    ) -> None:
        self.path = os.fspath(path)
        self._tables = tables
        self._version = version
        self._say = say
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def read(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Gives the rows; none where there is no file, and none is made."""
        if self._connection is None and not os.path.lexists(self.path):
            return []
        return self._healed(lambda: self._opened().execute(statement, values).fetchall())

    def write(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Does `work` in one transaction: all of it is kept, or nothing."""

        def in_transaction() -> list[tuple[object, ...]]:
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            try:
                work(connection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:  # a full disk has rolled back by itself
                    connection.execute("ROLLBACK")
            return []

        self._healed(in_transaction)

    def _healed(self, work: Callable[[], list[tuple[object, ...]]]) -> list[tuple[object, ...]]:
        """Does `work`; once more after a damaged file was moved aside."""
        try:
            try:
                return work()
            except sqlite3.DatabaseError as error:
                self.close()
                if _code(error) not in _DAMAGED:
                    raise
                self._move_aside()
                return work()
        except (sqlite3.Error, OSError) as error:
            self.close()
            from pathlib import Path

            from stackk_tui.storage.database import in_words

            raise in_words(error, Path(self.path)) from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            _must_be_plain(self.path)
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                connection.execute("PRAGMA synchronous = OFF")
                self._make_tables(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        if (found := _version_of(connection)) == self._version:
            return
        if found > self._version:
            from stackk_tui.model.errors import LedgerTooNew

            raise LedgerTooNew(
                f"A newer stackk-tui wrote {self.path} (format {found}; this one reads {self._version}).",
                "It was not touched.",
                "Update stackk-tui, or set STACKK_HOME to another folder.",
            )
        connection.execute("BEGIN IMMEDIATE")
        if _version_of(connection) == 0:  # nobody was faster
            for statement in self._tables:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {self._version}")
        connection.execute("COMMIT")

    def _move_aside(self) -> None:
        """Moves the file away unless somebody has just done so, with its journal, which fits no other."""
        from pathlib import Path

        from stackk_tui.storage.locks import file_lock

        with file_lock(Path(f"{self.path}.lock"), BUSY_SECONDS):
            if self._is_sound():
                return
            aside = f"{self.path}.damaged-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}"
            for tail in ("-journal", ""):
                if os.path.lexists(self.path + tail):
                    os.replace(self.path + tail, aside + tail)
        if self._say:
            self._say(f"{self.path} was damaged. It is now {os.path.basename(aside)}; a new one was begun.")

    def _is_sound(self) -> bool:
        try:
            (found,) = self._opened().execute("PRAGMA quick_check(1)").fetchone()
            for statement in self._tables:
                self._opened().execute(f"SELECT * FROM {statement.split()[2]} LIMIT 1").fetchone()
        except sqlite3.DatabaseError as error:
            if _code(error) not in _DAMAGED:
                raise
            return False
        finally:
            self.close()
        return bool(found == "ok")


def _must_be_plain(path: str) -> None:
    """Makes the file, for its owner only, where there is none. Raises StorageError for a link."""
    if os.path.islink(path):  # SQLite would follow it and write there
        import errno
        from pathlib import Path

        from stackk_tui.storage.files import unusable

        raise unusable(Path(path), OSError(errno.ELOOP, ""))
    if os.path.exists(path):
        return
    from pathlib import Path

    from stackk_tui.folders import private_folder

    private_folder(Path(path).parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:  # another was faster
        return


def _version_of(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)


def _code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF

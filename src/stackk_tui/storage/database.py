"""One SQLite file, one thread that alone talks to it, and errors in a person's words."""

import asyncio
import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from stackk_tui.folders import private_folder
from stackk_tui.model.errors import StorageError
from stackk_tui.storage.files import unusable
from stackk_tui.storage.schema import migrate, version_of
from stackk_tui.storage.wal import use_wal

P = ParamSpec("P")
T = TypeVar("T")

BUSY_SECONDS = 5.0


class Database:
    """Runs pieces of work on the file, each in one transaction. Open with `await Database.open(path)`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read_only = False
        self._why_read_only: StorageError | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._connection: sqlite3.Connection | None = None

    @classmethod
    async def open(cls, path: Path) -> "Database":
        """Creates or migrates the file. Raises LedgerTooNew, StorageError."""
        database = cls(path)
        try:
            await database._call(database._connect)
        except BaseException:
            database._thread.shutdown(wait=False)
            raise
        return database

    async def run(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Gives what `work(connection, …)` gives; all its writes are kept, or none. Raises StorageError."""
        return await self._call(lambda: self._in_transaction(lambda c: work(c, *args, **kwargs)))

    async def close(self) -> None:
        if self._connection is not None:
            await self._call(self._connection.close)
            self._connection = None
        self._thread.shutdown(wait=False)

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            words = in_words(error, self.path)
            if self._why_read_only and _code(error) == sqlite3.SQLITE_READONLY:
                words = self._why_read_only
            raise words from error

    def _connect(self) -> None:
        try:
            self._connection = self._open_for_writing()
        except (sqlite3.OperationalError, OSError) as error:
            if not self.path.is_file() or not _cannot_write(error):
                raise
            connection = sqlite3.connect(
                f"{self.path.as_uri()}?mode=ro&immutable=1",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            if version_of(connection) == 0:  # nothing was ever kept in it
                connection.close()
                raise
            self._connection = connection
            self.read_only = True  # a read-only or full disk still shows what was known
            self._why_read_only = in_words(error, self.path) if _is_full(error) else None

    def _open_for_writing(self) -> sqlite3.Connection:
        private_folder(self.path.parent)
        if self.path.is_symlink():
            raise unusable(self.path, OSError(errno.ELOOP, ""))  # SQLite would follow it and write there
        if not self.path.exists():
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            use_wal(connection, BUSY_SECONDS)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection, self.path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _in_transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connection
        if connection is None:
            raise StorageError("The ledger is closed.")
        connection.execute("BEGIN" if self.read_only else "BEGIN IMMEDIATE")
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # a full disk has rolled back by itself
                connection.execute("ROLLBACK")
            raise
        return result


def _code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _is_full(error: Exception) -> bool:
    """SQLite calls a disk without room for its side files an input/output error."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    extended = getattr(error, "sqlite_errorcode", 0)
    return _code(error) == sqlite3.SQLITE_FULL or extended in (
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_WRITE,
    )


def _cannot_write(error: Exception) -> bool:
    if isinstance(error, OSError) or _is_full(error):
        return True
    return _code(error) in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


def in_words(error: Exception, path: Path) -> StorageError:
    """Gives an SQLite or file error as one a person can act on."""
    code = _code(error)
    kept = "Nothing that was kept before is lost."
    if _is_full(error):
        return StorageError(
            "The disk is full: new figures could not be kept.", kept, "Make room, then refresh."
        )
    if code == sqlite3.SQLITE_READONLY:
        return StorageError(
            f"{path} cannot be written.", kept, "Check the folder's owner and mode, or set STACKK_HOME."
        )
    if code == sqlite3.SQLITE_BUSY:
        return StorageError("Another stackk-tui is writing for a long time.", kept, "Try again in a moment.")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StorageError(
            f"{path} is damaged and cannot be read.",
            "It was left as it is; your keys are kept elsewhere and are not affected.",
            f"Move it away (mv {path} {path}.bad) and start again, or restore a backup.",
        )
    if code == sqlite3.SQLITE_CANTOPEN or isinstance(error, OSError):
        reason = error.strerror if isinstance(error, OSError) else "the file or its folder cannot be opened"
        return StorageError(
            f"{path} cannot be opened: {reason}.",
            kept,
            "Check the folder's owner and mode, or set STACKK_HOME.",
        )
    return StorageError(f"The ledger could not be used: {error}.", kept, "Run stackk-tui doctor.")

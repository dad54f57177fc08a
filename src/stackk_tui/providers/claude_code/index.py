"""What has been read of the transcripts, in SQLite: each byte is read once, and outlives its file (§8).

The database is ours alone, 0600 in a 0700 folder. A second process may use it at the same time: whoever
writes looks first whether what was read before still holds (`generation`), in the same transaction.

file   how far each transcript was read      copies  its rows, packed; marks  their keys, short
view   the folders of an account             slot    what was used in them, by quarter of an hour
"""

from __future__ import annotations

import os
import sqlite3
import time
from operator import attrgetter

from stackk_tui.model.errors import LedgerTooNew, StorageError
from stackk_tui.providers.claude_code.answered import forget as forget_answers
from stackk_tui.providers.claude_code.damage import Unreadable
from stackk_tui.providers.claude_code.dedupe import FileFacts
from stackk_tui.storage.wal import use_wal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, TypeVar

    T = TypeVar("T")

SCHEMA_VERSION = 2
PARSER_VERSION = 1
"""Raise it when a line is understood differently: files that still exist are then read again."""
BUSY_SECONDS, PAGE = 20.0, 8192  # most files' rows fit on a page of this size
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_TELLING = ("decode to UTF-8", "no such")  # a text, a table, a column: what is not there was ours

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE file (
  id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, root BLOB NOT NULL, home_session TEXT NOT NULL,
  agent TEXT, dev INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
  offset INTEGER NOT NULL, head_length INTEGER NOT NULL, head_hash BLOB NOT NULL, broken INTEGER NOT NULL,
  broken_tail INTEGER NOT NULL, last_ts INTEGER NOT NULL, parser INTEGER NOT NULL, present INTEGER NOT NULL
);
CREATE TABLE copies (file INTEGER PRIMARY KEY REFERENCES file(id), rows BLOB NOT NULL);
CREATE TABLE marks (file INTEGER PRIMARY KEY REFERENCES file(id), marks BLOB NOT NULL);
CREATE TABLE view (id INTEGER PRIMARY KEY, roots TEXT NOT NULL UNIQUE, shapes TEXT NOT NULL);
CREATE TABLE how (id INTEGER PRIMARY KEY, model TEXT NOT NULL, flags INTEGER NOT NULL, class INTEGER NOT NULL,
  UNIQUE (model, flags, class));
CREATE TABLE who (id INTEGER PRIMARY KEY, project TEXT NOT NULL, session TEXT NOT NULL, agent TEXT NOT NULL,
  UNIQUE (project, session, agent));
CREATE TABLE slot (
  view INTEGER NOT NULL, quarter INTEGER NOT NULL, how INTEGER NOT NULL, who INTEGER NOT NULL,
  requests INTEGER NOT NULL, searches INTEGER NOT NULL, input INTEGER NOT NULL, output INTEGER NOT NULL,
  write_5m INTEGER NOT NULL, write_1h INTEGER NOT NULL, read INTEGER NOT NULL, recorded TEXT,
  PRIMARY KEY (view, quarter, how, who)
) WITHOUT ROWID;
"""
_FILE_COLUMNS = (
    "path, root, home_session, agent, dev, inode, size, mtime_ns, offset, head_length, head_hash, broken,"
    " broken_tail, last_ts, parser, present"
)
_FILE_NAMES = tuple(_FILE_COLUMNS.replace(",", "").split())
_INSERT_FILE = f"INSERT INTO file (id, {_FILE_COLUMNS}) VALUES (?, {', '.join('?' * len(_FILE_NAMES))})"
_UPDATE_FILE = f"UPDATE file SET {', '.join(f'{name} = ?' for name in _FILE_NAMES)} WHERE id = ?"
_fields_of = attrgetter(*_FILE_NAMES)


class FileRow:
    """How far a transcript has been read. The fields are the columns of `file`."""

    __slots__ = ("id", *_FILE_NAMES)

    if TYPE_CHECKING:
        id: int | None
        path: str
        root: str
        home_session: str
        agent: str | None
        dev: int
        inode: int
        size: int
        mtime_ns: int
        offset: int
        head_length: int
        head_hash: bytes
        broken: int
        broken_tail: bool
        last_ts: int
        parser: int
        present: bool

    def __init__(self, id: int | None, *values: Any) -> None:
        self.id = id
        (
            self.path, self.root, self.home_session, self.agent, self.dev, self.inode, self.size,
            self.mtime_ns, self.offset, self.head_length, self.head_hash, self.broken, self.broken_tail,
            self.last_ts, self.parser, self.present,
        ) = values  # fmt: skip

    def facts(self) -> FileFacts:
        return FileFacts(os.fsencode(self.path), self.home_session, self.agent, self.last_ts, self.mtime_ns)

    def but(self, **changed: Any) -> FileRow:
        """Gives a row with some fields changed."""
        return FileRow(self.id, *(changed.get(name, getattr(self, name)) for name in _FILE_NAMES))


def _values_of(row: FileRow) -> list[Any]:
    path, root, *rest = _fields_of(row)
    return [os.fsencode(path), os.fsencode(root), *rest]  # a file name need not be text


def _file_row(row: tuple[Any, ...]) -> FileRow:
    return FileRow(row[0], os.fsdecode(row[1]), os.fsdecode(row[2]), *row[3:])


class Index:
    """Open with `with_index`. Use it in one thread."""

    def __init__(self, connection: sqlite3.Connection, place: str = "") -> None:
        """`place` is its file's; what is kept beside it is only looked at with one."""
        self.db = connection
        self.place = place
        self.damage: str | None = None
        """What happened to the index before this one, if it was damaged just now."""
        self.unkept: str | None = None  # why it will be forgotten, if it will

    def generation(self) -> int:
        """Gives a number that grows with all that is written, and never comes again, backup or not."""
        found = self.db.execute("SELECT value FROM meta WHERE name = 'generation'").fetchone()
        return int(found[0]) if found else 0

    def meta(self, name: str) -> str | None:
        found = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def put_meta(self, name: str, value: str | int) -> None:
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def files(self, paths: Sequence[str] | None = None) -> dict[str, FileRow]:
        """Gives files that were read, by path: all, or those of some paths."""
        sql, values = f"SELECT id, {_FILE_COLUMNS} FROM file", []
        if paths is not None:
            values = [os.fsencode(path) for path in paths]
            sql = f"{sql} WHERE path IN ({', '.join('?' * len(values))})"
        return {row.path: row for row in map(_file_row, self.db.execute(sql, values))}

    def file(self, file_id: int) -> FileRow:
        """Gives a file that was read."""
        return _file_row(
            self.db.execute(f"SELECT id, {_FILE_COLUMNS} FROM file WHERE id = ?", (file_id,)).fetchone()
        )

    def next_file(self) -> int:
        """Gives an id that no file has had, while one transaction writes."""
        found = self.db.execute("SELECT max(id) FROM file").fetchone()[0]
        return int(found or 0) + 1

    def put_file(self, row: FileRow) -> None:
        """Keeps how far a known file has been read."""
        self.db.execute(_UPDATE_FILE, (*_values_of(row), row.id))

    def add_files(self, added: list[tuple[FileRow, bytes, bytes]]) -> None:
        """Keeps new files, each with its id, its packed rows and marks."""
        self.db.executemany(_INSERT_FILE, ((row.id, *_values_of(row)) for row, _, _ in added))
        self.db.executemany(
            "INSERT INTO copies VALUES (?, ?)", ((row.id, packed) for row, packed, _ in added)
        )
        self.db.executemany("INSERT INTO marks VALUES (?, ?)", ((row.id, marks) for row, _, marks in added))

    def put_rows(self, file_id: int, packed: bytes, marks: bytes) -> None:
        self.db.execute("INSERT OR REPLACE INTO copies VALUES (?, ?)", (file_id, packed))
        self.db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (file_id, marks))

    def packed(self, file_id: int) -> bytes | None:
        """Gives the rows of a file as they were packed, None if it has none."""
        found = self.db.execute("SELECT rows FROM copies WHERE file = ?", (file_id,)).fetchone()
        return None if found is None else bytes(found[0])

    def all_marks(self) -> Iterator[tuple[int, bytes]]:
        yield from self.db.execute("SELECT file, marks FROM marks")


class Writing:
    """One transaction; all or nothing of what is written inside is kept."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.generation = 0  # the index's, once all is written

    def __enter__(self) -> Writing:
        self._index.db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        db = self._index.db
        if kind is None:
            self.generation = max(self._index.generation() + 1, time.time_ns())
            self._index.put_meta("generation", self.generation)
            forget_answers(self._index.place)  # before anybody can see what they do not know of
            db.execute("COMMIT")
        elif db.in_transaction:  # a full disk has ended it already
            db.execute("ROLLBACK")


def with_index(path: str | os.PathLike[str], work: Callable[[Index], T]) -> tuple[T, str | None]:
    """Opens the index, does the work, closes it; gives what the work gave and a warning or None.

    A damaged index is moved aside, and the work is done once more on a new one. Raises LedgerTooNew,
    StorageError.
    """
    place = os.fspath(path)
    try:
        return _once(place, work, None), None
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):  # locked, full, read-only: the file itself is sound
            return _elsewhere(place, work, error), None
    except (Unreadable, UnicodeDecodeError):  # SQLite quotes a damaged schema, which is no text then
        pass
    damage = (
        f"The index of the transcripts was damaged. It was moved to {_move_aside(place)} and made anew from"
        " the transcripts that still exist; usage of transcripts deleted before is not in it."
    )
    try:
        return _once(place, work, damage), damage
    except sqlite3.DatabaseError as error:
        raise _storage_error(place, error) from error


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in _DAMAGED or any(words in str(error) for words in _TELLING)


def _once(place: str, work: Callable[[Index], T], damage: str | None) -> T:
    try:
        _own_folder(os.path.dirname(place))  # noqa: PTH120  # pathlib would cost more than a warm start
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        os.close(os.open(place, flags, 0o600))  # before SQLite makes it readable for all, or follows a link
    except OSError as error:
        return _elsewhere(place, work, error)
    connection = sqlite3.connect(place, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        prepare(connection)
        index = Index(connection, place)
        index.damage = damage
        return work(index)
    finally:
        connection.close()


def _elsewhere(place: str, work: Callable[[Index], T], error: Exception) -> T:
    from stackk_tui.providers.claude_code.unkept import has_no_place, with_memory

    if has_no_place(error):
        return with_memory(place, work, error)
    raise _storage_error(place, error) from error


def _own_folder(folder: str) -> None:
    if not os.path.isdir(folder):  # noqa: PTH112
        from stackk_tui.folders import private_folder

        private_folder(folder)


def prepare(connection: sqlite3.Connection) -> None:
    """Brings the tables up to date. Raises LedgerTooNew, sqlite3.Error."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise LedgerTooNew(
            "The index of the transcripts was written by a newer stackk-tui.",
            "Nothing was changed; the transcripts themselves are untouched.",
            "Update stackk-tui, then run it again.",
        )
    # A first index can be made anew after a power failure; until it is there, nothing waits for the disk.
    connection.execute(f"PRAGMA synchronous = {'OFF' if version == 0 else 'NORMAL'}")
    if version == SCHEMA_VERSION:
        return
    connection.execute(f"PRAGMA page_size = {PAGE}")  # of a new file only
    use_wal(connection, BUSY_SECONDS)
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version < SCHEMA_VERSION:  # nobody else was faster
            if version == 1:
                from stackk_tui.providers.claude_code.migration import set_aside, take_over

                set_aside(connection)
            for statement in filter(str.strip, SCHEMA.split(";")):
                connection.execute(statement)
            if version == 1:
                take_over(Index(connection))
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _move_aside(place: str) -> str:
    from contextlib import suppress
    from datetime import UTC, datetime

    aside = f"{place}.damaged-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.rename(place + suffix, aside + suffix)  # noqa: PTH104
    return aside


def _storage_error(place: str, error: Exception) -> StorageError:
    reason = getattr(error, "strerror", None) or str(error)
    return StorageError(
        f"The index of the transcripts cannot be used: {reason}.",
        "The transcripts are untouched and what was read before is kept.",
        f"Look at {place}: is its folder yours, writable, and is there room on the disk?",
    )

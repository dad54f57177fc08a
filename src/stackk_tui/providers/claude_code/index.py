"""What has been read of the transcripts, in SQLite: each byte is read once, and outlives its file (§8).

The database is ours alone, 0600 in a 0700 folder. A second process may use it at the same time.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from stackk_tui.config import private_folder
from stackk_tui.model.errors import LedgerTooNew, StorageError
from stackk_tui.providers.claude_code.dedupe import (
    PLACE_KEYS,
    Call,
    Chosen,
    Copy,
    FileFacts,
    Seen,
    choose,
    is_replay,
    merge,
)
from stackk_tui.providers.claude_code.wire import Advisor

SCHEMA_VERSION = 1
PARSER_VERSION = 1
"""Raise it when a line is understood differently: files that still exist are then read again."""
BUSY_SECONDS = 20.0
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_SCHEMA = """
CREATE TABLE file (
  id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, root BLOB NOT NULL, home_session TEXT NOT NULL,
  agent TEXT, dev INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
  offset INTEGER NOT NULL, head_length INTEGER NOT NULL, head_hash BLOB NOT NULL, broken INTEGER NOT NULL,
  broken_tail INTEGER NOT NULL, last_ts INTEGER NOT NULL, parser INTEGER NOT NULL, present INTEGER NOT NULL
);
CREATE TABLE call (
  key BLOB NOT NULL, file INTEGER NOT NULL REFERENCES file(id), side INTEGER NOT NULL, message BLOB,
  ts INTEGER NOT NULL, offset INTEGER NOT NULL, model TEXT NOT NULL, input INTEGER NOT NULL,
  output INTEGER NOT NULL, write_5m INTEGER NOT NULL, write_1h INTEGER NOT NULL, read INTEGER NOT NULL,
  web_searches INTEGER NOT NULL, speed TEXT, tier TEXT, geo TEXT, cost TEXT, iterated INTEGER NOT NULL,
  advisors TEXT, seen_ts INTEGER NOT NULL, seen_offset INTEGER NOT NULL, project TEXT NOT NULL,
  session TEXT NOT NULL, PRIMARY KEY (key, file, side)
) WITHOUT ROWID;
"""
_CALL_COLUMNS = (
    "key, file, side, message, ts, offset, model, input, output, write_5m, write_1h, read, web_searches,"
    " speed, tier, geo, cost, iterated, advisors, seen_ts, seen_offset, project, session"
)
_FILE_COLUMNS = (
    "path, root, home_session, agent, dev, inode, size, mtime_ns, offset, head_length, head_hash, broken,"
    " broken_tail, last_ts, parser, present"
)

T = TypeVar("T")


@dataclass(slots=True)
class FileRow:
    """How far a transcript has been read. The fields are the columns of `file`."""

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


class Index:
    """Open with `open_index`. Use it in one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def close(self) -> None:
        self._db.close()

    def files(self) -> dict[str, FileRow]:
        """Gives all files ever read, by path."""
        rows = self._db.execute(f"SELECT {_FILE_COLUMNS} FROM file ORDER BY path")  # constants
        found = (FileRow(os.fsdecode(path), os.fsdecode(root), *rest) for path, root, *rest in rows)
        return {file.path: file for file in found}

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction; all or nothing of what is written inside is kept."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # a full disk has ended it already
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def put_file(self, file: FileRow) -> int:
        """Keeps how far a file has been read, and gives its id."""
        names = _FILE_COLUMNS.split(", ")
        updates = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
        path = os.fsencode(file.path)  # a file name need not be text
        self._db.execute(
            f"INSERT INTO file ({_FILE_COLUMNS}) VALUES ({', '.join('?' * len(names))})"  # constants
            f" ON CONFLICT (path) DO UPDATE SET {updates}",
            [path, os.fsencode(file.root), *(getattr(file, name) for name in names[2:])],
        )
        return int(self._db.execute("SELECT id FROM file WHERE path = ?", (path,)).fetchone()[0])

    def put_copies(self, batch: Iterable[tuple[int, bool, Iterable[Copy]]]) -> None:
        """Adds copies to what is known, each with its file's id and whether it is the first of the file."""
        rows = [
            _row_of(file_id, copy if first else self._merged(file_id, copy))
            for file_id, first, copies in batch
            for copy in copies
        ]
        rows.sort(key=lambda row: row[0])  # keys are scattered; in order each page is touched once
        marks = ", ".join("?" * len(_CALL_COLUMNS.split(", ")))
        self._db.executemany(
            f"INSERT OR REPLACE INTO call ({_CALL_COLUMNS}) VALUES ({marks})",
            rows,
        )

    def _merged(self, file_id: int, copy: Copy) -> Copy:
        known = self._db.execute(
            f"SELECT {_CALL_COLUMNS} FROM call WHERE key = ? AND file = ? AND side = ?",  # constants
            (copy.key, file_id, copy.side),
        ).fetchone()
        return merge(_copy_of(known), copy) if known else copy

    def forget_places(self, file_id: int) -> None:
        """Drops a file's calls that have no id but their place, before the file is read again."""
        # as a range of the primary key: there are few of them
        self._db.execute("DELETE FROM call WHERE key >= ? AND key < ? AND file = ?", (*PLACE_KEYS, file_id))

    def forget_calls(self, file_ids: Iterable[int]) -> None:
        """Drops all calls of some files, before a newer parser reads them again."""
        ids = list(file_ids)
        for some in (ids[start : start + 500] for start in range(0, len(ids), 500)):  # SQLite's limit is 999
            self._db.execute(f"DELETE FROM call WHERE file IN ({', '.join('?' * len(some))})", some)

    def calls(self, roots: Iterable[Path]) -> Iterator[Chosen]:
        """Gives every API call below the roots once, deleted transcripts included, in no useful order."""
        self._db.execute("BEGIN")  # all of it as of one moment
        wanted = {os.fsencode(root) for root in roots}
        facts = {
            row[0]: FileFacts(*row[2:])
            for row in self._db.execute(
                "SELECT id, root, path, home_session, agent, last_ts, mtime_ns FROM file"
            )
            if row[1] in wanted
        }
        on_main_chain = self._messages_on_main_chain(facts)
        rows = self._db.execute(f"SELECT {_CALL_COLUMNS} FROM call ORDER BY key")  # constants
        for _, group in groupby(rows, key=lambda row: row[0]):
            copies = [(_copy_of(row), facts[row[1]]) for row in group if row[1] in facts]
            copies = [pair for pair in copies if not is_replay(pair[0], on_main_chain)]
            if copies:
                yield choose(copies)
        self._db.execute("COMMIT")

    def _messages_on_main_chain(self, facts: dict[int, FileFacts]) -> dict[bytes, set[bytes]]:
        """Gives the keys of the messages that are on both chains (rule 5)."""
        found: dict[bytes, set[bytes]] = {}
        for message, key, file in self._db.execute(
            "SELECT message, key, file FROM call WHERE side = 0 AND message IN"
            " (SELECT message FROM call WHERE side = 1 AND message IS NOT NULL)"
        ):
            if file in facts:
                found.setdefault(message, set()).add(key)
        return found


def with_index(path: Path, work: Callable[[Index], T]) -> tuple[T, str | None]:
    """Opens the index, does the work, closes it; gives what the work gave and a warning or None.

    A damaged index is moved aside, and the work is done once more on a new one. Raises LedgerTooNew,
    StorageError.
    """
    try:
        return _once(path, work), None
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in _DAMAGED:  # locked, full, read-only: the file itself is sound
            raise _storage_error(path, error) from error
        aside = _move_aside(path)
    try:
        result = _once(path, work)
    except sqlite3.DatabaseError as error:
        raise _storage_error(path, error) from error
    return result, (
        f"The index of the transcripts was damaged. It was moved to {aside} and made anew from the"
        " transcripts that still exist; usage of transcripts deleted before is not in it."
    )


def _once(path: Path, work: Callable[[Index], T]) -> T:
    try:
        private_folder(path.parent)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        os.close(os.open(path, flags, 0o600))  # before SQLite makes it readable for all, or follows a link
    except OSError as error:
        raise _storage_error(path, error) from error
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        _prepare(connection)
        return work(Index(connection))
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise LedgerTooNew(
            "The index of the transcripts was written by a newer stackk-tui.",
            "Nothing was changed; the transcripts themselves are untouched.",
            "Update stackk-tui, then run it again.",
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -32768")  # 32 MB
    if version == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:  # nobody else was faster
            for statement in filter(str.strip, _SCHEMA.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _move_aside(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


def _storage_error(path: Path, error: Exception) -> StorageError:
    reason = getattr(error, "strerror", None) or str(error)
    return StorageError(
        f"The index of the transcripts cannot be used: {reason}.",
        "The transcripts are untouched and what was read before is kept.",
        f"Look at {path}: is its folder yours, writable, and is there room on the disk?",
    )


def _row_of(file_id: int, copy: Copy) -> tuple[bytes, *tuple[object, ...]]:
    call = copy.call
    return (
        copy.key,
        *(file_id, copy.side, copy.message, *call[:-1]),
        *(json.dumps(call.advisors) if call.advisors else None, *copy.seen),
    )


def _copy_of(row: tuple[object, ...]) -> Copy:
    key, _, side, message, *rest = row
    raw = rest[14]
    advisors = tuple(Advisor(*each) for each in json.loads(raw)) if isinstance(raw, str) else ()
    call = Call(*rest[:13], bool(rest[13]), advisors)  # type: ignore[arg-type,call-arg]  # as _row_of wrote them
    return Copy(key, bool(side), message, call, Seen(*rest[15:]))  # type: ignore[arg-type]  # as above

"""How full the windows of a plan were whenever a program on this machine told us, in a small file beside the
ledger: what writes it lives for some milliseconds and cannot wait for the ledger.

Standard library only, and of that only what starts quickly: no dataclasses, no typing. Moments are kept as
Unix milliseconds.
"""

import os
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from stackk_tui.storage.small_database import Say, SmallDatabase

VERSION = 1
AGAIN_AFTER = timedelta(minutes=5)
"""A value that stays the same is written down again after this long, so that it is known to be alive."""
KEPT_FOR = timedelta(days=60)
SAME_RESET = timedelta(minutes=1)
"""Resets that are closer to each other than this are the same one."""
_SESSIONS_KEPT_FOR = timedelta(days=2)
_TABLES = (
    """CREATE TABLE sample (
        source TEXT NOT NULL, limit_id TEXT NOT NULL, at INTEGER NOT NULL, used REAL NOT NULL,
        resets_at INTEGER, PRIMARY KEY (source, limit_id, at)) WITHOUT ROWID""",
    """CREATE TABLE heard (
        source TEXT NOT NULL, session TEXT NOT NULL, pulse TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (source, session)) WITHOUT ROWID""",
    """CREATE TABLE note (
        key TEXT PRIMARY KEY, body TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID""",
)


class Window:
    """How full a window is: the share that is gone, 0 to 1 (over 1 when it is passed), and when it resets."""

    __slots__ = ("resets_at", "used")

    def __init__(self, used: float, resets_at: datetime | None = None) -> None:
        self.used = used
        self.resets_at = resets_at


class Pushed:
    """What was heard of a window at a moment. Moments are aware, in UTC."""

    __slots__ = ("at", "limit_id", "resets_at", "used")

    def __init__(self, limit_id: str, used: float, resets_at: datetime | None, at: datetime) -> None:
        self.limit_id = limit_id
        self.used = used
        self.resets_at = resets_at
        self.at = at

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pushed) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"Pushed({self.limit_id!r}, {self.used!r}, {self.resets_at}, {self.at})"


class WindowStore:
    """The file, open for the time of a `with` block. Every method raises StorageError and nothing else."""

    def __init__(self, path: str | os.PathLike[str], say: Say | None = None) -> None:
        self._file = SmallDatabase(path, _TABLES, VERSION, say)

    def __enter__(self) -> "WindowStore":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def push(
        self,
        source: str,
        windows: Mapping[str, Window],
        at: datetime,
        *,
        session: str = "",
        pulse: str = "",
    ) -> None:
        """Keeps what was heard at `at`: a value that changed, or one last kept over `AGAIN_AFTER` ago.

        `source` says whose windows they are: the real path of the program's configuration folder. A program
        may repeat for hours what a session of it once learned: give the `session` and a `pulse` that changes
        whenever it learns something; what is only repeated is not taken as news. Nor is the first word of a
        session that is below what is known of the same window: such a session has slept.
        """
        moment = _ms(at)

        def work(connection: sqlite3.Connection) -> None:
            trusted = not session or _knew(connection, source, session)
            if session and not _is_news(connection, source, session, pulse, moment):
                return
            for limit_id, window in windows.items():
                _push(connection, (source, limit_id), window, moment, trusted=trusted)

        self._file.write(work)

    def latest(self, source: str) -> dict[str, Pushed]:
        """Gives the last that was heard of every window, by limit id, however old it is."""
        # One seek for each window: with MAX, SQLite takes the other columns from the row that has it.
        rows = self._file.read(
            "SELECT limit_id, used, resets_at, MAX(at) FROM sample WHERE source = ? GROUP BY limit_id", source
        )
        return {pushed.limit_id: pushed for pushed in map(_pushed, rows)}

    def since(self, source: str, after: datetime) -> list[Pushed]:
        """Gives all that was heard after a moment, oldest first."""
        rows = self._file.read(
            "SELECT limit_id, used, resets_at, at FROM sample WHERE source = ? AND at > ? "
            "ORDER BY at, limit_id",
            source,
            _ms(after),
        )
        return [_pushed(row) for row in rows]

    def put_note(self, key: str, body: str, at: datetime) -> None:
        """Keeps a text under a name, in place of the one before."""
        row = (key, body, _ms(at))
        self._file.write(lambda file: file.execute("INSERT OR REPLACE INTO note VALUES (?, ?, ?)", row))

    def notes(self) -> dict[str, tuple[str, datetime]]:
        """Gives every text that is kept, and since when, by its name."""
        rows = self._file.read("SELECT key, body, at FROM note")
        return {str(key): (str(body), _moment(at)) for key, body, at in rows}


def push(
    path: str | os.PathLike[str],
    source: str,
    windows: Mapping[str, Window],
    at: datetime,
    say: Say | None = None,
) -> None:
    """As `WindowStore.push`, for one call."""
    with WindowStore(path, say) as store:
        store.push(source, windows, at)


def latest(path: str | os.PathLike[str], source: str, say: Say | None = None) -> dict[str, Pushed]:
    """As `WindowStore.latest`, for one call."""
    with WindowStore(path, say) as store:
        return store.latest(source)


def since(path: str | os.PathLike[str], source: str, after: datetime, say: Say | None = None) -> list[Pushed]:
    """As `WindowStore.since`, for one call."""
    with WindowStore(path, say) as store:
        return store.since(source, after)


def _knew(connection: sqlite3.Connection, source: str, session: str) -> bool:
    found = connection.execute("SELECT 1 FROM heard WHERE source = ? AND session = ?", (source, session))
    return found.fetchone() is not None


def _is_news(connection: sqlite3.Connection, source: str, session: str, pulse: str, at: int) -> bool:
    """Remembers what a session says; gives whether it is something else than before."""
    done = connection.execute(
        "INSERT INTO heard VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
        " SET pulse = excluded.pulse, at = excluded.at WHERE pulse <> excluded.pulse",
        (source, session, pulse, at),
    )
    if not done.rowcount:
        return False
    oldest = at - _milliseconds(_SESSIONS_KEPT_FOR)
    connection.execute("DELETE FROM heard WHERE source = ? AND at < ?", (source, oldest))
    return True


def _push(
    connection: sqlite3.Connection, key: tuple[str, str], window: Window, at: int, *, trusted: bool
) -> None:
    nearly = _milliseconds(SAME_RESET)
    # A clock that ran ahead and was set right again must not hide what is heard now.
    connection.execute("DELETE FROM sample WHERE source = ? AND limit_id = ? AND at > ?", (*key, at + nearly))
    last = connection.execute(
        "SELECT used, resets_at, at FROM sample WHERE source = ? AND limit_id = ? ORDER BY at DESC LIMIT 1",
        key,
    ).fetchone()
    resets = None if window.resets_at is None else _ms(window.resets_at)
    if last:
        used, known, kept_at = last
        later = 0 if resets is None or known is None else resets - known
        same = abs(later) <= nearly and (resets is None) == (known is None)
        if not trusted and (later < -nearly or (same and window.used < used)):
            return
        if same and used == window.used and at - kept_at < _milliseconds(AGAIN_AFTER):
            return
    row = (*key, at, float(window.used), resets)
    connection.execute("INSERT OR REPLACE INTO sample VALUES (?, ?, ?, ?, ?)", row)
    oldest = at - _milliseconds(KEPT_FOR)
    connection.execute("DELETE FROM sample WHERE source = ? AND limit_id = ? AND at < ?", (*key, oldest))


def _pushed(row: tuple[object, ...]) -> Pushed:
    limit_id, used, resets_at, at = row
    resets = None if resets_at is None else _moment(resets_at)
    return Pushed(str(limit_id), float(str(used)), resets, _moment(at))


def _moment(milliseconds: object) -> datetime:
    return datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _milliseconds(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)

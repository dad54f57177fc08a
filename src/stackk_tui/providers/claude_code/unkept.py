"""An index in memory, for where none can be kept: transcripts are read all the same, and forgotten.

It begins with what can be read of the index there, so that nothing is missing that only the index knows. It
lives as long as the process: a screen that asks again and again reads each byte once.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing

from stackk_tui.providers.claude_code import index as index_file
from stackk_tui.providers.claude_code.damage import Unreadable
from stackk_tui.providers.claude_code.words import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

_NO_PLACE = (errno.EACCES, errno.EPERM, errno.EROFS)
_NO_PLACE_IN_SQLITE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_in_memory: dict[str, sqlite3.Connection] = {}


def has_no_place(error: Exception) -> bool:
    """Says whether an index cannot be written for want of a place, not for anything wrong with it."""
    if isinstance(error, OSError):
        return error.errno in _NO_PLACE
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_PLACE_IN_SQLITE


def with_memory(place: str, work: Callable[[index_file.Index], T], error: Exception) -> T:
    """Does the work on an index in memory, instead of the one at `place`. Call it for one work at a time.

    Raises LedgerTooNew."""
    known = _in_memory.get(place)
    try:
        return _work(known or _opened(place, copy=True), place, work, error)
    except (sqlite3.DatabaseError, Unreadable):  # what was read of the other one is damaged
        return _work(_opened(place, copy=False), place, work, error)


def _work(
    connection: sqlite3.Connection, place: str, work: Callable[[index_file.Index], T], error: Exception
) -> T:
    index_file.prepare(connection)
    index = index_file.Index(connection)
    folder = cleaned(os.path.dirname(place), 256)  # noqa: PTH120
    reason = getattr(error, "strerror", None) or str(error)
    index.unkept = f"What was read is not remembered: nothing can be written in {folder} ({reason})."
    return work(index)


def _opened(place: str, *, copy: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    if copy and os.path.isfile(place):  # noqa: PTH113
        from urllib.parse import quote

        source = f"file:{quote(place)}?mode=ro&immutable=1"
        with closing(sqlite3.connect(source, uri=True)) as before:
            before.backup(connection)
    _in_memory[place] = connection
    return connection

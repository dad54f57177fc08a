"""Answers that were given, for the same question on the same state of everything they depend on.

They depend on the folders and transcripts (`seen.py`), on the index, on the question in all its parts, and on
the program. Whoever writes to the index forgets them before it commits; whoever keeps one holds the index's
lock and looks whether nothing was written since: so an answer that is there belongs to the index that is.
"""

from __future__ import annotations

import marshal
import os
import time

from stackk_tui.providers.claude_code import seen as looks
from stackk_tui.providers.claude_code.digests import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from stackk_tui.providers.claude_code.seen import Seen
    from stackk_tui.providers.claude_code.state import State

    Key = tuple[object, ...]
    Stat = tuple[int, int, int, int] | None

_FORMAT = 1
_KEPT = 12
_LONGEST = 4_000_000
"""Characters of an answer; a longer one is not kept."""


def find(index: str, key: Key) -> tuple[tuple[str, list[str]] | None, Seen | None]:
    """Gives what was printed and the warnings, if all is as it was; and what was looked at for that, which a
    scan that follows need not look at again."""
    told = _read(index)
    if told is None:
        return None, None
    name, state, log, answers = told
    now = time.time()
    known = [each for each in answers if each[0] == key and each[1] <= now < each[2]]
    if not known:
        return None, None
    *_, zones, text, warnings = known[0]
    if any(stat_of(place) != stat for place, stat in zones) or not _is_same_index(index, state, log):
        return None, None
    seen = looks.seen(index)
    if seen is None or seen.name != name or not seen.is_unchanged():
        return None, seen
    return (text, warnings), seen


def config_of(index: str, raw: bytes) -> dict[str, Any] | None:
    """Gives config.toml as it was understood when an answer was kept, if it still has the same bytes."""
    content = looks.read(_config_place(index))
    if content is None or not isinstance(content[1], tuple) or content[1][:2] != (_FORMAT, raw):
        return None
    found = content[1][2]
    return found if isinstance(found, dict) else None


def keep_config(index: str, raw: bytes, config: dict[str, Any]) -> None:
    """Keeps what was understood of config.toml, unless it holds more than words, numbers and lists."""
    if config_of(index, raw) == config:
        return
    try:
        content = marshal.dumps((_FORMAT, raw, config), 2)
    except ValueError:
        return
    looks.write(_config_place(index), digest(content) + content)


def keep(state: State, key: Key, answer: tuple[str, list[str]], *, zones: Iterable[str], ends: float) -> None:
    """Keeps an answer from an open index, as `find` gives it. `zones` are the files of the zone
    database that it was made with; it stands until `ends` (seconds since 1970). Never raises for what
    cannot be kept."""
    import sqlite3

    seen, index, db = state.scanned.seen, state.index.place, state.index.db
    if seen is None or not seen.name or not index or state.index.damage or len(answer[0]) > _LONGEST:
        return
    try:
        db.execute("PRAGMA busy_timeout = 0")
        db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()  # else closing would write to the index
        db.execute("BEGIN IMMEDIATE")
        if state.index.generation() == seen.version[0]:
            before = _read(index)
            described = (seen.name, stat_of(index), _log(index))
            others = before[3] if before is not None and _is_same(before, described) else []
            begins = time.time()
            mine = (key, begins, ends, [(place, stat_of(place)) for place in zones], *answer)
            answers = [mine, *(each for each in others if each[0] != key and each[2] > begins)][:_KEPT]
            content = marshal.dumps((_FORMAT, *described, answers), 2)
            looks.write(_place(index), digest(content) + content)
        db.execute("ROLLBACK")
    except (sqlite3.Error, ValueError):  # somebody is writing: the next one keeps it
        if db.in_transaction:
            db.execute("ROLLBACK")


def forget(index: str) -> None:
    """Call it with the index's lock held, before anything written to it can be seen."""
    if index:
        looks.forget(_place(index))


def stat_of(place: str) -> Stat:
    """Gives what changes when a file is replaced or written to; None if there is none, or it is empty."""
    try:
        stat = os.stat(place)  # noqa: PTH116
    except OSError:
        return None
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns) if stat.st_size else None


def program() -> str:
    """Gives what changes with the program: what another build answered is not kept."""
    from stackk_tui import __version__

    told = [__version__]
    try:
        with os.scandir(os.path.dirname(__file__)) as entries:  # noqa: PTH120
            for entry in entries:
                if entry.name.endswith((".py", ".json")):
                    stat = entry.stat()
                    told.append(f"{entry.name} {stat.st_size} {stat.st_mtime_ns}")
    except OSError:  # in an archive: its version must do
        pass
    return " ".join(sorted(told))


def _read(index: str) -> tuple[bytes, Stat, Stat, list[Any]] | None:
    content = looks.read(_place(index))
    if content is None or not isinstance(content[1], tuple) or content[1][:1] != (_FORMAT,):
        return None
    _, name, state, log, answers = content[1]
    return name, state, log, answers


def _is_same(told: tuple[bytes, Stat, Stat, list[Any]], described: tuple[bytes, Stat, Stat]) -> bool:
    """The log may have been taken away since: it had been copied into the index before."""
    return told[:2] == described[:2] and described[2] in (None, told[2])


def _is_same_index(index: str, state: Stat, log: Stat) -> bool:
    return state is not None and stat_of(index) == state and _log(index) in (None, log)


def _log(index: str) -> Stat:
    return stat_of(f"{index}-wal")


def _place(index: str) -> str:
    return f"{index.removesuffix('.db')}-answers"


def _config_place(index: str) -> str:
    return f"{index.removesuffix('.db')}-config"

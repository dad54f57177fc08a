"""How full windows were, in the ledger. Plain SQL on an open connection; moments are ISO-8601 UTC.

Every reading is kept. Two months later the fullest of each hour is left, of each window that was under way.
"""

import sqlite3
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from stackk_tui.model.snapshot import LimitSample

ALL_KEPT = timedelta(days=60)
"""Older readings are thinned out."""
_THINNED = "limit_samples_thinned"
# SQLite gives the other columns of the row that has the maximum; a reset's fractions of a second differ
_FULLEST = """SELECT s.service_id, s.limit_id, s.at, MAX(s.used), s.resets_at FROM {} GROUP BY s.service_id,
    s.limit_id, substr(s.at, 1, CASE WHEN s.at < ? THEN 13 ELSE 99 END),
    substr(datetime(s.resets_at, '+30 seconds'), 1, 16) ORDER BY s.at"""
"""The fullest reading of each hour before a moment, and all readings from then on."""

Wanted = tuple[str, str, datetime]
"""A service's id, a limit's id, and the moment since when."""
Found = dict[tuple[str, str], list[LimitSample]]
"""Readings by service and limit, oldest first. Before a moment only the fullest of each hour."""


def put_samples(connection: sqlite3.Connection, service_id: str, samples: Iterable[LimitSample]) -> None:
    """Keeps readings; one that is there already stays as it is."""
    connection.executemany(
        "INSERT OR IGNORE INTO limit_sample VALUES (?, ?, ?, ?, ?)",
        (
            (service_id, s.limit_id, _text(s.at), s.used, _text(s.resets_at) if s.resets_at else None)
            for s in samples
        ),
    )


def recent_samples(connection: sqlite3.Connection, wanted: Iterable[Wanted], all_since: datetime) -> Found:
    """Gives readings by service and limit, each since its own moment, all in one question."""
    asked = [(service_id, limit_id, _text(since)) for service_id, limit_id, since in wanted]
    if not asked:
        return {}
    rows = connection.execute(
        f"WITH wanted (service, limit_id, since) AS (VALUES {', '.join(['(?, ?, ?)'] * len(asked))}) "
        + _FULLEST.format(
            """wanted w CROSS JOIN limit_sample s
               ON s.service_id = w.service AND s.limit_id = w.limit_id AND s.at >= w.since"""
        ),
        [*(value for one in asked for value in one), _text(all_since)],
    )
    return _found(rows)


def limit_history(
    connection: sqlite3.Connection, service_id: str, since: datetime, all_since: datetime
) -> Found:
    """Gives one service's readings."""
    return _found(
        connection.execute(
            _FULLEST.format("limit_sample s WHERE s.service_id = ? AND s.at >= ?"),
            (service_id, _text(since), _text(all_since)),
        )
    )


def thin_out(connection: sqlite3.Connection, today: date) -> None:
    """Leaves the fullest reading of each hour of what is older than `ALL_KEPT`. Works once a day."""
    last = connection.execute("SELECT value FROM meta WHERE key = ?", (_THINNED,)).fetchone()
    if last is not None and last[0] >= today.isoformat():
        return
    before = (today - ALL_KEPT).isoformat()
    connection.execute(
        f"""DELETE FROM limit_sample WHERE at < ? AND (service_id, limit_id, at) NOT IN (SELECT service_id,
            limit_id, at FROM ({_FULLEST.format("limit_sample s WHERE s.at < ?")}))""",
        (before, before, before),
    )
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_THINNED, today.isoformat()))


def _found(rows: Iterable[tuple[str, str, str, float, str | None]]) -> Found:
    found: Found = {}
    for service_id, limit_id, at, used, resets_at in rows:
        sample = {"limit_id": limit_id, "at": at, "used": used, "resets_at": resets_at}
        found.setdefault((service_id, limit_id), []).append(LimitSample.model_validate(sample))
    return found


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()

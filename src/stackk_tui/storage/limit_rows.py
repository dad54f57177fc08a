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
# SQLite gives the other columns of the row that has the maximum; the reset's fractions of a second differ
_FULLEST_AN_HOUR = """SELECT service_id, limit_id, at, MAX(used) AS used, resets_at FROM limit_sample WHERE {}
    GROUP BY service_id, limit_id, substr(at, 1, 13), substr(datetime(resets_at, '+30 seconds'), 1, 16)"""

Wanted = tuple[str, str, datetime]
"""A service's id, a limit's id, and the moment since when."""


def put_samples(connection: sqlite3.Connection, service_id: str, samples: Iterable[LimitSample]) -> None:
    """Keeps readings; one that is there already stays as it is."""
    connection.executemany(
        "INSERT OR IGNORE INTO limit_sample VALUES (?, ?, ?, ?, ?)",
        (
            (service_id, s.limit_id, _text(s.at), s.used, _text(s.resets_at) if s.resets_at else None)
            for s in samples
        ),
    )


def recent_samples(
    connection: sqlite3.Connection, wanted: Iterable[Wanted]
) -> dict[tuple[str, str], list[LimitSample]]:
    """Gives readings by service and limit, oldest first, all in one question."""
    asked = [(service_id, limit_id, _text(since)) for service_id, limit_id, since in wanted]
    found: dict[tuple[str, str], list[LimitSample]] = {}
    if not asked:
        return found
    rows = connection.execute(
        f"""WITH wanted (service, limit_id, since) AS (VALUES {", ".join(["(?, ?, ?)"] * len(asked))})
            SELECT s.service_id, s.limit_id, s.at, s.used, s.resets_at
            FROM wanted w CROSS JOIN limit_sample s
            ON s.service_id = w.service AND s.limit_id = w.limit_id AND s.at >= w.since ORDER BY s.at""",
        [value for one in asked for value in one],
    )
    for service_id, *row in rows:
        sample = _sample(*row)
        found.setdefault((service_id, sample.limit_id), []).append(sample)
    return found


def limit_history(
    connection: sqlite3.Connection, service_id: str, since: datetime, all_since: datetime
) -> dict[str, list[LimitSample]]:
    """Gives a service's readings by limit, oldest first; before `all_since` the fullest of each hour."""
    rows = connection.execute(
        f"""SELECT limit_id, at, used, resets_at FROM
              ({_FULLEST_AN_HOUR.format("service_id = :service AND at >= :since AND at < :all_since")})
            UNION ALL SELECT limit_id, at, used, resets_at FROM limit_sample
              WHERE service_id = :service AND at >= :all_since AND at >= :since
            ORDER BY limit_id, at""",
        {"service": service_id, "since": _text(since), "all_since": _text(all_since)},
    )
    found: dict[str, list[LimitSample]] = {}
    for row in rows:
        sample = _sample(*row)
        found.setdefault(sample.limit_id, []).append(sample)
    return found


def thin_out(connection: sqlite3.Connection, today: date) -> None:
    """Leaves the fullest reading of each hour of what is older than `ALL_KEPT`. Works once a day."""
    last = connection.execute("SELECT value FROM meta WHERE key = ?", (_THINNED,)).fetchone()
    if last is not None and last[0] >= today.isoformat():
        return
    connection.execute(
        f"""DELETE FROM limit_sample WHERE at < :before AND (service_id, limit_id, at) NOT IN
            (SELECT service_id, limit_id, at FROM ({_FULLEST_AN_HOUR.format("at < :before")}))""",
        {"before": (today - ALL_KEPT).isoformat()},
    )
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_THINNED, today.isoformat()))


def _sample(limit_id: str, at: str, used: float, resets_at: str | None) -> LimitSample:
    # our own rows, thousands of them: they were checked when they were written
    return LimitSample.model_construct(
        limit_id=limit_id,
        at=datetime.fromisoformat(at),
        used=used,
        resets_at=datetime.fromisoformat(resets_at) if resets_at else None,
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()

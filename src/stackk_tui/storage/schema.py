"""The ledger's tables and how an older file becomes a newer one.

A version is a list of statements. Never edit one that has been released: append the next.
Money is text (an exact decimal in whole units), days are ISO dates, moments are ISO-8601 UTC.
"""

import os
import sqlite3
from pathlib import Path

from stackk_tui.model.errors import LedgerTooNew

_V1 = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE account (id TEXT PRIMARY KEY, provider TEXT NOT NULL, body TEXT NOT NULL)",
    """CREATE TABLE service (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES account(id),
        position INTEGER NOT NULL,
        connected INTEGER NOT NULL,
        body TEXT NOT NULL)""",
    "CREATE TABLE snapshot (service_id TEXT PRIMARY KEY, fetched_at TEXT NOT NULL, body TEXT NOT NULL)",
    """CREATE TABLE usage_bucket (
        account_id TEXT NOT NULL, source TEXT NOT NULL, day TEXT NOT NULL,
        workspace_id TEXT NOT NULL, model TEXT NOT NULL,
        input INTEGER, output INTEGER, cache_write_5m INTEGER, cache_write_1h INTEGER, cache_read INTEGER,
        unpriced_tokens INTEGER NOT NULL, requests INTEGER, web_searches INTEGER,
        cost TEXT, currency TEXT NOT NULL, cost_by_kind TEXT NOT NULL,
        PRIMARY KEY (account_id, source, day, workspace_id, model)) WITHOUT ROWID""",
    """CREATE TABLE known_day (
        account_id TEXT NOT NULL, source TEXT NOT NULL, day TEXT NOT NULL, final INTEGER NOT NULL,
        PRIMARY KEY (account_id, source, day)) WITHOUT ROWID""",
    """CREATE TABLE limit_sample (
        service_id TEXT NOT NULL, limit_id TEXT NOT NULL, at TEXT NOT NULL,
        used REAL NOT NULL, resets_at TEXT,
        PRIMARY KEY (service_id, limit_id, at)) WITHOUT ROWID""",
    """CREATE TABLE fetch (
        account_id TEXT NOT NULL, depth TEXT NOT NULL, at TEXT NOT NULL, outcome TEXT NOT NULL)""",
    "CREATE INDEX fetch_by_account ON fetch (account_id, at)",
)

_V2 = (  # days known of one workspace; '' is the whole account
    "ALTER TABLE known_day RENAME TO known_day_v1",
    """CREATE TABLE known_day (
        account_id TEXT NOT NULL, source TEXT NOT NULL, workspace_id TEXT NOT NULL, day TEXT NOT NULL,
        final INTEGER NOT NULL,
        PRIMARY KEY (account_id, source, workspace_id, day)) WITHOUT ROWID""",
    "INSERT INTO known_day SELECT account_id, source, '', day, final FROM known_day_v1",
    "DROP TABLE known_day_v1",
)

_V3 = (
    """CREATE TABLE budget (
        id TEXT PRIMARY KEY,
        scope TEXT NOT NULL, target TEXT NOT NULL, period TEXT NOT NULL, unit TEXT NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (scope, target, period, unit))""",
)

_V4 = (  # what was told, over which channels, what is remembered between two looks, what is not to be told
    """CREATE TABLE alert (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, subject TEXT NOT NULL, state TEXT NOT NULL,
        seen INTEGER NOT NULL, body TEXT NOT NULL)""",
    "CREATE INDEX alert_by_time ON alert (at)",
    """CREATE TABLE alert_delivery (
        alert_id TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL,
        tries INTEGER NOT NULL, next_at TEXT, error TEXT NOT NULL,
        PRIMARY KEY (alert_id, channel)) WITHOUT ROWID""",
    "CREATE TABLE alert_note (key TEXT PRIMARY KEY, touched TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE alert_silence (subject TEXT PRIMARY KEY, until TEXT) WITHOUT ROWID",
)

_V5 = (  # shares of the usage, e.g. by API key: what each used, the days they are known of, their names
    """CREATE TABLE usage_part (
        account_id TEXT NOT NULL, kind TEXT NOT NULL, day TEXT NOT NULL,
        workspace_id TEXT NOT NULL, model TEXT NOT NULL, part TEXT NOT NULL,
        input INTEGER NOT NULL, output INTEGER NOT NULL, cache_write_5m INTEGER NOT NULL,
        cache_write_1h INTEGER NOT NULL, cache_read INTEGER NOT NULL, web_searches INTEGER NOT NULL,
        PRIMARY KEY (account_id, kind, day, workspace_id, model, part)) WITHOUT ROWID""",
    """CREATE TABLE part_day (
        account_id TEXT NOT NULL, kind TEXT NOT NULL, day TEXT NOT NULL, final INTEGER NOT NULL,
        PRIMARY KEY (account_id, kind, day)) WITHOUT ROWID""",
    """CREATE TABLE part_name (
        account_id TEXT NOT NULL, kind TEXT NOT NULL, part TEXT NOT NULL, name TEXT NOT NULL,
        PRIMARY KEY (account_id, kind, part)) WITHOUT ROWID""",
)

VERSIONS: tuple[tuple[str, ...], ...] = (_V1, _V2, _V3, _V4, _V5)
CURRENT = len(VERSIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """Gives the schema version of an open ledger; 0 for a new file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Brings the ledger to the current version, all or nothing, after a backup beside it.

    Raises LedgerTooNew for a file from a newer version, which is left as it is.
    """
    if _found(connection, path) == CURRENT:
        return
    connection.execute("BEGIN IMMEDIATE")  # before the backup: of two programs one makes it
    try:
        found = _found(connection, path)  # another process may have been faster
        if 0 < found < CURRENT:
            _back_up(path, found)
        for statements in VERSIONS[found:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {CURRENT}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _found(connection: sqlite3.Connection, path: Path) -> int:
    found = version_of(connection)
    if found > CURRENT:
        raise LedgerTooNew(
            f"A newer stackk-tui wrote the ledger (format {found}; this one reads up to {CURRENT}).",
            f"{path} was not touched.",
            "Update stackk-tui, or set STACKK_HOME to another folder.",
        )
    return found


def _back_up(path: Path, version: int) -> None:
    """Copies what was committed, by a connection of its own: one that writes cannot be copied from."""
    target_path = path.with_name(f"{path.name}.v{version}.bak")
    target_path.unlink(missing_ok=True)  # an older backup, or a link to somewhere else
    os.close(os.open(target_path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    source, target = sqlite3.connect(path), sqlite3.connect(target_path)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()

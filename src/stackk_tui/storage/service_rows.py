"""Accounts, services, snapshots and fetches in the ledger. Plain SQL on an open connection."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from stackk_tui.model.service import Account, Service
from stackk_tui.model.snapshot import Snapshot
from stackk_tui.storage.alert_rows import forget_alerts
from stackk_tui.storage.budget_rows import forget_service
from stackk_tui.storage.part_rows import forget_parts

FetchOutcome = Literal["running", "good", "failed", "unasked"]
"""`unasked` ends a fetch that sent nothing, e.g. for want of a key: it does not count."""
FetchDepth = Literal["sync", "refresh"]
"""A sync learns too little to stand for a refresh; both count for how often a vendor may be asked."""
RUNNING_FOR = timedelta(seconds=20)
"""A fetch that began longer ago and did not end belongs to a process that is gone."""
FETCHES_KEPT = timedelta(days=2)


def put_account(connection: sqlite3.Connection, account: Account) -> None:
    connection.execute(
        "INSERT INTO account VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
        (account.id, account.provider, account.model_dump_json()),
    )


def accounts(connection: sqlite3.Connection) -> list[Account]:
    rows = connection.execute("SELECT body FROM account ORDER BY rowid")
    return [Account.model_validate_json(body) for (body,) in rows]


def put_service(connection: sqlite3.Connection, service: Service) -> None:
    connection.execute(
        """INSERT INTO service VALUES (?, ?, (SELECT COALESCE(MAX(position), 0) + 1 FROM service), ?, ?)
           ON CONFLICT (id) DO UPDATE SET connected = excluded.connected, body = excluded.body""",
        (service.id, service.account_id, service.connected, service.model_dump_json()),
    )


def services(connection: sqlite3.Connection) -> list[Service]:
    """Gives all services in the order in which they were added, disconnected ones too."""
    rows = connection.execute("SELECT body FROM service ORDER BY position")
    return [Service.model_validate_json(body) for (body,) in rows]


def put_snapshot(connection: sqlite3.Connection, service_id: str, snapshot: Snapshot) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)",
        (service_id, snapshot.fetched_at.isoformat(), snapshot.model_dump_json()),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO limit_sample VALUES (?, ?, ?, ?, ?)",
        (
            (
                service_id,
                limit.id,
                (limit.as_of or snapshot.fetched_at).isoformat(),
                limit.used,
                limit.resets_at.isoformat() if limit.resets_at else None,
            )
            for limit in snapshot.limits
            if limit.used is not None
        ),
    )


def snapshots(connection: sqlite3.Connection) -> dict[str, Snapshot]:
    """Gives the last snapshot of each service that has one."""
    rows = connection.execute("SELECT service_id, body FROM snapshot")
    return {service_id: Snapshot.model_validate_json(body) for service_id, body in rows}


def drop_snapshot(connection: sqlite3.Connection, service_id: str) -> None:
    connection.execute("DELETE FROM snapshot WHERE service_id = ?", (service_id,))


def purge(connection: sqlite3.Connection, service: Service) -> None:
    """Forgets a service, its budgets and alerts; with the account's last one, all the account's usage."""
    for table in ("snapshot", "limit_sample"):
        connection.execute(f"DELETE FROM {table} WHERE service_id = ?", (service.id,))
    connection.execute("DELETE FROM service WHERE id = ?", (service.id,))
    forget_service(connection, service.id)
    forget_alerts(connection, service.id)
    (left,) = connection.execute(
        "SELECT COUNT(*) FROM service WHERE account_id = ?", (service.account_id,)
    ).fetchone()
    if not left:
        for table in ("usage_bucket", "known_day", "fetch"):
            connection.execute(f"DELETE FROM {table} WHERE account_id = ?", (service.account_id,))
        forget_parts(connection, service.account_id)
        connection.execute("DELETE FROM account WHERE id = ?", (service.account_id,))


def claim_fetch(
    connection: sqlite3.Connection,
    account_id: str,
    depth: FetchDepth,
    now: datetime,
    *,
    interval: timedelta | None,
    hard_times: int,
    hard_window: timedelta,
    alone: bool = False,
) -> int | None:
    """Gives the number of a fetch that may begin now; None if it is too soon, or another copy is at it.

    `interval` None means the person insists: then only the hard limit counts. Claims are atomic. `alone`: the
    account's lock is held, so whatever is still called running belongs to a process that was killed.
    """
    connection.execute("DELETE FROM fetch WHERE at < ? OR at > ?", (_text(now - FETCHES_KEPT), _text(now)))
    past = [
        (datetime.fromisoformat(at), outcome if done == depth or outcome == "running" else "other")
        for at, done, outcome in connection.execute(
            "SELECT at, depth, outcome FROM fetch WHERE account_id = ?", (account_id,)
        )
    ]
    if not alone and any(outcome == "running" and now - at < RUNNING_FOR for at, outcome in past):
        return None
    if interval is not None and any(outcome == "good" and now - at < interval for at, outcome in past):
        return None
    if sum(now - at < hard_window for at, _ in past) >= hard_times:
        return None
    cursor = connection.execute(
        "INSERT INTO fetch VALUES (?, ?, ?, 'running')", (account_id, depth, _text(now))
    )
    return cursor.lastrowid


def next_fetch(
    connection: sqlite3.Connection,
    account_id: str,
    now: datetime,
    *,
    hard_times: int,
    hard_window: timedelta,
) -> datetime | None:
    """Gives when the hard limit lets an account be asked again; None when it does already."""
    rows = connection.execute("SELECT at FROM fetch WHERE account_id = ?", (account_id,))
    recent = sorted(at for (text,) in rows if now - (at := datetime.fromisoformat(text)) < hard_window)
    return recent[-hard_times] + hard_window if len(recent) >= hard_times else None


def end_fetch(connection: sqlite3.Connection, number: int, outcome: FetchOutcome) -> None:
    if outcome == "unasked":
        connection.execute("DELETE FROM fetch WHERE rowid = ?", (number,))
    else:
        connection.execute("UPDATE fetch SET outcome = ? WHERE rowid = ?", (outcome, number))


def forget_fetches(connection: sqlite3.Connection, account_id: str) -> None:
    """A new key asks at once, whatever the old one did."""
    connection.execute("DELETE FROM fetch WHERE account_id = ?", (account_id,))


def sizes(connection: sqlite3.Connection) -> Mapping[str, int]:
    """Gives the number of rows by table."""
    tables: Iterable[str] = ("account", "service", "snapshot", "usage_bucket", "limit_sample")
    return {t: int(connection.execute(f"SELECT COUNT(*) FROM {t}").fetchone()[0]) for t in tables}


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()

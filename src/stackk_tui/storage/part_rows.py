"""Shares of the usage in the ledger, e.g. by API key. Plain SQL on an open connection."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from stackk_tui.model.usage import TOKEN_KINDS, Tokens, UsageSource
from stackk_tui.model.usage_parts import PartKind, PartsBatch, UsagePart

_TABLES = ("usage_part", "part_day", "part_name")


@dataclass(frozen=True, slots=True)
class KnownParts:
    """What each part used, the days on which that is known of all of them, and what they are called."""

    parts: tuple[UsagePart, ...] = ()
    days: frozenset[date] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)


def put_parts(connection: sqlite3.Connection, account_id: str, batch: PartsBatch) -> None:
    """Replaces the batch's days by what it says. Running it twice changes nothing."""
    connection.executemany(
        "DELETE FROM usage_part WHERE account_id = ? AND kind = ? AND day = ?",
        ((account_id, batch.kind, day.isoformat()) for day in batch.days),
    )
    spoken_for = frozenset(batch.days)
    connection.executemany(
        f"INSERT INTO usage_part VALUES ({', '.join('?' * 12)})",
        (_row(account_id, batch.kind, part) for part in batch.parts if part.day in spoken_for),
    )
    connection.executemany(
        "INSERT INTO part_day VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET final = excluded.final",
        ((account_id, batch.kind, day.isoformat(), day in batch.final_days) for day in batch.days),
    )
    connection.executemany(
        "INSERT INTO part_name VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name",
        ((account_id, batch.kind, part, name) for part, name in batch.names.items()),
    )


def final_parts(connection: sqlite3.Connection, account_id: str) -> dict[PartKind, frozenset[date]]:
    """Gives the days whose parts are settled, by kind."""
    if not _kept(connection):
        return {}
    rows = connection.execute(
        "SELECT day FROM part_day WHERE account_id = ? AND kind = 'key' AND final", (account_id,)
    )
    return {"key": frozenset(date.fromisoformat(day) for (day,) in rows)}


def parts(
    connection: sqlite3.Connection, place: tuple[str, str | None], kind: PartKind, first: date, last: date
) -> KnownParts:
    """Gives the parts of an account, or of one workspace of it, between two days inclusive."""
    account_id, workspace_id = place
    if not _kept(connection):
        return KnownParts()
    span = (account_id, kind, first.isoformat(), last.isoformat())
    where = "account_id = ? AND kind = ? AND day BETWEEN ? AND ?"
    own = "" if workspace_id is None else " AND workspace_id = ?"
    rows = connection.execute(
        f"SELECT day, workspace_id, model, part, {', '.join(TOKEN_KINDS)}, web_searches"
        f" FROM usage_part WHERE {where}{own} ORDER BY day",
        span if workspace_id is None else (*span, workspace_id),
    )
    names = connection.execute(
        "SELECT part, name FROM part_name WHERE account_id = ? AND kind = ?", (account_id, kind)
    )
    days = connection.execute(f"SELECT day FROM part_day WHERE {where}", span)
    return KnownParts(
        parts=tuple(_part(row) for row in rows),
        days=frozenset(date.fromisoformat(day) for (day,) in days),
        names=dict(names),
    )


def forget_parts(connection: sqlite3.Connection, account_id: str) -> None:
    """Drops all of an account's parts, with their names."""
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table} WHERE account_id = ?", (account_id,))


def _kept(connection: sqlite3.Connection) -> bool:
    """A ledger of an older version on a disk that cannot be written is read as it is."""
    return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'usage_part'").fetchone())


def _part(row: tuple[str, str, str, str, int, int, int, int, int, int]) -> UsagePart:
    day, workspace_id, model, part, *counts, searches = row
    return UsagePart(
        day=date.fromisoformat(day),
        workspace_id=workspace_id,
        model=model,
        part=part,
        tokens=Tokens(**dict(zip(TOKEN_KINDS, counts, strict=True))),
        web_searches=searches,
    )


def _row(account_id: str, kind: PartKind, part: UsagePart) -> tuple[object, ...]:
    return (
        account_id,
        kind,
        part.day.isoformat(),
        part.workspace_id,
        part.model,
        part.part,
        *(getattr(part.tokens, kind) for kind in TOKEN_KINDS),
        part.web_searches,
    )


def bills(
    connection: sqlite3.Connection, place: tuple[str, str | None], first: date, last: date
) -> list[tuple[date, str, str, Decimal, dict[str, Decimal]]]:
    """Gives (day, workspace, model, cost, cost by kind) of every billed row, in whole units."""
    account_id, workspace_id = place
    values = (account_id, UsageSource.COST.value, first.isoformat(), last.isoformat())
    own = "" if workspace_id is None else " AND workspace_id = ?"
    rows = connection.execute(
        "SELECT day, workspace_id, model, cost, cost_by_kind FROM usage_bucket"
        f" WHERE account_id = ? AND source = ? AND day BETWEEN ? AND ? AND cost IS NOT NULL{own}",
        values if workspace_id is None else (*values, workspace_id),
    )
    return [
        (
            date.fromisoformat(day),
            workspace,
            model,
            Decimal(cost),
            {kind: Decimal(amount) for kind, amount in json.loads(by_kind).items()},
        )
        for day, workspace, model, cost, by_kind in rows
    ]

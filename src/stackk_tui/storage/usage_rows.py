"""Usage in the ledger: buckets, the days that are known, and their sums. Plain SQL on an open connection."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from stackk_tui.model.usage import ADDED_SOURCES, TOKEN_KINDS, Tokens, UsageBatch, UsageBucket, UsageSource
from stackk_tui.model.view import DayUsage

WHOLE = ""
"""The workspace under which the days are kept that the account as a whole is known for."""
_ADDED = ", ".join(f"'{source.value}'" for source in ADDED_SOURCES)


def put_batch(connection: sqlite3.Connection, account_id: str, batch: UsageBatch, today: date) -> None:
    """Replaces the batch's days by what it says. Running it twice changes nothing.

    What is settled of a workspace by itself stays: a later answer may have kept only a part of it.
    """
    source, own = batch.source.value, batch.workspaces
    days: Sequence[date] = _span(batch.buckets, today) if batch.days is None else batch.days
    if own is not None:
        _put_workspaces(connection, account_id, batch, own, days)
        return
    if batch.days is None:
        connection.execute(
            "DELETE FROM usage_bucket WHERE account_id = ? AND source = ?", (account_id, source)
        )
    else:
        connection.executemany(
            "DELETE FROM usage_bucket WHERE account_id = ? AND source = ? AND day = ?",
            ((account_id, source, day.isoformat()) for day in days),
        )
    spoken_for = None if batch.days is None else frozenset(batch.days)
    _insert(
        connection,
        (_row(account_id, source, b) for b in batch.buckets if spoken_for is None or b.day in spoken_for),
        ((account_id, source, WHOLE, day.isoformat(), day in batch.final_days) for day in days),
    )


def _put_workspaces(
    connection: sqlite3.Connection,
    account_id: str,
    batch: UsageBatch,
    own: Sequence[str],
    days: Sequence[date],
) -> None:
    source = batch.source.value
    settled = set(
        connection.execute(
            "SELECT workspace_id, day FROM known_day WHERE account_id = ? AND source = ? AND final",
            (account_id, source),
        )
    )
    if batch.days is None:
        connection.executemany(
            "DELETE FROM usage_bucket WHERE account_id = ?1 AND source = ?2 AND workspace_id = ?3"
            " AND day NOT IN (SELECT day FROM known_day"
            " WHERE account_id = ?1 AND source = ?2 AND workspace_id = ?3 AND final)",
            ((account_id, source, one) for one in own),
        )
    asked = {(one, day) for one in own for day in days if (one, day.isoformat()) not in settled}
    connection.executemany(
        "DELETE FROM usage_bucket WHERE account_id = ? AND source = ? AND workspace_id = ? AND day = ?",
        ((account_id, source, one, day.isoformat()) for one, day in asked),
    )
    _insert(
        connection,
        (_row(account_id, source, b) for b in batch.buckets if (b.workspace_id, b.day) in asked),
        ((account_id, source, one, day.isoformat(), day in batch.final_days) for one, day in asked),
    )


def _insert(
    connection: sqlite3.Connection,
    buckets: Iterable[tuple[object, ...]],
    known: Iterable[tuple[object, ...]],
) -> None:
    connection.executemany(f"INSERT INTO usage_bucket VALUES ({', '.join('?' * 16)})", buckets)
    connection.executemany(
        "INSERT INTO known_day VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET final = excluded.final", known
    )


def final_days(connection: sqlite3.Connection, account_id: str) -> dict[UsageSource, frozenset[date]]:
    """Gives the settled days of the whole account by source."""
    found: dict[UsageSource, set[date]] = {}
    for source, day in connection.execute(
        "SELECT source, day FROM known_day WHERE account_id = ? AND workspace_id = '' AND final",
        (account_id,),
    ):
        found.setdefault(UsageSource(source), set()).add(date.fromisoformat(day))
    return {source: frozenset(days) for source, days in found.items()}


def known_days(
    connection: sqlite3.Connection, account_id: str, workspace_id: str | None, first: date, last: date
) -> dict[UsageSource, frozenset[date]]:
    """Gives the days that each source has spoken of, between two days inclusive; of the whole account, and
    of the workspace by itself."""
    found: dict[UsageSource, set[date]] = {}
    for source, day in connection.execute(
        "SELECT source, day FROM known_day"
        " WHERE account_id = ? AND workspace_id IN ('', ?) AND day BETWEEN ? AND ?",
        (account_id, workspace_id or "", first.isoformat(), last.isoformat()),
    ):
        found.setdefault(UsageSource(source), set()).add(date.fromisoformat(day))
    return {source: frozenset(days) for source, days in found.items()}


def day_usage(
    connection: sqlite3.Connection, account_id: str, workspace_id: str | None, first: date, last: date
) -> list[DayUsage]:
    """Gives usage by day and model, added sources merged, oldest first; workspace None is the account."""
    where = "" if workspace_id is None else "AND workspace_id = ?"
    arguments = (
        account_id,
        first.isoformat(),
        last.isoformat(),
        *(() if workspace_id is None else (workspace_id,)),
    )
    merged: dict[tuple[str, str], _Sum] = {}
    for day, model, *values in connection.execute(
        f"""SELECT day, model, input, output, cache_write_5m, cache_write_1h, cache_read,
                   unpriced_tokens, requests, cost, cost_by_kind
            FROM usage_bucket
            WHERE account_id = ? AND day BETWEEN ? AND ? AND source IN ({_ADDED}) {where}
            ORDER BY day, model""",
        arguments,
    ):
        merged.setdefault((day, model), _Sum()).add(values)
    return [total.value(date.fromisoformat(day), model) for (day, model), total in merged.items()]


def settled_cost(connection: sqlite3.Connection, account_id: str, first: date) -> dict[str, Decimal]:
    """Gives the cost of the settled days since `first`, by workspace, in whole units."""
    sums: dict[str, Decimal] = {}
    for workspace_id, cost in connection.execute(
        """SELECT workspace_id, cost FROM usage_bucket bucket
           WHERE account_id = ? AND source = ? AND day >= ? AND cost IS NOT NULL AND EXISTS (
             SELECT 1 FROM known_day known
             WHERE (known.account_id, known.source, known.day)
                 = (bucket.account_id, bucket.source, bucket.day)
               AND known.workspace_id IN ('', bucket.workspace_id) AND final)""",
        (account_id, UsageSource.COST.value, first.isoformat()),
    ):
        sums[workspace_id] = sums.get(workspace_id, Decimal(0)) + Decimal(cost)
    return sums


def currency_of(connection: sqlite3.Connection, account_id: str) -> str:
    """Gives the currency of the account's newest cost; dollars where there is none yet."""
    row = connection.execute(
        f"SELECT currency FROM usage_bucket WHERE account_id = ? AND source IN ({_ADDED})"
        " AND cost IS NOT NULL ORDER BY day DESC LIMIT 1",
        (account_id,),
    ).fetchone()
    return str(row[0]) if row else "USD"


class _Sum:
    """Adds rows of one day and model. What no row knows stays unknown."""

    def __init__(self) -> None:
        self.tokens: list[int] | None = None
        self.unpriced = 0
        self.requests: int | None = None
        self.cost: Decimal | None = None
        self.by_kind: dict[str, Decimal] = {}

    def add(self, values: Sequence[object]) -> None:
        *kinds, unpriced, requests, cost, by_kind = values
        if kinds[0] is not None:
            self.tokens = [a + int(str(b)) for a, b in zip(self.tokens or [0] * 5, kinds, strict=True)]
        self.unpriced += int(str(unpriced))
        if requests is not None:
            self.requests = (self.requests or 0) + int(str(requests))
        if cost is not None:
            self.cost = (self.cost or Decimal(0)) + Decimal(str(cost))
        for kind, amount in json.loads(str(by_kind)).items():
            self.by_kind[kind] = self.by_kind.get(kind, Decimal(0)) + Decimal(amount)

    def value(self, day: date, model: str) -> DayUsage:
        tokens = None
        if self.tokens is not None:
            tokens = Tokens(**dict(zip(TOKEN_KINDS, self.tokens, strict=True)))
        return DayUsage(
            day=day,
            model=model,
            tokens=tokens,
            requests=self.requests,
            cost=self.cost,
            cost_by_kind=self.by_kind,
            unpriced_tokens=self.unpriced,
        )


def _row(account_id: str, source: str, bucket: UsageBucket) -> tuple[object, ...]:
    t = bucket.tokens
    counts = (None,) * 5 if t is None else tuple(getattr(t, kind) for kind in TOKEN_KINDS)
    return (
        account_id,
        source,
        bucket.day.isoformat(),
        bucket.workspace_id,
        bucket.model,
        *counts,
        bucket.unpriced_tokens,
        bucket.requests,
        bucket.web_searches,
        None if bucket.cost is None else str(bucket.cost),
        bucket.currency,
        json.dumps({kind: str(amount) for kind, amount in bucket.cost_by_kind.items()}),
    )


def _span(buckets: Iterable[UsageBucket], today: date) -> list[date]:
    first = min((bucket.day for bucket in buckets), default=today)
    return [first + timedelta(days=n) for n in range((today - first).days + 1)]

"""Sums by day from the ledger's usage, without building a value per row. Plain SQL on an open connection."""

import sqlite3
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from stackk_tui.model.series import DaySums
from stackk_tui.model.usage import ADDED_SOURCES, UsageSource
from stackk_tui.storage.usage_rows import currency_of

Place = tuple[str, str | None]
"""An account's id and a workspace's; None is the whole account."""
_ADDED = ", ".join(f"'{source.value}'" for source in ADDED_SOURCES)
_TOKENS = "input + output + cache_write_5m + cache_write_1h + cache_read"
_TELL_COST = {UsageSource.COST.value, UsageSource.LOCAL.value}
_TELL_TOKENS = {UsageSource.USAGE.value, UsageSource.LOCAL.value}


def day_sums(
    connection: sqlite3.Connection,
    places: Iterable[Place],
    first: date,
    last: date,
    *,
    source: UsageSource | None = None,
) -> dict[Place, DaySums]:
    """Gives the sums of each place between two days, both inclusive; of the added sources, or of one."""
    return {place: _sums(connection, place, first, last, _sources(source)) for place in places}


def day_parts(
    connection: sqlite3.Connection,
    place: Place,
    first: date,
    last: date,
    *,
    source: UsageSource | None = None,
) -> list[tuple[date, str, str, Decimal | None, int | None]]:
    """Gives (day, workspace, model, cost, tokens) of every row; of the added sources, or of one."""
    account_id, workspace_id = place
    where, values = _where(account_id, workspace_id, first, last)
    return [
        (date.fromisoformat(day), workspace, model, None if cost is None else Decimal(cost), tokens)
        for day, workspace, model, cost, tokens in connection.execute(
            f"SELECT day, workspace_id, model, cost, {_TOKENS} FROM usage_bucket"
            f" WHERE source IN ({_sources(source)}) AND {where} ORDER BY day",
            values,
        )
    ]


def known_of(
    connection: sqlite3.Connection, account_id: str, source: UsageSource, first: date, last: date
) -> dict[date, bool]:
    """Gives the days a source has spoken of for the whole account, each with whether it is settled."""
    rows = connection.execute(
        "SELECT day, MAX(final) FROM known_day WHERE account_id = ? AND source = ? AND workspace_id = ''"
        " AND day BETWEEN ? AND ? GROUP BY day",
        (account_id, source.value, first.isoformat(), last.isoformat()),
    )
    return {date.fromisoformat(day): bool(final) for day, final in rows}


def _sums(connection: sqlite3.Connection, place: Place, first: date, last: date, sources: str) -> DaySums:
    account_id, workspace_id = place
    where, values = _where(account_id, workspace_id, first, last)
    costs: dict[str, Decimal] = {}
    for day, cost in connection.execute(
        f"SELECT day, cost FROM usage_bucket WHERE source IN ({sources}) AND {where} AND cost IS NOT NULL",
        values,
    ):
        known = costs.get(day)
        costs[day] = Decimal(cost) if known is None else known + Decimal(cost)
    tokens: dict[str, int] = {}
    unpriced: dict[str, int] = {}
    for day, count, without in connection.execute(
        f"SELECT day, SUM({_TOKENS}), SUM(unpriced_tokens) FROM usage_bucket"
        f" WHERE source IN ({sources}) AND {where} GROUP BY day",
        values,
    ):
        if count is not None:
            tokens[day] = int(count)
        if without:
            unpriced[day] = int(without)
    final_of: dict[tuple[str, str], bool] = {}
    for source, day, final in connection.execute(
        "SELECT source, day, final FROM known_day"
        f" WHERE account_id = ? AND source IN ({sources}) AND workspace_id IN ('', ?)"
        " AND day BETWEEN ? AND ?",
        (account_id, workspace_id or "", first.isoformat(), last.isoformat()),
    ):
        final_of[source, day] = final_of.get((source, day), False) or bool(final)
    by_cost: dict[str, bool] = {}
    by_tokens: dict[str, bool] = {}
    for (source, day), is_final in final_of.items():
        for tell, into in ((_TELL_COST, by_cost), (_TELL_TOKENS, by_tokens)):
            if source in tell:
                into[day] = into.get(day, True) and is_final
    days = {day: date.fromisoformat(day) for day in {*costs, *tokens, *unpriced, *by_cost, *by_tokens}}
    return DaySums(
        costs={days[day]: amount for day, amount in costs.items()},
        tokens={days[day]: count for day, count in tokens.items()},
        unpriced={days[day]: count for day, count in unpriced.items()},
        cost_days=frozenset(days[day] for day in by_cost),
        token_days=frozenset(days[day] for day in by_tokens),
        settled=frozenset(
            days[day] for day in {*by_cost, *by_tokens} if by_cost.get(day, True) and by_tokens.get(day, True)
        ),
        currency=currency_of(connection, account_id),
        counts_tokens=bool(tokens),
    )


def _sources(source: UsageSource | None) -> str:
    return _ADDED if source is None else f"'{source.value}'"


def _where(account_id: str, workspace_id: str | None, first: date, last: date) -> tuple[str, list[str]]:
    values = [account_id, first.isoformat(), last.isoformat()]
    where = "account_id = ? AND day BETWEEN ? AND ?"
    return (
        (where, values)
        if workspace_id is None
        else (f"{where} AND workspace_id = ?", [*values, workspace_id])
    )

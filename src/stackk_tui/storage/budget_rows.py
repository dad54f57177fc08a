"""Budgets in the ledger. Plain SQL on an open connection."""

import sqlite3

from stackk_tui.model.budget import Budget


def budgets(connection: sqlite3.Connection) -> list[Budget]:
    """Gives all budgets in the order in which they were made."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'budget'").fetchone() is None:
        return []  # an older file on a disk that cannot be written
    rows = connection.execute("SELECT body FROM budget ORDER BY rowid")
    return [Budget.model_validate_json(body) for (body,) in rows]


def put_budget(connection: sqlite3.Connection, budget: Budget) -> Budget:
    """Keeps a budget and gives it as it is kept. One for the same scope, target, period and unit gives way;
    the newer one takes its id and the time it was made, unless it has an id of its own already."""
    known = {each.id: each for each in budgets(connection)}
    same = next((each for each in known.values() if _key(each) == _key(budget)), None)
    older = known.get(budget.id) or same
    if older is not None:
        budget = budget.model_copy(update={"id": older.id, "created_at": older.created_at})
    if same is not None and same.id != budget.id:
        remove_budget(connection, same.id)
    connection.execute(
        """INSERT INTO budget VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET scope = excluded.scope,
           target = excluded.target, period = excluded.period, unit = excluded.unit, body = excluded.body""",
        (budget.id, *_key(budget), budget.model_dump_json()),
    )
    return budget


def remove_budget(connection: sqlite3.Connection, budget_id: str) -> bool:
    """Says whether there was one."""
    return connection.execute("DELETE FROM budget WHERE id = ?", (budget_id,)).rowcount > 0


def forget_service(connection: sqlite3.Connection, service_id: str) -> None:
    """Drops the budgets of a service that is no more."""
    connection.execute("DELETE FROM budget WHERE scope = 'service' AND target = ?", (service_id,))


def _key(budget: Budget) -> tuple[str, str, str, str]:
    return budget.scope, budget.target, budget.period, budget.unit

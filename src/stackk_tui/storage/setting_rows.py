"""What a person chose in the app, by name, in the ledger's table `meta`."""

from sqlite3 import Connection

_PREFIX = "setting:"


def setting(connection: Connection, name: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_PREFIX + name,)).fetchone()
    return str(row[0]) if row else None


def put_setting(connection: Connection, name: str, value: str) -> None:
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (_PREFIX + name, value),
    )

"""The last board, read before anything heavy is imported. Standard library only."""

import contextlib
import sqlite3
from pathlib import Path

from stackk_tui.model.board import Board

BOARD_KEY = "board"


def read_board(path: Path) -> Board | None:
    """Gives the board as it was last kept, or None when there is no ledger or it cannot be read yet.

    Never raises and never waits: whatever is wrong is said by the ledger once it is opened for real.
    """
    if not path.exists():
        return None
    with contextlib.suppress(sqlite3.Error, ValueError):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.2)
        try:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (BOARD_KEY,)).fetchone()
        finally:
            connection.close()
        return Board.from_json(row[0]) if row else None
    return None


def write_board(connection: sqlite3.Connection, board: Board) -> None:
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (BOARD_KEY, board.to_json()),
    )

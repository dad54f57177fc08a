"""An index of version 1 → the present one. Its calls of deleted transcripts can be read nowhere else.

Version 1 kept only digests of the ids. Where there were any calls, the index goes on with digests (`keys` in
`meta` says so), so that a call known by its digest and the same call in a fork are still one.
"""

from __future__ import annotations

import json
from itertools import groupby

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlite3 import Connection
    from typing import Any

    from stackk_tui.providers.claude_code.dedupe import Row
    from stackk_tui.providers.claude_code.index import Index

_CALL = (
    "file, key, side, message, ts, offset, model, speed, tier, geo, input, output, write_5m, write_1h, read,"
    " web_searches, cost, iterated, advisors, seen_ts, seen_offset, project, session"
)


def set_aside(connection: Connection) -> None:
    """Makes room for the new tables."""
    connection.execute("ALTER TABLE file RENAME TO old_file")
    connection.execute("ALTER TABLE call RENAME TO old_call")


def take_over(index: Index) -> None:
    """Takes everything over and drops the old tables. Inside a transaction."""
    from stackk_tui.providers.claude_code.packing import marks_of, pack

    db = index.db
    columns = (
        "id, path, root, home_session, agent, dev, inode, size, mtime_ns, offset, head_length, head_hash,"
        " broken, broken_tail, last_ts, parser, present"
    )
    db.execute(f"INSERT INTO file ({columns}) SELECT {columns} FROM old_file")
    calls = db.execute(f"SELECT {_CALL} FROM old_call ORDER BY file, seen_ts")
    for file, group in groupby(calls, key=lambda row: row[0]):
        rows = [_row_of(each) for each in group]
        index.put_rows(int(file), pack(rows), marks_of(rows))
        index.put_meta("keys", "digest")
    db.execute("DROP TABLE old_call")
    db.execute("DROP TABLE old_file")


def _row_of(call: tuple[Any, ...]) -> Row:
    _, key, side, message, ts, offset, model, speed, tier, geo, *rest = call
    *counts, cost, iterated, advisors, seen_ts, seen_offset, project, session = rest
    digest = key[1:].hex()
    if message is not None:
        name = f"{message.hex()}\n{digest}"
    else:
        name = f"\np{digest}" if key[:1] == b"p" else f"\nh{digest}"
    return [
        name, bool(side), ts, offset, (model, speed, tier, geo), *counts, cost, bool(iterated),
        json.loads(advisors) if advisors else None, seen_ts, seen_offset, (project, session),
    ]  # fmt: skip

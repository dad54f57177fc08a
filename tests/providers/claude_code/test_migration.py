"""An index of version 1 is taken over: nothing is read twice, nothing of what was deleted is lost."""

import hashlib
import json
import sqlite3
from pathlib import Path

from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import FORK, HAIKU, MAIN, OPUS, call, text, usage

SCHEMA = """
CREATE TABLE file (
  id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, root BLOB NOT NULL, home_session TEXT NOT NULL,
  agent TEXT, dev INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
  offset INTEGER NOT NULL, head_length INTEGER NOT NULL, head_hash BLOB NOT NULL, broken INTEGER NOT NULL,
  broken_tail INTEGER NOT NULL, last_ts INTEGER NOT NULL, parser INTEGER NOT NULL, present INTEGER NOT NULL
);
CREATE TABLE call (
  key BLOB NOT NULL, file INTEGER NOT NULL REFERENCES file(id), side INTEGER NOT NULL, message BLOB,
  ts INTEGER NOT NULL, offset INTEGER NOT NULL, model TEXT NOT NULL, input INTEGER NOT NULL,
  output INTEGER NOT NULL, write_5m INTEGER NOT NULL, write_1h INTEGER NOT NULL, read INTEGER NOT NULL,
  web_searches INTEGER NOT NULL, speed TEXT, tier TEXT, geo TEXT, cost TEXT, iterated INTEGER NOT NULL,
  advisors TEXT, seen_ts INTEGER NOT NULL, seen_offset INTEGER NOT NULL, project TEXT NOT NULL,
  session TEXT NOT NULL, PRIMARY KEY (key, file, side)
) WITHOUT ROWID;
PRAGMA user_version = 1;
"""
AT = 1_794_992_400_000  # of generator.AT


def digest(*parts: str) -> bytes:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=15).digest()


def old_call(key: bytes, file: int, message: bytes | None, *, session: str, advisors: object = None) -> tuple:
    more = (OPUS, 10, 20, 0, 0, 0, 0, None, None, None, None, 0, json.dumps(advisors) if advisors else None)
    return (key, file, 0, message, AT, 0, *more, AT, 0, "/home/ada/src/atlas", session)


def write_old_index(machine: Machine, deleted: Path, still_there: Path) -> None:
    """As version 1 left it: two calls and one without ids in a file since deleted, one in a file that exists."""
    path = machine.settings.paths.claude_code_index
    path.parent.mkdir(parents=True)
    stat = still_there.stat()
    head = hashlib.blake2b(still_there.read_bytes()[:4096], digest_size=16).digest()
    root = bytes(machine.projects)
    with sqlite3.connect(path) as db:
        db.executescript(SCHEMA)
        marks = ", ".join("?" * 17)
        db.execute(
            f"INSERT INTO file VALUES ({marks})",
            (1, bytes(deleted), root, "s1", None, 1, 1, 9, 9, 9, 9, b"", 0, 0, AT, 1, 0),
        )
        db.execute(
            f"INSERT INTO file VALUES ({marks})",
            (2, bytes(still_there), root, "s2", None, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns,
             stat.st_size, min(4096, stat.st_size), head, 1, 0, AT, 1, 1),
        )  # fmt: skip
        advisor = [["claude-haiku-5-5", 7, 8, 9, 0, 10]]
        rows = [
            old_call(b"k" + digest("request", "m1", "r1"), 1, digest("m1"), session="s1"),
            old_call(b"k" + digest("message", "m2", "10 0 0"), 1, None, session="s1", advisors=advisor),
            old_call(b"p" + digest(str(deleted), "77"), 1, None, session="s1"),
            old_call(b"k" + digest("request", "m3", "r3"), 2, digest("m3"), session="s2"),
        ]
        db.executemany(f"INSERT INTO call VALUES ({', '.join('?' * 23)})", rows)


def test_version_1_is_taken_over(machine: Machine) -> None:
    deleted, there = machine.projects / MAIN, machine.projects / FORK
    there.parent.mkdir()
    there.write_bytes(text(call("m3", "r3", session="s2")))
    write_old_index(machine, deleted, there)
    before = machine.usage(by="model")
    assert {row.key: row.requests for row in before.rows} == {OPUS: 4, HAIKU: 1}
    assert before.skipped_lines == 1
    with there.open("ab") as file:  # a fork of what was deleted, a replay of it, and a call of its own
        file.write(
            text(
                call("m1", "r1", session="s2"),
                call("m2", None, session="s2"),
                call("m1", "r9", session="s2", side=True),
                call("m4", "r4", session="s2", used=usage(1, 1)),
            )
        )
    assert machine.requests("model") == {OPUS: 5, HAIKU: 1}
    assert machine.requests("session") == {"s1": 4, "s2": 2}
    there.unlink()
    assert machine.requests("model") == {OPUS: 5, HAIKU: 1}

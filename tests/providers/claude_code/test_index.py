"""What has been read is kept: each byte once, outliving its file, through damage and beside another process."""

import os
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest

from stackk_tui.model.errors import LedgerTooNew, OperationCancelled, StorageError
from stackk_tui.model.usage_report import UsageQuery
from stackk_tui.providers.claude_code import index as index_module
from stackk_tui.providers.claude_code import pool
from stackk_tui.providers.claude_code.index import with_index
from stackk_tui.providers.claude_code.roots import find_roots
from stackk_tui.providers.claude_code.scan import Scanned, scan
from stackk_tui.providers.claude_code.usage import answer
from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import MAIN, OPUS, big_tree, call, text


def put(machine: Machine, content: bytes, name: str = MAIN) -> Path:
    path = machine.projects / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def scan_now(machine: Machine) -> Scanned:
    return with_index(
        machine.settings.paths.claude_code_index, lambda index: scan(index, find_roots(machine.settings))
    )[0]


def test_each_byte_is_read_once(machine: Machine) -> None:
    first, second = text(call("m1", "r1")), text(call("m2", "r2"))
    path = put(machine, first)
    assert scan_now(machine).bytes_read == len(first)
    assert scan_now(machine).files_read == 0
    with path.open("ab") as file:
        file.write(second)
    assert scan_now(machine).bytes_read == len(second)
    assert machine.usage().totals.requests == 2


def test_a_file_that_was_replaced_is_read_from_its_beginning_and_what_it_said_stays(machine: Machine) -> None:
    path = put(machine, text(call("m1", "r1"), call("m2", "r2")))
    assert machine.usage().totals.requests == 2
    shorter = text(call("m3", "r3"))
    path.write_bytes(shorter)
    assert scan_now(machine).bytes_read == len(shorter)
    assert machine.usage().totals.requests == 3


def test_a_file_written_over_that_grew_is_noticed_by_its_beginning(machine: Machine) -> None:
    path = put(machine, text(call("m1", "r1")))
    assert machine.usage().totals.requests == 1
    longer = text(call("m7", "r7"), call("m8", "r8"))
    inode = path.stat().st_ino
    with path.open("r+b") as file:
        file.write(longer)
    assert path.stat().st_ino == inode
    assert scan_now(machine).bytes_read == len(longer)
    assert machine.usage().totals.requests == 3


def test_lines_without_ids_count_once_though_their_file_is_read_again(machine: Machine) -> None:
    path = put(machine, text(call(None, None), call(None, None)))
    assert machine.usage().totals.requests == 2
    os.utime(path, (1, 1))
    assert machine.usage().totals.requests == 2
    path.write_bytes(text(call(None, None)))
    assert machine.usage().totals.requests == 1


def test_usage_stays_when_transcripts_are_deleted(machine: Machine) -> None:
    path = put(machine, text(call(), b'{"usage":{'))
    before = machine.usage()
    path.unlink()
    after = machine.usage()
    assert after.totals == before.totals
    assert (before.files, after.files) == (1, 0)
    path.parent.rmdir()
    machine.projects.rmdir()
    assert machine.usage().totals == before.totals


def test_a_newer_parser_reads_again_what_still_exists(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(machine, text(call("m1", "r1")))
    put(machine, text(call("m2", "r2", session="s2")), "-p/s2.jsonl")
    scan_now(machine)
    with sqlite3.connect(machine.settings.paths.claude_code_index) as db:
        for file, rows in db.execute("SELECT file, rows FROM copies").fetchall():
            wrong = bytes(rows).replace(OPUS.encode(), b"wrong")  # as an old parser may have understood it
            db.execute("UPDATE copies SET rows = ? WHERE file = ?", (wrong, file))
        db.execute("DELETE FROM slot")
        db.execute("DELETE FROM view")
    (machine.projects / "-p/s2.jsonl").unlink()
    monkeypatch.setattr(index_module, "PARSER_VERSION", 2)
    assert machine.requests("model") == {OPUS: 1, "wrong": 1}


def test_the_index_is_for_its_owner_only(machine: Machine) -> None:
    path = machine.settings.paths.claude_code_index
    os.umask(0)
    try:
        put(machine, text(call()))
        with_index(path, lambda index: scan(index, find_roots(machine.settings)))
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    finally:
        os.umask(0o022)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", ["garbage", "cut", "page"])
def test_a_damaged_index_is_moved_aside_and_made_anew(damage: str, machine: Machine) -> None:
    put(machine, text(*(call(f"m{n}", f"r{n}") for n in range(200))))
    before = machine.usage().totals
    path = machine.settings.paths.claude_code_index
    content = path.read_bytes()
    path.write_bytes({
        "garbage": b"not a database" * 300,
        "cut": content[: len(content) // 2],
        "page": content[:4096] + b"\xff" * (len(content) - 4096),
    }[damage])  # fmt: skip
    report = machine.usage()
    assert report.totals == before
    assert "was damaged" in report.warnings[0]
    aside = list(path.parent.glob("claude-code.db.damaged-*"))
    assert len([each for each in aside if not each.name.endswith(("-wal", "-shm"))]) == 1
    assert machine.usage().warnings == ()


def test_an_index_of_a_newer_version_is_left_alone(machine: Machine) -> None:
    put(machine, text(call()))
    machine.usage()
    path = machine.settings.paths.claude_code_index
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(LedgerTooNew) as caught:
        machine.usage()
    assert len(caught.value.lines()) == 3
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_said(machine: Machine) -> None:
    put(machine, text(call()))
    machine.settings.paths.data.parent.mkdir(parents=True)
    machine.settings.paths.data.write_text("a file where the folder should be")
    with pytest.raises(StorageError) as caught:
        machine.usage()
    assert len(caught.value.lines()) == 3


def test_a_full_disk_is_said_and_nothing_is_moved(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    put(machine, text(*(call(f"m{n}", f"r{n}") for n in range(2000))))
    prepare = index_module.prepare

    def small(connection: sqlite3.Connection) -> None:
        prepare(connection)
        connection.execute("PRAGMA max_page_count = 12")

    monkeypatch.setattr(index_module, "prepare", small)
    with pytest.raises(StorageError, match="full"):
        machine.usage()
    assert not list(machine.settings.paths.data.glob("*.damaged-*"))
    monkeypatch.undo()
    assert machine.usage().totals.requests == 2000


def test_a_stopped_scan_keeps_what_is_whole_and_goes_on_later(machine: Machine) -> None:
    big_tree(machine.projects, 1 << 20)
    stop = Event()
    stop.set()
    with pytest.raises(OperationCancelled):
        answer(machine.settings, UsageQuery(), stop)
    assert machine.usage().totals.requests > 0


_OTHER = """
import os, sys
from stackk_tui.config import load_settings
from stackk_tui.model.usage_report import UsageQuery
from stackk_tui.providers.claude_code.usage import answer
sys.stdin.readline()
for _ in range(3):
    found = answer(load_settings({"HOME": sys.argv[1], "STACKK_HOME": sys.argv[2]}), UsageQuery())
print(found.totals.requests)
"""


def test_two_processes_at_once_agree(machine: Machine, tmp_path: Path) -> None:
    big_tree(machine.projects, 3 << 20)
    arguments = [sys.executable, "-c", _OTHER, str(tmp_path / "home"), str(tmp_path / "stackk")]
    others = [
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [other.stdin for other in others]
    for each in outputs:
        assert each is not None
        each.write("go\n")
        each.flush()
    counts = [int(other.communicate(timeout=60)[0]) for other in others]
    assert counts == [machine.usage().totals.requests] * 2


def test_one_very_long_line_and_very_many_bytes(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in pieces; a line may be longer than a piece and a marker may lie across two."""
    monkeypatch.setattr("stackk_tui.providers.claude_code.reader.CHUNK", 97)
    lines = [call(f"m{n}", f"r{n}", padding="x" * (n * 7 % 300)) for n in range(40)]
    put(machine, text(*lines))
    report = machine.usage()
    assert (report.totals.requests, report.skipped_lines) == (40, 0)


def test_nothing_in_a_line_can_make_reading_fail(machine: Machine) -> None:
    marker = b'"usage":{'
    lines = [
        b'{"type":"assistant",' + marker + b'"a":' + b"[" * 100_000,
        b"[{" + marker + b"}}]",
        b'{"type":"assistant","message":{' + marker + b'"input_tokens":' + b"9" * 5000 + b"}}}",
        b'{"type":"assistant","timestamp":"2026-11-18T09:00:00Z","message":{'
        + marker
        + b'"input_tokens":1e999999}}}',
        b'{"type":"assistant","timestamp":"2026-11-18T09:00:00Z","message":{'
        + marker
        + b'"input_tokens":NaN}}}',
        b'{"type":["x"],"message":[{' + marker + b"}}]}",
        b'{"type":"progress","data":{"type":"agent_progress","message":[{' + marker + b"}}]}}",
        text(call(costUSD=float("inf"))).strip(),
    ]
    put(machine, b"\n".join(lines) + b"\n")
    report = machine.usage(cost_mode="auto")
    assert report.totals.requests == 1
    assert report.skipped_lines == 4  # the other three are JSON, and have no usage


def test_rows_that_are_damaged_are_made_anew_from_the_transcripts(machine: Machine) -> None:
    path = put(machine, text(*(call(f"m{n}", f"r{n}") for n in range(20))))
    before = machine.usage().totals
    with sqlite3.connect(machine.settings.paths.claude_code_index) as db:
        db.execute("UPDATE copies SET rows = substr(rows, 1, 100)")
    with path.open("ab") as file:
        file.write(text(call("m0", "r0")))
    report = machine.usage()
    assert report.totals == before
    assert "was damaged" in report.warnings[0]


def test_what_a_killed_helper_took_along_is_read_here(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    big_tree(machine.projects, 6 << 20)
    program = pool._PROGRAM
    monkeypatch.setattr(pool, "ALONE", 0)
    monkeypatch.setattr(pool, "_CHUNK", 1 << 16)
    killed = "import os; from stackk_tui.providers.claude_code import worker; "
    killed += "half = lambda content: (len(content) + 8).to_bytes(8, 'little') + content; "
    killed += "worker._send = lambda content: (os.write(1, half(content)), os.kill(os.getpid(), 9)); main()"
    monkeypatch.setattr(pool, "_PROGRAM", program.replace("main()", killed))
    report = machine.usage()
    monkeypatch.setattr(pool, "_PROGRAM", program)
    machine.settings.paths.claude_code_index.unlink()
    assert machine.usage().totals == report.totals
    assert report.totals.requests > 0


def test_a_scan_that_is_killed_loses_nothing(machine: Machine, tmp_path: Path) -> None:
    big_tree(machine.projects, 4 << 20)
    put(machine, text(call("mx", "rx")))
    arguments = [sys.executable, "-c", _OTHER, str(tmp_path / "home"), str(tmp_path / "stackk")]
    index = machine.settings.paths.claude_code_index
    for wait in (0.0, 0.03, 0.06, 0.1):
        other = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        assert other.stdin is not None
        other.stdin.write("go\n")
        other.stdin.flush()
        while not index.exists():
            assert other.poll() is None
            time.sleep(0.001)
        time.sleep(wait)  # at any moment of its work
        other.kill()
        other.wait()
    after = machine.usage()
    assert after.warnings == ()
    for path in machine.settings.paths.data.glob("claude-code.db*"):
        path.unlink()
    assert machine.usage().totals == after.totals

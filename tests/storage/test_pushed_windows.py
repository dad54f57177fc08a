"""What was heard of a plan's windows is kept, by many short-lived writers, whatever happens to the file."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stackk_tui.model.errors import LedgerTooNew, StorageError
from stackk_tui.storage.pushed_windows import (
    AGAIN_AFTER,
    KEPT_FOR,
    Pushed,
    Window,
    WindowStore,
    latest,
    push,
    since,
)

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
RESET = datetime(2026, 11, 22, 18, tzinfo=UTC)
EVER = NOW - timedelta(days=365)
ADA = "/home/ada/.claude"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "windows.db"


def five(used: float, resets_at: datetime | None = RESET) -> dict[str, Window]:
    return {"five_hour": Window(used, resets_at)}


def history(path: Path) -> list[float]:
    return [pushed.used for pushed in since(path, ADA, EVER)]


def test_the_last_of_each_window_by_source(path: Path) -> None:
    push(path, ADA, {"five_hour": Window(0.37, RESET), "seven_day": Window(0.61)}, NOW)
    push(path, "/other", five(0.9), NOW)
    push(path, ADA, five(0.38), NOW + timedelta(seconds=1))
    assert latest(path, ADA) == {
        "five_hour": Pushed("five_hour", 0.38, RESET, NOW + timedelta(seconds=1)),
        "seven_day": Pushed("seven_day", 0.61, None, NOW),
    }
    assert latest(path, "/nobody") == {}


def test_nothing_is_made_by_looking(path: Path) -> None:
    assert latest(path, ADA) == {}
    assert since(path, ADA, NOW) == []
    assert not path.parent.exists()


def test_a_value_that_stays_is_written_again_only_after_a_while(path: Path) -> None:
    for seconds in (0, 1, 60, 299):
        push(path, ADA, five(0.4), NOW + timedelta(seconds=seconds))
    assert latest(path, ADA)["five_hour"].at == NOW
    push(path, ADA, five(0.4), NOW + AGAIN_AFTER)
    assert latest(path, ADA)["five_hour"].at == NOW + AGAIN_AFTER
    assert history(path) == [0.4, 0.4]


def test_another_reset_is_a_change_and_a_rounded_one_is_not(path: Path) -> None:
    push(path, ADA, five(0.0), NOW)
    push(path, ADA, five(0.0, RESET + timedelta(seconds=30)), NOW + timedelta(seconds=1))
    push(path, ADA, five(0.0, RESET + timedelta(hours=5)), NOW + timedelta(seconds=2))
    push(path, ADA, five(0.0, None), NOW + timedelta(seconds=3))
    assert [pushed.resets_at for pushed in since(path, ADA, EVER)] == [
        RESET,
        RESET + timedelta(hours=5),
        None,
    ]


def test_since_is_after_a_moment_and_in_order(path: Path) -> None:
    for minute in (0, 1, 2):
        push(path, ADA, five(minute / 10), NOW + timedelta(minutes=minute))
    assert [pushed.used for pushed in since(path, ADA, NOW)] == [0.1, 0.2]
    assert since(path, ADA, NOW)[0].at == NOW + timedelta(minutes=1)


def test_it_is_kept_for_sixty_days(path: Path) -> None:
    push(path, ADA, five(0.1), NOW - KEPT_FOR - timedelta(days=1))
    push(path, ADA, five(0.2), NOW - KEPT_FOR + timedelta(days=1))
    push(path, ADA, five(0.3), NOW)
    assert history(path) == [0.2, 0.3]


def test_a_clock_that_ran_ahead_hides_nothing(path: Path) -> None:
    push(path, ADA, five(0.9), NOW + timedelta(days=3))
    push(path, ADA, five(0.3), NOW)
    assert latest(path, ADA)["five_hour"].used == 0.3


# sessions repeat what they once learned


def told(
    path: Path, session: str, used: float, pulse: str, seconds: int, resets_at: datetime = RESET
) -> None:
    with WindowStore(path) as store:
        windows = five(used, resets_at)
        store.push(ADA, windows, NOW + timedelta(seconds=seconds), session=session, pulse=pulse)


def test_a_session_that_only_repeats_itself_is_no_news(path: Path) -> None:
    told(path, "idle", 0.37, "a", 0)
    told(path, "busy", 0.45, "b", 10)
    told(path, "idle", 0.37, "a", 20)
    told(path, "idle", 0.37, "a", 2000)
    assert latest(path, ADA)["five_hour"] == Pushed("five_hour", 0.45, RESET, NOW + timedelta(seconds=10))


def test_the_first_word_of_a_session_that_slept_is_no_news(path: Path) -> None:
    told(path, "busy", 0.45, "a", 0)
    told(path, "slept", 0.37, "a", 1)
    told(path, "slept before the reset", 0.99, "a", 2, RESET - timedelta(hours=5))
    assert history(path) == [0.45]
    told(path, "slept", 0.46, "b", 3)
    assert history(path) == [0.45, 0.46]


def test_a_window_that_was_emptied_early_is_believed_from_a_session_that_goes_on(path: Path) -> None:
    told(path, "one", 0.80, "a", 0)
    told(path, "one", 0.20, "b", 1)
    assert latest(path, ADA)["five_hour"].used == 0.2


def test_a_new_session_that_knows_more_is_believed_at_once(path: Path) -> None:
    told(path, "one", 0.30, "a", 0)
    told(path, "two", 0.31, "a", 1)
    told(path, "three", 0.02, "a", 2, RESET + timedelta(hours=5))
    assert history(path) == [0.30, 0.31, 0.02]


# the file


def test_only_its_owner_can_read_it(path: Path) -> None:
    old = os.umask(0)
    try:
        push(path, ADA, five(0.1), NOW)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_notes(path: Path) -> None:
    with WindowStore(path) as store:
        assert store.notes() == {}
        store.put_note("today", "1", NOW)
        store.put_note("today", "2", NOW + timedelta(seconds=1))
        assert store.notes() == {"today": ("2", NOW + timedelta(seconds=1))}


@pytest.mark.parametrize("damage", ["garbage", "half", "no tables", "middle"])
def test_a_damaged_file_is_moved_aside_and_said(path: Path, damage: str) -> None:
    for number in range(300):
        push(path, ADA, five(number / 1000), NOW + timedelta(seconds=number))
    whole = path.read_bytes()
    if damage == "garbage":
        path.write_bytes(b"this is no database " * 500)
    elif damage == "half":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "middle":
        path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    else:
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TABLE sample")
        connection.close()
    damaged = path.read_bytes()
    said: list[str] = []
    push(path, ADA, five(0.5), NOW, said.append)
    assert latest(path, ADA, said.append)["five_hour"].used == 0.5
    (words,) = said
    (aside,) = path.parent.glob("windows.db.damaged-*")
    assert aside.name in words
    assert "was damaged" in words
    assert aside.read_bytes() == damaged


def test_reading_a_damaged_file_heals_it_too(path: Path) -> None:
    push(path, ADA, five(0.5), NOW)
    path.write_bytes(b"no database" * 1000)
    said: list[str] = []
    assert latest(path, ADA, said.append) == {}
    assert len(said) == 1
    assert latest(path, ADA, said.append) == {}
    assert len(said) == 1


def test_an_empty_file_is_a_new_one(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    said: list[str] = []
    push(path, ADA, five(0.5), NOW, said.append)
    assert (latest(path, ADA)["five_hour"].used, said) == (0.5, [])


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    push(path, ADA, five(0.5), NOW)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LedgerTooNew, match="newer"):
        push(path, ADA, five(0.6), NOW)
    with pytest.raises(LedgerTooNew):
        latest(path, ADA)
    assert path.read_bytes() == before


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="symbolic link"):
        push(path, ADA, five(0.5), NOW)
    assert not (tmp_path / "elsewhere").exists()


def test_a_place_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be opened"):
        push(tmp_path / "file" / "windows.db", ADA, five(0.5), NOW)


def test_many_writers_half_of_them_killed(path: Path) -> None:
    """Every sample of those that ended is there, and the file is sound."""
    code = Path(__file__).with_name("_windows_writer.py")
    root = str(Path(__file__).parents[2])

    def writer(number: int, times: int) -> "subprocess.Popen[bytes]":
        command = [sys.executable, str(code), str(path), f"/source/{number}", str(times)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root)

    doomed = [writer(number, 1_000_000) for number in range(6)]
    ending = [writer(number, 60) for number in range(6, 12)]
    for process in doomed:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGKILL)
    for process in ending:
        assert process.wait(60) == 0
    for process in (*doomed, *ending):
        process.wait(60)
        assert process.stdout is not None
        process.stdout.close()
    for number in range(6, 12):
        assert len(since(path, f"/source/{number}", EVER)) == 120
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert not list(path.parent.glob("*.damaged-*"))

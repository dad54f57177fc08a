"""Which of several copies counts, and for whom, one rule at a time (`claude-code-logs.md` §3 rule 4)."""

import os
from pathlib import Path

import pytest

from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import FORK, MAIN, SLUG, Line, call, text, usage

EARLY, LATE = "2026-11-18T09:00:00Z", "2026-11-19T09:00:00Z"


def put(machine: Machine, name: str, *lines: Line, mtime: int = 1_000) -> Path:
    path = machine.projects / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text(*lines))
    os.utime(path, (mtime, mtime))
    return path


def winner(machine: Machine) -> str:
    """The day of the copy that counts; the copies stand on different days to be told apart."""
    (row,) = machine.usage(by="day").rows
    return {"2026-11-18": "early", "2026-11-19": "late"}[row.key]


STEP = {"iterations": [{"type": "message"}]}
CASES = {
    "the largest sum, before iterations": (
        call(used=usage(11, 20), at=EARLY),
        call(used=usage(10, 20, **STEP), at=LATE),
    ),
    "cache counts are in the sum": (
        call(used=usage(1, 1, 500, 400), at=EARLY),
        call(used=usage(300, 300, 100, 100), at=LATE),
    ),
    "iterations, before speed": (call(used=usage(**STEP), at=EARLY), call(used=usage(speed="fast"), at=LATE)),
    "speed, before the main chain": (call(used=usage(speed="standard"), at=EARLY, side=True), call(at=LATE)),
}


@pytest.mark.parametrize("pair", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize(
    "files", [(MAIN, MAIN), (MAIN, FORK), (FORK, MAIN)], ids=["one file", "two", "two, other order"]
)
def test_the_better_copy_counts(pair: tuple[Line, Line], files: tuple[str, str], machine: Machine) -> None:
    better, worse = pair
    if files[0] == files[1]:
        put(machine, MAIN, better, worse)
    else:
        put(machine, files[0], better)
        put(machine, files[1], worse)
    assert winner(machine) == "early"


@pytest.mark.parametrize("files", [(MAIN, FORK), (FORK, MAIN)])
def test_on_a_tie_the_main_chain_counts(files: tuple[str, str], machine: Machine) -> None:
    put(machine, files[0], call(at=EARLY))
    put(machine, files[1], call(at=LATE, side=True))
    assert winner(machine) == "early"


def test_on_a_tie_the_earlier_file_counts(machine: Machine) -> None:
    put(machine, FORK, call(at=LATE))
    put(machine, MAIN, call(at=EARLY))
    assert winner(machine) == "early"


def test_of_equal_lines_in_a_file_the_last_counts(machine: Machine) -> None:
    put(machine, MAIN, call(at=EARLY), call(at=LATE))
    assert winner(machine) == "late"


def test_a_smaller_line_that_is_read_later_does_not_take_over(machine: Machine) -> None:
    path = put(machine, MAIN, call(used=usage(10, 57), at=EARLY))
    assert machine.usage().totals.tokens.output == 57
    with path.open("ab") as file:
        file.write(text(call(used=usage(10, 3), at=LATE)))
    assert machine.usage().totals.tokens.output == 57
    assert winner(machine) == "early"


def test_a_larger_line_that_is_read_later_takes_over(machine: Machine) -> None:
    path = put(machine, MAIN, call(used=usage(10, 3)))
    assert machine.usage().totals.tokens.output == 3
    with path.open("ab") as file:
        file.write(text(call(used=usage(10, 57))))
    assert machine.usage().totals.tokens.output == 57


def owner(machine: Machine) -> dict[str, int]:
    return machine.requests("session")


def test_a_call_is_its_first_lines_though_a_later_copy_counts(machine: Machine) -> None:
    put(machine, MAIN, call(used=usage(10, 1), at=EARLY))
    put(machine, f"{SLUG}/s0.jsonl", call(used=usage(10, 57), at=LATE, session="s0"))
    assert owner(machine) == {"s1": 1}
    assert winner(machine) == "late"


def test_a_copy_outside_its_sessions_own_file_is_no_original(machine: Machine) -> None:
    put(machine, f"{SLUG}/a.jsonl", call(session="s1", cwd="/copied"))
    put(machine, MAIN, call(), call("m2", "r2", at=LATE))
    assert machine.requests("project") == {"/home/ada/src/atlas": 2}


@pytest.mark.parametrize("original", ["s0", "s9"])
def test_the_session_that_went_quiet_first_is_the_original(original: str, machine: Machine) -> None:
    put(machine, f"{SLUG}/{original}.jsonl", call(session=original), mtime=9_000)
    put(machine, f"{SLUG}/s5.jsonl", call(session="s5"), call("m2", "r2", session="s5", at=LATE), mtime=1_000)
    assert owner(machine) == {original: 1, "s5": 1}


@pytest.mark.parametrize("original", ["s0", "s9"])
def test_of_two_that_are_equal_the_older_file_is_the_original(original: str, machine: Machine) -> None:
    put(machine, f"{SLUG}/{original}.jsonl", call(session=original), mtime=1_000)
    put(machine, f"{SLUG}/s5.jsonl", call(session="s5"), mtime=9_000)
    assert owner(machine) == {original: 1}


def test_how_late_a_file_went_on_is_remembered(machine: Machine) -> None:
    put(machine, f"{SLUG}/s9.jsonl", call(session="s9"))
    path = put(machine, f"{SLUG}/s0.jsonl", call(session="s0"), call("m2", "r2", session="s0", at=LATE))
    assert owner(machine) == {"s9": 1, "s0": 1}
    with path.open("ab") as file:
        file.write(text(call("m3", "r3", session="s0")))
    os.utime(path, (1, 1))
    assert owner(machine) == {"s9": 1, "s0": 2}


def test_a_file_written_over_in_place_with_as_many_bytes_is_read_again(machine: Machine) -> None:
    padding = "x" * 9_000  # longer than the beginning that is compared
    path = put(machine, MAIN, call(padding=padding), call("m2", "r2"))
    assert machine.usage().totals.requests == 2
    changed = text(call(padding=padding), call("m2", "r7"))
    assert len(changed) == path.stat().st_size
    with path.open("r+b") as file:
        file.write(changed)
    assert machine.usage().totals.requests == 3


def test_usage_on_a_users_line_is_nobodys(machine: Machine) -> None:
    put(machine, MAIN, call(), {**call("m2", "r2"), "type": "user"})
    assert machine.usage().totals.requests == 1

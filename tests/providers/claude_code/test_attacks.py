"""Files, lines, indexes and processes that mean harm: nothing hangs, nothing is lost, nothing counts twice."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stackk_tui.model.errors import StorageError
from stackk_tui.model.usage_report import UsageQuery
from stackk_tui.providers.claude_code.usage import answers
from tests.providers.claude_code.agreement import Machine
from tests.providers.claude_code.generator import MAIN, call, text, usage
from tests.providers.claude_code.readers import READERS, read_with

GOOD = text(call("good", "good"))
FOLDER = Path(MAIN).parent
DEEP = 100_000


def line(
    used: str = '{"input_tokens":1,"output_tokens":2}', at: str = '"2026-11-18T09:00:00Z"', more: str = ""
) -> bytes:
    message = f'{{"id":"m","model":"claude-opus-5-5"{more},"usage":{used}}}'
    return f'{{"type":"assistant","requestId":"r","timestamp":{at},"message":{message}}}\n'.encode()


def counts(number: str) -> bytes:
    return line(f'{{"input_tokens":{number},"output_tokens":2}}')


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine.make(tmp_path)
    (made.projects / FOLDER).mkdir()
    return made


@pytest.fixture(params=READERS)
def both_readers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    read_with(request.param, monkeypatch)


def look(machine: Machine) -> tuple[int, int, int]:
    """Gives requests, skipped lines and files; the second look must say the same."""
    first, second = (answers(machine.settings(), [UsageQuery()])[0] for _ in range(2))
    assert (second.totals, second.skipped_lines, second.files) == (
        first.totals,
        first.skipped_lines,
        first.files,
    )
    return first.totals.requests, first.skipped_lines, first.files


USED = {
    "white space around": b" \t" + line().strip() + b" \t\r\n",
    "a number as id": line(more=',"id":7'),
    "escapes in keys and ids": line().replace(b'"id":"m"', b'"\\u0069d":"\\u006d"'),
    "lone surrogates": line(more=',"model":"\\ud800","x":"\\udfff"'),
    "usage twice": line('null,"usage":{"input_tokens":1,"output_tokens":2}'),
    "moderately deep content": line(more=f',"content":{"[" * 500}{"]" * 500}'),
    "one line of 20 MB": line(more=f',"content":"{"x" * 20_000_000}"'),
    "counts as floats that are whole": counts("1e3"),
    "minus nothing": counts("-0"),
    "an exponent beyond everything": line(more=',"content":1e99999999999999999999').replace(
        b'"r"', b'"r","costUSD":1e99999999999999999999'
    ),
    "a cost of next to nothing": line().replace(b'"r"', b'"r","costUSD":1e-999999'),
    "a leap second": line(at='"2026-06-30T23:59:60Z"'),
    "nanoseconds": line(at='"2026-11-18T09:00:00.123456789-03:30"'),
}
SKIPPED = {
    "deep beyond reason": line(more=f',"content":{"[" * DEEP}{"]" * DEEP}'),
    "a count beyond reason": counts("9" * 5000),
    "a count beyond numbers": counts("1e999"),
    "a count beyond decimals": counts("1e9999999"),
    "a count beyond everything": counts("-1e99999999999999999999"),
    "not a number": counts("NaN"),
    "half a token": counts("1.5"),
    "true tokens": counts("true"),
    "a list of tokens": counts("[]"),
    "a leading zero": counts("01"),
    "more behind the object": line().strip() + b" x\n",
    "two objects": line().strip() + GOOD,
    "a trailing comma": line().replace(b"}}\n", b"},}\n"),
    "no such day": line(at='"2026-02-30T09:00:00Z"'),
    "before time": line(at='"0000-01-01T00:00:00Z"'),
    "no zone": line(at='"2026-11-18T09:00:00"'),
    "a number for a time": line(at="1795000000"),
    "wide digits": line(at='"\uff12026-11-18T09:00:00Z"'),
    "bytes that are no text": line(more=',"content":"X"').replace(b"X", b"\xff\xfe"),
}
NOTHING = {
    "no bytes": b"",
    "a line feed": b"\n",
    "NUL bytes": b"\0" * 3_000_000,
    "NUL bytes and a line feed": b"\0" * 3_000_000 + b"\n",
    "UTF-16": '{"type":"assistant"}\n'.encode("utf-16"),
    "a list": b'[{"usage":{"input_tokens":7}}]\n',
    "no JSON, no marker": b"\xff\xfe\xff\n",
}


@pytest.mark.usefixtures("both_readers")
@pytest.mark.parametrize("told", USED.values(), ids=USED)
def test_an_odd_line_that_is_usage_counts(told: bytes, machine: Machine) -> None:
    (machine.projects / MAIN).write_bytes(told + GOOD)
    assert look(machine) == (2, 0, 1)


@pytest.mark.usefixtures("both_readers")
@pytest.mark.parametrize("told", SKIPPED.values(), ids=SKIPPED)
def test_a_line_that_cannot_be_used_is_counted_and_harms_no_other(told: bytes, machine: Machine) -> None:
    (machine.projects / MAIN).write_bytes(GOOD + told + text(call("other", "other")))
    assert look(machine) == (2, 1, 1)


@pytest.mark.usefixtures("both_readers")
@pytest.mark.parametrize("told", NOTHING.values(), ids=NOTHING)
def test_a_file_without_usage_is_a_file(told: bytes, machine: Machine) -> None:
    (machine.projects / MAIN).write_bytes(GOOD)
    (machine.projects / FOLDER / "s7.jsonl").write_bytes(told)
    assert look(machine) == (1, 0, 2)


def a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jsonl")


def a_socket(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder)  # a socket's path is short
    try:
        socket.socket(socket.AF_UNIX).bind("socket.jsonl")
    finally:
        os.chdir(here)


def links_in_circles(folder: Path) -> None:
    (folder / "round").symlink_to(folder.parent)
    (folder / "self.jsonl").symlink_to("self.jsonl")
    (folder / "gone.jsonl").symlink_to("/nowhere")
    (folder / "zero.jsonl").symlink_to("/dev/zero")


def a_second_name(folder: Path) -> None:
    os.link(folder.parent / MAIN, folder / "link.jsonl")


def deep_folders(folder: Path) -> None:
    folder.joinpath(*["d"] * 150).mkdir(parents=True)


@pytest.mark.usefixtures("both_readers")
@pytest.mark.parametrize("put", [a_pipe, a_socket, links_in_circles, a_second_name, deep_folders])
def test_what_is_no_transcript_is_passed_by(put: Callable[[Path], None], machine: Machine) -> None:
    (machine.projects / MAIN).write_bytes(GOOD)
    put(machine.projects / FOLDER)
    assert look(machine) == (1, 0, 1)


@pytest.mark.usefixtures("both_readers")
def test_odd_names_are_names(machine: Machine) -> None:
    folder = machine.projects / FOLDER
    names = [b"line\nfeed.jsonl", b"\xff\xfe.jsonl", b"n" * 240 + b".jsonl", b"-rf.jsonl", b" .jsonl"]
    for number, name in enumerate(names):
        with open(bytes(folder) + b"/" + name, "wb") as file:  # noqa: PTH123  # a name that is not text
            file.write(text(call(f"m{number}", "r")))
    (folder / "folder.jsonl").mkdir()
    (folder / "folder.jsonl/inside.jsonl").write_bytes(GOOD)
    assert look(machine) == (6, 0, 6)


@pytest.mark.parametrize("mtime", [-5, 0, 2**33])
def test_times_of_files_may_be_anything(mtime: int, machine: Machine) -> None:
    path = machine.projects / MAIN
    path.write_bytes(GOOD)
    os.utime(path, (mtime, mtime))
    assert look(machine) == (1, 0, 1)
    path.write_bytes(GOOD + line())
    os.utime(path, (mtime, mtime))
    assert look(machine) == (2, 0, 1)


@pytest.mark.usefixtures("both_readers")
def test_a_file_that_cannot_be_read_is_named_and_the_others_count(machine: Machine) -> None:
    (machine.projects / MAIN).write_bytes(GOOD)
    path = machine.projects / FOLDER / "broken.jsonl"
    if Path("/proc/self/mem").exists():  # it opens, and gives an error when it is read, even to root
        path.symlink_to("/proc/self/mem")
    else:
        path.touch(mode=0)
    report = answers(machine.settings(), [UsageQuery()])[0]
    assert report.totals.requests == 1
    assert any("cannot be read" in words and "broken.jsonl" in words for words in report.warnings)


def damaged(index: Path, chance: random.Random) -> bytes:
    """Turns bits where each page says what is on it: a number that was turned into another is just a number."""
    content = bytearray(index.read_bytes())
    size = int.from_bytes(content[16:18])
    for page in range(0, len(content), size):
        for _ in range(20):
            content[(page or 100) + chance.randrange(60)] ^= 1 + chance.randrange(255)
    return bytes(content)


DAMAGE: dict[str, Callable[[Path], bytes]] = {
    "garbage": lambda index: random.Random(1).randbytes(9000),
    "cut off": lambda index: index.read_bytes()[: index.stat().st_size // 2],
    **{f"bits turned {n}": (lambda index, n=n: damaged(index, random.Random(n))) for n in range(4)},
    "a column that has another name": lambda index: index.read_bytes().replace(b"roots TEXT", b"rXXts TEXT"),
    "a schema that is no text": lambda index: index.read_bytes().replace(
        b"searches INTEGER", b"sea\xb1\xb1hes INTEG\xb1R"
    ),
    "of somebody else": lambda index: b"{}",
}


@pytest.mark.parametrize("harm", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_index_is_made_anew(harm: Callable[[Path], bytes], machine: Machine) -> None:
    for number in range(60):
        path = machine.projects / f"-p{number}/s{number}.jsonl"
        path.parent.mkdir()
        path.write_bytes(text(*(call(f"m{number}-{n}", "r", session=f"s{number}") for n in range(9))))
    assert look(machine) == (540, 0, 60)
    index = machine.settings().paths.claude_code_index
    content = harm(index)
    for path in index.parent.glob(index.name + "-*"):
        path.unlink()
    index.write_bytes(content)
    assert look(machine) == (540, 0, 60)


def test_an_index_in_whose_place_something_else_stands_is_said(machine: Machine, tmp_path: Path) -> None:
    (machine.projects / MAIN).write_bytes(GOOD)
    index = machine.settings().paths.claude_code_index
    index.mkdir(parents=True)
    with pytest.raises(StorageError):
        look(machine)
    index.rmdir()
    index.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError):
        look(machine)
    assert not (tmp_path / "elsewhere").exists()


COMMAND = [sys.executable, "-m", "stackk_tui", "usage", "--json", "--by", "session"]


@pytest.fixture
def busy(machine: Machine) -> Machine:
    """Enough to read that other processes help."""
    chance = random.Random(3)
    for number in range(24):
        path = machine.projects / f"-p{number % 5}/s{number}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(
            text(
                *(
                    call(
                        f"m{number if chance.random() < 0.9 else 0}-{n}",
                        "r",
                        session=f"s{number}",
                        used=usage(chance.randrange(9), chance.randrange(900)),
                        content="x" * 60_000,
                    )
                    for n in range(16)
                )
            )
        )
    return machine


def start(machine: Machine, home: str) -> subprocess.Popen[str]:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(machine.folder / "home"),
        "STACKK_HOME": str(machine.folder / home),
        "TZ": "UTC",
    }
    pipe = subprocess.PIPE
    return subprocess.Popen(COMMAND, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def answer(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_killed_at_any_moment_nothing_is_lost_and_nothing_counts_twice(busy: Machine) -> None:
    truth = answer(start(busy, "truth"))
    assert (truth[0], truth[2]) == (0, "")
    assert json.loads(truth[1])["totals"]["requests"] > 300
    chance = random.Random(4)
    for number in range(5):
        home = f"killed{number}"
        process = start(busy, home)
        try:
            process.wait(0.02 + 0.2 * chance.random())
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        assert answer(start(busy, home)) == truth


def test_several_at_once_say_the_same(busy: Machine) -> None:
    truth = answer(start(busy, "truth"))
    together = [start(busy, "shared") for _ in range(4)]
    assert [answer(process) for process in together] == [truth] * 4

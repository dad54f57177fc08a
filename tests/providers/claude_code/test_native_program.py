"""Whatever becomes of the compiled program, the figures are exact, nothing hangs and nothing is left behind."""

import errno
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from struct import Struct, pack

import pytest

import stackk_tui
from stackk_tui.commands.doctor_checks import machine_checks
from stackk_tui.config import Settings
from stackk_tui.model.errors import OperationCancelled
from stackk_tui.providers.claude_code import native
from stackk_tui.providers.claude_code.slots import Shapes
from tests.providers.claude_code.agreement import Machine
from tests.providers.claude_code.generator import FORK, MAIN, call, text
from tests.providers.claude_code.mutations import ordinary
from tests.providers.claude_code.readers import COMPILER, needs_the_program

ROOT = Path(stackk_tui.__file__).parents[2]
SOURCES = Path("src/stackk_tui/providers/claude_code/compiled")
REAL = native.PROGRAM


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    from stackk_tui.providers.claude_code import pool

    monkeypatch.setattr(pool, "NATIVE", -1)
    made, chance = Machine.make(tmp_path / "machine"), random.Random(5)
    for name in (MAIN, FORK, *(f"-p{number}/s{number}.jsonl" for number in range(30))):
        path = made.projects / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(ordinary(chance))
    return made


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | bytes], Path]:
    """Puts another program, or a shell script, in the place of the real one."""

    def place(content: str | bytes) -> Path:
        path = tmp_path / "program"
        path.write_bytes(content if isinstance(content, bytes) else f"#!/bin/sh\n{content}\n".encode())
        path.chmod(0o755)
        monkeypatch.setattr(native, "PROGRAM", str(path))
        return path

    return place


def handles() -> set[str]:
    return {path.name for path in Path("/dev/fd").iterdir() if path.exists()}


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Every process that was started has ended and was waited for, and no handle stays open."""
    started: list[int] = []
    spawn = os.posix_spawn

    def recorded(*words: object, **more: object) -> int:
        started.append(spawn(*words, **more))  # type: ignore[arg-type]
        return started[-1]

    monkeypatch.setattr(os, "posix_spawn", recorded)
    before = handles()
    yield started
    for pid in started:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    assert handles() <= before


SAYS = {
    "nothing, and ends": "exit 0",
    "nothing, and fails": "exit 3",
    "nothing, and breaks": "kill -SEGV $$",
    "nothing, and stays silent about what it heard": "cat >/dev/null",
    "garbage": "cat >/dev/null; echo garbage",
    "garbage without an end": "while :; do echo garbage || exit; done",
    "frames of nothing without an end": r"while :; do printf '\0\0\0\0\0\0\0\0' || exit; done",
}  # fmt: skip


@pytest.mark.parametrize("script", SAYS.values(), ids=SAYS)
def test_one_that_says(script: str, put: Callable[[str | bytes], Path], machine: Machine) -> None:
    put(script)
    machine.check(random.Random(0), 6)


def frame(*results: bytes) -> bytes:
    together = b"".join(results)
    return pack("=Q", len(together)) + together


def result(
    number: int, status: int = 0, section: int = 0, content: bytes = b"", length: int | None = None
) -> bytes:
    """A result as the program tells it (`tell.h`), with one section."""
    lengths = [0] * 10
    lengths[section] = len(content) if length is None else length
    return pack("=17Q", number, status, 0, 0, 0, 0, 0, *lengths) + content


KEYS, HOWS, WHOS, SUMS = 3, 7, 8, 9
TELLS = {
    "a frame that is garbage": frame(b"garbage!!"),
    "a frame that is cut": frame(result(0))[:-1],
    "a frame longer than memory": pack("=Q", 2**63) + result(0),
    "a result that is cut": frame(result(0)[:-1]),
    "an error no system has": frame(result(0, 2**64 - 1)),
    "a file nobody asked for": frame(result(10**6)),
    "a section that ends behind its frame": frame(result(0, length=1)),
    "a section longer than memory": frame(result(0, length=2**64 - 2)),
    "keys that are no text": frame(result(0, section=KEYS, content=b"\xff")),
    "half a how": frame(result(0, section=HOWS, content=b"model\0fast")),
    "half a who": frame(result(0, section=WHOS, content=b"/a")),
    "a folder that is no JSON": frame(result(0, section=WHOS, content=b"\\x\0s1")),
    "half a sum": frame(result(0, section=SUMS, content=b"\0" * 100)),
    "a sum of nobody": frame(result(0, section=SUMS, content=b"\0" * 104)),
}


@pytest.mark.parametrize("told", TELLS.values(), ids=TELLS)
def test_one_that_tells(
    told: bytes, put: Callable[[str | bytes], Path], machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "told").write_bytes(told)
    put(f"cat >/dev/null; cat {tmp_path}/told")
    machine.check(random.Random(0), 6)


def test_none_is_there(machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(native, "PROGRAM", str(tmp_path / "nowhere"))
    assert not native.is_built()
    machine.check(random.Random(0), 6)


OTHERS = {
    "an empty file": b"",
    "garbage": random.Random(1).randbytes(4000),
    "for another machine": b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x02\x00\xf3\x00" + b"\0" * 40,
    "cut off": b"\x7fELF",
    "for an interpreter that is not there": b"#!/nowhere/at/all\n",
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_one_that_does_not_run(content: bytes, put: Callable[[str | bytes], Path], machine: Machine) -> None:
    put(content)
    machine.check(random.Random(0), 6)


def test_one_that_may_not_run(put: Callable[[str | bytes], Path], machine: Machine) -> None:
    put("exit 0").chmod(0o644)
    assert not native.is_built()
    machine.check(random.Random(0), 6)


def test_a_folder_in_its_place(machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(native, "PROGRAM", str(tmp_path))
    machine.check(random.Random(0), 6)


@needs_the_program
@pytest.mark.parametrize("size", [0, 5, 8, 100, 5_000, 20_000])
@pytest.mark.parametrize("end", ["exit 0", "kill -KILL $$"])
def test_the_real_one_ends_in_the_middle(
    size: int, end: str, put: Callable[[str | bytes], Path], machine: Machine
) -> None:
    put(f"{REAL} | {{ head -c {size}; {end}; }}; {end}")
    machine.check(random.Random(0), 6)


@needs_the_program
@pytest.mark.parametrize("place", [0, 8, 9, 20, 100, 150, 300, 4_300, 6_000])
def test_the_real_one_says_something_else_somewhere(
    place: int, put: Callable[[str | bytes], Path], tmp_path: Path
) -> None:
    """What cannot be understood is not taken; nothing breaks (it is trusted to say what it means)."""
    put(rf"{REAL} | {{ head -c {place}; printf '\301\301\301'; cat; }}")
    path = tmp_path / "one.jsonl"
    path.write_bytes(text(*(call(f"m{number}", "r") for number in range(60))))
    jobs = [(0, str(path), "-slug", "home", 0, path.stat().st_size, None)]
    assert list(native.read(jobs, Shapes({}))) == []  # it was one frame, and it is not what it was


@pytest.mark.parametrize("files", [1, 4_000])
@pytest.mark.parametrize(
    "script", ["tail -f /dev/null <&-", "cat >/dev/null; tail -f /dev/null", "kill -STOP $$"]
)
def test_one_that_hangs_is_left_when_it_is_asked_to_stop(
    files: int, script: str, put: Callable[[str | bytes], Path]
) -> None:
    """Also one that does not listen, while more is to be told than a pipe holds."""
    put(f"exec {script}" if script.startswith("tail") else script)
    stop = threading.Event()
    timer = threading.Timer(0.1, stop.set)
    timer.start()
    jobs = [(number, "/" + "n" * 900, "-slug", "home", 0, 10, None) for number in range(files)]
    with pytest.raises(OperationCancelled):
        list(native.read(jobs, Shapes({}), stop))
    timer.join()


@needs_the_program
def test_who_stops_listening_ends_it(tmp_path: Path, nothing_is_left: list[int]) -> None:
    jobs = []
    for number in range(200):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(text(*(call(f"m{number}-{each}", "r") for each in range(90))))
        jobs.append((number, str(path), "-slug", "home", 0, path.stat().st_size, None))
    results = native.read(jobs, Shapes({}))
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert len(nothing_is_left) == 1


def order(*jobs: bytes, size: int | None = None, threads: int = 1, together: int = 0) -> bytes:
    """What the program is told first (`main.c`): no thresholds, and some jobs."""
    content = b"".join(jobs)
    return pack("=QQQQ", threads, 0, together, len(content) if size is None else size) + content


def job(number: int, offset: int, length: int, path: bytes) -> bytes:
    return pack("=QQQ", number, offset, length) + path


ORDERS = {
    "nothing": b"",
    "half a number": b"\1\0\0",
    "no thresholds": pack("=Q", 2),
    "fewer thresholds than it says": pack("=QQQ", 2, 2, 1),
    "thresholds beyond reason": pack("=QQ", 2, 65) + b"\0" * 8 * 67,
    "thresholds beyond numbers": pack("=QQ", 2, 2**64 - 1),
    "not whether together": pack("=QQ", 2, 0),
    "not how many jobs": pack("=QQQ", 2, 0, 0),
    "fewer jobs than it says": order(job(0, 0, 3, b"/a\0"), size=40),
    "more jobs than memory": order(job(0, 0, 3, b"/a\0"), size=2**63),
    "a path longer than the order": order(job(0, 0, 9, b"/a\0")),
    "a path longer than memory": order(job(0, 0, 2**64 - 1, b"/a\0")),
    "a path of nothing": order(job(0, 0, 0, b"")),
    "a path without an end": order(job(0, 0, 2, b"/a")),
    "half a job": order(pack("=QQ", 0, 0)),
}


@needs_the_program
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_an_order_that_is_none_is_refused(order: bytes) -> None:
    done = subprocess.run([REAL], input=order, capture_output=True, env={}, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")


FACTS = {
    "none": b"",
    "half of them": b"\0" * 12,
    "a home longer than the order": pack("=QQQQ", 0, 0, 9, 0),
    "an agent longer than memory": pack("=QQQQ", 0, 1, 0, 2**64 - 1),
    "more of them than jobs": pack("=QQQQ", 0, 0, 0, 0) * 2,
    "neither an agent's nor not": pack("=QQQQ", 0, 2, 0, 0),
}


@needs_the_program
@pytest.mark.parametrize("facts", FACTS.values(), ids=FACTS)
def test_files_it_knows_too_little_of_are_not_told_together(facts: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(text(call("m1", "r1")))
    name = os.fsencode(path) + b"\0"
    told = order(job(0, 0, len(name), name), together=1) + facts
    done = subprocess.run([REAL], input=told, capture_output=True, env={}, timeout=20, check=False)
    statuses = [each[:2] for each in heads(done.stdout)]
    assert statuses == [(0, BRIEFLY), (0, LATER)]


BRIEFLY, LATER = 2 << 32, 3 << 32


def heads(answer: bytes) -> list[tuple[int, ...]]:
    """Gives the heads of all results."""
    head, found = Struct("=17Q"), []
    while answer:
        end, at = 8 + int.from_bytes(answer[:8], sys.byteorder), 8
        while at < end:
            found.append(head.unpack_from(answer, at))
            at += head.size + sum(length for length in found[-1][7:] if length < 2**63)
        answer = answer[end:]
    return found


@needs_the_program
def test_it_does_no_more_threads_and_no_other_files_than_it_should(tmp_path: Path) -> None:
    """Threads beyond reason are few, and a path may be anything."""
    file = tmp_path / "file"
    file.touch()
    names = (b"", b"/", b"\xff", os.fsencode(file), b"n" * 70_000)
    jobs = [job(n, 2**64 - 1, len(name) + 1, name + b"\0") for n, name in enumerate(names)]
    many = order(*jobs, threads=2**64 - 1)
    done = subprocess.run([REAL], input=many, capture_output=True, env={}, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    told = {number: status for number, status, *_ in heads(done.stdout)}
    assert told[0] == told[2] == errno.ENOENT
    assert told[1] == errno.EISDIR
    assert told[3] == errno.EINVAL  # no file has such a place
    assert told[4] == errno.ENAMETOOLONG


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows a process's environment and handles")
def test_it_is_told_its_order_and_nothing_else(
    put: Callable[[str | bytes], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No variable, no argument, none of our handles."""
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", "sk-ant-admin01-secret")
    seen = tmp_path / "seen"
    environ, arguments = "tr '\\0' '\\n' </proc/$$/environ", "tr '\\0' '\\n' </proc/$$/cmdline"
    program = put(f"{{ {environ}; {arguments}; ls /proc/$$/fd; }} >{seen}")
    ours = os.open(tmp_path, os.O_RDONLY)
    os.dup2(ours, 777, inheritable=False)
    try:
        assert list(native.read([(0, "/nowhere", "-slug", "home", 0, 10, None)], Shapes({}))) == []
    finally:
        os.close(ours)
        os.close(777)
    words = seen.read_text().split()
    assert [word for word in words if not word.isdecimal()] == ["/bin/sh", str(program)]
    assert {"0", "1", "2"} <= set(words)
    assert "777" not in words


@pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine: there is nothing to build")
def test_the_program_that_is_installed_is_built_of_these_sources(tmp_path: Path) -> None:
    """Fails where there is a compiler and no program, or one of older sources."""
    from hatch_build import PROGRAM, build

    assert native.is_built(), "python hatch_build.py"
    shutil.copytree(ROOT / SOURCES, tmp_path / SOURCES, ignore=shutil.ignore_patterns("read-transcripts*"))
    assert build(tmp_path)
    assert (tmp_path / PROGRAM).stat().st_mode & 0o777 == 0o755
    assert (tmp_path / PROGRAM).read_bytes() == Path(REAL).read_bytes(), (
        "older than its sources: python hatch_build.py"
    )


@needs_the_program
@pytest.mark.skipif(sys.platform != "linux", reason="what it looks at is how Linux programs are made")
def test_it_is_built_hardened() -> None:
    program = Path(REAL).read_bytes()
    assert program[:4] == b"\x7fELF"
    assert int.from_bytes(program[16:18], sys.byteorder) == 3  # it may be loaded anywhere
    assert b"__stack_chk_fail" in program


@needs_the_program
def test_doctor_says_who_reads(
    settings: Callable[..., Settings], put: Callable[[str | bytes], Path], tmp_path: Path
) -> None:
    """Not who is installed: one built for another machine does not read."""

    def said() -> str:
        return next(check.value for check in machine_checks(settings()) if check.id == "transcripts")

    assert said() == "by the compiled reader"
    put(OTHERS["for another machine"])
    assert said().startswith("by the plain reader: slower, with the same figures")


@pytest.mark.parametrize("compiler", ["/nowhere/cc", "false"])
def test_without_a_compiler_that_works_an_older_program_does_not_stay(
    compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hatch_build import PROGRAM, build

    (tmp_path / SOURCES).mkdir(parents=True)
    (tmp_path / PROGRAM).write_bytes(b"an older one")
    monkeypatch.setenv("CC", compiler)
    assert not build(tmp_path)
    assert list((tmp_path / SOURCES).iterdir()) == []

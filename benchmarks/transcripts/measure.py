"""One run of a command: how long from start to exit, or how much memory its whole process tree held."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_EVERY = 0.002
CAN_SEE_MEMORY = sys.platform == "linux"


class Failed(RuntimeError):
    """A contestant gave up; the words are its own."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, with nothing of the caller's environment but `PATH`."""

    words: Sequence[str]
    env: Mapping[str, str]
    out: Path
    """Where its output goes: a real file, as grep and others do less work for /dev/null."""

    def start(self) -> subprocess.Popen[bytes]:
        env = {"PATH": os.environ.get("PATH", os.defpath), **self.env}
        errors = self.out.with_suffix(".err")
        with self.out.open("wb") as out, errors.open("wb") as err:
            return subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env)

    def check(self, code: int) -> None:
        """Raises Failed if the command did."""
        if code:
            words = self.out.with_suffix(".err").read_text(errors="replace").strip()
            raise Failed(f"{self.words[0]} ended with {code}: {words[-300:]}")


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds: on the wall from start to exit, and of the processors, with those of its children."""

    wall: float
    cpu: float


def run_once(command: Command) -> Took:
    """Runs it to its end. Raises Failed."""
    started = time.perf_counter()
    process = command.start()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)  # else Popen would wait for it again
    command.check(process.returncode)
    return Took(wall, used.ru_utime + used.ru_stime)


def peak_bytes(command: Command) -> int:
    """Gives the most memory that the process and all its descendants held together. Raises Failed.

    The sum of their proportional set sizes (a page shared by two counts once), looked at every 2 ms: the same
    way for everybody, and a short peak may be missed for everybody. Not for timing. Linux only.
    """
    process = command.start()
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_held, _tree(process.pid))))
        time.sleep(_EVERY)
    command.check(process.returncode)
    return peak


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                for child in (task / "children").read_text().split():
                    yield from _tree(int(child))


def _held(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0  # it has just ended

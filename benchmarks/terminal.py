"""A program on a pseudo-terminal: when a text first appears, how much it writes, how much CPU it takes."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

COLUMNS, LINES = 120, 36
LONGEST = 30.0


@dataclass(slots=True)
class Terminal:
    pid: int
    fd: int
    started: float
    seen: bytes = b""

    @classmethod
    def start(cls, command: Sequence[str], env: Mapping[str, str]) -> "Terminal":
        started = time.perf_counter()
        pid, fd = pty.fork()
        if pid == 0:
            os.execvpe(command[0], list(command), {**os.environ, "TERM": "xterm-256color", **env})
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        return cls(pid, fd, started)

    def wait_for(self, text: str) -> float:
        """Gives the milliseconds from the start until `text` was written."""
        while text.encode() not in self.seen:
            if not self._read(LONGEST):
                raise TimeoutError(f"{text!r} did not appear in {LONGEST:.0f} s")
        return (time.perf_counter() - self.started) * 1000

    def bytes_during(self, seconds: float) -> int:
        """Gives how many bytes it writes in that time."""
        before, end = len(self.seen), time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)
        return len(self.seen) - before

    def press(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def cpu_seconds(self) -> float:
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:  # noqa: PTH123
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:  # noqa: PTH123
            line = next(line for line in status if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def _read(self, timeout: float) -> bool:
        ready, _, _ = select.select([self.fd], [], [], timeout)
        if not ready:
            return False
        try:
            self.seen += os.read(self.fd, 65536)
        except OSError:
            return False
        return True

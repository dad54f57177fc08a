"""A program on a real pseudo-terminal, and what its screen shows."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

PATIENCE = 60.0
"""Seconds until something that should appear is called missing."""

_SEQUENCE = re.compile(
    r"\x1b\[(?P<private>[?<=>]?)(?P<numbers>[0-9;:]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\)"
    r"|\x1b(?![\[\]PX^_])[ -/]*[0-~]",
    re.DOTALL,
)


class Screen:
    """What a terminal of this size shows after these bytes: text, cursor moves and erasing; no colours."""

    def __init__(self, columns: int, lines: int) -> None:
        self.columns, self.height = columns, lines
        self.cells = [[" "] * columns for _ in range(lines)]
        self.row = self.column = 0
        self._rest = ""

    def feed(self, text: str) -> None:
        text = self._rest + text
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                self._put(text[at])
                at += 1
                continue
            found = _SEQUENCE.match(text, at)
            if found is None:
                break  # cut in the middle: the rest is still to come
            self._obey(found)
            at = found.end()
        self._rest = text[at:]

    def lines(self) -> list[str]:
        return ["".join(row).rstrip() for row in self.cells]

    def text(self) -> str:
        return "\n".join(self.lines())

    def _put(self, char: str) -> None:
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self.row = min(self.row + 1, self.height - 1)
        elif char == "\b":
            self.column = max(0, self.column - 1)
        elif char >= " ":
            if self.column < self.columns:
                self.cells[self.row][self.column] = char
            self.column += 1

    def _obey(self, found: re.Match[str]) -> None:
        final, private = found["final"], found["private"]
        if final is None or private:
            return
        numbers = [int(n) if n else 0 for n in (found["numbers"] or "").replace(":", ";").split(";")]
        first = max(1, numbers[0])
        if final in "Hf":
            second = max(1, numbers[1]) if len(numbers) > 1 else 1
            self.row, self.column = min(first, self.height) - 1, min(second, self.columns) - 1
        elif final == "A":
            self.row = max(0, self.row - first)
        elif final == "B":
            self.row = min(self.height - 1, self.row + first)
        elif final == "C":
            self.column = min(self.columns - 1, self.column + first)
        elif final == "D":
            self.column = max(0, self.column - first)
        elif final == "G":
            self.column = first - 1
        elif final == "J" and numbers[0] == 2:
            self.cells = [[" "] * self.columns for _ in range(self.height)]
        elif final == "K":
            self.cells[self.row][self.column :] = [" "] * (self.columns - self.column)


class Terminal:
    """Starts a program on a pty; use it in a `with`, so that no process is left behind."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], *, columns: int = 80, lines: int = 24
    ) -> None:
        self.screen = Screen(columns, lines)
        self.raw = b""
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self.status: int | None = None
        parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.pid = os.fork()
        if self.pid == 0:  # pragma: no cover - becomes the program
            os.close(parent)
            os.login_tty(child)
            os.execvpe(command[0], list(command), {"TERM": "xterm-256color", **env})
        os.close(child)
        self.fd = parent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def press(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def wait_for(self, text: str, *, gone: bool = False) -> None:
        """Waits until the screen shows `text`, or until it is gone."""
        self.wait_until(lambda screen: (text in screen) is not gone, f"{text!r} {'to go' if gone else ''}")

    def wait_until(self, holds: Callable[[str], bool], what: str = "it") -> None:
        end = time.monotonic() + PATIENCE
        while not holds(self.screen.text()):
            left = end - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"waited in vain for {what}; the screen shows\n{self.screen.text()}")

    def settle(self, quiet: float = 0.4) -> None:
        """Reads until nothing has been written for that long."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._read(quiet):
            pass

    def bytes_during(self, seconds: float) -> int:
        """Gives how many bytes are written in that time."""
        before, end = len(self.raw), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and (self._read(left) or time.monotonic() < end):
            pass
        return len(self.raw) - before

    def kill(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def exit_code(self) -> int:
        """Waits for the end and gives the exit code; minus the signal's number if one ended it."""
        end = time.monotonic() + PATIENCE
        while self.status is None:
            self._read(0.05)
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                raise AssertionError(f"it did not end; the screen shows\n{self.screen.text()}")
        while self._read(0):
            pass
        return self.status

    def _read(self, timeout: float) -> bool:
        ready, _, _ = select.select([self.fd], [], [], timeout)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the program has closed its side
            return False
        self.raw += data
        self.screen.feed(self._decoder.decode(data))
        return bool(data)

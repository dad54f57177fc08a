"""A person at a command that waits for a sign-in: reads what it says, opens pages, pastes."""

import io
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from stackk_tui.cli import main
from tests.cli.conftest import PROGRAM, Cli, Ran
from tests.console import browse

ADD = ("add", "anthropic", "--method", "oauth", "--no-browser")
ANT = ("add", "anthropic", "--method", "ant")
PATIENCE = 20.0


def shorten_sign_in(cli: Cli) -> None:
    """A test that goes wrong ends, too."""
    cli.monkeypatch.setattr("stackk_tui.providers.anthropic.oauth.SIGN_IN_TIME", timedelta(seconds=PATIENCE))


class Person:
    """What somebody sees on stderr and can do on stdin, from a thread beside the command."""

    def __init__(self, stdin: int) -> None:
        self.said = ""
        self._stdin: int | None = stdin
        self._heard: queue.Queue[str] = queue.Queue()

    def hear(self, text: str) -> None:
        self._heard.put(text)

    def read_until(self, pattern: str) -> "re.Match[str]":
        while not (found := re.search(pattern, self.said, re.MULTILINE)):
            self.said += self._heard.get(timeout=PATIENCE)
        return found

    @property
    def address(self) -> str:
        """Alone on its line, as it is printed."""
        found = self.read_until(r"^(https?://\S+)\n").group(1)
        self.read_until(r"minutes at most\.\n")
        return found

    def paste(self, text: str, end: str = "\n") -> None:
        assert self._stdin is not None
        os.write(self._stdin, f"{text}{end}".encode())

    def eof(self) -> None:
        if self._stdin is not None:
            os.close(self._stdin)
            self._stdin = None


class _Stderr(io.StringIO):
    def __init__(self, person: Person) -> None:
        super().__init__()
        self._person = person

    def write(self, text: str) -> int:
        self._person.hear(text)
        return super().write(text)


@dataclass(slots=True)
class Door:
    """`door(act)` runs `add` in this process while `act(person)` runs beside it."""

    cli: Cli

    def __call__(self, act: Callable[[Person], object], *words: str, command: tuple[str, ...] = ADD) -> Ran:
        read_end, write_end = os.pipe()
        person = Person(write_end)
        stderr, stdout, trouble = _Stderr(person), io.StringIO(), []

        def acting() -> None:
            try:
                act(person)
            except BaseException as error:  # noqa: BLE001  told to the test below
                trouble.append(error)

        beside = threading.Thread(target=acting, daemon=True)
        with self.cli.monkeypatch.context() as patch:
            for name in list(os.environ):
                patch.delenv(name)
            for name, value in self.cli.env.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", os.fdopen(read_end, encoding="utf-8"))
            patch.setattr(sys, "stdout", stdout)
            patch.setattr(sys, "stderr", stderr)
            beside.start()
            code = main([*command, *words])
            beside.join(PATIENCE)
            person.eof()
        assert not trouble, (trouble, stderr.getvalue())
        return Ran(code, stdout.getvalue(), stderr.getvalue())

    def by_listener(self, *words: str) -> Ran:
        """Signs in as most people do."""
        return self(lambda person: browse(person.address), "--json", *words)


@dataclass(slots=True)
class Process:
    """The same as a process of its own."""

    cli: Cli
    process: "subprocess.Popen[str]" = field(init=False)
    said: str = ""

    def begin(self, *words: str, stdin: int = subprocess.PIPE) -> str:
        """Gives the address."""
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [*PROGRAM, *ADD, *words], stdin=stdin, stdout=pipe, stderr=pipe, text=True, env=self.cli.env
        )
        assert self.process.stderr is not None
        while "minutes at most" not in self.said:
            line = self.process.stderr.readline()
            assert line, self.said
            self.said += line
        found = re.search(r"^(https?://\S+)\n", self.said, re.MULTILINE)
        assert found
        return found.group(1)

    def end(self, paste: str = "") -> Ran:
        text = f"{paste}\n" if self.process.stdin is not None else None
        out, err = self.process.communicate(text, timeout=PATIENCE)
        return Ran(self.process.returncode, out, self.said + err)

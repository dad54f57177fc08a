"""Turns everything that can go wrong into an exit code and one to three lines on stderr (DESIGN §4, §5).

Imports only what a command has already paid for: `--help` and the first paint pass through here.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as typing has it, which takes longer to import than this module to run
if TYPE_CHECKING:
    from collections.abc import Callable

GOOD, FAILED, USAGE, SIGN_IN, PARTLY = 0, 1, 2, 3, 4
INTERRUPTED = 128 + 2
BROKEN_PIPE = 128 + 13


class UsageError(Exception):
    """A command line that cannot be run; the lines say what to give instead."""

    def __init__(self, *lines: str) -> None:
        super().__init__(lines[0])
        self.lines = list(lines)


def guarded(run: Callable[[], int]) -> int:
    """Runs a command and gives its exit code."""
    if sys.stdout is None:  # closed before we began: what is printed goes nowhere, the rest is done
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    try:
        code = _ended(run)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001  # the last net: a person gets lines, never a traceback
        return _explain(error)
    return code


def _ended(run: Callable[[], int]) -> int:
    try:
        return run()
    except SystemExit as done:  # argparse has shown its help
        return done.code if isinstance(done.code, int) else GOOD


def complain(lines: list[str]) -> None:
    """Writes one to three lines to stderr, without control characters and without anything like a key."""
    from stackk_tui.model.text import clean

    if sys.stderr is None:  # closed before we began: the exit code still speaks
        return
    try:
        for line in lines[:3]:
            sys.stderr.write(f"{hide_keys(clean(line, 400))}\n")
        sys.stderr.flush()
    except (OSError, ValueError):  # stderr is closed: the exit code still speaks
        return


def hide_keys(text: str) -> str:
    """Gives `text` with everything that looks like a key or token blotted out; words stay whole."""
    import re

    return re.sub(r"\b(sk-|sbp_|vcp_|eyJ|Bearer\s+)[A-Za-z0-9_.+/=-]{6,}", r"\1[hidden]", text)


def _explain(error: Exception) -> int:
    from stackk_tui.config import ConfigError
    from stackk_tui.model.errors import StackkError

    if isinstance(error, UsageError):
        complain(error.lines)
        return USAGE
    if isinstance(error, StackkError):
        complain(error.lines())
        return error.exit_status
    if isinstance(error, ConfigError):
        complain([str(error)])
        return USAGE
    if isinstance(error, OSError):
        complain([f"The system refused: {error.strerror or type(error).__name__}."])
        _drop_unwritten()
        return FAILED
    complain(_internal(error))
    return FAILED


def _internal(error: Exception) -> list[str]:
    """Only the kind of error and the place: a message or a local may hold what must not be shown."""
    name = f"{type(error).__name__} {error.name}" if isinstance(error, ImportError) else type(error).__name__
    what = f"An internal error stopped this command: {name}."
    if os.environ.get("STACKK_DEBUG") != "1":
        return [what, "Run it again with STACKK_DEBUG=1 to see where."]
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    return [what, "At " + " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-6:]))]


def _drop_unwritten() -> None:
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        _silence_stdout()


def _silence_stdout() -> None:
    """Python flushes stdout once more at exit; let that go nowhere."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return

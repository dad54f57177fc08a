"""Lines pasted on standard input while something else is waited for; nothing of them is shown or kept."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_MOST = 64 * 1024


class PastedLines:
    """Reads in a daemon thread, so that a program that ends does not wait for a line that never comes."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        threading.Thread(target=self._read, daemon=True, name="pasted lines").start()

    async def next(self) -> str | None:
        """Gives the next line that is not empty; None when no more can come."""
        return await self._lines.get()

    def _read(self) -> None:
        with suppress(OSError, ValueError):  # closed, or nobody's terminal any more
            for line in _lines():
                self._put(line)
        self._put(None)

    def _put(self, line: str | None) -> None:
        with suppress(RuntimeError):  # the loop is gone
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)


def _lines() -> Iterator[str]:
    rest = b""
    while piece := _piece():
        rest += piece
        *whole, rest = rest.replace(b"\r", b"\n").split(b"\n")
        rest = rest[-_MOST:]
        yield from (text for line in whole if (text := _text(line)))
    if text := _text(rest):
        yield text


def _piece() -> bytes:
    if sys.stdin is None:
        return b""
    try:
        descriptor = sys.stdin.fileno()
    except (OSError, ValueError):  # no file, e.g. text handed over by a program that embeds us
        return sys.stdin.buffer.read(_MOST)
    return os.read(
        descriptor, _MOST
    )  # not the buffered stream: its lock would hold up the end of the program


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip()


@contextmanager
def without_echo() -> Iterator[None]:
    """Shows nothing of what is typed on a terminal for the block: an answer holds a code."""
    if sys.stdin is None or not sys.stdin.isatty():
        yield
        return
    try:
        import termios
    except ImportError:  # Windows
        yield
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    quiet = [*before]
    quiet[3] = before[3] & ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

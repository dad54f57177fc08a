"""Handing stdin on to the command that stood in the settings before, and its output to stdout."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from time import monotonic

_MOST_OUTPUT = 256 * 1024


def hand_on(command: str, data: bytes, seconds: float) -> None:
    """Runs `command` by the shell, in a process group of its own, with `data` on its stdin. What it prints
    follows our line, its stderr is ours. After `seconds` it and all it started are killed; what it has
    printed by then stands. Never raises but for a signal, which ends it too.
    """
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
        )
    except (OSError, ValueError):  # no shell, no process, a NUL in it
        return
    until, ended = monotonic() + seconds, False
    try:
        with _ended_by_signals():
            if _pump(process, data, until):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, until - monotonic()))
                    ended = True  # what it left behind on purpose, such as its own refresh, goes on
    finally:
        if not ended:
            with contextlib.suppress(OSError):  # the group has ended
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _pump(process: "subprocess.Popen[bytes]", data: bytes, until: float) -> bool:
    """Gives whether it has printed all it wanted to."""
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None
    assert stdout is not None
    left, printed = memoryview(data), 0
    with stdin, stdout, selectors.DefaultSelector() as selector:
        os.set_blocking(stdin.fileno(), False)
        selector.register(stdin, selectors.EVENT_WRITE)
        selector.register(stdout, selectors.EVENT_READ)
        while printed < _MOST_OUTPUT and (wait := until - monotonic()) > 0:
            for key, _ in selector.select(wait):
                if key.fileobj is stdout:
                    piece = os.read(stdout.fileno(), 65_536)
                    if not piece:
                        return True
                    printed += len(piece)
                    if not _put(piece):
                        return False
                else:
                    left = _fed(stdin.fileno(), left)
                    if not left:
                        selector.unregister(stdin)
                        stdin.close()
    return False


def _fed(handle: int, left: memoryview) -> memoryview:
    """Gives what is still to be written; nothing when it does not want it."""
    try:
        return left[os.write(handle, left[:65_536]) :] if left else left
    except BlockingIOError:
        return left
    except OSError:
        return left[:0]


def _put(piece: bytes) -> bool:
    try:
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except (OSError, ValueError, AttributeError):  # nobody reads it
        sys.stdout = None  # Python would try once more at exit
        return False
    return True


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A status line that is no longer wanted is told to end: then so is what it started."""

    def end(*_: object) -> None:
        raise SystemExit(0)

    kept = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)

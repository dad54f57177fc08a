"""The compiled reader as a process: what it is told and how it is heard."""

from __future__ import annotations

import os

from stackk_tui.model.errors import OperationCancelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event

_AT_ONCE = 1 << 18
_SIGKILL = 9  # `signal` would import `enum`


def frames(program_path: str, order: Iterator[bytes], most: int, stop: Event | None) -> Iterator[bytes]:
    """Runs the program, and gives its answers as they come. Ends early if it does, or tells beyond `most`.
    `order` is what it is told, piece by piece."""
    from select import POLLIN, POLLOUT, poll

    program = _Program(program_path, order)
    try:
        looking = poll()
        looking.register(program.answers, POLLIN)
        looking.register(program.orders, POLLOUT)
        heard = bytearray()
        while True:
            if stop is not None and stop.is_set():
                raise OperationCancelled("Reading the transcripts was stopped.")
            ready = [handle for handle, _ in looking.poll(50)]
            if program.orders in ready and program.tell():
                looking.unregister(program.orders)
                program.has_been_told()
            if program.answers not in ready:
                continue
            got = os.read(program.answers, _AT_ONCE)
            most -= len(got)
            if not got or most < 0:
                return
            heard += got
            while len(heard) >= 8 and len(heard) >= (end := 8 + int.from_bytes(heard[:8], "little")):
                with memoryview(heard) as view:
                    frame = bytes(view[8:end])
                del heard[:end]
                yield frame
    finally:
        program.end()


class _Program:
    """The program's process, and the pipes to it."""

    def __init__(self, path: str, order: Iterator[bytes]) -> None:
        from stackk_tui.providers.claude_code.pool import widen

        self._order = order
        self._piece = memoryview(b"")
        their_in, self.orders = os.pipe()
        self.answers, their_out = os.pipe()
        os.set_blocking(self.orders, False)
        widen(self.orders)
        widen(their_out)
        self._pid = 0
        try:
            self._pid = os.posix_spawn(
                path, [path], {}, file_actions=[
                    (os.POSIX_SPAWN_DUP2, their_in, 0), (os.POSIX_SPAWN_DUP2, their_out, 1),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ],
            )  # fmt: skip
        except OSError:  # built for another machine, or its folder may hold no programs
            pass
        finally:
            os.close(their_in)
            os.close(their_out)

    def tell(self) -> bool:
        """Writes more of the order; says whether all is written, or nobody reads it."""
        if not self._piece:
            self._piece = memoryview(next(self._order, b""))
        if not self._piece:
            return True
        try:
            self._piece = self._piece[os.write(self.orders, self._piece) :]
        except BlockingIOError:
            return False
        except OSError:  # it has ended; Python ignores SIGPIPE
            return True
        return False

    def has_been_told(self) -> None:
        os.close(self.orders)
        self.orders = -1

    def end(self) -> None:
        for handle in (self.orders, self.answers):
            if handle >= 0:
                os.close(handle)
        if not self._pid:
            return
        try:
            os.kill(self._pid, _SIGKILL)
            os.waitpid(self._pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass

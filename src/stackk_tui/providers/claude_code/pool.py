"""Reads many transcripts at once: in this process when there is little to read, else in processes beside it.

They are spawned, never forked, so that it is safe beside threads, and they do what holds Python's lock: a
screen stays quick while a gigabyte is read. A job that a process did not bring back (it was killed) is done
here.
"""

from __future__ import annotations

import os
import sys

from stackk_tui.model.errors import OperationCancelled
from stackk_tui.providers.claude_code import native
from stackk_tui.providers.claude_code.worker import work

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from threading import Event

    from stackk_tui.providers.claude_code.slots import Shapes
    from stackk_tui.providers.claude_code.together import Together
    from stackk_tui.providers.claude_code.worker import Job, Result

ALONE = 160 << 20
"""Bytes that one process reads about as soon as two that have to be started."""
ALONE_BESIDE_A_SCREEN = 8 << 20
"""The same, where other threads of this process want Python's lock at any moment."""
NATIVE = 1 << 20
"""Bytes from which on a compiled reader is worth its start, a millisecond or two, to who has already imported
what the other needs."""
PROCESSES = 2
_CHUNK = 4 << 20
_TICKETS = 4096
_PIPE_SIZE = (1031, 1 << 20)
"""F_SETPIPE_SZ, on Linux."""
_PROGRAM = (
    "import sys; sys.path[:0] = {places!r}; from stackk_tui.providers.claude_code.worker import main; main()"
)


def read_all(
    jobs: list[Job],
    shapes: Shapes,
    stop: Event | None = None,
    *,
    digests: bool = False,
    alone: int = ALONE,
    agents: Mapping[int, str | None] | None = None,
    together: Together | None = None,
) -> Iterator[Result]:
    """Gives the result of each job, in any order. Raises OperationCancelled soon after `stop` is set.

    `agents` gives the jobs' agents by number, for who finds them out while the program reads; without it, the
    jobs say them. `together` is for jobs that are all there is; an outline is then a function that may give
    it.
    """
    waiting = {job[0]: job for job in jobs}
    enough = NATIVE if "msgspec" in sys.modules else 0
    if _size(waiting) > enough and not digests and native.is_built():
        for result in native.read(jobs, shapes, stop, agents, together):
            if waiting.pop(result[0], None) is not None:
                yield result
    if agents is not None:
        waiting = {number: (*job[:6], agents[number]) for number, job in waiting.items()}
    if _size(waiting) > alone and hasattr(os, "posix_spawn"):
        for result in _beside(list(waiting.values()), shapes, stop, digests):
            if waiting.pop(result[0], None) is not None:
                yield result
    if not waiting:
        return
    from stackk_tui.providers.claude_code.reader import Reader

    reader = Reader(digests=digests)
    for job in waiting.values():
        if stop is not None and stop.is_set():
            raise OperationCancelled("Reading the transcripts was stopped.")
        yield work(reader, job, shapes)


def _size(jobs: dict[int, Job]) -> int:
    return sum(job[5] - job[4] for job in jobs.values())


def chunks(jobs: list[Job]) -> list[list[Job]]:
    """Cuts the jobs into pieces to draw, the largest first, so that nobody ends long after the others."""
    found: list[list[Job]] = [[]]
    size = 0
    limit = max(_CHUNK, sum(job[5] - job[4] for job in jobs) // _TICKETS * 2)
    for job in sorted(jobs, key=lambda job: job[4] - job[5]):
        if size >= limit:
            found.append([])
            size = 0
        found[-1].append(job)
        size += max(1, job[5] - job[4])
    return found


def _beside(jobs: list[Job], shapes: Shapes, stop: Event | None, digests: bool) -> Iterator[Result]:
    from marshal import dumps, loads
    from select import POLLHUP, POLLIN, POLLOUT, poll

    pieces = chunks(jobs)
    helpers = _Helpers()
    os.write(helpers.tickets, b"".join(number.to_bytes(4, "little") for number in range(len(pieces))))
    helpers.close_tickets()
    for helper in helpers.all:
        helper.order = memoryview(dumps((3, pieces, dict(shapes), digests)))
    try:
        looking = poll()
        by_handle: dict[int, _Helper] = {}
        for helper in helpers.all:
            by_handle |= {helper.orders: helper, helper.answers: helper}
            looking.register(helper.orders, POLLOUT)
            looking.register(helper.answers, POLLIN | POLLHUP)
        open_answers = len(helpers.all)
        while open_answers:
            if stop is not None and stop.is_set():
                raise OperationCancelled("Reading the transcripts was stopped.")
            for handle, _ in looking.poll(50):
                helper = by_handle[handle]
                if handle == helper.orders:
                    if helper.tell():
                        looking.unregister(handle)
                        os.close(handle)
                        helper.orders = -1
                    continue
                answer = helper.hear()
                if answer is None:
                    looking.unregister(handle)
                    open_answers -= 1
                for frame in answer or ():
                    yield from loads(frame)  # noqa: S302  # our own process's
    finally:
        helpers.end()


class _Helpers:
    """Some processes, and the pipe from which they draw what to do next."""

    def __init__(self) -> None:
        drawn, self.tickets = os.pipe()
        self.all = [_Helper(drawn) for _ in range(PROCESSES)]
        os.close(drawn)

    def close_tickets(self) -> None:
        if self.tickets >= 0:
            os.close(self.tickets)
            self.tickets = -1

    def end(self) -> None:
        self.close_tickets()
        for helper in self.all:
            helper.end()


class _Helper:
    """A process that reads transcripts, and what was said to it and by it."""

    def __init__(self, tickets: int) -> None:
        from importlib.util import find_spec

        spec = find_spec("msgspec")
        places = [_above(__file__, 4), _above(spec.origin if spec else "", 2)]
        their_in, self.orders = os.pipe()
        self.answers, their_out = os.pipe()
        os.set_blocking(self.orders, False)
        self.order = memoryview(b"")
        self._heard = bytearray()
        widen(their_out)
        try:
            self._pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", "-X", "utf8", "-c", _PROGRAM.format(places=places)],
                {},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, their_in, 0),
                    (os.POSIX_SPAWN_DUP2, their_out, 1),
                    (os.POSIX_SPAWN_DUP2, tickets, 3),
                ],
            )
        finally:
            os.close(their_in)
            os.close(their_out)

    def tell(self) -> bool:
        """Writes more of the order; says whether all is written, or nobody reads it."""
        try:
            self.order = self.order[os.write(self.orders, self.order) :]
        except BlockingIOError:
            return False
        except OSError:  # it has ended
            return True
        return not self.order

    def hear(self) -> list[bytes] | None:
        """Gives the answers that are complete, None at their end."""
        got = os.read(self.answers, 1 << 20)
        if not got:
            return None
        self._heard += got
        whole = []
        while len(self._heard) >= 8:
            end = 8 + int.from_bytes(self._heard[:8], "little")
            if len(self._heard) < end:
                break
            whole.append(bytes(self._heard[8:end]))
            del self._heard[:end]
        return whole

    def end(self) -> None:
        from signal import SIGKILL

        for handle in (self.orders, self.answers):
            if handle >= 0:
                os.close(handle)
        try:
            os.kill(self._pid, SIGKILL)  # it holds nothing: it has said all, or is not wanted
            os.waitpid(self._pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def _above(file: str | None, levels: int) -> str:
    place = file or ""
    for _ in range(levels):
        place = os.path.dirname(place)  # noqa: PTH120
    return place


def widen(handle: int) -> None:
    """A wider pipe lets a helper go on while the index is written. For as far as the system allows it."""
    try:
        from fcntl import fcntl

        fcntl(handle, *_PIPE_SIZE)
    except (ImportError, OSError):
        pass

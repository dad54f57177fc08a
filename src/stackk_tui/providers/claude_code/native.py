"""Reads many transcripts by the compiled program in `compiled/`, where the installation could build it.

It says the same as `reader.py`, or says nothing: a file with anything unexpected is odd, and a program that
is not there, or that ends before it has said all, leaves its files to the plain reader. It runs as a process
of its own with nothing in its environment, so that no mistake in it can reach a secret.
"""

from __future__ import annotations

import os
from operator import add
from struct import Struct, iter_unpack, pack
from struct import error as StructError  # noqa: N812

from stackk_tui.model.errors import OperationCancelled
from stackk_tui.providers.claude_code.dedupe import MAIN, UNNAMED_AGENT
from stackk_tui.providers.claude_code.digests import digest
from stackk_tui.providers.claude_code.lean_json import dumps
from stackk_tui.providers.claude_code.slots import BATCH, FAST, LONG_BITS, US
from stackk_tui.providers.claude_code.words import how_of, word_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from threading import Event

    from stackk_tui.providers.claude_code.slots import How, Shapes, Slots
    from stackk_tui.providers.claude_code.worker import Job, Result

PROGRAM = os.path.join(os.path.dirname(__file__), "compiled", "read-transcripts")  # noqa: PTH118, PTH120
THREADS = 2
_HEAD = Struct("=17Q")
_TOLD, _ODD, _ALL_KEYS = 0, 1 << 32, 2**64 - 1
_ABSENT = "\x01"
_AT_ONCE = 1 << 18
_SIGKILL = 9  # `signal` would import `enum`
_SLOT = "=13q"
_NONSENSE = (ValueError, TypeError, LookupError, ArithmeticError, MemoryError, RecursionError, StructError)
"""What comes of taking a frame apart that is none."""
_MOST_A_BYTE, _MOST_BESIDE = 8, 1 << 14
"""More is never told of a byte that is read and of a file: whoever says more is not the program."""
_MUCH = _MOST_A_BYTE * (256 << 20)


def is_built() -> bool:
    return hasattr(os, "posix_spawn") and os.access(PROGRAM, os.X_OK)


def answers() -> bool:
    """Says whether it is there and runs on this machine, by letting it read nothing."""
    from stackk_tui.providers.claude_code.slots import Shapes

    return is_built() and any(read([(0, os.devnull, "", "", 0, 0, None)], Shapes()))


def read(
    jobs: list[Job],
    shapes: Shapes,
    stop: Event | None = None,
    agents: Mapping[int, str | None] | None = None,
) -> Iterator[Result]:
    """Gives the results of the jobs it can do, in any order; `agents` as in `pool.read_all`. Raises
    OperationCancelled soon after `stop` is set."""
    thresholds = sorted({length for shape in shapes.values() if shape for length in shape[0]})
    by_number = {job[0]: job for job in jobs}
    telling = _Telling(shapes, thresholds)
    if agents is None:
        agents = {job[0]: job[6] for job in jobs}
    most = sum(_MOST_A_BYTE * max(0, job[5] - job[4]) + _MOST_BESIDE for job in jobs)
    for frame in _frames(_order(jobs, thresholds), most, stop):
        results = telling.results(frame, by_number, agents)
        if results is None:
            return
        yield from results
        if most > _MUCH:  # many rows will be unpacked: import what is fast at it while others are read
            from stackk_tui.providers.claude_code import lines  # noqa: F401


def _order(jobs: list[Job], thresholds: list[int]) -> bytes:
    """The largest first, so that no thread ends long after the others."""
    told = [pack(f"={len(thresholds) + 2}Q", THREADS, len(thresholds), *thresholds)]
    for number, path, _, _, offset, _, _ in sorted(jobs, key=lambda job: job[4] - job[5]):
        name = os.fsencode(path) + b"\0"
        told.append(pack("=QQQ", number, offset, len(name)) + name)
    return b"".join(told)


class _Telling:
    """What is told of files → results as `worker.work` gives them."""

    def __init__(self, shapes: Shapes, thresholds: list[int]) -> None:
        self._shapes, self._thresholds = shapes, thresholds
        self._hows: dict[tuple[str | None, ...], _HowTold] = {}

    def results(
        self, frame: bytes, jobs: dict[int, Job], agents: Mapping[int, str | None]
    ) -> list[Result] | None:
        """Gives what a frame tells of the jobs; None if it cannot be understood."""
        found: list[Result] = []
        at = 0
        try:
            while at < len(frame):
                number, status, *numbers = _HEAD.unpack_from(frame, at)
                sections, at = _sections(frame, at + _HEAD.size, numbers[5:])
                if number not in jobs or status == _ODD:
                    continue
                if status == _TOLD:
                    found.append(self.result(numbers[:5], sections, jobs[number], agents[number]))
                else:
                    found.append((number, status, os.strerror(status)))
        except _NONSENSE:
            return None
        return found

    def result(self, numbers: list[int], sections: list[bytes | None], job: Job, agent: str | None) -> Result:
        offset, broken, broken_tail, last_ts, bytes_read = numbers
        head, rows, marks, keys_raw, main, side, doubtful, hows_raw, whos_raw, sums = sections
        number, _, slug, home, *_ = job
        hows = [self._how(how) for how in _texts(hows_raw, 4)]
        whos = [(_text(cwd) or slug, _text(session) or home) for cwd, session in _texts(whos_raw, 2)]
        names = f"[1,[{','.join([how.json for how in hows])}],{dumps(whos)},"
        keys = _keys(keys_raw)
        return (
            number, offset, broken, bool(broken_tail), last_ts, bytes_read, digest(head or b""),
            names.encode() + (rows or b"[\n]") + b"]", marks or b"",
            keys, keys if main is None else _keys(main), _keys(side), _keys(doubtful),
            self._slots(sums or b"", hows, whos, agent),
        )  # fmt: skip

    def _how(self, raw: tuple[str | None, ...]) -> _HowTold:
        known = self._hows.get(raw)
        if known is None:
            known = self._hows[raw] = _HowTold(raw, self._shapes, self._thresholds)
        return known

    def _slots(
        self, sums: bytes, hows: list[_HowTold], whos: list[tuple[str, str]], agent: str | None
    ) -> Slots:
        agents = (MAIN, UNNAMED_AGENT) if agent is None else (agent or UNNAMED_AGENT,) * 2
        who = [[(*each, name) for name in agents] for each in whos]
        slots: Slots = {}
        for quarter, how, whose, side, above, kinds, *counts in iter_unpack(_SLOT, sums):
            key = (quarter, hows[how].at(above, kinds), who[whose][side])
            known = slots.get(key)
            slots[key] = [*counts, ()] if known is None else [*map(add, known[:7], counts), ()]
        return slots


class _HowTold:
    """How calls were made: `name` is model, speed, tier and geo, cleaned."""

    def __init__(self, raw: tuple[str | None, ...], shapes: Shapes, thresholds: list[int]) -> None:
        self.name = how_of(raw)
        self.json = dumps(self.name)
        model, speed, tier, geo = self.name
        self._flags = (speed == "fast") * FAST | (tier == "batch") * BATCH | (geo == "us") * US
        self._shape = shapes[model]
        self._thresholds = thresholds
        self._known: dict[tuple[int, int], How] = {}

    def at(self, above: int, kinds: int) -> How:
        """Gives it with the class of calls with prompts longer than the first `above` thresholds, and with
        some kinds of token, a bit each (`slots.class_of`)."""
        how = self._known.get((above, kinds))
        if how is None:
            group = 0
            if self._shape is not None:
                lengths, unpriced = self._shape
                passed = self._thresholds[:above]
                group = sum(length in passed for length in lengths) | (kinds & unpriced) << LONG_BITS
            how = self._known[above, kinds] = (self.name[0], self._flags, group)
        return how


def _sections(frame: bytes, at: int, lengths: list[int]) -> tuple[list[bytes | None], int]:
    """Gives the sections from a place on, and the place behind them."""
    sections: list[bytes | None] = []
    for length in lengths:
        if length == _ALL_KEYS:
            sections.append(None)
            continue
        if length > len(frame) - at:
            raise ValueError("a section that ends behind its frame")
        sections.append(frame[at : at + length])
        at += length
    return sections, at


def _keys(section: bytes | None) -> list[str]:
    return section.decode().split("\0") if section else []


def _texts(section: bytes | None, together: int) -> Iterator[tuple[str | None, ...]]:
    """Gives the texts of a section, some at a time."""
    texts = section.decode().split("\0") if section else []
    each = iter([None if text == _ABSENT else text for text in texts])
    return zip(*[each] * together, strict=True)


def _text(raw: str | None) -> str | None:
    """Gives a JSON string's text from what stands between its quotes."""
    if raw and "\\" in raw:
        from json import loads

        return word_of(loads(f'"{raw}"'))
    return word_of(raw)


def _frames(order: bytes, most: int, stop: Event | None) -> Iterator[bytes]:
    """Runs the program, and gives its answers as they come. Ends early if it does, or tells beyond `most`."""
    from select import POLLIN, POLLOUT, poll

    program = _Program(order)
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
    """The program's process, and the pipes to it. What it is told, it reads before it begins."""

    def __init__(self, order: bytes) -> None:
        from stackk_tui.providers.claude_code.pool import widen

        self._order = memoryview(order)
        their_in, self.orders = os.pipe()
        self.answers, their_out = os.pipe()
        os.set_blocking(self.orders, False)
        widen(self.orders)
        widen(their_out)
        self._pid = 0
        try:
            self._pid = os.posix_spawn(
                PROGRAM, [PROGRAM], {}, file_actions=[
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
        try:
            self._order = self._order[os.write(self.orders, self._order) :]
        except BlockingIOError:
            return False
        except OSError:  # it has ended; Python ignores SIGPIPE
            return True
        return not self._order

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

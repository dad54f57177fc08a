"""Reads many transcripts by the compiled program in `compiled/`, where the installation could build it.

It says the same as `reader.py`, or says nothing: a file with anything unexpected is odd, and a program that
is not there, or that ends before it has said all, leaves its files to the plain reader. It runs as a process
of its own with nothing in its environment, so that no mistake in it can reach a secret.
"""

from __future__ import annotations

import os
from functools import partial
from operator import add
from struct import Struct, iter_unpack, pack
from struct import error as StructError  # noqa: N812

from stackk_tui.providers.claude_code.dedupe import MAIN, UNNAMED_AGENT
from stackk_tui.providers.claude_code.digests import DIGEST_SIZE
from stackk_tui.providers.claude_code.lean_json import dumps, dumps_texts
from stackk_tui.providers.claude_code.native_process import frames
from stackk_tui.providers.claude_code.slots import BATCH, FAST, LONG_BITS, US
from stackk_tui.providers.claude_code.words import how_of, word_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from threading import Event
    from typing import Any

    from stackk_tui.providers.claude_code.slots import How, Shapes, Slots
    from stackk_tui.providers.claude_code.together import Together
    from stackk_tui.providers.claude_code.worker import Job, Result

PROGRAM = os.path.join(os.path.dirname(__file__), "compiled", "read-transcripts")  # noqa: PTH118, PTH120
THREADS = 2
_HEAD = Struct("=17Q")
_TOLD, _ODD, _BRIEFLY, _LATER = 0, 1 << 32, 2 << 32, 3 << 32
_ALL_KEYS = _ALL_FILES = 2**64 - 1
_ABSENT = "\x01"
_UNSURE = 2
"""In place of whether a file is an agent's: its name would be taken for the main chain."""
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
    together: Together | None = None,
) -> Iterator[Result]:
    """Gives the results of the jobs it can do, in any order; `agents` and `together` as in `pool.read_all`.
    Raises OperationCancelled soon after `stop` is set."""
    thresholds = sorted({length for shape in shapes.values() if shape for length in shape[0]})
    by_number = {job[0]: job for job in jobs}
    if agents is None:
        agents = {job[0]: job[6] for job in jobs}
    jobs = sorted(jobs, key=lambda job: job[4] - job[5])  # no thread ends long after the others
    if together is not None:
        together.begin([job[0] for job in jobs], agents)
    telling = _Telling(shapes, thresholds, together)
    most = sum(_MOST_A_BYTE * max(0, job[5] - job[4]) + _MOST_BESIDE for job in jobs)
    for frame in frames(PROGRAM, _order(jobs, thresholds, agents, together), most, stop):
        results = telling.results(frame, by_number, agents)
        if results is None:
            return
        yield from results
        if together is None and most > _MUCH:  # there will be much to unpack: import what is fast at it
            from stackk_tui.providers.claude_code import lines  # noqa: F401


def _order(
    jobs: list[Job],
    thresholds: list[int],
    agents: Mapping[int, str | None],
    together: Together | None,
) -> Iterator[bytes]:
    """Gives what the program waits for, then what it needs at its end, found out while it reads."""
    told = []
    for number, path, _, _, offset, _, _ in jobs:
        name = os.fsencode(path) + b"\0"
        told.append(pack("=QQQ", number, offset, len(name)) + name)
    all_jobs = b"".join(told)
    head = THREADS, len(thresholds), *thresholds, together is not None, len(all_jobs)
    yield pack(f"={len(head)}Q", *head) + all_jobs
    if together is None:
        return
    facts = []
    for number, _, _, home, _, _, _ in jobs:
        agent = agents[number]
        name = b"" if agent is None or agent == UNNAMED_AGENT else os.fsencode(agent)
        kind = _UNSURE if agent == MAIN else agent is not None
        home_name = os.fsencode(home)
        facts.append(
            pack("=qQQQ", together.mtimes[number], kind, len(home_name), len(name)) + home_name + name
        )
    yield b"".join(facts)


class _Telling:
    """What is told of files → results as `worker.work` gives them."""

    def __init__(self, shapes: Shapes, thresholds: list[int], together: Together | None = None) -> None:
        self._shapes, self._thresholds, self._together = shapes, thresholds, together
        self._hows: dict[tuple[str | None, ...], _HowTold] = {}
        self._words: dict[int, tuple[list[_HowTold], list[tuple[str, str]]]] = {}
        self._later: dict[int, tuple[Any, ...]] = {}

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
                if number == _ALL_FILES and self._together is not None:
                    self._together.sum_up(sections[-1] or b"")
                if number not in jobs or status == _ODD:
                    continue
                if status in (_TOLD, _BRIEFLY):
                    found.append(self._result(status, numbers[:5], sections, jobs[number], agents[number]))
                elif status == _LATER:
                    self._later[number] = self._outline(number, sections, agents[number])
                else:
                    found.append((number, status, os.strerror(status)))
                    if self._together is not None:
                        self._together.failed(number)
        except _NONSENSE:
            return None
        return found

    def _result(
        self, status: int, numbers: list[int], sections: list[bytes | None], job: Job, agent: str | None
    ) -> Result:
        offset, broken, broken_tail, last_ts, bytes_read = numbers
        head, rows, marks, _, _, _, _, hows_raw, whos_raw, _ = sections
        number, _, slug, home, *_ = job
        hows = [self._how(how) for how in _texts(hows_raw, 4)]
        whos = [(_text(cwd) or slug, _text(session) or home) for cwd, session in _texts(whos_raw, 2)]
        self._words[number] = hows, whos
        names = f"[1,[{','.join([how.json for how in hows])}],{dumps_texts(whos)},"
        if not head or len(head) != DIGEST_SIZE or not rows or rows[:2] != b"[\n" or rows[-2:] != b"\n]":
            raise ValueError("sections that do not begin and end where they say")
        known = (
            number, offset, broken, bool(broken_tail), last_ts, bytes_read, head,
            names.encode() + rows + b"]", marks or b"",
        )  # fmt: skip
        if status == _TOLD:
            return (*known, *self._outline(number, sections, agent))
        if self._together is not None:
            self._together.told(number, hows, whos)
        return (*known, partial(self._later.get, number))

    def _outline(self, number: int, sections: list[bytes | None], agent: str | None) -> tuple[Any, ...]:
        _, _, _, keys_raw, main, side, doubtful, _, _, sums = sections
        keys = _keys(keys_raw)
        return (
            keys, keys if main is None else _keys(main), _keys(side), _keys(doubtful),
            self._slots(sums or b"", *self._words[number], agent),
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

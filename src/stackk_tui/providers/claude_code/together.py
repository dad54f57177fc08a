"""What all files of one account were used for together, told by the compiled program: a first index needs no
row taken out again to find it out (`compiled/together.c` says the same as `views.build`)."""

from __future__ import annotations

from operator import add
from struct import iter_unpack

from stackk_tui.providers.claude_code.dedupe import MAIN, UNNAMED_AGENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from stackk_tui.providers.claude_code.slots import How, Slots

    class HowTold(Protocol):
        def at(self, above: int, kinds: int) -> How: ...


_SUM = "=15q"
_NAMED = 2


class Together:
    """`mtimes` are those of the files by their jobs' numbers. `slots` are there once all is told."""

    def __init__(self, mtimes: Mapping[int, int]) -> None:
        self.mtimes = mtimes
        self.slots: Slots | None = None
        self._files: list[int] = []
        self._agents: Mapping[int, str | None] = {}
        self._words: dict[int, tuple[list[Any], list[tuple[str, str]]]] = {}
        self._told: set[int] = set()

    def begin(self, files: list[int], agents: Mapping[int, str | None]) -> None:
        """`files` are the jobs in the order they are ordered in."""
        self._files, self._agents = files, agents

    def failed(self, number: int) -> None:
        """A file the system would not let anybody read."""
        self._told.add(number)

    def told(self, number: int, hows: list[Any], whos: list[tuple[str, str]]) -> None:
        """What a file's calls may be called."""
        self._told.add(number)
        self._words[number] = hows, whos

    def sum_up(self, sums: bytes) -> None:
        """Takes the sums apart. Raises ValueError, LookupError, struct.error for what are none."""
        if self._told != set(self._files):
            return
        files = [self._words.get(number) or ([], []) for number in self._files]
        agents = [MAIN, UNNAMED_AGENT, *(self._agents[number] or UNNAMED_AGENT for number in self._files)]
        slots: Slots = {}
        for quarter, how_file, how, who_file, who, agent, above, kinds, *counts in iter_unpack(_SUM, sums):
            told: HowTold = files[how_file][0][how]
            key = (quarter, told.at(above, kinds), (*files[who_file][1][who], agents[agent]))
            known = slots.get(key)
            slots[key] = [*counts, ()] if known is None else [*map(add, known[:7], counts), ()]
        self.slots = slots

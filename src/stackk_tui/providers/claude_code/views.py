"""What was used in an account's folders, by quarter of an hour: made from the rows of all its files, and kept
up to date by what a changed file adds and takes away (`slots.py`).

A file shares calls with the file it was forked from or resumed, and its replays hang on the main chain of
another. So when a file changes, the calls that may come out differently are those in it and in the files that
share a key or a message with it: they are chosen once as it was and once as it is.
"""

from __future__ import annotations

from array import array

from stackk_tui.providers.claude_code.dedupe import (
    ADVISORS,
    HOW,
    ITERATED,
    KEY,
    SIDE,
    TS,
    WHO,
    agent_of,
    choose,
    is_replay,
)
from stackk_tui.providers.claude_code.keys import message_of
from stackk_tui.providers.claude_code.slots import put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackk_tui.providers.claude_code.dedupe import Chosen, FileFacts, Row
    from stackk_tui.providers.claude_code.packing import Outline
    from stackk_tui.providers.claude_code.slots import Shapes, Slots

    File = tuple[list[Row], FileFacts]


def chosen_of(keys: set[str], files: Iterable[File]) -> list[Chosen]:
    """Gives the call that counts for each of some keys, as far as it counts. `files` are all that have one of
    them, or a main chain's call of the same message."""
    return [call for _, call in _chosen(keys, files) if call is not None]


def _chosen(
    keys: set[str], files: Iterable[File]
) -> Iterator[tuple[list[tuple[Row, FileFacts]], Chosen | None]]:
    """Gives for each key all its rows, and the call that counts."""
    groups: dict[str, list[tuple[Row, FileFacts]]] = {}
    on_main: dict[str, set[str]] = {}
    for rows, facts in files:
        for row in rows:
            key = row[KEY]
            if key in keys:
                groups.setdefault(key, []).append((row, facts))
            if not row[SIDE] and (message := message_of(key)):
                on_main.setdefault(message, set()).add(key)
    for key, together in groups.items():
        counting = together
        if key.partition("\n")[0] in on_main:
            counting = [pair for pair in together if not is_replay(pair[0], on_main)]
        yield together, choose(counting) if counting else None


def build(
    files: Iterable[tuple[int, Outline, FileFacts]],
    rows_of: Callable[[int, list[str], set[str]], list[Row]],
    shapes: Shapes,
) -> Slots:
    """Gives the sums of all files together. `rows_of` gives a file's rows with some of its keys."""
    slots: Slots = {}
    seen: set[str] = set()
    entangled: set[str] = set()
    told = []
    for file_id, outline, facts in files:
        entangled.update(outline.doubtful)
        if not seen.isdisjoint(outline.keys):
            entangled.update(seen.intersection(outline.keys))
        seen.update(outline.keys)
        for key, sums in outline.slots.items():
            known = slots.get(key)
            slots[key] = (
                sums if known is None else [one + more for one, more in zip(known, sums, strict=True)]
            )
        told.append((file_id, outline, facts))
    replays, on_main = _replays([outline for _, outline, _ in told])
    entangled |= replays
    wanted = entangled | on_main
    files_of_them = []
    doubtful: set[tuple[int, str]] = set()
    for file_id, outline, facts in told:
        if not wanted.isdisjoint(outline.keys):
            rows = rows_of(file_id, outline.keys, wanted)
            doubtful.update((id(facts), key) for key in outline.doubtful)
            files_of_them.append((rows, facts))
    for together, call in _chosen(entangled, files_of_them):
        missing = call
        for row, facts in together:
            if (id(facts), row[KEY]) in doubtful:  # not in the sums yet
                continue
            copy = (row, *row[WHO], agent_of(row, facts.agent))
            if missing is not None and _sums_the_same(missing, copy):
                missing = None
            else:
                put(slots, copy, shapes, -1)
        if missing is not None:
            put(slots, missing, shapes)
    return slots


def _sums_the_same(one: Chosen, other: Chosen) -> bool:
    if one[1:] != other[1:]:
        return False
    row, copy = one[0], other[0]
    return row is copy or (
        row[TS] == copy[TS] and row[HOW:ITERATED] == copy[HOW:ITERATED] and row[ADVISORS] == copy[ADVISORS]
    )


def _replays(outlines: list[Outline]) -> tuple[set[str], set[str]]:
    """Gives the keys on a side chain whose message the main chain has under another, and those others."""
    on_side = {key for outline in outlines for key in outline.side}
    messages = {message_of(key) for key in on_side}
    on_main: dict[str, set[str]] = {}
    for outline in outlines if on_side else ():
        if messages.isdisjoint([key.partition("\n")[0] for key in outline.main]):
            continue
        for key in outline.main:
            if (message := message_of(key)) in messages:
                on_main.setdefault(message, set()).add(key)
    found = {key for key in on_side if on_main and on_main.get(message_of(key), set()) - {key}}
    return found, {other for key in found for other in on_main[message_of(key)]}


class Neighbours:
    """Finds the files that share a key or a message with another."""

    def __init__(self, marks: Iterable[tuple[int, bytes]]) -> None:
        self._marks = {file_id: array("I", value) for file_id, value in marks}

    def replace(self, file_id: int, marks: bytes) -> None:
        self._marks[file_id] = array("I", marks)

    def of(self, file_id: int, marks: bytes) -> list[int]:
        """Gives the others, and by a rare chance one more."""
        mine = set(array("I", marks))
        return [
            each for each, theirs in self._marks.items() if each != file_id and not mine.isdisjoint(theirs)
        ]

    def of_all(self, file_ids: Iterable[int]) -> set[int]:
        """Gives the files that share with any of some, those included."""
        mine = set(file_ids)
        marks = {mark for each in mine for mark in self._marks.get(each, ())}
        return mine | {each for each, theirs in self._marks.items() if not marks.isdisjoint(theirs)}


def difference(
    before: File | None, after: File, newly: Iterable[Row], neighbours: list[File], shapes: Shapes
) -> Slots:
    """Gives what a file's change adds and takes away. `newly` are the rows that were just read."""
    known = before[0] if before is not None else []
    there = {(row[KEY], row[SIDE]) for row in after[0]}
    changed = [*newly, *(row for row in known if (row[KEY], row[SIDE]) not in there)]
    keys = {row[KEY] for row in changed}
    messages = {message for row in changed if not row[SIDE] and (message := message_of(row[KEY]))}
    own = {row[KEY] for row in after[0]}
    if before is not None and before[1].agent != after[1].agent:
        keys |= own
    for rows, _ in neighbours:
        keys.update(row[KEY] for row in rows if row[KEY] in own)
    for rows, _ in (after, *neighbours):
        keys.update(row[KEY] for row in rows if row[SIDE] and message_of(row[KEY]) in messages)
    slots: Slots = {}
    for call in chosen_of(keys, [*([before] if before is not None else []), *neighbours]):
        put(slots, call, shapes, -1)
    for call in chosen_of(keys, [after, *neighbours]):
        put(slots, call, shapes)
    return slots

"""The rows of a file as one value of the index, and what is known of them without unpacking.

JSON, so that every later version can read what no transcript can tell again. Texts that repeat stand
in tables. Each row is on a line of its own, so that some can be taken without reading all.
"""

from __future__ import annotations

import sys
from array import array
from zlib import crc32

from stackk_tui.providers.claude_code.damage import Unreadable
from stackk_tui.providers.claude_code.dedupe import HOW, KEY, SIDE, WHO, agent_of, is_replay
from stackk_tui.providers.claude_code.keys import message_of
from stackk_tui.providers.claude_code.lean_json import dumps, loads
from stackk_tui.providers.claude_code.slots import put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from stackk_tui.providers.claude_code.dedupe import Row
    from stackk_tui.providers.claude_code.slots import Shapes, Slots


_FEW, _SHORT = 2000, 1 << 18


def pack(rows: Iterable[Row]) -> bytes:
    """Gives the rows as one value."""
    hows: dict[Any, int] = {}
    whos: dict[Any, int] = {}
    packed = [
        (
            *row[:HOW], hows.setdefault(row[HOW], len(hows)), *row[HOW + 1 : WHO],
            whos.setdefault(row[WHO], len(whos)),
        )
        for row in rows
    ]  # fmt: skip
    encode = _encoder(len(packed))
    lines = b",\n".join(map(encode, packed))
    return b"[1,%b,%b,[\n%b\n]]" % (encode(list(hows)), encode(list(whos)), lines)


def _encoder(rows: int) -> Callable[[object], bytes]:
    if rows < _FEW and not _is_here():
        return lambda value: dumps(value).encode()
    from stackk_tui.providers.claude_code.lines import encode

    return encode


def unpack(value: bytes) -> list[Row]:
    """Gives the rows that were packed. Raises Unreadable."""
    try:
        _, hows, whos, rows = _decoded(value)
        hows, whos = [tuple(how) for how in hows], [tuple(who) for who in whos]
        for row in rows:
            row[HOW], row[WHO] = hows[row[HOW]], whos[row[WHO]]
    except (ValueError, TypeError, LookupError) as error:
        raise Unreadable from error
    return rows  # type: ignore[no-any-return]


def unpack_some(value: bytes, keys: list[str], wanted: set[str]) -> list[Row]:
    """Gives the rows with wanted keys only; `keys` are those of all rows, in order. Raises Unreadable."""
    head, *lines = value.split(b"\n")
    if len(lines) != len(keys) + 1:  # as it was packed once, all on one line
        return [row for row in unpack(value) if row[KEY] in wanted]
    chosen = [line for key, line in zip(keys, lines, strict=False) if key in wanted]
    return unpack(b"%b%b]]" % (head, b"".join(chosen).rstrip(b",")))


def _decoded(value: bytes) -> Any:
    if len(value) < _SHORT and not _is_here():
        return loads(value.decode())
    from stackk_tui.providers.claude_code.lines import decode

    return decode(value)


def _is_here() -> bool:
    """Whether what reads JSON fastest is imported already; for a little JSON that takes too long."""
    return "msgspec" in sys.modules


def marks_of(rows: Iterable[Row]) -> bytes:
    """Gives a short number for each key and each message: files that share neither share no call."""
    found = set()
    for row in rows:
        key = row[KEY].encode()
        found.add(crc32(key, 1))
        if message := key[: key.find(b"\n")]:
            found.add(crc32(message))
    return array("I", found).tobytes()


class Outline:
    """What the rows of a file say together, each call taken for the only copy of it.

    `slots` leaves out the `doubtful`: keys on both chains of the file, and what its own main chain tells to
    be a replay. `keys` are those of all rows in order, `main` those on the main chain, `side` those on a side
    chain that have a message."""

    __slots__ = ("doubtful", "keys", "main", "side", "slots")

    def __init__(
        self, keys: list[str], main: list[str], side: list[str], doubtful: list[str], slots: Slots
    ) -> None:
        self.keys = keys
        self.main = main
        self.side = side
        self.doubtful = doubtful
        self.slots = slots


def outline(rows: list[Row], agent: str | None, shapes: Shapes) -> Outline:
    """Gives the outline of a file's rows; `agent` as in `FileFacts`."""
    keys = main = [row[KEY] for row in rows]
    side: list[str] = []
    doubtful: set[str] = set()
    if any(row[SIDE] for row in rows):
        main = [row[KEY] for row in rows if not row[SIDE]]
        on_side = {row[KEY] for row in rows if row[SIDE]}
        side = [key for key in on_side if message_of(key)]
        doubtful = on_side.intersection(main)
        on_main: dict[str, set[str]] = {}
        for key in main:
            if message := message_of(key):
                on_main.setdefault(message, set()).add(key)
        doubtful.update(row[KEY] for row in rows if is_replay(row, on_main))
    slots: Slots = {}
    for row in rows:
        if row[KEY] not in doubtful:
            project, session = row[WHO]
            put(slots, (row, project, session, agent_of(row, agent)), shapes)
    return Outline(keys, main, side, list(doubtful), slots)

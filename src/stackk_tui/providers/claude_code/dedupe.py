"""Many copies of an API call → one (`claude-code-logs.md` §3, rules 1 to 6). Pure functions.

A call is on 1 to 14 lines and in every fork of its session. Per (key, file, main or side chain) one `Copy` is
kept: the best of its lines and where the first of them stood. Both are the maximum and the minimum of a total
order, so it does not matter in which order lines and files are read, nor how often.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from stackk_tui.providers.claude_code.wire import Advisor, UsageRecord

MAIN = "main"
UNNAMED_AGENT = "sub-agent"


class Call(NamedTuple):
    """What one line says that a call used. `ts` is UTC milliseconds, `offset` the line's place in it."""

    ts: int
    offset: int
    model: str
    input: int
    output: int
    write_5m: int
    write_1h: int
    read: int
    web_searches: int
    speed: str | None
    tier: str | None
    geo: str | None
    cost: str | None
    iterated: bool
    advisors: tuple[Advisor, ...]

    def weight(self) -> tuple[int, bool, bool]:
        """Rule 4: the largest sum; on a tie the one with iterations, then the one with a speed."""
        size = self.input + self.output + self.write_5m + self.write_1h + self.read
        return size, self.iterated, self.speed is not None


class Seen(NamedTuple):
    """The first line of a call in a file: the earliest, then the first in the file."""

    ts: int
    offset: int
    project: str
    session: str


class Copy(NamedTuple):
    """A call as one file has it. `message` is a digest of the message id, if there is a request id too."""

    key: bytes
    side: bool
    message: bytes | None
    call: Call
    seen: Seen


@dataclass(frozen=True, slots=True)
class Place:
    """What a file's place says: its project's folder, and the session whose file it is."""

    path: str
    slug: str
    home_session: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a copy's file says about it. `last_ts` is that of its last usage, `mtime_ns` that of the file."""

    path: bytes
    home_session: str
    agent: str | None
    """The agent's type in a sub-agent's file, empty if unknown; None in a session's file."""
    last_ts: int
    mtime_ns: int


class Chosen(NamedTuple):
    """The one call that counts, and whom it counts for."""

    call: Call
    project: str
    session: str
    agent: str


def key_of(record: UsageRecord, path: str, offset: int) -> bytes:
    """Rules 1 to 3. A line without any id is its own key: its place."""
    if record.message_id and record.request_id:
        parts = ("request", record.message_id, record.request_id)
    elif record.message_id:  # one constant id of a gateway is still told apart by the input side
        written = record.write_5m + record.write_1h
        parts = ("message", record.message_id, f"{record.input} {written} {record.read}")
    elif record.uuid:
        parts = ("uuid", record.uuid, "")
    else:
        return PLACE_KEYS[0] + _digest(path, str(offset))
    return b"k" + _digest(*parts)


PLACE_KEYS = (b"p", b"q")
"""The keys of lines without ids are from the first up to the second."""


def copy_of(record: UsageRecord, place: Place, offset: int) -> Copy:
    """Gives a line's copy; the folder and file name stand in for a missing `cwd` and `sessionId`."""
    both = record.message_id and record.request_id
    return Copy(
        key_of(record, place.path, offset),
        record.side,
        _digest(record.message_id or "") if both else None,
        Call(
            record.ts,
            offset,
            record.model,
            record.input,
            record.output,
            record.write_5m,
            record.write_1h,
            record.read,
            record.web_searches,
            record.speed,
            record.tier,
            record.geo,
            record.cost,
            record.iterated,
            record.advisors,
        ),
        Seen(record.ts, offset, record.cwd or place.slug, record.session or place.home_session),
    )


def merge(one: Copy, other: Copy) -> Copy:
    """Gives one copy for two of one key, file and chain. Of equal lines the last one's time counts (§3)."""
    call = max(one.call, other.call, key=lambda call: (call.weight(), call.ts, call.offset))
    return one._replace(call=call, seen=min(one.seen, other.seen))


def is_replay(copy: Copy, on_main_chain: Mapping[bytes, set[bytes]]) -> bool:
    """Rule 5: on a side chain, while the main chain has its message under another request (`/btw`).

    `on_main_chain` maps the digest of a message id to the keys it has on the main chain.
    """
    if not copy.side or copy.message is None:
        return False
    return bool(on_main_chain.get(copy.message, set()) - {copy.key})


def choose(copies: Iterable[tuple[Copy, FileFacts]]) -> Chosen:
    """Gives the one that counts of all copies with one key, replays taken out before. At least one."""
    together = list(copies)
    best, best_file = together[0] if len(together) == 1 else min(together, key=_preference)
    first, _ = together[0] if len(together) == 1 else min(together, key=_originality)
    agent = _agent(best, best_file)
    if agent == UNNAMED_AGENT:
        named = {_agent(copy, file) for copy, file in together} - {MAIN, UNNAMED_AGENT}
        agent = min(named, default=agent)
    return Chosen(best.call, first.seen.project, first.seen.session, agent)


def _preference(pair: tuple[Copy, FileFacts]) -> tuple[int, bool, bool, bool, bytes, int, int]:
    """Rule 4, smallest first: the largest sum, iterations, speed, the main chain, the earlier file."""
    copy, file = pair
    size, iterated, speed = copy.call.weight()
    return -size, not iterated, not speed, copy.side, file.path, -copy.call.ts, -copy.call.offset


def _originality(pair: tuple[Copy, FileFacts]) -> tuple[int, bool, int, int, bytes, bool]:
    """Rule 4, smallest first: the earliest line, in the file named for its session, of the file that went
    quiet first: a resumed or forked session goes on after the one it was copied from."""
    copy, file = pair
    elsewhere = copy.seen.session != file.home_session
    return copy.seen.ts, elsewhere, file.last_ts, file.mtime_ns, file.path, copy.side


def _agent(copy: Copy, file: FileFacts) -> str:
    if file.agent is not None:
        return file.agent or UNNAMED_AGENT
    return UNNAMED_AGENT if copy.side else MAIN


def _digest(*parts: str) -> bytes:
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=15).digest()

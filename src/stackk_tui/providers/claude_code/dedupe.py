"""Many copies of an API call → one (`claude-code-logs.md` §3, rules 4 to 6). Pure functions on rows.

A call is on 1 to 14 lines and in every fork of its session. Per (key, file, main or side chain) one row is
kept: the best of its lines and where the first of them stood. Both are the maximum and the minimum of a total
order, so it does not matter in which order lines and files are read, nor how often.
"""

from __future__ import annotations

from stackk_tui.providers.claude_code.keys import message_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Row = list[Any]
    Chosen = tuple[Row, str, str, str]
    """The line that counts, and the project, session and agent it counts for."""

MAIN = "main"
UNNAMED_AGENT = "sub-agent"

KEY, SIDE, TS, OFFSET, HOW, INPUT, OUTPUT, WRITE_5M, WRITE_1H, READ, SEARCHES, COST, ITERATED, ADVISORS = (
    range(14)
)
SEEN_TS, SEEN_OFFSET, WHO = range(14, 17)
"""The columns of a row: the call's key; whether it is on a side chain; of its best line the time (UTC ms),
the place in the file, `how` (model, speed, tier, geo), the counts, the recorded cost, whether it had
iterations, its advisors (model and five counts each); of its first line time, place and `who` (project,
session)."""


class FileFacts:
    """What a row's file says about it. `last_ts` is that of its last usage, `mtime_ns` that of the file.

    `agent` is the agent's type in a sub-agent's file, empty if unknown; None in a session's file."""

    __slots__ = ("agent", "home_session", "last_ts", "mtime_ns", "path")

    def __init__(
        self, path: bytes, home_session: str, agent: str | None, last_ts: int, mtime_ns: int
    ) -> None:
        self.path = path
        self.home_session = home_session
        self.agent = agent
        self.last_ts = last_ts
        self.mtime_ns = mtime_ns


def merge(one: Row, other: Row) -> Row:
    """Gives one row for two of one key, file and chain. Of equal lines the last one's time counts (§3)."""
    call = max(one, other, key=lambda row: (_weight(row), row[TS], row[OFFSET]))
    seen = min(one, other, key=lambda row: (row[SEEN_TS], row[SEEN_OFFSET], row[WHO]))
    return call[:SEEN_TS] + seen[SEEN_TS:]


def merged(known: Iterable[Row], newer: Iterable[Row]) -> list[Row]:
    """Gives the rows of a file that was read on: the known ones in their order, then the new."""
    rows = {(row[KEY], row[SIDE]): row for row in known}
    for row in newer:
        name = (row[KEY], row[SIDE])
        rows[name] = merge(rows[name], row) if name in rows else row
    return list(rows.values())


def is_replay(row: Row, on_main_chain: Mapping[str, set[str]]) -> bool:
    """Rule 5: on a side chain, while the main chain has its message under another request (`/btw`).

    `on_main_chain` maps a message to the keys it has on the main chain.
    """
    if not row[SIDE]:
        return False
    message = message_of(row[KEY])
    keys = on_main_chain.get(message) if message else None
    return keys is not None and (len(keys) > 1 or row[KEY] not in keys)


def choose(together: list[tuple[Row, FileFacts]]) -> Chosen:
    """Gives the one that counts of all rows with one key, replays taken out before. At least one."""
    best_pair = first_pair = together[0]
    for pair in together[1:]:  # written out for what nearly always decides: a sum, and a time
        size, best_size = sum(pair[0][INPUT:SEARCHES]), sum(best_pair[0][INPUT:SEARCHES])
        if size > best_size or (size == best_size and _preference(pair) < _preference(best_pair)):
            best_pair = pair
        ts, first_ts = pair[0][SEEN_TS], first_pair[0][SEEN_TS]
        if ts < first_ts or (ts == first_ts and _originality(pair) < _originality(first_pair)):
            first_pair = pair
    best, best_file = best_pair
    first = first_pair[0]
    agent = agent_of(best, best_file.agent)
    if agent == UNNAMED_AGENT and len(together) > 1:
        named = {agent_of(row, file.agent) for row, file in together} - {MAIN, UNNAMED_AGENT}
        agent = min(named, default=agent)
    project, session = first[WHO]
    return best, project, session, agent


def agent_of(row: Row, agent: str | None) -> str:
    if agent is not None:
        return agent or UNNAMED_AGENT
    return UNNAMED_AGENT if row[SIDE] else MAIN


def _weight(row: Row) -> tuple[int, bool, bool]:
    """Rule 4: the largest sum; on a tie the one with iterations, then the one with a speed."""
    return sum(row[INPUT:SEARCHES]), row[ITERATED], row[HOW][1] is not None


def _preference(pair: tuple[Row, FileFacts]) -> tuple[int, bool, bool, bool, bytes, int, int]:
    """Rule 4, smallest first: the largest sum, iterations, speed, the main chain, the earlier file."""
    row, file = pair
    size, iterated, speed = _weight(row)
    return -size, not iterated, not speed, row[SIDE], file.path, -row[TS], -row[OFFSET]


def _originality(pair: tuple[Row, FileFacts]) -> tuple[int, bool, int, int, bytes, bool]:
    """Rule 4, smallest first: the earliest line, in the file named for its session, of the file that went
    quiet first: a resumed or forked session goes on after the one it was copied from."""
    row, file = pair
    elsewhere = row[WHO][1] != file.home_session
    return row[SEEN_TS], elsewhere, file.last_ts, file.mtime_ns, file.path, row[SIDE]

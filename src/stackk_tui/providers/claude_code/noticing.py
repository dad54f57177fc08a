"""How a transcript stands against what was read of it: unchanged, grown, another, gone; and whose it is."""

from __future__ import annotations

import os

from stackk_tui.providers.claude_code import index as index_file
from stackk_tui.providers.claude_code.digests import head_of
from stackk_tui.providers.claude_code.index import FileRow
from stackk_tui.providers.claude_code.listing import SUFFIX
from stackk_tui.providers.claude_code.words import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stackk_tui.providers.claude_code.listing import Found
    from stackk_tui.providers.claude_code.worker import Result

HEAD = 4096
"""The bytes at the beginning by which a file is known again; `reader.HEAD`."""


def is_unchanged(found: Found, row: FileRow) -> bool:
    return (
        row.mtime_ns == found.mtime_ns
        and row.size == found.size
        and row.inode == found.inode
        and row.dev == found.dev
        and row.parser == index_file.PARSER_VERSION
        and bool(row.present)
        and row.root == found.root
    )


def has_only_grown(found: Found, row: FileRow) -> bool:
    """The same file, longer than what was read, or as long and untouched, with the beginning it had."""
    if (found.dev, found.inode) != (row.dev, row.inode) or found.size < row.offset:
        return False
    if found.size == row.size and found.mtime_ns != row.mtime_ns:
        return False  # written over in place
    return head_of(found.path, row.head_length) == row.head_hash


def row_now(found: Found, row: FileRow | None, offset: int, result: Result, agent: str | None) -> FileRow:
    _, now_at, broken, broken_tail, last_ts, _, head = result[:7]
    same_parser = row is not None and row.parser == index_file.PARSER_VERSION
    return FileRow(
        row.id if row is not None else None,
        found.path, found.root, found.home_session, agent, found.dev, found.inode, found.size,
        found.mtime_ns,
        now_at, min(HEAD, now_at), head, broken + (row.broken if row is not None and offset else 0),
        broken_tail,
        max(last_ts, row.last_ts if row is not None and same_parser else 0), index_file.PARSER_VERSION, True,
    )  # fmt: skip


def gone_from(listed: list[Found], known: dict[str, FileRow]) -> list[FileRow]:
    """Gives the transcripts that have been deleted; their calls stay."""
    if len(listed) == len(known) and all(found.path in known for found in listed):
        return []
    here = {found.path for found in listed}
    missing = (row for row in known.values() if row.present and row.path not in here)
    return [row.but(present=False) for row in missing if not os.path.exists(row.path)]  # noqa: PTH110


class Agents(dict[int, "str | None"]):
    """The agents of changed files by number, each found out when it is asked for: while others are read."""

    def __init__(self, changed: dict[int, tuple[Found, FileRow | None, int]]) -> None:
        self._changed = changed

    def __missing__(self, number: int) -> str | None:
        found, row, _ = self._changed[number]
        name = self[number] = agent(found, row)
        return name


def agent(found: Found, row: FileRow | None) -> str | None:
    return agent_type(found) or (row.agent if row is not None else "") if found.is_agent else None


def agent_type(found: Found) -> str:
    """Gives a sub-agent's type from `agent-<id>.meta.json`, else from a telling file name, else nothing."""
    try:
        handle = os.open(found.path.removesuffix(SUFFIX) + ".meta.json", os.O_RDONLY)
    except OSError:
        return told_by_name(found)
    try:
        content = os.read(handle, 65536)
    except OSError:
        return told_by_name(found)
    finally:
        os.close(handle)
    head, _, rest = content.strip().partition(b":")
    word = rest.lstrip()[1:-2]
    if head == b'{"agentType"' and word.replace(b"-", b"").isalnum() and rest.lstrip() == b'"%b"}' % word:
        return word[:256].decode()  # as Claude Code writes it
    import json

    try:
        meta = json.loads(content)
        name = meta.get("agentType") if isinstance(meta, dict) else None
    except (ValueError, RecursionError):
        name = None
    return cleaned(name, 256) if isinstance(name, str) and name else told_by_name(found)


def has_meta(path: str) -> bool:
    """Says whether there is a file that should tell a sub-agent's type."""
    return os.path.exists(path.removesuffix(SUFFIX) + ".meta.json")  # noqa: PTH110


def told_by_name(found: Found) -> str:
    """`agent-<type>-<hex>`; the type begins like a word."""
    return _in_name(found.parts[-1])


def may_be_named(row: FileRow) -> bool:
    """Says whether a sub-agent has no name yet, or only its file name's: a `meta.json` may still come."""
    return row.agent is not None and row.agent in ("", _in_name(os.path.basename(row.path)))  # noqa: PTH119


def _in_name(name: str) -> str:
    stem = name.removesuffix(SUFFIX).removeprefix("agent-")
    kind, dash, number = stem.rpartition("-")
    is_word = kind.isascii() and kind.isidentifier()
    is_hex = bool(number) and all(char in "0123456789abcdef" for char in number)
    return kind if dash and is_word and is_hex and name.startswith("agent-") else ""

"""Brings the index up to date with the transcripts that are there (`claude-code-logs.md` §8)."""

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Literal

from stackk_tui.model.errors import OperationCancelled
from stackk_tui.model.text import clean
from stackk_tui.providers.claude_code.index import PARSER_VERSION, FileRow, Index
from stackk_tui.providers.claude_code.listing import SUFFIX, Found, list_transcripts
from stackk_tui.providers.claude_code.reader import HEAD, FileRead, head_hash, read_transcript
from stackk_tui.providers.claude_code.roots import Roots

BATCH = 20_000
"""Calls read before they are written: one transaction, and the other process's turn."""
_AGENT_NAME = re.compile(r"agent-(?P<type>[A-Za-z_]\w*)-[0-9a-f]+", re.ASCII)


@dataclass(slots=True)
class Scanned:
    """What a scan found. `unreadable` are the transcripts the system would not let us read."""

    files: int = 0
    sessions: int = 0
    files_read: int = 0
    bytes_read: int = 0
    skipped_lines: int = 0
    unreadable: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    row: FileRow
    result: FileRead
    how: Literal["first", "on", "again", "anew"]
    """For the first time, on from where it was left, from its beginning, or all anew by a newer parser."""


def scan(index: Index, roots: Roots, stop: Event | None = None) -> Scanned:
    """Reads what is new. Raises OperationCancelled between two files once `stop` is set; what was read until
    then is kept or will be read again, never half."""
    known = index.files()
    listed = list_transcripts(roots.found)
    scanned = Scanned(files=len(listed), sessions=sum(not found.is_agent for found in listed))
    waiting: list[_Reading] = []
    renamed: list[FileRow] = []
    size = 0
    for found in listed:
        if stop is not None and stop.is_set():
            raise OperationCancelled("Reading the transcripts was stopped.")
        row = known.get(found.path)
        if row is not None and _is_unchanged(found, row):
            if row.agent == "" and (name := _agent_type(found)):
                renamed.append(replace(row, agent=name))
            continue
        try:
            reading = _read(found, row)
        except FileNotFoundError:  # deleted since it was listed
            continue
        except OSError as error:
            scanned.unreadable.append(f"{clean(found.path, 1024)}: {error.strerror}")
            continue
        scanned.files_read += 1
        scanned.bytes_read += reading.result.bytes_read
        waiting.append(reading)
        size += len(reading.result.copies)
        if size >= BATCH:
            _write(index, waiting)
            waiting, size = [], 0
    _write(index, waiting)
    _note_files(index, renamed + _gone(listed, known))
    wanted = {str(root) for root in roots.known}
    rows = [row for row in index.files().values() if row.root in wanted]
    scanned.skipped_lines = sum(row.broken + row.broken_tail for row in rows)
    return scanned


def _is_unchanged(found: Found, row: FileRow) -> bool:
    same = (row.size, row.mtime_ns, row.inode, row.dev) == (
        found.size,
        found.mtime_ns,
        found.inode,
        found.dev,
    )
    return same and row.parser == PARSER_VERSION and row.present and row.root == found.root


def _read(found: Found, row: FileRow | None) -> _Reading:
    """Reads on where a file has only grown, else from its beginning."""
    newer_parser = row is not None and row.parser != PARSER_VERSION
    offset = 0
    if row is not None and not newer_parser and _has_only_grown(found, row):
        offset = row.offset
    result = read_transcript(found, offset)
    before = row if row is not None and offset else None
    head_length = min(HEAD, result.offset)
    if before is not None and before.head_length == head_length:
        head = before.head_hash
    else:
        head = head_hash(found.path, head_length)
    now = FileRow(
        path=found.path,
        root=found.root,
        home_session=clean(found.home_session, 1024),
        agent=_agent_type(found) if found.is_agent else None,
        dev=found.dev,
        inode=found.inode,
        size=result.size,
        mtime_ns=result.mtime_ns,
        offset=result.offset,
        head_length=head_length,
        head_hash=head,
        broken=result.broken + (before.broken if before else 0),
        broken_tail=result.broken_tail,
        last_ts=max(result.last_ts, row.last_ts if row is not None and not newer_parser else 0),
        parser=PARSER_VERSION,
        present=True,
    )
    how: Literal["first", "on", "again", "anew"]
    if row is None:
        how = "first"
    elif newer_parser:
        how = "anew"
    else:
        how = "on" if offset else "again"
    return _Reading(now, result, how)


def _has_only_grown(found: Found, row: FileRow) -> bool:
    """The same file, longer than what was read, or as long and untouched, with the beginning it had."""
    if (found.dev, found.inode) != (row.dev, row.inode) or found.size < row.offset:
        return False
    if found.size == row.size and found.mtime_ns != row.mtime_ns:
        return False  # written over in place
    return head_hash(found.path, row.head_length) == row.head_hash


def _write(index: Index, readings: list[_Reading]) -> None:
    if not readings:
        return
    with index.writing():
        ids = [index.put_file(reading.row) for reading in readings]
        index.forget_calls(file for file, each in zip(ids, readings, strict=True) if each.how == "anew")
        for file_id, reading in zip(ids, readings, strict=True):
            if reading.how == "again":
                index.forget_places(file_id)
        index.put_copies(
            (file_id, reading.how in ("first", "anew"), reading.result.copies.values())
            for file_id, reading in zip(ids, readings, strict=True)
        )


def _gone(listed: list[Found], known: dict[str, FileRow]) -> list[FileRow]:
    """Gives the transcripts that have been deleted; their calls stay."""
    here = {found.path for found in listed}
    missing = (row for row in known.values() if row.present and row.path not in here)
    return [replace(row, present=False) for row in missing if not Path(row.path).exists()]


def _note_files(index: Index, rows: list[FileRow]) -> None:
    if not rows:
        return
    with index.writing():
        for row in rows:
            index.put_file(row)


def _agent_type(found: Found) -> str:
    """Gives a sub-agent's type from `agent-<id>.meta.json`, else from a telling file name, else nothing."""
    stem = found.path.removesuffix(SUFFIX)
    try:
        meta = json.loads(Path(stem + ".meta.json").read_bytes()[:65536])
        name = meta.get("agentType") if isinstance(meta, dict) else None
    except (OSError, ValueError, RecursionError):
        name = None
    if isinstance(name, str) and name:
        return clean(name)
    told = _AGENT_NAME.fullmatch(found.parts[-1].removesuffix(SUFFIX))
    return told["type"] if told else ""

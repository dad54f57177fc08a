"""One transcript → its copies of calls, from a given byte on (`claude-code-logs.md` §2, §8)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from stackk_tui.providers.claude_code.dedupe import Copy, Place, copy_of, merge
from stackk_tui.providers.claude_code.listing import Found
from stackk_tui.providers.claude_code.wire import BrokenLine, parse_line

MARKER = b'"usage":'
CHUNK = 8 << 20
"""Bytes in memory at a time (a longer line is still read whole); also keeps each search short."""
HEAD = 4096
_AUDIT = b'"_audit_hmac"'


@dataclass(slots=True)
class FileRead:
    """What reading a file from an offset gave. `offset` is the byte after the last whole line."""

    copies: dict[tuple[bytes, bool], Copy] = field(default_factory=dict)
    offset: int = 0
    broken: int = 0
    """Whole lines that cannot be used."""
    broken_tail: bool = False
    """An unfinished last line has the marker and cannot be used, yet."""
    last_ts: int = 0
    size: int = 0
    mtime_ns: int = 0
    bytes_read: int = 0


def read_transcript(found: Found, offset: int = 0) -> FileRead:
    """Reads whole lines from `offset` to the end. A last line without a line feed is used if it is complete,
    but stays unread. Raises OSError; nothing in the file makes it fail."""
    place = Place(found.path, found.slug, found.home_session)
    with Path(found.path).open("rb") as file:
        result = FileRead(offset=offset, size=found.size, mtime_ns=found.mtime_ns)
        if _is_audit_log(file):
            result.offset = found.size
            return result
        file.seek(offset)
        for start, data, whole in _pieces(file, offset):
            result.bytes_read += len(data)
            if whole:
                result.offset = start + len(data)
            for at, line in _marked_lines(data):
                if not _take(result, place, start + at, line):
                    result.broken += whole
                    result.broken_tail |= not whole
    return result


def head_hash(path: str, length: int) -> bytes:
    """Gives the digest of the first `length` bytes. Raises OSError."""
    with Path(path).open("rb") as file:
        return hashlib.blake2b(file.read(length), digest_size=16).digest()


def _take(result: FileRead, place: Place, offset: int, line: bytes) -> bool:
    """Keeps the usage of a line, if it has any; gives False if the line is broken."""
    try:
        record = parse_line(line)
    except BrokenLine:
        return False
    if record is not None:
        copy = copy_of(record, place, offset)
        name = (copy.key, copy.side)
        known = result.copies.get(name)
        result.copies[name] = merge(known, copy) if known else copy
        result.last_ts = max(result.last_ts, record.ts)
    return True


def _pieces(file: BinaryIO, start: int) -> Iterator[tuple[int, bytes, bool]]:
    """Gives the rest of a file as (offset, bytes, whether they are whole lines)."""
    rest: list[bytes] = []
    while chunk := file.read(CHUNK):
        end = chunk.rfind(b"\n") + 1
        if not end:
            rest.append(chunk)
            continue
        data = b"".join((*rest, chunk[:end])) if rest or end < len(chunk) else chunk
        yield start, data, True
        start += len(data)
        rest = [chunk[end:]] if end < len(chunk) else []
    if rest:
        yield start, b"".join(rest), False


def _marked_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Gives the place and text of each line with `"usage":` and a `{`. Inside text it would be escaped."""
    line_start = 0
    hit = data.find(MARKER)
    while hit >= 0:
        after = hit + len(MARKER)
        while data[after : after + 1] == b" ":
            after += 1
        if data[after : after + 1] != b"{":
            hit = data.find(MARKER, after)
            continue
        line_start = data.rfind(b"\n", line_start, hit) + 1 or line_start
        line_end = data.find(b"\n", after)
        line_end = len(data) if line_end < 0 else line_end
        yield line_start, data[line_start:line_end]
        line_start = line_end + 1
        hit = data.find(MARKER, line_start)


def _is_audit_log(file: BinaryIO) -> bool:
    """The desktop app keeps signed audit files beside its transcripts; they say the same again (§1)."""
    return _AUDIT in file.read(HEAD).partition(b"\n")[0]

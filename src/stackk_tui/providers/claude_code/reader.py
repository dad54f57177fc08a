"""One transcript → its copies of calls, from a given byte on (`claude-code-logs.md` §2, §8)."""

from __future__ import annotations

import os

from stackk_tui.providers.claude_code.digests import digest
from stackk_tui.providers.claude_code.keys import key_of
from stackk_tui.providers.claude_code.search import Haystack
from stackk_tui.providers.claude_code.taking import SIZE_AT, Taker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stackk_tui.providers.claude_code.dedupe import Row

CHUNK = 1 << 19
"""Bytes in memory at a time (a longer line is still read whole)."""
HEAD = 4096
_AUDIT = b'"_audit_hmac"'


class FileRead:
    """What reading a file from an offset gave. `offset` is the byte after the last whole line."""

    __slots__ = ("broken", "broken_tail", "bytes_read", "head", "last_ts", "offset", "rows")

    def __init__(self, offset: int) -> None:
        self.rows: list[Row] = []
        self.offset = offset
        self.broken = 0
        """Whole lines that cannot be used."""
        self.broken_tail = False
        """An unfinished last line has the marker and cannot be used, yet."""
        self.last_ts = 0
        self.bytes_read = 0
        self.head = b""
        """A digest of the first bytes, at most `HEAD` and no more than were read."""


class Reader:
    """Reads transcripts one after another, with one buffer for all."""

    def __init__(self, *, digests: bool = False) -> None:
        """`digests`: how keys are written (`keys.py`)."""
        self._hay = Haystack(CHUNK)
        self._digests = digests

    def read(self, path: str, slug: str, home_session: str, offset: int, size: int) -> FileRead:
        """Reads whole lines from `offset` to the end. A last line without a line feed is used if it is
        complete, but stays unread. Raises OSError; nothing in the file makes it fail."""
        result = FileRead(offset)
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        try:
            if _AUDIT in os.pread(handle, HEAD, 0).partition(b"\n")[0]:  # the desktop app's signed copy (§1)
                result.offset = size
                result.head = digest(os.pread(handle, min(HEAD, size), 0))
                return result
            os.lseek(handle, offset, os.SEEK_SET)
            taker = Taker(result, path, slug, home_session)
            self._lines(handle, taker)
            result.head = digest(os.pread(handle, min(HEAD, result.offset), 0))
        finally:
            os.close(handle)
        result.rows = list(taker.calls.values())
        for row in result.rows:
            del row[SIZE_AT:]
            row[0] = key_of(*row[0], digests=self._digests)
        return result

    def _lines(self, handle: int, taker: Taker) -> None:
        """Goes through the file by pieces that end with a line; the beginning of a next line is kept."""
        hay, result = self._hay, taker.result
        start, kept = result.offset, 0
        while True:
            if kept == hay.size:
                hay = self._longer(hay, kept)
            got = os.readv(handle, [hay.view[kept:]])
            end = kept + got
            result.bytes_read += got
            whole = hay.data.rfind(b"\n", kept, end) + 1 if got else 0
            if got and not whole:
                kept = end
                continue
            if got:
                hay.filled(0, whole)
                taker.take(hay, start, whole, whole=True)
                hay.emptied()
                start += whole
                result.offset = start
                kept = end - whole
                hay.data[:kept] = hay.data[whole:end]
                continue
            if kept:
                hay.filled(0, kept)
                taker.take(hay, start, kept, whole=False)
                hay.emptied()
            return

    def _longer(self, hay: Haystack, kept: int) -> Haystack:
        longer = Haystack(2 * hay.size)
        longer.data[:kept] = hay.data[:kept]
        if longer.size <= 8 * CHUNK:
            self._hay = longer
        return longer

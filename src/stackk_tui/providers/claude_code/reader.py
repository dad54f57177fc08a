"""One transcript → its copies of calls, from a given byte on (`claude-code-logs.md` §2, §8).

This is the innermost loop of a scan: a call is a plain list while its file is read (the columns below).
"""

from __future__ import annotations

import os

from stackk_tui.providers.claude_code.keys import key_of
from stackk_tui.providers.claude_code.lines import DecodeError, Inner, Line, decode_line
from stackk_tui.providers.claude_code.search import Haystack
from stackk_tui.providers.claude_code.words import cleaned as clean

try:
    from _blake2 import blake2b as _blake2b  # hashlib's, without OpenSSL, which takes longer than a scan
except ImportError:
    from hashlib import blake2b as _blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from stackk_tui.providers.claude_code.wire import UsageRecord

    Row = list[Any]
    """key, side, ts, offset, how (model, speed, tier, geo), input, output, write_5m, write_1h, read,
    web_searches, cost, iterated, advisors, seen_ts, seen_offset, who (project, session)"""

CHUNK = 1 << 20
"""Bytes in memory at a time (a longer line is still read whole)."""
HEAD = 4096
_AUDIT = b'"_audit_hmac"'
_SYNTHETIC = "<synthetic>"
_UNKNOWN = "unknown"
_MOST = 10**15
_SPACE, _BRACE = b" {"
_MINUTES: dict[str, int] = {}
_SECONDS = {f"{second:02}": second * 1000 for second in range(60)}
_THOUSANDTHS = {f"{ms:03}": ms for ms in range(1000)}
_cleaned: dict[str | None, str | None] = {None: None, "": None}
_hows: dict[tuple[str | None, ...], tuple[str, str | None, str | None, str | None]] = {}

SIZE_AT = 17
"""Behind the columns, while a file is read: the sum of its tokens."""


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


def head_of(path: str, length: int) -> bytes:
    """Gives the digest of the first `length` bytes of a file. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        return _digest(os.pread(handle, length, 0))
    finally:
        os.close(handle)


def _digest(content: bytes) -> bytes:
    return _blake2b(content, digest_size=16).digest()


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
                result.head = _digest(os.pread(handle, min(HEAD, size), 0))
                return result
            os.lseek(handle, offset, os.SEEK_SET)
            calls: dict[tuple[object, ...], Row] = {}
            self._lines(handle, _Taker(result, calls, path, slug, home_session))
            result.head = _digest(os.pread(handle, min(HEAD, result.offset), 0))
        finally:
            os.close(handle)
        result.rows = list(calls.values())
        for row in result.rows:
            del row[SIZE_AT:]
            row[0] = key_of(*row[0], digests=self._digests)
        return result

    def _lines(self, handle: int, taker: _Taker) -> None:
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
                start += whole
                result.offset = start
                kept = end - whole
                hay.data[:kept] = hay.data[whole:end]
                continue
            if kept:
                hay.filled(0, kept)
                taker.take(hay, start, kept, whole=False)
            return

    def _longer(self, hay: Haystack, kept: int) -> Haystack:
        longer = Haystack(2 * hay.size)
        longer.data[:kept] = hay.data[:kept]
        if longer.size <= 8 * CHUNK:
            self._hay = longer
        return longer


class _Taker:
    """Takes the calls of one file out of its lines."""

    __slots__ = ("calls", "home", "path", "result", "slug")

    def __init__(
        self, result: FileRead, calls: dict[tuple[object, ...], Row], path: str, slug: str, home: str
    ) -> None:
        self.result, self.calls, self.path, self.slug, self.home = result, calls, path, slug, home

    def take(self, hay: Haystack, base: int, end: int, *, whole: bool) -> None:
        """Looks at the lines with `"usage":` and a `{`; inside text the marker would be escaped."""
        data, view, find = hay.data, memoryview(hay.data), hay.find
        line_start = 0
        hit = find(0)
        while hit >= 0:
            after = hit + 8
            while after < end and data[after] == _SPACE:
                after += 1
            if after >= end or data[after] != _BRACE:
                hit = find(after) if after < end else -1
                continue
            line_start = data.rfind(b"\n", line_start, hit) + 1 or line_start
            line_end = data.find(b"\n", after, end)
            if line_end < 0:
                line_end = end
            if not self._line(bytes(view[line_start:line_end]), base + line_start):
                self.result.broken += whole
                self.result.broken_tail |= not whole
            line_start = line_end + 1
            hit = find(line_start) if line_start < end else -1

    def _line(self, line: bytes, offset: int) -> bool:
        """Keeps the usage of a line, if it has any; gives False if the line is broken."""
        try:
            call: Line | Inner
            call = record = decode_line(line)
            if not line.isascii():  # msgspec does not look at the encoding of what it passes over
                line.decode()
        except (DecodeError, RecursionError, ValueError):
            return self._odd_line(line, offset)
        kind, side = record.type, record.isSidechain is True
        if kind != "assistant" and kind:
            if kind != "progress":
                return True
            inner = record.data
            if inner is None or inner.type != "agent_progress" or inner.message is None:
                return self._odd_line(line, offset)
            call, side = inner.message, True
        message = call.message
        if message is None or (usage := message.usage) is None:
            return True
        if record.costUSD is not None or usage.iterations or record.forkedFrom is not None:
            return self._odd_line(line, offset)
        how = (message.model, usage.speed, usage.service_tier, usage.inference_geo)
        how = _hows.get(how) or _how(how)
        if how[0] == _SYNTHETIC:
            return True
        split, written = usage.cache_creation, usage.cache_creation_input_tokens
        if split is None:
            write_5m, write_1h = written or 0, 0
        else:
            write_5m, write_1h = split.ephemeral_5m_input_tokens or 0, split.ephemeral_1h_input_tokens or 0
            if write_5m < 0 or write_1h < 0 or write_5m + write_1h > _MOST:
                return self._odd_line(line, offset)
            if written is not None:
                write_1h = min(write_1h, written)
                write_5m = written - write_1h
        input, output = usage.input_tokens or 0, usage.output_tokens or 0
        read = usage.cache_read_input_tokens or 0
        searches = 0 if usage.server_tool_use is None else usage.server_tool_use.web_search_requests or 0
        size = input + output + write_5m + write_1h + read
        ts = _moment(call.timestamp or record.timestamp)
        if (
            ts is None
            or (input | output | write_5m | write_1h | read | searches) < 0
            or size + searches > _MOST
        ):
            return self._odd_line(line, offset)
        request = call.requestId
        if not message.id:
            name: tuple[object, ...] = (side, call.uuid) if call.uuid else (side, offset)
        elif request:
            name = (side, message.id, request)
        else:
            name = (side, message.id, None, input, write_5m + write_1h, read)
        row = self.calls.get(name)
        if row is None:
            prompt = (input, write_5m + write_1h, read)
            who = (record.cwd, record.sessionId)
            key = (message.id, request, call.uuid, prompt, self.path, offset)
            self._first(name, [key, side, ts, offset, how, input, output, write_5m, write_1h, read, searches,
                               None, False, None, ts, offset, who, size])  # fmt: skip
            return True
        if size > row[SIZE_AT] or (
            size == row[SIZE_AT] and (False, how[1] is not None, ts, offset) > (row[12], row[4][1] is not None, row[2], row[3])
        ):  # fmt: skip
            row[2:14] = (
                ts,
                offset,
                how,
                input,
                output,
                write_5m,
                write_1h,
                read,
                searches,
                None,
                False,
                None,
            )
            row[SIZE_AT] = size
        if ts < row[14] or ts > self.result.last_ts:
            self._note(row, ts, offset, (record.cwd, record.sessionId))
        return True

    def _first(self, name: tuple[object, ...], row: Row) -> None:
        row[16] = self._who(row[16])
        self.calls[name] = row
        self.result.last_ts = max(self.result.last_ts, row[2])

    def _note(self, row: Row, ts: int, offset: int, who: tuple[str | None, str | None]) -> None:
        """Keeps when and where the first line of a call stood."""
        self.result.last_ts = max(self.result.last_ts, ts)
        if (ts, offset) < (row[14], row[15]):
            row[14:17] = (ts, offset, self._who(who))

    def _who(self, who: tuple[str | None, str | None]) -> tuple[str, str]:
        """The folder and file name stand in for a missing `cwd` and `sessionId`."""
        return _words(who[0]) or self.slug, _words(who[1]) or self.home

    def _odd_line(self, line: bytes, offset: int) -> bool:
        """Reads a line leniently; gives False if it is broken."""
        from stackk_tui.providers.claude_code.wire import BrokenLine, parse_line

        try:
            record = parse_line(line)
        except BrokenLine:
            return False
        if record is not None:
            self._put(record, offset)
        return True

    def _put(self, record: UsageRecord, offset: int) -> None:
        message_id, request, uuid, ts = record.message_id, record.request_id, record.uuid, record.ts
        prompt = (record.input, record.write_5m + record.write_1h, record.read)
        name: tuple[object, ...]
        if not message_id:
            name = (record.side, uuid) if uuid else (record.side, offset)
        else:
            name = (record.side, message_id, request) if request else (record.side, message_id, None, *prompt)
        how = (record.model, record.speed, record.tier, record.geo)
        counts = (record.input, record.output, record.write_5m, record.write_1h, record.read)
        size = sum(counts)
        best = (ts, offset, how, *counts, record.web_searches, record.cost, record.iterated,
                [list(advisor) for advisor in record.advisors] or None)  # fmt: skip
        who = (record.cwd, record.session)
        row = self.calls.get(name)
        if row is None:
            key = (message_id, request, uuid, prompt, self.path, offset)
            self._first(name, [key, record.side, *best, ts, offset, who, size])
            return
        if (size, record.iterated, how[1] is not None, ts, offset) > (
            row[SIZE_AT], row[12], row[4][1] is not None, row[2], row[3],
        ):  # fmt: skip
            row[2:14] = best
            row[SIZE_AT] = size
        self._note(row, ts, offset, who)


def _how(raw: tuple[str | None, ...]) -> tuple[str, str | None, str | None, str | None]:
    if len(_hows) > 10_000:
        _hows.clear()
    model, speed, tier, geo = raw
    found = (_words(model) or _UNKNOWN, _words(speed), _words(tier), _words(geo))
    _hows[raw] = found
    return found


def _moment(stamp: str | None) -> int | None:
    """Gives UTC milliseconds; quick for `2026-11-01T09:00:00.000Z`, which nearly all are."""
    if stamp is None:
        return None
    try:
        if stamp[19] == "." and stamp[23:] == "Z":
            return _MINUTES[stamp[:17]] + _SECONDS[stamp[17:19]] + _THOUSANDTHS[stamp[20:23]]
    except (KeyError, IndexError):
        pass
    from stackk_tui.providers.claude_code.wire import parse_timestamp

    minute = parse_timestamp(f"{stamp[:17]}00Z")
    if minute is not None and len(stamp) == 24:
        if len(_MINUTES) > 100_000:
            _MINUTES.clear()
        _MINUTES[stamp[:17]] = minute
    return parse_timestamp(stamp)


def _words(text: str | None) -> str | None:
    """Gives cleaned text, None for nothing."""
    try:
        return _cleaned[text]
    except KeyError:
        if len(_cleaned) > 10_000:
            _cleaned.clear()
            _cleaned.update({None: None, "": None})
        _cleaned[text] = clean(text or "", 1024)
        return _cleaned[text]

"""Lines of a transcript → its calls: one row per key and chain, the best line and where the first one stood.

This is the innermost loop of a scan, so it does several lines at once and writes out what functions
would say.
The columns of a row are those of `dedupe.py`; until its file is read a row ends with its size.
"""

from __future__ import annotations

from stackk_tui.providers.claude_code.lines import DecodeError, decode_line, decode_lines
from stackk_tui.providers.claude_code.words import how_of, word_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from stackk_tui.providers.claude_code.lines import Inner, Line
    from stackk_tui.providers.claude_code.reader import FileRead
    from stackk_tui.providers.claude_code.search import Haystack
    from stackk_tui.providers.claude_code.wire import UsageRecord

    Row = list[Any]

SIZE_AT = 17
"""Behind the columns, while a file is read: the sum of its tokens."""
_SYNTHETIC = "<synthetic>"
_MOST = 10**15
_SPACE, _OPEN, _CLOSE = b" {}"
_MARKER_LENGTH = len(b'"usage":')
_KEPT = 10_000
_minutes: dict[str, int] = {}
_SECONDS = {f"{second:02}": second * 1000 for second in range(60)}
_THOUSANDTHS = {f"{ms:03}Z": ms for ms in range(1000)}


class Taker:
    """Takes the calls of one file out of its lines."""

    __slots__ = ("calls", "home", "path", "result", "slug")

    def __init__(self, result: FileRead, path: str, slug: str, home: str) -> None:
        self.calls: dict[tuple[object, ...], Row] = {}
        self.result, self.path, self.slug, self.home = result, path, slug, home

    def take(self, hay: Haystack, base: int, end: int, *, whole: bool) -> None:
        """Looks at the lines with `"usage":` and a `{`; inside text the marker would be escaped. `base` is
        the place of the buffer in the file."""
        data, find = hay.data, hay.find
        lines: list[bytes | bytearray] = []
        places: list[int] = []
        plain = True
        line_start = 0
        hit = find(0)
        while hit >= 0:
            after = hit + _MARKER_LENGTH
            while after < end and data[after] == _SPACE:
                after += 1
            if after >= end or data[after] != _OPEN:
                hit = find(after) if after < end else -1
                continue
            line_start = data.rfind(b"\n", line_start, hit) + 1 or line_start
            line_end = data.find(b"\n", after, end)
            if line_end < 0:
                line_end = end
            lines.append(data[line_start:line_end])
            places.append(base + line_start)
            if data[line_start] != _OPEN or data[line_end - 1] != _CLOSE:
                plain = False
            line_start = line_end + 1
            hit = find(line_start) if line_start < end else -1
        if lines:
            self._lines(lines, places, whole=whole, plain=plain)

    def _lines(self, lines: list[bytes | bytearray], places: list[int], *, whole: bool, plain: bool) -> None:
        """Lines that begin with `{` and end with `}` cannot be one value together, so as many values as lines
        are one each."""
        if plain:
            together = b"\n".join(lines)
            try:
                if not together.isascii():  # msgspec does not look at the encoding of what it passes over
                    together.decode()
                records = decode_lines(together)
            except (DecodeError, RecursionError, ValueError):
                records = []
            if len(records) == len(lines):
                for place in self._records(records, places):
                    self._odd_line(bytes(lines[place]), places[place], whole=whole)
                return
        for line, place in zip(lines, places, strict=True):
            try:
                line.decode()
                records = [decode_line(line)]
            except (DecodeError, RecursionError, ValueError):
                self._odd_line(bytes(line), place, whole=whole)
                continue
            if self._records(records, [place]):
                self._odd_line(bytes(line), place, whole=whole)

    def _records(self, records: list[Line], places: list[int]) -> list[int]:
        """Takes the lines that are as expected; gives the numbers of the others."""
        odd: list[int] = []
        calls, result = self.calls, self.result
        last_ts = result.last_ts
        number = -1
        call: Line | Inner
        for record in records:
            number += 1
            kind, side, call = record.type, record.isSidechain is True, record
            if kind != "assistant" and kind:
                if kind != "progress":
                    continue
                inner = record.data
                if inner is None or inner.type != "agent_progress" or inner.message is None:
                    odd.append(number)
                    continue
                call, side = inner.message, True
            message = call.message
            if message is None or (usage := message.usage) is None:
                continue
            raw = (message.model, usage.speed, usage.service_tier, usage.inference_geo)
            how = how_of(raw)
            if how[0] == _SYNTHETIC:
                continue
            split, written = usage.cache_creation, usage.cache_creation_input_tokens or 0
            write_5m, write_1h = written, 0
            if split is not None:
                write_5m, write_1h = (
                    split.ephemeral_5m_input_tokens or 0,
                    split.ephemeral_1h_input_tokens or 0,
                )
                if write_5m < 0 or write_1h < 0 or write_5m + write_1h > _MOST:
                    odd.append(number)
                    continue
                if usage.cache_creation_input_tokens is not None:
                    write_1h = min(write_1h, written)
                    write_5m = written - write_1h
            input, output = usage.input_tokens or 0, usage.output_tokens or 0
            read = usage.cache_read_input_tokens or 0
            searches = 0 if usage.server_tool_use is None else usage.server_tool_use.web_search_requests or 0
            size = input + output + write_5m + write_1h + read
            stamp = call.timestamp or record.timestamp
            try:
                ts = _minutes[stamp[:17]] + _SECONDS[stamp[17:19]] + _THOUSANDTHS[stamp[20:]]  # type: ignore[index]
                if stamp[19] != ".":  # type: ignore[index]
                    raise KeyError
            except (KeyError, TypeError):
                ts = _moment(stamp)
            if (
                ts < 0
                or (input | output | written | write_5m | write_1h | read | searches) < 0
                or size + searches > _MOST
                or record.costUSD is not None
                or usage.iterations
                or record.forkedFrom is not None
            ):
                odd.append(number)
                continue
            offset = places[number]
            last_ts = max(last_ts, ts)
            request = call.requestId
            if message.id:
                name: tuple[object, ...] = (side, message.id, request)
                if not request:
                    name = (side, message.id, None, input, write_5m + write_1h, read)
            else:
                name = (side, call.uuid) if call.uuid else (side, offset)
            row = calls.get(name)
            if row is None:
                key = (message.id, request, call.uuid, (input, write_5m + write_1h, read), self.path, offset)
                calls[name] = [
                    key, side, ts, offset, how, input, output, write_5m, write_1h, read, searches,
                    None, False, None, ts, offset, self._who(record.cwd, record.sessionId), size,
                ]  # fmt: skip
                continue
            if size > row[SIZE_AT] or (size == row[SIZE_AT] and _is_better(row, how, ts, offset)):
                row[2:14] = (
                    ts, offset, how, input, output, write_5m, write_1h, read, searches, None, False, None,
                )  # fmt: skip
                row[SIZE_AT] = size
            if ts < row[14]:
                row[14:17] = (ts, offset, self._who(record.cwd, record.sessionId))
        result.last_ts = last_ts
        return odd

    def _who(self, cwd: str | None, session: str | None) -> tuple[str, str]:
        """The folder and file name stand in for a missing `cwd` and `sessionId`."""
        return word_of(cwd) or self.slug, word_of(session) or self.home

    def _odd_line(self, line: bytes, offset: int, *, whole: bool) -> None:
        """Reads a line leniently, and counts it if it is broken."""
        from stackk_tui.providers.claude_code.wire import BrokenLine, parse_line

        try:
            record = parse_line(line)
        except BrokenLine:
            self.result.broken += whole
            self.result.broken_tail |= not whole
            return
        if record is not None:
            self._put(record, offset)

    def _put(self, record: UsageRecord, offset: int) -> None:
        message_id, request, uuid, ts = record.message_id, record.request_id, record.uuid, record.ts
        prompt = (record.input, record.write_5m + record.write_1h, record.read)
        name: tuple[object, ...] = (record.side, message_id, request)
        if not message_id:
            name = (record.side, uuid) if uuid else (record.side, offset)
        elif not request:
            name = (record.side, message_id, None, *prompt)
        how = (record.model, record.speed, record.tier, record.geo)
        counts = (record.input, record.output, record.write_5m, record.write_1h, record.read)
        size = sum(counts)
        best = (ts, offset, how, *counts, record.web_searches, record.cost, record.iterated,
                [list(advisor) for advisor in record.advisors] or None)  # fmt: skip
        who = self._who(record.cwd, record.session)
        self.result.last_ts = max(self.result.last_ts, ts)
        row = self.calls.get(name)
        if row is None:
            key = (message_id, request, uuid, prompt, self.path, offset)
            self.calls[name] = [key, record.side, *best, ts, offset, who, size]
            return
        if (size, record.iterated, how[1] is not None, ts, offset) > (
            row[SIZE_AT], row[12], row[4][1] is not None, row[2], row[3],
        ):  # fmt: skip
            row[2:14] = best
            row[SIZE_AT] = size
        if (ts, offset) < (row[14], row[15]):
            row[14:17] = (ts, offset, who)


def _is_better(row: Row, how: tuple[str | None, ...], ts: int, offset: int) -> bool:
    """Whether a line without iterations takes the place of one of the same size."""
    known = (row[12], row[4][1] is not None, row[2], row[3])
    return (False, how[1] is not None, ts, offset) > known


def _moment(stamp: str | None) -> int:
    """Gives UTC milliseconds, below 0 if it is no moment. Remembers the minute for the next lines."""
    from stackk_tui.providers.claude_code.wire import parse_timestamp

    if stamp is None:
        return -1
    minute = parse_timestamp(f"{stamp[:17]}00Z")
    if minute is not None and len(stamp) == 24:
        if len(_minutes) > _KEPT:
            _minutes.clear()
        _minutes[stamp[:17]] = minute
    ts = parse_timestamp(stamp)
    return -1 if ts is None else ts

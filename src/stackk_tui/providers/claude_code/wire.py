"""One line of a transcript → one usage record (`claude-code-logs.md` §2). Null and empty mean absent."""

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple

from stackk_tui.model.text import clean

SYNTHETIC = "<synthetic>"
"""The model of a line Claude Code wrote itself, e.g. an API error. It used nothing."""
UNKNOWN_MODEL = "unknown"

_STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)
_EPOCH = date(1970, 1, 1).toordinal()
_MOST = 10**15  # no count is larger; SQLite could not hold just any integer


class BrokenLine(ValueError):
    """A line with the usage marker that cannot be used."""


class Advisor(NamedTuple):
    """Another model's call inside a request; its tokens are not in the request's own (§2 iterations)."""

    model: str
    input: int
    output: int
    write_5m: int
    write_1h: int
    read: int


class UsageRecord(NamedTuple):
    """One line's usage. `ts` is UTC in milliseconds; counts are tokens; `cost` is recorded dollars."""

    message_id: str | None
    request_id: str | None
    uuid: str | None
    ts: int
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
    side: bool
    session: str | None
    """The session it was first written in, where a copied line still says so."""
    cwd: str | None


def parse_line(line: bytes) -> UsageRecord | None:
    """Gives the usage on a line, or None if the line rightly has none. Raises BrokenLine."""
    try:
        raw = json.loads(line.decode("utf-8").lstrip("\ufeff"), parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise BrokenLine("not JSON") from error
    if not isinstance(raw, dict):
        return None
    kind = raw.get("type")
    if kind == "progress":
        return _from_progress(raw)
    if kind in ("assistant", None, ""):
        return _from_message(raw, raw, side=raw.get("isSidechain") is True)
    return None  # a `toolUseResult` on a user line sums up calls that are recorded elsewhere


def _number(text: str) -> Decimal:
    """Gives a number as it is written; one with an exponent beyond reason is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def _from_progress(raw: dict[str, Any]) -> UsageRecord | None:
    """A sub-agent's message, repeated in its parent's file; all that is left if the sub-agent's is gone."""
    data = _table(raw.get("data"))
    if data.get("type") != "agent_progress":
        return None
    inner = _table(data.get("message"))
    return _from_message({"timestamp": raw.get("timestamp"), **_present(inner)}, raw, side=True)


def _from_message(call: Mapping[str, Any], line: Mapping[str, Any], *, side: bool) -> UsageRecord | None:
    message = _table(call.get("message"))
    usage = message.get("usage")
    model = _text(message.get("model"))
    if not isinstance(usage, dict) or model == SYNTHETIC:
        return None
    ts = parse_timestamp(call.get("timestamp"))
    if ts is None:
        raise BrokenLine("no usable timestamp")
    iterations = usage.get("iterations")
    steps = [step for step in iterations if isinstance(step, dict)] if isinstance(iterations, list) else []
    return UsageRecord(
        _id(message.get("id")),
        _id(call.get("requestId")),
        _id(call.get("uuid")),
        ts,
        model or UNKNOWN_MODEL,
        *_counts(usage),
        _count(_table(usage.get("server_tool_use")).get("web_search_requests")),
        _text(usage.get("speed")),
        _text(usage.get("service_tier")),
        _text(usage.get("inference_geo")),
        _cost(line.get("costUSD")),
        bool(steps),
        tuple(
            Advisor(_text(step.get("model")) or UNKNOWN_MODEL, *_counts(step))
            for step in steps
            if step.get("type") == "advisor_message"
        ),
        side,
        _text(_table(line.get("forkedFrom")).get("sessionId")) or _text(line.get("sessionId")),
        _text(line.get("cwd")),
    )


def _counts(usage: Mapping[str, Any]) -> tuple[int, int, int, int, int]:
    """Gives input, output, 5-minute writes, 1-hour writes and reads; writes without a split are 5-minute."""
    split = _table(usage.get("cache_creation"))
    write_5m, write_1h = (
        _count(split.get("ephemeral_5m_input_tokens")),
        _count(split.get("ephemeral_1h_input_tokens")),
    )
    total = usage.get("cache_creation_input_tokens")
    if total is not None:
        written = _count(total)
        write_1h = min(write_1h, written)
        write_5m = written - write_1h
    return (
        _count(usage.get("input_tokens")),
        _count(usage.get("output_tokens")),
        write_5m,
        write_1h,
        _count(usage.get("cache_read_input_tokens")),
    )


def _count(value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, Decimal) and value.is_finite() and -_MOST <= value <= _MOST and value == int(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise BrokenLine("not a token count")
    return value


def _cost(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    amount = Decimal(value)
    return str(amount) if amount.is_finite() and 0 <= amount <= _MOST else None


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _present(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if value is not None and value != ""}


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _text(value: object) -> str | None:
    return _cleaned(value) if isinstance(value, str) and value else None


@lru_cache(maxsize=4096)
def _cleaned(text: str) -> str:
    return clean(text, 1024)


def parse_timestamp(text: object) -> int | None:
    """Gives an RFC 3339 moment (0 to 9 decimals, any offset) in UTC milliseconds, or None."""
    match = _STAMP.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, sign, off_hours, off_minutes = match.groups()[6:]
    if not 1971 <= year <= 9998 or hour > 23 or minute > 59 or second > 60:
        return None
    try:
        days = date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None
    seconds = days * 86_400 + hour * 3600 + minute * 60 + second
    if sign:
        if int(off_hours) > 23 or int(off_minutes) > 59:
            return None
        shift = int(off_hours) * 3600 + int(off_minutes) * 60
        seconds += shift if sign == "-" else -shift
    return seconds * 1000 + (int(fraction[:3].ljust(3, "0")) if fraction else 0)

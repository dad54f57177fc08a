"""Reading an answer's body: exact numbers, nothing of it ever shown."""

import asyncio
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from stackk_tui.model.errors import ProtocolError
from stackk_tui.net.trouble import KEPT, LATER

IN_THREAD = 64 * 1024
"""Bytes from which parsing would be felt on the screen."""


async def parse_any(vendor: str, raw: bytes, content_type: str, request_id: str | None) -> object:
    """Gives the JSON value in `raw`; numbers with a fraction are Decimal. Raises ProtocolError."""
    problem = _wrong_type(content_type)
    if problem is None:
        try:
            return await _load(raw)
        except (ValueError, RecursionError):
            problem = "an answer that is cut off or is not JSON"
    raise ProtocolError(f"{vendor} sent {problem}.", KEPT, LATER, request_id=request_id)


async def parse_object(
    vendor: str, raw: bytes, content_type: str, request_id: str | None
) -> dict[str, object]:
    """Gives the JSON object in `raw`. Raises ProtocolError."""
    value = await parse_any(vendor, raw, content_type, request_id)
    if not isinstance(value, dict):
        what = "an answer of another shape than documented"
        raise ProtocolError(f"{vendor} sent {what}.", KEPT, LATER, request_id=request_id)
    return value


async def parse_error(raw: bytes) -> Mapping[str, object] | None:
    """Gives an error's JSON object, or None whatever else it is."""
    try:
        value = await _load(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _wrong_type(content_type: str) -> str | None:
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return None
    if kind in ("text/html", "application/xhtml+xml"):
        return "a web page instead of data; a proxy or a sign-in page may stand between"
    return "an answer that is not JSON"


async def _load(raw: bytes) -> object:
    if len(raw) >= IN_THREAD:
        return await asyncio.to_thread(_loads, raw)
    return _loads(raw)


def _loads(raw: bytes) -> object:
    return json.loads(raw.decode("utf-8-sig"), parse_float=_decimal, parse_constant=_refuse)


def _decimal(text: str) -> Decimal:
    if len(text) > 64:
        raise ValueError("a number of more digits than any amount has")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number with an exponent beyond any amount") from None


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def parse_line(raw: bytes) -> object:
    """Gives the JSON value of one line of a stream, fractions as Decimal. Raises ValueError."""
    try:
        return _loads(raw)
    except RecursionError:
        raise ValueError("nested too deeply") from None

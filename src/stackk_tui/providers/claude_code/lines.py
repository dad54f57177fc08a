"""A line of a transcript → what it says was used, the fast way; what is odd goes to `wire.py`.

msgspec checks the whole line's JSON and builds only the fields that are named here; the message's content, by
far the most of it, is passed over. Whatever does not fit these types exactly raises, and is read leniently.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# msgspec's only use of it is a function that `typing` has, too; it takes a third of the time to import.
_spared = "typing_extensions" not in sys.modules
if _spared:
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
from msgspec import DecodeError, Struct  # noqa: E402
from msgspec.json import Decoder, decode, encode  # noqa: E402

if _spared:
    del sys.modules["typing_extensions"]

__all__ = ["DecodeError", "decode", "decode_line", "decode_lines", "encode"]


class Split(Struct, gc=False):
    ephemeral_1h_input_tokens: int | None = None
    ephemeral_5m_input_tokens: int | None = None


class Tools(Struct, gc=False):
    web_search_requests: int | None = None


class Usage(Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: Split | None = None
    server_tool_use: Tools | None = None
    speed: str | None = None
    service_tier: str | None = None
    inference_geo: str | None = None
    iterations: list[Step] | None = None


class Step(Struct, gc=False):
    type: str | None = None


class Message(Struct, gc=False):
    id: str | None = None
    model: str | None = None
    usage: Usage | None = None


class Fork(Struct, gc=False):
    sessionId: str | None = None  # noqa: N815  # as it is on the wire


class Inner(Struct, gc=False):
    """A sub-agent's line, inside a line of its parent's file."""

    timestamp: str | None = None
    requestId: str | None = None  # noqa: N815
    uuid: str | None = None
    message: Message | None = None


class Progress(Struct, gc=False):
    type: str | None = None
    message: Inner | None = None


class Line(Struct, gc=False):
    type: str | None = None
    isSidechain: bool | None = None  # noqa: N815
    sessionId: str | None = None  # noqa: N815
    cwd: str | None = None
    requestId: str | None = None  # noqa: N815
    uuid: str | None = None
    timestamp: str | None = None
    costUSD: float | None = None  # noqa: N815
    forkedFrom: Fork | None = None  # noqa: N815
    message: Message | None = None
    data: Progress | None = None


_decoder = Decoder(Line)
decode_line: Callable[[Any], Line] = _decoder.decode
"""Raises DecodeError (of which ValidationError is one) for anything that is not exactly such a line."""
decode_lines: Callable[[Any], list[Line]] = _decoder.decode_lines
"""The same for many."""

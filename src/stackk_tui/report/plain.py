"""What both JSON shapes are made of (DESIGN §4); imports nothing that a quick answer has no need of."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it, which takes longer to import than this module to run
if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from typing import Protocol

    class TokenCounts(Protocol):
        """`model.usage.Tokens`, or what looks like it."""

        @property
        def input(self) -> int: ...
        @property
        def output(self) -> int: ...
        @property
        def cache_write_5m(self) -> int: ...
        @property
        def cache_write_1h(self) -> int: ...
        @property
        def cache_read(self) -> int: ...
        @property
        def total(self) -> int: ...


SCHEMA = 1

Json = dict[str, object]


def tokens_json(tokens: TokenCounts) -> Json:
    return {
        "input": tokens.input,
        "output": tokens.output,
        "cache_write_5m": tokens.cache_write_5m,
        "cache_write_1h": tokens.cache_write_1h,
        "cache_read": tokens.cache_read,
        "total": tokens.total,
    }


def plain(amount: Decimal) -> str:
    """Gives an amount in digits, never with an exponent and never as a negative zero."""
    return format(amount or abs(amount), "f")


def moment(when: datetime | None) -> str | None:
    """Gives a time in UTC with `Z`, to the second."""
    if when is None:
        return None
    from datetime import UTC

    return when.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _quoted(text: str) -> str:
    try:
        from _json import encode_basestring_ascii  # json's own, without what json imports beside it
    except ImportError:
        from json.encoder import encode_basestring_ascii
    return encode_basestring_ascii(text)


def document(value: object, margin: str = "\n") -> str:
    """Gives what `json.dumps(value, indent=2)` gives, for values without floats, several times as fast."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    inner = margin + "  "
    if isinstance(value, dict):
        parts = [f"{document(name)}: {document(each, inner)}" for name, each in value.items()]
        return f"{{{inner}{f',{inner}'.join(parts)}{margin}}}" if parts else "{}"
    if isinstance(value, list):
        parts = [document(each, inner) for each in value]
        return f"[{inner}{f',{inner}'.join(parts)}{margin}]" if parts else "[]"
    raise TypeError(f"a {type(value).__name__} has no place in a document")

"""What both JSON shapes are made of (DESIGN §4); imports nothing that a quick answer has no need of."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it, which takes longer to import than this module to run
if TYPE_CHECKING:
    from collections.abc import Callable
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


def document(value: object) -> str:
    """Gives what `json.dumps(value, indent=2)` gives, for values without floats, several times as fast."""
    try:
        from _json import encode_basestring_ascii  # json's own, without what json imports beside it
    except ImportError:
        from json.encoder import encode_basestring_ascii
    return _written(value, "\n", encode_basestring_ascii, {})


def _written(value: object, margin: str, quote: Callable[[str], str], names: dict[str, str]) -> str:
    """`names` keeps the names of fields as they are written: each stands in every row."""
    if type(value) is int:
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    inner = margin + "  "
    if isinstance(value, dict):
        parts = []
        for name, each in value.items():
            told = names.get(name)
            if told is None:
                told = names[name] = f"{quote(name)}: "
            parts.append(told + (str(each) if type(each) is int else _written(each, inner, quote, names)))
        return f"{{{inner}{f',{inner}'.join(parts)}{margin}}}" if parts else "{}"
    if isinstance(value, list):
        parts = [_written(each, inner, quote, names) for each in value]
        return f"[{inner}{f',{inner}'.join(parts)}{margin}]" if parts else "[]"
    raise TypeError(f"a {type(value).__name__} has no place in a document")

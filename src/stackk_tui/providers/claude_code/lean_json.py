"""JSON without `json`, whose regular expressions take longer to import than a warm answer may.

CPython's own C scanner and quoting do the work; where there are none, `json` does. For texts of our own.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


class _Rules:
    """What the scanner asks of a decoder: what `json.loads` does."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    memo: dict[str, str] = {}  # noqa: RUF012  # the scanner reads it as an attribute

    @staticmethod
    def parse_constant(name: str) -> float:
        return float(name.replace("Infinity", "inf"))


def loads(text: str) -> Any:
    """Gives the value of a text. Raises ValueError for what is no JSON."""
    try:
        from _json import make_scanner
    except ImportError:
        from json import loads as plain

        return plain(text)
    if not isinstance(text, str):
        raise ValueError("no text")  # a damaged index may hold anything
    text = text.strip(" \t\r\n")
    try:
        value, end = make_scanner(_Rules())(text, 0)  # type: ignore[arg-type]  # it has a decoder's attributes
    except (StopIteration, RecursionError, SystemError) as error:
        raise ValueError("no JSON") from error  # the last one: Python 3.11 looks for its error in `json`
    if end != len(text):
        raise ValueError("more than one value")
    return value


def dumps(value: object) -> str:
    """Gives what `json.dumps` gives, for objects, lists, texts, whole numbers and null."""
    try:
        from _json import encode_basestring_ascii as quote
    except ImportError:
        from json import dumps as plain

        return plain(value)
    return _written(value, quote)


def dumps_texts(rows: Iterable[Iterable[str]]) -> str:
    """Gives what `dumps` gives, for lists of texts, sooner."""
    try:
        from _json import encode_basestring_ascii as quote
    except ImportError:
        from json import dumps as plain

        return plain(list(map(list, rows)))
    return "[" + ", ".join(["[" + ", ".join(map(quote, row)) + "]" for row in rows]) + "]"


def _written(value: object, quote: Callable[[str], str]) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{quote(name)}: {_written(each, quote)}' for name, each in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_written(each, quote) for each in value)}]"
    raise TypeError(f"a {type(value).__name__} has no place in our JSON")

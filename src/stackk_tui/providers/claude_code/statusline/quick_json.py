"""Reading JSON without `json`, whose regular expressions take longer to import than all the rest of the line.

CPython's own C scanner does the work; where there is none, `json` does.
"""

from collections.abc import Callable


class _Rules:
    """What the scanner asks of a decoder: no NaN and no infinity, which no JSON has."""

    strict = False
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    memo: dict[str, str] = {}  # noqa: RUF012  # the scanner reads it as an attribute

    @staticmethod
    def parse_constant(_name: str) -> None:
        return None


def parse(data: bytes) -> dict[str, object]:
    """Gives the object that `data` begins with, empty if it begins with none. Never raises."""
    text = data.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    try:
        value, _ = _scanner()(text, 0)
    except (ValueError, StopIteration, RecursionError, SystemError):
        return {}  # the last one: Python 3.11 looks for the error it wants to raise in `json`
    return value if isinstance(value, dict) else {}


def _scanner() -> Callable[[str, int], tuple[object, int]]:
    try:
        from _json import make_scanner
    except ImportError:
        from json import JSONDecoder

        return JSONDecoder(parse_constant=lambda _name: None).raw_decode
    return make_scanner(_Rules())  # type: ignore[arg-type]  # any object with a decoder's attributes will do

"""Changing one member of a JSON file and not a byte of the rest: order, spaces, numbers and line ends stay.

Raises ValueError, with words for the person, for what is not strict JSON: a comment would be lost, and what
cannot be read for certain is not to be written.
"""

import json
from json.decoder import JSONDecoder

_SPACE = " \t\r\n"
_Member = tuple[str, int, int, int]
"""A key, where its quote begins, where its value begins, and where that ends."""


class ObjectText:
    """The text of one JSON object, from `{` to `}`, inside a larger text."""

    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.members: list[_Member] = []
        at = self.begin = _skip(text, at)
        if text[at : at + 1] != "{":
            raise ValueError("it holds no object")
        at = _skip(text, at + 1)
        while text[at] != "}":
            key_at = at
            key, at = JSONDecoder().raw_decode(text, key_at)
            value_at = _skip(text, _skip(text, at) + 1)
            _, at = JSONDecoder().raw_decode(text, value_at)
            self.members.append((key, key_at, value_at, at))
            at = _skip(text, at)
            if text[at] == ",":
                at = _skip(text, at + 1)
        self.end = at

    def find(self, key: str) -> _Member | None:
        """Raises ValueError when it is there twice."""
        found = [member for member in self.members if member[0] == key]
        if len(found) > 1:
            raise ValueError(f"it names {key!r} twice")
        return found[0] if found else None

    def replaced(self, key: str, value: object) -> str:
        """Gives the text with another value of a member, in its place."""
        member = self.find(key)
        if member is None:
            raise KeyError(key)
        return self.text[: member[2]] + _written(value) + self.text[member[3] :]

    def added(self, key: str, value: dict[str, object]) -> str:
        """Gives the text with one member more, the last one, written as the others are."""
        if not self.members:
            inside = f"\n{_pretty(key, value, '  ', chr(10))}\n"
            return self.text[: self.begin + 1] + inside + self.text[self.end :]
        last_end = self.members[-1][3]
        before_first = self.text[self.begin + 1 : self.members[0][1]]
        newline = "\r\n" if "\r\n" in before_first else "\n"
        if "\n" in before_first:
            inside = f",{newline}{_pretty(key, value, before_first.rpartition(chr(10))[2], newline)}"
        else:
            inside = f", {_written(key)}: {_written(value)}"
        return self.text[:last_end] + inside + self.text[last_end:]

    def removed(self, key: str) -> str:
        """Gives the text without a member and its comma."""
        member = self.find(key)
        if member is None:
            raise KeyError(key)
        at = self.members.index(member)
        if at:
            return self.text[: self.members[at - 1][3]] + self.text[member[3] :]
        if len(self.members) > 1:
            return self.text[: member[1]] + self.text[self.members[1][1] :]
        return self.text[: self.begin + 1] + self.text[self.end :]

    def excerpt(self, key: str) -> list[str]:
        """Gives the lines of one member, for a person to read; none when it is not there."""
        member = self.find(key)
        if member is None:
            return []
        begin = self.text.rfind("\n", 0, member[1]) + 1
        indent = self.text[begin : member[1]]
        return ((indent if not indent.strip() else "") + self.text[member[1] : member[3]]).splitlines()


def checked(text: str) -> dict[str, object]:
    """Gives the object that `text` is. Raises ValueError, with where it is wrong."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not valid JSON at line {error.lineno}: {error.msg}") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("it holds no object")  # one kind of error for all that is wrong in it
    return value


def _pretty(key: str, value: dict[str, object], indent: str, newline: str) -> str:
    members = f",{newline}".join(f"{indent * 2}{_written(k)}: {_written(v)}" for k, v in value.items())
    return f"{indent}{_written(key)}: {{{newline}{members}{newline}{indent}}}"


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _SPACE:
        at += 1
    return at

"""Cleaning text that came from outside, once, where it is parsed (`secrets-and-oauth.md` §10).

Textual and every terminal pass control characters straight through; a workspace name must not be able
to set the clipboard, move the cursor or turn the line around.
"""

import re
import unicodedata

_ESCAPES = re.compile(
    r"\x1b(?:[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x9c|\x1b\\)?|\[[0-?]*[ -/]*[@-~]?|[ -/]*[0-~])"
    r"|[\x90\x98\x9d-\x9f][^\x07\x1b\x9c]*(?:\x07|\x9c|\x1b\\)?"
    r"|\x9b[0-?]*[ -/]*[@-~]?"
)
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def clean(text: str, limit: int = 256) -> str:
    """Gives `text` without escape sequences, control, bidi and surrogate characters, at most `limit` long."""
    if text.isascii() and text.isprintable():
        return text[:limit]  # nearly all of them; a report has thousands
    text = _ESCAPES.sub("", text[: limit * 4])
    return "".join(map(_visible, text))[:limit]


def _visible(char: str) -> str:
    if char in "\t\n\r":
        return " "
    return "\ufffd" if unicodedata.category(char) in _UNSAFE else char

"""A model's id without what says where and when it was called (`claude-code-logs.md` §4).

Without regular expressions, whose import takes longer than a warm start may.
"""

from __future__ import annotations

_PLATFORMS = ("openrouter/", "vertex_ai/", "bedrock/", "anthropic/")
_VENDOR = "anthropic."


def plain_id(model: str) -> str:
    """Gives a model's id without provider prefix, date and context suffix; for display and for looking up."""
    while model.startswith(_PLATFORMS):
        model = model.partition("/")[2]
    model = _without_region(model)
    if model[-4:].lower() == "[1m]":
        model = model[:-4]
    stem, dash, version = model.rpartition("-v")
    number, colon, part = version.partition(":")
    if dash and number.isdecimal() and (part.isdecimal() if colon else True):
        model = stem
    stem, at, when = model.rpartition("@")
    if at and (when in ("default", "latest") or _is_date(when)):
        model = stem
    stem, dash, date = model.rpartition("-")
    return stem if dash and _is_date(date) else model


def _without_region(model: str) -> str:
    """`us.anthropic.claude-…`, `anthropic.claude-…`."""
    if model.startswith(_VENDOR):
        return model[len(_VENDOR) :]
    region, dot, rest = model.partition(".")
    is_region = 2 <= len(region) <= 6 and region.isascii() and region.isalpha() and region.islower()
    return rest[len(_VENDOR) :] if dot and is_region and rest.startswith(_VENDOR) else model


def _is_date(text: str) -> bool:
    return len(text) == 8 and text.isdecimal()

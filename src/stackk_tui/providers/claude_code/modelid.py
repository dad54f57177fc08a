"""A model's id without what says where and when it was called (`claude-code-logs.md` §4)."""

import re
from functools import cache

_PREFIX = re.compile(r"(?:(?:openrouter|vertex_ai|bedrock|anthropic)/)*(?:(?:[a-z]{2,6}\.)?anthropic\.)?")
_SUFFIXES = (
    re.compile(r"\[1m\]$", re.IGNORECASE),
    re.compile(r"-v\d+(:\d+)?$"),
    re.compile(r"@(\d{8}|default|latest)$"),
    re.compile(r"-\d{8}$"),
)


@cache
def plain_id(model: str) -> str:
    """Gives a model's id without provider prefix, date and context suffix; for display and for looking up."""
    model = model[_prefix_length(model) :]
    for suffix in _SUFFIXES:
        model = suffix.sub("", model)
    return model


def _prefix_length(model: str) -> int:
    match = _PREFIX.match(model)
    return match.end() if match else 0

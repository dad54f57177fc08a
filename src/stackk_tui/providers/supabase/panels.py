"""Panels of several projects, put together: a sum of some is not the sum."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from stackk_tui.providers.panel import Panel

T = TypeVar("T")
U = TypeVar("U")


def mapped(found: Panel[T], make: Callable[[T], U]) -> Panel[U]:
    return Panel(error=found.error) if found.value is None else Panel(make(found.value))


def together(parts: Sequence[Panel[T]]) -> Panel[list[T]]:
    """Gives all values, or why one of them is missing."""
    for one in parts:
        if one.error is not None:
            return Panel(error=one.error)
    values = [one.value for one in parts if one.value is not None]
    return Panel(values) if values and len(values) == len(parts) else Panel()

"""Shares of the usage by something that the ledger's sums do not know, such as the API key that was used.

They explain the sums and are never added to them.
"""

from datetime import date
from typing import Literal

from pydantic import Field

from stackk_tui.model.base import Value
from stackk_tui.model.usage import DEFAULT_WORKSPACE, NO_MODEL, Tokens

PartKind = Literal["key"]
NO_PART = ""
"""The part of what was used without any, e.g. on the vendor's own pages."""
OTHER_PARTS = "*"
"""The part of those that were too many to be kept one by one."""
MOST_PARTS = 100
"""Parts of a day that are kept one by one, the largest; the rest is one."""


class UsagePart(Value):
    """What one part used on one day × workspace × model, as the vendor counted it."""

    day: date
    workspace_id: str = DEFAULT_WORKSPACE
    model: str = NO_MODEL
    part: str
    """The vendor's own id of it, never a secret; `NO_PART`, `OTHER_PARTS`."""
    tokens: Tokens
    web_searches: int = 0


class PartsBatch(Value):
    """The whole truth about some days: together its parts are all that was used on them."""

    kind: PartKind
    parts: tuple[UsagePart, ...]
    days: tuple[date, ...]
    final_days: frozenset[date] = frozenset()
    names: dict[str, str] = Field(default_factory=dict)
    """What parts are called, by id; a name that is not in it stays as it was known."""


def most_used(parts: tuple[UsagePart, ...]) -> tuple[UsagePart, ...]:
    """Gives the same sums with at most `MOST_PARTS` parts a day: the least used become one."""
    used: dict[date, dict[str, int]] = {}
    for each in parts:
        sums = used.setdefault(each.day, {})
        sums[each.part] = sums.get(each.part, 0) + each.tokens.total
    kept = {
        day: set(sorted(sums, key=lambda part: (-sums[part], part))[:MOST_PARTS])
        for day, sums in used.items()
    }
    found: dict[tuple[date, str, str, str], UsagePart] = {}
    for each in parts:
        part = each.part if each.part in kept[each.day] else OTHER_PARTS
        key = (each.day, each.workspace_id, each.model, part)
        before = found.get(key)
        found[key] = UsagePart(
            day=each.day,
            workspace_id=each.workspace_id,
            model=each.model,
            part=part,
            tokens=each.tokens + before.tokens if before else each.tokens,
            web_searches=each.web_searches + (before.web_searches if before else 0),
        )
    return tuple(found.values())

"""What each part, such as an API key, had of a service's days: read from the ledger, told in its units."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from stackk_tui.insight.sharing import UNTOLD, Billed, counted, shared_out
from stackk_tui.model.usage_parts import PartKind
from stackk_tui.stack.core import Core
from stackk_tui.storage.series_rows import Place

WITHOUT_A_NAME = "without a known name"
"""A part whose name this sign-in may not see."""


@dataclass(frozen=True, slots=True)
class PartDays:
    """By day and part's id, and the days on which all parts are known; what to call each."""

    amounts: Mapping[date, Mapping[tuple[str, str], float]] = field(default_factory=dict)
    """By kind and id: whole units of money, or tokens."""
    days: frozenset[date] = frozenset()
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)


async def part_days(
    core: Core, place: Place, kind: PartKind, first: date, last: date, *, by_cost: bool
) -> PartDays:
    """Gives a bill shared out over the parts, an estimate; or the tokens as they were counted."""
    known = await core.ledger.parts(place, kind, first, last)
    if not known.parts:
        return PartDays()
    if by_cost:
        rows = await core.ledger.bills(place, first, last)
        bills = [Billed(*row) for row in rows if row[0] in known.days]
        sums = await asyncio.to_thread(shared_out, bills, known.parts)
    else:
        sums = counted(known.parts)
    return PartDays(
        amounts={
            day: {(kind, part): float(amount) for part, amount in mine.items()} for day, mine in sums.items()
        },
        days=known.days,
        names={
            (kind, part): known.names.get(part) or WITHOUT_A_NAME
            for mine in sums.values()
            for part in mine
            if part != UNTOLD
        },
    )

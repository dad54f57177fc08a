"""A bill shared out over the parts that used what was billed, such as API keys. Pure functions.

No vendor bills by part here: each amount is shared by the tokens of its own day, workspace, model and kind
(web searches by their number), so the shares add up to the bill, and each is an estimate. What cannot be
shared out, e.g. run time, stays `UNTOLD`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from stackk_tui.model.usage import TOKEN_KINDS
from stackk_tui.model.usage_parts import UsagePart

UNTOLD = "\x00"
"""What no part is known for. No id has such a character."""
WEB_SEARCH = "web_search"

_Cell = tuple[date, str, str, str]
"""Day, workspace, model, kind of token; web searches are billed to no model."""


@dataclass(frozen=True, slots=True)
class Billed:
    """What was billed for one day × workspace × model, in whole units, and its parts by kind."""

    day: date
    workspace_id: str
    model: str
    cost: Decimal
    by_kind: Mapping[str, Decimal] = field(default_factory=dict)


def shared_out(bills: Iterable[Billed], parts: Sequence[UsagePart]) -> dict[date, dict[str, Decimal]]:
    """Gives what each part cost on each day; a day's shares add up to its bills."""
    used = _used(parts)
    found: dict[date, dict[str, Decimal]] = {}
    for bill in bills:
        day = found.setdefault(bill.day, {})
        told = Decimal(0)
        for kind, amount in bill.by_kind.items():
            model = "" if kind == WEB_SEARCH else bill.model
            shares = used.get((bill.day, bill.workspace_id, model, kind), {})
            whole = sum(shares.values())
            for part, count in shares.items() if whole else ():
                day[part] = day.get(part, Decimal(0)) + amount * count / whole
            told += amount if whole else 0
        if told != bill.cost:
            day[UNTOLD] = day.get(UNTOLD, Decimal(0)) + bill.cost - told
    return found


def counted(parts: Iterable[UsagePart]) -> dict[date, dict[str, Decimal]]:
    """Gives the tokens of each part on each day."""
    found: dict[date, dict[str, Decimal]] = {}
    for each in parts:
        day = found.setdefault(each.day, {})
        day[each.part] = day.get(each.part, Decimal(0)) + each.tokens.total
    return found


def _used(parts: Iterable[UsagePart]) -> dict[_Cell, dict[str, int]]:
    used: dict[_Cell, dict[str, int]] = {}
    for each in parts:
        counts = {kind: int(getattr(each.tokens, kind)) for kind in TOKEN_KINDS}
        cells = [((each.day, each.workspace_id, each.model, kind), n) for kind, n in counts.items()]
        cells.append(((each.day, each.workspace_id, "", WEB_SEARCH), each.web_searches))
        for cell, count in cells:
            if count:
                shares = used.setdefault(cell, {})
                shares[each.part] = shares.get(each.part, 0) + count
    return used

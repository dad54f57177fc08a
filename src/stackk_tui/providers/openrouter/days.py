"""Days from counters: OpenRouter tells what today has cost, and never of a day that is over.

So a day is known once it was looked at. Its whole is known when somebody looks on the next day, too: what was
ever spent until that day began, less what was ever spent until the day before began. Any other day is left as
it was last seen, and said to be.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from stackk_tui.model.usage import UsageBatch, UsageBucket, UsageSource
from stackk_tui.providers.openrouter.wire import Key

_MOST_CUT = 5
_NOISE = Decimal("0.000001")
"""Dollars. The counters are floating numbers at OpenRouter: their differences are not exact."""


@dataclass(frozen=True, slots=True)
class Days:
    """What a reading says of days, and what the next one needs."""

    batch: UsageBatch | None
    carried: dict[str, str]
    notes: tuple[str, ...] = field(default=())


def days_of(key: Key, now: datetime, carried: dict[str, str]) -> Days:
    """Gives today, and yesterday where it can be completed. `now` is OpenRouter's clock, in UTC."""
    if key.usage_daily is None:
        return Days(None, carried, _cut_notes(carried))
    today = now.date()
    began = None if key.usage is None else key.usage - key.usage_daily
    costs = {today: key.usage_daily}
    kept, last = dict(carried), _last(carried)
    if last is not None and last < today:
        whole = _whole(carried, began) if last == today - timedelta(days=1) else None
        if whole is not None:
            costs[last] = whole
        else:
            cut = [*_cut(carried), carried["read_at"]]
            kept["cut"] = ",".join(cut[-_MOST_CUT:])
    kept |= {"read_at": f"{now:%Y-%m-%d %H:%M}", "seen": str(key.usage_daily)}
    kept["began"] = "" if began is None else str(began)
    batch = UsageBatch(
        source=UsageSource.COST,
        buckets=tuple(UsageBucket(day=day, cost=cost) for day, cost in costs.items()),
        days=tuple(costs),
        final_days=frozenset(costs) - {today},
    )
    return Days(batch, kept, _cut_notes(kept))


def _last(carried: dict[str, str]) -> date | None:
    read_at = carried.get("read_at")
    return date.fromisoformat(read_at[:10]) if read_at else None


def _whole(carried: dict[str, str], began: Decimal | None) -> Decimal | None:
    """Gives what the day that was last looked at cost in the end; None when the counters do not tell."""
    if began is None or not carried.get("began"):
        return None
    seen, whole = Decimal(carried["seen"]), began - Decimal(carried["began"])
    return max(seen, whole) if whole >= seen - _NOISE else None


def _cut(carried: dict[str, str]) -> list[str]:
    return [word for word in carried.get("cut", "").split(",") if word]


def _cut_notes(carried: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        f"The cost of {moment[:10]} was read until {moment[11:]} UTC only." for moment in _cut(carried)
    )

"""From the usage and cost reports to batches of buckets (`api/anthropic.md` §2.1, §2.2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from stackk_tui.model.usage import (
    DEFAULT_WORKSPACE,
    NO_MODEL,
    Tokens,
    UsageBatch,
    UsageBucket,
    UsageSource,
)
from stackk_tui.providers.anthropic.days import month_days, settled
from stackk_tui.providers.anthropic.wire import CostDay, CostRow, UsageDay, UsageRow
from stackk_tui.providers.base import Known

SETTLED_AFTER = timedelta(hours=1)
"""Reports are fresh after some 5 minutes (§2.5); an hour leaves room."""
CURRENCY = "USD"

_KINDS = {
    "uncached_input_tokens": "input",
    "output_tokens": "output",
    "cache_read_input_tokens": "cache_read",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
}

_Day = TypeVar("_Day", UsageDay, CostDay)
Key = tuple[date, str, str]
"""Day, workspace id, model."""


def usage_batch(report: Sequence[UsageDay], asked: Sequence[date], now: datetime) -> UsageBatch:
    """Gives tokens and web searches; a day without rows is a true zero."""
    tokens: dict[Key, Tokens] = {}
    searches: dict[Key, int] = {}
    for day in _within(report, asked):
        for row in day.results:
            key = _key(day.starting_at, row.workspace_id, row.model)
            tokens[key] = tokens.get(key, Tokens()) + tokens_of(row)
            searches[key] = searches.get(key, 0) + row.server_tool_use.web_search_requests
    buckets = tuple(
        UsageBucket(day=d, workspace_id=w, model=m, tokens=total, web_searches=searches[d, w, m])
        for (d, w, m), total in tokens.items()
    )
    return _batch(UsageSource.USAGE, buckets, asked, now)


def tokens_of(row: UsageRow) -> Tokens:
    """Gives what a row counts, by our kinds."""
    return Tokens(
        input=row.uncached_input_tokens,
        output=row.output_tokens,
        cache_write_5m=row.cache_creation.ephemeral_5m_input_tokens,
        cache_write_1h=row.cache_creation.ephemeral_1h_input_tokens,
        cache_read=row.cache_read_input_tokens,
    )


@dataclass(slots=True)
class _Bill:
    total: Decimal = Decimal(0)
    kinds: dict[str, Decimal] = field(default_factory=dict)


def cost_batch(
    report: Sequence[CostDay], asked: Sequence[date], now: datetime
) -> tuple[UsageBatch, list[str]]:
    """Gives what was billed, in dollars, and notes on lines that could not be counted."""
    bills: dict[Key, _Bill] = {}
    notes: list[str] = []
    for day in _within(report, asked):
        for row in day.results:
            if row.dollars is None or (row.currency or CURRENCY) != CURRENCY:
                notes.append(_uncounted(row))
                continue
            bill = bills.setdefault(_key(day.starting_at, row.workspace_id, row.model), _Bill())
            kind = _kind(row)
            bill.total += row.dollars
            bill.kinds[kind] = bill.kinds.get(kind, Decimal(0)) + row.dollars
    buckets = tuple(
        UsageBucket(day=d, workspace_id=w, model=m, cost=bill.total, cost_by_kind=bill.kinds)
        for (d, w, m), bill in bills.items()
    )
    return _batch(UsageSource.COST, buckets, asked, now), sorted(set(notes))


def month_to_date(batch: UsageBatch | None, known: Known, today: date) -> dict[str, Decimal] | None:
    """Gives this month's cost by workspace id, in dollars; None when a part of the month is not known."""
    if batch is None:
        return None
    month = month_days(today)
    asked = frozenset(batch.days or ())
    sums: dict[str, Decimal] = {}
    fresh = asked.intersection(month)
    if not asked.issuperset(month):
        if known.settled_cost is None or known.settled_since not in (None, month[0]):
            return None
        sums = dict(known.settled_cost)
        fresh -= known.final_days.get(UsageSource.COST, frozenset())
    for bucket in batch.buckets:
        if bucket.day in fresh and bucket.cost is not None:
            sums[bucket.workspace_id] = sums.get(bucket.workspace_id, Decimal(0)) + bucket.cost
    return sums


def whole(sums: Mapping[str, Decimal] | None) -> Decimal | None:
    return None if sums is None else sum(sums.values(), Decimal(0))


def _within(report: Sequence[_Day], asked: Collection[date]) -> list[_Day]:
    wanted = frozenset(asked)
    return [day for day in report if day.starting_at.date() in wanted]


def _key(moment: datetime, workspace_id: str | None, model: str | None) -> Key:
    return moment.date(), workspace_id or DEFAULT_WORKSPACE, model or NO_MODEL


def _kind(row: CostRow) -> str:
    """Gives the token kind, or the cost type for what is not tokens."""
    if row.token_type:
        return _KINDS.get(row.token_type, row.token_type)
    return row.cost_type or "other"


def _uncounted(row: CostRow) -> str:
    if row.dollars is None:
        return "Some lines of the cost report had no amount; they are not in the cost shown."
    return f"Costs in {row.currency} are not in the cost shown."


def _batch(
    source: UsageSource, buckets: tuple[UsageBucket, ...], asked: Sequence[date], now: datetime
) -> UsageBatch:
    return UsageBatch(
        source=source, buckets=buckets, days=tuple(asked), final_days=settled(asked, now, SETTLED_AFTER)
    )

"""What each API key used, from the same usage report that the sums come from (`api/anthropic.md` §1, §2.1).

The report is grouped by key as well and added up again, which costs no request more. The cost report knows no
key: what a key cost is not told by anyone. Of the keys only id and name are kept, never the hint of a secret.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from stackk_tui.model.usage import DEFAULT_WORKSPACE, NO_MODEL, Tokens
from stackk_tui.model.usage_parts import NO_PART, OTHER_PARTS, PartsBatch, UsagePart, most_used
from stackk_tui.providers.anthropic.days import days_to_ask, settled
from stackk_tui.providers.anthropic.usage import SETTLED_AFTER, tokens_of
from stackk_tui.providers.anthropic.wire import ApiKeyRow, UsageDay
from stackk_tui.providers.base import Known

PAST_DAYS = 31
"""How far back the keys of days are asked for whose sums are known already: one page of the report."""
TWO_DAYS = 2
AGAIN = "keys_again"
"""Carried: the first day on which to ask by key again."""
WITHOUT_KEY = "none (the Console or a sign-in)"
"""The report gives no key for use in the Console, and an account instead of one for OAuth (§2.1)."""
LEAST_USED = "others, the least used"


def wanted(known: Known, today: date) -> list[date]:
    """Gives the days to ask by key. Where they were too much for one answer: none on that day, and later no
    past ones, so that they are learned day by day."""
    again = max((snapshot.carried.get(AGAIN, "") for snapshot in known.snapshots.values()), default="")
    if again > today.isoformat():
        return []
    most = TWO_DAYS if again else PAST_DAYS
    return days_to_ask(today, known.final_parts.get("key", frozenset()), most)


def not_again(today: date) -> dict[str, str]:
    """Gives the note that keeps `wanted` from asking before tomorrow."""
    return {AGAIN: (today + timedelta(days=1)).isoformat()}


def keys_batch(report: Sequence[UsageDay], asked: Sequence[date], now: datetime) -> PartsBatch:
    """Gives tokens and web searches by key; a day without rows is a true zero."""
    spoken_for = frozenset(asked)
    parts = tuple(
        UsagePart(
            day=day.starting_at.date(),
            workspace_id=row.workspace_id or DEFAULT_WORKSPACE,
            model=row.model or NO_MODEL,
            part=row.api_key_id or NO_PART,
            tokens=tokens_of(row),
            web_searches=row.server_tool_use.web_search_requests,
        )
        for day in report
        if day.starting_at.date() in spoken_for
        for row in day.results
        if tokens_of(row) != Tokens() or row.server_tool_use.web_search_requests
    )
    return PartsBatch(
        kind="key",
        parts=most_used(parts),
        days=tuple(asked),
        final_days=settled(asked, now, SETTLED_AFTER),
    )


def named(batch: PartsBatch, rows: Sequence[ApiKeyRow] | None) -> PartsBatch:
    """Gives the batch with the names of keys; None: the list was not to be had, and known names stay."""
    names = {row.id: row.name for row in rows or () if row.id and row.name}
    return batch.model_copy(update={"names": {NO_PART: WITHOUT_KEY, OTHER_PARTS: LEAST_USED, **names}})

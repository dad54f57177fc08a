"""What goes on right now: today, the five-hour block under way, and how fast (`claude-code-logs.md` §6)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Event

from stackk_tui.config import Settings
from stackk_tui.model.usage_report import BurnRate, LiveUsage
from stackk_tui.providers.claude_code.prices import PriceBook
from stackk_tui.providers.claude_code.report import Item, Tally, blocks_of
from stackk_tui.providers.claude_code.usage import price_book, read_everything
from stackk_tui.providers.claude_code.zone import LocalDays, local_zone

RECENT = timedelta(minutes=60)
BLOCK = timedelta(hours=5)


def live_usage(settings: Settings, now: datetime, stop: Event | None = None) -> LiveUsage:
    """Blocking. Raises StorageError, OperationCancelled."""
    items = [item for item in read_everything(settings, stop).items if item.ts <= now.timestamp() * 1000]
    book = price_book(settings)
    days = LocalDays(local_zone(settings)[0])
    this_day = days.day(int(now.timestamp() * 1000))
    today = _tally([item for item in items if days.day(item.ts) == this_day], book).row("today")
    if not items:
        return LiveUsage(at=now, today=today)
    starts = blocks_of(item.ts for item in items)
    last = max(item.ts for item in items)
    start = _moment(starts[last])
    found = LiveUsage(at=now, last_call_at=_moment(last), today=today)
    recent = _rate([item for item in items if item.ts > (now - RECENT).timestamp() * 1000], RECENT, book)
    if now >= start + BLOCK:
        return found.model_copy(update={"recent": recent})
    inside = [item for item in items if item.ts >= starts[last]]
    return found.model_copy(
        update={
            "recent": recent,
            "block": _tally(inside, book).row(start.strftime("%Y-%m-%dT%H:%M:%SZ")),
            "block_start": start,
            "block_end": start + BLOCK,
            "since_start": _rate(inside, max(now - start, timedelta(minutes=1)), book),
        }
    )


def _rate(items: Sequence[Item], span: timedelta, book: PriceBook) -> BurnRate | None:
    if not items:
        return None
    row = _tally(items, book).row("rate")
    minutes = span / timedelta(minutes=1)
    return BurnRate(
        minutes=round(minutes),
        tokens_per_minute=row.tokens.total / minutes,
        output_per_minute=row.tokens.output / minutes,
        cost_per_hour=None if row.cost is None else row.cost * 60 / Decimal(minutes),
        unpriced_tokens=row.unpriced_tokens,
    )


def _tally(items: Sequence[Item], book: PriceBook) -> Tally:
    tally = Tally()
    for item in items:
        tally.add(item, book, "auto")
    return tally


def _moment(ts: int) -> datetime:
    return datetime.fromtimestamp(ts / 1000, UTC)

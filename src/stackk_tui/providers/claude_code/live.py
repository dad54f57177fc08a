"""What goes on right now: today, the five-hour block under way, and how fast (`claude-code-logs.md` §6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from stackk_tui.model.usage_report import BurnRate, LiveUsage, UsageRow
from stackk_tui.providers.claude_code.calls import calls_between
from stackk_tui.providers.claude_code.report import BLOCK_HOURS, Tally, blocks_of, sum_of
from stackk_tui.providers.claude_code.slots import QUARTER_MS, put
from stackk_tui.providers.claude_code.state import State, with_state
from stackk_tui.providers.claude_code.sums import Wanted
from stackk_tui.providers.claude_code.usage import row_of
from stackk_tui.providers.claude_code.zone import local_zone

if TYPE_CHECKING:
    from threading import Event
    from zoneinfo import ZoneInfo

    from stackk_tui.config import Settings
    from stackk_tui.providers.claude_code.dedupe import Chosen
    from stackk_tui.providers.claude_code.roots import Account
    from stackk_tui.providers.claude_code.slots import Slots
    from stackk_tui.providers.claude_code.sums import Summing

RECENT = timedelta(minutes=60)
BLOCK = timedelta(hours=BLOCK_HOURS)
_EPOCH = 719_163


def live_usage(settings: Settings, now: datetime, stop: Event | None = None) -> LiveUsage:
    """Blocking. Raises StorageError, OperationCancelled."""
    zone = local_zone(settings)[0]

    def work(state: State) -> LiveUsage:
        return _together(now, [_Account(state, account, zone, now) for account in state.roots.accounts])

    return with_state(settings, work, stop)


class _Account:
    """The sums of one account at a moment. What is dated later, by another clock, is not counted yet."""

    def __init__(self, state: State, account: Account, zone: ZoneInfo, now: datetime) -> None:
        self._state, self._account = state, account
        self._now = _ms(now) + 1  # what is dated now counts
        self._summing: Summing = state.summing(account, zone, state.pricing())
        day = now.astimezone(zone).date().toordinal() - _EPOCH
        self.today = self._tally(Wanted((day, day)), 0)
        self.recent = sum_of(self._exact(_ms(now - RECENT) + 1, self._now, Wanted()))
        self.last = self._last_call()
        self.start = None if self.last is None else self._block_start(self.last)
        self.block = None if self.start is None else self._tally(Wanted(), self.start // QUARTER_MS)

    def _tally(self, wanted: Wanted, first: int) -> Tally:
        """Gives the sum from a quarter on until now."""
        last = self._now // QUARTER_MS
        wanted.quarters = (first, last)
        whole = self._summing.tallies("0", wanted)
        return sum_of([*whole.values(), *self._exact(last * QUARTER_MS, self._now, wanted)])

    def _exact(self, start: int, end: int, wanted: Wanted) -> list[Tally]:
        slots: Slots = {}
        for call in self._calls(start, end):
            put(slots, call, self._state.shapes)
        found: dict[int, Tally] = {}
        self._summing.add_slots(slots, lambda _, __, ___: 0, wanted, found)
        return list(found.values())

    def _calls(self, start: int, end: int) -> list[Chosen]:
        return calls_between(self._state.index, self._account.known, start, end)

    def _last_call(self) -> int | None:
        """Gives the moment of the last call, in UTC milliseconds."""
        quarter = self._summing.last_quarter(self._now // QUARTER_MS + 1)
        while quarter is not None:
            times = [
                call[0][2]
                for call in self._calls(quarter * QUARTER_MS, min((quarter + 1) * QUARTER_MS, self._now))
            ]
            if times:
                return int(max(times))
            quarter = self._summing.last_quarter(quarter)
        return None

    def _block_start(self, last: int) -> int:
        hour = last // 3_600_000
        return blocks_of(each for each in self._summing.hours() if each <= hour)[hour] * 3_600_000


def _together(now: datetime, accounts: list[_Account]) -> LiveUsage:
    """The block is the latest one: blocks of several accounts are not one."""
    today = row_of("today", sum_of(account.today for account in accounts))
    called = [account for account in accounts if account.last is not None]
    if not called:
        return LiveUsage(at=now, today=today)
    latest = max(called, key=lambda account: account.last or 0)
    start = _moment(latest.start or 0)
    recent = _rate(sum_of(account.recent for account in accounts), RECENT)
    found = LiveUsage(at=now, last_call_at=_moment(latest.last or 0), today=today, recent=recent)
    if now >= start + BLOCK or latest.block is None:
        return found
    return found.model_copy(
        update={
            "block": row_of(start.strftime("%Y-%m-%dT%H:%M:%SZ"), latest.block),
            "block_start": start,
            "block_end": start + BLOCK,
            "since_start": _rate(latest.block, max(now - start, timedelta(minutes=1))),
        }
    )


def _rate(tally: Tally, span: timedelta) -> BurnRate | None:
    if not tally.requests:
        return None
    row: UsageRow = row_of("rate", tally)
    minutes = span / timedelta(minutes=1)
    return BurnRate(
        minutes=round(minutes),
        tokens_per_minute=row.tokens.total / minutes,
        output_per_minute=row.tokens.output / minutes,
        cost_per_hour=None if row.cost is None else row.cost * 60 / Decimal(minutes),
        unpriced_tokens=row.unpriced_tokens,
    )


def _moment(ts: int) -> datetime:
    return datetime.fromtimestamp(ts / 1000, UTC)


def _ms(moment: datetime) -> int:
    """Gives the last whole millisecond at or before a moment."""
    return (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

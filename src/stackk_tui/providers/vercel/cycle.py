"""Billing cycles, and the Los Angeles days that charges are counted in (`api/vercel.md` §3, §6).

A day begins at 07:00 or 08:00 UTC, by the season; its name is the UTC date of that moment. A cycle that began
in the other season has its border an hour away from the day's: 2026-11-04T07:00Z begins the day that Vercel's
charges begin at 08:00Z. So borders are named by their UTC date, too, and never taken to Los Angeles.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stackk_tui.model.snapshot import Cycle, Snapshot
from stackk_tui.providers.vercel.wire import Billing, Period

STILL = "Vercel counts its days in Los Angeles, where it is still "
ZONE = "America/Los_Angeles"
_LONGEST = timedelta(days=400)
"""No cycle is longer; a year is."""
_LATEST_BEGIN = timedelta(hours=8)
"""No day begins later than this after UTC midnight."""


@dataclass(frozen=True, slots=True)
class Window:
    """The days that "this month" means, and the moments to ask for. `renews` is None when no API told."""

    first: date
    last: date
    begin: datetime
    end: datetime
    renews: date | None

    @property
    def cycle(self) -> Cycle:
        return Cycle(first=self.first, last=self.last, timezone=ZONE)


def window_of(billing: Billing | None, now: datetime, old: Snapshot | None = None) -> Window:
    """Gives the billing cycle of Vercel's day; without one the last one that was known, while it lasts; else
    the calendar month in Los Angeles.

    That day ends up to eight hours after UTC's: until then a cycle that has just begun is not the one whose
    days are counted, and one that has just ended still is.
    """
    period, today = _period(billing), day_of(now)
    if period and period.start and period.end and period.start <= now and _sane(period.start, period.end):
        first = period.start.date()
        last = max(first, (period.end - _LATEST_BEGIN - timedelta(microseconds=1)).date())
        paid_next = period.end.date()
        if today < first and now < period.end:
            return _before(first, paid_next, old)
        if first <= today <= last or now < period.end:
            begin = min(period.start, begin_of(first))
            return Window(first, max(last, today), begin, max(period.end, begin_of(last)), paid_next)
    if old is not None and old.cycle is not None and old.cycle.first <= today <= old.cycle.last:
        first, last = old.cycle.first, old.cycle.last
        renews = old.billing.next_payment.value
        return Window(first, last, begin_of(first), begin_of(last + timedelta(days=1)), renews)
    first, last = today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])
    return Window(first, last, begin_of(first), begin_of(last + timedelta(days=1)), None)


def still_before(window: Window, now: datetime) -> list[str]:
    """Gives what to say in the hours in which a month or a cycle has begun by UTC only."""
    if now.date() <= window.last:
        return []
    over = f"{begin_of(window.last + timedelta(days=1)):%Y-%m-%d %H:%M} UTC"
    return [f"{STILL}{window.last} until {over}: the month shown is the one that ends then."]


def _sane(start: datetime, end: datetime) -> bool:
    """Whether it can be a billing cycle: nobody pays for thousands of years at once."""
    return timedelta(0) < end - start <= _LONGEST


def _before(end: date, renews: date, old: Snapshot | None) -> Window:
    """Gives the cycle up to the day before `end`: the one that was known, else one of a month."""
    last = end - timedelta(days=1)
    month = end.replace(day=1) - timedelta(days=1)
    first = month.replace(day=min(end.day, month.day))
    if old is not None and old.cycle is not None and old.cycle.last == last:
        first = old.cycle.first
    return Window(first, last, begin_of(first), begin_of(end), renews)


def begin_of(day: date) -> datetime:
    """Gives the first moment of a Los Angeles day, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(ZONE)).astimezone(UTC)


def day_of(now: datetime) -> date:
    """Gives the Los Angeles day of a moment."""
    return now.astimezone(ZoneInfo(ZONE)).date()


def _period(billing: Billing | None) -> Period | None:
    """Gives the monthly subscription's, else the billing's own: the rule of Vercel's own command."""
    for subscription in billing.subscriptions if billing else ():
        frequency = subscription.frequency
        if frequency and frequency.interval == "month" and frequency.count == 1 and subscription.period:
            return subscription.period
    return billing.period if billing else None

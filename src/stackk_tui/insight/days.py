"""Calendar arithmetic by the day."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stackk_tui.model.service import Cycle as BillingCycle
from stackk_tui.model.snapshot import Cycle

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def short_day(day: date) -> str:
    """Gives `10 Dec`, for a sentence."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def local_day(now: datetime, timezone: str) -> date:
    """Gives the calendar day of a moment in a zone; UTC where the zone is unknown here."""
    try:
        return now.astimezone(ZoneInfo(timezone)).date()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return now.date()


def calendar_month(day: date, timezone: str = "UTC") -> Cycle:
    """Gives the calendar month around a day."""
    last = monthrange(day.year, day.month)[1]
    return Cycle(first=day.replace(day=1), last=day.replace(day=last), timezone=timezone)


def span(first: date, last: date) -> tuple[date, ...]:
    """Gives the days from first to last, both inclusive."""
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def run_up_to(days: Iterable[date], last: date) -> tuple[date, date] | None:
    """Gives the first and last day of the unbroken run that ends nearest before or on `last`."""
    known = {day for day in days if day <= last}
    if not known:
        return None
    end = start = max(known)
    while start - timedelta(days=1) in known:
        start -= timedelta(days=1)
    return start, end


def next_occurrence(anchor: date, cycle: BillingCycle | None, today: date) -> date:
    """Gives the first payment day on or after today; the 31st becomes a short month's last day.

    Without a cycle the day stays as it was typed.
    """
    if cycle is None or anchor >= today:
        return anchor
    if cycle == "yearly":
        return min(d for d in (_in_month(anchor, today.year + n, anchor.month) for n in (0, 1)) if d >= today)
    months = [(today.year, today.month), (today.year + today.month // 12, today.month % 12 + 1)]
    return min(d for d in (_in_month(anchor, *month) for month in months) if d >= today)


def _in_month(anchor: date, year: int, month: int) -> date:
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))

"""When to try again, and how long to wait. Standard library only."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

RETRIED_STATUS = frozenset({429, 500, 502, 503, 504, 529})
_FAR = timedelta(days=62).total_seconds()
_SECONDS = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Times in seconds. At most `tries` requests; none begins later than `patience` after the first did."""

    tries: int = 3
    patience: float = 15.0
    first_wait: float = 0.5
    longest_wait: float = 8.0

    def backoff(self, failures: int, chance: float) -> float:
        """Gives the wait after the given number of failures; `chance` in 0..1 spreads it (jitter)."""
        full = min(self.longest_wait, self.first_wait * 2 ** (failures - 1))
        return float(full) * (0.5 + chance / 2)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Gives seconds to wait from a `retry-after` header (seconds or an HTTP date), never negative.

    None for a header that is missing or unreadable; at most two months.
    """
    text = (header or "").strip()
    if not text:
        return None
    if _SECONDS.fullmatch(text):
        return min(max(0.0, float(text)), _FAR)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(0.0, (_aware(moment) - now).total_seconds()), _FAR)


Wait = Callable[[Mapping[str, str], datetime], float | None]
"""From an error's headers (names in lower case) and the time now: the seconds a vendor asks us to wait."""


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Gives the wait of a `retry-after` header."""
    return retry_after(headers.get("retry-after"), now)


def http_date(header: str | None) -> datetime | None:
    """Gives the moment of a `date` header in UTC, or None."""
    try:
        return _aware(parsedate_to_datetime(header)) if header else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

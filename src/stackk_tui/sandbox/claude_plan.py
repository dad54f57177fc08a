"""A pretend subscriber's plan: who they are, and how full the windows of their plan are at any moment.

Nothing is random: the same moment gives the same figures, and within a window they only grow. Standard
library only, and little of that: the pretend `claude` (`claude_bin.py`) starts often.
"""

from datetime import UTC, datetime, timedelta
from zlib import crc32

EMAIL = "maya@nimbus.example"
ORG_ID = "3f6c1d52-7c5e-4b1a-9a55-0d8f2b7e4c11"
ORG_NAME = "maya@nimbus.example's Organization"
SUBSCRIBED_AT = "2026-01-10T10:00:00Z"
FIVE_HOURS = timedelta(hours=5)
WEEK = timedelta(days=7)

_WEEK_BEGAN = datetime(2026, 1, 1, 9, tzinfo=UTC)
"""A Thursday: the week resets on Thursdays at nine."""
_DAY_BEGAN = datetime(2026, 1, 1, 3, tzinfo=UTC)
_DAYS = (0.20, 0.19, 0.05, 0.04, 0.18, 0.21, 0.09)
"""What each day of a week takes of it, Thursday first; 96 % in all at the most."""

Window = tuple[float, datetime]
"""The percentage that is gone, one decimal, and when it resets."""


def five_hour(now: datetime) -> Window:
    """Gives the 5-hour window: windows follow each other without a gap, some busy, some not."""
    number, gone, resets_at = _slot(_DAY_BEGAN, FIVE_HOURS, now)
    peak = 35 + _dice("5h", number) * 60
    return _rounded(peak * _eased(gone)), resets_at


def seven_day(now: datetime) -> Window:
    """Gives the week, all models together."""
    number, gone, resets_at = _slot(_WEEK_BEGAN, WEEK, now)
    day, part = divmod(gone * 7, 1)
    spent = sum(_DAYS[: int(day)]) + _DAYS[min(6, int(day))] * _eased(part)
    return _rounded(100 * spent * (0.8 + 0.2 * _dice("7d", number))), resets_at


def seven_day_model(now: datetime) -> Window:
    """Gives the week of the one model that has a window of its own."""
    used, resets_at = seven_day(now)
    return _rounded(used * 0.3), resets_at


def rate_limits(now: datetime) -> dict[str, object]:
    """Gives what `get_usage` says of the windows (`api/anthropic.md` §4.3)."""
    return {
        "five_hour": _told(five_hour(now)),
        "seven_day": _told(seven_day(now)),
        "seven_day_oauth_apps": None,
        "seven_day_opus": None,
        "seven_day_sonnet": None,
        "model_scoped": [{"display_name": "Fable", **_told(seven_day_model(now))}],
        "extra_usage": {
            "is_enabled": True,
            "monthly_limit": 5000,
            "used_credits": 1240,
            "utilization": 24.8,
            "currency": "USD",
        },
    }


def oauth_account() -> dict[str, object]:
    """Gives what Claude Code remembers of the account in `.claude.json`; none of it is a secret."""
    return {
        "accountUuid": "b7b0f0f4-1111-4222-8333-444455556666",
        "emailAddress": EMAIL,
        "displayName": "Maya",
        "organizationUuid": ORG_ID,
        "organizationName": ORG_NAME,
        "organizationType": "claude_max",
        "organizationRateLimitTier": "default_claude_max_20x",
        "seatTier": None,
        "billingType": "stripe_subscription",
        "hasExtraUsageEnabled": True,
        "accountCreatedAt": "2025-03-03T08:00:00Z",
        "subscriptionCreatedAt": SUBSCRIBED_AT,
    }


def _slot(began: datetime, length: timedelta, now: datetime) -> tuple[int, float, datetime]:
    """Gives the number of the window a moment is in, the share of its time that is gone, and its end."""
    number = (now - began) // length
    start = began + number * length
    return number, (now - start) / length, start + length


def _told(window: Window) -> dict[str, object]:
    used, resets_at = window
    return {"utilization": used, "resets_at": resets_at.isoformat(timespec="microseconds")}


def _eased(share: float) -> float:
    """Slow at first and at the end, as work is."""
    return share * share * (3 - 2 * share)


def _rounded(percent: float) -> float:
    return round(min(100.0, percent), 1)


def _dice(kind: str, number: int) -> float:
    """0 to 1, the same for the same window."""
    return crc32(f"{kind}|{number}".encode()) % 1000 / 1000

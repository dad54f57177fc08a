"""What a key shows after it was asked about."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from stackk_tui.model.errors import Forbidden, SignInNeeded, StackkError
from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.service import Plan
from stackk_tui.model.snapshot import Limit, Measure, Metric, Snapshot
from stackk_tui.providers.openrouter.days import Days
from stackk_tui.providers.openrouter.wire import Credits, Key

BALANCE = "balance"
NOTE = (
    "OpenRouter tells no day that is over: the chart has the days on which this key was read, today as of "
    "when it was last read. The month's cost is OpenRouter's own sum."
)
_NOT_EXPOSED = ("usage", "requests", "models", "price", "next_payment")
_LIMITS = {"daily": "Daily limit", "weekly": "Weekly limit", "monthly": "Monthly limit"}
_SPENT = (
    ("usage_daily", "Today, UTC"),
    ("usage_weekly", "This week, UTC"),
    ("usage_monthly", "This month, UTC"),
    ("usage", "Ever"),
    ("byok_usage_monthly", "By your own keys at others, this month, not in the cost"),
)


def snapshot_of(
    key: Key,
    credits: Credits | StackkError | None,
    days: Days,
    old: Snapshot | None,
    now: datetime,
    *,
    server_now: datetime,
) -> Snapshot:
    """Gives the snapshot. `credits` is None when it was not asked for: then the last one stays, dated."""
    limits = _limits(key, server_now)
    metrics, notes, not_permitted = _balance(credits, old, now)
    same_month = (now.year, now.month) == (server_now.year, server_now.month)
    spent = key.usage_monthly if same_month else None
    return Snapshot(
        fetched_at=now,
        plan=_plan(key),
        limits=limits,
        metrics=(*metrics, *_metrics(key, now)),
        notes=(NOTE, *notes, *days.notes),
        not_exposed=_NOT_EXPOSED,
        not_permitted=not_permitted,
        measures=(Measure(id="cost", label="Cost", part=""),),
        can=frozenset({"plan", "usage", "series", *(("limits",) if limits else ())}),
        spent=None if spent is None else Money(amount=spent),
        carried=days.carried,
    )


def _plan(key: Key) -> Figure[Plan]:
    if key.is_free_tier is None:
        return Figure[Plan].not_exposed()
    plan = Plan(tier="free", label="Free tier") if key.is_free_tier else Plan(tier="paid", label="Credits")
    return Figure[Plan](value=plan, provenance=Provenance.MEASURED)


def _limits(key: Key, now: datetime) -> tuple[Limit, ...]:
    """Gives the key's cap; how full it is only where OpenRouter says what is left of it."""
    if key.limit is None:
        return ()
    left, resets_at = key.limit_remaining, _resets_at(key.limit_reset, now)
    spent = None if left is None else key.limit - left
    return (
        Limit(
            id="key_limit",
            label=_LIMITS.get(key.limit_reset or "", "Key limit"),
            short="limit",
            used=float(spent / key.limit) if spent is not None and key.limit > 0 else None,
            resets_at=resets_at,
            length=_length(key.limit_reset, now),
            cap=Money(amount=key.limit),
            spent=None if spent is None else Money(amount=spent),
        ),
    )


def _length(reset: str | None, now: datetime) -> timedelta | None:
    days = {"daily": 1, "weekly": 7, "monthly": monthrange(now.year, now.month)[1]}.get(reset or "")
    return None if days is None else timedelta(days=days)


def _resets_at(reset: str | None, now: datetime) -> datetime | None:
    """Limits start again at midnight UTC: of each day, each Monday, each first of a month."""
    days_left = {
        "daily": 1,
        "weekly": 7 - now.weekday(),
        "monthly": monthrange(now.year, now.month)[1] - now.day + 1,
    }.get(reset or "")
    midnight = datetime.combine(now.date(), time(), UTC)
    return None if days_left is None else midnight + timedelta(days=days_left)


def _metrics(key: Key, now: datetime) -> list[Metric]:
    found = [
        _money(name, label, amount, now, "Spent by this key")
        for name, label in _SPENT
        if (amount := getattr(key, name)) is not None and (amount or not name.startswith("byok"))
    ]
    ends = f"{key.expires_at:%Y-%m-%d}" if key.expires_at else "never"
    return [*found, Metric(id="key_expires", label="Key ends", value=ends, section="Key", as_of=now)]


def _balance(
    credits: Credits | StackkError | None, old: Snapshot | None, now: datetime
) -> tuple[Sequence[Metric], Sequence[str], tuple[str, ...]]:
    """Gives the account's balance. Only a management key may see it: 401 and 403 hide this figure alone."""
    if isinstance(credits, Credits) and credits.bought is not None and credits.used is not None:
        left = credits.bought - credits.used
        shown = _money(BALANCE, "Balance", left, now, "Account").model_copy(update={"headline": True})
        return [shown], (), ()
    kept = [metric for metric in (old.metrics if old else ()) if metric.id == BALANCE]
    if isinstance(credits, SignInNeeded | Forbidden):
        return kept, (), (BALANCE,)
    if isinstance(credits, StackkError):
        return kept, (f"Balance: not updated this time. {credits.what}",), ()
    return kept, (), old.not_permitted if old and credits is None else ()


def _money(name: str, label: str, amount: Decimal, now: datetime, section: str) -> Metric:
    return Metric(id=name, label=label, value=format(amount, "f"), unit="USD", section=section, as_of=now)

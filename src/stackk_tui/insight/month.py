"""Month to date, and the last days, from a service's usage."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from stackk_tui.insight.days import local_day, run_up_to, span
from stackk_tui.model.figure import Figure, Money, Provenance, T
from stackk_tui.model.snapshot import Cycle, Snapshot
from stackk_tui.model.usage import Tokens
from stackk_tui.model.view import DayUsage, History, Month

SPARK_DAYS = 14


def month_to_date(cycle: Cycle, today: date, history: History, snapshot: Snapshot | None) -> Month:
    """Gives the sums of the cycle's days that are known without a gap up to the latest one.

    A figure whose report was never read is None, with the reason as its provenance: never 0.
    """
    last = min(cycle.last, today)
    token_run = run_up_to((d for d in history.token_days if d >= cycle.first), last)
    cost_run = run_up_to((d for d in history.cost_days if d >= cycle.first), last)
    in_tokens = _within(history.usage, token_run)
    in_cost = _within(history.usage, cost_run)
    run = cost_run or token_run
    requests = [u.requests for u in in_tokens if u.requests is not None]
    told = _told(cycle, snapshot)
    return Month(
        first=run[0] if run and told is None else cycle.first,
        through=told[0] if told else run[1] if run else None,
        last=cycle.last,
        timezone=cycle.timezone,
        tokens=_figure(
            Tokens.sum(u.tokens for u in in_tokens if u.tokens)
            if token_run and not _only_requests(history.usage)
            else None,
            "usage",
            snapshot,
        ),
        requests=_figure(
            sum(requests) if token_run and (requests or _counts_requests(history)) else None,
            "requests",
            snapshot,
        ),
        cost=told[1]
        if told
        else _cost(in_cost, history.currency, snapshot)
        if cost_run
        else _figure(None, "cost", snapshot),
        unpriced_tokens=sum(u.unpriced_tokens for u in in_cost),
    )


def _told(cycle: Cycle, snapshot: Snapshot | None) -> tuple[date, Figure[Money]] | None:
    """Gives the sum that the provider told in this cycle, with its day; what it told before is over."""
    if snapshot is None or snapshot.spent is None:
        return None
    day = local_day(snapshot.fetched_at, cycle.timezone)
    if not cycle.first <= day <= cycle.last:
        return None
    return day, Figure[Money](value=snapshot.spent, provenance=snapshot.cost_provenance)


def recent(history: History, today: date) -> tuple[float | None, ...]:
    """Gives the last 14 days, oldest first: cost where any is known, else tokens, or requests where there
    are no tokens; None where unknown."""
    days = span(today - timedelta(days=SPARK_DAYS - 1), today)
    by_cost, by_requests = any(u.cost for u in history.usage), _only_requests(history.usage)
    known = history.cost_days if by_cost else history.token_days
    sums: dict[date, float] = {}
    for u in history.usage:
        count = u.requests if by_requests else u.tokens.total if u.tokens else 0
        amount = float(u.cost or 0) if by_cost else float(count or 0)
        sums[u.day] = sums.get(u.day, 0.0) + amount
    return tuple(sums.get(day, 0.0) if day in known else None for day in days)


def tokens_of_day(history: History, day: date) -> int | None:
    """Gives a day's tokens of all kinds, None when the day is not known or has none to tell."""
    if day not in history.token_days or _only_requests(history.usage):
        return None
    return sum(u.tokens.total for u in history.usage if u.day == day and u.tokens)


def _within(usage: Sequence[DayUsage], run: tuple[date, date] | None) -> list[DayUsage]:
    return [u for u in usage if run and run[0] <= u.day <= run[1]]


def _only_requests(usage: Sequence[DayUsage]) -> bool:
    """Whether the source counts requests and knows nothing of tokens: none is not zero then."""
    return any(u.requests is not None for u in usage) and all(u.tokens is None for u in usage)


def _counts_requests(history: History) -> bool:
    return any(u.requests is not None for u in history.usage)


def _cost(usage: Sequence[DayUsage], currency: str, snapshot: Snapshot | None) -> Figure[Money]:
    amounts = [u.cost for u in usage if u.cost is not None]
    if not amounts and any(u.unpriced_tokens for u in usage):
        return Figure[Money].not_exposed()  # nothing of it has a price
    provenance = snapshot.cost_provenance if snapshot else Provenance.MEASURED
    return Figure[Money](
        value=Money(amount=sum(amounts, Decimal(0)), currency=currency), provenance=provenance
    )


def _figure(value: T | None, name: str, snapshot: Snapshot | None) -> Figure[T]:
    if value is not None:
        return Figure(value=value, provenance=Provenance.MEASURED)
    denied = snapshot is not None and name in snapshot.not_permitted
    return Figure(value=None, provenance=Provenance.NOT_PERMITTED if denied else Provenance.NOT_EXPOSED)

"""Spend limits and how far this month has filled them (`api/anthropic.md` §1, spend_limits)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from stackk_tui.model.figure import Money
from stackk_tui.model.snapshot import Limit, Snapshot
from stackk_tui.providers.anthropic.days import next_month
from stackk_tui.providers.anthropic.usage import CURRENCY, whole
from stackk_tui.providers.anthropic.wire import SpendLimitRow

PREFIX = "spend_"
SHORT = "spend"
_PERIODS = {
    "monthly": ("spend_month", "Monthly"),
    "weekly": ("spend_week", "Weekly"),
    "daily": ("spend_day", "Daily"),
}


def limits_of(
    rows: Sequence[SpendLimitRow],
    workspace_id: str | None,
    spent: Mapping[str, Decimal] | None,
    old: Snapshot | None,
    now: datetime,
) -> tuple[Limit, ...]:
    """Gives the limits of a workspace, or of the organization for None.

    `spent` is this month's cost by workspace in dollars; where it is not known now, the last known stays with
    its date as long as the month is the same.
    """
    found: dict[str, Limit] = {}
    for row in rows:
        named = _name(row, workspace_id)
        if named is None or row.dollars is None or row.is_enabled is False:
            continue
        limit = _limit(named, row, _spent(spent, workspace_id), old, now)
        other = found.get(limit.id)
        if other is None or _cap(limit) < _cap(other):
            found[limit.id] = limit
    return tuple(found.values())


def kept_limits(old: Snapshot | None, now: datetime) -> tuple[Limit, ...]:
    """Gives the last known limits when they cannot be read now. What a past month has spent is not shown."""
    return tuple(
        limit.model_copy(update={"used": None, "spent": None, "resets_at": next_month(now.date())})
        if limit.resets_at is not None and limit.resets_at <= now
        else limit
        for limit in (old.limits if old else ())
        if limit.id.startswith(PREFIX)
    )


def _name(row: SpendLimitRow, workspace_id: str | None) -> tuple[str, str] | None:
    """Gives id and label of a limit that is for this workspace, else None."""
    period = _PERIODS.get(row.period or "")
    if period is None:
        return None
    name, word = period
    scope = row.scope
    if workspace_id is not None:
        mine = scope.type == "workspace" and scope.workspace_id == workspace_id
        return (name, f"{word} spend limit") if mine else None
    if scope.type == "organization":
        return name, f"{word} spend limit"
    if scope.type == "usage_tier":
        return f"{name}_tier", f"{word} cap of the usage tier"
    return None


def _limit(
    named: tuple[str, str], row: SpendLimitRow, spent: Decimal | None, old: Snapshot | None, now: datetime
) -> Limit:
    name, label = named
    cap = Money(amount=row.dollars or Decimal(0), currency=row.currency or CURRENCY)
    if row.period != "monthly" or cap.currency != CURRENCY:
        return Limit(id=name, label=label, short=SHORT, used=None, cap=cap, as_of=now)
    resets_at, as_of = next_month(now.date()), now
    if spent is None and (last := _last(old, name, resets_at)) is not None:
        spent, as_of = last
    return Limit(
        id=name,
        label=label,
        short=SHORT,
        used=_share(spent, cap.amount),
        resets_at=resets_at,
        cap=cap,
        spent=Money(amount=spent) if spent is not None else None,
        as_of=as_of,
    )


def _spent(spent: Mapping[str, Decimal] | None, workspace_id: str | None) -> Decimal | None:
    if spent is None or workspace_id is None:
        return whole(spent)
    return spent.get(workspace_id, Decimal(0))


def _last(old: Snapshot | None, name: str, resets_at: datetime) -> tuple[Decimal, datetime] | None:
    for limit in old.limits if old else ():
        if limit.id == name and limit.resets_at == resets_at and limit.spent is not None:
            return limit.spent.amount, limit.as_of or old.fetched_at if old else resets_at
    return None


def _share(spent: Decimal | None, cap: Decimal) -> float | None:
    if spent is None:
        return None
    return float(spent / cap) if cap > 0 else 1.0


def _cap(limit: Limit) -> Decimal:
    return limit.cap.amount if limit.cap else Decimal(0)

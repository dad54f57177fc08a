"""What a vendor reports of a tool's use beside the logs of this machine, by UTC day, and why they differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from stackk_tui.model.reconcile import ReconciledDay

ALIKE = Decimal("0.01")
"""Shares, and dollars, that make no difference worth a word."""
KEPT_FOR = timedelta(days=30)
"""How long logs are kept where nothing else is set."""

NOT_SETTLED = "The day is not settled: the report may still grow."
NOT_REPORTED = "The report has not been read for this day."
ELSEWHERE = "The report has every machine, person and key of the organization; the logs are of this machine."
NO_LOGS = "There are no logs of this day here: it was another machine, or they are deleted by now."
NO_LOGS_LATELY = "There are no logs of this day here: it was another machine."
NOT_IN_REPORT = (
    "The logs have more: the report lacks calls by a plan, by other organizations' keys or through a cloud."
)
PRICES = (
    "The tokens agree, the money does not: the logs are at list price, the report as the vendor estimates it."
)
UNPRICED = "{count:,} tokens of the logs have no known price."
OTHER_DAYS = "Days here are UTC, as in the report; elsewhere the logs go by your own days."
UNKNOWN_OWNER = "Nothing here tells whether these logs are of this organization."


@dataclass(frozen=True, slots=True)
class Side:
    """A day on one side; None is not known."""

    cost: Decimal | None = None
    tokens: int | None = None
    unpriced: int = 0


def reconciled(
    day: date,
    reported: Side | None,
    local: Side,
    *,
    today: date,
    settled: bool,
    same: Literal["yes", "unknown"],
    own_days: bool,
) -> ReconciledDay:
    """Gives one day. `reported` None: it was not read. `own_days`: elsewhere the logs are by other days."""
    told = ReconciledDay(
        day=day,
        reported=reported.cost if reported else None,
        local=local.cost,
        reported_tokens=reported.tokens if reported else None,
        local_tokens=local.tokens,
        settled=settled,
        same_organization=same,
    )
    if reported is None:
        reasons = [NOT_REPORTED]
    else:
        reasons = _reasons(told, local, old=today - day > KEPT_FOR)
        if reasons and not settled:
            reasons.insert(0, NOT_SETTLED)
        if reasons and own_days:
            reasons.append(OTHER_DAYS)
    if same == "unknown" and reasons:
        reasons.append(UNKNOWN_OWNER)
    return told.model_copy(update={"reasons": tuple(reasons)})


def _reasons(told: ReconciledDay, local: Side, *, old: bool) -> list[str]:
    theirs, ours = told.reported_tokens or 0, told.local_tokens or 0
    reasons = []
    if theirs and not ours:
        reasons.append(NO_LOGS if old else NO_LOGS_LATELY)
    elif _differ(theirs, ours):
        reasons.append(ELSEWHERE if theirs > ours else NOT_IN_REPORT)
    elif _differ(told.reported or 0, told.local or 0) and abs(told.difference or Decimal(0)) >= ALIKE:
        reasons.append(PRICES)
    if local.unpriced:
        reasons.append(UNPRICED.format(count=local.unpriced))
    return reasons


def _differ(one: Decimal | int, other: Decimal | int) -> bool:
    return abs(Decimal(one) - Decimal(other)) > ALIKE * max(abs(Decimal(one)), abs(Decimal(other)))


def linked(bill: str, plans: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """Gives which labels of logs are of a bill's organization, and which are of another one. `plans`: whose
    bill explains the logs of a label. A bill ends with what the vendor calls the organization."""
    mine = frozenset(label for label, other in plans.items() if _tail(other) == _tail(bill))
    return mine, frozenset(plans) - mine


def _tail(bill: str) -> str:
    return bill.rpartition(":")[2].casefold()

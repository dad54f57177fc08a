"""What is far outside its own history. Robust: one wild day neither hides nor makes the next one.

A slot is unusual when it is far above the middle of slots like it, measured by how far those lie from it
themselves, and when what is above it is worth a look: a good part of an ordinary week.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from statistics import median

from stackk_tui.insight.sharing import UNTOLD
from stackk_tui.model.anomaly import Anomaly, Cause, Slot

FEWEST = 8
"""Slots to compare with under which nothing is said."""
FAR = 4.0
"""Robust deviations; of a wildly bursty series one day in a hundred passes it."""
WORTH = 0.2
"""The share of an ordinary week (of all its slots together) that the excess must have."""
A_QUARTER = 0.25
"""A day whose excess is so much of a week is held against how regular its like really are: a quiet loop that
runs all day is only two or three times an ordinary day."""
FAR_AMONG_USED = 2.5
UNHEARD_OF = 3.0
_OF_THE_MEAN = 0.25  # less is not real use
_SMALLEST = 1e-9
_NORMAL = 1.4826  # makes the median distance a standard deviation
_LEAST_SPREAD = 0.25  # of the logarithm: nothing is so regular that a quarter more is a wonder
_LEAST_OF_A_QUARTER = 0.15
_SHOWN = 3

Parts = Mapping[tuple[str, str], float]
"""What a slot is made of, by kind and name: `("model", "…")`. Kinds overlap: each sums to the whole."""


def unusual(
    start: datetime,
    slot: Slot,
    amount: float,
    others: Sequence[float],
    *,
    week: float,
    parts: Parts | None = None,
    usual_parts: Parts | None = None,
) -> Anomaly | None:
    """Says whether `amount` stands out among `others`, earlier slots like it (the same hours, or weekdays).

    `week` is what an ordinary week brings; `usual_parts` the middle of each part over `others`. A slot that
    is not over yet may be given: it can only be unusual for too much.
    """
    if len(others) < FEWEST or amount <= 0:
        return None
    usual = median(others)
    scale = max(usual, week / (7 if slot == "day" else 7 * 24), _SMALLEST)
    least = _LEAST_OF_A_QUARTER if slot == "day" and amount - usual >= A_QUARTER * week else _LEAST_SPREAD
    if _distance(amount, others, scale, least) < FAR or amount - usual < WORTH * week:
        return None
    return Anomaly(
        start=start,
        slot=slot,
        amount=_exact(amount),
        usual=_exact(usual),
        compared=len(others),
        causes=causes_of(parts or {}, usual_parts or {}),
    )


def is_rare(amount: float, before: Sequence[float]) -> bool:
    """Whether an amount is far from the slots of real use, whenever they were: who works in bursts has mostly
    next to nothing to be compared with. Where those are few it must be far above all of them."""
    floor = _OF_THE_MEAN * sum(before) / max(1, sum(each > 0 for each in before))
    used = [each for each in before if each > floor]
    if len(used) < FEWEST:
        return amount > UNHEARD_OF * max(used, default=0.0)
    return _distance(amount, used, max(median(used), _SMALLEST)) >= FAR_AMONG_USED


def _distance(amount: float, others: Sequence[float], scale: float, least: float = _LEAST_SPREAD) -> float:
    """Gives how many robust deviations an amount is above the middle of others, by its logarithm."""
    logs = [math.log1p(other / scale) for other in others]
    middle = median(logs)
    spread = max(_NORMAL * median(abs(each - middle) for each in logs), least * math.log(2))
    return (math.log1p(amount / scale) - middle) / spread


def causes_of(parts: Parts, usual: Parts) -> tuple[Cause, ...]:
    """Gives, of each kind, the parts that are most above what is usual for them. Of every kind the largest
    comes before the second of another one."""
    above = {part: amount - usual.get(part, 0.0) for part, amount in parts.items()}
    sums: dict[str, float] = {}
    for (kind, _), excess in above.items():
        sums[kind] = sums.get(kind, 0.0) + max(0.0, excess)
    found = [
        Cause(kind=kind, name=name, share=excess / sums[kind])
        for (kind, name), excess in above.items()
        if excess > 0 and excess >= 0.25 * sums[kind] and name != UNTOLD
    ]
    found.sort(key=lambda cause: (-cause.share, cause.kind, cause.name))
    largest: dict[str, Cause] = {}
    for cause in found:
        largest.setdefault(cause.kind, cause)
    most = [*largest.values(), *(cause for cause in found if cause is not largest[cause.kind])][:_SHOWN]
    return tuple(cause for cause in found if cause in most)


def _exact(amount: float) -> Decimal:
    return Decimal(str(round(amount, 6)))

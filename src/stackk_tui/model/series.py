"""A service's days as plain sums, for what is computed over many of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

NOTHING_SETTLED: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class DaySums:
    """Added sources merged. A known day that is not in `costs` (or `tokens`) is a true zero."""

    costs: Mapping[date, Decimal] = field(default_factory=dict)
    """Whole units of `currency`."""
    tokens: Mapping[date, int] = field(default_factory=dict)
    unpriced: Mapping[date, int] = field(default_factory=dict)
    """Tokens that `costs` does not cover."""
    cost_days: frozenset[date] = frozenset()
    token_days: frozenset[date] = frozenset()
    settled: frozenset[date] = NOTHING_SETTLED
    """Days that are over and final in all they are known for."""
    currency: str = "USD"
    counts_tokens: bool = False
    """Whether any token was ever counted in the span: a source of requests alone has none to tell."""

"""A service as it is shown: what is tracked, what was learned, and what follows from it."""

from datetime import date, datetime
from decimal import Decimal

from stackk_tui.model.base import Value
from stackk_tui.model.figure import Figure, Money
from stackk_tui.model.service import Account, Billing, Service, Status
from stackk_tui.model.snapshot import Snapshot
from stackk_tui.model.usage import Tokens


class Month(Value):
    """Month to date. `through` is the last day that has been read: a gap never reads as zero."""

    first: date
    through: date | None
    last: date
    timezone: str
    tokens: Figure[Tokens]
    requests: Figure[int]
    cost: Figure[Money]
    unpriced_tokens: int = 0


class DayUsage(Value):
    """One day × model of a service, all its added sources merged. Feeds charts and breakdowns."""

    day: date
    model: str
    tokens: Tokens | None
    requests: int | None
    cost: Decimal | None
    cost_by_kind: dict[str, Decimal]
    unpriced_tokens: int = 0


class History(Value):
    """A service's days, for charts and breakdowns."""

    service_id: str
    timezone: str
    currency: str
    days: tuple[date, ...]
    """Every calendar day of the span, oldest first."""
    token_days: frozenset[date]
    """Days whose tokens are known: one of them without usage is a true zero, any other is unknown."""
    cost_days: frozenset[date]
    """The same for money."""
    usage: tuple[DayUsage, ...]

    @property
    def known_days(self) -> frozenset[date]:
        return self.token_days | self.cost_days


class ServiceView(Value):
    """One service with its last snapshot (None before the first fetch) and its month."""

    service: Service
    account: Account
    status: Status
    snapshot: Snapshot | None
    billing: Billing
    month: Month
    spark: tuple[float | None, ...]
    """The last 14 days, oldest first: cost where it is known, else tokens; None for an unknown day."""
    tokens_today: int | None = None
    """In the service's own time zone; None when today has not been read."""

    @property
    def fetched_at(self) -> datetime | None:
        return self.snapshot.fetched_at if self.snapshot else None


class TotalPart(Value):
    """A part of the month's total: an amount and what kind of knowledge it is."""

    amount: Decimal
    currency: str
    provenance: str


class Total(Value):
    """This month over all services, each dollar once, by currency and provenance (DESIGN §2)."""

    month: date
    """The first day of the month it speaks of."""
    parts: tuple[TotalPart, ...]

    def amount(self, currency: str) -> Decimal:
        return sum((p.amount for p in self.parts if p.currency == currency), Decimal(0))

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies it is in, the largest amount first."""
        names = {p.currency for p in self.parts}
        return tuple(sorted(names, key=lambda c: (-self.amount(c), c)))

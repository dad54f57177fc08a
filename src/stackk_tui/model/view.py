"""A service as it is shown: what is tracked, what was learned, and what follows from it."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import get_args

from pydantic import Field

from stackk_tui.model.base import Value
from stackk_tui.model.capability import Capability
from stackk_tui.model.currency import Rate
from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.service import Account, Billing, Service, Status
from stackk_tui.model.snapshot import LimitSample, Measure, Snapshot
from stackk_tui.model.usage import Tokens
from stackk_tui.model.usage_report import GroupBy, UsageReport

EVERYTHING: frozenset[Capability] = frozenset(get_args(Capability))
USUAL_MEASURES = (
    Measure(id="cost", label="Cost"),
    Measure(id="tokens", label="Tokens", unit="tokens"),
    Measure(id="requests", label="Requests", unit="requests"),
)
"""What has days where a provider says nothing of it."""


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


class WindowPace(Value):
    """How fast a window fills, computed from readings of it. None is not known, and `basis` says why."""

    limit_id: str
    elapsed: float | None = None
    """The share of its time that was gone when it was read, 0 to 1."""
    ahead: float | None = None
    """`used` minus `elapsed`: positive is faster than an even spend."""
    rate: float | None = None
    """The share of the window that went in an hour, lately."""
    full_at: datetime | None = None
    """When it is full at that rate; None when that is not known, or when it resets before."""
    full_from: datetime | None = None
    """The soonest that it may be full; None when that is not known, or when it resets before even so. May be
    known without `full_at`, and may be past: it may be full any moment."""
    full_to: datetime | None = None
    """The latest; None while `full_from` is known means "or not before the reset"."""
    band: str = ""
    """What these are taken from, e.g. `from its slowest and fastest 15 min in that time`; empty without."""
    basis: str
    """What the rate is taken from, e.g. `at the rate of the last 60 min (14 % in 60 min)`."""
    good_until: datetime | None = None
    """When it is too old to be said any more."""
    provenance: Provenance = Provenance.ESTIMATED


class LimitHistory(Value):
    """How full a window was, over time."""

    limit_id: str
    label: str
    length: timedelta | None = None
    samples: tuple[LimitSample, ...] = ()
    """Oldest first. More than a week back at most one an hour of each window: the fullest."""


class Burned(Value):
    """What the logs of this machine say of the time of a window, beside its official share."""

    limit_id: str
    label: str
    short: str = ""
    used: float | None = None
    """The official share that is gone. Never computed from the logs, which know this machine only."""
    start: datetime | None = None
    resets_at: datetime | None = None
    reports: dict[GroupBy, UsageReport] = Field(default_factory=dict)
    """Usage from `start` on by project, session, model and agent."""
    reason: str = ""
    """Why there are no reports."""


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
    paces: tuple[WindowPace, ...] = ()
    """Of the windows under way."""
    can: frozenset[Capability] = EVERYTHING
    """What this sign-in can show or do: by what it turned out to, else by its door."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What may have days here, the most telling first; see `counts` for whether anything has."""
        return (self.snapshot.measures if self.snapshot else ()) or USUAL_MEASURES

    @property
    def counts(self) -> bool:
        """Whether this sign-in tells of usage at all."""
        return bool(self.can & {"usage", "series"})

    def pace(self, limit_id: str) -> WindowPace | None:
        """Gives a window's pace; None for one that is not under way."""
        return next((pace for pace in self.paces if pace.limit_id == limit_id), None)

    @property
    def fetched_at(self) -> datetime | None:
        return self.snapshot.fetched_at if self.snapshot else None


class TotalPart(Value):
    """A part of the month's total: an amount and what kind of knowledge it is."""

    amount: Decimal
    currency: str
    provenance: str


class Converted(Value):
    """A total in the currency a person chose, by rates of theirs; its provenance is `entered`."""

    amount: Decimal
    currency: str
    rates: tuple[Rate, ...]
    """Those it was made with."""
    rest: tuple[TotalPart, ...] = ()
    """What has no rate and is not in the amount."""


class Total(Value):
    """This month over all services, each dollar once, by currency and provenance (DESIGN §2)."""

    month: date
    """The first day of the month it speaks of."""
    parts: tuple[TotalPart, ...]
    converted: Converted | None = None
    currency_problem: str = ""
    """Why the currency that was chosen cannot be used, in a sentence."""

    def amount(self, currency: str) -> Decimal:
        return sum((p.amount for p in self.parts if p.currency == currency), Decimal(0))

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies it is in, the largest amount first."""
        names = {p.currency for p in self.parts}
        return tuple(sorted(names, key=lambda c: (-self.amount(c), c)))

"""What one fetch learned about one service (the seed's AnthropicDataCache)."""

from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import Field

from stackk_tui.model.base import Value
from stackk_tui.model.capability import Capability
from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.service import Billing, Plan

MeasureId = Literal["cost", "tokens", "requests"]


class Limit(Value):
    """A window that fills: a plan's 5 hours, a week, a spend cap, a quota."""

    id: str
    label: str
    short: str = ""
    """One word for a narrow line; empty means the label."""
    used: float | None
    """The share that is gone, 0 to 1, over 1 when it is passed; None when only the cap is known."""
    resets_at: datetime | None = None
    length: timedelta | None = None
    """How long the window is; it began that long before `resets_at`. None when it is no fixed window."""
    provenance: Provenance = Provenance.MEASURED
    cap: Money | None = None
    spent: Money | None = None
    as_of: datetime | None = None


class LimitSample(Value):
    """How full a window was at a moment."""

    limit_id: str
    at: datetime
    used: float
    """The share that was gone, 0 to 1."""
    resets_at: datetime | None = None


class Metric(Value):
    """Whatever else a provider tells, described by data so that no screen needs to know the vendor."""

    id: str
    label: str
    value: str | None
    unit: str = ""
    provenance: Provenance = Provenance.MEASURED
    section: str = ""
    headline: bool = False
    """Whether it stands in the grid at the top of the page, not only in its section."""
    as_of: datetime | None = None


class Measure(Value):
    """A figure that has days, as a chart shows it: what it is called, and what its parts are."""

    id: MeasureId
    label: str
    """`Cost`, `Deployments`."""
    unit: str = ""
    """`deployments`; empty for money, which has its currency."""
    part: str = "Model"
    """What one `UsageBucket.model` of it is: a model, a service, a state. Empty: it has no parts."""


class Cycle(Value):
    """The days that "this month" means for a service, both inclusive, in `timezone`."""

    first: date
    last: date
    timezone: str = "UTC"


class Snapshot(Value):
    """Everything one full fetch learned, with the time it was learned."""

    fetched_at: datetime
    plan: Figure[Plan] = Figure[Plan](value=None, provenance=Provenance.NOT_EXPOSED)
    billing: Billing = Billing(
        price=Figure[Money](value=None, provenance=Provenance.NOT_EXPOSED),
        next_payment=Figure[date](value=None, provenance=Provenance.NOT_EXPOSED),
    )
    limits: tuple[Limit, ...] = ()
    metrics: tuple[Metric, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences that keep a figure honest, e.g. what a report leaves out."""
    not_exposed: tuple[str, ...] = ()
    not_permitted: tuple[str, ...] = ()
    explained_by: str | None = None
    """Which logs of this machine tell what filled the limits: a `UsageQuery.account`. None: none do."""
    measures: tuple[Measure, ...] = ()
    """What has days and can be charted, the most telling first. Empty: cost, tokens and requests by model."""
    can: frozenset[Capability] | None = None
    """What this very sign-in turned out to be good for; None: what its door says."""
    cycle: Cycle | None = None
    """None means the UTC calendar month."""
    spent: Money | None = None
    """What the cycle has cost until `fetched_at`, where the provider tells the sum beside, or without, its
    days. None: the sum of the days."""
    cost_provenance: Provenance = Provenance.MEASURED
    carried: dict[str, str] = Field(default_factory=dict)
    """The provider's own notes for its next fetch, e.g. settled days of a report. Kept with the snapshot,
    never shown, never a secret."""

"""The same usage at other prices: another model's, or a plan's. All of it is value, not money spent."""

from datetime import date
from decimal import Decimal

from stackk_tui.model.base import Value
from stackk_tui.model.usage import Tokens


class WhatIfRow(Value):
    """What one model was used for. US dollars at list price; None where nothing of it has a price."""

    model: str
    tokens: Tokens
    actual: Decimal | None
    instead: Decimal | None = None
    """At the other model's price; None when none was asked for, too."""


class PlanValue(Value):
    """A plan's price for a month beside what the month so far would have cost by API."""

    service_id: str
    name: str
    plan: str
    """`Max 20x`; the service's name where no plan is told."""
    price: Decimal
    currency: str
    price_provenance: str
    """`list-price` or `entered`."""
    value: Decimal
    """US dollars at list price, estimated from the logs of this machine."""
    times: float | None
    """`value` by `price`; None where the price is nothing or in another currency."""


class WhatIf(Value):
    """This month's logs of this machine, up to today."""

    first: date
    last: date
    timezone: str
    model: str | None
    """The model that was asked about."""
    actual: Decimal | None
    instead: Decimal | None = None
    unpriced_tokens: int = 0
    """Tokens that `actual` does not cover."""
    unpriced_instead: int = 0
    """The same of `instead`."""
    rows: tuple[WhatIfRow, ...] = ()
    """By the model that was used, the dearest first."""
    plans: tuple[PlanValue, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were used."""
        return tuple(row.model for row in self.rows)

    @property
    def difference(self) -> Decimal | None:
        """What the other model would have cost more; negative: less."""
        return None if self.actual is None or self.instead is None else self.instead - self.actual

"""What a vendor reports of a day beside what the logs of this machine say of it; never added together."""

from datetime import date
from decimal import Decimal
from typing import Literal

from stackk_tui.model.base import Value


class ReconciledDay(Value):
    """A UTC day. Amounts are whole units of `currency` at list price on both sides; None is not known."""

    day: date
    currency: str = "USD"
    reported: Decimal | None
    local: Decimal | None
    reported_tokens: int | None
    local_tokens: int | None
    settled: bool
    """Whether the vendor's figure is final."""
    same_organization: Literal["yes", "unknown"]
    """`unknown`: nothing here tells whose the logs are."""
    account: str | None = None
    """The one account of the logs that was compared (`UsageQuery.account`); None: several, or all."""
    reasons: tuple[str, ...] = ()
    """What may explain the difference, in sentences; empty when there is none worth a word."""

    @property
    def difference(self) -> Decimal | None:
        """What was reported beyond what the logs have; negative the other way round."""
        return None if self.reported is None or self.local is None else self.reported - self.local

"""A subscription typed in by hand. Nothing is asked of any server."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Cycle as BillingCycle
from stackk_tui.model.service import EnteredBilling, Plan, Service, Workspace
from stackk_tui.model.snapshot import Snapshot
from stackk_tui.model.text import clean
from stackk_tui.providers.base import (
    Fetched,
    Finding,
    Identity,
    Known,
    Pace,
    ProviderContext,
    Revocation,
    Session,
)
from stackk_tui.providers.custom_info import CUSTOM

MAX_PRICE = Decimal(1_000_000_000)


class CustomProvider:
    """Gives back what was typed; there is nothing to read, so nothing gets old."""

    info = CUSTOM
    pace = Pace(interval=timedelta(0), hard_times=1_000, stale_after=None)

    def __init__(self, context: ProviderContext) -> None:
        self._clock = context.clock

    def detect(self) -> list[Finding]:
        return []

    async def sign_in(self, method: str, secret: Secret | None, form: Mapping[str, str]) -> Identity:
        """Reads the form. Raises InvalidInput that names the field."""
        name = clean(form.get("name", "")).strip()
        if not name:
            raise InvalidInput("The subscription needs a name.")
        return Identity(
            key=(key := secrets.token_hex(8)),
            label=name,
            method=method,
            billing_scope=f"custom:{key}",
            entered=EnteredBilling(
                price=Money(
                    amount=_amount(form.get("price", "")), currency=_currency(form.get("currency", ""))
                ),
                cycle=_cycle(form.get("cycle", "")),
                next_payment=_day(form.get("next_payment", "")),
            ),
            category=clean(form.get("category", "")).strip(),
            color=_color(form.get("color", "")),
        )

    async def workspaces(self, session: Session) -> list[Workspace]:
        return [Workspace(id="subscription", name="subscription", kind="subscription", whole_account=True)]

    async def sync(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        return await self.refresh(session, services, known)

    async def refresh(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        return Fetched(snapshots={service.workspace.id: self._snapshot() for service in services})

    async def revoke(self, session: Session, *, destroy_token: bool) -> Revocation:
        return Revocation("impossible", "")

    async def aclose(self) -> None:
        return None

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            fetched_at=self._clock(),
            plan=Figure[Plan](
                value=Plan(tier="subscription", label="subscription"), provenance=Provenance.ENTERED
            ),
            not_exposed=("usage", "cost", "requests"),
        )


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        amount = Decimal(-1)
    if not (amount.is_finite() and 0 <= amount <= MAX_PRICE):
        raise InvalidInput(
            f"The price {clean(text, 40)!r} is not an amount.", next_step="Write it like 20.00."
        )
    return amount


def _currency(text: str) -> str:
    code = text.strip().upper() or "USD"
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise InvalidInput(
            f"The currency {clean(text, 40)!r} is not a code of three letters.",
            next_step="Write it like USD or EUR.",
        )
    return code


def _cycle(text: str) -> BillingCycle:
    word = text.strip().lower() or "monthly"
    if word == "monthly":
        return "monthly"
    if word == "yearly":
        return "yearly"
    raise InvalidInput(f"The cycle {clean(text, 40)!r} is not known.", next_step="It is monthly or yearly.")


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            f"The day {clean(text, 40)!r} is not a date.", next_step="Write it like 2026-12-03."
        ) from None


def _color(text: str) -> str:
    color = text.strip().lower()
    if not color:
        return ""
    if len(color) != 7 or color[0] != "#" or any(c not in "0123456789abcdef" for c in color[1:]):
        raise InvalidInput(
            f"The colour {clean(text, 40)!r} is not known.", next_step="Write it like #8a8f98."
        )
    return color

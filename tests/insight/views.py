"""Views made by hand, for the pure functions."""

from datetime import UTC, date, datetime
from decimal import Decimal

from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.service import Account, Billing, Service, Status, Workspace
from stackk_tui.model.snapshot import Snapshot
from stackk_tui.model.usage import Tokens
from stackk_tui.model.view import Month, ServiceView

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def view(
    workspace: str,
    *,
    scope: str = "anthropic:org:1",
    whole: bool = False,
    cost: str | None = None,
    provenance: Provenance = Provenance.MEASURED,
    currency: str = "USD",
    price: str | None = None,
    price_provenance: Provenance = Provenance.ENTERED,
    cycle: str | None = "monthly",
    through: date | None = date(2026, 11, 22),
    status: Status = Status.OK,
    snapshot: Snapshot | None = None,
    tokens_today: int | None = None,
) -> ServiceView:
    money = Money(amount=Decimal(cost), currency=currency) if cost is not None else None
    typed = Money(amount=Decimal(price), currency=currency) if price is not None else None
    return ServiceView(
        service=Service(
            id=f"svc_{scope}_{workspace}",
            account_id="acc_1",
            provider="anthropic",
            name="Acme",
            workspace=Workspace(id=workspace, name=workspace, whole_account=whole),
            category="AI & ML",
            color="#d97757",
            connected_at=NOW,
        ),
        account=Account(
            id="acc_1",
            provider="anthropic",
            method="admin-key",
            label="Acme",
            billing_scope=scope,
            created_at=NOW,
        ),
        status=status,
        snapshot=snapshot,
        billing=Billing(
            price=Figure(value=typed, provenance=price_provenance) if typed else Figure[Money].not_exposed(),
            cycle=cycle,
            next_payment=Figure[date].not_exposed(),
        ),
        month=Month(
            first=date(2026, 11, 1),
            through=through,
            last=date(2026, 11, 30),
            timezone="UTC",
            tokens=Figure[Tokens].not_exposed(),
            requests=Figure[int].not_exposed(),
            cost=Figure(value=money, provenance=provenance) if money else Figure[Money].not_exposed(),
        ),
        spark=(),
        tokens_today=tokens_today,
    )

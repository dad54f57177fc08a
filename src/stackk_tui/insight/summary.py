"""This month's total over all services, each dollar once (DESIGN §2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from stackk_tui.model.figure import Provenance
from stackk_tui.model.service import Status
from stackk_tui.model.view import ServiceView, Total, TotalPart

MONTHS_A_YEAR = 12
_CENT = Decimal("0.01")
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a total is made of, each dollar once."""

    measured: tuple[ServiceView, ...]
    """Their cost of this month was measured."""
    priced: tuple[ServiceView, ...]
    """Their price counts; nothing was measured for their bills."""


def counted(views: Iterable[ServiceView], today: date) -> Counted:
    """Gives which services a total counts.

    - Measured cost counts once per bill: an organization tracked as a whole stands for its workspaces.
    - A price (listed or typed) counts once per bill, where nothing was measured.
    - Estimated value, such as what transcripts would have cost by API, is never money spent: it is not added.
    """
    views = [view for view in views if view.status is not Status.DISCONNECTED]
    measured = once_per_bill(view for view in views if _measured_this_month(view, today))
    measured_bills = {bill_of(view) for view in measured}
    priced: list[ServiceView] = []
    priced_bills: set[str] = set()
    for view in sorted(once_per_bill(views), key=_is_listed):
        bill = bill_of(view)
        if view.billing.price.value is None or bill in measured_bills:
            continue
        if _is_listed(view) and bill in priced_bills:
            continue  # a listed price is that of the whole bill
        priced_bills.add(bill)
        priced.append(view)
    return Counted(tuple(measured), tuple(priced))


def total(views: Iterable[ServiceView], today: date) -> Total:
    """Gives the month's total by currency and provenance, a twelfth of a yearly price (`counted`)."""
    found = counted(views, today)
    sums: dict[tuple[str, str], Decimal] = {}
    for view in found.measured:
        money = view.month.cost.value
        assert money is not None
        key = (money.currency, Provenance.MEASURED.value)
        sums[key] = sums.get(key, Decimal(0)) + money.amount
    for view in found.priced:
        price = view.billing.price
        assert price.value is not None
        key = (price.value.currency, price.provenance.value)
        sums[key] = sums.get(key, Decimal(0)) + monthly_share(price.value.amount, view.billing.cycle)
    parts = tuple(TotalPart(amount=a, currency=c, provenance=p) for (c, p), a in sums.items() if a)
    return Total(month=today.replace(day=1), parts=parts)


def _measured_this_month(view: ServiceView, today: date) -> bool:
    """Whether its own month, or billing cycle, was measured. Where it has its days, `today` in UTC may be the
    day after its last: until that day is over there, its month is the one that still runs."""
    cost, month = view.month.cost, view.month
    return (
        cost.value is not None
        and cost.provenance is Provenance.MEASURED
        and month.through is not None
        and month.first <= month.through
        and today <= month.last + _A_DAY
    )


def bill_of(view: ServiceView) -> str:
    """Gives whose money it is: two services with one bill are one account at the vendor."""
    return view.service.workspace.bill or view.account.billing_scope


def _is_listed(view: ServiceView) -> bool:
    return view.billing.price.provenance is Provenance.LIST_PRICE


def once_per_bill(views: Iterable[ServiceView]) -> list[ServiceView]:
    """Gives one view per bill where one stands for the whole of it, else one per workspace."""
    bills: dict[str, dict[str, ServiceView]] = {}
    for view in views:
        workspace = view.service.workspace
        bill = bills.setdefault(bill_of(view), {})
        bill.setdefault("" if workspace.whole_account else workspace.id, view)
    return [
        view
        for bill in bills.values()
        for view in ([bill[""]] if "" in bill else bill.values())
        if view.service.workspace.part_of not in bill or "" in bill
    ]


def monthly_share(amount: Decimal, cycle: str | None) -> Decimal:
    """Gives what a price costs a month: a twelfth, to the cent, of one paid yearly."""
    return (amount / MONTHS_A_YEAR).quantize(_CENT) if cycle == "yearly" else amount

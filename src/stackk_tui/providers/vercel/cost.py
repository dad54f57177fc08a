"""From charges to a batch of cost and what is said beside it (`api/vercel.md` §6)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from stackk_tui.model.snapshot import Metric
from stackk_tui.model.usage import DEFAULT_WORKSPACE, UsageBatch, UsageBucket, UsageSource
from stackk_tui.providers.vercel.charges import NOT_GIVEN, Bill, Charges, Key, category_sums
from stackk_tui.providers.vercel.cycle import Window, day_of

SECTION = "Cost of this cycle"
NOT_AN_INVOICE = (
    "Cost is the sum of what Vercel has billed by day since the cycle began (the seat by its daily share), "
    "in Los Angeles days. It is measured, but no invoice: credits, tax and included usage still change it."
)
NO_COSTS = "Vercel has no cost to tell of for this cycle yet: that is not known to be zero."
NO_CURRENCY = "Some charges come without a currency: they are shown by themselves, and are not in the cost."
_WORDS = {"Credit": "Credits", "Tax": "Tax", "Adjustment": "Adjustments"}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one reading of the charges gives. `batch` is None when they tell of no day."""

    batch: UsageBatch | None
    currency: str
    seats: Decimal | None = None
    metrics: dict[str, list[Metric]] = field(default_factory=dict)
    """By workspace id."""
    notes: tuple[str, ...] = ()


def cost_of(charges: Charges, team: str, projects: Collection[str], window: Window, now: datetime) -> Cost:
    """Gives buckets for the team as a whole and for each project, for the days from the cycle's first to the
    last one that any charge is told of. CPU-heavy for a long report: run it in a thread."""
    charges = charges.within(window.first, min(window.last, day_of(now)))
    currency = charges.currency
    bills = charges.bills.get(currency, {})
    metrics = {team: _metrics(charges, bills, None, now)}
    if not bills:
        metrics |= {p: _metrics(charges, bills, p, now) for p in projects}
        return Cost(None, currency, charges.seats_now(), metrics, _notes(charges)[1:])
    through = max(day for day, _, _ in bills)
    days = tuple(window.first + timedelta(days=n) for n in range((through - window.first).days + 1))
    whole: dict[tuple[date, str], Bill] = {}
    for (day, _, service), bill in bills.items():
        total = whole.setdefault((day, service), Bill())
        for category, amount in bill.parts.items():
            total.add(category, amount)
    found = {(day, team, service): bill for (day, service), bill in whole.items()}
    found |= {key: bill for key, bill in bills.items() if key[1] != DEFAULT_WORKSPACE}
    seen = (project for _, project, _ in bills if project != DEFAULT_WORKSPACE)
    workspaces = tuple(dict.fromkeys([team, *projects, *seen]))
    batch = UsageBatch(
        source=UsageSource.COST,
        buckets=tuple(
            UsageBucket(
                day=day,
                workspace_id=workspace,
                model=service,
                cost=bill.total,
                currency=currency,
                cost_by_kind={name.lower(): amount for name, amount in bill.parts.items()},
            )
            for (day, workspace, service), bill in found.items()
        ),
        days=days,
        workspaces=workspaces,
    )
    by_project: dict[str, dict[Key, Bill]] = {}
    for key, bill in bills.items():
        by_project.setdefault(key[1], {})[key] = bill
    metrics |= {p: _metrics(charges, by_project.get(p, {}), p, now) for p in projects}
    return Cost(batch, currency, charges.seats_now(), metrics, _notes(charges))


def _metrics(charges: Charges, bills: dict[Key, Bill], project: str | None, now: datetime) -> list[Metric]:
    """Gives what is worth saying beside the total: credits, tax, the value of the usage, other currencies."""
    sums = category_sums(bill for key, bill in bills.items() if project in (None, key[1]))
    found = [
        _money(f"cost_{name.lower()}", words, sums[name], charges.currency, now)
        for name, words in _WORDS.items()
        if sums.get(name)
    ]
    value = _of(charges.value, charges.currency, project)
    if value:
        label = "Usage before what is included"
        found.insert(0, _money("usage_value", label, value, charges.currency, now))
    for currency in sorted(set(charges.bills) - {charges.currency}):
        apart = sum(
            (b.total for key, b in charges.bills[currency].items() if project in (None, key[1])), Decimal(0)
        )
        if apart and currency == NOT_GIVEN:
            label = "Currency not given, not in the cost"
            found.append(_money("cost_without_currency", label, apart, "", now))
        elif apart:
            name = f"cost_{currency.lower()}"
            found.append(_money(name, f"In {currency}, not in the cost", apart, currency, now))
    mius = sum((n for (_, p), n in charges.mius.items() if project in (None, p)), Decimal(0))
    if mius:
        found.append(_money("mius", "Contract units used", mius, "MIUs", now))
    return found


def _of(sums: dict[tuple[date, str, str], Decimal], currency: str, project: str | None) -> Decimal:
    return sum((n for (_, c, p), n in sums.items() if c == currency and project in (None, p)), Decimal(0))


def _notes(charges: Charges) -> tuple[str, ...]:
    others = sorted(set(charges.bills) - {charges.currency, NOT_GIVEN})
    apart = (f"Charges in {', '.join(others)} are not in the cost.",) if others else ()
    without = (NO_CURRENCY,) if NOT_GIVEN in charges.bills else ()
    return (NOT_AN_INVOICE, *apart, *without)


def _money(name: str, label: str, amount: Decimal, unit: str, now: datetime) -> Metric:
    return Metric(id=name, label=label, value=format(amount, "f"), unit=unit, section=SECTION, as_of=now)

"""What the insights screen reads: from the ledger at once, from the logs of this machine behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from stackk_tui.insight.summary import counted, monthly_share
from stackk_tui.model.budget import BudgetState
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.model.reconcile import ReconciledDay
from stackk_tui.model.view import ServiceView
from stackk_tui.tui.widgets.budget_words import places_of, with_places

if TYPE_CHECKING:
    from stackk_tui.model.board import BoardRow
    from stackk_tui.stack import Stack

Coming = Forecast | NoForecast
RECONCILED_DAYS = 14


@dataclass(frozen=True, slots=True)
class Part:
    """What one service brings to the month: what is known, what is expected at its end."""

    service_id: str
    name: str
    category: str
    color: str
    currency: str
    so_far: Decimal
    provenance: str
    end: Decimal
    coming: Coming | None = None
    """None for a price: use does not change it."""
    tokens: int = 0
    model: str = ""
    """The model with most of this month's money, and its share."""
    model_share: float = 0.0

    @property
    def is_price(self) -> bool:
        return self.provenance in ("list-price", "entered")


@dataclass(frozen=True, slots=True)
class Ahead:
    """The month as the ledger knows it."""

    states: tuple[BudgetState, ...] = ()
    total: Coming = field(default_factory=lambda: NoForecast(reason=""))
    parts: tuple[Part, ...] = ()
    """The dearest first; each dollar once."""
    values: tuple[Part, ...] = ()
    """What use would have cost by API: value, not money spent."""

    def with_places(self, rows: "Sequence[BoardRow]") -> "Ahead":
        """Gives the same with the workspace beside a name that several services share."""
        names = places_of(rows)
        parts, values = (
            tuple(replace(part, name=names.get(part.service_id, part.name)) for part in group)
            for group in (self.parts, self.values)
        )
        return replace(self, states=tuple(with_places(self.states, rows)), parts=parts, values=values)


async def read_ahead(stack: "Stack", today: date) -> Ahead:
    """Reads the ledger. Raises StackkError."""
    views = await stack.services()
    forecasts = await stack.forecasts()
    states = await stack.budget_states()
    found = counted(views, today)
    parts = [_measured(view, forecasts) for view in found.measured]
    parts += [part for view in found.priced if (part := _priced(view)) is not None]
    chosen = {part.service_id for part in parts}
    values = [_measured(v, forecasts) for v in views if v.service.id not in chosen and _is_value(v)]
    parts.sort(key=lambda part: (-part.end, part.name))
    named = [await _with_model(stack, part, today) if at == 0 else part for at, part in enumerate(parts)]
    return Ahead(tuple(states), forecasts.get(None, NoForecast(reason="")), tuple(named), tuple(values))


async def read_reconciled(stack: "Stack") -> dict[str, tuple[ReconciledDay, ...]]:
    """Reads what vendors report beside the logs, by service; only where there is something to compare."""
    found = {}
    for view in await stack.services():
        if view.service.connected and view.service.workspace.kind != "machine":
            days = await stack.reconcile(view.service.id, RECONCILED_DAYS)
            if days:
                found[view.service.id] = tuple(days)
    return found


def _measured(view: ServiceView, forecasts: Mapping[str | None, Coming]) -> Part:
    money, coming = view.month.cost.value, forecasts.get(view.service.id)
    so_far = money.amount if money else Decimal(0)
    currency = money.currency if money else "USD"
    fits = isinstance(coming, Forecast) and coming.currency == currency
    return Part(
        service_id=view.service.id,
        name=view.service.name,
        category=view.service.category,
        color=view.service.color,
        currency=currency,
        so_far=so_far,
        provenance=view.month.cost.provenance.value,
        end=coming.expected if isinstance(coming, Forecast) and fits else so_far,
        coming=coming,
        tokens=view.month.tokens.value.total if view.month.tokens.value else 0,
    )


def _priced(view: ServiceView) -> Part | None:
    price = view.billing.price.value
    if price is None:
        return None
    amount = monthly_share(price.amount, view.billing.cycle)
    return Part(
        service_id=view.service.id,
        name=view.service.name,
        category=view.service.category,
        color=view.service.color,
        currency=price.currency,
        so_far=amount,
        provenance=view.billing.price.provenance.value,
        end=amount,
    )


def _is_value(view: ServiceView) -> bool:
    cost = view.month.cost
    return view.service.connected and cost.value is not None and cost.provenance.value == "estimated"


async def _with_model(stack: "Stack", part: Part, today: date) -> Part:
    """Gives the part with the model that most of its money went to."""
    if part.is_price:
        return part
    history = await stack.history(part.service_id, today.day)
    sums: dict[str, Decimal] = {}
    for usage in history.usage:
        if usage.cost is not None and (usage.day.year, usage.day.month) == (today.year, today.month):
            sums[usage.model] = sums.get(usage.model, Decimal(0)) + usage.cost
    whole = sum(sums.values(), Decimal(0))
    model = max(sums, key=lambda name: sums[name], default="")
    return replace(part, model=model, model_share=float(sums[model] / whole)) if model and whole else part


def shares_of(parts: Sequence[Part], currency: str) -> dict[str, float]:
    """Gives each part's share of what the month will bring in a currency, by service id."""
    whole = sum((part.end for part in parts if part.currency == currency), Decimal(0))
    return {p.service_id: float(p.end / whole) for p in parts if p.currency == currency} if whole else {}

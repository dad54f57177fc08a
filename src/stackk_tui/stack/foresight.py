"""What is to come: budgets, how they stand, and forecasts. From the ledger alone; no network, no logs."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from stackk_tui.insight.days import calendar_month, local_day
from stackk_tui.insight.forecast import REMEMBERED
from stackk_tui.insight.series import MeasureOf
from stackk_tui.insight.spending import (
    EVERYTHING,
    Spending,
    currency_of_all,
    outlook,
    spending_of_all,
    spending_of_service,
)
from stackk_tui.insight.standing import state
from stackk_tui.model.budget import Budget, BudgetScope, BudgetState, Period, Unit
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.events import BudgetsChanged
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.model.series import DaySums
from stackk_tui.model.service import Status
from stackk_tui.model.view import ServiceView
from stackk_tui.stack.core import Core
from stackk_tui.stack.currency import Currencies
from stackk_tui.stack.reading import Reading

LISTS_BUDGETS = "stackk-tui budget list shows them."
MOST = Decimal(10) ** 15
"""What no budget exceeds: more is a slip of the hand."""


class Foresight:
    def __init__(self, core: Core, reading: Reading) -> None:
        self._core = core
        self._reading = reading
        self._currencies = Currencies(core)

    async def budgets(self) -> list[Budget]:
        return await self._core.ledger.budgets()

    async def set_budget(
        self,
        amount: Decimal,
        *,
        scope: BudgetScope,
        target: str,
        period: Period,
        unit: Unit,
        currency: str | None,
        thresholds: Sequence[int],
        forecast: bool,
        id: str | None,
    ) -> Budget:
        """Raises InvalidInput for what cannot be a budget."""
        _check(amount, unit, currency, thresholds)
        kept = {budget.id for budget in await self.budgets()}
        if id is not None and id not in kept:
            raise InvalidInput(f"There is no budget {id!r}.", next_step=LISTS_BUDGETS)
        views = [v for v in await self._reading.views() if v.status is not Status.DISCONNECTED]
        target, about = _target(scope, target, views)
        budget = Budget(
            id=id or f"bud_{uuid4().hex[:8]}",
            scope=scope,
            target=target,
            period=period,
            unit=unit,
            amount=amount.to_integral_value() if unit == "tokens" else amount,
            currency=(currency or await self._usual_currency(scope, about)).upper(),
            thresholds=tuple(sorted(set(thresholds))),
            forecast=forecast,
            created_at=self._core.clock(),
        )
        budget = await self._core.ledger.put_budget(budget)
        self._core.tell(BudgetsChanged())
        return budget

    async def remove_budget(self, budget_id: str) -> None:
        """Raises InvalidInput for an unknown id."""
        if not await self._core.ledger.remove_budget(budget_id):
            raise InvalidInput(f"There is no budget {budget_id!r}.", next_step=LISTS_BUDGETS)
        self._core.tell(BudgetsChanged())

    async def states(self, now: datetime | None = None) -> list[BudgetState]:
        budgets = await self.budgets()
        if not budgets:
            return []
        now = now or self._core.clock()
        views = await self._reading.views()
        sums = await self.sums(views, now)
        choice = await self._currencies.choice()
        return [state(budget, views, sums, now, choice=choice) for budget in budgets]

    async def forecast(
        self, service_id: str | None, measure: MeasureOf, currency: str | None
    ) -> Forecast | NoForecast:
        """Raises InvalidInput for an unknown service."""
        views = await self._reading.views()
        if service_id is None:
            return await self.forecast_of_all(views, measure, currency)
        view = next((view for view in views if view.service.id == service_id), None)
        if view is None:
            raise InvalidInput(
                f"There is no service {service_id!r}.", next_step="stackk-tui list shows them."
            )
        now = self._core.clock()
        return self._of_service(view, await self.sums([view], now), measure, currency, now)

    async def forecasts(self, views: Sequence[ServiceView]) -> dict[str | None, Forecast | NoForecast]:
        """Gives the forecast of each service's cost by its id, and under None that of all together."""
        now = self._core.clock()
        sums = await self.sums(views, now)
        found: dict[str | None, Forecast | NoForecast] = {
            view.service.id: self._of_service(view, sums, "cost", None, now) for view in views
        }
        found[None] = self._of_all(views, sums, "cost", None, now)
        return found

    async def forecast_of_all(
        self, views: Sequence[ServiceView], measure: MeasureOf = "cost", currency: str | None = None
    ) -> Forecast | NoForecast:
        now = self._core.clock()
        return self._of_all(views, await self.sums(views, now), measure, currency, now)

    async def sums(self, views: Sequence[ServiceView], now: datetime) -> dict[str, DaySums]:
        """Gives the days that a forecast remembers, by service."""
        places = {view.service.id: _place(view) for view in views}
        first = now.date() - REMEMBERED - timedelta(days=1)
        last = now.date() + timedelta(days=1)  # east of Greenwich it is tomorrow already
        found = await self._core.ledger.day_sums(list(dict.fromkeys(places.values())), first, last)
        return {service_id: found[place] for service_id, place in places.items()}

    def _of_service(
        self,
        view: ServiceView,
        sums: dict[str, DaySums],
        measure: MeasureOf,
        currency: str | None,
        now: datetime,
    ) -> Forecast | NoForecast:
        name = view.service.name
        if view.status is Status.DISCONNECTED:
            return NoForecast(reason=f"{name} is disconnected.")
        mine = sums[view.service.id]
        currency = currency or _currency_of(view, mine)
        found = spending_of_service(view, mine, measure, None if measure == "tokens" else currency, now)
        first, last, today = _month_of(view, now)
        return outlook(found, name, first, last, today)

    def _of_all(
        self,
        views: Sequence[ServiceView],
        sums: dict[str, DaySums],
        measure: MeasureOf,
        currency: str | None,
        now: datetime,
    ) -> Forecast | NoForecast:
        views = [view for view in views if view.status is not Status.DISCONNECTED]
        chosen = None if measure == "tokens" else currency or currency_of_all(views, now)
        found: Spending = spending_of_all(views, sums, measure, chosen, now)
        month = calendar_month(now.date())
        return outlook(found, EVERYTHING, month.first, month.last, now.date())

    async def _usual_currency(self, scope: BudgetScope, about: Sequence[ServiceView]) -> str:
        now = self._core.clock()
        if scope != "service":
            most, choice = currency_of_all(about, now), await self._currencies.choice()
            return choice.show if choice.rate_of(most) is not None and not choice.problem else most
        return _currency_of(about[0], (await self.sums(about, now))[about[0].service.id])


def _place(view: ServiceView) -> tuple[str, str | None]:
    workspace = view.service.workspace
    return view.service.account_id, workspace.usage_id


def _currency_of(view: ServiceView, sums: DaySums) -> str:
    if view.month.cost.value is not None:
        return view.month.cost.value.currency
    if sums.costs:
        return sums.currency
    return view.billing.price.value.currency if view.billing.price.value else "USD"


def _month_of(view: ServiceView, now: datetime) -> tuple[date, date, date]:
    """Gives the service's own cycle where it tells one, else the calendar month, and today there."""
    cycle = view.snapshot.cycle if view.snapshot else None
    today = local_day(now, view.month.timezone)
    if cycle is None or not cycle.first <= today <= cycle.last:
        cycle = calendar_month(today, view.month.timezone)
    return cycle.first, cycle.last, today


def _check(amount: Decimal, unit: Unit, currency: str | None, thresholds: Sequence[int]) -> None:
    if not amount.is_finite() or amount <= 0:
        raise InvalidInput("A budget is an amount above 0.", "Nothing was changed.")
    if amount > MOST:
        raise InvalidInput("A budget that large is never reached.", "Nothing was changed.")
    if unit == "tokens" and amount != amount.to_integral_value():
        raise InvalidInput("A budget of tokens is a whole number.", "Nothing was changed.")
    if currency is not None and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise InvalidInput("A currency has three letters, like USD or EUR.", "Nothing was changed.")
    if any(not 1 <= percent <= 200 for percent in thresholds):
        raise InvalidInput("A threshold is a whole percentage from 1 to 200.", "Nothing was changed.")


def _target(
    scope: BudgetScope, target: str, views: Sequence[ServiceView]
) -> tuple[str, Sequence[ServiceView]]:
    """Gives the target as it is kept, and the services it is about."""
    if scope == "total":
        return "", views
    if scope == "service":
        found = [view for view in views if view.service.id == target]
        if not found:
            raise InvalidInput(
                f"There is no service {target!r}.", "Nothing was changed.", "stackk-tui list shows them."
            )
        return target, found
    found = [view for view in views if view.service.category.casefold() == target.casefold()]
    if not found:
        names = ", ".join(sorted({view.service.category for view in views})) or "none yet"
        raise InvalidInput(
            f"No service is in a category {target!r}.",
            "Nothing was changed.",
            f"Categories there are: {names}.",
        )
    return found[0].service.category, found

"""The verbs of `Stack` that look ahead and back. Every one raises StackkError and nothing else."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from stackk_tui.model.anomaly import Unusual
from stackk_tui.model.budget import THRESHOLDS, Budget, BudgetScope, BudgetState, Period, Unit
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.model.reconcile import ReconciledDay
from stackk_tui.model.spent import SpentYear
from stackk_tui.model.whatif import WhatIf
from stackk_tui.stack.core import Core
from stackk_tui.stack.foresight import Foresight
from stackk_tui.stack.hindsight import Hindsight
from stackk_tui.stack.logs import Logs
from stackk_tui.stack.reading import Reading
from stackk_tui.stack.unusual import UnusualSlots


class ForesightVerbs:
    """`Stack` says first where to look."""

    def _look_around(self, core: Core, reading: Reading, logs: Logs) -> None:
        self._views = reading.views
        self._foresight = Foresight(core, reading)
        self._hindsight = Hindsight(core, reading, logs)
        self._unusual = UnusualSlots(core, reading, logs)

    async def budgets(self) -> list[Budget]:
        """Gives the budgets in the order in which they were made."""
        return await self._foresight.budgets()

    async def set_budget(
        self,
        amount: Decimal,
        *,
        scope: BudgetScope = "total",
        target: str = "",
        period: Period = "month",
        unit: Unit = "money",
        currency: str | None = None,
        thresholds: Sequence[int] = THRESHOLDS,
        forecast: bool = True,
        id: str | None = None,
    ) -> Budget:
        """Keeps a budget; one for the same scope, target, period and unit gives way. `target` is a service's
        id or a category. `currency` None is that of what it is about. `id` changes that one.

        Raises InvalidInput for an unknown target or id, an amount, threshold or currency that cannot be.
        """
        return await self._foresight.set_budget(
            amount,
            scope=scope,
            target=target,
            period=period,
            unit=unit,
            currency=currency,
            thresholds=thresholds,
            forecast=forecast,
            id=id,
        )

    async def remove_budget(self, budget_id: str) -> None:
        """Raises InvalidInput for an unknown id."""
        await self._foresight.remove_budget(budget_id)

    async def budget_states(self, now: datetime | None = None) -> list[BudgetState]:
        """Gives how each budget stands now, each dollar once, from the ledger."""
        return await self._foresight.states(now)

    async def forecast(
        self,
        service_id: str | None = None,
        measure: Literal["cost", "tokens"] = "cost",
        *,
        currency: str | None = None,
    ) -> Forecast | NoForecast:
        """Forecasts a service's month (its own cycle where it has one), or all services' calendar month.

        Prices of plans and subscriptions are beside it, in `fixed`. Raises InvalidInput for an unknown id.
        """
        return await self._foresight.forecast(service_id, measure, currency)

    async def forecasts(self) -> dict[str | None, Forecast | NoForecast]:
        """Gives the forecast of each service's cost by its id, and under None that of all together."""
        return await self._foresight.forecasts(await self._views())

    async def anomalies(self, days: int = 30) -> list[Unusual]:
        """Gives the days, hours and windows that stood out lately, newest first, with what made them so.

        Reads the logs of this machine: slow the first time, never wait for it. Raises InvalidInput.
        """
        return await self._unusual.anomalies(days)

    async def reconcile(self, service_id: str, days: int = 31) -> list[ReconciledDay]:
        """Gives what a vendor reports of each UTC day beside what the logs of this machine say, oldest first;
        never added. Empty where there is nothing to compare: no such report, or the logs are of others.

        Reads the logs. Raises InvalidInput, StackkError.
        """
        return await self._hindsight.reconcile(service_id, days)

    async def spent_days(self, service_id: str | None = None, *, back: int = 0) -> SpentYear:
        """Gives what each day of a year cost: measured money from the ledger, each bill once, of all services
        or of one. `back` counts years before this one. Raises InvalidInput for an unknown id.
        """
        return await self._hindsight.spent_days(service_id, back)

    async def what_if(self, model: str | None = None) -> WhatIf:
        """Gives this month's logs at another model's prices, and beside the prices of plans they explain.

        Reads the logs, with a model every call of the month. Raises InvalidInput (no price for the model).
        """
        return await self._hindsight.what_if(model)

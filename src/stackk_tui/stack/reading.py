"""From the ledger to what is shown: views, history, total, board. No network."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

from stackk_tui.insight.billing import billing_of
from stackk_tui.insight.board import board
from stackk_tui.insight.currency import converted
from stackk_tui.insight.days import calendar_month, local_day, span
from stackk_tui.insight.limits import as_of_now
from stackk_tui.insight.month import SPARK_DAYS, month_to_date, recent, tokens_of_day
from stackk_tui.insight.pace import paces_of, readings_wanted
from stackk_tui.insight.status import status_of
from stackk_tui.insight.summary import total
from stackk_tui.model.board import Board
from stackk_tui.model.capability import Capability
from stackk_tui.model.errors import InvalidInput, StorageError
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.model.service import Account, Service
from stackk_tui.model.snapshot import Cycle, Snapshot
from stackk_tui.model.usage import UsageSource
from stackk_tui.model.view import History, ServiceView, Total, WindowPace
from stackk_tui.stack.core import Core, door_of, log
from stackk_tui.stack.currency import Currencies

MAX_HISTORY_DAYS = 3660
ALL_READINGS = timedelta(hours=2)
"""Further back a pace is made from one reading an hour."""


Coming = Callable[[Sequence[ServiceView]], Awaitable[Forecast | NoForecast]]


class Reading:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._currencies = Currencies(core)

    async def views(self, ids: Sequence[str] | None = None) -> list[ServiceView]:
        """Gives services in their order; raises InvalidInput for an unknown id."""
        services = await self._core.services()
        if ids is not None:
            known = {service.id: service for service in services}
            if unknown := [i for i in ids if i not in known]:
                raise InvalidInput(
                    f"There is no service {unknown[0]!r}.", next_step="stackk-tui list shows them."
                )
            services = [known[i] for i in dict.fromkeys(ids)]
        accounts = await self._core.ledger.accounts()
        snapshots = await self._core.ledger.snapshots()
        now = self._core.clock()
        views = [await self._view(s, accounts[s.account_id], snapshots.get(s.id), now) for s in services]
        return await self._with_paces(views, now)

    async def _with_paces(self, views: list[ServiceView], now: datetime) -> list[ServiceView]:
        wanted = [
            (view.service.id, limit_id, since)
            for view in views
            if view.snapshot is not None
            for limit_id, since in readings_wanted(view.snapshot, now)
        ]
        samples = await self._core.ledger.recent_samples(wanted, now - ALL_READINGS)

        def paces(view: ServiceView) -> tuple[WindowPace, ...]:
            own = {limit: found for (service, limit), found in samples.items() if service == view.service.id}
            return paces_of(view.snapshot, own, now) if view.snapshot else ()

        return [view.model_copy(update={"paces": paces(view)}) for view in views]

    async def total(self) -> Total:
        return await self._total(await self.views())

    async def _total(self, views: Sequence[ServiceView]) -> Total:
        """Gives the month's total, also in the currency that was chosen."""
        return converted(total(views, self._core.clock().date()), await self._currencies.choice())

    async def history(self, service_id: str, days: int) -> History:
        """Gives the last days including today, in the service's own time zone."""
        if not 1 <= days <= MAX_HISTORY_DAYS:
            raise InvalidInput(f"A history has 1 to {MAX_HISTORY_DAYS} days, not {days}.")
        service = await self._core.service(service_id)
        snapshot = (await self._core.ledger.snapshots()).get(service_id)
        cycle = self._cycle(snapshot, self._core.clock())
        today = local_day(self._core.clock(), cycle.timezone)
        return await self._history(service, cycle.timezone, today - timedelta(days=days - 1), today)

    async def board(self, coming: Coming | None = None) -> Board:
        """Gives the dashboard, and keeps it for the next first paint. `coming` says what is to come."""
        views = await self.views()
        now = self._core.clock()
        made = board(views, await self._total(views), now, await coming(views) if coming else None)
        try:
            await self._core.ledger.keep_board(made)
        except StorageError as error:  # a full or read-only disk does not keep the screen from being right
            log.warning("the board was not kept: %s", error.what)
        return made

    async def _view(
        self, service: Service, account: Account, snapshot: Snapshot | None, now: datetime
    ) -> ServiceView:
        cycle = self._cycle(snapshot, now)
        today = local_day(now, cycle.timezone)
        first = min(cycle.first, today - timedelta(days=SPARK_DAYS - 1))
        history = await self._history(service, cycle.timezone, first, today)
        return ServiceView(
            service=service,
            account=account,
            status=status_of(
                service, snapshot, now, self._core.providers.get(service.provider).pace.stale_after
            ),
            snapshot=as_of_now(snapshot, now) if snapshot else None,
            billing=billing_of(snapshot.billing if snapshot else None, service.entered, today),
            month=month_to_date(cycle, today, history, snapshot),
            spark=recent(history, today),
            tokens_today=tokens_of_day(history, today),
            can=self._can(account, snapshot),
        )

    def _can(self, account: Account, snapshot: Snapshot | None) -> frozenset[Capability]:
        """Gives what the sign-in turned out to be good for, else what its door says."""
        if snapshot is not None and snapshot.can is not None:
            return snapshot.can
        with suppress(InvalidInput):  # a door of another version
            return door_of(self._core.providers.get(account.provider), account.method).can
        return frozenset()

    @staticmethod
    def _cycle(snapshot: Snapshot | None, now: datetime) -> Cycle:
        """Gives the days that "this month" means now; a cycle that is over gives way to the next."""
        if snapshot is None or snapshot.cycle is None:
            return calendar_month(now.date())
        cycle = snapshot.cycle
        today = local_day(now, cycle.timezone)
        return cycle if cycle.first <= today <= cycle.last else calendar_month(today, cycle.timezone)

    async def _history(self, service: Service, timezone: str, first: date, last: date) -> History:
        found = await self._core.ledger.span(service.account_id, service.workspace.usage_id, first, last)
        tokens = _days(found.known.get(s) for s in (UsageSource.USAGE, UsageSource.LOCAL))
        cost = _days(found.known.get(s) for s in (UsageSource.COST, UsageSource.LOCAL))
        return History(
            service_id=service.id,
            timezone=timezone,
            currency=found.currency,
            days=span(first, last),
            token_days=tokens,
            cost_days=cost,
            usage=found.usage,
        )


def _days(parts: Iterable[frozenset[date] | None]) -> frozenset[date]:
    return frozenset().union(*(part for part in parts if part))

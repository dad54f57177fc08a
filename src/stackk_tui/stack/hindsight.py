"""What was: the vendor's report beside the logs, and the same use at other prices. Reads the logs here."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from stackk_tui.insight.days import local_day, span
from stackk_tui.insight.reconcile import Side, linked, reconciled
from stackk_tui.insight.spent_days import spent_year
from stackk_tui.insight.summary import bill_of, monthly_share
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.reconcile import ReconciledDay
from stackk_tui.model.service import Status
from stackk_tui.model.spent import SpentYear
from stackk_tui.model.usage import TOOL_REPORT, UsageSource
from stackk_tui.model.usage_report import UsageQuery, UsageReport
from stackk_tui.model.view import ServiceView
from stackk_tui.model.whatif import PlanValue, WhatIf, WhatIfRow
from stackk_tui.stack.core import Core
from stackk_tui.stack.currency import Currencies
from stackk_tui.stack.logs import Logs
from stackk_tui.stack.reading import Reading

MOST_DAYS = 366
MOST_YEARS = 20
BEGINNING = date(2000, 1, 1)
"""No ledger reaches further back."""
VALUE = "All of it is value at API list prices, estimated from the logs of this machine; not money spent."
SAME_WORK = (
    "Another model may need more or fewer tokens for the same work; these are the tokens that were used."
)
SO_FAR = "A plan's price is for a whole month; the use is of this month so far."
CURRENCY = "USD"
"""List prices are in it."""


class Hindsight:
    def __init__(self, core: Core, reading: Reading, logs: Logs) -> None:
        self._core = core
        self._reading = reading
        self._logs = logs

    async def reconcile(self, service_id: str, days: int) -> list[ReconciledDay]:
        """Raises InvalidInput (no such service, number of days), StackkError of the logs."""
        if not 1 <= days <= MOST_DAYS:
            raise InvalidInput(f"Days can be compared over 1 to {MOST_DAYS} days, not {days}.")
        service = await self._core.service(service_id)
        today = self._core.clock().date()
        first = today - timedelta(days=days - 1)
        ledger, place = self._core.ledger, (service.account_id, None)
        settled = await ledger.known_of(service.account_id, TOOL_REPORT, first, today)
        if not settled or not service.workspace.whole_account:
            return []
        views = await self._reading.views()
        same, labels = await self._whose(next(v for v in views if v.service.id == service_id), views)
        if not labels:
            return []
        theirs: dict[date, Side] = {day: Side(Decimal(0), 0) for day in settled}
        for day, _, _, cost, tokens in await ledger.day_parts(place, first, today, source=TOOL_REPORT):
            before = theirs.get(day, Side(Decimal(0), 0))
            theirs[day] = Side(
                (before.cost or Decimal(0)) + (cost or Decimal(0)), (before.tokens or 0) + (tokens or 0)
            )
        ours, zone = await self._by_day(labels, first, today)
        compared = [
            reconciled(
                day,
                theirs.get(day),
                ours.get(day, Side(Decimal(0), 0)),
                today=today,
                settled=settled.get(day, False),
                same=same,
                own_days=zone != "UTC",
            )
            for day in span(min(settled), today)
        ]
        account = labels[0] if len(labels) == 1 else None
        return [day.model_copy(update={"account": account}) for day in compared]

    async def what_if(self, model: str | None) -> WhatIf:
        """Raises InvalidInput (a model without a price), StackkError of the logs."""
        now = self._core.clock()
        (zoned,) = await self._logs.reports([UsageQuery(by="month", since=now.date())])
        zone = zoned.timezone
        last = local_day(now, zone)
        month = UsageQuery(
            by="model", since=last.replace(day=1), until=last, timezone=zone, cost_mode="calculate"
        )
        queries = [month, *([month.model_copy(update={"price_as": model})] if model else [])]
        plans = [view for view in await self._reading.views() if _has_price(view)]
        accounts = [view.snapshot.explained_by for view in plans if view.snapshot]
        values = [month.model_copy(update={"account": account}) for account in accounts]
        reports = await self._logs.reports([*queries, *values])
        actual, instead = reports[0], reports[1] if model else None
        others = {row.key: row.cost for row in instead.rows} if instead else {}
        rows = tuple(
            WhatIfRow(model=row.key, tokens=row.tokens, actual=row.cost, instead=others.get(row.key))
            for row in actual.rows
        )
        return WhatIf(
            first=last.replace(day=1),
            last=last,
            timezone=zone,
            model=model,
            actual=actual.totals.cost,
            instead=instead.totals.cost if instead else None,
            unpriced_tokens=actual.totals.unpriced_tokens,
            unpriced_instead=instead.totals.unpriced_tokens if instead else 0,
            rows=rows,
            plans=tuple(_plan_value(*pair) for pair in zip(plans, reports[len(queries) :], strict=True)),
            notes=(VALUE, *([SAME_WORK] if model else []), *([SO_FAR] if plans else [])),
        )

    async def spent_days(self, service_id: str | None, back: int) -> SpentYear:
        """Raises InvalidInput (no such service, number of years)."""
        if not 0 <= back <= MOST_YEARS:
            raise InvalidInput(f"A year can be shown up to {MOST_YEARS} years back, not {back}.")
        if service_id is not None:
            await self._core.service(service_id)
        views, now = await self._reading.views(), self._core.clock()
        places = {v.service.id: (v.service.account_id, v.service.workspace.usage_id) for v in views}
        sums = await self._core.ledger.day_sums(
            list(dict.fromkeys(places.values())),
            BEGINNING,
            now.date() + timedelta(days=1),  # east of Greenwich it is tomorrow already
            source=UsageSource.COST,
        )
        return await asyncio.to_thread(  # many services make many days: the screen goes on meanwhile
            spent_year,
            views,
            {own: sums[place] for own, place in places.items()},
            now,
            back=back,
            only=service_id,
            choice=await Currencies(self._core).choice(),
        )

    async def _whose(
        self, view: ServiceView, views: Sequence[ServiceView]
    ) -> tuple[Literal["yes", "unknown"], list[str]]:
        """Gives the labels of the logs to compare with, and whether it is known that they are of its bill."""
        plans = {
            other.snapshot.explained_by: bill_of(other)
            for other in views
            if other.snapshot is not None and other.snapshot.explained_by is not None
        }
        mine, others = linked(bill_of(view), plans)
        if mine:
            return "yes", sorted(mine)
        known = {label or "" for label in await self._logs.accounts()} or {""}
        return "unknown", sorted(known - others)

    async def _by_day(self, labels: Sequence[str], first: date, last: date) -> tuple[dict[date, Side], str]:
        """Gives the logs by UTC day, and the zone in which they are counted elsewhere."""
        asked = UsageQuery(by="day", since=first, until=last, timezone="UTC", cost_mode="calculate")
        own = UsageQuery(by="month", since=last)
        *reports, zoned = await self._logs.reports(
            [*(asked.model_copy(update={"account": label}) for label in labels), own]
        )
        found: dict[date, Side] = {}
        for row in (row for report in reports for row in report.rows):
            day = date.fromisoformat(row.key)
            before = found.get(day, Side(Decimal(0), 0))
            found[day] = Side(
                (before.cost or Decimal(0)) + (row.cost or Decimal(0)),
                (before.tokens or 0) + row.tokens.total,
                before.unpriced + row.unpriced_tokens,
            )
        return found, zoned.timezone


def _has_price(view: ServiceView) -> bool:
    known = view.snapshot is not None and view.snapshot.explained_by is not None
    return known and view.billing.price.value is not None and view.status is not Status.DISCONNECTED


def _plan_value(view: ServiceView, report: UsageReport) -> PlanValue:
    price, plan = view.billing.price, view.snapshot.plan.value if view.snapshot else None
    assert price.value is not None
    amount = monthly_share(price.value.amount, view.billing.cycle)
    value = report.totals.cost or Decimal(0)
    comparable = amount > 0 and price.value.currency == CURRENCY
    return PlanValue(
        service_id=view.service.id,
        name=view.service.name,
        plan=plan.label if plan else view.service.name,
        price=amount,
        currency=price.value.currency,
        price_provenance=price.provenance.value,
        value=value,
        times=round(float(value / amount), 2) if comparable else None,
    )

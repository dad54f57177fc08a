"""What a stack answers that looks ahead: budgets, forecasts, what stood out, what if, alerts.

Forecasts and states come from the real `insight/` on this folder's days; `scenes.AnsweringStack` mixes it in.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from stackk_tui.insight.budget import period_of, state_of
from stackk_tui.insight.forecast import forecast
from stackk_tui.insight.spent_days import spent_year
from stackk_tui.model.alert import Alert, AlertRecord, AlertSettings, Delivery, Silence
from stackk_tui.model.anomaly import Anomaly, Cause, Unusual
from stackk_tui.model.budget import Budget, BudgetState
from stackk_tui.model.currency import CurrencyChoice
from stackk_tui.model.errors import InvalidInput, StackkError
from stackk_tui.model.events import BudgetsChanged
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.model.reconcile import ReconciledDay
from stackk_tui.model.series import DaySums
from stackk_tui.model.spent import SpentYear
from stackk_tui.model.usage import Tokens
from stackk_tui.model.view import ServiceView
from stackk_tui.model.whatif import PlanValue, WhatIf, WhatIfRow

NOW = datetime(2026, 11, 22, 10, 14, tzinfo=UTC)
TODAY = NOW.date()
ONLY_PRICE = NoForecast(reason="It is a price: use does not change it.")
TOO_FEW = NoForecast(reason="Only 3 whole days are known; a forecast needs 7.")


def spending(day: date, factor: float = 1.0) -> float:
    """A weekday pattern, growing a little."""
    return factor * (1 + 0.01 * (day - date(2026, 9, 1)).days) * (4.0 if day.weekday() >= 5 else 14.0)


def coming(factor: float = 1.0, *, tokens: bool = False) -> Forecast:
    """The real forecast of the days above, at this folder's moment."""
    days = {TODAY - timedelta(days=n): spending(TODAY - timedelta(days=n), factor) for n in range(1, 60)}
    first, last = period_of("month", TODAY)
    told = forecast(days, TODAY, first, last, spending(TODAY, factor) / 3)
    assert isinstance(told, Forecast)
    return told.model_copy(update={"currency": None if tokens else "USD"})


def budget(number: int, amount: int | str, **parts: object) -> Budget:
    return Budget.model_validate(
        {"id": f"bud_{number}", "scope": "total", "amount": Decimal(amount), "created_at": NOW, **parts}
    )


TIGHT = budget(1, 540)
ROOMY = budget(2, 900, scope="service", target="svc_org")
TOKENS = budget(3, 20_000_000, scope="service", target="svc_local", period="week", unit="tokens")
SPENT = budget(4, 20, scope="category", target="Infrastructure", forecast=False)
BUDGETS = (TIGHT, ROOMY, TOKENS, SPENT)


def unusual() -> list[Unusual]:
    day = datetime(2026, 11, 20, tzinfo=UTC)
    return [
        Unusual(
            service_id="svc_org", name="Acme", measure="cost", currency="USD", end=day + timedelta(days=1),
            against="the last 20 weekdays",
            anomaly=Anomaly(start=day, slot="day", amount=Decimal("82.10"), usual=Decimal("12.00"), compared=20,
                            causes=(Cause(kind="model", name="opus-5-5", share=0.7),)),
        ),
        Unusual(
            service_id=None, name="this machine [/b]", measure="cost", currency="USD", provenance="estimated",
            end=datetime(2026, 11, 18, 15, tzinfo=UTC), against="the same hour of the last 28 days",
            anomaly=Anomaly(start=datetime(2026, 11, 18, 14, tzinfo=UTC), slot="hour", amount=Decimal("9.40"),
                            usual=Decimal("0.20"), compared=28,
                            causes=(Cause(kind="project", name="/home/ada/src/atlas", share=0.9),)),
        ),
        Unusual(
            service_id="svc_plan", name="Acme plan", measure="limit", limit_id="seven_day",
            limit_label="the week", end=datetime(2026, 11, 17, 20, tzinfo=UTC), against="6 hours of the week's window",
            anomaly=Anomaly(start=datetime(2026, 11, 17, 14, tzinfo=UTC), slot="window", amount=Decimal("0.26"),
                            usual=Decimal("0.03"), compared=30),
        ),
    ]  # fmt: skip


USED = (("opus-5-5", 40, "300.00", "60.00"), ("sonnet-5-5", 30, "90.00", "45.00"))


def what_if(model: str | None) -> WhatIf:
    rows = tuple(
        WhatIfRow(model=name, tokens=Tokens(output=millions * 1_000_000), actual=Decimal(actual),
                  instead=Decimal(instead) if model else None)
        for name, millions, actual, instead in USED
    )  # fmt: skip
    return WhatIf(
        first=date(2026, 11, 1), last=TODAY, timezone="UTC", model=model, actual=Decimal(390),
        instead=Decimal(105) if model else None, rows=rows,
        plans=(PlanValue(service_id="svc_plan", name="Acme plan", plan="Max 20x", price=Decimal(200), currency="USD",
                         price_provenance="list-price", value=Decimal(620), times=3.1),),
        notes=("It is value by list prices, not money spent.",),
    )  # fmt: skip


def spent_sums() -> dict[str, DaySums]:
    """An organization since February with a week that nobody read, and a workspace of it; a host on a bill of
    its own that is known since August, whose last days were not read."""
    whole = days_from(date(2026, 2, 3), TODAY) - days_from(date(2026, 5, 4), date(2026, 5, 10))
    hosted = days_from(date(2026, 8, 10), date(2026, 11, 18))

    def costs(days: frozenset[date], factor: float) -> dict[date, Decimal]:
        worked = (day for day in days if day.weekday() != 6)
        return {day: Decimal(str(round(factor * (day.month + 3 * (day.day % 7)), 2))) for day in worked}

    settled = days_from(date(2026, 1, 1), TODAY - timedelta(days=9))
    return {
        "svc_org": DaySums(costs=costs(whole, 0.3), cost_days=whole, settled=settled),
        "svc_wait": DaySums(costs=costs(whole, 0.1), cost_days=whole, settled=settled),
        "svc_db": DaySums(costs=costs(hosted, 0.05), cost_days=hosted, settled=settled),
    }


def with_its_bill(view: ServiceView) -> ServiceView:
    """A bill each; the workspace is on its organization's."""
    service = view.service
    inside = service.id == "svc_wait"
    bill = "svc_org" if inside else service.id
    workspace = service.workspace.model_copy(update={"bill": bill, "whole_account": not inside})
    return view.model_copy(update={"service": service.model_copy(update={"workspace": workspace})})


def days_from(first: date, last: date) -> frozenset[date]:
    return frozenset(first + timedelta(days=n) for n in range((last - first).days + 1))


def reconciled() -> list[ReconciledDay]:
    def day(
        number: int, reported: str | None, local: str | None, *reasons: str, settled: bool = True
    ) -> ReconciledDay:
        return ReconciledDay(
            day=date(2026, 11, number), reported=Decimal(reported) if reported else None,
            local=Decimal(local) if local else None, reported_tokens=None, local_tokens=None, settled=settled,
            same_organization="unknown", reasons=reasons,
        )  # fmt: skip

    elsewhere = "More was used than this machine knows of: on another machine, or by another person."
    return [
        day(19, "12.40", "12.40"),
        day(20, "18.10", "11.00", elsewhere),
        day(21, "9.00", "6.50", elsewhere),
        day(22, None, "2.20", "The report of today is not there yet.", settled=False),
    ]


def record(
    number: int, title: str, *, seen: bool = False, state: str = "raised", **parts: object
) -> AlertRecord:
    alert = Alert.model_validate(
        {
            "id": f"alr_{number}", "subject": f"budget/bud_{number}", "kind": "budget", "level": "warning",
            "title": title, "lines": ("$505.00 of $640.00.",), "about": "all services",
            "at": NOW - timedelta(hours=number), "period": "2026-11-01 to 2026-11-30, $640.00",
            "provenance": "measured", **parts,
        }
    )  # fmt: skip
    deliveries = (Delivery(channel="app", state="sent", at=alert.at),) if state == "raised" else ()
    return AlertRecord.model_validate(
        {"alert": alert, "state": state, "seen": seen, "deliveries": deliveries}
    )


RECORDS = (
    record(1, "79 % of the month's budget is spent, past 50 %"),
    record(
        2, "the week's window will be full on Wed 25 Nov 14:05", subject="limit/svc_plan/seven_day", kind="pace",
        about="Acme", name="Acme plan [/b]", named_lines=("Mostly project atlas.",), level="critical",
        period="2026-11-26T09:00+00:00", service_id="svc_plan",
    ),
    record(30, "a new sign-in has been needed for more than an hour", seen=True, state="held", kind="sign-in",
           subject="service/svc_host", about="Vendor", name="Hostel", period="", service_id="svc_host"),
)  # fmt: skip


class Foresight:
    """Mixed into the stack that answers. `looks_ahead` False: nothing to forecast from, no budget, no alert."""

    asked: list[tuple[object, ...]]

    def start_foresight(self, *, looks_ahead: bool) -> None:
        self.looks_ahead, self.looks = looks_ahead, 0
        self.kept_budgets: list[Budget] = list(BUDGETS) if looks_ahead else []
        self.records: list[AlertRecord] = list(RECORDS) if looks_ahead else []
        self.kept_silences: list[Silence] = []
        self.foresight_error: StackkError | None = None
        self.spent = spent_sums() if looks_ahead else {}
        self.choice = CurrencyChoice()
        self.foresight_held = asyncio.Event()
        self.foresight_held.set()

    def forecast_of(self, service_id: str | None, measure: str = "cost") -> Forecast | NoForecast:
        if not self.looks_ahead:
            return TOO_FEW
        if measure == "tokens":
            return coming(1_500_000, tokens=True)
        return {
            None: coming(),
            "svc_org": coming(),
            "svc_wait": coming(0.4),
            "svc_local": coming(0.3),
        }.get(service_id, ONLY_PRICE)

    async def forecast(
        self, service_id: str | None = None, measure: str = "cost", *, currency: str | None = None
    ) -> Forecast | NoForecast:
        await self._answer()
        return self.forecast_of(service_id, measure)

    async def forecasts(self) -> dict[str | None, Forecast | NoForecast]:
        await self._answer()
        ids = [None, "svc_org", "svc_wait", "svc_local", "svc_plan", "svc_db"]
        return {service_id: self.forecast_of(service_id) for service_id in ids}

    async def budgets(self) -> list[Budget]:
        return self.kept_budgets

    async def budget_states(self, now: datetime | None = None) -> list[BudgetState]:
        await self._answer()
        return [self._state(one) for one in self.kept_budgets]

    def _state(self, one: Budget) -> BudgetState:
        name = {"svc_org": "Acme", "svc_local": "Agent Code"}.get(one.target, one.target or "everything")
        if one.scope == "category":
            return state_of(one, name, TODAY, Decimal(25), provenance="list-price", fixed=Decimal(25))
        if one.unit == "tokens":
            return state_of(one, name, TODAY, Decimal(12_300_000), provenance="estimated")
        told = self.forecast_of(None if one.scope == "total" else one.target)
        spent = told.so_far if isinstance(told, Forecast) else Decimal(30)
        return state_of(one, name, TODAY, spent, coming=told)

    async def set_budget(self, amount: Decimal, *, id: str | None = None, **parts: object) -> Budget:
        self.asked.append(("set_budget", amount, id, dict(parts)))
        if amount > 10**9:
            raise InvalidInput("A budget that large is never reached.", "Nothing was changed.")
        parts["currency"] = parts.get("currency") or "USD"
        made = budget(len(self.kept_budgets) + 1, str(amount), **{**parts, **({"id": id} if id else {})})
        self.kept_budgets = [one for one in self.kept_budgets if one.id != id] + [made]
        self.tell(BudgetsChanged())
        return made

    async def remove_budget(self, budget_id: str) -> None:
        self.asked.append(("remove_budget", budget_id))
        self.kept_budgets = [one for one in self.kept_budgets if one.id != budget_id]
        self.tell(BudgetsChanged())

    async def anomalies(self, days: int = 30) -> list[Unusual]:
        self.asked.append(("anomalies", days))
        await self._answer()
        return unusual() if self.looks_ahead else []

    async def what_if(self, model: str | None = None) -> WhatIf:
        self.asked.append(("what_if", model))
        await self._answer()
        if not self.looks_ahead:
            return WhatIf(first=date(2026, 11, 1), last=TODAY, timezone="UTC", model=None, actual=None)
        return what_if(model)

    async def reconcile(self, service_id: str, days: int = 31) -> list[ReconciledDay]:
        await self._answer()
        return reconciled() if self.looks_ahead and service_id == "svc_wait" else []

    async def services(self, ids: Sequence[str] | None = None) -> list[ServiceView]:
        raise NotImplementedError("the stack that mixes this in gives them")

    async def spent_days(self, service_id: str | None = None, *, back: int = 0) -> SpentYear:
        self.asked.append(("spent_days", service_id, back))
        await self._answer()
        views = [with_its_bill(view) for view in await self.services()]
        sums = {view.service.id: self.spent.get(view.service.id, DaySums()) for view in views}
        return spent_year(views, sums, NOW, back=back, only=service_id, choice=self.choice)

    # alerts

    async def check_alerts(
        self, now: datetime | None = None, *, app: bool = False, terminal: object = None
    ) -> list[Alert]:
        self.looks += 1
        return []

    async def alerts(self, days: int = 90, most: int = 200) -> list[AlertRecord]:
        await self._answer()
        return list(self.records)

    async def silences(self) -> list[Silence]:
        return list(self.kept_silences)

    def alert_settings(self, *, app: bool = False, terminal: object = None) -> AlertSettings:
        return AlertSettings(
            names=False,
            quiet="22:00-07:30",
            timezone="",
            urgent=True,
            limits=(80, 95),
            channels=("app", "command"),
        )

    async def see_alerts(self, ids: Sequence[str] | None = None) -> None:
        self.asked.append(("see_alerts", ids))
        self.records = [one.model_copy(update={"seen": True}) for one in self.records]

    async def mute(self, subject: str) -> Silence:
        return self._silence(Silence(subject=subject))

    async def snooze(self, subject: str, until: datetime) -> Silence:
        return self._silence(Silence(subject=subject, until=until))

    async def unmute(self, subject: str) -> bool:
        self.kept_silences = [one for one in self.kept_silences if one.subject != subject]
        return True

    async def test_alert(
        self, channel: str | None = None, *, app: bool = False, terminal: object = None
    ) -> list[Delivery]:
        self.asked.append(("test_alert", app))
        return [
            Delivery(channel="app", state="sent", at=NOW),
            Delivery(channel="command", state="failed", at=NOW, error="It ended with 3."),
        ]

    def _silence(self, silence: Silence) -> Silence:
        self.asked.append(("silence", silence.subject, silence.until))
        self.kept_silences.append(silence)
        return silence

    async def _answer(self) -> None:
        await self.foresight_held.wait()
        if self.foresight_error:
            raise self.foresight_error

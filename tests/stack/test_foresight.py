"""Budgets, forecasts, what stood out, and the vendor's report beside the logs, on a real ledger and real logs."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from stackk_tui.config import Settings
from stackk_tui.model.board import Board
from stackk_tui.model.currency import Rate
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.events import BudgetsChanged
from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Account, Billing, Plan, Service, Workspace
from stackk_tui.model.snapshot import Limit, LimitSample, Snapshot
from stackk_tui.model.usage import Tokens, UsageBatch, UsageBucket, UsageSource
from stackk_tui.sandbox.anthropic import ADMIN_KEY
from stackk_tui.stack import Stack
from stackk_tui.storage.ledger import Learned
from tests.conftest import NOW, MakeSettings, SandboxServer
from tests.providers.claude_code.generator import HAIKU, OPUS, call, text, usage
from tests.stack.helpers import add, add_custom, open_stack, recorded

pytestmark = pytest.mark.anyio

TODAY = NOW.date()


@asynccontextmanager
async def opened(settings: Settings, clock: Callable[[], datetime] = lambda: NOW) -> AsyncIterator[Stack]:
    stack = await Stack.open(settings, clock=clock)
    try:
        yield stack
    finally:
        await stack.close()


async def track(
    stack: Stack,
    name: str = "org",
    *,
    bill: str = "anthropic:org:aaa",
    batches: list[UsageBatch] | None = None,
    snapshot: Snapshot | None = None,
    method: str = "admin-key",
    samples: list[LimitSample] | None = None,
) -> str:
    """Puts a service with its history into the ledger, as fetches of many days would have."""
    account = Account(
        id=f"acc_{name}", provider="anthropic", method=method, label=name, billing_scope=bill, created_at=NOW
    )
    service = Service(
        id=f"svc_{name}",
        account_id=account.id,
        provider="anthropic",
        name=name,
        workspace=Workspace(id=name, name=name, kind="organization", whole_account=True),
        category="AI & ML",
        color="#d97757",
        connected_at=NOW,
        last_synced_at=NOW,
    )
    ledger = stack._core.ledger  # a test's way to a past
    await ledger.connect(account, [service])
    await ledger.keep(
        Learned(
            account_id=account.id,
            usage=batches or [],
            snapshots={service.id: snapshot or Snapshot(fetched_at=NOW)},
            samples={service.id: samples or []},
            today=TODAY,
        )
    )
    return service.id


def days(amounts: dict[date, str], source: UsageSource = UsageSource.COST, **more: object) -> UsageBatch:
    known = tuple(sorted(amounts))
    return UsageBatch(
        source=source,
        days=known,
        final_days=frozenset(known[:-2]),
        buckets=tuple(
            UsageBucket(day=day, model=OPUS, cost=Decimal(amount), **more) for day, amount in amounts.items()
        ),
    )


def ten_a_day(length: int = 60, amount: str = "10") -> dict[date, str]:
    return {TODAY - timedelta(days=n): amount for n in range(length)}


# budgets


async def test_a_budget_is_kept_told_and_replaced_by_one_for_the_same(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async with opened(settings()) as stack:
        await add_custom(stack, "GitHub", "4")
        events = recorded(stack)
        first = await stack.set_budget(Decimal(500))
        assert (first.currency, first.thresholds, first.forecast) == ("USD", (50, 80, 100), True)
        again = await stack.set_budget(Decimal(600), thresholds=(90, 50, 90), forecast=False)
        assert (again.id, again.created_at, again.thresholds) == (first.id, first.created_at, (50, 90))
        week = await stack.set_budget(Decimal(600), period="week")
        assert events == [BudgetsChanged()] * 3
    async with opened(settings()) as stack:
        assert await stack.budgets() == [again, week]
        moved = await stack.set_budget(Decimal(7), period="week", unit="tokens", id=week.id)
        assert await stack.budgets() == [again, moved]
        await stack.remove_budget(again.id)
        assert await stack.budgets() == [moved]


async def test_a_budget_that_becomes_another_one_takes_its_place(settings: MakeSettings) -> None:
    async with opened(settings()) as stack:
        month = await stack.set_budget(Decimal(500))
        week = await stack.set_budget(Decimal(100), period="week")
        kept = await stack.set_budget(Decimal(100), period="month", id=week.id)
        assert kept.id == week.id != month.id
        assert await stack.budgets() == [kept]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"amount": "0"}, "above 0"),
        ({"amount": "-5"}, "above 0"),
        ({"amount": "NaN"}, "above 0"),
        ({"amount": "1E+30"}, "never reached"),
        ({"amount": "1.5", "unit": "tokens"}, "whole number"),
        ({"amount": "5", "currency": "DOLLARS"}, "three letters"),
        ({"amount": "5", "currency": "€€€"}, "three letters"),
        ({"amount": "5", "thresholds": (0,)}, "from 1 to 200"),
        ({"amount": "5", "thresholds": (50, 201)}, "from 1 to 200"),
        ({"amount": "5", "scope": "service", "target": "svc_nobody"}, "There is no service"),
        ({"amount": "5", "scope": "category", "target": "Nothing"}, "No service is in a category"),
        ({"amount": "5", "id": "bud_nobody"}, "There is no budget"),
    ],
    ids=str,
)
async def test_what_cannot_be_a_budget_is_refused_in_words(
    settings: MakeSettings, how: dict[str, object], says: str
) -> None:
    async with opened(settings()) as stack:
        await add_custom(stack, "GitHub", "4")
        with pytest.raises(InvalidInput, match=says):
            await stack.set_budget(Decimal(str(how.pop("amount"))), **how)  # type: ignore[arg-type]
        assert await stack.budgets() == []
        with pytest.raises(InvalidInput, match="There is no budget"):
            await stack.remove_budget("bud_nobody")


async def test_a_budget_is_in_the_currency_of_what_it_is_about(settings: MakeSettings) -> None:
    async with opened(settings()) as stack:
        view = await add_custom(stack, "Hetzner", "5", currency="EUR")
        for scope, target in (("total", ""), ("category", "other"), ("service", view.service.id)):
            made = await stack.set_budget(Decimal(10), scope=scope, target=target)  # type: ignore[arg-type]
            assert made.currency == "EUR"
        assert [state.spent for state in await stack.budget_states()] == [5, 5, 5]
        assert made.target == view.service.id
        assert (await stack.budgets())[1].target == "Other"  # as the services have it


async def test_a_budget_is_in_the_currency_that_was_chosen_where_a_rate_leads_there(
    settings: MakeSettings,
) -> None:
    async with opened(settings()) as stack:
        await add_custom(stack, "GitHub", "20")
        await stack.set_currency("EUR", Rate(currency="USD", to="EUR", rate=Decimal("0.5"), as_of=TODAY))
        assert (await stack.set_budget(Decimal(100))).currency == "EUR"
        (state,) = await stack.budget_states()
        assert (state.spent, state.provenance) == (10, "estimated")
        assert state.notes == ("USD is converted by your rate 0.5 of 22 Nov.",)


async def test_a_purged_service_takes_its_budgets_along_a_disconnected_one_keeps_them(
    settings: MakeSettings,
) -> None:
    async with opened(settings()) as stack:
        view = await add_custom(stack, "GitHub", "4")
        await stack.set_budget(Decimal(10), scope="service", target=view.service.id)
        await stack.set_budget(Decimal(10))
        await stack.disconnect(view.service.id)
        assert [(state.name, state.spent) for state in await stack.budget_states()] == [
            ("GitHub", None),
            ("everything", None),
        ]
        await stack.disconnect(view.service.id, purge=True)
        assert [budget.scope for budget in await stack.budgets()] == ["total"]


async def test_the_real_organization_counts_each_dollar_once(
    settings: MakeSettings, sandbox: SandboxServer
) -> None:
    """The sandbox's organization, a workspace of it, and a subscription: the budget is the dashboard's total."""
    async with open_stack(settings(**sandbox.env), sandbox) as stack:
        signed_in = await stack.sign_in("anthropic", "admin-key", Secret(ADMIN_KEY))
        choices = await stack.workspaces(signed_in.account.id)
        some = [choice.workspace.id for choice in choices][:3]
        views = await stack.connect(signed_in.account.id, some)
        await stack.refresh()
        await add_custom(stack, "GitHub", "20")
        await stack.set_budget(Decimal(1200))
        (state,) = await stack.budget_states()
        assert state.spent == (await stack.total()).amount("USD")
        assert state.fixed == 20
        assert state.provenance == "measured"
        assert state.crossed == (50, 80)
        assert state.forecast is not None
        assert state.forecast.low <= state.forecast.expected <= state.forecast.high
        assert state.forecast.so_far == pytest.approx(state.spent - 20)
        assert state.will_cross is not None
        assert TODAY <= state.will_cross <= date(2026, 11, 30)
        forecasts = await stack.forecasts()
        assert forecasts.keys() == {*(view.service.id for view in await stack.services()), None}
        whole = next(v for v in views if v.service.workspace.whole_account)
        mine, total = forecasts[whole.service.id], forecasts[None]
        assert isinstance(mine, Forecast)
        assert isinstance(total, Forecast)
        assert mine.expected == total.expected  # the workspaces are in it, the price is beside it
        assert [(part.amount, part.provenance) for part in total.fixed] == [(20, "entered")]
        board = await stack.board()
        assert board.forecast is not None
        assert (board.forecast.expected, board.forecast.fixed) == (str(total.expected), "20")
        assert Board.from_json(board.to_json()) == board


# forecasts


async def test_a_forecast_of_one_and_of_all(settings: MakeSettings) -> None:
    async with opened(settings()) as stack:
        service = await track(stack, batches=[days(ten_a_day())])
        await track(stack, "other", bill="anthropic:org:bbb", batches=[days(ten_a_day(amount="5"))])
        one, both = await stack.forecast(service), await stack.forecast()
        assert isinstance(one, Forecast)
        assert isinstance(both, Forecast)
        assert one.expected == pytest.approx(300, rel=0.02)
        assert both.expected == pytest.approx(450, rel=0.02)
        assert (one.currency, one.first, one.last) == ("USD", date(2026, 11, 1), date(2026, 11, 30))
        with pytest.raises(InvalidInput, match="There is no service"):
            await stack.forecast("svc_nobody")


async def test_a_forecast_of_tokens(settings: MakeSettings) -> None:
    used = days(dict.fromkeys(ten_a_day(), "0"), UsageSource.USAGE, tokens=Tokens(input=900, output=100))
    async with opened(settings()) as stack:
        service = await track(stack, batches=[used])
        told = await stack.forecast(service, "tokens")
        assert isinstance(told, Forecast)
        assert told.currency is None
        assert told.expected == pytest.approx(30_000, rel=0.02)


async def test_too_little_is_no_forecast_and_the_board_says_nothing(settings: MakeSettings) -> None:
    async with opened(settings()) as stack:
        service = await track(stack, batches=[days(ten_a_day(4))])
        told = await stack.forecast(service)
        assert isinstance(told, NoForecast)
        assert told.reason == "Only 3 whole days are known; a forecast needs 7."
        assert (await stack.board()).forecast is None


async def test_old_figures_are_not_continued(settings: MakeSettings) -> None:
    async with opened(settings(), lambda: NOW + timedelta(days=6)) as stack:
        service = await track(stack, batches=[days(ten_a_day())])
        told = await stack.forecast(service)
        assert isinstance(told, NoForecast)
        assert "22 Nov" in told.reason


# what stood out


async def test_an_unusual_day_is_found_with_the_model_that_made_it(settings: MakeSettings) -> None:
    wild = TODAY - timedelta(days=4)
    batch = days(ten_a_day())
    loop = UsageBucket(day=wild, model=HAIKU, cost=Decimal(70), workspace_id="wrkspc_ci")
    batch = batch.model_copy(update={"buckets": (*batch.buckets, loop)})
    async with opened(settings()) as stack:
        service = await track(stack, batches=[batch])
        (found,) = await stack.anomalies(30)
        assert (found.service_id, found.measure, found.currency) == (service, "cost", "USD")
        assert found.anomaly.start == datetime(wild.year, wild.month, wild.day, tzinfo=UTC)
        assert (found.anomaly.amount, found.anomaly.usual) == (80, 10)
        assert [(c.kind, c.name, c.share) for c in found.anomaly.causes] == [
            ("model", HAIKU, 1.0),
            ("workspace", "wrkspc_ci", 1.0),
        ]
        assert await stack.anomalies(3) == []
        with pytest.raises(InvalidInput):
            await stack.anomalies(0)


def write_logs(settings: Settings, *lines: dict[str, object], project: str = "-src-atlas") -> None:
    folder = Path(settings.env["HOME"]) / ".claude/projects" / project
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "s1.jsonl").open("ab") as file:
        file.write(text(*lines))


def a_month_of_work(hour: int = 10) -> list[dict[str, object]]:
    """A dollar at `OPUS`' price, every day of 40 at the same hour."""
    made = []
    for n in range(1, 41):
        at = (NOW - timedelta(days=n)).replace(hour=hour, minute=5)
        used = usage(250_000, 0)
        made.append(call(f"msg_{n}", f"req_{n}", used=used, at=at.isoformat(), cwd="/src/atlas"))
    return made


async def test_a_loop_in_the_logs_is_found_by_hour_and_day_with_its_project(settings: MakeSettings) -> None:
    made = settings(TZ="UTC")
    night = (NOW - timedelta(days=2)).replace(hour=3, minute=30)
    loop = call(
        "msg_x", "req_x", used=usage(3_000_000, 0), at=night.isoformat(), session="s9", cwd="/src/runaway"
    )
    write_logs(made, *a_month_of_work(), loop)
    async with opened(made) as stack:
        found = await stack.anomalies(14)
        assert [(each.anomaly.slot, each.name) for each in found] == [
            ("hour", "this machine"),
            ("day", "this machine"),
        ]
        hour, day = found
        assert hour.anomaly.start == night.replace(minute=0)
        assert (float(hour.anomaly.amount), float(day.anomaly.amount)) == (12, 13)
        assert ("project", "runaway", 1.0) in [(c.kind, c.name, c.share) for c in day.anomaly.causes]
        assert hour.provenance == "estimated"


def window(used: float) -> Snapshot:
    return Snapshot(
        fetched_at=NOW,
        explained_by="",
        limits=(
            Limit(
                id="seven_day",
                label="Weekly window",
                used=used,
                resets_at=NOW + timedelta(days=3),
                length=timedelta(days=7),
            ),
        ),
    )


async def test_a_quarter_of_the_week_within_six_hours_is_found_with_what_the_logs_say(
    settings: MakeSettings,
) -> None:
    made = settings(TZ="UTC")
    at = NOW - timedelta(hours=2)
    write_logs(made, call("msg_x", "req_x", used=usage(1_000_000, 0), at=at.isoformat(), cwd="/src/runaway"))
    samples = [
        LimitSample(
            limit_id="seven_day",
            at=NOW - timedelta(hours=hours),
            used=used,
            resets_at=NOW + timedelta(days=3),
        )
        for hours, used in ((30, 0.2), (4, 0.21), (3, 0.22), (1, 0.55))
    ]
    async with opened(made) as stack:
        service = await track(
            stack, "plan", bill="claude:org:x", method="local", snapshot=window(0.55), samples=samples
        )
        (found,) = await stack.anomalies(7)
        assert (found.service_id, found.measure, found.limit_id) == (service, "limit", "seven_day")
        assert found.limit_label == "Weekly window"
        assert float(found.anomaly.amount) == pytest.approx(0.34)
        assert ("project", "runaway") in [(cause.kind, cause.name) for cause in found.anomaly.causes]


# the report beside the logs, and other prices


def report(amounts: dict[date, tuple[str, int]]) -> UsageBatch:
    return UsageBatch(
        source=UsageSource.CLAUDE_CODE_REPORT,
        days=tuple(amounts),
        final_days=frozenset(list(amounts)[:-1]),
        buckets=tuple(
            UsageBucket(
                day=day, workspace_id="org", model=OPUS, cost=Decimal(cost), tokens=Tokens(input=tokens)
            )
            for day, (cost, tokens) in amounts.items()
            if tokens
        ),
    )


async def test_the_report_and_the_logs_side_by_side(settings: MakeSettings) -> None:
    made = settings(TZ="UTC")
    first, second, third = (TODAY - timedelta(days=n) for n in (3, 2, 1))
    write_logs(
        made,
        call("msg_1", "req_1", used=usage(1_000_000, 0), at=f"{first}T08:00:00Z"),
        call("msg_2", "req_2", used=usage(1_000_000, 0), at=f"{second}T08:00:00Z"),
    )
    told = report(
        {first: ("4", 1_000_000), second: ("12", 3_000_000), third: ("4", 1_000_000), TODAY: ("0", 0)}
    )
    async with opened(made) as stack:
        service = await track(stack, batches=[told, days(ten_a_day())])
        found = await stack.reconcile(service, 7)
        assert [day.day for day in found] == [first, second, third, TODAY]
        assert [day.difference for day in found] == [0, 8, 4, 0]
        assert found[0].reasons == ()
        assert "every machine" in found[1].reasons[0]
        assert "no logs of this day" in found[2].reasons[0]
        assert [day.settled for day in found] == [True, True, True, False]
        assert {day.same_organization for day in found} == {"unknown"}
        assert {day.account for day in found} == {""}  # what enter opens are the logs that were compared
        assert (await stack.total()).amount("USD") == 220  # the report is in the cost already


async def test_logs_of_a_plan_are_not_held_against_another_organization(settings: MakeSettings) -> None:
    made = settings(TZ="UTC")
    write_logs(made, call(used=usage(1_000_000, 0), at=f"{TODAY}T08:00:00Z"))
    told = report({TODAY: ("4", 1_000_000)})
    async with opened(made) as stack:
        service = await track(stack, batches=[told])
        assert len(await stack.reconcile(service)) == 1
        await track(stack, "plan", bill="claude:org:zzz", method="local", snapshot=window(0.1))
        assert await stack.reconcile(service) == []
        await track(stack, "plan", bill="claude:org:AAA", method="local", snapshot=window(0.1))
        (day,) = await stack.reconcile(service)
        assert day.same_organization == "yes"
        assert await stack.reconcile("svc_plan") == []
        with pytest.raises(InvalidInput):
            await stack.reconcile("svc_nobody")


async def test_the_month_at_another_models_price_and_beside_a_plans(settings: MakeSettings) -> None:
    made = settings(TZ="UTC")
    write_logs(
        made,
        call("msg_1", "req_1", used=usage(60_000_000, 0), at="2026-11-05T08:00:00Z"),
        call("msg_0", "req_0", used=usage(60_000_000, 0), at="2026-10-05T08:00:00Z"),
    )
    priced = window(0.1).model_copy(
        update={
            "plan": Figure(value=Plan(tier="max", label="Max 20x"), provenance=Provenance.MEASURED),
            "billing": Billing(
                price=Figure(value=Money(amount=Decimal(200)), provenance=Provenance.LIST_PRICE),
                cycle="monthly",
                next_payment=Figure[date].not_exposed(),
            ),
        }
    )
    async with opened(made) as stack:
        alone = await stack.what_if()
        assert (alone.actual, alone.instead, alone.model, alone.plans) == (240, None, None, ())
        await track(stack, "plan", bill="claude:org:x", method="local", snapshot=priced)
        told = await stack.what_if(HAIKU)
        assert (told.first, told.last, told.timezone) == (date(2026, 11, 1), TODAY, "UTC")
        assert (told.actual, told.instead, told.difference) == (240, 30, -210)  # over 100,000 tokens: $0.50
        assert [(row.model, row.actual, row.instead) for row in told.rows] == [(OPUS, 240, 30)]
        (plan,) = told.plans
        assert (plan.plan, plan.price, plan.price_provenance) == ("Max 20x", 200, "list-price")
        assert (plan.value, plan.times) == (240, 1.2)
        assert any("not money spent" in note for note in told.notes)
        with pytest.raises(InvalidInput, match="No price is known"):
            await stack.what_if("nobody")


async def test_a_plan_without_a_price_is_not_compared(settings: MakeSettings) -> None:
    made = settings(TZ="UTC")
    write_logs(made, call(at=f"{TODAY}T08:00:00Z"))
    async with opened(made) as stack:
        await track(stack, "plan", bill="claude:org:x", method="local", snapshot=window(0.1))
        assert (await stack.what_if()).plans == ()


async def test_a_machine_without_logs_says_so_and_nothing_breaks(settings: MakeSettings) -> None:
    async with opened(settings(TZ="UTC")) as stack:
        await track(stack, batches=[days(ten_a_day())])
        assert await stack.anomalies() == []
        assert (await stack.what_if()).actual is None


async def test_nothing_of_it_is_secret(settings: MakeSettings, sandbox: SandboxServer) -> None:
    async with open_stack(settings(**sandbox.env), sandbox) as stack:
        await add(stack)
        await stack.refresh()
        await stack.set_budget(Decimal(1))
        told = [state.model_dump(mode="json") for state in await stack.budget_states()]
        assert ADMIN_KEY not in json.dumps(told)

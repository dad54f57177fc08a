"""A page is made from what a sign-in can show: its measures, their parts, its headlines, its bill."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.snapshot import Cycle, Measure, Metric
from stackk_tui.model.view import DayUsage, History, Month, ServiceView

from .driving import Driven, drive
from .scenes import TODAY

pytestmark = pytest.mark.anyio

DEPLOYED = (
    Measure(id="cost", label="Cost", part="Service"),
    Measure(id="requests", label="Deployments", unit="deployments", part="State"),
)
CAN = frozenset({"plan", "price", "cycle", "usage", "series", "picker", "revoke"})
FIRST = date(2026, 11, 4)


def measured(view: ServiceView, **more: object) -> ServiceView:
    """The view as a host of deployments has it: cost by service and deployments by state, in its own cycle."""
    month = Month(
        first=FIRST, through=TODAY, last=date(2026, 12, 3), timezone="UTC", tokens=Figure.not_exposed(),
        requests=Figure(value=57, provenance=Provenance.MEASURED),
        cost=Figure(value=Money(amount=Decimal("41.50")), provenance=Provenance.MEASURED),
    )  # fmt: skip
    assert view.snapshot is not None
    snapshot = view.snapshot.model_copy(
        update={
            "measures": DEPLOYED,
            "cycle": Cycle(first=FIRST, last=date(2026, 12, 3)),
            "metrics": (
                Metric(id="failed", label="Failed builds, 30 days", value="3", unit="builds", headline=True),
                Metric(id="size", label="Storage", value="8589934592", unit="bytes", headline=True),
                Metric(
                    id="errors",
                    label="Errors",
                    value=None,
                    provenance=Provenance.NOT_PERMITTED,
                    headline=True,
                ),
            ),
            "limits": (),
            "not_permitted": ("next_payment",),
            **more,
        }
    )
    return view.model_copy(update={"month": month, "snapshot": snapshot, "can": CAN})


def days_of(service_id: str) -> History:
    days = tuple(TODAY - timedelta(days=89 - n) for n in range(90))
    known = frozenset(day for day in days if day >= FIRST)
    costs = (("Functions", "1.25"), ("Bandwidth", "0.75"), ("Credits", "-0.50"))
    counts = (("ready", 2), ("error", 1))
    cost = [
        DayUsage(day=d, model=name, tokens=None, requests=None, cost=Decimal(amount), cost_by_kind={})
        for d in sorted(known)
        for name, amount in costs
    ]
    count = [
        DayUsage(day=d, model=name, tokens=None, requests=number, cost=None, cost_by_kind={})
        for d in sorted(known)
        for name, number in counts
    ]
    return History(
        service_id=service_id, timezone="UTC", currency="USD", days=days, token_days=known, cost_days=known,
        usage=tuple(cost + count),
    )  # fmt: skip


async def open_host(driven: Driven, **more: object) -> None:
    plain = driven.stack.service

    async def service(service_id: str) -> ServiceView:
        return measured(await plain(service_id), **more)

    async def history(service_id: str, days: int) -> History:
        return days_of(service_id)

    driven.stack.service, driven.stack.history = service, history
    await driven.press("j", "enter")


async def test_the_numbers_on_top_are_what_it_measures_and_what_it_puts_first() -> None:
    async with drive(size=(160, 60)) as driven:
        await open_host(driven)
        top = driven.text.partition("Cost per day")[0]
        for words in (
            "THIS MONTH",
            "$41.50",
            "DEPLOYMENTS",
            "57",
            "FAILED BUILDS",
            "STORAGE",
            "8.0 GB",
            "ERRORS",
        ):
            assert words in top, words
        assert "not permitted" in top
        assert "TOKENS" not in top


async def test_only_the_charts_there_are_have_keys_and_a_missing_one_says_so() -> None:
    async with drive(size=(120, 60)) as driven:
        await open_host(driven)
        assert "1 cost  3 deployments  t" in driven.text
        await driven.press("2")
        assert "There is no chart of tokens here: this service tells of cost and deployments." in driven.text
        assert "Cost per day, USD" in driven.text
        await driven.press("3")
        assert "Deployments per day" in driven.text
        assert "There is no chart" not in driven.text
        await driven.press("ctrl+p", *"chart")
        assert "Chart the cost" in driven.text
        assert "Chart the tokens" not in driven.text


async def test_the_parts_are_those_of_the_charted_measure() -> None:
    async with drive(size=(120, 80)) as driven:
        await open_host(driven)
        lines = driven.text.splitlines()
        assert any("By service this month" in line for line in lines)
        functions = next(line for line in lines if line.strip().startswith("Functions"))
        assert "$23.75" in functions  # 19 days
        assert "-$9.50" in next(line for line in lines if line.strip().startswith("Credits"))
        await driven.press("3", "m")
        assert "By state this month" in driven.text
        assert "m by state" in driven.text
        ready = next(line for line in driven.text.splitlines() if line.strip().startswith("ready"))
        assert ready.split()[:3] == ["ready", "38", "67"]
        await driven.press("m")
        assert "m total" in driven.text


async def test_a_bill_says_its_cycle_and_why_it_cannot_say_more() -> None:
    async with drive(size=(120, 80)) as driven:
        await open_host(driven)
        bill = driven.text.partition("Billing ──")[2]
        assert "Cycle  4 Nov – 3 Dec  measured" in bill
        await driven.press("escape")
    async with drive(size=(120, 80)) as driven:
        plain = driven.stack.service

        async def service(service_id: str) -> ServiceView:
            view = await plain(service_id)
            billing = view.billing.model_copy(update={"next_payment": Figure.not_permitted(), "cycle": None})
            return view.model_copy(update={"billing": billing})

        driven.stack.service = service
        await driven.press("j", "enter")
        lines = driven.text.splitlines()
        assert "not permitted with this sign-in" in next(line for line in lines if "Next   –" in line)
        assert "not exposed by this API" in next(line for line in lines if "Cycle  –" in line)


async def test_a_subscription_typed_in_has_no_chart_and_no_figure_it_cannot_have() -> None:
    async with drive("no-history", size=(120, 60)) as driven:
        await driven.press("G", "k", "enter")
        assert "GitForge Team" in driven.text
        for words in ("per day", "TOKENS", "THIS MONTH", "REQUESTS"):
            assert words not in driven.text, words
        assert "RENEWS" in driven.text
        assert "typed by you" in driven.text
        await driven.press("1")
        assert "There is no chart of cost here: not exposed by this API." in driven.text


async def test_days_that_were_read_stay_a_chart_when_the_permission_goes() -> None:
    async with drive(size=(120, 60)) as driven:
        plain = driven.stack.service

        async def service(service_id: str) -> ServiceView:
            view = await plain(service_id)
            return view.model_copy(update={"can": frozenset({"plan"})})

        driven.stack.service = service
        await driven.press("j", "enter")
        assert "Cost per day, USD" in driven.text
        assert "1 cost  2 tokens  4 limits" in driven.text

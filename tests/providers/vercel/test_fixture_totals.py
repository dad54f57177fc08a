"""What the provider makes of the fixtures is what plain sums over the same files say."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import pytest

from stackk_tui.model.usage import UsageSource
from stackk_tui.storage.ledger import Ledger
from tests.conftest import LoopbackServer, MakeSettings
from tests.providers.vercel.fixture_server import FIXTURES, TEAM, FixtureServer, fixture
from tests.providers.vercel.helpers import NOW, Tracked, buckets, make_provider, metric, pro, project

pytestmark = pytest.mark.anyio

WEB = "prj_Zk3mQ8vT1aBcDeFgHiJkLmNoPq"


def plain_rows() -> list[dict]:
    lines = (FIXTURES / "billing_charges.jsonl").read_text().splitlines()
    return [json.loads(line, parse_float=Decimal) for line in lines if line]


def cost_of(row: dict) -> Decimal:
    return Decimal(row["EffectiveCost"] if row["ServiceName"] == "Pro" else row["BilledCost"])


@pytest.fixture
def server(loopback_server: LoopbackServer) -> FixtureServer:
    made = FixtureServer()
    loopback_server.app = made
    return made


@pytest.fixture
async def own(
    settings: MakeSettings, server: FixtureServer, loopback_server: LoopbackServer, ledger: Ledger
) -> AsyncIterator[Tracked]:
    provider = make_provider(settings(STACKK_VERCEL_API_URL=loopback_server.url), lambda: NOW)
    yield await Tracked.of(provider, ledger, lambda: NOW, [pro(), project("web")])
    await provider.aclose()


async def test_the_charges_add_up_to_the_readmes_total(own: Tracked) -> None:
    await own.refresh()
    rows = plain_rows()
    assert len(rows) == 255
    month = await own.month()
    assert month.cost.value is not None
    assert month.cost.value.amount == sum(map(cost_of, rows))
    assert month.cost.value.amount.quantize(Decimal("0.01")) == Decimal("49.24")
    assert (month.first, month.through, month.last) == (
        date(2026, 11, 4),
        date(2026, 11, 20),
        date(2026, 12, 3),
    )
    value = sum(Decimal(r["EffectiveCost"]) for r in rows if r["ServiceName"] != "Pro")
    shown = metric(await own.snapshot(), "usage_value").value
    assert shown is not None
    assert Decimal(shown) == value
    assert value.quantize(Decimal("0.01")) == Decimal("123.77")


async def test_each_day_service_and_project_is_the_plain_sum(own: Tracked) -> None:
    fetched = await own.refresh()
    whole: dict[tuple[str, str], Decimal] = {}
    web: dict[tuple[str, str], Decimal] = {}
    for row in plain_rows():
        key = (row["ChargePeriodStart"][:10], row["ServiceName"])
        whole[key] = whole.get(key, Decimal(0)) + cost_of(row)
        if row["Tags"].get("ProjectId") == WEB:
            web[key] = web.get(key, Decimal(0)) + cost_of(row)
    for name, wanted in ((TEAM, whole), (WEB, web)):
        found = buckets(fetched, UsageSource.COST, name)
        assert {(b.day.isoformat(), b.model): b.cost for b in found} == wanted
    assert len({day for day, _ in whole}) == 17


async def test_deployments_of_both_pages_are_counted_once(own: Tracked, server: FixtureServer) -> None:
    fetched = await own.refresh()
    pages = [fixture("deployments"), fixture("deployments_page2")]
    rows = {d["uid"]: d for page in pages for d in page["deployments"]}
    states = Counter(d["readyState"] for d in rows.values())
    found = buckets(fetched, UsageSource.USAGE, TEAM)
    counted: Counter[str] = Counter()
    for bucket in found:
        counted[bucket.model] += bucket.requests or 0
    assert counted == states
    shown = await own.snapshot()
    assert metric(shown, "deployments_30d").value == str(len(rows))
    assert server.paths.count("/v7/deployments") == 2


async def test_the_plan_and_cycle_of_the_team(own: Tracked) -> None:
    await own.refresh()
    shown = await own.snapshot()
    assert shown.plan.value is not None
    assert shown.plan.value.label == "Pro"
    assert shown.billing.next_payment.value == date(2026, 12, 4)
    assert shown.billing.price.value is not None
    assert shown.billing.price.value.amount == 20
    assert metric(shown, "token_expires").value == "2027-02-02"
    assert metric(shown, "projects").value == "3"
    assert metric(shown, "seats").value == "1"


async def test_published_fields_only(own: Tracked, server: FixtureServer) -> None:
    server.swap[f"/v2/teams/{TEAM}"] = "team_pro_published_fields_only"
    await own.refresh()
    shown = await own.snapshot()
    assert shown.plan.value is not None
    assert shown.plan.value.tier == "pro"
    assert shown.billing.next_payment.value is None
    assert (await own.month()).cost.value is not None


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n\n"])
@pytest.mark.parametrize("kind", ["application/jsonl", "application/x-ndjson"])
async def test_blank_lines_and_a_last_line_without_end(
    own: Tracked, server: FixtureServer, end: bytes, kind: str
) -> None:
    server.charges = server.charges.strip().replace(b"\n", b"\r\n\n") + end
    server.charges_type = kind
    await own.refresh()
    month = await own.month()
    assert month.cost.value is not None
    assert month.cost.value.amount == sum(map(cost_of, plain_rows()))


async def test_a_line_that_is_cut_off_is_no_total(own: Tracked, server: FixtureServer) -> None:
    server.charges = server.charges.strip()[:-40]
    fetched = await own.refresh()
    assert fetched.failures[TEAM].code == "protocol"
    assert (await own.month()).cost.value is None
    assert (await own.snapshot()).plan.value is not None


async def test_no_costs_of_the_fixture(own: Tracked, server: FixtureServer) -> None:
    server.swap["/v1/billing/charges"] = "error_404_costs_not_found"
    fetched = await own.refresh()
    assert fetched.failures == {}
    assert (await own.month()).cost.value is None

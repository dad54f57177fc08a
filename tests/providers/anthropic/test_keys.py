"""What each API key used: exactly the fixtures' rows, without a request more, and the sums stay what they were."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from stackk_tui.model.usage import Tokens, UsageSource
from stackk_tui.model.usage_parts import MOST_PARTS, NO_PART, OTHER_PARTS, PartsBatch
from stackk_tui.providers.anthropic.provider import AnthropicProvider
from stackk_tui.providers.base import Fetched
from stackk_tui.sandbox.world import IDS, Cell, Loop, key_id
from tests.conftest import NOW, LoopbackServer, MakeSettings, SandboxServer
from tests.providers.anthropic.fixture_server import BASE, FixtureServer, fixture
from tests.providers.anthropic.helpers import Tracked, batch, make_provider, tracked

pytestmark = pytest.mark.anyio

USAGE = "/v1/organizations/usage_report/messages"
ORG = "6f0c1c1e-7d0b-4d58-9a53-3f7a2c9e1b40"
PROD_KEY, CI_KEY, GONE_KEY = (
    "apikey_01AtlasProd00000000000000",
    "apikey_01CiRunner00000000000000",
    "apikey_01Gone00000000000000000",
)
WHEN = datetime(2026, 11, 18, 12, tzinfo=UTC)
DENIED = {"type": "error", "error": {"type": "permission_error", "message": "no"}}


@pytest.fixture
async def by_key(loopback_server: LoopbackServer, settings: MakeSettings) -> AsyncIterator[AnthropicProvider]:
    loopback_server.app = FixtureServer(
        swap={f"{BASE}/usage_report/messages": "usage_report_messages_by_key_page1"}
    )
    made = make_provider(settings(STACKK_ANTHROPIC_API_URL=loopback_server.url), lambda: WHEN)
    yield made
    await made.aclose()


def keys_of(fetched: Fetched) -> PartsBatch:
    (found,) = fetched.parts
    return found


def sums(fetched: PartsBatch, day: date | None = None) -> dict[str, Tokens]:
    found: dict[str, Tokens] = {}
    for part in fetched.parts:
        if day in (None, part.day):
            found[part.part] = found.get(part.part, Tokens()) + part.tokens
    return found


def asked(sandbox: SandboxServer, path: str = USAGE) -> list[Mapping[str, str]]:
    return [dict(s.query) for s in sandbox.seen if s.path == path]


async def test_both_pages_by_key_add_up_to_the_expected_totals(by_key: AnthropicProvider) -> None:
    fetched = await tracked(by_key, lambda: WHEN, organization_id=ORG).refresh()
    want = fixture("_expected_totals")["usage_report_messages"]
    total = Tokens(
        input=want["uncached_input_tokens"],
        output=want["output_tokens"],
        cache_write_5m=want["cache_creation_5m"],
        cache_write_1h=want["cache_creation_1h"],
        cache_read=want["cache_read_input_tokens"],
    )
    usage, keys = batch(fetched, UsageSource.USAGE), keys_of(fetched)
    assert Tokens.sum(b.tokens for b in usage.buckets if b.tokens) == total
    assert Tokens.sum(part.tokens for part in keys.parts) == total
    assert sum(b.web_searches or 0 for b in usage.buckets) == want["web_search_requests"]
    assert sum(part.web_searches for part in keys.parts) == want["web_search_requests"]
    rows = [(b.day, b.workspace_id, b.model) for b in usage.buckets]
    assert len(rows) == len(set(rows)), "one bucket a day, workspace and model, whatever its keys"


async def test_rows_go_to_their_key(by_key: AnthropicProvider) -> None:
    keys = keys_of(await tracked(by_key, lambda: WHEN, organization_id=ORG).refresh())
    assert sums(keys, date(2026, 11, 15)) == {
        PROD_KEY: Tokens(
            input=136_800, output=30_157, cache_write_5m=39_000, cache_write_1h=13_500, cache_read=903_000
        ),
        GONE_KEY: Tokens(
            input=45_600, output=10_053, cache_write_5m=13_000, cache_write_1h=4_500, cache_read=301_000
        ),
        CI_KEY: Tokens(input=54_066, output=13_440, cache_write_5m=4_800, cache_read=186_300),
        NO_PART: Tokens(input=36_044, output=8_960, cache_write_5m=3_200, cache_read=124_200),
    }
    assert sums(keys, date(2026, 11, 16)) == {}
    assert date(2026, 11, 16) in keys.days, "known to be without use"
    assert WHEN.date() not in keys.final_days


async def test_names_are_those_of_the_list_and_no_hint_of_a_secret_is_kept(by_key: AnthropicProvider) -> None:
    keys = keys_of(await tracked(by_key, lambda: WHEN, organization_id=ORG).refresh())
    assert keys.names[PROD_KEY] == "atlas-prod-server"
    assert keys.names[CI_KEY] == "ci-runner"
    assert keys.names[NO_PART] == "none (the Console or a sign-in)"
    assert GONE_KEY not in keys.names, "deleted at the vendor"
    assert "sk-ant" not in keys.model_dump_json()
    assert "R2D" not in keys.model_dump_json()


async def test_no_request_more_than_for_the_sums_alone(account: Tracked, sandbox: SandboxServer) -> None:
    await account.refresh()
    assert len(asked(sandbox)) == 3, "90 days in pages of 31"
    assert sandbox.app.paths().count("/v1/organizations/api_keys") == 1
    sandbox.seen.clear()
    await account.refresh()
    (only,) = asked(sandbox)
    assert only["starting_at"] == "2026-11-22T00:00:00Z"


async def test_the_keys_of_a_month_are_read_with_the_first_refresh_of_an_older_ledger(
    account: Tracked, sandbox: SandboxServer
) -> None:
    await account.refresh()
    account.ledger.final_parts.clear()
    sandbox.seen.clear()
    fetched = await account.refresh()
    (only,) = asked(sandbox)
    assert only["starting_at"] == "2026-10-23T00:00:00Z"
    assert batch(fetched, UsageSource.USAGE).days == (NOW.date(),), "settled sums are left alone"
    assert len(keys_of(fetched).days) == 31
    sandbox.now = NOW + timedelta(days=1)
    sandbox.seen.clear()
    await account.refresh()
    assert [each["starting_at"] for each in asked(sandbox)] == ["2026-11-22T00:00:00Z"]


async def test_the_sums_are_the_same_with_and_without_keys(account: Tracked, sandbox: SandboxServer) -> None:
    with_keys = batch(await account.refresh(), UsageSource.USAGE)
    account.ledger.final.clear()
    sandbox.faults.add("*/usage_report/messages", query="api_key_id", status=400, body={"type": "error"})
    fetched = await account.refresh()
    assert fetched.failures == {}
    assert fetched.parts == [], "nothing is claimed to be known of keys"

    def told(report: object) -> dict[object, object]:
        assert report is not None
        return {(b.day, b.workspace_id, b.model): b for b in report.buckets}  # type: ignore[attr-defined]

    assert told(batch(fetched, UsageSource.USAGE)) == told(with_keys)


async def test_an_answer_too_large_by_key_costs_only_the_keys(quick: Tracked, sandbox: SandboxServer) -> None:
    sandbox.faults.add("*/usage_report/messages", query="api_key_id", huge=40 * 1024 * 1024)
    fetched = await quick.refresh()
    assert fetched.failures == {}
    assert batch(fetched, UsageSource.USAGE).buckets
    assert fetched.parts == []
    assert len(asked(sandbox)) == 2, "with keys, then without"
    sandbox.seen.clear()
    assert (await quick.refresh()).parts == []
    assert len(asked(sandbox)) == 1, "not with keys again on the same day"
    sandbox.faults.clear()
    sandbox.now += timedelta(days=1)
    quick.ledger.final_parts.clear()
    assert len(keys_of(await quick.refresh()).days) == 2, "from then on day by day"


async def test_a_key_that_runs_wild_stands_out_with_exactly_what_it_used(
    quick: Tracked, sandbox: SandboxServer
) -> None:
    day = sandbox.now.date() - timedelta(days=1)
    before = sums(keys_of(await quick.refresh()), day)
    wild = Cell(IDS["production"], "claude-opus-5-5", (10, 20, 30, 40, 50), key=key_id("ProdWorker"))
    sandbox.world.loops.append(Loop(day, wild))
    quick.ledger.settle(day - timedelta(days=1))
    after = sums(keys_of(await quick.refresh()), day)
    more = Tokens(input=10, output=20, cache_read=30, cache_write_5m=40, cache_write_1h=50)
    assert after.pop(key_id("ProdWorker")) == before.pop(key_id("ProdWorker")) + more
    assert after == before


async def test_names_come_from_every_page_of_the_list(quick: Tracked, sandbox: SandboxServer) -> None:
    last = replace(sandbox.world.api_keys[0], id="apikey_01Last", name="the last one")
    many = [replace(last, id=f"apikey_01Many{n}", name=f"many-{n}") for n in range(1100)]
    sandbox.world.api_keys = [*sandbox.world.api_keys, *many, last]
    keys = keys_of(await quick.refresh())
    assert keys.names["apikey_01Last"] == "the last one"
    assert len(asked(sandbox, "/v1/organizations/api_keys")) == 2


@pytest.mark.parametrize("status", [403, 500])
async def test_without_the_list_the_keys_have_no_names_and_known_ones_stay(
    quick: Tracked, sandbox: SandboxServer, status: int
) -> None:
    sandbox.faults.add("*/api_keys", status=status, body=DENIED if status == 403 else {})
    keys = keys_of(await quick.refresh())
    assert set(keys.names) == {NO_PART, OTHER_PARTS}
    assert key_id("Prod") in sums(keys)


async def test_a_refused_report_tells_nothing_of_keys(quick: Tracked, sandbox: SandboxServer) -> None:
    sandbox.faults.add("*/usage_report/messages", status=403, body=DENIED)
    fetched = await quick.refresh()
    assert fetched.parts == []
    assert len(asked(sandbox)) == 1, "a refusal is not asked again without keys"


class ManyKeys:
    """An organization of a thousand keys, the first of which uses the most."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        body: object = {"data": [], "has_more": False, "next_page": None}
        if request.url.path == "/v1/organizations/me":
            body = fixture("organizations_me")
        if request.url.path == USAGE:
            rows = [
                {"api_key_id": f"apikey_{n:04}", "model": "m", "output_tokens": 1 if n else 1000}
                for n in range(1000)
            ]
            body = {"data": [{"starting_at": "2026-11-18T00:00:00Z", "results": rows}], "has_more": False}
        await JSONResponse(body)(scope, receive, send)


async def test_of_a_thousand_keys_the_largest_are_kept_and_the_rest_is_one(
    loopback_server: LoopbackServer, settings: MakeSettings
) -> None:
    loopback_server.app = ManyKeys()
    made = make_provider(settings(STACKK_ANTHROPIC_API_URL=loopback_server.url), lambda: WHEN)
    try:
        fetched = await tracked(made, lambda: WHEN, organization_id=ORG).refresh()
    finally:
        await made.aclose()
    found = sums(keys_of(fetched))
    assert len(found) == MOST_PARTS + 1
    assert found["apikey_0000"].output == 1000
    assert found[OTHER_PARTS].output == 1000 - MOST_PARTS
    assert sum(each.output for each in found.values()) == 1999


def test_the_pretend_keys_are_listed(sandbox: SandboxServer) -> None:
    used = {cell.key for n in range(60) for cell in a_day(sandbox, n)} - {None}
    assert used <= {key.id for key in sandbox.world.api_keys}


def a_day(sandbox: SandboxServer, ago: int) -> list[Cell]:
    start = (NOW - timedelta(days=ago)).replace(hour=0, minute=0)
    return sandbox.world.cells_by_key(start, start + timedelta(days=1), NOW)

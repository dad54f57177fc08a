"""A key of OpenRouter from the command line, against a server over real HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from stackk_tui.sandbox.openrouter import KEY, MANAGEMENT_KEY, REVOKED_KEY, OpenRouterSandbox
from tests.cli.conftest import Cli, Ran
from tests.conftest import LoopbackServer


@pytest.fixture
def openrouter(cli: Cli, loopback_server: LoopbackServer) -> Iterator[OpenRouterSandbox]:
    now = datetime.now(UTC)
    app = OpenRouterSandbox(clock=lambda: now)
    loopback_server.app = app
    cli.env["STACKK_OPENROUTER_API_URL"] = loopback_server.url
    yield app
    loopback_server.app = None


def add(cli: Cli, key: str) -> Ran:
    return cli("add", "openrouter", "--method", "api-key", "--secret-stdin", "--json", stdin=f"{key}\n")


def test_from_add_to_disconnect(cli: Cli, openrouter: OpenRouterSandbox) -> None:
    added = add(cli, KEY)
    assert (added.code, added.err) == (0, "")
    ran = cli("refresh", "--json")
    assert (ran.code, ran.err) == (0, "")
    (row,) = ran.json["services"]
    now = openrouter.clock()
    truth = openrouter.spent(now.date().replace(day=1), now)
    assert Decimal(row["cost_month_to_date"]["amount"]) == truth
    assert row["cost_month_to_date"]["provenance"] == "measured"
    assert Decimal(ran.json["total_month_to_date"]["amount"]) == truth
    assert ran.json["total_converted"] is None
    assert row["capabilities"] == ["limits", "plan", "series", "usage"]
    assert "balance" in row["not_permitted"]
    assert {"usage", "requests", "price", "next_payment"} <= set(row["not_exposed"])
    assert [limit["id"] for limit in row["limits"]] == ["key_limit"]
    assert KEY not in ran.out
    left = cli("disconnect", row["id"], "--yes", "--json")
    assert left.code == 0
    assert "openrouter.ai/settings/keys" in left.out + left.err


def test_two_keys_are_two_bills(cli: Cli, openrouter: OpenRouterSandbox) -> None:
    assert add(cli, KEY).code == add(cli, MANAGEMENT_KEY).code == 0
    ran = cli("refresh", "--json")
    costs = [Decimal(row["cost_month_to_date"]["amount"]) for row in ran.json["services"]]
    assert len(costs) == 2
    assert Decimal(ran.json["total_month_to_date"]["amount"]) == sum(costs)


def test_a_refused_key_is_not_kept(cli: Cli, openrouter: OpenRouterSandbox) -> None:
    assert add(cli, REVOKED_KEY).code == 3
    assert cli("list", "--json").json["services"] == []

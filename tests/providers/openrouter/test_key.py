"""Whose key it is, what it shows, and what only a management key shows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from stackk_tui.model.errors import (
    Forbidden,
    InvalidInput,
    NetworkError,
    ProtocolError,
    RateLimited,
    SignInNeeded,
    Unavailable,
    WrongCredential,
)
from stackk_tui.model.figure import Provenance
from stackk_tui.model.secret import Secret
from stackk_tui.providers.base import Session
from stackk_tui.providers.openrouter.provider import OpenRouterProvider
from stackk_tui.sandbox.openrouter import BOUGHT, FREE_KEY, KEY, LIMIT, MANAGEMENT_KEY, REVOKED_KEY
from tests.providers.openrouter.conftest import Server, Tracked, metric

pytestmark = pytest.mark.anyio


async def test_a_key_is_an_account_with_a_bill_of_its_own(
    provider: OpenRouterProvider, server: Server
) -> None:
    found = await provider.sign_in("api-key", Secret(f" {KEY}\n"), {})
    again = await provider.sign_in("api-key", Secret(KEY), {})
    other = await provider.sign_in("api-key", Secret(MANAGEMENT_KEY), {})
    assert (found.label, found.method) == ("key …a1b", "api-key")
    assert found.key == again.key != other.key
    assert found.billing_scope != other.billing_scope
    assert KEY not in repr(found)
    assert {seen.path for seen in server.app.seen} == {"/api/v1/key"}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", InvalidInput),
        ("sk-or-v1-a b", InvalidInput),
        ("sk-ant-admin01-x", WrongCredential),
        ("vcp_x", WrongCredential),
    ],
)
async def test_what_is_no_key_of_openrouter_is_not_sent(
    provider: OpenRouterProvider, server: Server, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await provider.sign_in("api-key", Secret(text), {})
    assert server.app.seen == []


@pytest.mark.parametrize("key", [REVOKED_KEY, "sk-or-v1-nobody-knows-this-one"])
async def test_a_refused_key_means_sign_in(provider: OpenRouterProvider, key: str) -> None:
    with pytest.raises(SignInNeeded) as raised:
        await provider.sign_in("api-key", Secret(key), {})
    assert key not in " ".join(raised.value.lines())


async def test_every_figure_is_the_servers(tracked: Tracked) -> None:
    assert (await tracked.refresh()).failures == {}
    shown, app, now = await tracked.snapshot(), tracked.server.app, tracked.server.now
    first = now.date().replace(day=1)
    month = await tracked.month()
    assert month.cost.value is not None
    assert month.cost.value.amount == app.spent(first, now)
    assert month.cost.provenance is Provenance.MEASURED
    assert (month.first, month.through) == (first, now.date())
    assert Decimal(metric(shown, "usage_daily").value or "") == app.cost_of(now.date(), now)
    assert Decimal(metric(shown, "usage").value or "") == app.spent(app.first, now)
    assert shown.plan.value is not None
    assert shown.plan.value.label == "Credits"
    assert metric(shown, "key_expires").value == "2027-12-31"
    (limit,) = shown.limits
    assert limit.cap is not None
    assert limit.cap.amount == LIMIT
    assert limit.used == pytest.approx(float(app.spent(first, now) / LIMIT))
    assert limit.resets_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert "limits" in (shown.can or ())
    assert not any(one.id == "byok_usage_monthly" for one in shown.metrics)


@pytest.mark.parametrize(
    ("reset", "resets_at", "length"),
    [
        ("daily", datetime(2026, 11, 22, tzinfo=UTC), timedelta(days=1)),
        ("weekly", datetime(2026, 11, 23, tzinfo=UTC), timedelta(days=7)),
        ("monthly", datetime(2026, 12, 1, tzinfo=UTC), timedelta(days=30)),
        (None, None, None),
        ("yearly", None, None),
    ],
)
async def test_a_limit_starts_again_at_midnight_utc(
    tracked: Tracked, reset: str | None, resets_at: datetime | None, length: timedelta | None
) -> None:
    tracked.server.app.limit_reset = reset
    await tracked.refresh()
    (limit,) = (await tracked.snapshot()).limits
    assert (limit.resets_at, limit.length) == (resets_at, length)


async def test_a_key_without_a_limit_and_one_that_never_paid(tracked: Tracked) -> None:
    tracked.session = Session(tracked.session.account, Secret(FREE_KEY))
    await tracked.refresh()
    shown = await tracked.snapshot()
    assert shown.limits == ()
    assert "limits" not in (shown.can or ())
    assert shown.plan.value is not None
    assert shown.plan.value.label == "Free tier"
    assert metric(shown, "key_expires").value == "never"


async def test_a_limit_of_which_nobody_says_what_is_left_is_not_full_and_not_empty(tracked: Tracked) -> None:
    tracked.server.app.more = {"limit_remaining": None}
    await tracked.refresh()
    (limit,) = (await tracked.snapshot()).limits
    assert (limit.used, limit.spent) == (None, None)


async def test_only_a_management_key_shows_the_balance(tracked: Tracked) -> None:
    await tracked.refresh()
    shown = await tracked.snapshot()
    assert "balance" in shown.not_permitted
    tracked.session = Session(tracked.session.account, Secret(MANAGEMENT_KEY))
    await tracked.refresh()
    shown, app, now = await tracked.snapshot(), tracked.server.app, tracked.server.now
    assert shown.not_permitted == ()
    balance = metric(shown, "balance")
    assert Decimal(balance.value or "") == BOUGHT - app.spent(app.first, now)
    assert balance.headline


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_balance_hides_itself_alone_and_the_last_one_stays(
    tracked: Tracked, status: int
) -> None:
    tracked.session = Session(tracked.session.account, Secret(MANAGEMENT_KEY))
    await tracked.refresh()
    before = metric(await tracked.snapshot(), "balance")
    tracked.server.app.faults.add("/api/v1/credits", status=status)
    tracked.server.now += timedelta(hours=1)
    assert (await tracked.refresh()).failures == {}
    shown = await tracked.snapshot()
    assert shown.not_permitted == ("balance",)
    assert metric(shown, "balance") == before
    assert shown.fetched_at == tracked.server.now


async def test_a_light_look_asks_once_and_keeps_the_balance(tracked: Tracked) -> None:
    tracked.session = Session(tracked.session.account, Secret(MANAGEMENT_KEY))
    await tracked.refresh()
    tracked.server.app.seen.clear()
    await tracked.sync()
    assert [seen.path for seen in tracked.server.app.seen] == ["/api/v1/key"]
    assert metric(await tracked.snapshot(), "balance")


FAULTS = {
    "revoked": ({"status": 401}, SignInNeeded),
    "forbidden": ({"status": 403}, Forbidden),
    "slow down": ({"status": 429, "headers": {"retry-after": "90"}}, RateLimited),
    "down": ({"status": 503}, Unavailable),
    "hotel": ({"html": True}, ProtocolError),
    "cut": ({"cut": True}, ProtocolError),
    "gone": ({"drop": True}, NetworkError),
    "shape": ({"body": {"data": "soon"}}, ProtocolError),
    "number": ({"body": {"data": {"usage": "much"}}}, ProtocolError),
    "bare": ({"body": {"usage": 1}}, ProtocolError),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_an_answer_that_cannot_be_had_changes_no_figure(tracked: Tracked, name: str) -> None:
    fault, error = FAULTS[name]
    await tracked.refresh()
    before, days = await tracked.snapshot(), await tracked.days()
    tracked.server.app.faults.add("/api/v1/key", **fault)
    tracked.server.now += timedelta(hours=1)
    fetched = await tracked.refresh()
    assert isinstance(fetched.failures["key"], error)
    assert fetched.snapshots == {}
    assert (await tracked.snapshot(), await tracked.days()) == (before, days)
    assert KEY not in " ".join(fetched.failures["key"].lines())


async def test_a_bad_day_of_the_credits_is_said_beside_the_balance(tracked: Tracked) -> None:
    tracked.server.app.faults.add("/api/v1/credits", status=500)
    assert (await tracked.refresh()).failures == {}
    shown = await tracked.snapshot()
    assert shown.not_permitted == ()
    assert any(note.startswith("Balance: not updated this time.") for note in shown.notes)


async def test_a_key_is_ended_on_a_page_only(tracked: Tracked) -> None:
    ended = await tracked.provider.revoke(tracked.session, destroy_token=True)
    assert ended.outcome == "impossible"
    assert "openrouter.ai/settings/keys" in ended.message
    assert tracked.server.app.seen == []

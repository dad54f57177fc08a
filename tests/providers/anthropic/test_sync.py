"""Sync is light: alive, existing, limits. The figures keep the time they were fetched."""

from datetime import timedelta

import pytest

from stackk_tui.model.errors import SignInNeeded
from stackk_tui.sandbox.anthropic import ADMIN_KEY
from stackk_tui.sandbox.world import IDS, ORGANIZATION_ID, SpendLimit
from tests.conftest import SandboxServer
from tests.providers.anthropic.helpers import EARLY as NOW
from tests.providers.anthropic.helpers import Tracked, limit

pytestmark = pytest.mark.anyio

ORG, PROD = ORGANIZATION_ID, IDS["production"]


async def test_asks_three_questions_and_changes_no_figure(quick: Tracked, sandbox: SandboxServer) -> None:
    before = await quick.refresh()
    sandbox.seen.clear()
    sandbox.now = NOW + timedelta(minutes=20)
    after = await quick.sync()
    assert sorted(s.path for s in sandbox.seen) == [
        "/v1/organizations/me",
        "/v1/organizations/spend_limits",
        "/v1/organizations/workspaces",
    ]
    assert after.usage == []
    assert after.failures == {}
    assert after.snapshots == before.snapshots, "same figures, same date"


async def test_sees_a_new_cap_and_keeps_what_was_spent_with_its_date(
    quick: Tracked, sandbox: SandboxServer
) -> None:
    old = limit((await quick.refresh()).snapshots[ORG], "spend_month")
    sandbox.world.spend_limits[1] = SpendLimit("spl_new", "360000", "organization")
    sandbox.now = NOW + timedelta(hours=1)
    new = limit((await quick.sync()).snapshots[ORG], "spend_month")
    assert new.used is not None
    assert new.used == pytest.approx((old.used or 0) / 2)
    assert new.spent == old.spent
    assert new.as_of == NOW


async def test_a_new_month_forgets_what_the_old_one_spent(quick: Tracked, sandbox: SandboxServer) -> None:
    await quick.refresh()
    sandbox.now = NOW + timedelta(days=28)
    cap = limit((await quick.sync()).snapshots[ORG], "spend_month")
    assert (cap.used, cap.spent) == (None, None)


async def test_a_cap_that_cannot_be_read_in_a_new_month_does_not_show_the_old_month_s_fill(
    quick: Tracked, sandbox: SandboxServer
) -> None:
    await quick.refresh()
    sandbox.now = NOW + timedelta(days=28)
    sandbox.faults.add("*/spend_limits", status=500)
    kept = limit((await quick.sync()).snapshots[ORG], "spend_month")
    assert (kept.used, kept.spent) == (None, None)
    assert kept.cap is not None
    assert kept.resets_at is not None
    assert kept.resets_at.month == 1


async def test_a_revoked_key_is_noticed(quick: Tracked, sandbox: SandboxServer) -> None:
    await quick.refresh()
    sandbox.app.keys[ADMIN_KEY] = "revoked"
    fetched = await quick.sync()
    assert all(isinstance(e, SignInNeeded) for e in fetched.failures.values())
    assert set(fetched.failures) == {ORG, PROD, IDS["staging"], "default"}


async def test_archiving_is_noticed_once_and_unnoticed_when_undone(
    quick: Tracked, sandbox: SandboxServer
) -> None:
    await quick.refresh()
    sandbox.world.archive(PROD, NOW)
    for _ in range(2):
        notes = (await quick.sync()).snapshots[PROD].notes
        assert notes.count("This workspace was archived on 2026-11-04.") == 1
    sandbox.world.archive(PROD, None)  # type: ignore[arg-type]
    assert not any("archived" in n for n in (await quick.sync()).snapshots[PROD].notes)


async def test_before_any_refresh_it_tells_the_little_it_knows(quick: Tracked) -> None:
    fetched = await quick.sync()
    whole = fetched.snapshots[ORG]
    assert whole.plan.value is not None
    assert limit(whole, "spend_month").used is None
    assert whole.metrics == ()

"""Refresh: right figures, side by side, polite, and never a bad one hurting a good one."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from stackk_tui.model.errors import RateLimited, SignInNeeded
from stackk_tui.model.events import RefreshFailed, RefreshStarted, ServiceRefreshed
from stackk_tui.model.service import Status
from tests.conftest import NOW
from tests.stack.helpers import add, add_custom, open_stack, recorded


def month_cost(view) -> Decimal:
    assert view.month.cost.value is not None
    return view.month.cost.value.amount


def test_an_organization_and_two_of_its_workspaces_count_each_dollar_once(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            signed = await add(stack, "Nimbus Labs", "default", "Production")
            outcomes = await stack.refresh()
            assert [o.how for o in outcomes] == ["fetched"] * 3
            org, default, production = await stack.services([v.service.id for v in signed])
            assert month_cost(org) > month_cost(default) + month_cost(production) > 0
            (part,) = (await stack.total()).parts
            assert (part.amount, part.provenance) == (month_cost(org), "measured")
            await stack.disconnect(org.service.id)
            (part,) = (await stack.total()).parts
            assert part.amount == month_cost(default) + month_cost(production)

    asyncio.run(story())


def test_a_second_refresh_within_minutes_answers_from_the_ledger(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            await add(stack)
            await stack.refresh()
            asked = len(sandbox.seen)
            assert [o.how for o in await stack.refresh()] == ["from-ledger"]
            assert len(sandbox.seen) == asked
            assert [o.how for o in await stack.refresh(force=True)] == ["fetched"]
            assert len(sandbox.seen) > asked
            sandbox.now += timedelta(minutes=6)
            assert [o.how for o in await stack.refresh()] == ["fetched"]

    asyncio.run(story())


def test_a_sync_does_not_stand_for_a_refresh(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (org,) = await add(stack)
            assert [o.how for o in await stack.sync()] == ["fetched"]
            view = await stack.service(org.service.id)
            assert view.month.cost.value is None
            assert view.snapshot is not None
            assert [o.how for o in await stack.refresh()] == ["fetched"]
            assert (await stack.service(org.service.id)).month.cost.value is not None

    asyncio.run(story())


def test_even_by_force_nobody_is_asked_without_end(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            await add(stack)
            outcomes = [(await stack.refresh(force=True))[0].how for _ in range(8)]
            assert outcomes.count("fetched") == 5
            assert outcomes[-1] == "from-ledger"

    asyncio.run(story())


def test_settled_days_are_not_asked_for_again(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (org,) = await add(stack)
            await stack.refresh()
            before = month_cost(await stack.service(org.service.id))
            first = len(sandbox.seen)
            await stack.refresh(force=True)
            again = sandbox.seen[first:]
            starts = {
                v for s in again if s.path.endswith("cost_report") for k, v in s.query if k == "starting_at"
            }
            assert starts == {NOW.strftime("%Y-%m-%dT00:00:00Z")}
            assert month_cost(await stack.service(org.service.id)) == before

    asyncio.run(story())


def test_asking_for_one_service_brings_its_account_up_to_date(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            org, default = await add(stack, "Nimbus Labs", "default")
            outcomes = await stack.refresh([org.service.id])
            assert [o.service_id for o in outcomes] == [org.service.id]
            assert (await stack.service(default.service.id)).snapshot is not None

    asyncio.run(story())


def test_one_bad_service_does_not_hurt_another(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (org,) = await add(stack)
            typed = await add_custom(stack, "Hosting")
            sandbox.app.keys.clear()  # the key is revoked
            events = recorded(stack)
            by_id = {o.service_id: o for o in await stack.refresh()}
            assert by_id[typed.service.id].how == "fetched"
            assert isinstance(by_id[org.service.id].error, SignInNeeded)
            assert (await stack.service(org.service.id)).status is Status.SIGN_IN_NEEDED
            assert ServiceRefreshed(typed.service.id) in events
            assert [e.service_id for e in events if isinstance(e, RefreshFailed)] == [org.service.id]
            assert RefreshStarted(org.service.id) in events

    asyncio.run(story())


def test_a_failed_refresh_keeps_the_last_good_figures_and_heals(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (org,) = await add(stack)
            await stack.refresh()
            good = await stack.service(org.service.id)
            keys = dict(sandbox.app.keys)
            sandbox.app.keys.clear()
            sandbox.now += timedelta(minutes=10)
            await stack.refresh()
            bad = await stack.service(org.service.id)
            assert bad.status is Status.SIGN_IN_NEEDED
            assert bad.service.error is not None
            assert bad.fetched_at == good.fetched_at
            assert month_cost(bad) == month_cost(good)
            assert bad.service.last_synced_at == good.service.last_synced_at
            sandbox.app.keys.update(keys)
            await stack.refresh()
            assert (await stack.service(org.service.id)).status is Status.OK

    asyncio.run(story())


def test_a_first_try_that_fails_speaks_of_no_figures(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (org,) = await add(stack)
            record = await stack._core.tokens.load("anthropic", org.account.id)
            await stack._core.tokens.delete("anthropic", org.account.id)
            (outcome,) = await stack.refresh(force=True)
            assert outcome.error.means == "Nothing was read yet, so no figures are shown."
            await stack._core.tokens.save("anthropic", org.account.id, record)
            await stack.refresh(force=True)
            await stack._core.tokens.delete("anthropic", org.account.id)
            (outcome,) = await stack.refresh(force=True)
            assert outcome.error.means == "The figures shown are the last ones that were read."

    asyncio.run(story())


def test_a_vendor_that_asks_us_to_wait_is_left_alone_until_then(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (org,) = await add(stack)
            sandbox.faults.add(
                "*",
                status=429,
                headers={"retry-after": "1800"},
                body={"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}},
            )
            (outcome,) = await stack.refresh()
            assert isinstance(outcome.error, RateLimited)
            assert outcome.error.retry_at == NOW + timedelta(minutes=30)
            sandbox.faults.clear()
            asked = len(sandbox.seen)
            (outcome,) = await stack.refresh(force=True)
            assert isinstance(outcome.error, RateLimited)
            assert len(sandbox.seen) == asked
            sandbox.now += timedelta(minutes=31)
            assert (await stack.refresh())[0].how == "fetched"
            assert (await stack.service(org.service.id)).status is Status.OK

    asyncio.run(story())


def test_the_next_month_starts_unknown_not_with_last_months_money(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (org,) = await add(stack)
            await stack.refresh()
            sandbox.now = sandbox.now.replace(month=12, day=1, hour=0, minute=10)
            view = await stack.service(org.service.id)
            assert view.month.cost.value is None
            assert view.status is Status.STALE
            assert (await stack.total()).parts == ()
            await stack.refresh()
            view = await stack.service(org.service.id)
            assert view.month.first.month == 12
            assert view.month.cost.value is not None

    asyncio.run(story())


def test_two_copies_of_the_app_ask_once_and_both_have_the_figures(settings, sandbox) -> None:
    async def story() -> None:
        make = settings(**sandbox.env)
        async with open_stack(make, sandbox) as one, open_stack(make, sandbox) as two:
            (org,) = await add(one)
            asked = len(sandbox.seen)
            begun = asyncio.Event()
            one.listen(lambda event: begun.set())
            first = asyncio.create_task(one.refresh())
            await begun.wait()
            assert [o.how for o in await two.refresh()] == ["from-ledger"]
            assert [o.how for o in await first] == ["fetched"]
            assert sum(s.path.endswith("/me") for s in sandbox.seen[asked:]) == 1
            costs = [month_cost(await stack.service(org.service.id)) for stack in (one, two)]
            assert costs[0] == costs[1] > 0

    asyncio.run(story())


def test_a_copy_that_was_killed_holds_nobody_up(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (org,) = await add(stack)
            await stack._core.ledger.claim_fetch(
                org.account.id,
                "refresh",
                sandbox.now,
                interval=None,
                hard_times=9,
                hard_window=timedelta(minutes=5),
            )
            assert [o.how for o in await stack.refresh()] == ["fetched"]

    asyncio.run(story())


def test_what_failed_is_not_called_good_when_it_is_too_soon_to_ask(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            await add(stack)
            sandbox.app.keys.clear()  # the key is revoked
            asked = len(sandbox.seen)
            outcomes = [(await stack.refresh(force=True))[0] for _ in range(8)]
            assert {o.how for o in outcomes} == {"failed"}
            assert all(isinstance(o.error, SignInNeeded) for o in outcomes)
            assert len(sandbox.seen) - asked == 5

    asyncio.run(story())


def test_a_try_without_a_key_does_not_count_as_asking(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (org,) = await add(stack)
            record = await stack._core.tokens.load("anthropic", org.account.id)
            assert record is not None
            await stack._core.tokens.delete("anthropic", org.account.id)
            assert [(await stack.refresh(force=True))[0].how for _ in range(8)] == ["failed"] * 8
            await stack._core.tokens.save("anthropic", org.account.id, record)
            assert [o.how for o in await stack.refresh()] == ["fetched"]

    asyncio.run(story())


def test_a_broken_listener_does_not_stop_a_refresh(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            await add_custom(stack, "Hosting")

            def broken(event: object) -> None:
                raise ZeroDivisionError

            stack.listen(broken)
            assert [o.how for o in await stack.refresh()] == ["fetched"]

    asyncio.run(story())


@pytest.mark.parametrize("days", [7, 30, 90])
def test_history_tells_every_day(settings, sandbox, days) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (org,) = await add(stack)
            await stack.refresh()
            history = await stack.history(org.service.id, days)
            assert len(history.days) == days
            assert set(history.days) <= history.cost_days
            assert history.days[-1] == NOW.date()
            assert any(u.cost for u in history.usage)

    asyncio.run(story())


def test_the_board_is_kept_for_the_next_first_paint(settings, sandbox) -> None:
    from stackk_tui.storage.board_cache import read_board

    async def story() -> None:
        make = settings(**sandbox.env)
        async with open_stack(make, sandbox) as stack:
            await add(stack)
            await stack.refresh()
            board = await stack.board()
            assert read_board(make.paths.ledger) == board
            assert board.rows[0].month_amount is not None
            assert board.totals[0].provenance == "measured"

    asyncio.run(story())


def test_who_insists_too_often_is_told_since_when_and_until_when(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (org,) = await add(stack)
            for minute in range(5):
                sandbox.now = NOW + timedelta(seconds=30 * minute)
                (asked,) = await stack.refresh(force=True)
                assert (asked.how, asked.held) == ("fetched", None)
            sandbox.now = NOW + timedelta(minutes=4)
            (outcome,) = await stack.refresh(force=True)
            assert outcome.how == "from-ledger"
            assert outcome.held is not None
            assert (outcome.held.times, outcome.held.window) == (5, timedelta(minutes=5))
            assert outcome.held.again_at == NOW + timedelta(minutes=5)
            assert [o.held for o in await stack.refresh()] == [None], "nobody insisted"
            sandbox.now = outcome.held.again_at
            assert [o.how for o in await stack.refresh([org.service.id], force=True)] == ["fetched"]

    asyncio.run(story())

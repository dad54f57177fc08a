"""What the ledger promises: nothing twice, nothing lost, nothing half."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from stackk_tui.model.service import Account, ErrorNote, Service, Workspace
from stackk_tui.model.snapshot import Limit, Snapshot
from stackk_tui.model.usage import Tokens, UsageBatch, UsageBucket, UsageSource
from stackk_tui.storage.ledger import Learned, Ledger, Sync

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
ACCOUNT = Account(
    id="acc_1", provider="p", method="admin-key", label="Acme", billing_scope="p:org", created_at=NOW
)


def service(name: str, *, whole: bool = False, **fields) -> Service:
    return Service(
        id=f"svc_{name}",
        account_id="acc_1",
        provider="p",
        name=name,
        workspace=Workspace(id=name, name=name, whole_account=whole),
        category="AI & ML",
        color="#ffffff",
        connected_at=NOW,
        **fields,
    )


ORG = service("org", whole=True)


def cost_bucket(day: date, cost: str, workspace: str = "prod", model: str = "opus") -> UsageBucket:
    return UsageBucket(
        day=day,
        workspace_id=workspace,
        model=model,
        cost=Decimal(cost),
        cost_by_kind={"input": Decimal(cost)},
    )


def batch(*buckets: UsageBucket, days=(YESTERDAY, TODAY), final=(YESTERDAY,), source=UsageSource.COST):
    return UsageBatch(source=source, buckets=buckets, days=days, final_days=frozenset(final))


def run(coroutine):
    return asyncio.run(coroutine)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.db"


async def opened(path: Path) -> Ledger:
    ledger = await Ledger.open(path)
    await ledger.connect(ACCOUNT, [ORG])
    return ledger


def learned(
    *batches: UsageBatch, snapshot: Snapshot | None = None, error: ErrorNote | None = None
) -> Learned:
    return Learned(
        account_id="acc_1",
        usage=list(batches),
        snapshots={ORG.id: snapshot} if snapshot else {},
        synced={ORG.id: Sync(None if error else NOW, error)},
        today=TODAY,
    )


def test_keeping_the_same_answer_twice_changes_nothing(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        answer = learned(batch(cost_bucket(TODAY, "1.25"), cost_bucket(YESTERDAY, "2")))
        await ledger.keep(answer)
        once = await ledger.span("acc_1", None, YESTERDAY, TODAY)
        await ledger.keep(answer)
        assert await ledger.span("acc_1", None, YESTERDAY, TODAY) == once
        assert [u.cost for u in once.usage] == [Decimal(2), Decimal("1.25")]
        await ledger.close()

    run(story())


def test_a_later_answer_replaces_a_days_figures_and_drops_what_is_gone(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        await ledger.keep(learned(batch(cost_bucket(TODAY, "1"), cost_bucket(TODAY, "5", model="haiku"))))
        await ledger.keep(learned(batch(cost_bucket(TODAY, "3"), days=(TODAY,), final=())))
        found = await ledger.span("acc_1", None, TODAY, TODAY)
        assert [(u.model, u.cost) for u in found.usage] == [("opus", Decimal(3))]
        await ledger.close()

    run(story())


def test_money_and_tokens_of_one_day_meet_in_one_row(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        tokens = UsageBucket(
            day=TODAY, workspace_id="prod", model="opus", tokens=Tokens(input=7, cache_read=3)
        )
        report = UsageBucket(
            day=TODAY, workspace_id="prod", model="opus", tokens=Tokens(input=99), cost=Decimal(9)
        )
        await ledger.keep(
            learned(
                batch(cost_bucket(TODAY, "0.1"), cost_bucket(TODAY, "0.2", workspace="dev")),
                batch(tokens, source=UsageSource.USAGE),
                batch(report, source=UsageSource.CLAUDE_CODE_REPORT),
            )
        )
        whole = await ledger.span("acc_1", None, TODAY, TODAY)
        assert [(u.tokens, u.cost) for u in whole.usage] == [(Tokens(input=7, cache_read=3), Decimal("0.3"))]
        assert whole.usage[0].cost_by_kind == {"input": Decimal("0.3")}
        prod = await ledger.span("acc_1", "prod", TODAY, TODAY)
        assert prod.usage[0].cost == Decimal("0.1")
        await ledger.close()

    run(story())


def test_settled_days_and_their_cost_are_remembered(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        await ledger.keep(learned(batch(cost_bucket(TODAY, "1"), cost_bucket(YESTERDAY, "2.5"))))
        assert await ledger.final_days("acc_1") == {UsageSource.COST: frozenset({YESTERDAY})}
        assert await ledger.settled_cost("acc_1", TODAY.replace(day=1)) == {"prod": Decimal("2.5")}
        await ledger.close()

    run(story())


def test_a_batch_for_all_days_knows_every_day_from_its_first_to_today(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        first = TODAY - timedelta(days=3)
        await ledger.keep(learned(batch(cost_bucket(first, "1"), days=None, source=UsageSource.LOCAL)))
        await ledger.keep(learned(batch(cost_bucket(first, "2"), days=None, source=UsageSource.LOCAL)))
        found = await ledger.span("acc_1", None, first - timedelta(days=2), TODAY)
        assert [u.cost for u in found.usage] == [Decimal(2)]
        assert len(found.known[UsageSource.LOCAL]) == 4
        await ledger.close()

    run(story())


def test_a_failure_keeps_the_last_snapshot_and_the_time_of_the_last_contact(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        await ledger.keep(learned(snapshot=Snapshot(fetched_at=NOW)))
        note = ErrorNote(code="network", message="no route", happened_at=NOW)
        await ledger.keep(learned(error=note))
        (kept,) = await ledger.services()
        assert kept.error == note
        assert kept.last_synced_at == NOW
        assert (await ledger.snapshots())[ORG.id].fetched_at == NOW
        await ledger.close()

    run(story())


def test_what_was_typed_during_a_fetch_is_not_overwritten_by_it(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        answer = learned(snapshot=Snapshot(fetched_at=NOW))
        await ledger.put_services([ORG.model_copy(update={"name": "typed meanwhile"})])
        await ledger.keep(answer)
        assert (await ledger.services())[0].name == "typed meanwhile"
        await ledger.close()

    run(story())


def test_a_service_disconnected_during_a_fetch_stays_disconnected(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        await ledger.disconnect(ORG.model_copy(update={"connected": False}))
        await ledger.keep(learned(batch(cost_bucket(TODAY, "1")), snapshot=Snapshot(fetched_at=NOW)))
        assert not (await ledger.services())[0].connected
        assert await ledger.snapshots() == {}
        assert (await ledger.span("acc_1", None, TODAY, TODAY)).usage == ()
        await ledger.close()

    run(story())


def test_disconnecting_keeps_the_history_and_purging_drops_it(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        await ledger.keep(learned(batch(cost_bucket(TODAY, "1")), snapshot=Snapshot(fetched_at=NOW)))
        gone = ORG.model_copy(update={"connected": False})
        await ledger.disconnect(gone)
        assert len((await ledger.span("acc_1", None, TODAY, TODAY)).usage) == 1
        await ledger.purge(gone)
        assert await ledger.services() == []
        assert await ledger.accounts() == {}
        assert (await ledger.span("acc_1", None, TODAY, TODAY)).usage == ()
        await ledger.close()

    run(story())


def test_every_limit_sample_is_kept(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        for n, used in enumerate((0.1, 0.2, 0.2)):
            at = NOW + timedelta(minutes=n)
            limit = Limit(id="five_hour", label="5-hour window", used=used)
            await ledger.keep(learned(snapshot=Snapshot(fetched_at=at, limits=(limit,))))
        assert (await ledger.sizes())["limit_sample"] == 3
        await ledger.close()

    run(story())


MINUTE = timedelta(minutes=1)


def claim(ledger: Ledger, now: datetime, *, interval: timedelta | None = 5 * MINUTE, times: int = 3):
    return ledger.claim_fetch(
        "acc_1", "refresh", now, interval=interval, hard_times=times, hard_window=5 * MINUTE
    )


def test_a_fetch_is_claimed_once_and_not_too_soon(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        first = await claim(ledger, NOW)
        assert first is not None
        assert await claim(ledger, NOW, interval=None) is None, "one is under way"
        await ledger.end_fetch(first, "good")
        assert await claim(ledger, NOW + MINUTE) is None, "within the interval"
        assert await claim(ledger, NOW + MINUTE, interval=None) is not None, "the person insists"
        assert await claim(ledger, NOW + 10 * MINUTE) is not None
        await ledger.close()

    run(story())


def test_a_failed_fetch_may_be_tried_again_but_not_without_end(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        for n in range(3):
            number = await claim(ledger, NOW + timedelta(seconds=n))
            assert number is not None
            await ledger.end_fetch(number, "failed")
        assert await claim(ledger, NOW + timedelta(seconds=5), interval=None) is None
        assert await claim(ledger, NOW + 6 * MINUTE) is not None
        await ledger.close()

    run(story())


def test_a_clock_that_was_set_back_does_not_block_fetching(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        number = await claim(ledger, NOW)
        assert number is not None
        await ledger.end_fetch(number, "good")
        assert await claim(ledger, NOW - timedelta(days=1)) is not None
        await ledger.close()

    run(story())


def test_a_killed_fetch_does_not_block_the_next_for_long(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        assert await claim(ledger, NOW) is not None
        assert await claim(ledger, NOW + MINUTE) is not None
        await ledger.close()

    run(story())


def test_of_two_open_copies_one_fetches(path: Path) -> None:
    async def story() -> None:
        one, two = await opened(path), await Ledger.open(path)
        claims = await asyncio.gather(*(claim(ledger, NOW) for ledger in (one, two)))
        assert sum(number is not None for number in claims) == 1
        await one.close()
        await two.close()

    run(story())


def requests_of(workspace: str, day: date, count: int) -> UsageBucket:
    return UsageBucket(day=day, workspace_id=workspace, model="rest", requests=count)


def test_a_batch_of_one_workspace_leaves_the_others_alone(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)

        def of(workspace: str, *buckets: UsageBucket, days, final=()) -> UsageBatch:
            made = batch(*buckets, days=days, final=final, source=UsageSource.USAGE)
            return made.model_copy(update={"workspaces": (workspace,)})

        await ledger.keep(
            learned(
                of("a", requests_of("a", YESTERDAY, 5), days=(YESTERDAY, TODAY), final=(YESTERDAY,)),
                of("b", requests_of("b", TODAY, 7), requests_of("a", TODAY, 99), days=(TODAY,)),
            )
        )
        again = of("a", requests_of("a", YESTERDAY, 1), requests_of("a", TODAY, 2), days=(YESTERDAY, TODAY))
        await ledger.keep(learned(again))
        first = await ledger.span("acc_1", "a", YESTERDAY, TODAY)
        assert [(u.day, u.requests) for u in first.usage] == [(YESTERDAY, 5), (TODAY, 2)]
        assert first.known[UsageSource.USAGE] == {YESTERDAY, TODAY}
        second = await ledger.span("acc_1", "b", YESTERDAY, TODAY)
        assert [(u.day, u.requests) for u in second.usage] == [(TODAY, 7)]
        assert second.known[UsageSource.USAGE] == {TODAY}, "nobody asked for its yesterday"
        assert (await ledger.span("acc_1", None, YESTERDAY, TODAY)).known == {}
        assert await ledger.final_days("acc_1") == {}
        await ledger.close()

    run(story())

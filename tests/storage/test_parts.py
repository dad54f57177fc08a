"""What the ledger keeps of keys and the like: nothing twice, gone with the account, and an older file keeps all."""

import asyncio
import sqlite3
from collections.abc import Coroutine
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest

from stackk_tui.model.usage import Tokens, UsageSource
from stackk_tui.model.usage_parts import PartsBatch, UsagePart
from stackk_tui.storage import schema
from stackk_tui.storage.ledger import Learned, Ledger
from stackk_tui.storage.part_rows import KnownParts, final_parts, parts
from tests.storage.test_ledger import ORG, TODAY, YESTERDAY, batch, cost_bucket, learned, opened

T = TypeVar("T")
PLACE = ("acc_1", None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.db"


def run(coroutine: Coroutine[object, object, T]) -> T:
    return asyncio.run(coroutine)


def used(day: date, part: str, tokens: int, workspace: str = "prod") -> UsagePart:
    return UsagePart(
        day=day,
        workspace_id=workspace,
        model="opus",
        part=part,
        tokens=Tokens(input=tokens, output=1, cache_write_5m=2, cache_write_1h=3, cache_read=4),
        web_searches=5,
    )


def of_keys(*found: UsagePart, days: tuple[date, ...] = (YESTERDAY, TODAY), **names: str) -> Learned:
    shares = PartsBatch(
        kind="key", parts=found, days=days, final_days=frozenset({YESTERDAY} & set(days)), names=names
    )
    return Learned(account_id="acc_1", parts=[shares], today=TODAY)


async def known(ledger: Ledger, workspace: str | None = None) -> KnownParts:
    return await ledger.parts(("acc_1", workspace), "key", YESTERDAY, TODAY)


def test_parts_are_kept_exactly_and_twice_is_once(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        answer = of_keys(used(YESTERDAY, "k1", 7), used(TODAY, "k2", 8, "staging"), k1="api", k2="ci")
        await ledger.keep(answer)
        await ledger.keep(answer)
        found = await known(ledger)
        assert found.parts == (used(YESTERDAY, "k1", 7), used(TODAY, "k2", 8, "staging"))
        assert found.days == {YESTERDAY, TODAY}
        assert found.names == {"k1": "api", "k2": "ci"}
        assert (await known(ledger, "staging")).parts == (used(TODAY, "k2", 8, "staging"),)
        assert await ledger.final_parts("acc_1") == {"key": {YESTERDAY}}
        await ledger.close()

    run(story())


def test_a_later_answer_replaces_its_days_and_a_name_that_is_not_told_stays(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        await ledger.keep(of_keys(used(YESTERDAY, "k1", 7), used(TODAY, "k1", 8), k1="api"))
        await ledger.keep(of_keys(used(TODAY, "k2", 9), days=(TODAY,), k2="ci"))
        found = await known(ledger)
        assert found.parts == (used(YESTERDAY, "k1", 7), used(TODAY, "k2", 9))
        assert found.names == {"k1": "api", "k2": "ci"}
        await ledger.close()

    run(story())


def test_parts_are_in_no_sum(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        await ledger.keep(learned(batch(cost_bucket(TODAY, "1.25"))))
        before = await ledger.span("acc_1", None, YESTERDAY, TODAY)
        await ledger.keep(of_keys(used(TODAY, "k1", 8)))
        assert await ledger.span("acc_1", None, YESTERDAY, TODAY) == before
        assert await ledger.final_days("acc_1") == {UsageSource.COST: {YESTERDAY}}
        await ledger.close()

    run(story())


def test_disconnecting_keeps_them_and_purging_drops_them_with_their_names(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        await ledger.keep(of_keys(used(TODAY, "k1", 8), k1="nimbus-worker"))
        gone = ORG.model_copy(update={"connected": False})
        await ledger.disconnect(gone)
        assert len((await known(ledger)).parts) == 1
        await ledger.purge(gone)
        assert await known(ledger) == KnownParts()
        await ledger.close()

    run(story())
    with sqlite3.connect(path) as left:
        for table in ("usage_part", "part_day", "part_name"):
            assert left.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)
    left.close()


def test_what_is_fetched_for_an_account_that_is_gone_is_not_kept(path: Path) -> None:
    async def story() -> None:
        ledger = await opened(path)
        await ledger.disconnect(ORG.model_copy(update={"connected": False}))
        await ledger.keep(of_keys(used(TODAY, "k1", 8), k1="api"))
        assert await known(ledger) == KnownParts()
        await ledger.close()

    run(story())


def version_4(path: Path) -> None:
    """A ledger as the version before wrote it, with a day's cost."""

    async def filled() -> None:
        ledger = await opened(path)
        await ledger.keep(learned(batch(cost_bucket(TODAY, "1.5"), cost_bucket(YESTERDAY, "2"))))
        await ledger.close()

    run(filled())
    with sqlite3.connect(path) as older:
        for table in ("usage_part", "part_day", "part_name"):
            older.execute(f"DROP TABLE {table}")
        older.execute("PRAGMA user_version = 4")
    older.close()


def test_a_ledger_without_parts_is_migrated_and_keeps_everything(path: Path) -> None:
    version_4(path)
    with sqlite3.connect(path) as older:
        tables = [name for (name,) in older.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        before = {name: older.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    older.close()

    async def story() -> None:
        ledger = await Ledger.open(path)
        assert await ledger.final_parts("acc_1") == {"key": frozenset()}
        assert await known(ledger) == KnownParts()
        await ledger.keep(of_keys(used(TODAY, "k1", 8)))
        assert len((await known(ledger)).parts) == 1
        await ledger.close()

    assert before["usage_bucket"]
    run(story())
    assert path.with_name("ledger.db.v4.bak").exists()
    with sqlite3.connect(path) as newer:
        assert schema.version_of(newer) == schema.CURRENT
        assert {name: newer.execute(f"SELECT * FROM {name}").fetchall() for name in tables} == before
    newer.close()


def test_an_older_ledger_that_cannot_be_written_knows_no_parts(path: Path) -> None:
    version_4(path)
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as older:
        assert parts(older, PLACE, "key", YESTERDAY, TODAY) == KnownParts()
        assert final_parts(older, "acc_1") == {}
    older.close()

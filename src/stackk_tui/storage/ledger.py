"""Everything we keep but secrets: services, snapshots and usage, for ever, in one SQLite file.

All methods run on the ledger's own thread, each in one transaction, and raise StorageError.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from sqlite3 import Connection

from stackk_tui.model.board import Board
from stackk_tui.model.budget import Budget
from stackk_tui.model.series import DaySums
from stackk_tui.model.service import Account, ErrorNote, Service
from stackk_tui.model.snapshot import LimitSample, Snapshot
from stackk_tui.model.usage import UsageBatch, UsageSource
from stackk_tui.model.usage_parts import PartKind, PartsBatch
from stackk_tui.model.view import DayUsage
from stackk_tui.storage import (
    budget_rows,
    limit_rows,
    part_rows,
    series_rows,
    service_rows,
    setting_rows,
    usage_rows,
)
from stackk_tui.storage.alert_book import AlertBook
from stackk_tui.storage.board_cache import write_board
from stackk_tui.storage.database import Database
from stackk_tui.storage.service_rows import FetchDepth, FetchOutcome


@dataclass(frozen=True, slots=True)
class Span:
    """A workspace's usage between two days: what was used, and which days each source has spoken of."""

    usage: tuple[DayUsage, ...]
    known: Mapping[UsageSource, frozenset[date]]
    currency: str


@dataclass(frozen=True, slots=True)
class Sync:
    """How a service's last contact went. `at` None leaves the time of the last good one."""

    at: datetime | None
    error: ErrorNote | None


@dataclass(slots=True)
class Learned:
    """What one fetch of an account changes, written together."""

    account_id: str
    fetch: int | None = None
    outcome: FetchOutcome = "good"
    synced: dict[str, Sync] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    samples: dict[str, list[LimitSample]] = field(default_factory=dict)
    """By service id: how full its windows were at earlier moments."""
    usage: list[UsageBatch] = field(default_factory=list)
    parts: list[PartsBatch] = field(default_factory=list)
    today: date = date.min


class Ledger:
    """Open with `await Ledger.open(path)`; raises LedgerTooNew, StorageError."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.alerts = AlertBook(database)

    @classmethod
    async def open(cls, path: Path) -> "Ledger":
        return cls(await Database.open(path))

    @property
    def read_only(self) -> bool:
        """True on a disk that cannot be written: what was known is still shown."""
        return self._db.read_only

    async def close(self) -> None:
        await self._db.close()

    # services
    async def accounts(self) -> dict[str, Account]:
        return {account.id: account for account in await self._db.run(service_rows.accounts)}

    async def services(self) -> list[Service]:
        return await self._db.run(service_rows.services)

    async def snapshots(self) -> dict[str, Snapshot]:
        return await self._db.run(service_rows.snapshots)

    async def connect(self, account: Account, services: Iterable[Service]) -> None:
        """Keeps an account with newly tracked services."""
        await self._db.run(_connect, account, list(services))

    async def put_services(self, services: Iterable[Service]) -> None:
        await self._db.run(_put_services, list(services))

    async def disconnect(self, service: Service) -> None:
        """Keeps the row and the history; drops the cached snapshot."""
        await self._db.run(_disconnect, service)

    async def purge(self, service: Service) -> None:
        await self._db.run(service_rows.purge, service)

    # fetching
    async def claim_fetch(
        self,
        account_id: str,
        depth: FetchDepth,
        now: datetime,
        *,
        interval: timedelta | None,
        hard_times: int,
        hard_window: timedelta,
        alone: bool = False,
    ) -> int | None:
        """Gives a number to end the fetch with, or None when none may begin now."""
        return await self._db.run(
            service_rows.claim_fetch,
            account_id,
            depth,
            now,
            interval=interval,
            hard_times=hard_times,
            hard_window=hard_window,
            alone=alone,
        )

    async def next_fetch(
        self, account_id: str, now: datetime, *, hard_times: int, hard_window: timedelta
    ) -> datetime | None:
        """Gives when the hard limit lets an account be asked again; None when it does already."""
        return await self._db.run(
            service_rows.next_fetch, account_id, now, hard_times=hard_times, hard_window=hard_window
        )

    async def end_fetch(self, number: int, outcome: FetchOutcome) -> None:
        await self._db.run(service_rows.end_fetch, number, outcome)

    async def keep(self, learned: Learned) -> None:
        """Writes all that a fetch learned, or nothing."""
        await self._db.run(_keep, learned)

    # usage
    async def final_days(self, account_id: str) -> dict[UsageSource, frozenset[date]]:
        return await self._db.run(usage_rows.final_days, account_id)

    async def final_parts(self, account_id: str) -> dict[PartKind, frozenset[date]]:
        """Gives the days whose parts are settled, by kind."""
        return await self._db.run(part_rows.final_parts, account_id)

    async def settled_cost(self, account_id: str, first: date) -> dict[str, Decimal]:
        return await self._db.run(usage_rows.settled_cost, account_id, first)

    async def span(self, account_id: str, workspace_id: str | None, first: date, last: date) -> Span:
        """Gives usage of `first` to `last` inclusive; workspace None is the whole account."""
        return await self._db.run(_span, account_id, workspace_id, first, last)

    # limits; before `all_since` only the fullest reading of each hour
    async def recent_samples(
        self, wanted: Sequence[limit_rows.Wanted], all_since: datetime
    ) -> limit_rows.Found:
        """Gives readings of windows, each since its own moment, oldest first."""
        return await self._db.run(limit_rows.recent_samples, wanted, all_since) if wanted else {}

    async def limit_history(self, service_id: str, since: datetime, all_since: datetime) -> limit_rows.Found:
        """Gives all readings of a service's windows, oldest first."""
        return await self._db.run(limit_rows.limit_history, service_id, since, all_since)

    # budgets, and sums for what is to come
    async def budgets(self) -> list[Budget]:
        return await self._db.run(budget_rows.budgets)

    async def put_budget(self, budget: Budget) -> Budget:
        """Keeps it in place of one for the same, and gives it as it is kept."""
        return await self._db.run(budget_rows.put_budget, budget)

    async def remove_budget(self, budget_id: str) -> bool:
        """Says whether there was one."""
        return await self._db.run(budget_rows.remove_budget, budget_id)

    async def day_sums(
        self,
        places: Sequence[series_rows.Place],
        first: date,
        last: date,
        *,
        source: UsageSource | None = None,
    ) -> dict[series_rows.Place, DaySums]:
        """Gives the days of several accounts or workspaces, both ends inclusive; of one source by itself."""
        return await self._db.run(series_rows.day_sums, places, first, last, source=source)

    async def day_parts(
        self, place: series_rows.Place, first: date, last: date, *, source: UsageSource | None = None
    ) -> list[tuple[date, str, str, Decimal | None, int | None]]:
        """Gives (day, workspace, model, cost, tokens) by row; of the added sources unless one is named."""
        return await self._db.run(series_rows.day_parts, place, first, last, source=source)

    async def parts(
        self, place: series_rows.Place, kind: PartKind, first: date, last: date
    ) -> part_rows.KnownParts:
        """Gives what each part used, between two days inclusive."""
        return await self._db.run(part_rows.parts, place, kind, first, last)

    async def bills(
        self, place: series_rows.Place, first: date, last: date
    ) -> list[tuple[date, str, str, Decimal, dict[str, Decimal]]]:
        """Gives (day, workspace, model, cost, cost by kind) of every billed row, in whole units."""
        return await self._db.run(part_rows.bills, place, first, last)

    async def known_of(
        self, account_id: str, source: UsageSource, first: date, last: date
    ) -> dict[date, bool]:
        """Gives the days one source has spoken of, each with whether it is settled."""
        return await self._db.run(series_rows.known_of, account_id, source, first, last)

    # the board and the rest
    async def keep_board(self, board: Board) -> None:
        await self._db.run(write_board, board)

    async def setting(self, name: str) -> str | None:
        """Gives what a person chose in the app; None when nothing was."""
        return await self._db.run(setting_rows.setting, name)

    async def put_setting(self, name: str, value: str) -> None:
        await self._db.run(setting_rows.put_setting, name, value)

    async def sizes(self) -> Mapping[str, int]:
        return await self._db.run(service_rows.sizes)


def _connect(connection: Connection, account: Account, services: Sequence[Service]) -> None:
    service_rows.put_account(connection, account)
    service_rows.forget_fetches(connection, account.id)
    _put_services(connection, services)


def _put_services(connection: Connection, services: Sequence[Service]) -> None:
    for service in services:
        service_rows.put_service(connection, service)


def _disconnect(connection: Connection, service: Service) -> None:
    service_rows.put_service(connection, service)
    service_rows.drop_snapshot(connection, service.id)


def _keep(connection: Connection, learned: Learned) -> None:
    # what was disconnected or edited while it was being fetched stays so
    services = {s.id: s for s in service_rows.services(connection) if s.connected}
    for service_id in services.keys() & learned.synced.keys():
        sync, service = learned.synced[service_id], services[service_id]
        changed = {"last_synced_at": sync.at or service.last_synced_at, "error": sync.error}
        service_rows.put_service(connection, service.model_copy(update=changed))
    for service_id in services.keys() & learned.snapshots.keys():
        service_rows.put_snapshot(connection, service_id, learned.snapshots[service_id])
    for service_id in services.keys() & learned.samples.keys():
        limit_rows.put_samples(connection, service_id, learned.samples[service_id])
    tracked = any(service.account_id == learned.account_id for service in services.values())
    for batch in learned.usage if tracked else ():
        usage_rows.put_batch(connection, learned.account_id, batch, learned.today)
    for shares in learned.parts if tracked else ():
        part_rows.put_parts(connection, learned.account_id, shares)
    if learned.today > date.min:
        limit_rows.thin_out(connection, learned.today)
    if learned.fetch is not None:
        service_rows.end_fetch(connection, learned.fetch, learned.outcome)


def _span(connection: Connection, account_id: str, workspace_id: str | None, first: date, last: date) -> Span:
    return Span(
        usage=tuple(usage_rows.day_usage(connection, account_id, workspace_id, first, last)),
        known=usage_rows.known_days(connection, account_id, workspace_id, first, last),
        currency=usage_rows.currency_of(connection, account_id),
    )

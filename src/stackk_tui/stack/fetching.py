"""Sync and refresh: many accounts side by side, one fetch each, and a bad one hurts no other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta

from stackk_tui.model.errors import ProtocolError, RateLimited, StackkError, StorageError, TimedOut
from stackk_tui.model.events import RefreshFailed, RefreshStarted, ServiceRefreshed
from stackk_tui.model.service import Service
from stackk_tui.providers.base import Fetched, Session
from stackk_tui.stack.core import Core, log
from stackk_tui.stack.hearing import hear, known_of, today_of
from stackk_tui.stack.notes import error_of, note_of
from stackk_tui.stack.values import Held, Outcome
from stackk_tui.storage.ledger import Learned, Sync
from stackk_tui.storage.locks import lock_if_free
from stackk_tui.storage.service_rows import FetchDepth as Depth

AT_ONCE = 8
WAIT_SECONDS = 30.0
"""The longest to wait for another copy of this program that is asking for the same account."""
ANOTHERS = timedelta(seconds=1)
"""Who waited longer than this waited for another copy, which began at most this much earlier or later."""
ACCOUNT_SECONDS = 180.0
"""The longest that one account may take; each of its requests has its own, shorter, limit."""
_LAST_ONES = "The figures shown are the last ones that were read."
_NOTHING_YET = "Nothing was read yet, so no figures are shown."


class Fetching:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._room = asyncio.Semaphore(AT_ONCE)
        self._locks: dict[str, asyncio.Lock] = {}

    async def fetch(self, depth: Depth, services: Sequence[Service], *, force: bool) -> list[Outcome]:
        """Gives one outcome per service, in their order.

        An account is asked once for all of its tracked services, also when only one of them is wanted: it
        costs the vendor the same, and none is left behind.
        """
        wanted = {service.account_id for service in services}
        accounts: dict[str, list[Service]] = {}
        for service in await self._core.services():
            if service.connected and service.account_id in wanted:
                accounts.setdefault(service.account_id, []).append(service)
        done = await asyncio.gather(*(self._account(depth, a, own, force) for a, own in accounts.items()))
        by_id = {outcome.service_id: outcome for outcomes in done for outcome in outcomes}
        return [by_id[service.id] for service in services if service.id in by_id]

    async def _account(
        self, depth: Depth, account_id: str, services: list[Service], force: bool
    ) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with self.turn(account_id) as alone, self._room:
            services = await self._as_they_are_now(services)
            waited = timedelta(seconds=loop.time() - began)
            if waiting := _asked_to_wait(services, self._core.clock(), force=force):
                await self._hear(account_id, services)
                return self._failed(services, waiting)
            try:
                number = await self._claim(
                    depth, account_id, services, force=force, alone=alone, waited=waited
                )
            except StorageError as error:
                return self._failed(services, error)
            if number is None:
                await self._hear(account_id, services)
                held = await self._held(account_id, services) if force and waited <= ANOTHERS else None
                return [_from_ledger(service, held) for service in services]
            for service in services:
                self._core.tell(RefreshStarted(service.id))
            return await self._fetch(depth, account_id, services, number, insisted=force)

    @asynccontextmanager
    async def turn(self, account_id: str) -> AsyncIterator[bool]:
        """Holds an account for the block, here and against other copies of this program; False if one of
        those did not let go of it in time."""
        lock = self._core.settings.paths.data / f"fetch-{account_id}.lock"
        async with (
            self._locks.setdefault(account_id, asyncio.Lock()),
            lock_if_free(lock, WAIT_SECONDS) as alone,
        ):
            yield alone

    async def _hear(self, account_id: str, services: list[Service]) -> None:
        """Takes in what happened on this machine although the vendor is not asked now."""
        try:
            news = await hear(self._core, account_id, services) if services else []
        except Exception as error:  # noqa: BLE001  the figures there are stay as they are
            log.info("nothing was heard of %s: %s", account_id, type(error).__name__)
        else:
            for service_id in news:
                self._core.tell(ServiceRefreshed(service_id))

    async def _as_they_are_now(self, services: Sequence[Service]) -> list[Service]:
        """Another copy of this program may have been at it while we waited for our turn."""
        now = {service.id: service for service in await self._core.services()}
        return [now[service.id] for service in services if service.id in now]

    async def _claim(
        self,
        depth: Depth,
        account_id: str,
        services: list[Service],
        *,
        force: bool,
        alone: bool,
        waited: timedelta,
    ) -> int | None:
        pace = self._core.providers.get(services[0].provider).pace
        snapshots = await self._core.ledger.snapshots()
        interval: timedelta | None = pace.interval
        if force or depth == "sync" or any(s.error or s.id not in snapshots for s in services):
            # what another copy fetched while we waited for it is as fresh as what we would get
            interval = waited + ANOTHERS if waited > ANOTHERS else None
        return await self._core.ledger.claim_fetch(
            account_id,
            depth,
            self._core.clock(),
            interval=interval,
            hard_times=pace.hard_times,
            hard_window=pace.hard_window,
            alone=alone,
        )

    async def _held(self, account_id: str, services: list[Service]) -> Held | None:
        """Gives the hard limit that was reached, or None when it was not for that."""
        pace, now = self._core.providers.get(services[0].provider).pace, self._core.clock()
        times, window = pace.hard_times, pace.hard_window
        again_at = await self._core.ledger.next_fetch(account_id, now, hard_times=times, hard_window=window)
        return Held(times, window, again_at) if again_at is not None else None

    async def _fetch(
        self, depth: Depth, account_id: str, services: list[Service], number: int, *, insisted: bool
    ) -> list[Outcome]:
        fetched, error = Fetched(), None
        session: Session | None = None
        try:
            session = await self._core.session(await self._core.account(account_id))
            fetched = await self._ask(depth, session, services, insisted=insisted)
        except StackkError as raised:
            error = raised
        except TimeoutError:
            error = TimedOut(
                f"{services[0].name} took more than {ACCOUNT_SECONDS:.0f} seconds to answer.",
                _LAST_ONES,
                "Try again later with r.",
            )
        except Exception as bug:  # noqa: BLE001  a provider's bug must not take the others down
            log.warning(
                "the provider of %s failed: %s", services[0].provider, type(bug).__name__, exc_info=bug
            )
            error = ProtocolError(
                f"{services[0].name} could not be read: an internal error ({type(bug).__name__}).",
                _LAST_ONES,
                "Please report it; stackk-tui doctor says what to add.",
            )
        if error is not None:
            fetched = Fetched(failures={s.workspace.id: error for s in services})
        return await self._keep(account_id, services, number, fetched, asked=session is not None)

    async def _ask(
        self, depth: Depth, session: Session, services: list[Service], *, insisted: bool
    ) -> Fetched:
        provider = self._core.providers.get(session.account.provider)
        known = replace(await known_of(self._core, session.account.id, services), insisted=insisted)
        async with asyncio.timeout(ACCOUNT_SECONDS):
            if depth == "sync":
                return await provider.sync(session, services, known)
            return await provider.refresh(session, services, known)

    async def _keep(
        self, account_id: str, services: list[Service], number: int, fetched: Fetched, *, asked: bool
    ) -> list[Outcome]:
        now = self._core.clock()
        learned = Learned(
            account_id=account_id,
            fetch=number,
            outcome="unasked" if not asked else "failed" if fetched.failures else "good",
            usage=fetched.usage,
            parts=fetched.parts,
            today=today_of(fetched, now),
        )
        if fetched.failures:
            await self._say_if_nothing_was_read(services, fetched)
        for service in services:
            error = fetched.failures.get(service.workspace.id)
            learned.synced[service.id] = Sync(
                at=None if error else now, error=note_of(error, now) if error else None
            )
            if snapshot := fetched.snapshots.get(service.workspace.id):
                learned.snapshots[service.id] = snapshot
            if samples := fetched.samples.get(service.workspace.id):
                learned.samples[service.id] = samples
        try:
            await self._core.ledger.keep(learned)
        except StorageError as error:
            return self._failed(services, error)
        return [self._outcome(service, fetched) for service in services]

    async def _say_if_nothing_was_read(self, services: list[Service], fetched: Fetched) -> None:
        """A failure's words are for whom figures are shown; after a first try there are none."""
        read = await self._core.ledger.snapshots()
        for service in services:
            name = service.workspace.id
            error = fetched.failures.get(name)
            if error is not None and service.id not in read and name not in fetched.snapshots:
                fetched.failures[name] = error = copy(error)
                error.means = error.means.replace(_LAST_ONES, _NOTHING_YET)

    def _outcome(self, service: Service, fetched: Fetched) -> Outcome:
        error = fetched.failures.get(service.workspace.id)
        if error:
            self._core.tell(RefreshFailed(service.id, error))
            return Outcome(service.id, "failed", error)
        self._core.tell(ServiceRefreshed(service.id))
        return Outcome(service.id, "fetched")

    def _failed(self, services: list[Service], error: StackkError) -> list[Outcome]:
        for service in services:
            self._core.tell(RefreshFailed(service.id, error))
        return [Outcome(service.id, "failed", error) for service in services]


def _from_ledger(service: Service, held: Held | None) -> Outcome:
    """Nothing was asked; a service whose last fetch failed is not called good for that.

    A person who insisted and repaired it meanwhile is told that this is the failure of before.
    """
    if service.error is None:
        return Outcome(service.id, "from-ledger", held=held)
    error = error_of(service.error)
    if held is not None:
        wait = f"Wait {held.window.total_seconds() / 60:.0f} minutes."
        error.next_step = f"That was the last time: it was not asked again, so often just now. {wait}"
    return Outcome(service.id, "failed", error, held)


def _asked_to_wait(services: Sequence[Service], now: datetime, *, force: bool) -> StackkError | None:
    """Gives the error that says when to come back, while that holds. A clock that was set back voids it.

    A person may insist, except against the vendor's own request to wait.
    """
    for service in services:
        note = service.error
        if note is None or note.retry_at is None or (force and note.code != RateLimited.code):
            continue
        if note.happened_at <= now < note.retry_at:
            return error_of(note)
    return None

"""Claude Code on this machine as a provider: no credential, no network, only files of this machine."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from threading import Event
from typing import TypeVar

from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import InvalidInput, ProviderError, StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Service, Workspace
from stackk_tui.model.snapshot import Metric, Snapshot
from stackk_tui.model.usage import UsageBatch
from stackk_tui.model.usage_report import LiveUsage, UsageQuery, UsageReport
from stackk_tui.providers.base import (
    Fetched,
    Finding,
    Identity,
    Known,
    Pace,
    ProviderContext,
    ProviderInfo,
    Revocation,
    Session,
)
from stackk_tui.providers.claude_code.findings import LOCAL, find_all
from stackk_tui.providers.claude_code.giving import Giving
from stackk_tui.providers.claude_code.info import CLAUDE_CODE
from stackk_tui.providers.claude_code.keeping import cleanup_notes
from stackk_tui.providers.claude_code.listing import list_transcripts
from stackk_tui.providers.claude_code.live import live_usage
from stackk_tui.providers.claude_code.roots import Account, Roots, find_roots
from stackk_tui.providers.claude_code.snapshot import (
    LOCAL_PLAN,
    by_day_and_model,
    file_metrics,
    snapshot_of,
)
from stackk_tui.providers.claude_code.state import State, with_state
from stackk_tui.providers.claude_code.usage import answers
from stackk_tui.providers.claude_code.watch import Watch
from stackk_tui.providers.claude_code.zone import local_zone

THIS_MACHINE = Workspace(id="local", name="this machine", kind="machine", whole_account=True)
_LONG_SCAN = 0.5

T = TypeVar("T")


def workspace_of(label: str) -> Workspace:
    """Gives the workspace of an account; each has a bill of its own."""
    if not label:
        return THIS_MACHINE
    return Workspace(id=label, name=label, kind="machine", whole_account=True, bill=f"claude-code:{label}")


class ClaudeCodeProvider:
    """Implements `providers.base.Provider` and `ReportsUsage`. All reading is done in a thread."""

    info: ProviderInfo = CLAUDE_CODE
    pace: Pace = Pace(interval=timedelta(0), hard_times=60, hard_window=timedelta(minutes=1))

    def __init__(self, context: ProviderContext) -> None:
        self._settings = context.settings
        self._clock: Clock = context.clock
        self._giving = Giving()
        self._watch: Watch | None = None
        self._scan: tuple[float, int, int] | None = None

    def detect(self) -> list[Finding]:
        return find_all(self._settings, self._clock())

    async def sign_in(self, method: str, secret: Secret | None, form: Mapping[str, str]) -> Identity:
        """Raises InvalidInput (another method), ProviderError (no folder with transcripts)."""
        if method != LOCAL:
            raise InvalidInput(
                f"Claude Code has no sign-in method {method!r}.", next_step=f"Its only method is {LOCAL}."
            )
        roots = find_roots(self._settings)
        if not any(account.found for account in roots.accounts):
            self._need_folder(roots.accounts[0])
        return Identity(
            key="local",
            label=THIS_MACHINE.name,
            method=LOCAL,
            billing_scope="claude-code:local",
            service_name=CLAUDE_CODE.name,
        )

    async def workspaces(self, session: Session) -> list[Workspace]:
        """Gives one per account of config.toml, this machine's own folders first."""
        return [workspace_of(account.label) for account in find_roots(self._settings).accounts]

    async def sync(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        """Lists the transcripts, reads none."""
        fetched = Fetched()
        for service in services:
            name = service.workspace.id
            try:
                account = self._account(find_roots(self._settings), name)
                self._need_folder(account)
                listed = await asyncio.to_thread(list_transcripts, account.found)
            except StackkError as error:
                fetched.failures[name] = error
                continue
            metrics = file_metrics(sum(not found.is_agent for found in listed), len(listed))
            before = known.snapshots.get(name)
            fetched.snapshots[name] = (
                before.model_copy(update={"metrics": _renewed(before.metrics, metrics)})
                if before
                else Snapshot(fetched_at=self._clock(), plan=LOCAL_PLAN, metrics=metrics)
            )
        return fetched

    async def refresh(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        """Reads what is new. Gives all days at first and when the zone or the prices have changed, so that
        history is repaired; else those that came out differently."""
        return await self._fetch(services, known, only_news=False)

    async def changed(self) -> None:
        """Returns when a transcript came, grew or went since the call before."""
        if self._watch is None:
            roots = find_roots(self._settings)
            self._watch = Watch(place for account in roots.accounts for place in account.known)
            await asyncio.to_thread(self._watch.look)
        watch = self._watch
        while not await asyncio.to_thread(watch.look):  # noqa: ASYNC110  # the file system sets no event
            await asyncio.sleep(watch.pause)

    async def heard(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        return await self._fetch(services, known, only_news=True)

    def scan_progress(self) -> tuple[int, int] | None:
        """Gives the bytes that were read and those to read in all, while a scan lasts over half a second."""
        if self._scan is None or time.monotonic() - self._scan[0] < _LONG_SCAN:
            return None
        return self._scan[1:]

    def usage_accounts(self) -> tuple[str, ...]:
        """Gives the labels of config.toml, after the empty one of this machine's own folders."""
        return tuple(account.label for account in find_roots(self._settings).accounts)

    async def usage_reports(self, queries: Sequence[UsageQuery]) -> list[UsageReport]:
        """Raises InvalidInput (no such time zone or account), StorageError (the index)."""

        def work(stop: Event) -> list[UsageReport]:
            return answers(self._settings, queries, stop, self._progress)

        return await self._in_thread(work)

    async def live_usage(self) -> LiveUsage:
        """Raises StorageError (the index)."""
        return await self._in_thread(partial(live_usage, self._settings, self._clock()))

    async def revoke(self, session: Session, *, destroy_token: bool) -> Revocation:
        return Revocation("impossible", "There is no credential: only files of this machine were read.")

    async def aclose(self) -> None:
        self._watch = None  # closed when its thread has let go of it, too

    async def _fetch(self, services: Sequence[Service], known: Known, *, only_news: bool) -> Fetched:
        fetched = Fetched()
        for name in {service.workspace.id for service in services}:
            try:
                self._need_folder(self._account(find_roots(self._settings), name))
                work = partial(self._read, name, known.snapshots.get(name))
                batch, snapshot = await self._in_thread(work)
            except StackkError as error:
                fetched.failures[name] = error
                continue
            if batch is not None:
                fetched.usage.append(batch)
            elif only_news:
                continue
            else:
                self._giving.seen(name, snapshot.fetched_at)
            fetched.snapshots[name] = snapshot
        return fetched

    def _account(self, roots: Roots, workspace_id: str) -> Account:
        for account in roots.accounts:
            if workspace_of(account.label).id == workspace_id:
                return account
        raise InvalidInput(
            f"config.toml has no account called {workspace_id!r} for Claude Code any more.",
            next_step="Name it again in [[claude_code.accounts]], or disconnect this service.",
        )

    def _need_folder(self, account: Account) -> None:
        if not account.found:
            raise ProviderError(
                "There is no folder with Claude Code transcripts on this machine."
                if not account.label
                else f"There is no folder with Claude Code transcripts for {account.label}.",
                "Looked for " + ", ".join(account.known) + ".",
                "Use Claude Code once, or name the folder in CLAUDE_CONFIG_DIR.",
            )

    def _read(
        self, workspace_id: str, known: Snapshot | None, stop: Event
    ) -> tuple[UsageBatch | None, Snapshot]:
        zone, zone_warning = local_zone(self._settings)

        def work(state: State) -> tuple[UsageBatch | None, Snapshot]:
            account = self._account(state.roots, workspace_id)
            tallies = by_day_and_model(state, account, zone)
            notes = [
                *state.warnings,
                *state.book.warnings,
                *([zone_warning] if zone_warning else []),
                *cleanup_notes(account.found),
            ]
            now = self._clock()
            snapshot = snapshot_of(tallies, state.counted([account]), now, zone, notes)
            basis = (zone.key, state.book.digest())
            return self._giving.batch(workspace_id, tallies, basis, known, now), snapshot

        return with_state(self._settings, work, stop, self._progress)

    def _progress(self, read: int, whole: int) -> None:
        began = self._scan[0] if self._scan is not None else time.monotonic()
        self._scan = (began, read, whole)

    async def _in_thread(self, work: Callable[[Event], T]) -> T:
        """Does blocking work in a thread; when the caller is cancelled, the work is told to stop."""
        stop = Event()
        try:
            return await asyncio.to_thread(work, stop)
        finally:
            stop.set()
            self._scan = None


def _renewed(before: tuple[Metric, ...], newer: tuple[Metric, ...]) -> tuple[Metric, ...]:
    fresh = {metric.id: metric for metric in newer}
    kept = tuple(fresh.pop(metric.id, metric) for metric in before)
    return (*kept, *fresh.values())

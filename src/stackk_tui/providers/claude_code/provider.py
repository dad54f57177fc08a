"""Claude Code on this machine as a provider: no credential, no network, only files of this machine."""

import asyncio
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
from stackk_tui.providers.claude_code.info import CLAUDE_CODE
from stackk_tui.providers.claude_code.keeping import cleanup_notes
from stackk_tui.providers.claude_code.listing import list_transcripts
from stackk_tui.providers.claude_code.live import live_usage
from stackk_tui.providers.claude_code.roots import find_roots
from stackk_tui.providers.claude_code.snapshot import (
    LOCAL_PLAN,
    batch_of,
    by_day_and_model,
    file_metrics,
    snapshot_of,
)
from stackk_tui.providers.claude_code.usage import State, answers, with_state
from stackk_tui.providers.claude_code.zone import local_zone

THIS_MACHINE = Workspace(id="local", name="this machine", kind="machine", whole_account=True)

T = TypeVar("T")


class ClaudeCodeProvider:
    """Implements `providers.base.Provider` and `ReportsUsage`. All reading is done in a thread."""

    info: ProviderInfo = CLAUDE_CODE
    pace: Pace = Pace(interval=timedelta(0), hard_times=60, hard_window=timedelta(minutes=1))

    def __init__(self, context: ProviderContext) -> None:
        self._settings = context.settings
        self._clock: Clock = context.clock

    def detect(self) -> list[Finding]:
        return find_all(self._settings, self._clock())

    async def sign_in(self, method: str, secret: Secret | None, form: Mapping[str, str]) -> Identity:
        """Raises InvalidInput (another method), ProviderError (no folder with transcripts)."""
        if method != LOCAL:
            raise InvalidInput(
                f"Claude Code has no sign-in method {method!r}.", next_step=f"Its only method is {LOCAL}."
            )
        self._need_folder()
        return Identity(
            key="local",
            label=THIS_MACHINE.name,
            method=LOCAL,
            billing_scope="claude-code:local",
            service_name=CLAUDE_CODE.name,
        )

    async def workspaces(self, session: Session) -> list[Workspace]:
        return [THIS_MACHINE]

    async def sync(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        """Lists the transcripts, reads none."""
        fetched = Fetched()
        try:
            self._need_folder()
            listed = await asyncio.to_thread(lambda: list_transcripts(find_roots(self._settings).found))
        except StackkError as error:
            fetched.failures = {service.workspace.id: error for service in services}
            return fetched
        metrics = file_metrics(sum(not found.is_agent for found in listed), len(listed))
        for service in services:
            before = known.snapshots.get(service.workspace.id)
            fetched.snapshots[service.workspace.id] = (
                before.model_copy(update={"metrics": _renewed(before.metrics, metrics)})
                if before
                else Snapshot(fetched_at=self._clock(), plan=LOCAL_PLAN, metrics=metrics)
            )
        return fetched

    async def refresh(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        """Reads what is new and gives all days, so that a corrected price or zone repairs history."""
        fetched = Fetched()
        for workspace_id in {service.workspace.id for service in services}:
            try:
                self._need_folder()
                batch, snapshot = await _in_thread(partial(self._read, workspace_id))
            except StackkError as error:
                fetched.failures[workspace_id] = error
            else:
                fetched.usage.append(batch)
                fetched.snapshots[workspace_id] = snapshot
        return fetched

    async def usage_reports(self, queries: Sequence[UsageQuery]) -> list[UsageReport]:
        """Raises InvalidInput (no such time zone), StorageError (the index)."""
        return await _in_thread(partial(answers, self._settings, queries))

    async def live_usage(self) -> LiveUsage:
        """Raises StorageError (the index)."""
        return await _in_thread(partial(live_usage, self._settings, self._clock()))

    async def revoke(self, session: Session, *, destroy_token: bool) -> Revocation:
        return Revocation("impossible", "There is no credential: only files of this machine were read.")

    async def aclose(self) -> None: ...

    def _need_folder(self) -> None:
        roots = find_roots(self._settings)
        if not roots.found:
            raise ProviderError(
                "There is no folder with Claude Code transcripts on this machine.",
                "Looked for " + ", ".join(str(place) for place in roots.known) + ".",
                "Use Claude Code once, or name the folder in CLAUDE_CONFIG_DIR.",
            )

    def _read(self, workspace_id: str, stop: Event) -> tuple[UsageBatch, Snapshot]:
        zone, zone_warning = local_zone(self._settings)

        def work(state: State) -> tuple[UsageBatch, Snapshot]:
            tallies = by_day_and_model(state, state.roots.accounts[0], zone)
            notes = [
                *state.warnings,
                *state.book.warnings,
                *([zone_warning] if zone_warning else []),
                *cleanup_notes(state.roots.found),
            ]
            snapshot = snapshot_of(tallies, state.scanned, self._clock(), zone, notes)
            return batch_of(tallies, workspace_id), snapshot

        return with_state(self._settings, work, stop)


def _renewed(before: tuple[Metric, ...], newer: tuple[Metric, ...]) -> tuple[Metric, ...]:
    fresh = {metric.id: metric for metric in newer}
    kept = tuple(fresh.pop(metric.id, metric) for metric in before)
    return (*kept, *fresh.values())


async def _in_thread(work: Callable[[Event], T]) -> T:
    """Does blocking work in a thread; when the caller is cancelled, the work is told to stop."""
    stop = Event()
    try:
        return await asyncio.to_thread(work, stop)
    finally:
        stop.set()

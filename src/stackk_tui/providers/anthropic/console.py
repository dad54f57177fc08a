"""A Console organization, read with a key that sees the Admin API (`api/anthropic.md` §1, §2).

`refresh` asks once for the whole account, side by side, and cuts the answers into one snapshot per service;
`sync` asks only whether it is alive and how far the spend limits have filled.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta

from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import Forbidden, ProtocolError, StackkError, TimedOut
from stackk_tui.model.service import Service
from stackk_tui.model.usage import UsageBatch, UsageSource
from stackk_tui.providers.anthropic import keys, wire
from stackk_tui.providers.anthropic.api import AnthropicApi
from stackk_tui.providers.anthropic.code_report import CodeReport, read_report
from stackk_tui.providers.anthropic.days import days_to_ask
from stackk_tui.providers.anthropic.errors import NotFound
from stackk_tui.providers.anthropic.panels import Learned, failure_of, snapshot_of, synced
from stackk_tui.providers.anthropic.usage import cost_batch, month_to_date, usage_batch
from stackk_tui.providers.base import Fetched, Known
from stackk_tui.providers.panel import AccountBlocked, Panel, panel

_CLOCKS_AGREE = timedelta(minutes=15)
_AT_ONCE = 4
"""Workspaces whose rate limits are read at the same time."""


async def refresh(api: AnthropicApi, services: Sequence[Service], known: Known, clock: Clock) -> Fetched:
    """Everything, for all services of the account in one go. Never raises a StackkError."""
    me = await panel(api.organization())
    if (refused := _fatal(me)) is not None:
        return _all_failed(services, refused)
    now = clock()
    learned = Learned(now=now, settle_now=_settle_now(api, now))
    learned.notes += _clock_note(api, now)
    organization = next((s for s in services if s.workspace.whole_account), None)
    async with asyncio.TaskGroup() as group:
        group.create_task(_read_usage(api, known, learned))
        group.create_task(_read_cost(api, known, learned))
        group.create_task(_read_lists(api, services, learned))
        if organization is not None:
            group.create_task(_read_code(api, organization, known, learned))
    today = now.date()
    learned.spent = month_to_date(learned.cost.value, known, today)
    fetched = Fetched(usage=[batch for batch in _batches(learned) if batch is not None])
    if learned.by_key is not None:
        fetched.parts.append(keys.named(learned.by_key, learned.api_keys.value))
    failure = failure_of(learned)
    for service in services:
        workspace_id = service.workspace.id
        if failure is None or learned.anything():
            fetched.snapshots[workspace_id] = snapshot_of(service, learned, known.snapshots.get(workspace_id))
        if failure is not None:
            fetched.failures[workspace_id] = failure
    return fetched


async def sync(api: AnthropicApi, services: Sequence[Service], known: Known, clock: Clock) -> Fetched:
    """Is it alive, do its workspaces exist, how full are the spend limits. Never raises a StackkError."""
    me = await panel(api.organization())
    if (refused := _fatal(me)) is not None:
        return _all_failed(services, refused)
    now = clock()
    learned = Learned(now=now, settle_now=now)
    learned.workspaces, learned.spend_limits = await _both(panel(api.workspaces()), panel(api.spend_limits()))
    fetched = Fetched()
    failure = failure_of(learned)
    if isinstance(failure, Forbidden) and not isinstance(failure, AccountBlocked) and me.value is not None:
        failure = None  # it is alive; the reports, which may be open to this key, were not asked
    for service in services:
        workspace_id = service.workspace.id
        fetched.snapshots[workspace_id] = synced(service, learned, known.snapshots.get(workspace_id))
        if failure is not None:
            fetched.failures[workspace_id] = failure
    return fetched


def _fatal(me: Panel[wire.Organization]) -> StackkError | None:
    """Gives the error that makes every further question pointless, or None."""
    if isinstance(me.error, AccountBlocked):
        return me.error
    return None if isinstance(me.error, Forbidden | NotFound) else me.error


def _all_failed(services: Sequence[Service], error: StackkError) -> Fetched:
    return Fetched(failures={service.workspace.id: error for service in services})


def _settle_now(api: AnthropicApi, now: datetime) -> datetime:
    """A day is over when both clocks say so: a clock that runs ahead must not settle a day too early."""
    return min(now, api.server_time) if api.server_time is not None else now


def _clock_note(api: AnthropicApi, now: datetime) -> list[str]:
    """Days and months are counted by this machine's clock: if it is wrong, so are they."""
    if api.server_time is None or abs(api.server_time - now) < _CLOCKS_AGREE:
        return []
    return ["The clock of this machine differs from Anthropic's; days and months here may be wrong."]


async def _read_usage(api: AnthropicApi, known: Known, learned: Learned) -> None:
    today = learned.now.date()
    asked = days_to_ask(today, known.final_days.get(UsageSource.USAGE, frozenset()))
    all_days = max(asked, of_keys := keys.wanted(known, today), key=len)
    by_key = bool(of_keys)
    report = await panel(api.usage(all_days[0], today, by_key=by_key))
    if by_key and isinstance(report.error, ProtocolError | TimedOut):  # too much of it: the sums do not wait
        by_key, report = False, await panel(api.usage(asked[0], today, by_key=False))
        learned.carried |= {} if report.value is None else keys.not_again(today)
    learned.usage = Panel(error=report.error)
    if report.value is None:
        return
    batch = await asyncio.to_thread(usage_batch, report.value, asked, learned.settle_now)
    learned.usage = Panel(value=batch)
    if by_key:
        learned.by_key = await asyncio.to_thread(keys.keys_batch, report.value, all_days, learned.settle_now)


async def _read_cost(api: AnthropicApi, known: Known, learned: Learned) -> None:
    asked = days_to_ask(learned.now.date(), known.final_days.get(UsageSource.COST, frozenset()))
    report = await panel(api.cost(asked[0], asked[-1]))
    learned.cost = Panel(error=report.error)
    if report.value is not None:
        batch, notes = await asyncio.to_thread(cost_batch, report.value, asked, learned.settle_now)
        learned.cost = Panel(value=batch)
        learned.notes += notes


async def _read_lists(api: AnthropicApi, services: Sequence[Service], learned: Learned) -> None:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def overrides(workspace_id: str) -> None:
        async with slots:
            learned.overrides[workspace_id] = await panel(api.workspace_rate_limits(workspace_id))

    async def lists() -> None:
        learned.workspaces = await panel(api.workspaces())

    async def api_keys() -> None:
        learned.api_keys = await panel(api.api_keys())

    async def rates() -> None:
        learned.rate_limits = await panel(api.rate_limits())
        if learned.rate_limits.value is not None:
            async with asyncio.TaskGroup() as inner:
                for service in services:
                    if not service.workspace.whole_account and service.workspace.id != "default":
                        inner.create_task(overrides(service.workspace.id))

    async def spends() -> None:
        learned.spend_limits = await panel(api.spend_limits())

    async with asyncio.TaskGroup() as group:
        for job in (lists, api_keys, rates, spends):
            group.create_task(job())


async def _read_code(api: AnthropicApi, organization: Service, known: Known, learned: Learned) -> None:
    learned.code = await read_report(
        api, organization.workspace.id, known, now=learned.now, settle_now=learned.settle_now
    )


def _batches(learned: Learned) -> list[UsageBatch | None]:
    code = learned.code if learned.code is not None else CodeReport()
    return [learned.usage.value, learned.cost.value, code.batch]


async def _both(
    first: Coroutine[None, None, Panel[list[wire.WorkspaceRow]]],
    second: Coroutine[None, None, Panel[list[wire.SpendLimitRow]]],
) -> tuple[Panel[list[wire.WorkspaceRow]], Panel[list[wire.SpendLimitRow]]]:
    async with asyncio.TaskGroup() as group:
        one, two = group.create_task(first), group.create_task(second)
    return one.result(), two.result()

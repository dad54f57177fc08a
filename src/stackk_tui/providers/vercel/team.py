"""A team, read with one token: asked once for itself and all of its tracked projects (`vercel.md` §12)."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import SignInNeeded, StackkError
from stackk_tui.model.service import Service
from stackk_tui.model.snapshot import Snapshot
from stackk_tui.providers.base import Fetched, Known
from stackk_tui.providers.panel import Panel, panel
from stackk_tui.providers.vercel import deployments, visits
from stackk_tui.providers.vercel.api import VercelApi
from stackk_tui.providers.vercel.charges import MAIN
from stackk_tui.providers.vercel.cost import Cost, cost_of
from stackk_tui.providers.vercel.cycle import Window, window_of
from stackk_tui.providers.vercel.panels import Learned, Who
from stackk_tui.providers.vercel.picker import team_id_of
from stackk_tui.providers.vercel.snapshot import CHARGES_AT, CHARGES_OF, snapshot_of, synced

CHARGES_FRESH = timedelta(hours=1)
"""Charges are heavy, and change once a day (`vercel.md` §6): sooner only when a person insists."""
_CLOSED_PLANS = ("hobby",)
"""Plans without any cost to ask for: they answer 404 always (`api/vercel.md` §0)."""


async def refresh(api: VercelApi, services: Sequence[Service], known: Known, clock: Clock) -> Fetched:
    """Everything, for all services of the account. Never raises a StackkError."""
    who = await _who(api)
    if (refused := _refused(who)) is not None:
        return Fetched(failures={s.workspace.id: refused for s in services})
    fetched = Fetched()
    groups = _by_team(services)
    for own, learned in zip(
        groups.values(),
        await asyncio.gather(*(_read(api, own, who, known, clock()) for own in groups.values())),
        strict=True,
    ):
        failure = learned.failure()
        fetched.usage += learned.usage
        for service in own:
            name = service.workspace.id
            if failure is None or learned.anything():
                fetched.snapshots[name] = snapshot_of(service, learned, known.snapshots.get(name))
            if failure is not None:
                fetched.failures[name] = failure
    return fetched


async def sync(api: VercelApi, services: Sequence[Service], known: Known, clock: Clock) -> Fetched:
    """Is the token good, do the teams exist, which plan and cycle have they. Never raises a StackkError."""
    who = await _who(api)
    fetched = Fetched()
    for own in _by_team(services).values():
        now = clock()
        team_id = team_id_of(own[0].workspace)
        learned = Learned(now=now, who=who, window=window_of(None, now))
        if team_id is not None:
            learned.team = await panel(api.team(team_id))
        learned.window = window_of(learned.team.value.billing if learned.team.value else None, now)
        failure = learned.failure() if not learned.team.forbidden else _refused(who)
        if failure is None and team_id is None and not who.user.forbidden:
            failure = who.user.error  # of an account without a team nothing else is asked
        for service in own:
            name = service.workspace.id
            if failure is not None:
                fetched.failures[name] = failure
            fetched.snapshots[name] = synced(service, learned, known.snapshots.get(name))
    return fetched


def _refused(who: Who) -> StackkError | None:
    return next((p.error for p in (who.user, who.token) if isinstance(p.error, SignInNeeded)), None)


async def _who(api: VercelApi) -> Who:
    user, token = await asyncio.gather(panel(api.user()), panel(api.token()))
    return Who(user, token)


async def _read(
    api: VercelApi, services: Sequence[Service], who: Who, known: Known, now: datetime
) -> Learned:
    workspace = services[0].workspace
    team_id, team_key = team_id_of(workspace), workspace.part_of or workspace.id
    learned = Learned(now=now, who=who, window=window_of(None, now), team_id=team_id)
    own = [s.workspace.id for s in services if s.workspace.part_of]

    async def team_and_charges() -> None:
        if team_id is not None:
            learned.team = await panel(api.team(team_id))
        plan, old = learned.plan, known.snapshots.get(workspace.id)
        if learned.team.value is not None:
            learned.window = window_of(learned.team.value.billing, now)
        elif old is not None:
            plan = old.plan.value.tier if old.plan.value else None
            learned.window = window_of(None, now, old)
        elif learned.team.error is not None and not learned.team.forbidden:
            return  # of which days, nobody knows
        fresh = not known.insisted and _fresh(services, known.snapshots, learned.window, now)
        if plan not in _CLOSED_PLANS and not fresh:
            learned.charges = await _charges(api, learned, team_key, own)

    async def projects() -> None:
        learned.projects = await panel(api.projects(team_id))

    async def deployed() -> None:
        learned.deployments = await panel(api.deployments(team_id, deployments.since(now)))

    async def visited(project: str) -> None:
        learned.visits[project] = await panel(api.visits(team_id, project, visits.since(now), now))

    await asyncio.gather(team_and_charges(), projects(), deployed(), *map(visited, own))
    if learned.charges.value is not None and learned.charges.value.batch is not None:
        learned.usage.append(learned.charges.value.batch)
    if learned.deployments.value is not None:
        listed = [p.id for p in learned.projects.value or () if p.id]
        learned.usage.append(
            deployments.usage_batch(learned.deployments.value, team_key, [*own, *listed], now)
        )
    return learned


async def _charges(api: VercelApi, learned: Learned, team_key: str, projects: Collection[str]) -> Panel[Cost]:
    """Asks for the whole cycle at once, up to now: what is billed depends on what is asked for."""
    window, now = learned.window, learned.now
    if min(window.end, now) - window.begin < timedelta(seconds=1):  # a span of nothing would be refused
        return Panel(value=Cost(None, MAIN))
    read = await panel(api.charges(learned.team_id, window.begin, min(window.end, now)))
    if read.value is None:
        return Panel(error=read.error)
    return Panel(value=await asyncio.to_thread(cost_of, read.value, team_key, projects, window, now))


def _fresh(
    services: Sequence[Service], snapshots: Mapping[str, Snapshot], window: Window, now: datetime
) -> bool:
    """Whether every service has figures of this cycle's charges that are not an hour old."""
    for service in services:
        old = snapshots.get(service.workspace.id)
        if old is None or old.carried.get(CHARGES_OF) != window.first.isoformat():
            return False
        if not timedelta(0) <= now - datetime.fromisoformat(old.carried[CHARGES_AT]) < CHARGES_FRESH:
            return False
    return True


def _by_team(services: Sequence[Service]) -> dict[str, list[Service]]:
    teams: dict[str, list[Service]] = {}
    for service in services:
        teams.setdefault(service.workspace.part_of or service.workspace.id, []).append(service)
    return teams

"""One fetch of an account: its organizations and projects first, then what its services show, side by side.

`refresh` asks for everything once per project, also where an organization and its projects are both tracked;
`sync` asks only whether it is alive, for its plan, and whether projects are paused.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from stackk_tui.model.capability import Capability
from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import Forbidden, StackkError
from stackk_tui.model.service import Service
from stackk_tui.providers.base import Fetched, Known
from stackk_tui.providers.panel import Panel, closed, panel
from stackk_tui.providers.supabase import wire
from stackk_tui.providers.supabase.api import SupabaseApi
from stackk_tui.providers.supabase.counts import batch_of, by_day, days_told, summed, whole_days
from stackk_tui.providers.supabase.errors import NotFound
from stackk_tui.providers.supabase.panels import mapped, together
from stackk_tui.providers.supabase.reading import Reading, read_projects
from stackk_tui.providers.supabase.snapshots import Counted, Place, snapshot_of, synced
from stackk_tui.providers.supabase.turns import WEEK, Turns


@dataclass(slots=True)
class _Organizations:
    """By slug: what was asked of an organization. `moved` are projects found elsewhere, by ref."""

    details: dict[str, Panel[wire.Organization]] = field(default_factory=dict)
    projects: dict[str, Panel[list[wire.Project]]] = field(default_factory=dict)
    moved: dict[str, Panel[wire.Project]] = field(default_factory=dict)

    def errors(self) -> list[StackkError]:
        panels: list[Panel[object]] = [*self.details.values(), *self.projects.values(), *self.moved.values()]
        return [one.error for one in panels if one.error is not None]

    def anything(self) -> bool:
        panels: list[Panel[object]] = [*self.details.values(), *self.projects.values(), *self.moved.values()]
        return any(one.value is not None for one in panels)

    def rows(self, service: Service) -> list[wire.Project] | None:
        """Gives a service's projects; None when they could not be listed."""
        if service.workspace.kind == "organization":
            return self.projects[service.workspace.id].value
        ref = service.workspace.id
        listed = self.projects.get(service.workspace.part_of, Panel()).value or []
        found = next((row for row in listed if row.ref == ref), None) or self.moved.get(ref, Panel()).value
        if found is None and self.moved.get(ref, Panel()).forbidden:
            found = wire.Project(ref=ref, name=service.workspace.name)  # its figures may be open all the same
        return [found] if found is not None else None

    def place(self, service: Service) -> Place:
        workspace = service.workspace
        slug = workspace.id if workspace.kind == "organization" else workspace.part_of
        moved = self.moved.get(workspace.id, Panel())
        if moved.value is not None and moved.value.organization != slug:
            slug = moved.value.organization or slug
        listed = self.projects.get(slug, Panel())
        return Place(
            plan=self.details.get(slug, Panel()),
            rows=self.rows(service),
            hidden=moved.forbidden,
            gone=isinstance(moved.error, NotFound),
            trouble=listed.error if workspace.kind == "organization" else moved.error,
        )


async def refresh(
    api: SupabaseApi,
    services: Sequence[Service],
    known: Known,
    clock: Clock,
    *,
    database_size: bool,
    can: frozenset[Capability],
) -> Fetched:
    """Everything, for all services of the account in one go. Never raises a StackkError.

    `can` is what this kind of sign-in is good for beside its figures.
    """
    found = await _organizations(api, services)
    if (refused := _refused(found)) is not None:
        return _all_failed(services, refused)
    readings = {row.ref or "": Reading(row) for row in _wanted(found, services)}
    awake = [one.ref for one in readings.values() if not one.asleep]
    turns = Turns.of(known.snapshots.values(), awake, asked := clock())
    await read_projects(api, list(readings.values()), turns.questions, database_size=database_size)
    now = clock()
    counted = Counted(turns, api.server_time or now)
    answers = {(ref, window): readings[ref].counts(window) for ref, window in turns.questions}
    turns.take(answers, asked, counted.at)
    fetched = Fetched()
    for service in services:
        workspace_id = service.workspace.id
        place = found.place(service)
        own = [readings[row.ref] for row in place.rows or () if row.ref in readings]
        old = known.snapshots.get(workspace_id)
        if (error := _failure(place, own)) is not None:
            fetched.failures[workspace_id] = error
            continue
        made = snapshot_of(service, place, own, old, now, counted=counted, database_size=database_size)
        fetched.snapshots[workspace_id] = made.model_copy(update={"can": (made.can or frozenset()) | can})
    _history(fetched, services, found, readings, counted)
    return fetched


async def sync(api: SupabaseApi, services: Sequence[Service], known: Known, clock: Clock) -> Fetched:
    """Is it alive, on which plan, and is it paused. Never raises a StackkError."""
    found = await _organizations(api, services)
    if (refused := _refused(found)) is not None:
        return _all_failed(services, refused)
    now = clock()
    return Fetched(
        snapshots={
            s.workspace.id: synced(s, found.place(s), known.snapshots.get(s.workspace.id), now)
            for s in services
        }
    )


async def _organizations(api: SupabaseApi, services: Sequence[Service]) -> _Organizations:
    found = _Organizations()
    slugs = {
        s.workspace.id if s.workspace.kind == "organization" else s.workspace.part_of for s in services
    } - {""}

    async def detail(slug: str) -> None:
        found.details[slug] = await panel(api.organization(slug))

    async def listed(slug: str) -> None:
        found.projects[slug] = await panel(api.organization_projects(slug, whole=True))

    async def moved(ref: str) -> None:
        found.moved[ref] = await panel(api.project(ref))

    await _all(ask(slug) for slug in sorted(slugs) for ask in (detail, listed))
    if _refused(found) is None:
        missing = [s for s in services if s.workspace.kind != "organization" and found.rows(s) is None]
        await _all(moved(s.workspace.id) for s in missing)
        elsewhere = {p.value.organization for p in found.moved.values() if p.value is not None}
        await _all(detail(slug) for slug in sorted(filter(None, elsewhere)) if slug not in found.details)
    return found


async def _all(jobs: Iterable[Coroutine[None, None, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(job)


def _wanted(found: _Organizations, services: Sequence[Service]) -> list[wire.Project]:
    """Gives each project to read once; those that are tracked by themselves first."""
    singles_first = sorted(services, key=lambda s: s.workspace.kind == "organization")
    rows = {row.ref: row for s in singles_first for row in found.rows(s) or () if row.ref}
    return list(rows.values())


def _refused(found: _Organizations) -> StackkError | None:
    """Gives the error that makes every further question pointless, or None."""
    errors = found.errors()
    if (shut := closed(errors)) is not None:
        return shut
    if found.anything() or not errors:
        return None
    # a 403 or 404 on the organization still leaves its projects to be tried one by one
    return next((e for e in errors if not isinstance(e, Forbidden | NotFound)), None)


def _failure(place: Place, own: Sequence[Reading]) -> StackkError | None:
    """Gives the error of a whole service, or None when only a figure is missing."""
    panels = [one for reading in own for one in reading.panels()]
    errors = [one.error for one in panels if one.error is not None]
    if (shut := closed(errors)) is not None:
        return shut
    if any(one.value is not None for one in panels) or place.gone:
        return None
    if errors and not any(isinstance(error, Forbidden) for error in errors):
        return errors[0]  # not one figure could be read
    if place.plan.value is not None or (place.rows is not None and not place.hidden):
        return None
    return place.trouble or place.plan.error or next(iter(errors), None)


def _all_failed(services: Sequence[Service], error: StackkError) -> Fetched:
    return Fetched(failures={service.workspace.id: error for service in services})


def _history(
    fetched: Fetched,
    services: Sequence[Service],
    found: _Organizations,
    readings: dict[str, Reading],
    counted: Counted,
) -> None:
    """Adds the days of each service whose every awake project was counted; of the rest nothing is known."""
    now = counted.at
    for service in services:
        own = [readings[row.ref] for row in found.rows(service) or () if row.ref in readings]
        awake = [one for one in own if not one.asleep]
        name = service.workspace.id
        if counted.turns.in_turn:
            oldest, counts = counted.whole_at(awake), counted.turns.counted((one.ref for one in awake), WEEK)
            if oldest is not None and (days := days_told(oldest, now)):
                sums = {key: n for key, n in summed(one.days for one in counts).items() if key[0] in days}
                fetched.usage.append(batch_of(name, sums, days, oldest))
            continue
        days = whole_days(now)
        weeks = together([mapped(one.week, partial(by_day, days=days)) for one in awake])
        if weeks.value is not None:
            fetched.usage.append(batch_of(name, summed(weeks.value), days, now))

"""What one fetch asks of each project, side by side, within the limits of `api/supabase.md` §9."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from stackk_tui.providers.panel import Panel, panel
from stackk_tui.providers.supabase import wire
from stackk_tui.providers.supabase.api import SupabaseApi
from stackk_tui.providers.supabase.turns import DAY, WEEK, Question

MOST_FUNCTIONS: Final = 10
"""Edge functions whose calls are asked for in one fetch: one request each, and 30 a minute at most."""
MOST_PROJECTS: Final = 100
"""Projects that are read in one fetch."""
ASLEEP: Final = frozenset({"INACTIVE", "REMOVED"})


@dataclass(slots=True)
class Reading:
    """A project as far as it was read. Sizes in bytes."""

    row: wire.Project
    health: Panel[list[wire.Health]] = field(default_factory=Panel)
    day: Panel[list[wire.Counts]] = field(default_factory=Panel)
    week: Panel[list[wire.Counts]] = field(default_factory=Panel)
    addons: Panel[wire.Addons] = field(default_factory=Panel)
    disk: Panel[wire.DiskMetrics] = field(default_factory=Panel)
    provisioned: Panel[int] = field(default_factory=Panel)
    database: Panel[int] = field(default_factory=Panel)
    functions: Panel[list[wire.Function]] = field(default_factory=Panel)
    calls: dict[str, Panel[list[wire.FunctionCalls]]] = field(default_factory=dict)
    """By function id."""

    @property
    def ref(self) -> str:
        return self.row.ref or ""

    @property
    def asleep(self) -> bool:
        return (self.row.status or "") in ASLEEP

    def counts(self, window: str) -> Panel[list[wire.Counts]]:
        return self.day if window == DAY else self.week

    def panels(self) -> tuple[Panel[object], ...]:
        """Gives what was asked of the project itself."""
        own = (self.health, self.day, self.week, self.addons, self.disk, self.database, self.functions)
        return (*own, *self.calls.values())


async def read_projects(
    api: SupabaseApi, readings: Sequence[Reading], questions: frozenset[Question], *, database_size: bool
) -> None:
    """Reads the projects that are awake, the first when there are too many, and counts the requests of those
    that are asked about. Never raises a StackkError."""
    awake = [one for one in readings if not one.asleep][:MOST_PROJECTS]
    async with asyncio.TaskGroup() as group:
        for one in awake:
            group.create_task(_read(api, one, database_size=database_size))
        for one in readings:
            if (one.ref, DAY) in questions:
                group.create_task(_into(one, "day", lambda ref: api.counts(ref, DAY)))
            if (one.ref, WEEK) in questions:
                group.create_task(_into(one, "week", lambda ref: api.counts(ref, WEEK)))
    await _read_functions(api, awake)


async def _read(api: SupabaseApi, one: Reading, *, database_size: bool) -> None:
    size = one.row.primary.disk_gb
    jobs: dict[str, Callable[[str], Awaitable[object]]] = {
        "health": api.health,
        "addons": api.addons,
        "disk": api.disk_use,
        "functions": api.functions,
    }
    if size is not None:
        one.provisioned = Panel(size)
    else:
        jobs["provisioned"] = api.disk_gb
    if database_size:
        jobs["database"] = api.database_bytes
    async with asyncio.TaskGroup() as group:
        for name, ask in jobs.items():
            group.create_task(_into(one, name, ask))


async def _read_functions(api: SupabaseApi, awake: Sequence[Reading]) -> None:
    wanted = [(one, f.id) for one in awake for f in one.functions.value or ()][:MOST_FUNCTIONS]

    async def read(one: Reading, function_id: str) -> None:
        one.calls[function_id] = await panel(api.function_calls(one.ref, function_id))

    async with asyncio.TaskGroup() as group:
        for one, function_id in wanted:
            group.create_task(read(one, function_id))


async def _into(one: Reading, name: str, ask: Callable[[str], Awaitable[object]]) -> None:
    setattr(one, name, await panel(ask(one.ref)))

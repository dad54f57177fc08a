"""What one fetch asks of each project, side by side, within the limits of `api/supabase.md` §9."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from stackk_tui.providers.panel import Panel, panel
from stackk_tui.providers.supabase import wire
from stackk_tui.providers.supabase.api import SupabaseApi

MOST_FUNCTIONS: Final = 10
"""Edge functions whose calls are asked for in one fetch: one request each, and 30 a minute at most."""
MOST_COUNTED: Final = 28
"""Questions for requests in one fetch; two a project, or one where there are many projects."""
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

    def panels(self) -> tuple[Panel[object], ...]:
        """Gives what was asked of the project itself."""
        own = (self.health, self.day, self.week, self.addons, self.disk, self.database, self.functions)
        return (*own, *self.calls.values())


async def read_projects(
    api: SupabaseApi, rows: Sequence[wire.Project], *, database_size: bool
) -> dict[str, Reading]:
    """Gives what was read by ref, the first rows first when not all can be. Never raises a StackkError."""
    readings = [Reading(row) for row in rows]
    awake = [one for one in readings if not one.asleep][:MOST_PROJECTS]
    days = awake if 2 * len(awake) <= MOST_COUNTED else []
    weeks = awake[:MOST_COUNTED]
    async with asyncio.TaskGroup() as group:
        for one in awake:
            group.create_task(_read(api, one, database_size=database_size))
        for one in days:
            group.create_task(_into(one, "day", lambda ref: api.counts(ref, "1day")))
        for one in weeks:
            group.create_task(_into(one, "week", lambda ref: api.counts(ref, "7day")))
    await _read_functions(api, awake)
    return {one.ref: one for one in readings}


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

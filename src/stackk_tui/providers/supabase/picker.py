"""What can be picked: organizations, each with its projects behind it (`api/supabase.md` §2, §3)."""

import asyncio
import re
from collections.abc import Sequence

from stackk_tui.model.errors import Forbidden
from stackk_tui.model.service import Workspace
from stackk_tui.providers.supabase import wire
from stackk_tui.providers.supabase.api import SupabaseApi
from stackk_tui.providers.supabase.errors import NotFound
from stackk_tui.providers.supabase.figures import status_words
from stackk_tui.providers.supabase.plans import plan_of
from stackk_tui.providers.supabase.token import organizations_of

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""What can stand in an address as it is; a slug or ref of any other kind is none."""


async def workspaces(api: SupabaseApi) -> list[Workspace]:
    """Gives each organization as a whole, then its projects; paused ones say so. Raises StackkError."""
    found = [one for one in await organizations_of(api) if one.slug and _PLAIN.fullmatch(one.slug)]
    groups = await asyncio.gather(*(_with_projects(api, one) for one in found))
    return [row for group in groups for row in group]


async def _with_projects(api: SupabaseApi, listed: wire.Organization) -> list[Workspace]:
    slug = listed.slug or ""
    detail, projects = await asyncio.gather(_detail(api, slug), _projects(api, slug))
    plan = plan_of(detail.plan if detail else None).value
    whole = Workspace(
        id=slug,
        name=listed.name or (detail.name if detail else None) or slug,
        kind="organization",
        plan=plan.label if plan else None,
        bill=f"supabase:org:{slug}",
    )
    rows = [row for row in projects if row.ref and _PLAIN.fullmatch(row.ref)]
    return [whole, *(_project(row, whole) for row in rows)]


async def _detail(api: SupabaseApi, slug: str) -> wire.Organization | None:
    try:
        return await api.organization(slug)
    except (Forbidden, NotFound):
        return None


async def _projects(api: SupabaseApi, slug: str) -> Sequence[wire.Project]:
    """A token may see all projects, but not those of one organization as a list."""
    try:
        return await api.organization_projects(slug)
    except (Forbidden, NotFound):
        pass
    try:
        return [row for row in await api.projects() if row.organization == slug]
    except (Forbidden, NotFound):
        return ()


def _project(row: wire.Project, whole: Workspace) -> Workspace:
    paused = status_words(row.status) == "paused"
    return Workspace(
        id=row.ref or "",
        name=row.name or row.ref or "",
        kind="project",
        plan="paused" if paused else None,
        created_at=row.created_at,
        part_of=whole.id,
        bill=whole.bill,
    )

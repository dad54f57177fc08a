"""What can be picked: teams and their projects, in the order of the account (`api/vercel.md` §2–§4)."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from stackk_tui.model.errors import Forbidden
from stackk_tui.model.service import Account, Workspace
from stackk_tui.providers.vercel import wire
from stackk_tui.providers.vercel.api import VercelApi
from stackk_tui.providers.vercel.errors import NotFound
from stackk_tui.providers.vercel.price import plan_word

PERSONAL = "Personal account"
_WHY_LIMITED = {
    "scope": "this token is not for it",
    "mfa": "it asks for a second factor",
    "invalidated": "its access for this token was ended",
}


async def workspaces(api: VercelApi, account: Account) -> list[Workspace]:
    """Gives each team with its projects behind it, the default team first; what is closed to it last."""
    user, teams = await _user_and_teams(api, account)
    default = user.default_team if user else None
    ready = [t for t in teams if t.id and not t.limited]
    ready.sort(key=lambda team: team.id != default)
    rows = await asyncio.gather(*(_with_projects(api, _team(team)) for team in ready))
    found = [row for group in rows for row in group]
    if not found:
        found = await _with_projects(api, _personal(user, account))
    return [*found, *(_closed(team) for team in teams if team.id and team.limited)]


def why_closed(team: wire.Team) -> str:
    """Says why a team is limited."""
    reasons = [_WHY_LIMITED.get(word or "", word or "") for word in team.limited_by]
    return ", ".join(reason for reason in reasons if reason) or "closed to this token"


def team_id_of(workspace: Workspace) -> str | None:
    """Gives the team to name in a request; None is the personal account of a user without any team."""
    kind, _, name = workspace.bill.removeprefix("vercel:").partition(":")
    return name if kind == "team" else None


async def _user_and_teams(api: VercelApi, account: Account) -> tuple[wire.User | None, list[wire.Team]]:
    only = account.billing_scope.removeprefix("vercel:team:")
    if only != account.billing_scope:
        return None, [await api.team(only)]
    try:
        user: wire.User | None = await api.user()
    except Forbidden:
        user = None
    try:
        teams = await api.teams()
    except Forbidden:
        teams = []
    if user and user.default_team and user.default_team not in {team.id for team in teams}:
        with suppress(Forbidden, NotFound):  # a personal account may not be in the list (§3)
            teams = [await api.team(user.default_team), *teams]
    return user, teams


async def _with_projects(api: VercelApi, team: Workspace) -> list[Workspace]:
    try:
        projects: Sequence[wire.Project] = await api.projects(team_id_of(team))
    except (Forbidden, NotFound):
        projects = ()
    return [team, *(_project(project, team) for project in projects if project.id)]


def _team(team: wire.Team) -> Workspace:
    return Workspace(
        id=team.id or "",
        name=team.name or team.slug or team.id or "",
        kind="team",
        plan=plan_word(team.billing.plan if team.billing else None),
        created_at=team.created_at,
        bill=f"vercel:team:{team.id}",
    )


def _closed(team: wire.Team) -> Workspace:
    return _team(team).model_copy(update={"closed": why_closed(team), "plan": None})


def _personal(user: wire.User | None, account: Account) -> Workspace:
    name = user.id if user and user.id else account.billing_scope.rpartition(":")[2]
    return Workspace(id=name, name=PERSONAL, kind="team", bill=f"vercel:user:{name}")


def _project(project: wire.Project, team: Workspace) -> Workspace:
    return Workspace(
        id=project.id or "",
        name=project.name or project.id or "",
        kind="project",
        created_at=project.created_at,
        part_of=team.id,
        bill=team.bill,
    )

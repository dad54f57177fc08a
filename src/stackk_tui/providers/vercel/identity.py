"""Whose token it is, and how far it reaches (`api/vercel.md` §1)."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from stackk_tui.model.errors import Forbidden, InvalidInput, StackkError, WrongCredential
from stackk_tui.model.secret import Secret
from stackk_tui.providers.base import Identity
from stackk_tui.providers.panel import AccountBlocked
from stackk_tui.providers.vercel import wire
from stackk_tui.providers.vercel.api import VercelApi
from stackk_tui.providers.vercel.errors import NotFound
from stackk_tui.providers.vercel.info import TOKENS_PAGE

T = TypeVar("T")


def too_narrow() -> WrongCredential:
    return WrongCredential(
        "This token is good, but its scope is a single project: it may see neither plan nor cost.",
        "Nothing was kept.",
        f"Create one with the team or the full account as its scope: {TOKENS_PAGE}",
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """What a token's own answers say of it. `user` and `token` are None where it may not ask."""

    user: wire.User | None
    token: wire.Token | None
    teams: bool

    @property
    def scopes(self) -> set[str]:
        return {scope.type or "" for scope in self.token.scopes} if self.token else set()

    @property
    def only_team(self) -> str | None:
        """The one team that a narrow token is for."""
        scopes = self.token.scopes if self.token else []
        ids = {scope.team_id for scope in scopes if scope.type == "team"}
        return ids.pop() if self.scopes == {"team"} and len(ids) == 1 else None


def checked(secret: Secret | None) -> Secret:
    """Raises InvalidInput for what is no token. Any form is taken: Vercel has changed it before."""
    if not secret or any(c.isspace() for c in secret.reveal()):
        raise InvalidInput(
            "This is no token: it is empty, or has spaces in it.",
            "Nothing was sent.",
            "Copy it again, alone and whole.",
        )
    return secret


async def identify(api: VercelApi) -> Identity:
    """Gives whose token it is. Raises SignInNeeded (invalid), WrongCredential (a single project's)."""
    reach = await reach_of(api)
    if reach.only_team is not None:
        return await _of_team(api, reach.only_team)
    user = reach.user
    if user is not None and user.id:
        return Identity(
            key=user.id,
            label=user.username or user.name or user.email or user.id,
            method="token",
            billing_scope=f"vercel:user:{user.id}",
            note=_limited_note(user),
        )
    key = (reach.token.id if reach.token else None) or ""
    if not key:
        teams = sorted(team.id or "" for team in await api.teams() if not team.limited)
        key = ",".join(teams)
    if not key:
        raise too_narrow()
    return Identity(
        key=key,
        label=(reach.token.name if reach.token else None) or "Vercel",
        method="token",
        billing_scope=f"vercel:token:{key}",
        note="This token may not see whose it is; its teams are shown.",
    )


async def reach_of(api: VercelApi) -> Reach:
    """Asks in the documented order: the user, the teams, the token itself.

    Raises SignInNeeded when the token is refused, WrongCredential when it reaches no team.
    """
    user, refused = await _maybe(api.user())
    teams = user is not None or (await _maybe(api.can_list_teams()))[0] is True
    token, _ = await _maybe(api.token())
    reach = Reach(user, token, teams)
    if "project" in reach.scopes and not reach.scopes & {"user", "team"}:
        raise too_narrow()
    if user is None and not teams and token is None:
        raise refused if isinstance(refused, AccountBlocked) else too_narrow()
    if user is None and not teams and reach.only_team is None:
        raise too_narrow()
    return reach


async def _of_team(api: VercelApi, team_id: str) -> Identity:
    team, _ = await _maybe(api.team(team_id))
    name = (team.name or team.slug if team else None) or team_id
    return Identity(
        key=team_id,
        label=name,
        method="token",
        billing_scope=f"vercel:team:{team_id}",
        note=f"This token is for {name} only; other teams need one of their own.",
    )


def _limited_note(user: wire.User) -> str:
    return "This token sees only some of the account; what it may not see is marked." if user.limited else ""


async def _maybe(call: Awaitable[T]) -> tuple[T | None, StackkError | None]:
    """A refusal that is only a missing permission is an answer, too. Raises everything else."""
    try:
        return await call, None
    except (Forbidden, NotFound) as error:
        return None, error

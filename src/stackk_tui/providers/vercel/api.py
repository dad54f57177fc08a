"""The endpoints that are read, and how they page (`api/vercel.md` §1–§6). GET, and one DELETE."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from stackk_tui.model.errors import ProtocolError, StackkError, Unavailable
from stackk_tui.model.secret import Secret
from stackk_tui.net.http import RETRIES, HttpClient
from stackk_tui.net.trouble import KEPT, LATER
from stackk_tui.providers.vercel import wire
from stackk_tui.providers.vercel.charges import Charges
from stackk_tui.providers.vercel.errors import NotFound

MOST_PAGES = 50
DEPLOYMENT_PAGES = 5
PAGE = "100"
AT_ONCE = 4
"""Requests of one token at the same time."""

T = TypeVar("T", bound=wire.Wire)
Params = list[tuple[str, str]]
Listing = tuple[str, str, str]
"""A list's path, the key of its rows, and the parameter that carries the cursor."""
TEAMS: Listing = ("/v2/teams", "teams", "until")
PROJECTS: Listing = ("/v10/projects", "projects", "from")
Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Deployments:
    """What was created since a moment. `whole_since` is later than asked when there were too many pages."""

    rows: tuple[wire.Deployment, ...]
    whole_since: datetime
    capped: bool = False


class VercelApi:
    """One token's view. Methods raise what `HttpClient.ask` raises."""

    def __init__(self, http: HttpClient, token: Secret, *, sleep: Sleep = asyncio.sleep) -> None:
        self._http = http
        self._headers = {"authorization": Secret(f"Bearer {token.reveal()}")}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._sleep = sleep

    async def user(self) -> wire.User:
        return await self._one(wire.User, "/v2/user", [], "user")

    async def token(self) -> wire.Token:
        """Gives what this token is: its scopes and when it ends."""
        return await self._one(wire.Token, "/v5/user/tokens/current", [], "token")

    async def delete_token(self) -> None:
        """Destroys this token at Vercel, wherever else it is used."""
        await self._http.ask("DELETE", "/v3/user/tokens/current", [], self._headers)

    async def can_list_teams(self) -> bool:
        """Asks for one team. Raises SignInNeeded, Forbidden."""
        await self._get("/v2/teams", [("limit", "1")])
        return True

    async def teams(self) -> list[wire.Team]:
        return await self._pages(wire.Team, TEAMS, [])

    async def team(self, team_id: str) -> wire.Team:
        return await self._one(wire.Team, f"/v2/teams/{_segment(team_id)}", [], None)

    async def projects(self, team_id: str | None) -> list[wire.Project]:
        """Gives each once: a list that changes while it is paged may tell one twice."""
        rows = await self._pages(wire.Project, PROJECTS, _of(team_id))
        return list({row.id: row for row in rows if row.id}.values())

    async def deployments(self, team_id: str | None, since: datetime) -> Deployments:
        """Gives what was created since then, the newest 500 at most."""
        try:
            return await self._deployments("/v7/deployments", team_id, since)
        except NotFound:
            return await self._deployments("/v6/deployments", team_id, since)

    async def visits(
        self, team_id: str | None, project_id: str, begin: datetime, end: datetime
    ) -> wire.Visits:
        """Gives page views and visitors; an error where the project has no Web Analytics."""
        params = [("projectId", project_id), ("since", _iso(begin)), ("until", _iso(end)), *_of(team_id)]
        value, request_id = await self._get("/v1/query/web-analytics/visits/count", params)
        data = value.get("data") if isinstance(value, dict) else None
        return (await _read(wire.Visits, [data], request_id))[0]

    async def charges(self, team_id: str | None, begin: datetime, end: datetime) -> Charges:
        """Gives the charges between two moments, added up while they are read. Raises NoCosts, too."""
        params = [("from", _iso(begin)), ("to", _iso(end)), *_of(team_id)]
        for attempt in range(1, RETRIES.tries + 1):
            charges = Charges()
            try:
                async with self._slots:
                    await self._http.each_line("/v1/billing/charges", params, self._headers, charges.take)
            except Unavailable as error:
                if attempt == RETRIES.tries or error.retry_at is not None:
                    raise
                await self._sleep(RETRIES.backoff(attempt, random.random()))  # noqa: S311  jitter
            except ValueError:
                break  # the reason would quote the answer
            else:
                return charges
        raise _unreadable("a charge that cannot be read", None)

    async def _deployments(self, path: str, team_id: str | None, since: datetime) -> Deployments:
        params = [*_of(team_id), ("since", str(_millis(since)))]
        found: dict[str, wire.Deployment] = {}
        until: str | None = None
        for _ in range(DEPLOYMENT_PAGES):
            page, cursor, request_id = await self._page(
                wire.Deployment, (path, "deployments", "until"), params, until
            )
            for row in page:
                if row.at is None:  # on no day: then no day could be told of
                    raise _unreadable("a deployment without its time", request_id)
                if row.at >= since:
                    found[row.uid or f"{row.at}|{row.name}"] = row
            if cursor is None or not page:
                return Deployments(tuple(found.values()), since)
            if until == cursor:
                raise _unreadable("pages that never end", request_id)
            until = cursor
        oldest = min((row.at for row in found.values() if row.at), default=since)
        return Deployments(tuple(found.values()), max(oldest, since), capped=True)

    async def _pages(self, shape: type[T], listing: Listing, params: Params) -> list[T]:
        """Follows the cursor to its end. Raises ProtocolError if it goes in circles or never ends."""
        found: list[T] = []
        seen: set[str] = set()
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page, cursor, request_id = await self._page(shape, listing, params, cursor)
            found += page
            if cursor is None:
                return found
            if cursor in seen:
                break
            seen.add(cursor)
        raise _unreadable("pages that never end", request_id)

    async def _page(
        self, shape: type[T], listing: Listing, params: Params, cursor: str | None
    ) -> tuple[list[T], str | None, str | None]:
        """Gives a page's rows, the cursor to the next (None at the end), and the request's id."""
        path, key, cursor_name = listing
        more = [(cursor_name, cursor)] if cursor is not None else []
        value, request_id = await self._get(path, [*params, ("limit", PAGE), *more])
        if isinstance(value, list) and listing == PROJECTS:  # may be a bare list (`api/vercel.md` §4)
            return await _read(shape, value, request_id), None, request_id
        if not isinstance(value, dict) or not isinstance(value.get(key), list):
            raise _unreadable("a list without its rows", request_id)
        return await _read(shape, value[key], request_id), _cursor(value, request_id), request_id

    async def _one(self, shape: type[T], path: str, params: Params, key: str | None) -> T:
        value, request_id = await self._get(path, params)
        if key is not None and isinstance(value, dict):
            value = value.get(key)
        if not isinstance(value, dict) or not value.get("id"):  # nothing may be taken for "has no plan"
            raise _unreadable("an answer of another shape than documented", request_id)
        return (await _read(shape, [value], request_id))[0]

    async def _get(self, path: str, params: Params) -> tuple[object, str | None]:
        async with self._slots:
            answer = await self._http.ask("GET", path, params, self._headers)
        return answer.value, answer.request_id


async def _read(shape: type[T], rows: list[object], request_id: str | None) -> list[T]:
    try:
        return await asyncio.to_thread(wire.parse_rows, shape, rows)
    except ValueError:
        pass  # the reason would quote the answer
    raise _unreadable("an answer of another shape than documented", request_id)


def _cursor(body: dict[str, object], request_id: str | None) -> str | None:
    """Gives `pagination.next`, a time or a word, as it must be sent back: untouched."""
    pagination = body.get("pagination")
    following = pagination.get("next") if isinstance(pagination, dict) else None
    if following is None:
        return None
    if isinstance(following, bool) or not isinstance(following, str | int) or len(str(following)) > 4096:
        raise _unreadable("a list that says it goes on, but not where", request_id)
    return str(following) or None


def _of(team_id: str | None) -> Params:
    return [("teamId", team_id)] if team_id else []


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _segment(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def _unreadable(what: str, request_id: str | None) -> StackkError:
    return ProtocolError(f"Vercel sent {what}.", KEPT, LATER, request_id=request_id)

"""A pretend Vercel REST API as an ASGI app, as strict as the documented one (`vercel.md`).

sandbox = VercelSandbox(clock=lambda: datetime.now(UTC))
httpx.ASGITransport(app=sandbox)            # in process, for the demo
uvicorn.run(sandbox)                        # over real HTTP, for tests
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from stackk_tui.sandbox.faults import Faults
from stackk_tui.sandbox.vercel_charges import Books, gzipped
from stackk_tui.sandbox.vercel_http import ApiError, bearer, forbidden, limit, moment, not_found, only, whole
from stackk_tui.sandbox.vercel_world import HOBBY_TEAM, LIMITED_TEAM, PRO_TEAM, Row, World, millis

FULL_TOKEN = "vcp_sandboxFullAccountOfDevExample0000AA"
"""Sees the account with its teams."""
SHORT_USER_TOKEN = "vcp_sandboxLimitedUserOfDevExample00AA"
"""The same, but of the user only the short form."""
TEAM_TOKEN = "vcp_sandboxTeamNimbusLabsOnly0000000AA"
"""Good for one team: the user is closed to it."""
PROJECT_TOKEN = "vcp_sandboxProjectNimbusWebOnly00000AA"
"""Good for one project: neither user nor teams are open to it."""
NO_COST_TOKEN = "vcp_sandboxMemberWithoutBilling00000AA"
"""Sees everything but charges."""
NOTHING_TOKEN = "vcp_sandboxSeesNothingButItsUser0000AA"
"""Is valid, and may see nothing of any team."""
EXPIRED_TOKEN = "vcp_sandboxExpired000000000000000000AA"

_KINDS = {
    FULL_TOKEN: "full",
    SHORT_USER_TOKEN: "short",
    TEAM_TOKEN: "team",
    PROJECT_TOKEN: "project",
    NO_COST_TOKEN: "no-cost",
    NOTHING_TOKEN: "nothing",
    EXPIRED_TOKEN: "expired",
}
TOKEN_ID = "5d9f2ebd38ddca62e5d51e9c1704c72530bdc8bf"
_PAGING = ("limit", "since", "until", "from", "to")
_STATES = frozenset(
    {"BUILDING", "ERROR", "INITIALIZING", "QUEUED", "READY", "CANCELED", "BLOCKED", "DELETED"}
)

Handler = Callable[[Request, str, datetime], Row | list[Row] | Response]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the server saw it. `key` is the kind of its token, never the token."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    key: str


class VercelSandbox:
    """The app. `world`, `books`, `tokens`, `faults` and the switches may be changed while it runs."""

    def __init__(self, clock: Callable[[], datetime], *, seed: int = 7, latency: float = 0.0) -> None:
        self.clock = clock
        self.latency = latency
        self.world = World(anchor=clock().astimezone(UTC), seed=seed)
        self.books = Books(self.world)
        self.tokens: dict[str, str] = dict(_KINDS)
        self.versions = {"v6", "v7"}
        """Which versions of the list of deployments there are."""
        self.packs = True
        """Whether a long answer is packed for who takes it packed."""
        self.bare_projects = False
        """Whether projects come as a bare list."""
        self.page_cap = 100
        """The longest page of any list."""
        self.rate_limit = 0
        """How many requests a minute each endpoint takes; 0 is no end."""
        self.seen: list[Seen] = []
        self._counts: dict[tuple[str, int], int] = {}
        self.faults = Faults(self._app())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._note(scope)
        await self.faults(scope, receive, send)

    def paths(self) -> list[str]:
        """Gives the paths asked for so far, in order."""
        return [seen.path for seen in self.seen]

    def _app(self) -> Starlette:
        get = (
            ("/v2/user", self._user),
            ("/v5/user/tokens/current", self._token),
            ("/v2/teams", self._teams),
            ("/v2/teams/{id}", self._team),
            ("/v10/projects", self._projects),
            ("/v6/deployments", self._deployments),
            ("/v7/deployments", self._deployments),
            ("/v1/billing/charges", self._charges),
            ("/v1/query/web-analytics/visits/count", self._visits),
        )
        routes = [Route(path, self._endpoint(handler), methods=["GET"]) for path, handler in get]
        remove = self._endpoint(self._delete_token)
        routes.append(Route("/v3/user/tokens/{id}", remove, methods=["DELETE"]))
        return Starlette(routes=routes, exception_handlers={404: self._nothing, 405: self._nothing})

    def _endpoint(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if self.latency:
                await asyncio.sleep(self.latency)
            now = self.clock().astimezone(UTC)
            reset = (int(now.timestamp()) // 60 + 1) * 60
            left = self._left(request.url.path, reset)
            try:
                kind = self._check(request)
                if left < 0:
                    raise self._too_many(now, reset)
                found = handler(request, kind, now)
                answer = found if isinstance(found, Response) else JSONResponse(found)
            except ApiError as error:
                answer = error.response()
            answer.headers["x-ratelimit-limit"] = str(self.rate_limit or 1000)
            answer.headers["x-ratelimit-remaining"] = str(max(0, left))
            answer.headers["x-ratelimit-reset"] = str(reset)
            answer.headers["date"] = format_datetime(now, usegmt=True)
            return answer

        return endpoint

    def _too_many(self, now: datetime, reset: int) -> ApiError:
        seconds = reset - int(now.timestamp())
        said = f"The rate limit of {self.rate_limit} exceeded. Try again in {seconds} seconds"
        told = {"remaining": 0, "reset": reset, "resetMs": reset * 1000, "total": self.rate_limit}
        return ApiError(429, "rate_limited", said, {"limit": told})

    def _left(self, path: str, window: int) -> int:
        """Counts a request, and gives how many more this endpoint takes in this minute."""
        used = self._counts[path, window] = self._counts.get((path, window), 0) + 1
        return self.rate_limit - used if self.rate_limit else 999

    def _check(self, request: Request) -> str:
        """Gives the kind of the token, or refuses: with 403, and never with 401."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not token or scheme != "Bearer":
            raise forbidden(missingToken=True)
        kind = self.tokens.get(token, "unknown")
        if kind in ("unknown", "expired", "deleted"):
            raise forbidden(invalidToken=True)
        return kind

    def _user(self, request: Request, kind: str, now: datetime) -> Row:
        only(request, ())
        if kind in ("team", "project"):
            raise forbidden()
        return {"user": self.world.user(limited=kind == "short")}

    def _token(self, request: Request, kind: str, now: datetime) -> Row:
        only(request, ())
        if kind == "project":
            raise forbidden()
        ends = self.world.token_ends
        end = {"expiresAt": millis(ends)} if ends else {"expiresAt": 1801526400000}
        scope: Row = {"type": "user", "origin": "manual", "createdAt": 1762300800000, **end}
        if kind == "team":
            scope |= {"type": "team", "teamId": PRO_TEAM}
        return {
            "token": {
                "id": TOKEN_ID,
                "name": "stackk-tui",
                "type": "token",
                "origin": "manual",
                "prefix": "vcp_",
                "suffix": "9xQz",
                "scopes": [scope],
                "createdAt": 1762300800000,
                "activeAt": millis(now),
                **end,
            }
        }

    def _delete_token(self, request: Request, kind: str, now: datetime) -> Row:
        if request.path_params["id"] not in ("current", TOKEN_ID):
            raise not_found()
        self.tokens[bearer(request)] = "deleted"
        return {"tokenId": TOKEN_ID}

    def _teams(self, request: Request, kind: str, now: datetime) -> Row:
        only(request, ("limit", "since", "until"))
        if kind in ("project", "nothing"):
            raise forbidden()
        teams = self.world.teams(now)
        if kind == "team":
            teams = [team for team in teams if team["id"] == PRO_TEAM]
        return self._by_time(request, "teams", sorted(teams, key=lambda t: -t["createdAt"]))

    def _team(self, request: Request, kind: str, now: datetime) -> Row:
        only(request, ())
        team_id = self._open(request.path_params["id"], kind)
        return self.world.pro(now) if team_id == PRO_TEAM else self.world.hobby()

    def _projects(self, request: Request, kind: str, now: datetime) -> Row | list[Row]:
        only(request, ("teamId", "slug", "limit", "search", "from"))
        rows = self.world.projects(self._team_of(request, kind))
        if self.bare_projects:
            return rows
        cursor = request.query_params.get("from")
        if cursor is not None and not cursor.startswith("ct."):
            raise ApiError(400, "bad_request", "Invalid continuation token")
        start = int(cursor[3:]) if cursor else 0
        end = start + min(limit(request), self.page_cap)
        page = rows[start:end]
        following = f"ct.{end}" if end < len(rows) else None
        return {"projects": page, "pagination": {"count": len(page), "next": following, "prev": None}}

    def _deployments(self, request: Request, kind: str, now: datetime) -> Row:
        version = request.url.path.split("/")[1]
        if version not in self.versions:
            raise not_found()
        only(request, (*_PAGING, "teamId", "slug", "projectId", "projectIds", "app", "target", "state"))
        rows = self.world.deployments(self._team_of(request, kind), now)
        if wanted := request.query_params.get("projectId"):
            rows = [row for row in rows if row["projectId"] == wanted]
        states = set(filter(None, request.query_params.get("state", "").split(",")))
        if not states <= _STATES:
            raise ApiError(400, "bad_request", "Invalid state")
        rows = [row for row in rows if not states or row["state"] in states]
        if version == "v6":
            rows = [{k: v for k, v in row.items() if k not in ("createdAt", "readyState")} for row in rows]
        return self._by_time(request, "deployments", rows)

    def _charges(self, request: Request, kind: str, now: datetime) -> Response:
        only(request, ("from", "to", "teamId", "slug"))
        team_id = self._team_of(request, kind)
        begin, end = (moment(request, name) for name in ("from", "to"))
        if end <= begin or (end - begin).days > 366:
            raise ApiError(400, "bad_request", "Invalid date range")
        if kind == "no-cost":
            raise ApiError(403, "team_unauthorized", "You are not authorized")
        has_any = next(self.books.rows(begin, end, now), None) is not None
        if team_id != PRO_TEAM or not has_any:
            raise ApiError(404, "costs_not_found", "Costs not found")
        pieces: Iterator[bytes] = self.books.lines(begin, end, now)
        headers = {}
        if self.packs and "gzip" in request.headers.get("accept-encoding", ""):
            pieces, headers = gzipped(pieces), {"content-encoding": "gzip"}
        return StreamingResponse(pieces, media_type="application/jsonl", headers=headers)

    def _visits(self, request: Request, kind: str, now: datetime) -> Row:
        only(request, ("projectId", "since", "until", "filter", "teamId", "slug"))
        self._team_of(request, kind)
        begin, end = (moment(request, name) for name in ("since", "until"))
        found = self.world.visits(request.query_params.get("projectId", ""), begin, end)
        if found is None:
            raise not_found()
        query = {"since": f"{begin:%Y-%m-%dT%H:%M:%S.000Z}", "until": f"{end:%Y-%m-%dT%H:%M:%S.000Z}"}
        return {"version": 1, "query": query, "data": {"pageviews": found[0], "visitors": found[1]}}

    def _team_of(self, request: Request, kind: str) -> str:
        """Gives the team that is asked for; none named is the user's own."""
        named = request.query_params.get("teamId")
        own = PRO_TEAM if self.world.teams_listed else HOBBY_TEAM
        return self._open(named if named is not None else own, kind)

    def _open(self, team_id: str, kind: str) -> str:
        if team_id not in (PRO_TEAM, HOBBY_TEAM, LIMITED_TEAM):
            raise not_found()
        closed = kind in ("project", "nothing") or (kind == "team" and team_id != PRO_TEAM)
        if closed or team_id == LIMITED_TEAM:
            raise forbidden()
        return team_id

    def _by_time(self, request: Request, key: str, rows: list[Row]) -> Row:
        """A page of rows, the newest first, by `since` and `until` in milliseconds."""
        since, until = (whole(request, name) for name in ("since", "until"))

        def at(row: Row) -> int:
            return int(row["createdAt"] if "createdAt" in row else row["created"])

        rows = [r for r in rows if (since is None or at(r) > since) and (until is None or at(r) < until)]
        page = rows[: min(limit(request), self.page_cap)]
        more = len(page) < len(rows)
        paging = {"count": len(page), "next": at(page[-1]) if more else None}
        return {key: page, "pagination": {**paging, "prev": at(page[0]) if page else None}}

    def _note(self, scope: Scope) -> None:
        request = Request(scope)
        headers = {k: v for k, v in request.headers.items() if k != "authorization"}
        kind = self.tokens.get(bearer(request), "unknown")
        query = tuple(request.query_params.multi_items())
        self.seen.append(Seen(request.method, request.url.path, query, headers, kind))

    async def _nothing(self, _request: Request, error: Exception) -> Response:
        return not_found().response()

"""A pretend Supabase Management API with its OAuth, as an ASGI app: strict about tokens and parameters.

sandbox = SupabaseSandbox(clock=lambda: datetime.now(UTC))
httpx.ASGITransport(app=sandbox)            # in process, for the demo
uvicorn.run(sandbox)                        # over real HTTP, for tests
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from stackk_tui.sandbox import supabase_api as api
from stackk_tui.sandbox.faults import Faults
from stackk_tui.sandbox.oauth import OAuthServer
from stackk_tui.sandbox.oauth_grants import Family, Grants
from stackk_tui.sandbox.oauth_style import SUPABASE, Client
from stackk_tui.sandbox.supabase_http import Answer, ApiError, json_body
from stackk_tui.sandbox.supabase_world import NIMBUS, World

TOKEN = "sbp_0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
"""A classic personal access token: everything."""
SCOPED_TOKEN = "sbp_fc_5andbox5coped7oken8with9usage0andAll1readP3rm1ss10ns"
"""A scoped one with every permission that is read here, for one organization."""
NO_USAGE_TOKEN = "sbp_fc_5andbox5coped7oken8without9usage0pr1ces0r2disk"
"""Sees organizations, projects, health and the database."""
NOTHING_TOKEN = "sbp_fc_5andbox5coped7oken8may0see0nothing0at0all000000"
EXPIRED_TOKEN = "sbp_ffffffffffffffffffffffffffffffffffffffff"

CLIENT = Client(
    id="6f0f3c3e-6b1d-4c0e-9f40-2b9b3b8f1a77",
    auth="basic",
    secret="sba_5andbox0auth5ecret/with+odd:characters",
    redirects=("http://localhost:47823/callback",),
    scopes=frozenset({"organizations:read", "projects:read", "database:read", "analytics:read"}),
)

_BASIC = frozenset({"organizations", "organization", "projects", "health", "database"})
_ANALYTICS_LIMIT, _LIMIT = 30, 120

Handler = Callable[[Request, World, datetime], Answer]


@dataclass(frozen=True, slots=True)
class Token:
    """What a token may: None is everything, or every organization."""

    kind: str
    permissions: frozenset[str] | None = None
    organizations: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the server saw it. `token` is the kind of its token, never the token; a `status` of 0 is
    a connection that was cut."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    token: str
    status: int


@dataclass(slots=True)
class OrganizationGrants(Grants):
    """A consent is for the one organization that is chosen on the page."""

    chosen: str = NIMBUS
    consents: list[tuple[Family, str]] = field(default_factory=list)

    def new_code(
        self, client: Client, scope: str, redirect_uri: str, challenge: str, state: str | None
    ) -> str:
        code = Grants.new_code(self, client, scope, redirect_uri, challenge, state)
        self.consents.append((self.codes[code].family, self.chosen))
        return code

    def organization_of(self, family: Family) -> str:
        return next((slug for one, slug in self.consents if one is family), self.chosen)


class SupabaseSandbox:
    """The app. `world`, `tokens`, `faults` and `grants` may be changed while it runs; `seen` is its log."""

    def __init__(self, clock: Callable[[], datetime], *, seed: int = 20) -> None:
        self.clock = clock
        self.world = World(seed=seed)
        self.tokens = {
            TOKEN: Token("classic"),
            SCOPED_TOKEN: Token("scoped", organizations=frozenset({NIMBUS})),
            NO_USAGE_TOKEN: Token("no-usage", _BASIC),
            NOTHING_TOKEN: Token("nothing", frozenset()),
        }
        self.oauth_permissions = _BASIC
        """What an OAuth token may: no usage, price or disk endpoint has an OAuth scope."""
        self.grants = OrganizationGrants(clock, access_seconds=86400.0, access_prefix="sbp_oauth_")
        self.oauth = OAuthServer(self.grants, style=SUPABASE, clients=(CLIENT,))
        self.seen: list[Seen] = []
        self.limits: Counter[tuple[str, ...]] = Counter()
        self.faults = Faults(self._app())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        noted = False

        async def noting(message: Message) -> None:
            nonlocal noted
            if message["type"] == "http.response.start":
                noted = True
                self._note(scope, message["status"])
            await send(message)

        # a fault that cuts the connection needs the server's own `send`
        noting.__self__ = getattr(send, "__self__", None)  # type: ignore[attr-defined]
        try:
            await self.faults(scope, receive, noting)
        finally:
            if not noted:
                self._note(scope, 0)

    def paths(self) -> list[str]:
        """Gives the paths asked for so far, in order."""
        return [seen.path for seen in self.seen]

    def _app(self) -> Starlette:
        routes = [
            Route(path, self._endpoint(name, handler), methods=[method])
            for method, path, name, handler in api.ENDPOINTS
        ]
        return Starlette(
            routes=[*self.oauth.routes("/v1/oauth"), *routes],
            exception_handlers={404: self._nothing, 405: self._nothing},
        )

    def _endpoint(self, permission: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            now = self.clock().astimezone(UTC)
            headers = {"date": format_datetime(now, usegmt=True)}
            try:
                token = self._token(request)
                if token is None:
                    raise ApiError(401, "Unauthorized")
                headers |= self._spent(request, token, permission, now)
                self._must_be_allowed(request, token, permission)
                request.state.organizations = token.organizations
                if request.method == "POST":
                    request.state.json = await json_body(request)
                answer = handler(request, self.world, now)
            except ApiError as error:
                return JSONResponse({"message": error.message}, error.status, {**headers, **error.headers})
            return JSONResponse(answer, 201 if request.method == "POST" else 200, headers)

        return endpoint

    def _token(self, request: Request) -> Token | None:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            return None
        if (known := self.tokens.get(text)) is not None:
            return known
        family = self.grants.active(text)
        if family is None:
            return None
        slug = self.grants.organization_of(family)
        return Token(f"oauth {slug}", self.oauth_permissions, frozenset({slug}))

    def _must_be_allowed(self, request: Request, token: Token, permission: str) -> None:
        if permission == "profile" or (token.permissions is not None and permission not in token.permissions):
            raise ApiError(403, "Forbidden resource")
        slug, ref = request.path_params.get("slug"), request.path_params.get("ref")
        project = self.world.project(ref) if ref else None
        if (ref and project is None) or (slug and self.world.organization(slug) is None):
            raise ApiError(404, "Not Found")
        place = project.organization if project is not None else slug
        if place is not None and token.organizations is not None and place not in token.organizations:
            raise ApiError(403, "Forbidden resource")

    def _spent(self, request: Request, token: Token, permission: str, now: datetime) -> dict[str, str]:
        """Counts per token, project or organization, and endpoint; the window is the clock's minute."""
        most = _ANALYTICS_LIMIT if permission in ("usage", "function stats") else _LIMIT
        place = request.path_params.get("ref") or request.path_params.get("slug") or ""
        key = (f"{now:%Y-%m-%dT%H:%M}", token.kind, place, permission)
        self.limits[key] += 1
        left = most - self.limits[key]
        headers = {
            "x-ratelimit-limit": str(most),
            "x-ratelimit-remaining": str(max(0, left)),
            "x-ratelimit-reset": str(60 - now.second),
        }
        if left < 0:
            raise ApiError(429, "ThrottlerException: Too Many Requests", headers)
        return headers

    def _note(self, scope: Scope, status: int) -> None:
        request = Request(scope)
        token = self._token(request)
        headers = {k: v for k, v in request.headers.items() if k != "authorization"}
        query = tuple(request.query_params.multi_items())
        kind = token.kind if token else "unknown"
        self.seen.append(Seen(request.method, request.url.path, query, headers, kind, status))

    async def _nothing(self, request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        return JSONResponse({"message": f"Cannot {request.method} {request.url.path}"}, status)

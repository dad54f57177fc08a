"""A pretend Anthropic Admin API as an ASGI app: as strict as the real one about keys, headers and parameters.

sandbox = AnthropicSandbox(clock=lambda: datetime.now(UTC))
httpx.ASGITransport(app=sandbox)            # in process, for the demo
uvicorn.run(sandbox)                        # over real HTTP, for tests and `python -m stackk_tui.sandbox`
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from stackk_tui.sandbox import organization, reports
from stackk_tui.sandbox.faults import Faults
from stackk_tui.sandbox.http import ApiError, Row, invalid, not_found
from stackk_tui.sandbox.world import IDS, ORGANIZATION_ID, World

ADMIN_KEY = "sk-ant-admin01-sandbox-nimbus-labs-full-access-00000000AA"
"""Sees the whole organization."""
ORDINARY_KEY = "sk-ant-api03-sandbox-nimbus-production-server-000000AA"
"""An ordinary key of the workspace Production."""
UNBOUND_KEY = "sk-ant-api03-sandbox-nimbus-unbound-personal-0000000AA"
"""Looks ordinary, but is not bound to a workspace: it sees the whole organization."""
NO_USAGE_KEY = "sk-ant-admin01-sandbox-nimbus-no-usage-no-cost-00000AA"
"""May see the organization, its workspaces and keys, but neither usage nor cost nor limits."""
NOTHING_KEY = "sk-ant-admin01-sandbox-nimbus-nothing-at-all-000000AA"
"""Knows its organization and may see nothing of it."""
EXPIRED_KEY = "sk-ant-admin01-sandbox-nimbus-expired-00000000000000AA"
REVOKED_KEY = "sk-ant-admin01-sandbox-nimbus-revoked-00000000000000AA"

_KINDS = {
    ADMIN_KEY: "admin",
    UNBOUND_KEY: "admin",
    ORDINARY_KEY: "ordinary",
    NO_USAGE_KEY: "no-usage",
    NOTHING_KEY: "nothing",
    EXPIRED_KEY: "expired",
    REVOKED_KEY: "revoked",
}
OAUTH_BETA = "oauth-2025-04-20"
_VERSIONS = ("2023-06-01", "2026-10-21")
_NO_USAGE = ("usage_report", "cost_report", "spend_limits", "rate_limits")

Handler = Callable[[Request, World, datetime], Row]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the server saw it. `key` is the kind of its key, never the key."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    key: str


class AnthropicSandbox:
    """The app. `world`, `keys`, `faults` and `enrolled` may be changed while it runs; `seen` is its log."""

    def __init__(self, clock: Callable[[], datetime], *, seed: int = 20, latency: float = 0.0) -> None:
        self.clock = clock
        self.latency = latency
        self.world = World(anchor=clock().astimezone(UTC).date(), seed=seed)
        self.keys: dict[str, str] = dict(_KINDS)
        self.bearer_check: Callable[[str], str | None] | None = None
        """Gives the kind of an OAuth access token that is good now, e.g. "admin"; None refuses it."""
        self.enrolled = True
        """Whether the organization has the early access to spend limits."""
        self.seen: list[Seen] = []
        self.faults = Faults(self._app())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._note(scope)
        await self.faults(scope, receive, send)

    def paths(self) -> list[str]:
        """Gives the paths asked for so far, in order."""
        return [seen.path for seen in self.seen]

    def _app(self) -> Starlette:
        routes = [
            Route(path, self._endpoint(handler), methods=["GET"])
            for path, handler in (
                ("/v1/organizations/me", organization.me),
                ("/v1/organizations/workspaces", organization.workspaces),
                ("/v1/organizations/workspaces/{id}/rate_limits", organization.workspace_rate_limits),
                ("/v1/organizations/api_keys", organization.api_keys),
                ("/v1/organizations/rate_limits", organization.rate_limits),
                ("/v1/organizations/spend_limits", organization.spend_limits),
                ("/v1/organizations/usage_report/messages", reports.usage),
                ("/v1/organizations/usage_report/claude_code", reports.claude_code),
                ("/v1/organizations/cost_report", reports.cost),
                ("/v1/models", organization.models),
            )
        ]
        return Starlette(routes=routes, exception_handlers={404: self._nothing, 405: self._nothing})

    def _endpoint(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if self.latency:
                await asyncio.sleep(self.latency)
            request_id = f"req_011Sandbox{len(self.seen):014d}"
            now = self.clock().astimezone(UTC)
            try:
                kind = self._check(request)
                if kind != "ordinary":
                    self._check_beta(request)
                body = handler(request, self.world, now)
            except ApiError as error:
                return self._dated(error.response(request_id), now)
            headers = {"request-id": request_id, "anthropic-organization-id": ORGANIZATION_ID}
            if kind == "ordinary":
                headers["anthropic-workspace-id"] = IDS["production"]
            return self._dated(JSONResponse(body, headers=headers), now)

        return endpoint

    def _check(self, request: Request) -> str:
        """Gives the kind of the key, or refuses as the real API does."""
        version = request.headers.get("anthropic-version")
        if version is None:
            raise invalid("anthropic-version: header is required")
        if version not in _VERSIONS:
            raise invalid(f"anthropic-version: {version!r} is not a valid version")
        kind = self._kind(request)
        if kind in ("unknown", "revoked", "expired"):
            raise ApiError(401, "authentication_error", "invalid x-api-key")
        admin = request.url.path.startswith("/v1/organizations/")
        if admin and kind == "ordinary":
            raise ApiError(403, "permission_error", "This endpoint requires an admin API key.")
        if admin and kind == "nothing" and not request.url.path.endswith("/me"):
            raise ApiError(403, "permission_error", "This API key may not do this.")
        if admin and kind == "no-usage" and any(word in request.url.path for word in _NO_USAGE):
            raise ApiError(
                403,
                "permission_error",
                "This API key has scopes [read:members] but this endpoint needs more.",
            )
        if not admin and kind != "ordinary" and _key(request).startswith("sk-ant-admin"):
            raise ApiError(401, "authentication_error", "invalid x-api-key")
        return kind

    def _kind(self, request: Request) -> str:
        """A key's kind, or that of an OAuth token, which also needs its beta header."""
        known = self.keys.get(_key(request))
        if known is not None or self.bearer_check is None or "x-api-key" in request.headers:
            return known or "unknown"
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        betas = [beta.strip() for beta in request.headers.get("anthropic-beta", "").split(",")]
        if scheme != "Bearer" or OAUTH_BETA not in betas:
            return "unknown"
        return self.bearer_check(token) or "unknown"

    def _check_beta(self, request: Request) -> None:
        if not request.url.path.endswith("/spend_limits"):
            return
        if "spend-limit-reads-2026-09-26" not in request.headers.get("anthropic-beta", ""):
            raise not_found()
        if not self.enrolled:
            message = "This organization is not enrolled in this beta."
            raise ApiError(403, "permission_error", message, "organization_not_enrolled_in_beta")

    def _note(self, scope: Scope) -> None:
        request = Request(scope)
        headers = {k: v for k, v in request.headers.items() if k not in ("x-api-key", "authorization")}
        kind = self._kind(request)
        query = tuple(request.query_params.multi_items())
        self.seen.append(Seen(request.method, request.url.path, query, headers, kind))

    async def _nothing(self, _request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        refused = (
            not_found() if status == 404 else ApiError(405, "invalid_request_error", "Method not allowed")
        )
        request_id = f"req_011Sandbox{len(self.seen):014d}"
        return self._dated(refused.response(request_id), self.clock().astimezone(UTC))

    def _dated(self, response: Response, now: datetime) -> Response:
        """The server's clock is the sandbox's clock, so that both sides live on the same day."""
        response.headers["date"] = format_datetime(now, usegmt=True)
        return response


def _key(request: Request) -> str:
    bearer = request.headers.get("authorization", "")
    return request.headers.get("x-api-key") or bearer.removeprefix("Bearer ").strip()

"""A pretend authorization server that enforces the RFCs: 6749, 7636 (S256 forced), 7009, 8252, 8628, 9207.

server = OAuthSandbox(clock=lambda: datetime.now(UTC))      # an ASGI app of its own, with `faults`
OAuthServer(grants, style=ANTHROPIC).routes("/v1/oauth")    # to stand in another pretend vendor
"""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from stackk_tui.sandbox.faults import Faults
from stackk_tui.sandbox.oauth_clients import authenticated, read_body
from stackk_tui.sandbox.oauth_grants import Grants, OAuthError
from stackk_tui.sandbox.oauth_style import CONFIDENTIAL, IN_BODY, PUBLIC, RFC, Client, Style

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the server saw it: names only, never values."""

    path: str
    content_type: str
    names: tuple[str, ...]
    headers: tuple[str, ...]
    grant_type: str = ""


@dataclass(slots=True)
class OAuthServer:
    """The endpoints. `decision` is what the person does: approve, deny, or a page error's name."""

    grants: Grants
    style: Style = RFC
    clients: Sequence[Client] = (PUBLIC, CONFIDENTIAL, IN_BODY)
    issuer: str = "https://auth.sandbox.example"
    decision: str = "approve"
    interval: int = 5
    seen: list[Asked] = field(default_factory=list)

    def routes(self, prefix: str = "/oauth") -> list[Route]:
        return [
            Route(f"{prefix}/authorize", self._authorize, methods=["GET"]),
            Route(f"{prefix}/token", self._answered(self._token), methods=["POST"]),
            Route(f"{prefix}/revoke", self._answered(self._revoke), methods=["POST"]),
            Route(f"{prefix}/device", self._answered(self._device), methods=["POST"]),
        ]

    def decide_device(self, user_code: str, decision: str) -> None:
        """What the person does on the other device: `approved` or `denied`."""
        device = next(d for d in self.grants.devices.values() if d.user_code == user_code)
        device.decision = decision

    async def _authorize(self, request: Request) -> Response:
        pairs = parse_qsl(request.url.query, keep_blank_values=True)
        query = dict(pairs)
        client = next((c for c in self.clients if c.id == query.get("client_id")), None)
        redirect = query.get("redirect_uri", "")
        if len(pairs) != len(query) or client is None or not self._registered(client, redirect):
            return PlainTextResponse("unknown client or redirect address", status_code=400)
        problem = self._page_problem(query, client)
        answer: dict[str, str] = {}
        if problem is not None:
            answer["error"] = problem
        else:
            scope = query.get("scope") or " ".join(sorted(client.scopes))
            answer["code"] = self.grants.new_code(
                client, scope, redirect, query["code_challenge"], query.get("state")
            )
        if "state" in query:
            answer["state"] = query["state"]
        if self.style.sends_iss:
            answer["iss"] = self.issuer
        joint = "&" if "?" in redirect else "?"
        return RedirectResponse(redirect + joint + urlencode(answer, quote_via=quote), status_code=302)

    def _page_problem(self, query: Mapping[str, str], client: Client) -> str | None:
        if query.get("response_type") != "code":
            return "unsupported_response_type"
        if query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(
            query.get("code_challenge", "")
        ):
            return "invalid_request"
        if not set(query.get("scope", "").split()) <= client.scopes:
            return "invalid_scope"
        if self.decision == "approve":
            return None
        return "access_denied" if self.decision == "deny" else self.decision

    def _registered(self, client: Client, redirect: str) -> bool:
        """Whether it is one of the client's, byte for byte, or a loopback one but for the port."""
        if redirect in client.redirects:
            return True
        parts = urlsplit(redirect)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        if parts.scheme != "http" or host not in self.style.any_port or parts.fragment:
            return False
        without_port = redirect.replace(parts.netloc, host, 1)
        return parts.netloc in (host, f"{host}:{parts.port}") and without_port in client.redirects

    async def _token(self, request: Request) -> Response:
        fields, encoding = await read_body(request)
        grant = fields.get("grant_type", "")
        self._note(request, fields)
        client = authenticated(request, fields, self.clients)
        if grant == "authorization_code":
            self._must_be(encoding, self.style.exchange)
            answer = self._exchanged(fields, client)
        elif grant == "refresh_token":
            self._must_be(encoding, self.style.refresh)
            for name, value in self.style.refresh_headers.items():
                if request.headers.get(name) != value:
                    raise OAuthError("invalid_request", description=f"{name} is missing")
            token = _required(fields, "refresh_token")
            family = self.grants.use_refresh(token, client, fields.get("scope"))
            answer = self.grants.tokens_for(family, refresh=self.grants.rotate)
        elif grant == _DEVICE_GRANT:
            family = self.grants.poll_device(_required(fields, "device_code"), client)
            answer = self.grants.tokens_for(family, refresh=True)
        else:
            raise OAuthError("unsupported_grant_type")
        whole = {**answer, **self.style.answer}
        said = {name: value for name, value in whole.items() if name not in self.style.without}
        return JSONResponse(said, status_code=self.style.status, headers=_NO_STORE)

    def _exchanged(self, fields: Mapping[str, str], client: Client) -> dict[str, object]:
        if self.style.exchange_needs_state and "state" not in fields:
            raise OAuthError("oauth_request_parse_error")
        verifier, redirect = _required(fields, "code_verifier"), _required(fields, "redirect_uri")
        code = self.grants.use_code(_required(fields, "code"), client)
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        good = _VERIFIER.fullmatch(verifier) and digest == code.challenge and redirect == code.redirect_uri
        if not good or (self.style.exchange_needs_state and fields["state"] != code.state):
            self.grants.end(code.family)
            raise OAuthError("invalid_grant")
        self.grants.counts["exchanges"] += 1
        return self.grants.tokens_for(code.family, refresh=True)

    async def _revoke(self, request: Request) -> Response:
        fields, encoding = await read_body(request)
        self._note(request, fields)
        also = "body" if self.style.revoke == "json" else ""
        client = authenticated(request, fields, self.clients, also=also)
        if self.style.revoke == "json":
            self._must_be(encoding, "json")
            self.grants.revoke(_required(fields, "refresh_token"), client)
            return Response(status_code=204)
        self._must_be(encoding, "form")
        self.grants.revoke(_required(fields, "token"), client)
        return Response(status_code=200)

    async def _device(self, request: Request) -> Response:
        fields, encoding = await read_body(request)
        self._note(request, fields)
        self._must_be(encoding, "form")
        client = authenticated(request, fields, self.clients)
        scope = fields.get("scope") or " ".join(sorted(client.scopes))
        if not set(scope.split()) <= client.scopes:
            raise OAuthError("invalid_scope")
        code, device = self.grants.new_device(client, scope, self.interval)
        page = str(request.url.replace(path=request.url.path + "/page", query=""))
        body = {
            "device_code": code,
            "user_code": device.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={device.user_code}",
            "expires_in": int(self.grants.device_seconds),
            "interval": device.interval,
        }
        return JSONResponse(body, headers=_NO_STORE)

    def _answered(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await handler(request)
            except OAuthError as error:
                self.grants.counts[f"error {error.code}"] += 1
                headers = dict(_NO_STORE)
                if error.status == 401 and "authorization" in request.headers:
                    headers["www-authenticate"] = 'Basic realm="sandbox"'
                if self.style.errors == "message":
                    return JSONResponse(*_message(error), headers=headers)
                body = {"error": error.code, "error_description": error.description or "refused"}
                return JSONResponse(body, status_code=error.status, headers=headers)

        return endpoint

    def _must_be(self, encoding: str, wanted: str) -> None:
        if encoding != wanted:
            raise OAuthError("invalid_request", description=f"the body must be {wanted}")

    def _note(self, request: Request, fields: Mapping[str, str]) -> None:
        self.seen.append(
            Asked(
                path=request.url.path,
                content_type=request.headers.get("content-type", ""),
                names=tuple(sorted(fields)),
                headers=tuple(sorted(request.headers.keys())),
                grant_type=fields.get("grant_type", ""),
            )
        )


class OAuthSandbox:
    """The server as an app, with a resource `/me` that takes its access tokens, and faults on request."""

    def __init__(self, clock: Callable[[], datetime], **how: Any) -> None:
        """`how` are further fields of `OAuthServer`."""
        self.grants = Grants(clock)
        self.server = OAuthServer(self.grants, **how)
        routes = [*self.server.routes(), Route("/me", self._me, methods=["GET"])]
        self.faults = Faults(Starlette(routes=routes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.faults(scope, receive, send)

    async def _me(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        family = self.grants.active(token) if scheme.lower() == "bearer" else None
        if family is None:
            self.grants.counts["refused_at_me"] += 1
            return JSONResponse(
                {"error": "invalid_token"},
                status_code=401,
                headers={"www-authenticate": 'Bearer error="invalid_token"'},
            )
        self.grants.counts["served_at_me"] += 1
        return JSONResponse({"client": family.client_id, "scope": family.scope})


def _message(error: OAuthError) -> tuple[dict[str, str], int]:
    if error.description.endswith(" is missing"):
        return {"message": f"Required parameter: {error.description.removesuffix(' is missing')}"}, 422
    return {"message": error.description or error.code.replace("_", " ")}, error.status


def _required(fields: Mapping[str, str], name: str) -> str:
    if not fields.get(name):
        raise OAuthError("invalid_request", description=f"{name} is missing")
    return fields[name]

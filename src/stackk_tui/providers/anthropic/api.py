"""The endpoints that are read, and the three ways in which they page (`api/anthropic.md` §0–§3). GET only."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from stackk_tui.model.errors import ProtocolError, SignInNeeded
from stackk_tui.model.secret import Secret
from stackk_tui.net.http import HttpClient
from stackk_tui.net.message import Answer
from stackk_tui.net.trouble import KEPT, LATER
from stackk_tui.providers.anthropic import wire
from stackk_tui.providers.anthropic.credential import Credential

VERSION = "2023-06-01"
"""Every documented example of the reports uses it (`api/anthropic.md` §0)."""
SPEND_LIMITS_BETA = "spend-limit-reads-2026-09-26"
MOST_PAGES = 200

T = TypeVar("T", bound=wire.Wire)
Params = list[tuple[str, str]]
Paging = tuple[str, Callable[[Mapping[str, object]], str | None]]
"""The parameter that carries the cursor, and where the next one is in a page (None at the end)."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What an ordinary key tells by its answer's headers."""

    organization_id: str | None
    workspace_id: str | None


class AnthropicApi:
    """One credential's view. Methods raise what `HttpClient.get` raises."""

    def __init__(self, http: HttpClient, credential: Credential) -> None:
        self._http = http
        self._credential = credential
        self.server_time: datetime | None = None
        """Anthropic's clock at the last answer."""

    async def organization(self) -> wire.Organization:
        answer = await self._get("/v1/organizations/me", [])
        return (await _read(wire.Organization, [answer.body]))[0]

    async def workspaces(self) -> list[wire.WorkspaceRow]:
        """Gives all but the default one, archived ones too."""
        return await self._by_id(
            wire.WorkspaceRow,
            "/v1/organizations/workspaces",
            [("include_archived", "true"), ("limit", "1000")],
        )

    async def api_keys(self) -> list[wire.ApiKeyRow]:
        return await self._by_id(wire.ApiKeyRow, "/v1/organizations/api_keys", [("limit", "1000")])

    async def rate_limits(self) -> list[wire.RateLimitRow]:
        return await self._plain(wire.RateLimitRow, "/v1/organizations/rate_limits")

    async def workspace_rate_limits(self, workspace_id: str) -> list[wire.RateLimitRow]:
        """Gives only what differs: a group that is missing is inherited from the organization."""
        return await self._plain(
            wire.RateLimitRow, f"/v1/organizations/workspaces/{_segment(workspace_id)}/rate_limits"
        )

    async def spend_limits(self) -> list[wire.SpendLimitRow]:
        return await self._plain(
            wire.SpendLimitRow, "/v1/organizations/spend_limits", {"anthropic-beta": SPEND_LIMITS_BETA}
        )

    async def usage(self, first: date, last: date, *, by_key: bool = True) -> list[wire.UsageDay]:
        """Gives tokens by day, workspace, model and, if wanted, API key; both days inclusive, UTC."""
        groups = ("workspace_id", "model", *(("api_key_id",) if by_key else ()))
        params = [*_days(first, last), *(("group_by[]", group) for group in groups)]
        return await self._report(wire.UsageDay, "/v1/organizations/usage_report/messages", params)

    async def cost(self, first: date, last: date) -> list[wire.CostDay]:
        """Gives dollars by day, workspace and line of the bill; both days inclusive, UTC."""
        params = [*_days(first, last), ("group_by[]", "workspace_id"), ("group_by[]", "description")]
        return await self._report(wire.CostDay, "/v1/organizations/cost_report", params)

    async def claude_code(self, day: date) -> list[wire.ClaudeCodeRow]:
        params = [("starting_at", day.isoformat()), ("limit", "1000")]
        return await self._report(wire.ClaudeCodeRow, "/v1/organizations/usage_report/claude_code", params)

    async def models(self) -> list[wire.ModelRow]:
        return await self._by_id(wire.ModelRow, "/v1/models", [("limit", "1000")])

    async def probe(self) -> Probe:
        """Asks for one model: free, spends no tokens, and works with an ordinary key."""
        answer = await self._get("/v1/models", [("limit", "1")])
        organization, workspace = (
            answer.headers.get(f"anthropic-{what}-id") or None for what in ("organization", "workspace")
        )
        return Probe(organization, workspace)

    async def _get(self, path: str, params: Params, headers: Mapping[str, str] | None = None) -> Answer:
        proof = await self._credential.proof()
        try:
            answer = await self._send(proof, path, params, headers or {})
        except SignInNeeded:
            renewed = await self._credential.renew(proof)
            if renewed is None:
                raise
            answer = await self._send_again(renewed, path, params, headers or {})
        self.server_time = answer.server_time or self.server_time
        return answer

    async def _send_again(
        self, renewed: Secret, path: str, params: Params, headers: Mapping[str, str]
    ) -> Answer:
        """Once a request, with another secret; after that the 401 is believed."""
        try:
            return await self._send(renewed, path, params, headers)
        except SignInNeeded as error:
            raise self._credential.refused(error) from None

    async def _send(self, proof: Secret, path: str, params: Params, headers: Mapping[str, str]) -> Answer:
        own = {"anthropic-version": VERSION, **self._credential.headers(proof)}
        betas = [b for b in (own.get("anthropic-beta"), headers.get("anthropic-beta")) if isinstance(b, str)]
        both = {"anthropic-beta": ",".join(betas)} if betas else {}
        return await self._http.get(path, params, {**own, **headers, **both})

    async def _by_id(self, shape: type[T], path: str, params: Params) -> list[T]:
        return await self._pages(shape, path, params, ("after_id", _last_id))

    async def _report(self, shape: type[T], path: str, params: Params) -> list[T]:
        return await self._pages(shape, path, params, ("page", _next_page_if_more))

    async def _plain(self, shape: type[T], path: str, headers: Mapping[str, str] | None = None) -> list[T]:
        return await self._pages(shape, path, [], ("page", _next_page), headers)

    async def _pages(
        self,
        shape: type[T],
        path: str,
        params: Params,
        paging: Paging,
        headers: Mapping[str, str] | None = None,
    ) -> list[T]:
        """Follows the cursor to its end. Raises ProtocolError if it goes in circles or never ends."""
        cursor_name, next_cursor = paging
        found: list[T] = []
        cursors: set[str] = set()
        page_params = params
        for _ in range(MOST_PAGES):
            answer = await self._get(path, page_params, headers)
            rows = answer.body.get("data")
            if not isinstance(rows, list):  # no list is not an empty one: nothing may be taken for a zero
                raise _unreadable("a list without its rows", answer.request_id)
            found += await _read(shape, rows, answer.request_id)
            cursor = next_cursor(answer.body)
            if cursor is None:
                return found
            if cursor in cursors:
                break
            cursors.add(cursor)
            page_params = [*params, (cursor_name, cursor)]
        raise _unreadable("pages that never end", None)


async def _read(shape: type[T], rows: object, request_id: str | None = None) -> list[T]:
    try:
        return await asyncio.to_thread(wire.parse_rows, shape, rows)
    except ValueError:
        pass  # the reason would quote the answer
    raise _unreadable("an answer of another shape than documented", request_id)


def _last_id(body: Mapping[str, object]) -> str | None:
    return _cursor(body.get("last_id")) if body.get("has_more") else None


def _next_page_if_more(body: Mapping[str, object]) -> str | None:
    return _cursor(body.get("next_page")) if body.get("has_more") else None


def _next_page(body: Mapping[str, object]) -> str | None:
    return None if body.get("next_page") is None else _cursor(body.get("next_page"))


def _cursor(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > 4096:
        raise _unreadable("a list that says it goes on, but not where", None)
    return value


def _days(first: date, last: date) -> Params:
    return [
        ("starting_at", f"{first.isoformat()}T00:00:00Z"),
        ("ending_at", f"{(last + timedelta(days=1)).isoformat()}T00:00:00Z"),
        ("bucket_width", "1d"),
        ("limit", "31"),
    ]


def _segment(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def _unreadable(what: str, request_id: str | None) -> ProtocolError:
    return ProtocolError(f"Anthropic sent {what}.", KEPT, LATER, request_id=request_id)

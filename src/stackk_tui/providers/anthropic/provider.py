"""Anthropic behind the house's one provider protocol."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from stackk_tui.model.errors import Forbidden, SignInNeeded
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Service, Workspace
from stackk_tui.model.usage import DEFAULT_WORKSPACE
from stackk_tui.net.http import LIMITS, HttpClient, Limits
from stackk_tui.providers.anthropic import console, key, ordinary
from stackk_tui.providers.anthropic.api import AnthropicApi
from stackk_tui.providers.anthropic.errors import classify_refusal
from stackk_tui.providers.anthropic.info import ANTHROPIC
from stackk_tui.providers.anthropic.wire import WorkspaceRow
from stackk_tui.providers.base import (
    Fetched,
    Finding,
    Identity,
    Known,
    Pace,
    ProviderContext,
    Revocation,
    Session,
)

API_URL = "https://api.anthropic.com"
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_KEY_PAGES = {
    "admin-key": "https://platform.claude.com/settings/admin-keys",
    "api-key": "https://platform.claude.com/settings/keys",
}


def http_client(
    context: ProviderContext,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    limits: Limits = LIMITS,
) -> HttpClient:
    """Gives the client for the address and the proxy of the settings; nothing is opened yet."""
    settings = context.settings
    network = settings.section("network")
    return HttpClient(
        ANTHROPIC.name,
        settings.endpoint(ANTHROPIC.id, "API_URL", API_URL),
        allow_http_loopback=settings.allow_http_loopback,
        transport=context.transport,
        proxy=str(network["proxy"]) if network.get("proxy") else None,
        ca_file=str(network["ca_file"]) if network.get("ca_file") else None,
        classify=classify_refusal,
        limits=limits,
        clock=context.clock,
        sleep=sleep,
    )


class AnthropicProvider:
    """Implements `providers/base.py: Provider`. Making it is cheap; the first call opens the connection."""

    def __init__(self, context: ProviderContext, http: HttpClient | None = None) -> None:
        self.info = ANTHROPIC
        self.pace = Pace()
        self._clock = context.clock
        self._http = http if http is not None else http_client(context)

    def detect(self) -> list[Finding]:
        return []

    async def sign_in(self, method: str, secret: Secret | None, form: Mapping[str, str]) -> Identity:
        return await key.identify(self._connect, method, secret)

    async def workspaces(self, session: Session) -> list[Workspace]:
        """Gives the whole organization, the default workspace, then each other, archived ones too."""
        api = self._api(session)
        if session.account.method == "api-key":
            return await ordinary.workspaces(api)
        organization = await api.organization()
        try:
            rows = await api.workspaces()
        except Forbidden:
            rows = None  # it may still see the organization's usage as a whole
        first = Workspace(
            id=organization.id or session.account.billing_scope.rpartition(":")[2],
            name=organization.name or session.account.label,
            kind="organization",
            whole_account=True,
        )
        if rows is None:
            return [first]
        others = {row.id: _workspace(row) for row in rows if row.id}
        return [first, Workspace(id=DEFAULT_WORKSPACE, name="Default"), *others.values()]

    async def sync(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        api = self._api(session)
        if session.account.method == "api-key":
            return await ordinary.refresh(api, services, self._clock)
        return await console.sync(api, services, known, self._clock)

    async def refresh(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        api = self._api(session)
        if session.account.method == "api-key":
            return await ordinary.refresh(api, services, self._clock)
        return await console.refresh(api, services, known, self._clock)

    async def revoke(self, session: Session, *, destroy_token: bool) -> Revocation:
        """Anthropic has no way for a key to end itself, and we never write to the Admin API."""
        page = _KEY_PAGES.get(session.account.method, ANTHROPIC.revoke_url)
        return Revocation("impossible", f"The key still works at Anthropic. Delete it there: {page}")

    async def aclose(self) -> None:
        await self._http.aclose()

    def _connect(self, secret: Secret) -> AnthropicApi:
        return AnthropicApi(self._http, secret)

    def _api(self, session: Session) -> AnthropicApi:
        if session.secret is None:
            raise SignInNeeded(
                f"There is no key for {session.account.label} any more.",
                "Its figures stay.",
                "Sign in again with its key.",
            )
        return self._connect(session.secret)


def _workspace(row: WorkspaceRow) -> Workspace:
    color = row.display_color or ""
    return Workspace(
        id=row.id or "",
        name=row.name or row.id or "",
        color=color if _COLOR.fullmatch(color) else None,
        created_at=row.created_at,
        archived_at=row.archived_at,
    )

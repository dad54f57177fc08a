"""Anthropic behind the house's one provider protocol."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from stackk_tui.model.errors import Forbidden, SignInNeeded, StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Account, Service, Workspace
from stackk_tui.model.usage import DEFAULT_WORKSPACE
from stackk_tui.net.bearer import Bearer, BearerSource
from stackk_tui.net.http import LIMITS, HttpClient, Limits
from stackk_tui.net.oauth import OAuthHttp, revoke
from stackk_tui.providers.anthropic import ant, console, key, oauth, ordinary
from stackk_tui.providers.anthropic.api import AnthropicApi
from stackk_tui.providers.anthropic.credential import ApiKey, ConsoleToken
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
    SignInFlow,
)

if TYPE_CHECKING:
    from stackk_tui.storage.tokens import Tokens

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
        self._settings = context.settings
        self._http = http if http is not None else http_client(context)
        self._oauth_http = OAuthHttp.from_settings(
            context.settings, transport=context.transport, clock=context.clock
        )

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

    def missing(self, method: str) -> str:
        """Gives what a door still needs; empty when it is ready."""
        if method == "ant":
            return "" if ant.program(self._settings.env) else ant.NOT_INSTALLED
        try:
            return "" if method != "oauth" or oauth.table(self._settings).configured else oauth.NOT_CONFIGURED
        except StackkError as error:
            return error.what

    async def start_sign_in(self, method: str, *, listen: bool) -> SignInFlow:
        if method == "ant":
            return await ant.AntFlow.start(self._settings.env, self._clock)
        return await oauth.start(self._settings, self._oauth_http, clock=self._clock, listen=listen)

    async def identify(self, method: str, bearer: BearerSource) -> Identity:
        return await key.identify_token(AnthropicApi(self._http, ConsoleToken(bearer)), method)

    def bearer(self, account: Account | None, tokens: "Tokens") -> BearerSource:
        if account is None or account.method == "ant":
            return ant.AntTokens(self._settings.env)
        return Bearer(
            oauth.table(self._settings),
            self._oauth_http,
            tokens,
            provider=account.provider,
            account_id=account.id,
            data=self._settings.paths.data,
            clock=self._clock,
        )

    async def revoke(self, session: Session, *, destroy_token: bool) -> Revocation:
        """Ends an OAuth sign-in where an endpoint for it is configured.

        Anthropic has no way for a key to end itself, and we never write to the Admin API.
        """
        if session.account.method == "oauth" and session.grant is not None:
            grant = session.grant
            ended = await revoke(
                oauth.table(self._settings), self._oauth_http, oauth.Grant(grant.secret, grant.refresh)
            )
            return Revocation(ended.outcome, ended.message)
        page = _KEY_PAGES.get(session.account.method, ANTHROPIC.revoke_url)
        return Revocation("impossible", f"The key still works at Anthropic. Delete it there: {page}")

    async def aclose(self) -> None:
        await self._http.aclose()
        await self._oauth_http.aclose()

    def _connect(self, secret: Secret) -> AnthropicApi:
        return AnthropicApi(self._http, ApiKey(secret))

    def _api(self, session: Session) -> AnthropicApi:
        if session.bearer is not None:
            return AnthropicApi(self._http, ConsoleToken(session.bearer))
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

"""Anthropic behind the house's one provider protocol."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from stackk_tui.model.errors import Forbidden, SignInNeeded, StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Account, Service, Workspace
from stackk_tui.model.usage import DEFAULT_WORKSPACE
from stackk_tui.net.bearer import Bearer, BearerSource, Keeps
from stackk_tui.net.client import Limits
from stackk_tui.net.http import LIMITS, HttpClient
from stackk_tui.net.oauth import OAuthHttp, revoke
from stackk_tui.providers import client
from stackk_tui.providers.anthropic import ant, ant_login, console, key, oauth, ordinary, plan
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
from stackk_tui.storage.token_record import TokenRecord

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
    return client.http_client(
        context,
        ANTHROPIC,
        API_URL,
        classify=classify_refusal,
        sleep=sleep,
        limits=limits,
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

        self._plan = plan.PlanReader(context.settings, context.clock)

    def detect(self) -> list[Finding]:
        return self._plan.findings()

    async def sign_in(self, method: str, secret: Secret | None, form: Mapping[str, str]) -> Identity:
        if method == plan.LOCAL:
            return await self._plan.identify()
        return await key.identify(self._connect, method, secret)

    async def workspaces(self, session: Session) -> list[Workspace]:
        """Gives the whole organization, the default workspace, then each other, archived ones too."""
        if session.account.method == plan.LOCAL:
            return [self._plan.workspace(session)]
        api = self._api(session)
        if session.account.method == "api-key":
            return await ordinary.workspaces(api)
        organization = await api.organization()
        self._must_be_the_same(session, organization.id)
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
        if session.account.method == plan.LOCAL:
            return await self._plan.fetch(session, services, known, light=True)
        api = self._api(session)
        if session.account.method == "api-key":
            return await ordinary.refresh(api, services, self._clock)
        if (other := await self._other_organization(session, api)) is not None:
            return Fetched(failures={service.workspace.id: other for service in services})
        return await console.sync(api, services, known, self._clock)

    async def refresh(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        if session.account.method == plan.LOCAL:
            return await self._plan.fetch(session, services, known, light=not known.insisted)
        api = self._api(session)
        if session.account.method == "api-key":
            return await ordinary.refresh(api, services, self._clock)
        if (other := await self._other_organization(session, api)) is not None:
            return Fetched(failures={service.workspace.id: other for service in services})
        return await console.refresh(api, services, known, self._clock)

    async def changed(self) -> None:
        await self._plan.changed()

    async def heard(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        return await self._plan.heard(session, services, known)

    def missing(self, method: str) -> str:
        """Gives what a door still needs; empty when it is ready."""
        if method == "ant":
            return "" if ant.program(self._settings.env) else ant.NOT_INSTALLED
        try:
            return "" if method != "oauth" or oauth.table(self._settings).configured else oauth.NOT_CONFIGURED
        except StackkError as error:
            return error.what

    def check(self, method: str) -> None:
        if method == "ant":
            ant.must_be_there(self._settings.env)
        elif method == "oauth":
            oauth.configured(self._settings)

    def stays(self, method: str) -> str:
        if method == "oauth":
            return oauth.stays(self._settings)
        return ant.STAYS if method == "ant" else ""

    async def start_sign_in(self, method: str, *, listen: bool) -> SignInFlow:
        if method == "ant":
            return await ant_login.AntFlow.start(self._settings.env, self._clock)
        return await oauth.start(self._settings, self._oauth_http, clock=self._clock, listen=listen)

    async def identify(self, method: str, bearer: BearerSource) -> Identity:
        return await key.identify_token(AnthropicApi(self._http, ConsoleToken(bearer)), method)

    def bearer(self, account: Account | None, tokens: Keeps) -> BearerSource:
        if account is None or account.method == "ant":
            return ant.AntTokens(self._settings.env, self._settings.paths.data)
        configured = oauth.configured(self._settings)
        return Bearer(
            configured,
            self._oauth_http,
            oauth.OfThisServer(tokens, oauth.server_of(configured)),
            provider=account.provider,
            account_id=account.id,
            data=self._settings.paths.data,
            clock=self._clock,
        )

    async def revoke(self, session: Session, *, destroy_token: bool) -> Revocation:
        """Ends an OAuth sign-in where an endpoint for it is configured.

        Anthropic has no way for a key to end itself, and we never write to the Admin API.
        """
        if session.account.method == plan.LOCAL:
            return Revocation("impossible", "The sign-in stays with `claude`; it is not ours to end.")
        if session.account.method == "oauth" and session.grant is not None:
            return await self._end(session.grant)
        page = _KEY_PAGES.get(session.account.method, ANTHROPIC.revoke_url)
        return Revocation("impossible", f"The key still works at Anthropic. Delete it there: {page}")

    async def _end(self, record: TokenRecord) -> Revocation:
        """Never raises: what cannot be told to Anthropic is said."""
        try:
            configured = oauth.configured(self._settings)
            oauth.must_be_of(record, oauth.server_of(configured))
            ended = await revoke(
                configured,
                self._oauth_http,
                oauth.Grant(record.secret, record.refresh),
                seconds=oauth.REVOKE_SECONDS,
            )
        except StackkError as error:
            by_hand = f"End it there: {oauth.DEFAULTS.manage_url}"
            return Revocation("failed", f"Anthropic could not be told: {error.what} {by_hand}")
        return Revocation(ended.outcome, ended.message)

    async def aclose(self) -> None:
        await self._http.aclose()
        await self._oauth_http.aclose()

    def _connect(self, secret: Secret) -> AnthropicApi:
        return AnthropicApi(self._http, ApiKey(secret))

    async def _other_organization(self, session: Session, api: AnthropicApi) -> StackkError | None:
        """Another program keeps one sign-in and may have changed it: no figure of another one is shown."""
        if session.account.method != "ant":
            return None
        try:
            self._must_be_the_same(session, (await api.organization()).id)
        except StackkError as error:
            return error
        return None

    def _must_be_the_same(self, session: Session, organization_id: str | None) -> None:
        """Raises SignInNeeded."""
        if session.bearer is None or session.account.billing_scope == f"anthropic:org:{organization_id}":
            return
        raise SignInNeeded(
            f"The sign-in is for another organization now than {session.account.label}.",
            "Its last good figures stay; nothing of the other one is shown under its name.",
            f"Sign in to {session.account.label} again, or add the other one.",
        )

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

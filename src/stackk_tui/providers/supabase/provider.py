"""Supabase behind the house's one provider protocol."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from stackk_tui.config import Settings
from stackk_tui.model.capability import Capability
from stackk_tui.model.errors import SignInNeeded, StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Account, Service, Workspace
from stackk_tui.net.bearer import Bearer, BearerSource, Keeps
from stackk_tui.net.client import Limits
from stackk_tui.net.http import LIMITS, HttpClient
from stackk_tui.net.oauth import OAuthHttp, revoke
from stackk_tui.providers import client
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
from stackk_tui.providers.doors import OAuthApp
from stackk_tui.providers.oauth_door import Grant, OfThisServer, must_be_of, server_of
from stackk_tui.providers.supabase import fetch, oauth, picker, token
from stackk_tui.providers.supabase.api import SupabaseApi
from stackk_tui.providers.supabase.credential import AppToken, PersonalToken
from stackk_tui.providers.supabase.errors import classify_refusal, wait_of
from stackk_tui.providers.supabase.info import SUPABASE, TOKEN_PAGE
from stackk_tui.storage.token_record import TokenRecord

API_URL = "https://api.supabase.com"
INTERVAL = timedelta(minutes=10)
"""Plan and add-ons are to be asked for every ten minutes at most (`api/supabase.md` §9)."""


def http_client(
    context: ProviderContext,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    limits: Limits = LIMITS,
) -> HttpClient:
    """Gives the client for the address and the proxy of the settings; nothing is opened yet."""
    return client.http_client(
        context,
        SUPABASE,
        API_URL,
        classify=classify_refusal,
        wait=wait_of,
        sleep=sleep,
        limits=limits,
    )


def reads_database_size(settings: Settings) -> bool:
    """Whether the database is asked for its size: yes, unless `[supabase] database_size = false`.

    The question is fixed and reads nothing else, but a sign-in that may ask it could read data.
    """
    return settings.section(SUPABASE.id).get("database_size", True) is not False


class SupabaseProvider:
    """Implements `providers/base.py: Provider`. Making it is cheap; the first call opens the connection."""

    def __init__(self, context: ProviderContext, http: HttpClient | None = None) -> None:
        self.info = SUPABASE
        self.pace = Pace(interval=INTERVAL)
        self._clock = context.clock
        self._settings = context.settings
        self._http = http if http is not None else http_client(context)
        self._oauth_http = OAuthHttp.from_settings(
            context.settings, transport=context.transport, clock=context.clock
        )

    def detect(self) -> list[Finding]:
        return []

    async def sign_in(self, method: str, secret: Secret | None, form: Mapping[str, str]) -> Identity:
        api = SupabaseApi(self._http, PersonalToken(token.tidied(secret)))
        return await token.identify(api, "token")

    async def workspaces(self, session: Session) -> list[Workspace]:
        return await picker.workspaces(self._api(session))

    async def sync(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        return await fetch.sync(self._api(session), services, known, self._clock)

    async def refresh(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        by_oauth: frozenset[Capability] = frozenset({"revoke"})
        return await fetch.refresh(
            self._api(session),
            services,
            known,
            self._clock,
            database_size=reads_database_size(self._settings),
            can=by_oauth if session.account.method == "oauth" else frozenset(),
        )

    # SignsInAtVendor

    def missing(self, method: str) -> str:
        try:
            return "" if method != "oauth" or oauth.table(self._settings).configured else oauth.NOT_CONFIGURED
        except StackkError as error:
            return error.what

    def check(self, method: str) -> None:
        if method == "oauth":
            oauth.configured(self._settings)

    def stays(self, method: str) -> str:
        return oauth.stays(self._settings) if method == "oauth" else ""

    async def start_sign_in(self, method: str, *, listen: bool) -> SignInFlow:
        found = oauth.configured(self._settings)
        return await oauth.start(found, self._oauth_http, clock=self._clock, listen=listen)

    async def start_with_app(self, method: str, app: OAuthApp, *, listen: bool) -> SignInFlow:
        found = oauth.for_app(self._settings, app)
        return await oauth.start(found, self._oauth_http, clock=self._clock, listen=listen, app=app)

    async def identify(self, method: str, bearer: BearerSource) -> Identity:
        return await token.identify(SupabaseApi(self._http, AppToken(bearer)), method)

    def bearer(self, account: Account | None, tokens: Keeps) -> BearerSource:
        if account is None:
            raise SignInNeeded("No other program keeps a sign-in to Supabase.", "", "Sign in again.")
        found = oauth.table(self._settings)
        return Bearer(
            found,
            self._oauth_http,
            OfThisServer(oauth.WithItsApp(tokens, self._settings), server_of(found)),
            provider=account.provider,
            account_id=account.id,
            data=self._settings.paths.data,
            clock=self._clock,
        )

    async def revoke(self, session: Session, *, destroy_token: bool) -> Revocation:
        """Ends an OAuth sign-in; a personal access token can only be ended by its owner, on a page."""
        if session.account.method == "oauth" and session.grant is not None:
            return await self._end(session.grant)
        return Revocation("impossible", f"The token still works at Supabase. Delete it there: {TOKEN_PAGE}")

    async def aclose(self) -> None:
        await self._http.aclose()
        await self._oauth_http.aclose()

    async def _end(self, record: TokenRecord) -> Revocation:
        """Never raises: what cannot be told to Supabase is said."""
        try:
            found = oauth.for_record(self._settings, record)
            must_be_of(record, server_of(found))
            grant = Grant(record.secret, record.refresh)
            ended = await revoke(found, self._oauth_http, grant, seconds=oauth.REVOKE_SECONDS)
        except StackkError as error:
            by_hand = f"End it there: {oauth.APPS_PAGE}"
            return Revocation("failed", f"Supabase could not be told: {error.what} {by_hand}")
        return Revocation(ended.outcome, ended.message)

    def _api(self, session: Session) -> SupabaseApi:
        if session.bearer is not None:
            return SupabaseApi(self._http, AppToken(session.bearer))
        if session.secret is None:
            raise SignInNeeded(
                f"There is no token for {session.account.label} any more.",
                "Its figures stay.",
                "Sign in again with its token.",
            )
        return SupabaseApi(self._http, PersonalToken(session.secret))

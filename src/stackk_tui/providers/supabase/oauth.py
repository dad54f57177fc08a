"""Signing in with the person's own OAuth app, by settings or typed in (`api/supabase.md` §1b).

An app without its secret is no use at Supabase, and a program that everybody has keeps none: there is no app
of ours.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from stackk_tui.config import Settings
from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import InvalidInput
from stackk_tui.net.bearer import Keeps
from stackk_tui.net.oauth import LIFETIME, OAuthFlow, OAuthHttp, OAuthTable, table_from
from stackk_tui.providers.doors import OAuthApp
from stackk_tui.providers.oauth_door import PageFlow, server_of
from stackk_tui.providers.supabase.info import CALLBACK
from stackk_tui.storage.token_record import TokenRecord

APPS_PAGE = "https://supabase.com/dashboard/account/organizations"
DEFAULTS = OAuthTable(
    provider="supabase",
    title="Supabase",
    authorize_url="https://api.supabase.com/v1/oauth/authorize",
    token_url="https://api.supabase.com/v1/oauth/token",
    revoke_url="https://api.supabase.com/v1/oauth/revoke",
    client_auth="basic",
    redirect_uri=CALLBACK,
    revoke_style="json-refresh-token",
    bare_400_refuses=True,
    manage_url=APPS_PAGE,
)
SIGN_IN_TIME: timedelta = LIFETIME
REVOKE_SECONDS = 10.0
NOT_CONFIGURED = "needs an OAuth app of your own: its client id and secret"
_VISIBLE = re.compile(r"[\x21-\x7e]{1,512}")


def table(settings: Settings) -> OAuthTable:
    """Gives the table with the person's settings over it. Raises InvalidInput for one that cannot be used."""
    return table_from(settings, DEFAULTS)


def for_app(settings: Settings, app: OAuthApp) -> OAuthTable:
    """Gives the table with an app that was typed in. Raises InvalidInput for what can be none."""
    if not _VISIBLE.fullmatch(app.client_id) or not _VISIBLE.fullmatch(app.client_secret.reveal()):
        raise InvalidInput(
            "A client id or secret has no spaces, line breaks or accents in it.",
            "Nothing was sent.",
            "Copy them again, each alone and whole.",
        )
    return _must_be_whole(table(settings).with_client(app.client_id, app.client_secret))


def for_record(settings: Settings, record: TokenRecord) -> OAuthTable:
    """Gives the table with the app that a sign-in was made with. Raises InvalidInput where none is known."""
    return _must_be_whole(table(settings).with_client(record.client_id, record.client_secret))


def configured(settings: Settings) -> OAuthTable:
    """Gives the table with the app of the settings. Raises InvalidInput where there is none."""
    return _must_be_whole(table(settings))


@dataclass(frozen=True, slots=True)
class WithItsApp:
    """The token store, for tokens whose app is known: without it they cannot be renewed."""

    tokens: Keeps
    settings: Settings

    async def load(self, provider: str, account_id: str) -> TokenRecord | None:
        """Raises InvalidInput where no app is known, and what the store raises."""
        record = await self.tokens.load(provider, account_id)
        if record is not None:
            for_record(self.settings, record)
        return record

    async def save(self, provider: str, account_id: str, record: TokenRecord) -> None:
        await self.tokens.save(provider, account_id, record)


async def start(
    found: OAuthTable, http: OAuthHttp, *, clock: Clock, listen: bool, app: OAuthApp | None = None
) -> PageFlow:
    flow = await OAuthFlow.start(found, http, clock=clock, listen=listen, lifetime=SIGN_IN_TIME)
    return PageFlow(flow, server_of(found), app)


def stays(settings: Settings) -> str:
    """Says what disconnecting cannot end; empty where the endpoint for it is left in place."""
    found = table(settings)
    if found.revoke_url and found.revoke_style != "none":
        return ""
    return f"the sign-in itself stays at Supabase until it is ended there: {found.manage_url}"


def _must_be_whole(found: OAuthTable) -> OAuthTable:
    if not found.configured or found.client_secret is None:
        raise InvalidInput(
            "No OAuth app is configured for Supabase.",
            "Nothing was sent, and what is kept stays.",
            "Set SUPABASE_CLIENT_ID and SUPABASE_CLIENT_SECRET, or sign in with a personal access token.",
        )
    return found

"""Signing in to a Console organization with the person's own OAuth client (`api/anthropic.md` §4.1).

There is no client id of ours, and none of anybody else's: without one configured this door stays shut.
"""

from datetime import timedelta

from stackk_tui.config import Settings
from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import InvalidInput
from stackk_tui.net.oauth import LIFETIME, DeviceFlow, OAuthFlow, OAuthHttp, OAuthTable, table_from
from stackk_tui.providers.oauth_door import CodeFlow, Grant, OfThisServer, PageFlow, must_be_of, server_of

__all__ = ["Grant", "OfThisServer", "must_be_of", "server_of"]

DEFAULTS = OAuthTable(
    provider="anthropic",
    title="Anthropic",
    authorize_url="https://platform.claude.com/oauth/authorize",
    token_url="https://api.anthropic.com/v1/oauth/token",
    scope="org:admin",
    exchange_encoding="form",
    exchange_sends_state=True,
    refresh_encoding="json",
    refresh_headers={"anthropic-beta": "oauth-2025-04-20"},
    manage_url="https://platform.claude.com/settings",
)
SIGN_IN_TIME: timedelta = LIFETIME
REVOKE_SECONDS = 10.0
NOT_CONFIGURED = "needs ANTHROPIC_CLIENT_ID, the id of your own OAuth client"


def table(settings: Settings) -> OAuthTable:
    """Gives the table with the person's settings over it. Raises InvalidInput for one that cannot be used."""
    return table_from(settings, DEFAULTS)


def configured(settings: Settings) -> OAuthTable:
    """Gives the table with a client in it. Raises InvalidInput: without one nothing may be sent anywhere."""
    found = table(settings)
    if not found.configured:
        raise InvalidInput(
            "No OAuth client is configured for Anthropic.",
            "Nothing was sent, and what is kept stays.",
            "Set ANTHROPIC_CLIENT_ID to the id of your own OAuth client, or sign in with an admin key.",
        )
    return found


def stays(settings: Settings) -> str:
    """Says what disconnecting cannot end; empty where an endpoint for it is configured."""
    found = table(settings)
    if found.revoke_url and found.revoke_style != "none":
        return ""
    return f"the sign-in itself stays at Anthropic until it is ended there: {found.manage_url}"


async def start(settings: Settings, http: OAuthHttp, *, clock: Clock, listen: bool) -> PageFlow | CodeFlow:
    """Raises InvalidInput when no client is configured. A configured device endpoint is what is used."""
    found = configured(settings)
    if found.device_url:
        return CodeFlow(await DeviceFlow.start(found, http, clock=clock), server_of(found))
    flow = await OAuthFlow.start(found, http, clock=clock, listen=listen, lifetime=SIGN_IN_TIME)
    return PageFlow(flow, server_of(found))

"""Signing in to a Console organization with the person's own OAuth client (`api/anthropic.md` §4.1).

There is no client id of ours, and none of anybody else's: without one configured this door stays shut.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from stackk_tui.config import Settings
from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import InvalidInput, SignInNeeded
from stackk_tui.model.secret import Secret
from stackk_tui.net.bearer import Keeps
from stackk_tui.net.oauth import LIFETIME, DeviceFlow, OAuthFlow, OAuthHttp, OAuthTable, table_from
from stackk_tui.storage.token_record import TokenRecord

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


def server_of(configured: OAuthTable) -> str:
    """Gives what names the server that a sign-in was made with, kept in its record."""
    return configured.issuer or configured.token_url


def stays(settings: Settings) -> str:
    """Says what disconnecting cannot end; empty where an endpoint for it is configured."""
    found = table(settings)
    if found.revoke_url and found.revoke_style != "none":
        return ""
    return f"the sign-in itself stays at Anthropic until it is ended there: {found.manage_url}"


@dataclass(frozen=True, slots=True)
class Grant:
    """What is to be ended at the vendor."""

    access: Secret
    refresh: Secret | None


@dataclass(frozen=True, slots=True)
class OfThisServer:
    """The token store, for tokens of the server of today's settings alone: they are sent to no other."""

    tokens: Keeps
    server: str

    async def load(self, provider: str, account_id: str) -> TokenRecord | None:
        """Raises SignInNeeded for a record of another server, and what the store raises."""
        record = await self.tokens.load(provider, account_id)
        if record is not None:
            must_be_of(record, self.server)
        return record

    async def save(self, provider: str, account_id: str, record: TokenRecord) -> None:
        await self.tokens.save(provider, account_id, record)


def must_be_of(record: TokenRecord, server: str) -> None:
    """Raises SignInNeeded when the record was made with another server."""
    if record.issuer and record.issuer != server:
        raise SignInNeeded(
            "This sign-in was made with another server than the one in the settings now.",
            "It was sent nowhere; the last good figures stay.",
            "Restore STACKK_ANTHROPIC_TOKEN_URL and STACKK_ANTHROPIC_ISSUER, or sign in again.",
        )


@dataclass(slots=True)
class ConsoleFlow:
    """The engine's flow as the house knows flows: it ends with the record to keep."""

    flow: OAuthFlow
    server: str

    @property
    def address(self) -> str:
        return self.flow.address

    @property
    def listening(self) -> bool:
        return self.flow.listening

    @property
    def port(self) -> int | None:
        return self.flow.port

    @property
    def listener_problem(self) -> str:
        return self.flow.listener_problem

    @property
    def expires_at(self) -> datetime:
        return self.flow.expires_at

    def paste(self, text: str) -> None:
        self.flow.paste(text)

    async def wait(self) -> TokenRecord:
        tokens = await self.flow.wait()
        return tokens.record(issuer=self.server)

    async def aclose(self) -> None:
        await self.flow.aclose()


@dataclass(slots=True)
class CodeFlow:
    """Signing in by a code typed in elsewhere (RFC 8628); nothing is listened for and nothing is pasted."""

    flow: DeviceFlow
    server: str
    listening = True
    """The answer comes by itself."""
    port = None

    @property
    def address(self) -> str:
        return self.flow.verification_uri_complete or self.flow.verification_uri

    @property
    def listener_problem(self) -> str:
        return f"Enter the code {self.flow.user_code} on that page; nothing has to be pasted here."

    @property
    def expires_at(self) -> datetime:
        return self.flow.expires_at

    def paste(self, text: str) -> None:
        raise InvalidInput(
            "Nothing has to be pasted here.",
            "The sign-in goes on.",
            f"Type {self.flow.user_code} on the page.",
        )

    async def wait(self) -> TokenRecord:
        tokens = await self.flow.wait()
        return tokens.record(issuer=self.server)

    async def aclose(self) -> None:
        await self.flow.aclose()


async def start(settings: Settings, http: OAuthHttp, *, clock: Clock, listen: bool) -> ConsoleFlow | CodeFlow:
    """Raises InvalidInput when no client is configured. A configured device endpoint is what is used."""
    found = configured(settings)
    if found.device_url:
        return CodeFlow(await DeviceFlow.start(found, http, clock=clock), server_of(found))
    flow = await OAuthFlow.start(found, http, clock=clock, listen=listen, lifetime=SIGN_IN_TIME)
    return ConsoleFlow(flow, server_of(found))

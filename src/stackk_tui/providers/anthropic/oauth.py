"""Signing in to a Console organization with the person's own OAuth client (`api/anthropic.md` §4.1).

There is no client id of ours, and none of anybody else's: without one configured this door stays shut.
"""

from dataclasses import dataclass
from datetime import datetime

from stackk_tui.config import Settings
from stackk_tui.model.clock import Clock
from stackk_tui.model.secret import Secret
from stackk_tui.net.oauth import OAuthFlow, OAuthHttp, OAuthTable, table_from
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
NOT_CONFIGURED = "needs ANTHROPIC_CLIENT_ID, the id of your own OAuth client"


def table(settings: Settings) -> OAuthTable:
    """Gives the table with the person's settings over it. Raises InvalidInput for one that cannot be used."""
    return table_from(settings, DEFAULTS)


@dataclass(frozen=True, slots=True)
class Grant:
    """What is to be ended at the vendor."""

    access: Secret
    refresh: Secret | None


@dataclass(slots=True)
class ConsoleFlow:
    """The engine's flow as the house knows flows: it ends with the record to keep."""

    flow: OAuthFlow
    issuer: str

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
        return tokens.record(issuer=self.issuer)

    async def aclose(self) -> None:
        await self.flow.aclose()


async def start(settings: Settings, http: OAuthHttp, *, clock: Clock, listen: bool) -> ConsoleFlow:
    """Raises InvalidInput when no client is configured."""
    configured = table(settings)
    flow = await OAuthFlow.start(configured, http, clock=clock, listen=listen)
    return ConsoleFlow(flow, configured.issuer or "")

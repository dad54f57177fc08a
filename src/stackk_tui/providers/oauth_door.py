"""Signing in by OAuth as the house knows sign-ins, for every provider whose own page it goes over.

What providers differ in is in their `OAuthTable` (`net/oauth_table.py`).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from stackk_tui.model.errors import InvalidInput, SignInNeeded
from stackk_tui.model.secret import Secret
from stackk_tui.net.bearer import Keeps
from stackk_tui.net.oauth import DeviceFlow, OAuthFlow, OAuthTable
from stackk_tui.providers.doors import OAuthApp
from stackk_tui.storage.token_record import TokenRecord


def server_of(configured: OAuthTable) -> str:
    """Gives what names the server that a sign-in was made with, kept in its record."""
    return configured.issuer or configured.token_url


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
            "Restore the token address and the issuer in the settings, or sign in again.",
        )


@dataclass(slots=True)
class PageFlow:
    """The engine's flow as the house knows flows: it ends with the record to keep."""

    flow: OAuthFlow
    server: str
    app: OAuthApp | None = None
    """An OAuth app that was typed in, kept with the tokens it led to."""

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
        record = tokens.record(issuer=self.server)
        if self.app is None:
            return record
        return replace(record, client_id=self.app.client_id, client_secret=self.app.client_secret)

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

"""Vercel behind the house's one provider protocol."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from stackk_tui.model.errors import SignInNeeded, StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Service, Workspace
from stackk_tui.net.client import Limits
from stackk_tui.net.http import LIMITS, HttpClient
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
)
from stackk_tui.providers.vercel import picker, team
from stackk_tui.providers.vercel.api import VercelApi
from stackk_tui.providers.vercel.errors import classify_refusal, wait_until_reset
from stackk_tui.providers.vercel.identity import checked, identify
from stackk_tui.providers.vercel.info import TOKENS_PAGE, VERCEL

API_URL = "https://api.vercel.com"

Sleep = Callable[[float], Awaitable[object]]


def http_client(
    context: ProviderContext, *, sleep: Sleep = asyncio.sleep, limits: Limits = LIMITS
) -> HttpClient:
    """Gives the client for the address and the proxy of the settings; nothing is opened yet."""
    return client.http_client(
        context,
        VERCEL,
        API_URL,
        classify=classify_refusal,
        wait=wait_until_reset,
        sleep=sleep,
        limits=limits,
    )


class VercelProvider:
    """Implements `providers/base.py: Provider`. Making it is cheap; the first call opens the connection."""

    def __init__(
        self, context: ProviderContext, http: HttpClient | None = None, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.info = VERCEL
        # deployments change by the minute; the heavy charges are asked for once an hour at most
        self.pace = Pace(interval=timedelta(seconds=60))
        self._clock = context.clock
        self._http = http if http is not None else http_client(context, sleep=sleep)
        self._sleep = sleep

    def detect(self) -> list[Finding]:
        return []

    async def sign_in(self, method: str, secret: Secret | None, form: Mapping[str, str]) -> Identity:
        return await identify(self._connect(checked(secret)))

    async def workspaces(self, session: Session) -> list[Workspace]:
        """Gives each team with its projects; limited teams last, closed."""
        return await picker.workspaces(self._api(session), session.account)

    async def sync(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        return await team.sync(self._api(session), services, known, self._clock)

    async def refresh(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        return await team.refresh(self._api(session), services, known, self._clock)

    async def revoke(self, session: Session, *, destroy_token: bool) -> Revocation:
        """Destroys the person's own token where they asked for it: it may be used elsewhere, too."""
        if not destroy_token or session.secret is None:
            return Revocation("not-asked", f"The token still works at Vercel. End it there: {TOKENS_PAGE}")
        try:
            await self._api(session).delete_token()
        except SignInNeeded:
            return Revocation("revoked", "")  # it had ended at Vercel already
        except StackkError as error:
            return Revocation("failed", f"The token still works: {error.what} End it there: {TOKENS_PAGE}")
        return Revocation("revoked", "")

    async def aclose(self) -> None:
        await self._http.aclose()

    def _connect(self, secret: Secret) -> VercelApi:
        return VercelApi(self._http, secret, sleep=self._sleep)

    def _api(self, session: Session) -> VercelApi:
        """Raises SignInNeeded."""
        if session.secret is None:
            raise SignInNeeded(
                f"There is no token for {session.account.label} any more.",
                "Its figures stay.",
                "Sign in again with its token.",
            )
        return self._connect(session.secret)

"""OpenRouter behind the house's one provider protocol."""

import asyncio
import hashlib
from collections.abc import Awaitable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from stackk_tui.model.errors import InvalidInput, SignInNeeded, StackkError, WrongCredential
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Service, Workspace
from stackk_tui.net.http import HttpClient
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
from stackk_tui.providers.client import http_client
from stackk_tui.providers.openrouter.api import OpenRouterApi
from stackk_tui.providers.openrouter.days import days_of
from stackk_tui.providers.openrouter.info import KEYS_PAGE, OPENROUTER
from stackk_tui.providers.openrouter.snapshot import snapshot_of

API_URL = "https://openrouter.ai"
T = TypeVar("T")
_WHOLE = Workspace(id="key", name="this key", whole_account=True)


class OpenRouterProvider:
    """Implements `providers/base.py: Provider`. Making it is cheap; the first call opens the connection."""

    def __init__(self, context: ProviderContext, http: HttpClient | None = None) -> None:
        self.info = OPENROUTER
        self.pace = Pace(interval=timedelta(minutes=5))
        self._clock = context.clock
        self._http = http if http is not None else http_client(context, OPENROUTER, API_URL)

    def detect(self) -> list[Finding]:
        return []

    async def sign_in(self, method: str, secret: Secret | None, form: Mapping[str, str]) -> Identity:
        """OpenRouter names no account to a plain key: each key is one, with a bill of its own."""
        key = _tidied(secret)
        label = (await OpenRouterApi(self._http, key).key()).label or ""
        digest = hashlib.sha256(key.reveal().encode()).hexdigest()[:16]
        return Identity(
            key=digest,
            label=f"key …{label[-3:]}" if "..." in label else "API key",
            method="api-key",
            billing_scope=f"openrouter:key:{digest}",
            service_name=OPENROUTER.name,
        )

    async def workspaces(self, session: Session) -> list[Workspace]:
        return [_WHOLE.model_copy(update={"name": session.account.label})]

    async def sync(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        """One call, and all but the balance with it."""
        return await self._fetch(session, services, known, balance=False)

    async def refresh(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        return await self._fetch(session, services, known, balance=True)

    async def revoke(self, session: Session, *, destroy_token: bool) -> Revocation:
        return Revocation("impossible", f"The key still works at OpenRouter. Delete it there: {KEYS_PAGE}")

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _fetch(
        self, session: Session, services: Sequence[Service], known: Known, *, balance: bool
    ) -> Fetched:
        if session.secret is None:
            raise SignInNeeded(
                f"There is no key for {session.account.label} any more.",
                "Its figures stay.",
                "Sign in again with its key.",
            )
        api = OpenRouterApi(self._http, session.secret)
        key, credits = await asyncio.gather(_said(api.key()), _said(api.credits()) if balance else _nothing())
        if isinstance(key, StackkError):
            return Fetched(failures={service.workspace.id: key for service in services})
        now, fetched = self._clock(), Fetched()
        server_now = api.server_time or now
        for service in services:
            old = known.snapshots.get(service.workspace.id)
            days = days_of(key, server_now, dict(old.carried) if old else {})
            fetched.snapshots[service.workspace.id] = snapshot_of(
                key, credits, days, old, now, server_now=server_now
            )
            fetched.usage = [days.batch] if days.batch else []
        return fetched


async def _said(call: Awaitable[T]) -> T | StackkError:
    """A refusal is an answer, too."""
    try:
        return await call
    except StackkError as error:
        return error


async def _nothing() -> None:
    """What was not asked for."""


def _tidied(secret: Secret | None) -> Secret:
    """Gives the key without white space around it. Raises InvalidInput, WrongCredential; sends nothing."""
    text = secret.reveal().strip() if secret is not None else ""
    if not text or any(character.isspace() for character in text):
        raise InvalidInput(
            "This is no key: it is empty, or has spaces in it.",
            "Nothing was sent.",
            "Copy it again, alone and whole.",
        )
    if not text.startswith("sk-or-"):
        raise WrongCredential(
            "This is not a key of OpenRouter: those begin with sk-or-.",
            "It was not sent, and not kept.",
            f"Make one at {KEYS_PAGE}",
        )
    return Secret(text)

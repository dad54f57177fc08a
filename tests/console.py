"""A pretend Anthropic that also signs people in: Admin API and authorization server in one, on one clock."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from stackk_tui.sandbox.anthropic import AnthropicSandbox
from stackk_tui.sandbox.faults import Faults
from stackk_tui.sandbox.oauth import OAuthServer
from stackk_tui.sandbox.oauth_grants import Family, Grants
from stackk_tui.sandbox.oauth_style import ANTHROPIC, CONFIDENTIAL, PUBLIC, Client

TOKEN = "/v1/oauth/token"
REVOKE = "/v1/oauth/revoke"


def real_now() -> datetime:
    return datetime.now(UTC)


class Console:
    """The app. `grants` and `api` may be changed while it runs; `faults` are those of the OAuth endpoints."""

    def __init__(self, *, clients: Iterable[Client] = (PUBLIC, CONFIDENTIAL)) -> None:
        self.grants = Grants(real_now)
        self.oauth = OAuthServer(self.grants, style=ANTHROPIC, clients=tuple(clients))
        self.faults = Faults(Starlette(routes=self.oauth.routes("/v1/oauth")))
        self.api = AnthropicSandbox(clock=real_now)
        self.api.bearer_check = self.kind_of
        self.kind = "admin"
        self.url = ""
        self.issued: set[str] = set()
        """Every code and token ever given out, and every verifier and code that came in."""

    def kind_of(self, token: str) -> str | None:
        return self.kind if self.grants.active(token) is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: Any = self.faults if scope["path"].startswith("/v1/oauth/") else self.api
        if scope["path"] == TOKEN:
            receive = self._listening_in(receive)
        await app(scope, receive, send)

    def _listening_in(self, receive: Receive) -> Receive:
        async def heard() -> Any:
            message = await receive()
            body = message.get("body", b"").decode()
            for name in ("code_verifier", "client_secret"):
                self.issued.update(parse_qs(body).get(name, []))
            return message

        return heard

    def secrets(self) -> set[str]:
        grants = self.grants
        return {*self.issued, *grants.codes, *grants.access, *grants.refresh}

    @property
    def counts(self) -> Mapping[str, int]:
        return self.grants.counts

    @property
    def env(self) -> dict[str, str]:
        return {
            "STACKK_ALLOW_HTTP_LOOPBACK": "1",
            "STACKK_ANTHROPIC_API_URL": self.url,
            "STACKK_ANTHROPIC_AUTHORIZE_URL": f"{self.url}/v1/oauth/authorize",
            "STACKK_ANTHROPIC_TOKEN_URL": f"{self.url}{TOKEN}",
            "STACKK_ANTHROPIC_REVOKE_URL": f"{self.url}{REVOKE}",
            "ANTHROPIC_CLIENT_ID": PUBLIC.id,
        }

    def families(self) -> list[Any]:
        """Gives every consent that led to tokens, in order."""
        return list({id(a.family): a.family for a in self.grants.access.values()}.values())


def mint(console: Console) -> str:
    """Gives an access token of a sign-in that somebody else keeps."""
    family = Family(PUBLIC.id, "org:admin")
    return str(console.grants.tokens_for(family, refresh=False)["access_token"])


def consent(address: str) -> str:
    """Opens the page as a browser and gives where it sends the browser to."""
    answer = httpx.get(address, trust_env=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def browse(address: str) -> httpx.Response:
    """Opens the page and follows it to the listener, as a browser does."""
    return httpx.get(consent(address), trust_env=False)


def in_background(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


async def abrowse(address: str) -> httpx.Response:
    return await asyncio.to_thread(browse, address)


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def found_in(folders: Iterable[Path], secrets: Iterable[str]) -> list[str]:
    """Gives the files under the folders in which one of the secrets stands as it is."""
    wanted = [secret.encode() for secret in secrets]
    files = [path for folder in folders if folder.exists() for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(secret in path.read_bytes() for secret in wanted)]

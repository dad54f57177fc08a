"""An authorization server on loopback, a browser that is a plain HTTP client, and tables that point at it."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from stackk_tui.config import Settings
from stackk_tui.net.client import Limits
from stackk_tui.net.oauth import OAuthFlow, OAuthHttp, OAuthTable
from stackk_tui.sandbox.oauth import OAuthSandbox
from stackk_tui.sandbox.oauth_style import PUBLIC
from tests.conftest import LoopbackServer


@dataclass(slots=True)
class Peer:
    """The pretend authorization server and how to reach it."""

    url: str
    app: OAuthSandbox
    http: OAuthHttp

    def table(self, **how: Any) -> OAuthTable:
        base = OAuthTable(
            provider="acme",
            title="Acme",
            authorize_url=f"{self.url}/oauth/authorize",
            token_url=f"{self.url}/oauth/token",
            revoke_url=f"{self.url}/oauth/revoke",
            device_url=f"{self.url}/oauth/device",
            client_id=PUBLIC.id,
            scope="read",
            manage_url="https://acme.example/apps",
            allow_http_loopback=True,
        )
        return replace(base, **how)

    @property
    def counts(self) -> Mapping[str, int]:
        return self.app.grants.counts


def peer(server: LoopbackServer, *, clock: Callable[[], datetime] | None = None, **how: Any) -> Peer:
    app = OAuthSandbox(clock or (lambda: datetime.now(UTC)), **how)
    server.app = app
    return Peer(server.url, app, OAuthHttp(allow_http_loopback=True, limits=Limits(size=256 * 1024)))


def browser_window() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, verify=False)  # loading certificates takes longer than a test


async def approve(address: str) -> str:
    """Opens the authorization page and gives the address the browser is sent to."""
    async with browser_window() as browser:
        answer = await browser.get(address)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def browse(address: str) -> httpx.Response:
    """Opens the authorization page and follows it to the listener, as a browser does."""
    target = await approve(address)
    async with browser_window() as browser:
        return await browser.get(target)


async def signed_in(peer: Peer, table: OAuthTable | None = None) -> Any:
    async with await OAuthFlow.start(table or peer.table(), peer.http) as flow:
        await browse(flow.address)
        return await flow.wait()


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def toml_settings(make: Callable[..., Settings], path: Any, text: str, **env: str) -> Settings:
    path.write_text(text)
    path.chmod(0o600)
    return make(STACKK_CONFIG=str(path), **env)

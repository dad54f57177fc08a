"""POST to an authorization server: form or JSON, one connection a request, no redirect, nothing shown of it.

Like `net/http.py`, httpx is imported with the first request, in a thread. A failure says whether the request
may have reached the server, because a refresh token that may be used up is no longer a good one.
"""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlencode

from stackk_tui.config import Settings
from stackk_tui.model.clock import Clock, utc_now
from stackk_tui.model.errors import ProtocolError, StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.model.text import clean
from stackk_tui.net.body import parse_error
from stackk_tui.net.client import Limits, Way, make_client
from stackk_tui.net.endpoint import checked_base, host_of
from stackk_tui.net.oauth_table import Encoding, OAuthTable
from stackk_tui.net.retry import retry_after
from stackk_tui.net.trouble import LATER, network_error, timed_out

if TYPE_CHECKING:
    import httpx

TOKEN_LIMITS = Limits(connect=10.0, answer=20.0, size=256 * 1024)
"""A token answer is a few KiB at most."""
KEPT = "Nothing was changed."

Fields = Mapping[str, str | Secret]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came. `raw` may hold tokens; `error` is the JSON object of one that is not 2xx."""

    status: int
    content_type: str
    raw: bytes
    error: Mapping[str, object] | None
    retry_at: datetime | None
    wait: float | None
    """Seconds the server asked to wait."""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def __repr__(self) -> str:
        return f"Reply(status={self.status})"


@dataclass(frozen=True, slots=True)
class NoReply:
    """No usable answer. `sent`: the server may have acted on the request all the same."""

    trouble: StackkError
    sent: bool


class OAuthHttp:
    """The wire of the OAuth engine. Light to make; `aclose` it at the end."""

    def __init__(
        self,
        *,
        allow_http_loopback: bool = False,
        transport: object | None = None,
        proxy: str | None = None,
        ca_file: str | None = None,
        limits: Limits = TOKEN_LIMITS,
        clock: Clock = utc_now,
    ) -> None:
        self._allow_http_loopback = allow_http_loopback
        self._way = Way(transport, proxy, ca_file)
        self._limits = limits
        self._clock = clock
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._making = asyncio.Lock()

    @classmethod
    def from_settings(
        cls, settings: Settings, *, transport: object | None = None, clock: Clock = utc_now
    ) -> "OAuthHttp":
        """Gives the wire with the proxy and certificates of `[network]` in config.toml."""
        network = settings.section("network")
        return cls(
            allow_http_loopback=settings.allow_http_loopback,
            transport=transport,
            proxy=str(network["proxy"]) if network.get("proxy") else None,
            ca_file=str(network["ca_file"]) if network.get("ca_file") else None,
            clock=clock,
        )

    async def post(
        self,
        table: OAuthTable,
        url: str,
        fields: Fields,
        *,
        encoding: Encoding = "form",
        headers: Mapping[str, str] | None = None,
    ) -> Reply | NoReply:
        """Sends `fields` with the client's authentication, once. Raises InvalidInput for an unusable URL."""
        checked_base(url.partition("?")[0], allow_http_loopback=self._allow_http_loopback)
        client = await self._ready(url)
        content, all_headers = _request(table, fields, encoding, headers or {})
        return await self._exchange(client, table.vendor, url, content, all_headers)

    async def aclose(self) -> None:
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()

    async def _ready(self, url: str) -> "httpx.AsyncClient":
        scheme = url.partition(":")[0]
        async with self._making:
            if scheme not in self._clients:
                self._clients[scheme] = await asyncio.to_thread(self._make, scheme)
            return self._clients[scheme]

    def _make(self, scheme: str) -> "httpx.AsyncClient":
        # a kept connection may be closed under a request, and then nobody knows whether it arrived
        return make_client(self._way, self._limits, scheme=scheme, kept=0, encodings="identity")

    async def _exchange(
        self,
        client: "httpx.AsyncClient",
        vendor: str,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
    ) -> Reply | NoReply:
        """Gives failures instead of raising them: an exception of the library's knows the request."""
        import httpx

        host, limits = host_of(url), self._limits
        try:
            async with (
                asyncio.timeout(limits.answer),
                client.stream("POST", url, content=content, headers=headers) as response,
            ):
                return await self._collect(vendor, response)
        except (httpx.ConnectTimeout, httpx.PoolTimeout):
            return NoReply(timed_out(vendor, host, connecting=True, seconds=limits.connect), sent=False)
        except (TimeoutError, httpx.TimeoutException):
            return NoReply(timed_out(vendor, host, connecting=False, seconds=limits.answer), sent=True)
        except (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
            return NoReply(network_error(vendor, host, error), sent=False)
        except (httpx.HTTPError, OSError) as error:
            return NoReply(network_error(vendor, host, error), sent=True)

    async def _collect(self, vendor: str, response: "httpx.Response") -> Reply | NoReply:
        pieces, size = [], 0
        async for piece in response.aiter_raw():
            size += len(piece)
            if size > self._limits.size:
                return NoReply(protocol_error(vendor, "an answer far too large for a sign-in"), sent=True)
            pieces.append(piece)
        raw, status = b"".join(pieces), response.status_code
        wait = retry_after(response.headers.get("retry-after"), now := self._clock())
        return Reply(
            status=status,
            content_type=clean(response.headers.get("content-type", ""), 120),
            raw=raw,
            error=None if 200 <= status < 300 else await parse_error(raw),
            retry_at=now + timedelta(seconds=wait) if wait else None,
            wait=wait,
        )


def protocol_error(vendor: str, what: str) -> ProtocolError:
    return ProtocolError(f"{vendor} sent {what}.", KEPT, LATER)


def _request(
    table: OAuthTable, fields: Fields, encoding: Encoding, headers: Mapping[str, str]
) -> tuple[bytes, dict[str, str]]:
    """Gives body and headers. Secrets are revealed here and nowhere else."""
    sent = {name: v.reveal() if isinstance(v, Secret) else v for name, v in fields.items()}
    out = dict(headers)
    if table.client_auth == "basic" and table.client_secret is not None:
        pair = f"{quote_plus(table.client_id)}:{quote_plus(table.client_secret.reveal())}"
        out["authorization"] = "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")
    else:
        sent["client_id"] = table.client_id
        if table.client_auth == "body" and table.client_secret is not None:
            sent["client_secret"] = table.client_secret.reveal()
    if encoding == "json":
        out["content-type"] = "application/json"
        return json.dumps(sent).encode("ascii"), out
    out["content-type"] = "application/x-www-form-urlencoded"
    return urlencode(sent).encode("ascii"), out

"""The one way out: JSON over HTTPS, with timeouts, retries and words for whatever goes wrong.

httpx is imported with the first request, in a thread, so that no paint waits for it. Secrets are revealed
where the header is built; they are in no URL, no error and no exception that leaves here.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from stackk_tui.model.clock import Clock, utc_now
from stackk_tui.model.errors import (
    ProtocolError,
    RateLimited,
    SpendLimitReached,
    StackkError,
)
from stackk_tui.model.text import clean
from stackk_tui.net.body import parse_any, parse_error
from stackk_tui.net.client import Limits, Way, make_client
from stackk_tui.net.endpoint import checked_base, host_of
from stackk_tui.net.lines import TooLarge, each_line
from stackk_tui.net.message import Answer, Headers, Method, Params, Request, check_sendable, revealed
from stackk_tui.net.redact import redact
from stackk_tui.net.retry import RETRIED_STATUS, RetryPolicy, Wait, asked_wait
from stackk_tui.net.trouble import KEPT, LATER, Refusal, classify, is_tls, network_error, timed_out

if TYPE_CHECKING:
    import httpx

Classify = Callable[[Refusal], StackkError]


@dataclass(frozen=True, slots=True)
class _Raw:
    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class _Failed:
    """A failed try: the error, whether another try is safe and useful, and how long the server asked for."""

    error: StackkError
    again: bool
    wait: float | None = None


LIMITS = Limits()
RETRIES = RetryPolicy()


class HttpClient:
    """Speaks to one vendor's one host. Make it early, it is light; `aclose` it at the end."""

    def __init__(
        self,
        vendor: str,
        base_url: str,
        *,
        allow_http_loopback: bool = False,
        transport: object | None = None,
        proxy: str | None = None,
        ca_file: str | None = None,
        classify: Classify = classify,
        wait: Wait = asked_wait,
        limits: Limits = LIMITS,
        retries: RetryPolicy = RETRIES,
        clock: Clock = utc_now,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._vendor = vendor
        self._base_url = base_url
        self._allow_http_loopback = allow_http_loopback
        self._way = Way(transport, proxy, ca_file)
        self._classify = classify
        self._wait = wait
        self._limits = limits
        self._retries = retries
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._host = host_of(base_url)
        self._client: httpx.AsyncClient | None = None
        self._making = asyncio.Lock()

    async def get(self, path: str, params: Params = (), headers: Headers | None = None) -> Answer:
        """Gives the JSON object at `path`. Begins no further try after `RetryPolicy.patience` seconds.

        Raises InvalidInput (the address or a secret cannot be sent), NetworkError, TimedOut, ProtocolError,
        and whatever `classify` makes of an error status.
        """
        answer = await self.ask("GET", path, params, headers)
        if not isinstance(answer.value, dict):
            raise self._unreadable("an answer of another shape than documented", answer.request_id)
        return answer

    async def ask(
        self,
        method: Method,
        path: str,
        params: Params = (),
        headers: Headers | None = None,
        *,
        json: Mapping[str, object] | None = None,
    ) -> Answer:
        """Gives whatever JSON answers; raises what `get` raises. Only a GET is sent again after it may have
        arrived."""
        request = self._request(method, path, params, headers or {}, json)
        client = await self._ready()
        spent = 0.0
        now = asyncio.get_running_loop().time
        for attempt in range(1, self._retries.tries + 1):
            began = now()
            result = await self._try(client, request)
            spent += now() - began
            if isinstance(result, Answer):
                return result
            wait = max(result.wait or 0.0, self._retries.backoff(attempt, self._chance()))
            again = result.again and method == "GET"
            if not again or attempt == self._retries.tries or spent + wait > self._retries.patience:
                raise result.error
            spent += wait
            await self._sleep(wait)
        raise AssertionError("a policy allows at least one try")

    async def each_line(
        self,
        path: str,
        params: Params,
        headers: Headers,
        take: Callable[[bytes], None],
    ) -> None:
        """Gives `take` every line of a long answer (JSONL) as it arrives, blank ones left out; none is kept.

        Asked once: what was taken cannot be given back. The whole may take six times as long as any other
        answer. Raises what `get` raises, also in the middle, and what `take` raises.
        """

        async def read(response: "httpx.Response") -> _Raw:
            if response.status_code >= 300 or "html" in response.headers.get("content-type", "").lower():
                return await self._collect(response)
            await each_line(response.aiter_bytes(), take, most=self._limits.size)
            return _Raw(response.status_code, {}, b"")

        request = self._request("GET", path, params, headers)
        raw = await self._exchange(await self._ready(), request, read, self._limits.answer * 6)
        failed = raw if isinstance(raw, _Failed) else await self._read(raw) if raw.headers else None
        if isinstance(failed, _Failed):
            raise failed.error

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _request(
        self,
        method: Method,
        path: str,
        params: Params,
        headers: Headers,
        json: Mapping[str, object] | None = None,
    ) -> Request:
        """Raises InvalidInput when it cannot be sent."""
        base = checked_base(self._base_url, allow_http_loopback=self._allow_http_loopback)
        for value in headers.values():
            check_sendable(value)
        return Request(method, base + path, params, headers, json)

    async def _ready(self) -> "httpx.AsyncClient":
        async with self._making:
            if self._client is None:
                self._client = await asyncio.to_thread(self._make)
            return self._client

    def _make(self) -> "httpx.AsyncClient":
        scheme = self._base_url.partition(":")[0]
        return make_client(self._way, self._limits, scheme=scheme, kept=4, encodings="gzip, deflate")

    async def _try(self, client: "httpx.AsyncClient", request: Request) -> Answer | _Failed:
        raw = await self._exchange(client, request, self._collect, self._limits.answer)
        return raw if isinstance(raw, _Failed) else await self._read(raw)

    async def _exchange(
        self,
        client: "httpx.AsyncClient",
        request: Request,
        read: "Callable[[httpx.Response], Awaitable[_Raw]]",
        seconds: float,
    ) -> _Raw | _Failed:
        """Sends one request and reads its answer, within `seconds`. Errors are given, not raised, so that no
        exception that knows the request (and its key) hangs behind the one that people and logs see."""
        import httpx

        vendor, host, limits = self._vendor, self._host, self._limits
        try:
            async with (
                asyncio.timeout(seconds),
                client.stream(
                    request.method,
                    request.url,
                    params=list(request.params),
                    headers=revealed(request.headers),
                    json=request.json,
                ) as response,
            ):
                return await read(response)
        except httpx.ConnectTimeout:
            return _Failed(timed_out(vendor, host, connecting=True, seconds=limits.connect), again=True)
        except (TimeoutError, httpx.TimeoutException):
            return _Failed(timed_out(vendor, host, connecting=False, seconds=seconds), again=False)
        except httpx.DecodingError:
            return _Failed(self._unreadable("an answer in a wrong encoding"), again=False)
        except (httpx.TransportError, OSError) as error:
            trouble = network_error(vendor, host, error)
            return _Failed(trouble, again=not is_tls(error))
        except TooLarge:
            size = limits.size // (1024 * 1024)
            return _Failed(self._unreadable(f"an answer of more than {size} MiB"), again=False)

    async def _collect(self, response: "httpx.Response") -> _Raw:
        pieces, size = [], 0
        async for piece in response.aiter_bytes():
            size += len(piece)
            if size > self._limits.size:
                raise TooLarge
            pieces.append(piece)
        headers = {name.lower(): clean(value, 512) for name, value in response.headers.items()}
        return _Raw(status=response.status_code, headers=headers, content=b"".join(pieces))

    async def _read(self, raw: _Raw) -> Answer | _Failed:
        request_id = _request_id(raw.headers.get("request-id", ""))
        if 200 <= raw.status < 300:
            if not raw.content and raw.status in (202, 204):
                return Answer(value=None, headers=raw.headers, request_id=request_id)
            content_type = raw.headers.get("content-type", "")
            try:
                value = await parse_any(self._vendor, raw.content, content_type, request_id)
            except ProtocolError as error:
                return _Failed(error, again=False)
            return Answer(value=value, headers=raw.headers, request_id=request_id)
        if 300 <= raw.status < 400:
            target = host_of(raw.headers.get("location", ""))
            return _Failed(
                self._unreadable(f"us on to {target}, which we do not follow", request_id), again=False
            )
        return await self._refused(raw, request_id)

    async def _refused(self, raw: _Raw, request_id: str | None) -> _Failed:
        body = await parse_error(raw.content)
        if request_id is None and body is not None and isinstance(said := body.get("request_id"), str):
            request_id = _request_id(said)
        now = self._clock()
        wait = self._wait(raw.headers, now)
        error = self._classify(
            Refusal(
                vendor=self._vendor,
                status=raw.status,
                headers=raw.headers,
                body=body,
                request_id=request_id,
                retry_at=now + timedelta(seconds=wait) if wait else None,
            )
        )
        again = raw.status in RETRIED_STATUS and not isinstance(error, SpendLimitReached)
        if isinstance(error, RateLimited) and wait is None:
            again = False  # nobody said when: asking again now would only make it worse
        return _Failed(error, again=again, wait=wait)

    def _unreadable(self, what: str, request_id: str | None = None) -> ProtocolError:
        return ProtocolError(f"{self._vendor} sent {what}.", KEPT, LATER, request_id=request_id)


def _request_id(said: str) -> str | None:
    """Kept and shown, so a server that sends our key back in it must not get it there."""
    return clean(redact(clean(said, 512)), 80) or None  # in this order: a key cut short is not recognised

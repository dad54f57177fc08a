"""The one way out: JSON over HTTPS, GET only, with timeouts, retries and words for whatever goes wrong.

httpx is imported with the first request, in a thread, so that no paint waits for it. Secrets are revealed
where the header is built; they are in no URL, no error and no exception that leaves here.
"""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from stackk_tui.model.clock import Clock, utc_now
from stackk_tui.model.errors import (
    InvalidInput,
    ProtocolError,
    RateLimited,
    SpendLimitReached,
    StackkError,
)
from stackk_tui.model.secret import Secret
from stackk_tui.model.text import clean
from stackk_tui.net.body import parse_error, parse_object
from stackk_tui.net.client import Limits, Way, make_client
from stackk_tui.net.endpoint import checked_base, host_of
from stackk_tui.net.redact import redact
from stackk_tui.net.retry import RETRIED_STATUS, RetryPolicy, http_date, retry_after
from stackk_tui.net.trouble import KEPT, LATER, Refusal, classify, is_tls, network_error, timed_out

if TYPE_CHECKING:
    import httpx

_SENDABLE = re.compile(r"(Bearer )?[\x21-\x7e]+")

Classify = Callable[[Refusal], StackkError]
Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer. Header names are lower case, values cleaned."""

    body: Mapping[str, object]
    headers: Mapping[str, str]
    request_id: str | None

    @property
    def server_time(self) -> datetime | None:
        """The server's clock, from its `date` header."""
        return http_date(self.headers.get("date"))


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
        self._limits = limits
        self._retries = retries
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._host = host_of(base_url)
        self._client: httpx.AsyncClient | None = None
        self._making = asyncio.Lock()

    async def get(
        self, path: str, params: Params = (), headers: Mapping[str, str | Secret] | None = None
    ) -> Answer:
        """Gives the JSON object at `path`. Begins no further try after `RetryPolicy.patience` seconds.

        Raises InvalidInput (the address or a secret cannot be sent), NetworkError, TimedOut, ProtocolError,
        and whatever `classify` makes of an error status.
        """
        base = checked_base(self._base_url, allow_http_loopback=self._allow_http_loopback)
        for value in (headers or {}).values():
            _check_sendable(value)
        client = await self._ready()
        spent = 0.0
        now = asyncio.get_running_loop().time
        for attempt in range(1, self._retries.tries + 1):
            began = now()
            result = await self._try(client, base + path, params, headers or {})
            spent += now() - began
            if isinstance(result, Answer):
                return result
            wait = max(result.wait or 0.0, self._retries.backoff(attempt, self._chance()))
            if not result.again or attempt == self._retries.tries or spent + wait > self._retries.patience:
                raise result.error
            spent += wait
            await self._sleep(wait)
        raise AssertionError("a policy allows at least one try")

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _ready(self) -> "httpx.AsyncClient":
        async with self._making:
            if self._client is None:
                self._client = await asyncio.to_thread(self._make)
            return self._client

    def _make(self) -> "httpx.AsyncClient":
        scheme = self._base_url.partition(":")[0]
        return make_client(self._way, self._limits, scheme=scheme, kept=4, encodings="gzip, deflate")

    async def _try(
        self, client: "httpx.AsyncClient", url: str, params: Params, headers: Mapping[str, str | Secret]
    ) -> Answer | _Failed:
        raw = await self._exchange(client, url, params, headers)
        return raw if isinstance(raw, _Failed) else await self._read(raw)

    async def _exchange(
        self, client: "httpx.AsyncClient", url: str, params: Params, headers: Mapping[str, str | Secret]
    ) -> _Raw | _Failed:
        """Sends one request and reads its answer whole. Errors are given, not raised, so that no exception
        that knows the request (and the key in it) hangs behind the one that people and logs see."""
        import httpx

        vendor, host, limits = self._vendor, self._host, self._limits
        try:
            async with (
                asyncio.timeout(limits.answer),
                client.stream("GET", url, params=list(params), headers=_revealed(headers)) as response,
            ):
                return await self._collect(response)
        except httpx.ConnectTimeout:
            return _Failed(timed_out(vendor, host, connecting=True, seconds=limits.connect), again=True)
        except (TimeoutError, httpx.TimeoutException):
            return _Failed(timed_out(vendor, host, connecting=False, seconds=limits.answer), again=False)
        except httpx.DecodingError:
            return _Failed(self._unreadable("an answer in a wrong encoding"), again=False)
        except (httpx.TransportError, OSError) as error:
            trouble = network_error(vendor, host, error)
            return _Failed(trouble, again=not is_tls(error))
        except _TooLarge:
            size = limits.size // (1024 * 1024)
            return _Failed(self._unreadable(f"an answer of more than {size} MiB"), again=False)

    async def _collect(self, response: "httpx.Response") -> _Raw:
        pieces, size = [], 0
        async for piece in response.aiter_bytes():
            size += len(piece)
            if size > self._limits.size:
                raise _TooLarge
            pieces.append(piece)
        headers = {name.lower(): clean(value, 512) for name, value in response.headers.items()}
        return _Raw(status=response.status_code, headers=headers, content=b"".join(pieces))

    async def _read(self, raw: _Raw) -> Answer | _Failed:
        request_id = _request_id(raw.headers.get("request-id", ""))
        if 200 <= raw.status < 300:
            content_type = raw.headers.get("content-type", "")
            try:
                body = await parse_object(self._vendor, raw.content, content_type, request_id)
            except ProtocolError as error:
                return _Failed(error, again=False)
            return Answer(body=body, headers=raw.headers, request_id=request_id)
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
        wait = retry_after(raw.headers.get("retry-after"), now)
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


class _TooLarge(Exception):
    """The answer passed the size cap."""


def _check_sendable(value: str | Secret) -> None:
    if isinstance(value, Secret) and not _SENDABLE.fullmatch(value.reveal()):
        raise InvalidInput(
            "This key has characters in it that no key has (spaces, line breaks or accents).",
            "Nothing was sent.",
            "Copy the key again, alone and whole.",
        )


def _request_id(said: str) -> str | None:
    """Kept and shown, so a server that sends our key back in it must not get it there."""
    return clean(redact(clean(said, 512)), 80) or None  # in this order: a key cut short is not recognised


def _revealed(headers: Mapping[str, str | Secret]) -> dict[str, str]:
    return {name: v.reveal() if isinstance(v, Secret) else v for name, v in headers.items()}

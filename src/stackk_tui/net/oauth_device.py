"""Signing in on another device by a short code (RFC 8628), where the table has a device endpoint."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from stackk_tui.model.clock import Clock, utc_now
from stackk_tui.model.errors import InvalidInput, OperationCancelled, ProtocolError, StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.model.text import clean
from stackk_tui.net.body import parse_object
from stackk_tui.net.endpoint import checked_base
from stackk_tui.net.oauth_errors import closed, error_code, refusal, too_late
from stackk_tui.net.oauth_http import KEPT, NoReply, OAuthHttp, Reply, protocol_error
from stackk_tui.net.oauth_settings import variable
from stackk_tui.net.oauth_table import OAuthTable
from stackk_tui.net.oauth_task import begun, outcome
from stackk_tui.net.oauth_tokens import OAuthTokens, read_tokens
from stackk_tui.net.redact import remember
from stackk_tui.net.retry import RETRIED_STATUS

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LONGEST_WAIT = timedelta(minutes=30)
_DEVICE_CODE = re.compile(r"[\x21-\x7e]{1,4096}")
_DEFAULT_INTERVAL = 5.0
_LONGEST_INTERVAL = 60.0

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Begun:
    device_code: Secret
    user_code: str
    verification_uri: str
    verification_uri_complete: str | None
    interval: float
    lifetime: float


class DeviceFlow:
    """One sign-in by a code typed in elsewhere. `wait` polls; `aclose` ends it at any moment."""

    def __init__(self, table: OAuthTable, http: OAuthHttp, clock: Clock, sleep: Sleep, begun: _Begun) -> None:
        """Use `start`."""
        self._table = table
        self._http = http
        self._clock = clock
        self._sleep = sleep
        self._device_code = begun.device_code
        self._task: asyncio.Task[OAuthTokens] | None = None
        self.user_code = begun.user_code
        """What the person types in."""
        self.verification_uri = begun.verification_uri
        """Where, on any device."""
        self.verification_uri_complete = begun.verification_uri_complete
        """The same with the code in it, or None."""
        self.interval = begun.interval
        """Seconds between questions; grows when the server asks for it."""
        self._lifetime = timedelta(seconds=begun.lifetime)
        self.expires_at: datetime = clock() + self._lifetime

    @classmethod
    async def start(
        cls, table: OAuthTable, http: OAuthHttp, *, clock: Clock = utc_now, sleep: Sleep = asyncio.sleep
    ) -> Self:
        """Asks for a code to show. Raises InvalidInput (not configured), ProviderError."""
        if not table.device_url or not table.configured:
            raise InvalidInput(
                f"{table.vendor} has no sign-in by code configured.",
                "Nothing was sent.",
                f"Set {variable(table.provider, 'DEVICE_URL')} and {variable(table.provider, 'CLIENT_ID')}.",
            )
        if table.client_secret is not None:
            remember(table.client_secret)
        fields = {"scope": table.scope} if table.scope else {}
        reply = await http.post(table, table.device_url, fields)
        if isinstance(reply, NoReply):
            raise reply.trouble
        if not reply.ok:
            raise refusal(table, reply, "device")
        return cls(table, http, clock, sleep, await _asked(table, reply))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"DeviceFlow({self._table.provider!r})"

    async def wait(self) -> OAuthTokens:
        """Gives the tokens once the person has typed in the code.

        Raises OperationCancelled (declined), TimedOut (the code has expired), InvalidInput, ProviderError.
        """
        if self._task is None:
            self._task = begun(self._poll())
        return await outcome(self._task, closed(self._table))

    async def aclose(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _poll(self) -> OAuthTokens:
        while True:
            await self._sleep(self.interval)
            if self._clock() >= self.expires_at:
                raise self._expired()
            fields: dict[str, str | Secret] = {"grant_type": GRANT, "device_code": self._device_code}
            reply = await self._http.post(self._table, self._table.token_url, fields)
            if isinstance(reply, Reply) and reply.ok:
                return await read_tokens(self._table, reply, self._clock)
            if (trouble := self._go_on(reply)) is not None:
                raise trouble

    def _go_on(self, reply: Reply | NoReply) -> StackkError | None:
        """Gives None when the next question may be asked (§3.5), else why not."""
        if isinstance(reply, NoReply):
            if isinstance(reply.trouble, ProtocolError):
                return reply.trouble
            self.interval = min(self.interval * 2, _LONGEST_INTERVAL)
            return None
        code = error_code(reply)
        if code == "authorization_pending":
            return None
        if code == "slow_down":
            self.interval = min(self.interval + 5, _LONGEST_INTERVAL)
            return None
        if code == "access_denied":
            vendor = self._table.vendor
            return OperationCancelled(
                f"The sign-in was declined at {vendor}.", KEPT, "Start it again to allow it."
            )
        if code == "expired_token":
            return self._expired()
        if reply.status in RETRIED_STATUS:
            self.interval = min(max(self.interval * 2, reply.wait or 0), _LONGEST_INTERVAL)
            return None
        return refusal(self._table, reply, "device")

    def _expired(self) -> StackkError:
        return too_late(self._table, self._lifetime)


async def _asked(table: OAuthTable, reply: Reply) -> _Begun:
    body = await parse_object(table.vendor, reply.raw, reply.content_type, None)
    code, user_code = body.get("device_code"), body.get("user_code")
    if not isinstance(code, str) or not _DEVICE_CODE.fullmatch(code):
        raise protocol_error(table.vendor, "a sign-in code that is none")
    if not isinstance(user_code, str) or not clean(user_code, 64).strip():
        raise protocol_error(table.vendor, "a sign-in code that is none")
    secret = Secret(code)
    remember(secret)
    complete = body.get("verification_uri_complete")
    return _Begun(
        device_code=secret,
        user_code=clean(user_code, 64),
        verification_uri=_page(table, body.get("verification_uri")),
        verification_uri_complete=None if complete is None else _page(table, complete),
        interval=_seconds(table, body, "interval", _DEFAULT_INTERVAL, _LONGEST_INTERVAL),
        lifetime=_seconds(table, body, "expires_in", None, LONGEST_WAIT.total_seconds()),
    )


def _page(table: OAuthTable, value: object) -> str:
    """Gives an address that may be shown and opened."""
    good = isinstance(value, str) and len(value) <= 2048 and re.fullmatch(r"[\x21-\x7e]+", value)
    if good and isinstance(value, str):
        try:
            checked_base(
                value.partition("?")[0].partition("#")[0], allow_http_loopback=table.allow_http_loopback
            )
        except InvalidInput:
            good = None
    if not good or not isinstance(value, str):
        raise protocol_error(table.vendor, "an address for the code that is no web page")
    return value


def _seconds(
    table: OAuthTable, body: Mapping[str, object], name: str, default: float | None, most: float
) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise protocol_error(table.vendor, "a sign-in code without a lifetime")
    return float(min(max(value, 0), most))

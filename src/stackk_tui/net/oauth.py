"""Signing in by OAuth 2.0, authorization code with PKCE (RFC 6749, 7636, 8252; secrets design §5 and §7).

    async with await OAuthFlow.start(table, http) as flow:
        show(flow.address)            # and flow.paste(text) whenever something is pasted
        tokens = await flow.wait()

Everything a provider differs in is in its `OAuthTable`. `net/bearer.py` uses the tokens afterwards.
"""

import asyncio
import base64
import errno
import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import quote, urlencode

from stackk_tui.model.clock import Clock, utc_now
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.secret import Secret
from stackk_tui.net.loopback import Listener, Verdict
from stackk_tui.net.oauth_answer import PageAnswer, checked_answer, pasted
from stackk_tui.net.oauth_device import DeviceFlow
from stackk_tui.net.oauth_errors import at_the_page, closed, too_late
from stackk_tui.net.oauth_grants import RevokeResult, exchange, refresh, revoke
from stackk_tui.net.oauth_http import OAuthHttp
from stackk_tui.net.oauth_settings import variable
from stackk_tui.net.oauth_table import OAuthTable, table_from
from stackk_tui.net.oauth_task import begun, outcome
from stackk_tui.net.oauth_tokens import OAuthTokens
from stackk_tui.net.redact import remember

__all__ = [
    "LIFETIME",
    "DeviceFlow",
    "OAuthFlow",
    "OAuthHttp",
    "OAuthTable",
    "OAuthTokens",
    "RevokeResult",
    "refresh",
    "revoke",
    "table_from",
]

LIFETIME = timedelta(minutes=10)
"""How long a sign-in may take; then its state is stale."""


class OAuthFlow:
    """One sign-in. `aclose` (or leaving the block) ends it at any moment; nothing is kept by it."""

    def __init__(self, table: OAuthTable, http: OAuthHttp, clock: Clock, lifetime: timedelta) -> None:
        """Use `start`."""
        self._table = table
        self._http = http
        self._clock = clock
        self._lifetime = lifetime
        self._until = asyncio.get_running_loop().time() + lifetime.total_seconds()
        self._state = Secret(secrets.token_urlsafe(32))
        self._verifier = Secret(secrets.token_urlsafe(48))
        self._answer: asyncio.Future[PageAnswer] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[OAuthTokens] | None = None
        self._listener: Listener | None = None
        self.port: int | None = None
        """The port in the redirect address, for the `ssh -L` hint; None where it has none."""
        self.listener_problem = ""
        """Why there is no listener, in a sentence; empty while there is one."""
        self.redirect_uri = ""
        self.address = ""
        """What the person opens. It holds no secret: state and challenge are for this one time."""
        self.expires_at: datetime = clock() + lifetime

    @classmethod
    async def start(
        cls,
        table: OAuthTable,
        http: OAuthHttp,
        *,
        clock: Clock = utc_now,
        listen: bool = True,
        lifetime: timedelta = LIFETIME,
    ) -> Self:
        """Makes the address and listens for the answer. Raises InvalidInput if nothing is configured."""
        if not table.configured:
            raise InvalidInput(
                f"No OAuth app is configured for {table.vendor}.",
                "Nothing was sent.",
                f"Set {variable(table.provider, 'CLIENT_ID')}, or sign in another way.",
            )
        flow = cls(table, http, clock, lifetime)
        remember(flow._verifier, *([table.client_secret] if table.client_secret else []))
        await flow._listen(wanted=listen)
        flow.redirect_uri = table.redirect(flow.port)
        flow.address = _address(table, flow.redirect_uri, flow._state, flow._verifier)
        return flow

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"OAuthFlow({self._table.provider!r}, port={self.port}, listening={self.listening})"

    @property
    def listening(self) -> bool:
        return self._listener is not None and not self._answer.done()

    def paste(self, text: str) -> None:
        """Takes what the person pasted: the redirected address, `code#state` or `code=..&state=..`.

        Raises InvalidInput for anything else, a bare code and a wrong state; the sign-in goes on then.
        """
        self._must_be_open()
        self._take(pasted(text, state=self._state, issuer=self._table.issuer))

    async def wait(self) -> OAuthTokens:
        """Gives the tokens for the first good answer, from the listener or pasted. Exchanges exactly once.

        Raises OperationCancelled (declined at the page, or closed), TimedOut, SignInNeeded (the code was
        refused), InvalidInput (the OAuth app's settings), ProviderError.
        """
        if self._task is None:
            self._task = begun(self._finish())
        return await outcome(self._task, closed(self._table))

    async def aclose(self) -> None:
        """Ends the listener and whatever waits. Does nothing to tokens that were given already."""
        task, listener = self._task, self._listener
        self._listener = None
        if listener is not None:
            listener.stop()  # at once, whatever happens to the rest
        self._answer.cancel()
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])
        if listener is not None:
            await listener.aclose()

    async def _finish(self) -> OAuthTokens:
        try:
            async with asyncio.timeout_at(self._until):
                answer = await asyncio.shield(self._answer)
        except TimeoutError:
            self._answer.cancel()
            raise too_late(self._table, self._lifetime) from None
        if answer.code is None:
            raise at_the_page(self._table, answer.error)
        return await exchange(
            self._table,
            self._http,
            code=answer.code,
            verifier=self._verifier,
            state=self._state,
            redirect_uri=self.redirect_uri,
            clock=self._clock,
        )

    async def _listen(self, *, wanted: bool) -> None:
        table = self._table
        if not table.listens:
            self.listener_problem = "The sign-in ends on a page elsewhere, so its answer has to be pasted."
        elif not wanted:
            self.listener_problem = "Nothing listens on this machine; paste the answer."
        else:
            await self._open_listener()
        if self._listener is not None:
            self.port = self._listener.port
        elif table.listens:
            ports = table.candidate_ports
            self.port = ports[0] if ports else 49152 + secrets.randbelow(16384)

    async def _open_listener(self) -> None:
        table = self._table
        ports = table.candidate_ports
        try:
            self._listener = await Listener.open(
                table.redirect, table.redirect_host, ports, self._heard, self._lifetime.total_seconds()
            )
        except OSError as error:
            named = f"Port {', '.join(map(str, ports))}" if ports else "Every port"
            taken = error.errno == errno.EADDRINUSE
            why = "is used by another program" if taken else "cannot be listened on"
            self.listener_problem = f"{named} of this machine {why}; paste the answer instead."

    def _heard(self, params: Mapping[str, str]) -> Verdict:
        try:
            self._must_be_open()
            answer = checked_answer(params, state=self._state, issuer=self._table.issuer)
            self._take(answer)
        except InvalidInput:
            return "refused"
        return "declined" if answer.code is None else "accepted"

    def _must_be_open(self) -> None:
        if self._answer.done() or self._clock() >= self.expires_at:
            raise InvalidInput(
                "This sign-in is over: it was answered, closed, or took too long.",
                "Nothing was sent.",
                "Start it again.",
            )

    def _take(self, answer: PageAnswer) -> None:
        """The state is used up by the first answer."""
        self._answer.set_result(answer)
        if self._listener is not None:
            self._listener.stop()


def _address(table: OAuthTable, redirect_uri: str, state: Secret, verifier: Secret) -> str:
    digest = hashlib.sha256(verifier.reveal().encode("ascii")).digest()
    params = {
        **table.authorize_extra,
        "response_type": "code",
        "client_id": table.client_id,
        "redirect_uri": redirect_uri,
        **({"scope": table.scope} if table.scope else {}),
        "state": state.reveal(),
        "code_challenge": base64.urlsafe_b64encode(digest).decode("ascii").rstrip("="),
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in table.authorize_url else "?"
    return f"{table.authorize_url}{joint}{urlencode(params, quote_via=quote)}"

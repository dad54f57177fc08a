"""An access token that stays good: renewed ahead of time and on 401, once for everybody (secrets design §6).

One renewal at a time in this process (a shared task) and between processes (a lock file; the store is read
again under it and written before it is let go). Who waits may be cancelled; the renewal goes on to its end.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from stackk_tui.model.clock import Clock, utc_now
from stackk_tui.model.errors import SignInNeeded, StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.net.oauth_errors import sign_in_again
from stackk_tui.net.oauth_grants import RefreshFailed, try_refresh
from stackk_tui.net.oauth_http import OAuthHttp
from stackk_tui.net.oauth_lock import account_lock
from stackk_tui.net.oauth_table import OAuthTable
from stackk_tui.net.oauth_task import begun
from stackk_tui.net.redact import remember
from stackk_tui.net.retry import RetryPolicy
from stackk_tui.storage.token_record import TokenRecord

RETRIES: Final = RetryPolicy(tries=3, patience=15.0, first_wait=1.0, longest_wait=8.0)
LEAD: Final = timedelta(seconds=60)
"""How long before its end a token is renewed, for short lives a tenth of them."""
SECOND_LOOK: Final = 1.0
"""Seconds after which a refused renewal looks into the store once more, for who won the race."""
CLOSE_SECONDS: Final = 25.0


class BearerSource(Protocol):
    """Where a client gets its access token. Both raise SignInNeeded, StorageError, ProviderError."""

    async def token(self) -> Secret:
        """Gives a token for the next request."""
        ...

    async def renew(self, stale: Secret) -> Secret:
        """Gives another token than `stale`, which got a 401. Ask once a request, then believe the 401."""
        ...


class Keeps(Protocol):
    """What is needed of a token store: `Tokens`, or a `MemoryStore` before an account is kept."""

    async def load(self, provider: str, account_id: str) -> TokenRecord | None: ...

    async def save(self, provider: str, account_id: str, record: TokenRecord) -> None: ...


class Bearer:
    """The tokens of one account. Light to make; nothing is read before the first `token`."""

    def __init__(
        self,
        table: OAuthTable,
        http: OAuthHttp,
        tokens: Keeps,
        *,
        provider: str,
        account_id: str,
        data: Path,
        clock: Clock = utc_now,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`data` is the folder of the lock files, `settings.paths.data`."""
        self._table = table
        self._http = http
        self._tokens = tokens
        self._provider = provider
        self._account_id = account_id
        self._data = data
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._record: TokenRecord | None = None
        self._unsaved: tuple[Secret, TokenRecord] | None = None
        """The refresh token that was used up, and the tokens for it that could not be kept yet."""
        self._refused: Secret | None = None
        self._renewal: asyncio.Task[TokenRecord] | None = None
        self._spending = False
        self._closing = False
        self._failures = 0
        self._rest_until = 0.0
        self._last_error: StackkError | None = None

    async def token(self) -> Secret:
        """Gives a token that is good by the clock; an old one that still is, when renewing fails."""
        record = self._record or await self._load()
        if self._unsaved is None and not self._is_due(record):
            return record.secret
        try:
            return (await self._renewed(None)).secret
        except StackkError:
            if self._unsaved is not None or not self._is_alive(record):
                raise
        return record.secret

    async def renew(self, stale: Secret) -> Secret:
        record = self._record
        if record is not None and record.secret != stale and not self._is_due(record):
            return record.secret
        record = await self._renewed(stale)
        if record.secret == stale:  # it joined what had begun before the 401
            record = await self._renewed(stale)
        return record.secret

    async def aclose(self) -> None:
        """Lets a renewal that may have used up the refresh token come to its end; stops any other."""
        self._closing = True
        task = self._renewal
        if task is None or task.done():
            return
        if not self._spending:
            task.cancel()
        await asyncio.wait([task], timeout=CLOSE_SECONDS)

    async def _renewed(self, stale: Secret | None) -> TokenRecord:
        """Gives a record that is not due and not `stale`, which is None when only the clock asks."""
        if self._renewal is None or self._renewal.done():
            self._renewal = begun(self._with_patience(stale))
        return await asyncio.shield(self._renewal)

    async def _with_patience(self, stale: Secret | None) -> TokenRecord:
        now = asyncio.get_running_loop().time
        if self._last_error is not None and now() < self._rest_until:
            raise self._last_error
        began, attempt, sent_twice = now(), 0, False
        while not isinstance(done := await self._locked_try(stale), TokenRecord):
            attempt += 1
            wait = max(done.wait or 0.0, RETRIES.backoff(attempt, self._chance()))
            if done.how == "unknown" and not sent_twice and not self._closing:
                sent_twice = True  # the token may be used up: one more try tells
                continue
            last = attempt == RETRIES.tries or now() - began + wait > RETRIES.patience
            if done.how != "later" or last or self._closing:
                raise self._resting(done)
            await self._sleep(wait)
        self._failures, self._last_error = 0, None
        return done

    def _resting(self, failed: RefreshFailed) -> StackkError:
        """Gives the error, and for a while gives it again without asking the server."""
        if failed.how != "refused":
            self._failures += 1
            pause = RETRIES.backoff(min(self._failures, 8), self._chance())
            self._rest_until = asyncio.get_running_loop().time() + max(pause, failed.wait or 0.0)
            self._last_error = failed.error
        return failed.error

    async def _locked_try(self, stale: Secret | None) -> TokenRecord | RefreshFailed:
        async with account_lock(self._data, self._provider, self._account_id):
            kept = await self._load()
            if self._unsaved is not None:
                kept = await self._save_late(kept)
            if kept.secret != stale and not self._is_due(kept):
                return kept
            if kept.refresh is None or kept.refresh == self._refused:
                raise sign_in_again(self._table)
            self._spending = True
            try:
                return await self._spend(kept, kept.refresh)
            finally:
                self._spending = False

    async def _spend(self, kept: TokenRecord, refresh_token: Secret) -> TokenRecord | RefreshFailed:
        """Uses up the refresh token; what comes for it is kept before anyone uses it."""
        done = await try_refresh(self._table, self._http, refresh_token, clock=self._clock)
        if isinstance(done, RefreshFailed):
            if done.how == "refused":
                return await self._after_refusal(kept, refresh_token, done)
            return done
        record = replace(
            done.record(account=kept.account, issuer=kept.issuer),
            scope=done.scope or kept.scope,
            client_id=kept.client_id,
            client_secret=kept.client_secret,
        )
        self._record, self._unsaved = record, (refresh_token, record)
        await self._save(record)
        return record

    async def _after_refusal(
        self, kept: TokenRecord, refresh_token: Secret, failed: RefreshFailed
    ) -> TokenRecord | RefreshFailed:
        """Looks whether someone else has renewed it meanwhile. The record stays until the person acts."""
        for wait in (0.0, SECOND_LOOK):
            await self._sleep(wait)
            found = await self._load()
            if found.secret != kept.secret:
                return found
        self._refused = refresh_token
        return failed

    async def _save_late(self, kept: TokenRecord) -> TokenRecord:
        """Keeps what could not be kept before, unless the account has been signed in to again since."""
        assert self._unsaved is not None
        used_up, record = self._unsaved
        if kept.refresh == used_up:
            await self._save(record)
            kept = record
        self._record, self._unsaved = kept, None
        return kept

    async def _save(self, record: TokenRecord) -> None:
        try:
            await self._tokens.save(self._provider, self._account_id, record)
        except asyncio.CancelledError:  # the event loop is being torn down: the used-up token must not stay
            await self._tokens.save(self._provider, self._account_id, record)
            raise
        self._unsaved = None

    async def _load(self) -> TokenRecord:
        record = await self._tokens.load(self._provider, self._account_id)
        if record is None:
            self._record = self._unsaved = None
            raise SignInNeeded(
                f"The sign-in to {self._table.vendor} is not in the token store any more.",
                "Its figures stay.",
                "Sign in again.",
            )
        remember(*(s for s in (record.secret, record.refresh, record.client_secret) if s is not None))
        self._table = self._table.with_client(record.client_id, record.client_secret)
        if self._unsaved is None:
            self._record = record
        return record

    def _is_due(self, record: TokenRecord) -> bool:
        if record.expires_at is None or record.refresh is None:
            return False
        life = record.expires_at - (record.obtained_at or record.expires_at - 10 * LEAD)
        return record.expires_at - self._clock() < min(LEAD, life / 10)

    def _is_alive(self, record: TokenRecord) -> bool:
        return record.expires_at is not None and self._clock() < record.expires_at

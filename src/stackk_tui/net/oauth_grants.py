"""The token endpoint: code for tokens, refresh token for tokens, and telling the server to end them."""

import asyncio
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from stackk_tui.model.clock import Clock, utc_now
from stackk_tui.model.errors import ProtocolError, StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.net.oauth_errors import error_code, is_refused_grant, refusal
from stackk_tui.net.oauth_http import NoReply, OAuthHttp, Reply
from stackk_tui.net.oauth_table import OAuthTable
from stackk_tui.net.oauth_tokens import OAuthTokens, read_tokens
from stackk_tui.net.retry import RETRIED_STATUS

REVOKE_SECONDS = 10.0
"""For all requests of one revocation together."""


@dataclass(frozen=True, slots=True)
class RefreshFailed:
    """Why a refresh gave no tokens.

    `refused`: the refresh token is no longer good. `unknown`: the request may have used it up all the same.
    `later`: it was not used; try again after `wait` seconds. `final`: trying again changes nothing.
    """

    error: StackkError
    how: Literal["refused", "unknown", "later", "final"]
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class RevokeResult:
    """How revoking ended; `providers.base.Revocation` has the same fields."""

    outcome: Literal["revoked", "impossible", "failed"]
    message: str


class Revocable(Protocol):
    """OAuthTokens, and anything that has the two secrets."""

    @property
    def access(self) -> Secret: ...

    @property
    def refresh(self) -> Secret | None: ...


async def exchange(
    table: OAuthTable,
    http: OAuthHttp,
    *,
    code: Secret,
    verifier: Secret,
    state: Secret,
    redirect_uri: str,
    clock: Clock = utc_now,
) -> OAuthTokens:
    """Gives the tokens for a code. Asks once: a code is for one use, and a replay ends what it gave.

    Raises SignInNeeded (the code is used or old), InvalidInput (client id or secret), ProviderError.
    """
    fields: dict[str, str | Secret] = {
        **table.exchange_extra,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    if table.exchange_sends_state:
        fields["state"] = state
    reply = await http.post(table, table.token_url, fields, encoding=table.exchange_encoding)
    if isinstance(reply, NoReply):
        raise reply.trouble
    if not reply.ok:
        raise refusal(table, reply, "exchange")
    return await read_tokens(table, reply, clock)


async def refresh(
    table: OAuthTable, http: OAuthHttp, refresh_token: Secret, *, clock: Clock = utc_now
) -> OAuthTokens:
    """Gives new tokens, asking once; the old refresh token stays where the answer has none.

    Raises SignInNeeded (refused), InvalidInput (client id or secret), ProviderError (all else; try later).
    """
    done = await try_refresh(table, http, refresh_token, clock=clock)
    if isinstance(done, RefreshFailed):
        raise done.error
    return done


async def try_refresh(
    table: OAuthTable, http: OAuthHttp, refresh_token: Secret, *, clock: Clock = utc_now
) -> OAuthTokens | RefreshFailed:
    """Asks once, without a scope: a server refuses what it granted less than."""
    fields: dict[str, str | Secret] = {
        **table.refresh_extra,
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
    }
    reply = await http.post(
        table,
        table.token_url,
        fields,
        encoding=table.refresh_encoding,
        headers=table.refresh_headers,
    )
    if isinstance(reply, NoReply):
        return RefreshFailed(reply.trouble, _how(reply))
    if not reply.ok:
        return _refused(table, reply)
    try:
        tokens = await read_tokens(table, reply, clock)
    except ProtocolError as error:
        return RefreshFailed(error, "final")
    if tokens.refresh is None:
        tokens = replace(tokens, refresh=refresh_token)
    return tokens


async def revoke(
    table: OAuthTable, http: OAuthHttp, tokens: Revocable, *, seconds: float = REVOKE_SECONDS
) -> RevokeResult:
    """Ends the tokens at the server: refresh token first, then access token. Never raises, `seconds` in all.

    Any 2xx, or `invalid_token`, counts as revoked (RFC 7009 §2.2).
    """
    by_hand = f" End it there: {table.manage_url}" if table.manage_url else ""
    if table.revoke_style == "none" or not table.revoke_url:
        return RevokeResult("impossible", f"{table.vendor} has no way to end a sign-in from here.{by_hand}")
    problem: str | None = None
    try:
        async with asyncio.timeout(seconds):
            problem = await _revoke_all(table, http, table.revoke_url, tokens)
    except TimeoutError:
        problem = f"{table.vendor} did not answer within {seconds:g} seconds."
    except StackkError as error:
        problem = error.what
    if problem is None:
        return RevokeResult("revoked", "")
    return RevokeResult("failed", f"{table.vendor} could not be told: {problem}{by_hand}")


async def _revoke_all(table: OAuthTable, http: OAuthHttp, url: str, tokens: Revocable) -> str | None:
    """Gives what went wrong, or None."""
    if table.revoke_style == "json-refresh-token":
        if tokens.refresh is None:
            return "there is no refresh token to name."
        reply = await http.post(
            _secret_in_body(table), url, {"refresh_token": tokens.refresh}, encoding="json"
        )
        return _not_revoked(reply)
    ended = False
    if tokens.refresh is not None:
        fields: dict[str, str | Secret] = {"token": tokens.refresh, "token_type_hint": "refresh_token"}
        problem = _not_revoked(await http.post(table, url, fields))
        if problem is not None:
            return problem
        ended = True
    reply = await http.post(table, url, {"token": tokens.access, "token_type_hint": "access_token"})
    if ended and isinstance(reply, Reply) and error_code(reply) == "unsupported_token_type":
        return None  # it ends with its refresh token (RFC 7009 §2.1), or by itself
    return _not_revoked(reply)


def _secret_in_body(table: OAuthTable) -> OAuthTable:
    return replace(table, client_auth="body") if table.client_auth == "basic" else table


def _not_revoked(reply: Reply | NoReply) -> str | None:
    if isinstance(reply, NoReply):
        return reply.trouble.what
    if reply.ok or error_code(reply) == "invalid_token":
        return None
    return f"it answered with status {reply.status}."


def _how(reply: NoReply) -> Literal["unknown", "later", "final"]:
    if isinstance(reply.trouble, ProtocolError):
        return "final"
    return "unknown" if reply.sent else "later"


def _refused(table: OAuthTable, reply: Reply) -> RefreshFailed:
    error = refusal(table, reply, "refresh")
    if is_refused_grant(table, reply):
        return RefreshFailed(error, "refused")
    if reply.status in RETRIED_STATUS and (reply.status != 429 or reply.wait is not None):
        return RefreshFailed(error, "later", reply.wait)
    return RefreshFailed(error, "final")

"""Supabase's errors in a person's words, by status (`api/supabase.md` §9). Never the vendor's own text."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from stackk_tui.model.errors import (
    Forbidden,
    ProtocolError,
    ProviderError,
    RateLimited,
    SignInNeeded,
    StackkError,
)
from stackk_tui.net.retry import asked_wait
from stackk_tui.net.trouble import KEPT, LATER, Refusal, classify, later
from stackk_tui.providers.panel import AccountBlocked

_FARTHEST = 3600.0
"""Seconds. A reset farther away than any window is one in another unit: then nobody said when."""
_LONGEST: Final = 86_400.0
"""Seconds. Who is told to come back in years was told nothing: nobody is kept out for a slip of a server."""


class NotFound(ProviderError):
    """404: the thing is not there, or not for this sign-in."""

    code = "protocol"


class Gone(NotFound):
    """410: Supabase has taken this answer out of its API."""


class BadRequest(ProtocolError):
    """400, 422: our question was not understood."""


def wait_of(headers: Mapping[str, str], now: datetime) -> float | None:
    """Gives the wait an error asks for. `X-RateLimit-Reset` is on every answer, in seconds from now: it
    counts only when nothing is left (`api/supabase.md` §9)."""
    asked = asked_wait(headers, now)
    if asked is not None or headers.get("x-ratelimit-remaining", "0").strip() not in ("", "0"):
        return asked if asked is None or asked <= _LONGEST else None
    reset = asked_wait({"retry-after": headers.get("x-ratelimit-reset", "")}, now)
    return reset if reset is None or reset <= _FARTHEST else None


def classify_refusal(refusal: Refusal) -> StackkError:
    """Gives the error for an answer that is not 2xx."""
    status, request_id, retry_at = refusal.status, refusal.request_id, refusal.retry_at
    if status in (403, 404, 407, 511) and "html" in refusal.headers.get("content-type", ""):
        return ProtocolError(
            "A web page came instead of Supabase's answer: something between here and there refused.",
            KEPT,
            "Check the network (a proxy, a VPN or a sign-in page), then refresh again.",
            request_id=request_id,
        )
    if status == 401:
        return SignInNeeded(
            "Supabase refused the token: it is wrong, revoked or expired.",
            KEPT,
            "Sign in again with a new token.",
            request_id=request_id,
        )
    if status == 402:
        return AccountBlocked(
            "Supabase reports a problem with the organization's billing.",
            KEPT,
            "Settle it in the dashboard under Billing, then refresh again.",
            request_id=request_id,
        )
    if status == 403:
        return Forbidden(
            "This sign-in may not see that.",
            KEPT,
            "Use a personal access token, or one with more permissions.",
            request_id=request_id,
        )
    if status == 404:
        return NotFound("Supabase does not know what was asked for.", KEPT, LATER, request_id=request_id)
    if status == 410:
        return Gone(
            "Supabase does not tell this any more.",
            KEPT,
            "A newer stackk-tui may know another way.",
            request_id=request_id,
        )
    if status == 429:
        return RateLimited(
            "Supabase asks for fewer requests.",
            KEPT,
            later(retry_at),
            request_id=request_id,
            retry_at=retry_at,
        )
    if status in (400, 422):
        return BadRequest(
            "Supabase did not understand the request.",
            KEPT,
            "If it stays so, this version of stackk-tui is too old.",
            request_id=request_id,
        )
    return classify(refusal)

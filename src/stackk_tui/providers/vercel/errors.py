"""Vercel's errors in a person's words, and how long it asks us to wait (`api/vercel.md` §1, §11)."""

import re
from collections.abc import Mapping
from datetime import datetime

from stackk_tui.model.errors import (
    Forbidden,
    ProtocolError,
    ProviderError,
    RateLimited,
    SignInNeeded,
    StackkError,
    Unavailable,
)
from stackk_tui.net.retry import asked_wait
from stackk_tui.net.trouble import KEPT, LATER, Refusal, classify, later
from stackk_tui.providers.panel import AccountBlocked
from stackk_tui.providers.vercel.info import TOKENS_PAGE

_FARTHEST = 3600.0
"""Seconds. A reset farther away than any window is one in another unit: then nobody said when."""
_LONGEST = 86_400.0
"""Seconds. Who is told to come back in years was told nothing: nobody is kept out for a slip of a server."""
_SECONDS = re.compile(r"[0-9]{1,12}")


class NotFound(ProviderError):
    """404: the thing is not there, or not for this token."""

    code = "protocol"


class NoCosts(ProviderError):
    """404 `costs_not_found`: there is no cost to tell of. Not a zero."""

    code = "protocol"


def classify_refusal(refusal: Refusal) -> StackkError:
    """Gives the error for an answer that is not 2xx."""
    status, request_id, retry_at = refusal.status, refusal.request_id, refusal.retry_at
    error = (refusal.body or {}).get("error")
    said = error if isinstance(error, dict) else {}
    code = said.get("code")
    if status in (403, 404, 407, 511) and "html" in refusal.headers.get("content-type", ""):
        return ProtocolError(
            "A web page came instead of Vercel's answer: something between here and there refused.",
            KEPT,
            "Check the network (a proxy, a VPN or a sign-in page), then refresh again.",
            request_id=request_id,
        )
    if status == 401 or said.get("invalidToken") or said.get("missingToken"):
        return SignInNeeded(
            "Vercel refused the token: it is wrong, expired or deleted.",
            KEPT,
            f"Create a new one at {TOKENS_PAGE}, then sign in again.",
            request_id=request_id,
        )
    if status == 402:
        return AccountBlocked(
            "Vercel asks for a payment first.",
            KEPT,
            "Settle it in Vercel's dashboard under Billing, then refresh again.",
            request_id=request_id,
        )
    if code == "plan_upgrade_required":
        return Forbidden("Vercel does not offer this on this plan.", KEPT, request_id=request_id)
    if status == 403:
        return Forbidden(
            "This token may not see that.",
            KEPT,
            "Use a token of a member who may, with the team or the full account as its scope.",
            request_id=request_id,
        )
    if code == "costs_not_found":
        return NoCosts("Vercel has no cost to tell of.", KEPT, LATER, request_id=request_id)
    if status == 404:
        return NotFound("Vercel does not know what was asked for.", KEPT, LATER, request_id=request_id)
    if status == 429:
        return RateLimited(
            "Vercel asks for fewer requests.",
            KEPT,
            later(retry_at),
            request_id=request_id,
            retry_at=retry_at,
        )
    if status >= 500:
        return Unavailable(
            "Vercel has a problem of its own right now.",
            KEPT,
            later(retry_at),
            request_id=request_id,
            retry_at=retry_at,
        )
    return classify(refusal)


def wait_until_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """Gives seconds to wait: `Retry-After`, else until `X-RateLimit-Reset`, which is epoch seconds.

    Vercel sends its limits with every answer: while something remains, they ask nobody to wait.
    """
    asked = asked_wait(headers, now)
    if asked is not None:
        return asked if asked <= _LONGEST else None
    reset = headers.get("x-ratelimit-reset", "").strip()
    if headers.get("x-ratelimit-remaining", "0").strip() != "0" or not _SECONDS.fullmatch(reset):
        return None
    seconds = int(reset) - now.timestamp()
    return max(0.0, seconds) if seconds <= _FARTHEST else None

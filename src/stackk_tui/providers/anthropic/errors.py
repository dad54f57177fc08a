"""Anthropic's errors in a person's words, by `error.type` and `error_code` (`api/anthropic.md` §3)."""

from stackk_tui.model.errors import (
    Forbidden,
    ProtocolError,
    ProviderError,
    RateLimited,
    SignInNeeded,
    SpendLimitReached,
    StackkError,
    Unavailable,
)
from stackk_tui.net.trouble import KEPT, LATER, Refusal, classify, later
from stackk_tui.providers.panel import AccountBlocked

_CAPS = frozenset({"enforced_spend_limit_reached", "contract_spend_limit_reached", "ramp_limit_exceeded"})
_OWN_CAP = (
    "You have reached your specified API usage limits",
    "You have reached your specified workspace API",
)
_NOT_OFFERED = frozenset({"organization_type_not_supported", "organization_not_enrolled_in_beta"})


class NotFound(ProviderError):
    """404: the thing is not there, or not for this organization."""

    code = "protocol"


class NotOffered(Forbidden):
    """This organization does not have this feature."""


class BadRequest(ProtocolError):
    """400: our question was not understood."""


def classify_refusal(refusal: Refusal) -> StackkError:
    """Gives the error for an answer that is not 2xx."""
    kind, code, message = _read(refusal)
    request_id, retry_at = refusal.request_id, refusal.retry_at
    if refusal.status in (403, 404, 407, 511) and "html" in refusal.headers.get("content-type", ""):
        return ProtocolError(
            "A web page came instead of Anthropic's answer: something between here and there refused.",
            KEPT,
            "Check the network (a proxy, a VPN or a sign-in page), then refresh again.",
            request_id=request_id,
        )
    if refusal.status == 401 or kind == "authentication_error":
        return SignInNeeded(
            "Anthropic refused the key: it is wrong, revoked or expired.",
            KEPT,
            "Sign in again with a new key from the Console.",
            request_id=request_id,
        )
    if refusal.status == 402 or kind == "billing_error" or code == "organization_on_hold":
        return AccountBlocked(
            "Anthropic reports a problem with the organization's billing.",
            KEPT,
            "Settle it in the Console under Billing, then refresh again.",
            request_id=request_id,
        )
    if code in _CAPS or (refusal.status == 400 and message.startswith(_OWN_CAP)):
        return SpendLimitReached(
            "The organization has reached its spend limit.",
            "Anthropic answers again next month, or when the limit is raised. The last good figures stay.",
            "Raise it in the Console under Limits, or wait for the first of the month (UTC).",
            request_id=request_id,
            retry_at=retry_at,
        )
    if code in _NOT_OFFERED:
        return NotOffered("Anthropic does not offer this to this organization.", KEPT, request_id=request_id)
    if refusal.status == 403 or kind == "permission_error":
        return Forbidden(
            "This key may not see that.",
            KEPT,
            "Ask an admin of the organization for a key that may.",
            request_id=request_id,
        )
    if refusal.status == 404 or kind == "not_found_error":
        return NotFound("Anthropic does not know what was asked for.", KEPT, LATER, request_id=request_id)
    if refusal.status == 429 or kind == "rate_limit_error":
        return RateLimited(
            "Anthropic asks for fewer requests.",
            KEPT,
            later(retry_at),
            request_id=request_id,
            retry_at=retry_at,
        )
    if refusal.status >= 500 or kind in ("api_error", "timeout_error", "overloaded_error"):
        return Unavailable(
            _busy(refusal.status, kind), KEPT, later(retry_at), request_id=request_id, retry_at=retry_at
        )
    if refusal.status == 400:
        return BadRequest(
            "Anthropic did not understand the request.",
            KEPT,
            "If it stays so, this version of stackk-tui is too old.",
            request_id=request_id,
        )
    return classify(refusal)


def _busy(status: int, kind: str) -> str:
    if status == 529 or kind == "overloaded_error":
        return "Anthropic is overloaded right now."
    return "Anthropic has a problem of its own right now."


def _read(refusal: Refusal) -> tuple[str, str, str]:
    """Gives `error.type`, `details.error_code` and the message, each empty if it is not there."""
    error = (refusal.body or {}).get("error")
    if not isinstance(error, dict):
        return "", "", ""
    details = error.get("details")
    code = details.get("error_code") if isinstance(details, dict) else None
    return tuple(v if isinstance(v, str) else "" for v in (error.get("type"), code, error.get("message")))  # type: ignore[return-value]

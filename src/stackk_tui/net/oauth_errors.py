"""What an authorization server's refusal means (RFC 6749 §5.2), in a person's words; never its own text."""

from datetime import timedelta
from typing import Final, Literal

from stackk_tui.model.errors import InvalidInput, OperationCancelled, SignInNeeded, StackkError, TimedOut
from stackk_tui.net.oauth_http import KEPT, Reply, protocol_error
from stackk_tui.net.oauth_settings import variable
from stackk_tui.net.oauth_table import OAuthTable
from stackk_tui.net.trouble import Refusal, classify

Asked = Literal["exchange", "refresh", "device"]

_CLIENT: Final = frozenset({"invalid_client", "unauthorized_client"})
_UNUSUAL: Final = frozenset({"unsupported_grant_type", "invalid_scope", "invalid_target"})
_REFUSED_KINDS: Final = frozenset({"authentication_error", "permission_error"})


def error_code(reply: Reply) -> str:
    """Gives the `error` of a refusal, or the `type` of a nested one; empty when it has none."""
    said = (reply.error or {}).get("error")
    if isinstance(said, dict):
        said = said.get("type")
    return said if isinstance(said, str) and len(said) <= 64 else ""


def is_refused_grant(table: OAuthTable, reply: Reply) -> bool:
    """Whether the code or refresh token itself was refused.

    Servers that do not speak RFC 6749 answer 401 or 422 with JSON of their own, some of them 400, too; a page
    of a proxy is no JSON.
    """
    if reply.status not in (400, 401, 403, 422) or reply.error is None or _misses_the_secret(reply):
        return False
    code = error_code(reply)
    if code == "invalid_grant" or (table.bare_400_refuses and reply.status == 400 and not code):
        return True
    return reply.status in (401, 422) and (not code or code in _REFUSED_KINDS)


def _misses_the_secret(reply: Reply) -> bool:
    return "client_secret" in str((reply.error or {}).get("message", ""))


def refusal(table: OAuthTable, reply: Reply, asked: Asked) -> StackkError:
    """Gives the error for an answer that is not 2xx."""
    vendor, code = table.vendor, error_code(reply)
    client_id, secret = variable(table.provider, "CLIENT_ID"), variable(table.provider, "CLIENT_SECRET")
    if is_refused_grant(table, reply):
        return code_refused(table) if asked == "exchange" else sign_in_again(table)
    if 300 <= reply.status < 400:
        return protocol_error(vendor, "us on to another address, which we do not follow")
    if reply.status < 500 and reply.status != 429:
        if code in _CLIENT or _misses_the_secret(reply):
            return InvalidInput(
                f"{vendor} does not accept this client id, or its secret.",
                KEPT,
                f"Check {client_id} and {secret}.",
            )
        if code in _UNUSUAL:
            return InvalidInput(
                f"{vendor} does not let this client sign in this way ({code}).",
                KEPT,
                f"Check the OAuth app's settings at {vendor} and {variable(table.provider, 'SCOPE')}.",
            )
        if reply.error is None:
            return protocol_error(vendor, f"an answer that cannot be read (status {reply.status})")
    return classify(Refusal(vendor, reply.status, {}, reply.error, None, reply.retry_at))


def sign_in_again(table: OAuthTable) -> SignInNeeded:
    return SignInNeeded(
        f"The sign-in to {table.vendor} has ended.",
        "Nothing is lost: the last good figures stay.",
        "Sign in again.",
    )


def code_refused(table: OAuthTable) -> SignInNeeded:
    return SignInNeeded(
        f"{table.vendor} did not accept the code of this sign-in: it was used before, or too old.",
        KEPT,
        "Start the sign-in again.",
    )


def too_late(table: OAuthTable, allowed: timedelta) -> TimedOut:
    minutes = max(1, round(allowed.total_seconds() / 60))
    return TimedOut(
        f"The sign-in to {table.vendor} was not finished within {minutes} minutes.",
        KEPT,
        "Start it again.",
    )


def closed(table: OAuthTable) -> OperationCancelled:
    return OperationCancelled(
        f"The sign-in to {table.vendor} was closed.", KEPT, "Start it again when you like."
    )


def at_the_page(table: OAuthTable, code: str) -> StackkError:
    """Gives the error for what the authorization page answered instead of a code (RFC 6749 §4.1.2.1)."""
    vendor = table.vendor
    if code == "access_denied":
        return OperationCancelled(
            f"The sign-in was declined at {vendor}.", KEPT, "Start it again to allow it."
        )
    if code in ("server_error", "temporarily_unavailable"):
        return classify(Refusal(vendor, 503, {}, None, None, None))
    known = code if code in _CLIENT | _UNUSUAL | {"invalid_request", "unsupported_response_type"} else "error"
    return InvalidInput(
        f"{vendor} refused to begin the sign-in ({known}).",
        KEPT,
        f"Check the OAuth app's settings at {vendor}: client id, redirect address and scopes.",
    )

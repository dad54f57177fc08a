"""What went wrong on the wire, in a person's words. Never a library's text, a URL with a query, or a body."""

import errno
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from stackk_tui.model.errors import (
    Forbidden,
    NetworkError,
    ProtocolError,
    RateLimited,
    SignInNeeded,
    StackkError,
    TimedOut,
    Unavailable,
)

KEPT = "Nothing is lost: the last good figures stay."
AGAIN = "Check the network, then refresh again."
LATER = "Refresh again in a few minutes."


def later(retry_at: datetime | None) -> str:
    """Says when to come back, by the server's word where it gave one."""
    return LATER if retry_at is None else f"Refresh again after {retry_at:%Y-%m-%d %H:%M:%S} UTC."


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is an error. `body` is its JSON object, or None if it was not one."""

    vendor: str
    status: int
    headers: Mapping[str, str]
    body: Mapping[str, object] | None
    request_id: str | None
    retry_at: datetime | None
    """When the server said to come back."""


def classify(refusal: Refusal) -> StackkError:
    """Gives the error for a status alone, for vendors that say no more."""
    vendor, status = refusal.vendor, refusal.status
    request_id = refusal.request_id
    if status == 401:
        return SignInNeeded(f"{vendor} refused the key.", KEPT, "Sign in again.", request_id=request_id)
    if status in (402, 403):
        return Forbidden(
            f"{vendor} says this key may not see that.", KEPT, "Use a key that may.", request_id=request_id
        )
    if status == 429:
        return RateLimited(
            f"{vendor} asks for fewer requests.",
            KEPT,
            later(refusal.retry_at),
            retry_at=refusal.retry_at,
            request_id=request_id,
        )
    if status >= 500:
        return Unavailable(
            f"{vendor} has a problem of its own (status {status}).",
            KEPT,
            later(refusal.retry_at),
            retry_at=refusal.retry_at,
            request_id=request_id,
        )
    return ProtocolError(
        f"{vendor} did not accept the request (status {status}).", KEPT, LATER, request_id=request_id
    )


def timed_out(vendor: str, host: str, *, connecting: bool, seconds: float) -> TimedOut:
    did = "did not pick up" if connecting else "did not finish its answer"
    return TimedOut(f"{vendor} ({host}) {did} within {seconds:g} seconds.", KEPT, AGAIN)


def network_error(vendor: str, host: str, error: BaseException) -> NetworkError:
    """Gives the words for a connection that could not be made or broke."""
    return NetworkError(_what_happened(vendor, host, error), KEPT, _next_step(error))


def is_tls(error: BaseException) -> bool:
    """Whether a secure connection was the problem: that does not get better by trying again."""
    return any(isinstance(cause, ssl.SSLError) for cause in _causes(error))


def _what_happened(vendor: str, host: str, error: BaseException) -> str:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"{host} could not prove that it is {vendor}: its certificate is not trusted."
        if isinstance(cause, ssl.SSLError):
            return f"No secure connection to {host} could be made (TLS)."
        if isinstance(cause, socket.gaierror):
            return f"The name {host} could not be looked up (DNS)."
        if isinstance(cause, ConnectionRefusedError):
            return f"{host} refused the connection."
        if isinstance(cause, OSError) and cause.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
            return f"There is no network to {host}."
    return f"The connection to {host} broke off."


def _next_step(error: BaseException) -> str:
    if is_tls(error):
        return (
            "Check the date of this machine and who is between it and the internet; nothing secret was sent."
        )
    return AGAIN


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walks an error and everything behind it, outermost first."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < 50:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.extend(e for e in (current.__cause__, current.__context__) if e is not None)

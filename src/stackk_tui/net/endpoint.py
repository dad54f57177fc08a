"""Which addresses may be called at all: https, or this machine when asked for (DESIGN §4)."""

from urllib.parse import SplitResult, urlsplit

from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.text import clean

LOOPBACK = ("127.0.0.1", "::1")


def checked_base(url: str, *, allow_http_loopback: bool) -> str:
    """Gives `url` without a trailing slash. Raises InvalidInput before anything is sent anywhere.

    Only https, or http to 127.0.0.1 / [::1] when allowed; never with a user, a query or a fragment in it.
    """
    parts, host = _split(url)
    if parts.username is not None or parts.password is not None:
        raise _refused(f"The address for {host} has a user or password in it.", "Take it out of the address.")
    if parts.query or parts.fragment:
        raise _refused(
            f"The address for {host} has a query or a fragment.", "Give only scheme, host and path."
        )
    if parts.scheme == "http" and host not in LOOPBACK:
        raise _refused(
            f"The address for {host} is plain http, which would show your key to the network.", "Use https."
        )
    if parts.scheme == "http" and not allow_http_loopback:
        raise _refused(
            f"The address http://{host} is plain http.",
            "For a server on this machine, set STACKK_ALLOW_HTTP_LOOPBACK=1.",
        )
    if parts.scheme not in {"http", "https"}:
        raise _refused(f"An address must begin with https://, not {clean(parts.scheme, 20)!r}.", "Use https.")
    return url.rstrip("/")


def host_of(url: str) -> str:
    """Gives the host of an address, cleaned, for a sentence; `another address` if there is none."""
    try:
        return clean(urlsplit(url).hostname or "", 120) or "another address"
    except ValueError:
        return "another address"


def _split(url: str) -> tuple[SplitResult, str]:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises where the port is no number
    except ValueError:
        host = ""
    if not host or not url.isascii() or any(c.isspace() for c in url):
        raise _refused("An address in the settings is not a web address.", "It looks like https://host/path.")
    return parts, host


def _refused(what: str, next_step: str) -> InvalidInput:
    return InvalidInput(what, "Nothing was sent.", next_step)

"""The one place that makes an httpx client: verified TLS, no redirects, nothing from the environment."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackk_tui import __version__
from stackk_tui.model.errors import InvalidInput

if TYPE_CHECKING:
    import ssl

    import httpx

USER_AGENT = f"stackk-tui/{__version__} (+https://github.com/stackk/stackk-tui)"


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, size in bytes. `answer` is for a whole request, however slowly it drips."""

    connect: float = 10.0
    answer: float = 20.0
    size: int = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Way:
    """How to get out: a transport in place of the wire (the demo), a proxy, certificates of one's own."""

    transport: object | None = None
    proxy: str | None = None
    ca_file: str | None = None


def make_client(way: Way, limits: Limits, *, scheme: str, kept: int, encodings: str) -> "httpx.AsyncClient":
    """Gives a client, which takes some 40 ms: call it in a thread. `kept` connections stay open.

    Raises InvalidInput for a proxy or a certificate file that cannot be used.
    """
    import logging

    import httpx

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # at INFO they log whole URLs, at DEBUG headers
    if way.transport is not None and not isinstance(way.transport, httpx.AsyncBaseTransport):
        raise TypeError("transport must be an httpx.AsyncBaseTransport")
    try:
        return httpx.AsyncClient(
            transport=way.transport,
            proxy=way.proxy,
            verify=_trust(way, scheme),
            http1=True,
            http2=False,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(limits.answer, connect=limits.connect),
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=kept),
            headers={"user-agent": USER_AGENT, "accept": "application/json", "accept-encoding": encodings},
        )
    except (OSError, ImportError, ValueError):
        problem = "The proxy or the certificate file in config.toml cannot be used."
    raise InvalidInput(problem, "Nothing was sent.", "Correct [network] in config.toml.")


def _trust(way: Way, scheme: str) -> "ssl.SSLContext | bool":
    """Certificates are always verified: against the named file, or the ones httpx brings (True)."""
    import ssl

    if way.ca_file:
        return ssl.create_default_context(cafile=way.ca_file)
    if scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used there, trusts nobody, costs nothing
    return True

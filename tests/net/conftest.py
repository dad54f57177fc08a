"""A server of our own and a client that does not really wait."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from stackk_tui.net.client import Limits
from stackk_tui.net.http import HttpClient
from stackk_tui.sandbox.faults import Faults
from tests.conftest import NOW, LoopbackServer
from tests.net._oauth import Peer, peer
from tests.net.app import Echo, faulty


@pytest.fixture
def echo(loopback_server: LoopbackServer) -> Iterator[Echo]:
    app, faults = faulty()
    loopback_server.app = faults
    yield app
    loopback_server.app = None


@pytest.fixture
def faults(echo: Echo, loopback_server: LoopbackServer) -> Faults:
    assert isinstance(loopback_server.app, Faults)
    return loopback_server.app


@pytest.fixture
def waits() -> list[float]:
    """Every wait between tries, in seconds; none of them is really waited for."""
    return []


@pytest.fixture
async def client(
    loopback_server: LoopbackServer, echo: Echo, waits: list[float]
) -> AsyncIterator[Callable[..., HttpClient]]:
    made: list[HttpClient] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    def make(url: str | None = None, **how: object) -> HttpClient:
        options: dict[str, object] = {
            "allow_http_loopback": True,
            "clock": lambda: NOW,
            "sleep": sleep,
            "chance": lambda: 1.0,
            "limits": Limits(),
        }
        made.append(HttpClient("Acme", url or loopback_server.url, **{**options, **how}))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for http in made:
        await http.aclose()


@pytest.fixture
async def auth(loopback_server: LoopbackServer) -> AsyncIterator[Peer]:
    """A fresh pretend authorization server, and the wire to it."""
    made = peer(loopback_server)
    yield made
    await made.http.aclose()
    loopback_server.app = None

"""A provider on the real wire, pointed at the pretend Vercel."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from stackk_tui.providers.vercel.provider import VercelProvider
from stackk_tui.sandbox.vercel import VercelSandbox
from stackk_tui.storage.ledger import Ledger
from tests.conftest import LoopbackServer, MakeSettings
from tests.providers.vercel.helpers import NOW, Tracked, make_provider, pro, project


@dataclass(slots=True)
class Server:
    """The pretend Vercel over real HTTP. Set `now` to move its clock."""

    url: str
    app: VercelSandbox
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now


@pytest.fixture
def vercel(loopback_server: LoopbackServer) -> Iterator[Server]:
    held: list[Server] = []
    app = VercelSandbox(clock=lambda: held[0].now if held else NOW)
    held.append(Server(loopback_server.url, app))
    loopback_server.app = app
    yield held[0]
    loopback_server.app = None


@pytest.fixture
def waits() -> list[float]:
    """Every wait between tries, in seconds; none of them is really waited for."""
    return []


@pytest.fixture
async def provider(
    settings: MakeSettings, vercel: Server, waits: list[float]
) -> AsyncIterator[VercelProvider]:
    made = make_provider(settings(STACKK_VERCEL_API_URL=vercel.url), vercel.clock, waits)
    yield made
    await made.aclose()


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    made = await Ledger.open(tmp_path / "ledger" / "ledger.db")
    yield made
    await made.close()


@pytest.fixture
async def team(provider: VercelProvider, vercel: Server, ledger: Ledger) -> Tracked:
    """The Pro team and one project of it."""
    return await Tracked.of(provider, ledger, vercel.clock, [pro(), project("web")])

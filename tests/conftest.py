"""Shared by all tests: a clean environment, settings in a temporary folder, and a pretend Anthropic on loopback."""

import asyncio
import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from stackk_tui.config import Settings, load_settings
from stackk_tui.sandbox.anthropic import AnthropicSandbox, Seen
from stackk_tui.sandbox.faults import Faults
from stackk_tui.sandbox.world import World

if TYPE_CHECKING:
    from tests.console import Console

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
"""The moment at which the sandbox stands, unless a test moves it."""

SHORT_FOLDERS = None if len(gettempdir()) < 60 else "/tmp"
"""Where to make a folder for a socket, whose path may have 107 bytes; None is the usual place."""

_SCRUBBED = ("TEXTUAL_", "STACKK_", "ANTHROPIC_", "CLAUDE_", "SUPABASE_", "VERCEL_")

_HOUR, _LONGEST_TEST = 3600.0, 20.0

MakeSettings = Callable[..., Settings]


def pytest_configure() -> None:
    """What the machine is set to must not change a test, nor a child of one.

    Clocks are in UTC. Who was started in the background by a plain shell ignores ctrl-c, and so would all below.
    """
    os.environ["TZ"] = "UTC"
    time.tzset()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup() -> None:
    """Programs that tests start read the real clock: none begins in one day, or window, and ends in the next."""
    left = _HOUR - time.time() % _HOUR
    if left < _LONGEST_TEST:
        time.sleep(left)


def pytest_collection_finish() -> None:
    """Thousands of tests and all modules live until the end: the collector need not walk them, nor as often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell says must not change a test."""
    for name in list(os.environ):
        if name in {"NO_COLOR", "COLORTERM", "CREDENTIALS_DIRECTORY"} or name.startswith(_SCRUBBED):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def settings(tmp_path: Path) -> MakeSettings:
    """Makes Settings with everything under the test's folder; keyword arguments are environment variables."""

    def make(**env: str) -> Settings:
        base = {
            "HOME": str(tmp_path / "home"),
            "PATH": os.environ.get("PATH", ""),
            "STACKK_HOME": str(tmp_path / "stackk"),
            "STACKK_TOKEN_STORE": "memory",
            "STACKK_ALLOW_HTTP_LOOPBACK": "1",
        }
        return load_settings({**base, **env})

    return make


@dataclass(slots=True)
class LoopbackServer:
    """Any ASGI app over real HTTP on 127.0.0.1; `app` may be exchanged while it runs."""

    app: ASGIApp | None = None
    url: str = ""
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)

    def start(self) -> None:
        config = uvicorn.Config(
            self,
            host="127.0.0.1",
            port=0,
            lifespan="off",
            log_level="critical",
            date_header=False,
            timeout_graceful_shutdown=1,
        )
        listener = config.bind_socket()
        listener.listen(128)  # who is quicker than the thread below waits instead of being refused
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._server = server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = True
        self._thread.join(timeout=10)


@dataclass(slots=True)
class SandboxServer:
    """The pretend Anthropic at `url`. Set `now` to move its clock; give `clock` to whatever talks to it."""

    url: str
    app: AnthropicSandbox
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now

    @property
    def world(self) -> World:
        return self.app.world

    @property
    def faults(self) -> Faults:
        return self.app.faults

    @property
    def seen(self) -> list[Seen]:
        """Every request so far."""
        return self.app.seen

    @property
    def env(self) -> dict[str, str]:
        """What points the program at it."""
        return {"STACKK_ALLOW_HTTP_LOOPBACK": "1", "STACKK_ANTHROPIC_API_URL": self.url}


@pytest.fixture(scope="session")
def loopback_server() -> Iterator[LoopbackServer]:
    server = LoopbackServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sandbox(loopback_server: LoopbackServer) -> Iterator[SandboxServer]:
    """A fresh pretend Anthropic over real HTTP."""
    held: list[SandboxServer] = []
    app = AnthropicSandbox(clock=lambda: held[0].now if held else NOW)
    held.append(SandboxServer(url=loopback_server.url, app=app))
    loopback_server.app = app
    yield held[0]
    loopback_server.app = None


@pytest.fixture
def oauth_console(loopback_server: LoopbackServer) -> Iterator["Console"]:
    """A fresh pretend Anthropic with its authorization server, over real HTTP and on the real clock."""
    from tests.console import Console

    app = Console()
    app.url = loopback_server.url
    loopback_server.app = app
    yield app
    loopback_server.app = None

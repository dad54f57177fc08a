"""The pretend Supabase over real HTTP, for the tests that import its fixture."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from stackk_tui.sandbox.faults import Faults
from stackk_tui.sandbox.supabase import CLIENT, Seen, SupabaseSandbox
from stackk_tui.sandbox.supabase_world import World
from tests.conftest import LoopbackServer

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


@dataclass(slots=True)
class SupabaseServer:
    """The pretend Supabase at `url`. Set `now` to move its clock; give `clock` to whatever talks to it."""

    url: str
    app: SupabaseSandbox
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
        return self.app.seen

    @property
    def env(self) -> dict[str, str]:
        """What points the program at it."""
        oauth = f"{self.url}/v1/oauth"
        return {
            "STACKK_ALLOW_HTTP_LOOPBACK": "1",
            "STACKK_SUPABASE_API_URL": self.url,
            "STACKK_SUPABASE_AUTHORIZE_URL": f"{oauth}/authorize",
            "STACKK_SUPABASE_TOKEN_URL": f"{oauth}/token",
            "STACKK_SUPABASE_REVOKE_URL": f"{oauth}/revoke",
        }

    @property
    def oauth_env(self) -> dict[str, str]:
        """The same with an OAuth app."""
        return {**self.env, "SUPABASE_CLIENT_ID": CLIENT.id, "SUPABASE_CLIENT_SECRET": CLIENT.secret or ""}

    def secrets(self) -> set[str]:
        """Everything that must not be found anywhere in plain text."""
        grants = self.app.grants
        return {*self.app.tokens, CLIENT.secret or "", *grants.codes, *grants.access, *grants.refresh}


@pytest.fixture
def supabase(loopback_server: LoopbackServer) -> Iterator[SupabaseServer]:
    """A fresh pretend Supabase over real HTTP."""
    held: list[SupabaseServer] = []
    app = SupabaseSandbox(clock=lambda: held[0].now if held else NOW)
    held.append(SupabaseServer(url=loopback_server.url, app=app))
    loopback_server.app = app
    yield held[0]
    loopback_server.app = None

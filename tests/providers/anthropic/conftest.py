"""A provider on the real wire, pointed at the pretend Anthropic."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from stackk_tui.providers.anthropic.provider import AnthropicProvider
from stackk_tui.sandbox.world import IDS
from tests.conftest import MakeSettings, SandboxServer
from tests.providers.anthropic.helpers import EARLY, Tracked, make_provider, tracked


@pytest.fixture
def waits() -> list[float]:
    """Every wait between tries, in seconds; none of them is really waited for."""
    return []


@pytest.fixture
async def provider(
    settings: MakeSettings, sandbox: SandboxServer, waits: list[float]
) -> AsyncIterator[AnthropicProvider]:
    made = make_provider(settings(**sandbox.env), sandbox.clock, waits)
    yield made
    await made.aclose()


@pytest.fixture
def quick(account: Tracked, sandbox: SandboxServer) -> Tracked:
    """The same on the 4th of the month (`EARLY`), with everything before the 3rd settled: quick to refresh."""
    sandbox.now = EARLY
    account.ledger.settle(EARLY.date() - timedelta(days=2))
    return account


@pytest.fixture
def account(provider: AnthropicProvider, sandbox: SandboxServer) -> Tracked:
    """The organization, and Production, Staging and the default workspace of it."""
    return tracked(provider, sandbox.clock, [IDS["production"], IDS["staging"], "default"])

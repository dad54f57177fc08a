"""A provider on the real wire, pointed at the pretend Supabase."""

from collections.abc import AsyncIterator

import pytest

from stackk_tui.providers.supabase.provider import SupabaseProvider
from tests.conftest import MakeSettings
from tests.providers.supabase.helpers import Tracked, make_provider, organization, project, tracked
from tests.supabase_server import SupabaseServer, supabase

__all__ = ["supabase"]


@pytest.fixture
def waits() -> list[float]:
    """Every wait between tries, in seconds; none of them is really waited for."""
    return []


@pytest.fixture
async def provider(
    settings: MakeSettings, supabase: SupabaseServer, waits: list[float]
) -> AsyncIterator[SupabaseProvider]:
    made = make_provider(settings(**supabase.env), supabase.clock, waits)
    yield made
    await made.aclose()


@pytest.fixture
def one(provider: SupabaseProvider) -> Tracked:
    """The project nimbus-api."""
    return tracked(provider, project())


@pytest.fixture
def whole(provider: SupabaseProvider) -> Tracked:
    """The organization Nimbus Labs."""
    return tracked(provider, organization())

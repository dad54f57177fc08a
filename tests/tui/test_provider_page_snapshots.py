"""The pages of a database, a host and a router's key as they stand in the demo."""

import asyncio

import pytest
from textual.pilot import Pilot

from stackk_tui.demo import demo_home, open_demo, seed_demo
from stackk_tui.model.view import History, ServiceView
from stackk_tui.tui.app import StackkApp
from stackk_tui.tui.screens.detail import ServiceDetailScreen

from .scenes import make, settle
from .test_provider_pages import NOW

NAMES = ("Supabase", "Vercel", "OpenRouter")


@pytest.fixture(scope="module")
def read() -> dict[str, tuple[ServiceView, History]]:
    """What the demo knows of each, by name."""

    async def everything() -> dict[str, tuple[ServiceView, History]]:
        with demo_home() as home:
            stack = await open_demo(home, lambda: NOW, days=1)
            try:
                await seed_demo(stack, NOW.date())
                views = [view for view in await stack.services() if view.service.name in NAMES]
                return {v.service.name: (v, await stack.history(v.service.id, 90)) for v in views}
            finally:
                await stack.close()

    return asyncio.run(everything())


@pytest.mark.parametrize("size", [(80, 24), (120, 50)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", NAMES)
def test_page(
    snap_compare, read: dict[str, tuple[ServiceView, History]], name: str, size: tuple[int, int]
) -> None:
    view, history = read[name]
    app = make("full")

    async def service(_: str) -> ServiceView:
        return view

    async def days(_: str, __: int) -> History:
        return history

    async def show(pilot: Pilot[None]) -> None:
        assert isinstance(pilot.app, StackkApp)
        await settle(pilot)
        pilot.app.scene.service, pilot.app.scene.history = service, days  # type: ignore[attr-defined]
        pilot.app.push_screen(ServiceDetailScreen(view.service.id, name))
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=show)

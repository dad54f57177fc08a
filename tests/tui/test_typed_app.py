"""An OAuth app of one's own, typed in where none is configured: a form first, then the vendor's page."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from stackk_tui.config import Settings
from stackk_tui.sandbox.supabase import CLIENT
from stackk_tui.stack import Stack
from stackk_tui.tui.app import StackkApp
from stackk_tui.tui.screens.at_vendor import AtVendorScreen
from stackk_tui.tui.screens.pick_workspace import PickWorkspaceScreen
from stackk_tui.tui.screens.sign_in import SignInScreen
from stackk_tui.tui.widgets.address import Address
from stackk_tui.tui.widgets.fields import SecretInput
from tests.supabase_server import SupabaseServer, supabase

from .scenes import EMPTY, press, rounds

__all__ = ["supabase"]
pytestmark = pytest.mark.anyio

LONG = 60.0


@asynccontextmanager
async def opened(settings: Settings, server: SupabaseServer) -> AsyncIterator[tuple[StackkApp, Pilot[None]]]:
    async def open_stack() -> Stack:
        return await Stack.open(settings, clock=server.clock)

    app = StackkApp(EMPTY, open_stack, now=server.clock, theme="stackk")
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await rounds(pilot)
        yield app, pilot


def text_of(app: StackkApp) -> str:
    width, height = app.size
    return "\n".join(s.text[:width].rstrip() for s in app.screen._compositor.render_strips()[:height])


async def until(app: StackkApp, pilot: Pilot[None], happened: Callable[[], object]) -> None:
    end = asyncio.get_running_loop().time() + LONG
    while not happened():
        assert asyncio.get_running_loop().time() < end, text_of(app)
        await asyncio.sleep(0.005)
        await rounds(pilot, 1)
    await rounds(pilot)


async def to_the_doors(app: StackkApp, pilot: Pilot[None]) -> None:
    await press(pilot, "a")
    await until(app, pilot, lambda: "Supabase" in text_of(app))
    while "Personal access token" not in text_of(app):
        await press(pilot, "j")
        await rounds(pilot)
    for key in ("enter", "j", "enter"):  # the second row is "more", the door stands in its place
        await press(pilot, key)
        await rounds(pilot)
    assert "needs an OAuth app of your own" in " ".join(text_of(app).split())


async def test_the_app_is_asked_for_then_the_page_is_shown(
    settings: Callable[..., Settings],
    supabase: SupabaseServer,
) -> None:
    async with opened(settings(**supabase.env), supabase) as (app, pilot):
        await to_the_doors(app, pilot)
        await press(pilot, "enter")
        await until(app, pilot, lambda: isinstance(app.screen, SignInScreen) and app.screen.is_mounted)
        await until(app, pilot, lambda: "kept" in text_of(app).lower())
        assert "http://localhost:47823/callback" in "".join(text_of(app).split())
        app.screen.query_one("#secret", SecretInput).value = CLIENT.secret or ""
        app.screen.query_one("#field-client_id Input", Input).value = CLIENT.id
        await rounds(pilot)
        assert (CLIENT.secret or "") not in text_of(app)
        app.screen.action_submit()
        await until(app, pilot, lambda: isinstance(app.screen, AtVendorScreen) and app.screen.is_mounted)
        await until(app, pilot, lambda: app.screen.query_one(Address).address)
        address = app.screen.query_one(Address).address
        assert CLIENT.id in address
        async with httpx.AsyncClient(trust_env=False) as browser:
            answer = (await browser.get(address)).headers["location"]
        app.screen.query_one(SecretInput).value = answer
        app.screen.action_send()
        await until(app, pilot, lambda: isinstance(app.screen, PickWorkspaceScreen))
        await until(app, pilot, lambda: "nimbus-api" in text_of(app))
        assert "Nimbus Labs  whole organization" in text_of(app)
        assert "  nimbus-2024" in text_of(app)
        assert "· paused" in text_of(app)
        shown = text_of(app) + app.export_screenshot()
        assert not [secret for secret in supabase.secrets() if secret and secret in shown]


async def test_with_an_app_in_the_settings_nothing_is_asked(
    settings: Callable[..., Settings],
    supabase: SupabaseServer,
) -> None:
    async with opened(settings(**supabase.oauth_env), supabase) as (app, pilot):
        await press(pilot, "a")
        await until(app, pilot, lambda: "Supabase" in text_of(app))
        while "Your own OAuth app" not in text_of(app):
            await press(pilot, "j")
            await rounds(pilot)
        for key in ("enter", "j", "enter"):
            await press(pilot, key)
            await rounds(pilot)
        await until(app, pilot, lambda: isinstance(app.screen, AtVendorScreen) and app.screen.is_mounted)

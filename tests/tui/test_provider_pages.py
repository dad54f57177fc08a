"""The pages of the providers in the demo, as their pretend servers fill them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from stackk_tui.demo import demo_home, open_demo, seed_demo
from stackk_tui.stack import Stack
from stackk_tui.tui.app import StackkApp

from .scenes import rounds

NOW = datetime(2026, 11, 22, 10, 14, tzinfo=UTC)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stack() -> AsyncIterator[Stack]:
    """The demo's stack; the app that shows it closes it."""
    with demo_home() as home:
        made = await open_demo(home, lambda: NOW, days=1)
        await seed_demo(made, NOW.date())
        yield made


async def pages_of(stack: Stack, name: str, *keys: str) -> list[str]:
    """Opens a service's page and gives what stands on it, at first and after each key."""

    async def give() -> Stack:
        return stack

    app = StackkApp(await stack.board(), give, now=lambda: NOW)
    pages = []
    async with app.run_test(size=(120, 90)) as pilot:
        app.open_service(next(row for row in app.dashboard.board.rows if row.name == name))
        await app.stack()
        for key in ("", *keys):
            if key:
                await pilot.press(key)
            for _ in range(400):  # what is asked comes by itself; nobody is asked twice
                text = drawn(app)
                if "Figures from" in text and "reading the ledger" not in text:
                    break
                await asyncio.sleep(0.01)
            await rounds(pilot)
            pages.append(drawn(app))
    return pages


def drawn(app: StackkApp) -> str:
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def test_a_database_has_requests_by_service_and_a_disk_that_fills(stack: Stack) -> None:
    (text,) = await pages_of(stack, "Supabase")
    for words in (
        "Requests per day", "3 requests  4 limits", "By service since 16 Nov", "DATABASE", "ADD-ONS A MONTH",
        "Disk ", "$25.00   list price", "Next   – not exposed by this API", "Health ──", "Edge functions ──",
    ):  # fmt: skip
        assert words in text, words
    for words in ("TOKENS", "THIS MONTH", "1 cost"):
        assert words not in text, words


async def test_a_host_has_cost_by_service_and_deployments_by_state(stack: Stack) -> None:
    text, by_state = await pages_of(stack, "Vercel", "3")
    for words in (
        "Cost per day, USD", "1 cost  3 deployments", "By service this month", "$20.00", "list price",
        "4 Nov – 3 Dec", "Next   4 Dec", "no invoice",
    ):  # fmt: skip
        assert words in text, words
    assert "Deployments per day" in by_state
    assert "By state this month" in by_state


async def test_a_routers_key_has_the_days_it_was_looked_at_and_a_limit(stack: Stack) -> None:
    text, refused = await pages_of(stack, "OpenRouter", "3")
    for words in (
        "Cost per day, USD", "1 cost  4 limits", "not read: 24 Oct to 9 Nov", "Monthly limit", "Key ends",
        "Not permitted with this sign-in:", "tells no day that is over",
    ):  # fmt: skip
        assert words in text, words
    assert "There is no chart of requests here: this service tells of cost." in refused

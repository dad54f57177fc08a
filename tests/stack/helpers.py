"""A stack on the pretend Anthropic, as a person would have it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stackk_tui.config import Settings
from stackk_tui.model.events import Event
from stackk_tui.model.secret import Secret
from stackk_tui.model.view import ServiceView
from stackk_tui.sandbox.anthropic import ADMIN_KEY
from stackk_tui.stack import Stack
from tests.conftest import SandboxServer


@asynccontextmanager
async def open_stack(settings: Settings, sandbox: SandboxServer) -> AsyncIterator[Stack]:
    stack = await Stack.open(settings, clock=sandbox.clock)
    try:
        yield stack
    finally:
        await stack.close()


async def add(
    stack: Stack, *workspaces: str, key: str = ADMIN_KEY, method: str = "admin-key"
) -> list[ServiceView]:
    signed_in = await stack.sign_in("anthropic", method, Secret(key))
    return await stack.connect(signed_in.account.id, workspaces)


async def add_custom(stack: Stack, name: str, price: str = "20", **form: str) -> ServiceView:
    signed_in = await stack.sign_in("custom", "manual", None, {"name": name, "price": price, **form})
    return (await stack.connect(signed_in.account.id))[0]


def recorded(stack: Stack) -> list[Event]:
    events: list[Event] = []
    stack.listen(events.append)
    return events

"""Asking the sandbox in process, and comparing shapes of JSON."""

from typing import Any

import httpx

from stackk_tui.sandbox.anthropic import ADMIN_KEY, AnthropicSandbox


def ask(
    sandbox: AnthropicSandbox,
    path: str,
    params: list[tuple[str, str]] | None = None,
    *,
    key: str | None = ADMIN_KEY,
    headers: dict[str, str] | None = None,
    method: str = "GET",
) -> httpx.Response:
    import asyncio

    sent = {"anthropic-version": "2023-06-01", **(headers or {})}
    if key is not None:
        sent["x-api-key"] = key

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app=sandbox)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.request(method, path, params=params or [], headers=sent)

    return asyncio.run(go())


def shape(value: Any, at: str = "") -> dict[str, set[str]]:
    """Gives every path in a JSON value with the types that stand there; list items share one path."""
    found: dict[str, set[str]] = {at or "/": {_kind(value)}}
    children = []
    if isinstance(value, dict):
        children = [(f"{at}/{key}", child) for key, child in value.items()]
    elif isinstance(value, list):
        children = [(f"{at}[]", child) for child in value]
    for path, child in children:
        for key, kinds in shape(child, path).items():
            found.setdefault(key, set()).update(kinds)
    return found


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return {str: "text", list: "list", dict: "object"}[type(value)]

"""Faults on request: what a bad network, a bad proxy or a bad day of the vendor does to an answer."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HTML = b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Hotel Wi-Fi</h1></body></html>"


@dataclass(slots=True)
class Fault:
    """One way to answer wrongly. `path` is a pattern (`*/cost_report`), `query` must be in the query."""

    path: str
    query: str = ""
    times: int | None = None
    """How often it strikes; None is always."""
    after: int = 0
    """How many matching requests go through first."""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str | Mapping[str, Any] | None = None
    delay: float = 0.0
    """Seconds before the answer begins."""
    drip: float = 0.0
    """Seconds between single bytes of the answer."""
    drop: bool = False
    """Ends the connection without an answer."""
    cut: bool = False
    """Sends the first half of the true answer as if it were all of it."""
    short: bool = False
    """Ends the connection in the middle of the true answer."""
    html: bool = False
    huge: int = 0
    """Sends this many bytes of valid JSON text."""
    seen: int = 0
    hits: int = 0

    def takes(self, path: str, query: str) -> bool:
        if not fnmatchcase(path, self.path) or self.query not in query:
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        return True


class Faults:
    """ASGI middleware; wraps the app and answers wrongly where it was told to."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._faults: list[Fault] = []

    def add(self, path: str, **how: Any) -> Fault:
        """Adds a `Fault`; the newest that matches wins. Its `hits` tell how often it struck."""
        fault = Fault(path, **how)
        self._faults.insert(0, fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._match(scope) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop:
            await _drop(receive, send)
            return
        if fault.huge:
            await _send_huge(fault, send)
            return
        status, headers, body = await self._answer(fault, scope, receive)
        await _send(fault, send, status, headers, body)
        if fault.short:
            await _drop(receive, send)

    def _match(self, scope: Scope) -> Fault | None:
        query = scope["query_string"].decode("latin-1")
        return next((f for f in self._faults if f.takes(scope["path"], query)), None)

    async def _answer(
        self, fault: Fault, scope: Scope, receive: Receive
    ) -> tuple[int, dict[str, str], bytes]:
        if fault.html:
            return fault.status or 200, {"content-type": "text/html", **fault.headers}, HTML
        if fault.body is not None or fault.status is not None:
            return (
                fault.status or 200,
                {"content-type": "application/json", **fault.headers},
                _bytes(fault.body),
            )
        status, headers, body = await _listen(self._app, scope, receive)
        body = body[: len(body) // 2] if fault.cut else body
        return status, {**headers, **fault.headers}, body


async def _listen(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[int, dict[str, str], bytes]:
    status, headers, pieces = 200, {}, []

    async def keep(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in message["headers"]}
        elif message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))

    await app(scope, receive, keep)
    headers.pop("content-length", None)
    return status, headers, b"".join(pieces)


async def _send(fault: Fault, send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    length = {"content-length": str(len(body))}
    pairs = [
        (k.lower().encode("latin-1"), v.encode("latin-1", "replace"))
        for k, v in {**length, **headers}.items()
    ]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    if fault.drip:
        for byte in body:
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
            await asyncio.sleep(fault.drip)
    elif fault.short:
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        return
    else:
        await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _send_huge(fault: Fault, send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": fault.status or 200,
            "headers": [(b"content-type", b"application/json")],
        }
    )
    piece, left = b" " * 65536, fault.huge
    await send({"type": "http.response.body", "body": b"{", "more_body": True})
    while left > 0:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        left -= len(piece)
    await send({"type": "http.response.body", "body": b"}"})


async def _drop(receive: Receive, send: Send) -> None:
    """Cuts the connection: uvicorn's request cycle knows its transport; in process there is none to cut."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("the pretend connection broke")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _bytes(body: bytes | str | Mapping[str, Any] | None) -> bytes:
    if body is None:
        return b"{}"
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()

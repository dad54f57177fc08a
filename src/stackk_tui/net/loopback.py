"""The listener that takes the browser's redirect on this machine, among hostile requests (secrets design §7).

It answers GET with the exact path and the exact Host of our own redirect address, and nothing else; whatever
is wrong gets 400 or 404 and does not end the sign-in. Nothing of a request is echoed or logged.
"""

import asyncio
import contextlib
import errno
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal
from urllib.parse import urlsplit

from stackk_tui.net.oauth_answer import read_query

Verdict = Literal["accepted", "declined", "refused"]
Accept = Callable[[Mapping[str, str]], Verdict]
"""Gets the parameters, each there once; says whether they end the sign-in."""

HEADER_LIMIT: Final = 16 * 1024
PATIENCE: Final = 5.0
"""Seconds a connection has, in all."""
MOST_CONNECTIONS: Final = 64
_ANY_PORT_TRIES: Final = 20

_HEADERS: Final = (
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Cache-Control: no-store\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Content-Security-Policy: default-src 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Connection: close\r\n"
)
_PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "accepted": ("200 OK", "Received. You can close this page and go back to the terminal."),
    "declined": (
        "200 OK",
        "The sign-in was not allowed. You can close this page and go back to the terminal.",
    ),
    "refused": ("400 Bad Request", "This does not belong to the sign-in that is waiting here."),
    "unknown": ("404 Not Found", "There is nothing here."),
}


class Listener:
    """Listens on 127.0.0.1, on ::1 too where the redirect names `localhost`. Made by `open`."""

    def __init__(self, redirect: str, sockets: Sequence[socket.socket], accept: Accept) -> None:
        parts = urlsplit(redirect)
        self.port: int = sockets[0].getsockname()[1]
        self._host = redirect.partition("://")[2].partition("/")[0].partition("?")[0]
        self._path = parts.path or "/"
        self._fixed = read_query(parts.query)
        self._accept = accept
        self._sockets = list(sockets)
        self._servers: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], None] = {}
        self._alarm: asyncio.TimerHandle | None = None

    @classmethod
    async def open(
        cls,
        redirect: Callable[[int], str],
        host: str,
        ports: Sequence[int],
        accept: Accept,
        lifetime: float,
    ) -> "Listener":
        """Listens on the first of `ports` that is free, or on any; stops by itself after `lifetime` seconds.

        Raises OSError when none can be had.
        """
        sockets = _bound(_addresses(host), ports)
        listener = cls(redirect(sockets[0].getsockname()[1]), sockets, accept)
        try:
            for one in sockets:
                server = await asyncio.start_server(listener._connected, sock=one, limit=HEADER_LIMIT)
                listener._servers.append(server)
        except BaseException:  # cancelled, too: no socket may stay open
            await listener.aclose()
            raise
        listener._alarm = asyncio.get_running_loop().call_later(lifetime, listener.stop)
        return listener

    def stop(self) -> None:
        """Takes no further connections; those that are open may get their answer."""
        if self._alarm is not None:
            self._alarm.cancel()
        for server in self._servers:
            server.close()

    async def aclose(self) -> None:
        """Stops, and ends whatever is open."""
        self.stop()
        for one in self._sockets:
            one.close()
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # a plain function: asyncio 3.11 prints a traceback for a cancelled coroutine of its own
        if len(self._connections) >= MOST_CONNECTIONS:
            next(iter(self._connections)).cancel()  # the oldest is the slowest
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections[task] = None
        task.add_done_callback(lambda done: self._connections.pop(done, None))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError, TimeoutError, OSError):
            try:
                async with asyncio.timeout(PATIENCE):
                    page = await self._page(reader)
                    writer.write(_response(page))
                    await writer.drain()
                    writer.close()
                    await writer.wait_closed()
            finally:
                writer.transport.abort()

    async def _page(self, reader: asyncio.StreamReader) -> str:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.LimitOverrunError, asyncio.IncompleteReadError):
            return "refused"
        return self._judge(head)

    def _judge(self, head: bytes) -> str:
        request, *lines = head[:-4].split(b"\r\n")
        method, _, rest = request.partition(b" ")
        target, _, version = rest.partition(b" ")
        if method != b"GET" or version not in (b"HTTP/1.1", b"HTTP/1.0") or not head.isascii():
            return "refused"
        if not self._is_for_us(lines):
            return "refused"
        path, _, query = target.decode("ascii").partition("?")
        if path != self._path:
            return "unknown"
        try:
            params = read_query(query)
        except ValueError:
            return "refused"
        if any(params.get(name) != value for name, value in self._fixed.items()):
            return "refused"
        verdict = self._accept({name: v for name, v in params.items() if name not in self._fixed})
        if verdict != "refused":
            self.stop()
        return verdict

    def _is_for_us(self, lines: Sequence[bytes]) -> bool:
        """Whether the one Host is ours, so that no name that points here (DNS rebinding) gets in."""
        hosts = []
        for line in lines:
            name, colon, value = line.partition(b":")
            if not colon or not name or name != name.strip() or b"\r" in line or b"\n" in line:
                return False
            if name.lower() == b"host":
                hosts.append(value.strip().decode("ascii"))
            if name.lower() == b"transfer-encoding":
                return False
            if name.lower() == b"content-length" and value.strip() != b"0":
                return False
        return hosts == [self._host]


def _response(page: str) -> bytes:
    status, text = _PAGES[page]
    body = text.encode("ascii") + b"\n"
    return f"HTTP/1.1 {status}\r\n{_HEADERS}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body


def _addresses(host: str) -> list[tuple[socket.AddressFamily, str]]:
    """Gives where to listen; a browser tries either address of `localhost`."""
    if host == "::1":
        return [(socket.AF_INET6, "::1")]
    if host == "localhost":
        return [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    return [(socket.AF_INET, "127.0.0.1")]


def _bound(
    addresses: Sequence[tuple[socket.AddressFamily, str]], ports: Sequence[int]
) -> list[socket.socket]:
    """Gives sockets on one port that is free on every address; someone else on one of them is in the way."""
    trouble: OSError | None = None
    for port in ports or [0] * _ANY_PORT_TRIES:
        try:
            return _on_port(addresses, port)
        except OSError as error:
            trouble = error
    raise trouble or OSError(errno.EADDRINUSE, "no port")


def _on_port(addresses: Sequence[tuple[socket.AddressFamily, str]], port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for family, address in addresses:
            try:
                sockets.append(_listening(family, address, port))
            except OSError as error:
                if sockets and error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                    continue  # this machine has no ::1, so nobody else can be there
                raise
            port = sockets[0].getsockname()[1]
    except BaseException:  # nothing stays bound
        for one in sockets:
            one.close()
        raise
    return sockets


def _listening(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        _set_options(one, family)
        one.bind((address, port))
        one.listen(MOST_CONNECTIONS)
    except BaseException:  # nothing stays bound
        one.close()
        raise
    return one


def _set_options(one: socket.socket, family: socket.AddressFamily) -> None:
    one.setblocking(False)
    if sys.platform == "win32":
        one.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)

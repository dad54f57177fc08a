"""Connections that cannot be made, each with its own words. Everything stays on this machine."""

import datetime as dt
import errno
import ipaddress
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import anyio
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stackk_tui.model.errors import NetworkError, StackkError, TimedOut
from stackk_tui.net.client import Limits
from stackk_tui.net.http import HttpClient

pytestmark = pytest.mark.anyio

Make = Callable[..., HttpClient]


async def fails(http: HttpClient) -> StackkError:
    with pytest.raises(StackkError) as caught:
        await http.get("/x")
    assert len(caught.value.lines()) == 3
    return caught.value


async def test_nobody_listens(client: Make, waits: list[float]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    error = await fails(client(f"http://127.0.0.1:{port}"))
    assert isinstance(error, NetworkError)
    assert error.what == "127.0.0.1 refused the connection."
    assert "the last good figures stay" in error.means
    assert len(waits) == 2, "connecting is safe to try again"


async def test_nobody_picks_up(client: Make) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = deaf.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        error = await fails(client(f"http://127.0.0.1:{address[1]}", limits=Limits(connect=0.2)))
        for each in waiting:
            each.close()
    assert isinstance(error, TimedOut)
    assert error.what == "Acme (127.0.0.1) did not pick up within 0.2 seconds."


class Broken(httpx.AsyncBaseTransport):
    """Fails below HTTP the way the operating system does."""

    def __init__(self, fail: Callable[[], object]) -> None:
        self.fail = fail

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            self.fail()
        except OSError as error:
            raise httpx.ConnectError("all attempts failed") from ExceptionGroup("attempts", [error])
        raise AssertionError


def _unknown_name() -> None:
    socket.getaddrinfo("api.acme.example", 443, flags=socket.AI_NUMERICHOST)


def _unreachable() -> None:
    raise OSError(errno.ENETUNREACH, "Network is unreachable")


@pytest.mark.parametrize(
    ("fail", "says"),
    [
        (_unknown_name, "The name api.acme.example could not be looked up (DNS)."),
        (_unreachable, "There is no network to api.acme.example."),
    ],
)
async def test_no_name_and_no_network(client: Make, fail: Callable[[], object], says: str) -> None:
    error = await fails(client("https://api.acme.example", transport=Broken(fail)))
    assert isinstance(error, NetworkError)
    assert error.what == says
    assert "Check the network" in error.next_step


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def test_a_certificate_that_nobody_vouches_for(
    client: Make, tmp_path: Path, waits: list[float]
) -> None:
    pem = _self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    heard: list[bytes] = []

    async def serve(stream: anyio.abc.SocketStream) -> None:
        try:
            secure = await anyio.streams.tls.TLSStream.wrap(stream, server_side=True, ssl_context=context)
            heard.append(await secure.receive())
            body = b'{"ok": true}'
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(
                body
            )
            await secure.send(head + body)
        except (anyio.EndOfStream, anyio.BrokenResourceError, ssl.SSLError):
            pass

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        error = await fails(client(f"https://127.0.0.1:{port}"))
        trusted = await client(f"https://127.0.0.1:{port}", ca_file=str(pem)).get("/x")
        group.cancel_scope.cancel()
    await listener.aclose()
    assert isinstance(error, NetworkError)
    assert error.what == "127.0.0.1 could not prove that it is Acme: its certificate is not trusted."
    assert "nothing secret was sent" in error.next_step
    assert waits == [], "a bad certificate does not get better"
    assert trusted.body == {"ok": True}, "a certificate file of one's own is trusted when it is named"
    assert len(heard) == 1

"""Who a key is sent to: nobody without a good certificate for the right name, nobody an answer points at."""

import asyncio
import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stackk_tui.model.errors import StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.net.client import Limits
from stackk_tui.net.http import HttpClient
from stackk_tui.net.oauth import OAuthHttp
from stackk_tui.net.oauth_http import NoReply
from stackk_tui.net.oauth_table import OAuthTable
from stackk_tui.stack import Stack
from tests.conftest import MakeSettings, SandboxServer
from tests.security.conftest import KEY

Name = x509.DNSName | x509.IPAddress
OURS = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
OTHER = x509.DNSName("api.elsewhere.example")


def certificate(folder: Path, name: Name, *, days: tuple[int, int] = (-1, 1)) -> Path:
    """Makes a self-signed certificate for `name`; the file holds its key, too."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(11)
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@dataclass(slots=True)
class Listening:
    """A server on loopback that writes down everything it is sent."""

    port: int
    heard: list[str] = field(default_factory=list)


@pytest.fixture
def listen() -> Iterator[Callable[..., Listening]]:
    servers = []

    def start(pem: Path | None = None) -> Listening:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                found.heard.append(f"{self.requestline}\n{self.headers}\n{body.decode()}")
                answer = b'{"access_token": "a-token", "token_type": "bearer"}'
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """A client that turns away is what is wanted here."""

        server = Quiet(("127.0.0.1", 0), Handler)
        if pem is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(pem)
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        found = Listening(server.server_address[1])
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return found

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def get(port: int, ca_file: Path | None) -> StackkError | None:
    """Sends a key by GET, and gives the error if there is one."""

    async def run() -> StackkError | None:
        http = HttpClient(
            "Acme", f"https://127.0.0.1:{port}", ca_file=ca_file and str(ca_file), limits=Limits(5, 5)
        )
        try:
            await http.get("/v1/me", headers={"x-api-key": Secret(KEY)})
        except StackkError as error:
            return error
        finally:
            await http.aclose()
        return None

    return asyncio.run(run())


def post(port: int, ca_file: Path | None) -> StackkError | None:
    """Sends a refresh token by POST, and gives the error if there is one."""

    async def run() -> StackkError | None:
        url = f"https://127.0.0.1:{port}"
        http = OAuthHttp(ca_file=ca_file and str(ca_file), limits=Limits(5, 5, 65536))
        table = OAuthTable(provider="acme", title="Acme", authorize_url=url, token_url=url, client_id="me")
        try:
            reply = await http.post(table, url, {"refresh_token": Secret(KEY)})
        finally:
            await http.aclose()
        return reply.trouble if isinstance(reply, NoReply) else None

    return asyncio.run(run())


@pytest.mark.parametrize("send", [get, post])
@pytest.mark.parametrize(
    ("name", "days", "trusted"),
    [(OURS, (-1, 1), False), (OTHER, (-1, 1), True), (OURS, (-9, -1), True), (OURS, (1, 9), True)],
    ids=["self-signed", "another name", "expired", "not yet"],
)
def test_a_wrong_certificate_is_told_nothing(
    listen: Callable[..., Listening], tmp_path: Path, send: Callable[..., StackkError | None], name: Name,
    days: tuple[int, int], trusted: bool,
) -> None:  # fmt: skip
    pem = certificate(tmp_path, name, days=days)
    server = listen(pem)
    error = send(server.port, pem if trusted else None)
    assert error is not None
    assert "could not prove that it is Acme" in error.what
    assert server.heard == []


@pytest.mark.parametrize("send", [get, post])
def test_the_right_one_is_told(
    listen: Callable[..., Listening], tmp_path: Path, send: Callable[..., StackkError | None]
) -> None:
    pem = certificate(tmp_path, OURS)
    server = listen(pem)
    assert send(server.port, pem) is None
    assert len(server.heard) == 1


def test_the_environment_can_neither_add_a_certificate_nor_a_proxy(
    listen: Callable[..., Listening], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path, OURS)
    server, proxy = listen(pem), listen()
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(pem))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    for send in (get, post):
        error = send(server.port, None)
        assert error is not None
        assert "could not prove" in error.what, "asked directly, and not trusted"
    assert server.heard == proxy.heard == []


@pytest.mark.parametrize("field_name", ["next_page", "last_id"])
def test_a_page_that_goes_on_elsewhere_is_not_followed(
    listen: Callable[..., Listening], settings: MakeSettings, sandbox: SandboxServer, field_name: str
) -> None:
    """A cursor is a parameter of the next question to the same server, whatever it looks like."""
    elsewhere = listen()
    url = f"http://127.0.0.1:{elsewhere.port}/v1/organizations/workspaces?x=1#"
    page = {
        "data": [],
        "has_more": True,
        field_name: url,
        "next": url,
        "links": {"next": url},
        "next_url": url,
    }
    link = {
        "link": f'<{url}>; rel="next"',
        "location": url,
        "refresh": f"0; url={url}",
        "content-location": url,
    }

    async def use() -> None:
        stack = await Stack.open(settings(**sandbox.env), clock=sandbox.clock)
        signed = await stack.sign_in("anthropic", "admin-key", Secret(KEY))
        await stack.connect(signed.account.id)
        sandbox.faults.add("/v1/organizations/*", body=page, headers=link, after=1)
        await stack.refresh()
        sandbox.faults.add("*", status=307, headers=link, body=page)
        await stack.refresh(force=True)
        await stack.close()

    asyncio.run(use())
    asked = [value for seen in sandbox.seen for _, value in seen.query]
    assert url in asked, "it did go on, at the same server"
    assert elsewhere.heard == []

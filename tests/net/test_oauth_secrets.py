"""No token, code, verifier or client secret in a log at any level, a repr, a traceback, a URL or a message."""

import asyncio
import logging
import traceback
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from stackk_tui.model.errors import StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.net import redact
from stackk_tui.net.bearer import Bearer
from stackk_tui.net.oauth import DeviceFlow, OAuthFlow, OAuthTable, revoke
from stackk_tui.net.redact import install_redaction
from stackk_tui.sandbox.oauth_style import CONFIDENTIAL
from stackk_tui.storage.token_record import MemoryStore
from tests.net._oauth import Peer

pytestmark = pytest.mark.anyio

CLIENT_SECRET = CONFIDENTIAL.secret or ""


class Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[Heard]:
    """Everything that is logged, at every level, by us and by every library; redaction as at start-up."""
    root, heard = logging.getLogger(), Heard()
    level, factory = root.level, logging.getLogRecordFactory()
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    install_redaction()
    logging.getLogger("asyncio").setLevel(logging.DEBUG)
    yield heard
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    root.removeHandler(heard)
    root.setLevel(level)
    logging.setLogRecordFactory(factory)
    redact._known.clear()


def table_of(auth: Peer) -> OAuthTable:
    return auth.table(client_id=CONFIDENTIAL.id, client_secret=Secret(CLIENT_SECRET), client_auth="basic")


async def page_in_another_process(address: str) -> str:
    """A browser that does not log into ours: gives where the page sends it."""

    def look() -> str:
        parts = urlsplit(address)
        connection = HTTPConnection(parts.netloc, timeout=5)
        connection.request("GET", f"{parts.path}?{parts.query}")
        with closing(connection), connection.getresponse() as answer:
            return answer.headers["location"] or ""

    return await asyncio.to_thread(look)


async def whole_life(auth: Peer, data: Path) -> tuple[list[object], list[str]]:
    """Signs in by paste, renews, fails, revokes. Gives everything that was made, and every secret of it."""
    table = table_of(auth)
    made: list[object] = [table, auth.http]
    async with await OAuthFlow.start(table, auth.http, listen=False) as flow:
        target = await page_in_another_process(flow.address)
        flow.paste(target)
        tokens = await flow.wait()
        secrets = [flow._verifier.reveal(), *auth.app.grants.codes]
        made += [flow, tokens, flow.redirect_uri]
    store = MemoryStore()
    record = replace(tokens.record(account="acc"), expires_at=tokens.obtained_at)
    await store.save("acme", "acc", record)
    bearer = Bearer(table, auth.http, store, provider="acme", account_id="acc", data=data)
    made += [record, bearer, await bearer.token()]
    errors: list[BaseException] = []
    auth.app.faults.add("/oauth/token", times=1, status=400, body={"error": "invalid_grant", "x": "y"})
    try:
        await bearer.renew(await bearer.token())
    except StackkError as error:
        errors.append(error)
    assert errors
    device = await DeviceFlow.start(table, auth.http)
    made += [device, *errors, *("".join(traceback.format_exception(e)) for e in errors)]
    made.append(await revoke(table, auth.http, tokens))
    grants = auth.app.grants
    secrets += [CLIENT_SECRET, *grants.access, *grants.refresh, *grants.devices]
    assert len(secrets) >= 8
    return made, secrets


async def test_nothing_secret_is_logged_or_shown(auth: Peer, tmp_path: Path, log: Heard) -> None:
    await auth.http._ready(auth.url)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.DEBUG)  # what quiets them must not be the only defence
    made, secrets = await whole_life(auth, tmp_path / "data")
    shown = "\n".join(f"{one!r} {one!s}" for one in made)
    logged = "\n".join(log.lines)
    assert "POST" in logged  # the libraries did talk
    for secret in secrets:
        assert secret not in shown
        assert secret not in logged


async def test_no_secret_is_in_a_url(auth: Peer, tmp_path: Path) -> None:
    urls: list[str] = []
    inner = auth.app.faults

    async def listening(scope, receive, send):
        if scope["type"] == "http":
            urls.append(scope["path"] + "?" + scope["query_string"].decode())
        await inner(scope, receive, send)

    auth.app.__class__ = type("Noted", (type(auth.app),), {"__call__": lambda self, *a: listening(*a)})
    _, secrets = await whole_life(auth, tmp_path / "data")
    assert any(url.startswith("/oauth/authorize?") for url in urls)
    for secret in secrets:
        assert not any(secret in url for url in urls)


async def test_the_code_of_a_forged_answer_is_not_shown_either(auth: Peer, log: Heard) -> None:
    async with await OAuthFlow.start(auth.table(), auth.http) as flow:
        with pytest.raises(StackkError) as caught:
            flow.paste("http://127.0.0.1/callback?state=wrong&code=" + "a-code-of-" + "someone")
    shown = "".join(traceback.format_exception(caught.value)) + "".join(log.lines)
    assert "a-code-of-someone" not in shown


async def test_asyncio_says_nothing_about_a_sign_in_that_was_left(
    auth: Peer, log: Heard, capfd: pytest.CaptureFixture[str]
) -> None:
    import gc

    auth.app.faults.add("/oauth/token", status=400, body={"error": "invalid_grant"})
    flow = await OAuthFlow.start(auth.table(), auth.http)
    waiting = asyncio.create_task(flow.wait())
    flow.paste(await page_in_another_process(flow.address))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0.3)
    await flow.aclose()
    del flow, waiting
    gc.collect()
    await asyncio.sleep(0)
    assert not [line for line in log.lines if "never retrieved" in line or "Traceback" in line]
    assert capfd.readouterr() == ("", "")

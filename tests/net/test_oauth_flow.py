"""Signing in over real HTTP: by listener, by paste, by both at once, and by those who should not."""

import asyncio
import base64
import contextlib
import hashlib
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from stackk_tui.model.errors import InvalidInput, OperationCancelled, SignInNeeded, TimedOut, Unavailable
from stackk_tui.model.secret import Secret
from stackk_tui.net.oauth import OAuthFlow, OAuthTable, refresh
from stackk_tui.sandbox.oauth_style import ANTHROPIC, CONFIDENTIAL, IN_BODY, SUPABASE, Client
from tests.conftest import LoopbackServer
from tests.net._oauth import Peer, approve, browse, browser_window, free_port, peer, query, signed_in

pytestmark = pytest.mark.anyio


async def test_a_person_signs_in_by_the_browser_of_this_machine(auth: Peer) -> None:
    before = datetime.now(UTC)
    async with await OAuthFlow.start(auth.table(), auth.http) as flow:
        assert flow.listening
        assert flow.listener_problem == ""
        assert flow.redirect_uri == f"http://127.0.0.1:{flow.port}/callback"
        assert timedelta(minutes=9) < flow.expires_at - before <= timedelta(minutes=10, seconds=5)
        waiting = asyncio.create_task(flow.wait())
        page = await browse(flow.address)
        tokens = await waiting
        assert not flow.listening
    assert page.text.startswith("Received.")
    assert auth.app.grants.active(tokens.access.reveal())
    assert tokens.refresh is not None
    assert tokens.scope == "read"
    assert tokens.expires_at is not None
    assert timedelta(minutes=59) < tokens.expires_at - before < timedelta(minutes=61)
    assert dict(auth.counts) == {"codes": 1, "exchanges": 1}


async def test_the_address_holds_pkce_and_state_and_no_secret(auth: Peer) -> None:
    table = auth.table(
        authorize_extra={"prompt": "consent", "state": "mine"},
        client_auth="basic",
        client_secret=Secret("hush-hush"),
    )
    async with await OAuthFlow.start(table, auth.http) as flow:
        params = query(flow.address)
        assert parse_qs(urlsplit(flow.address).query).keys() == {
            "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge",
            "code_challenge_method", "prompt",
        }  # fmt: skip
        verifier = flow._verifier.reveal()
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        assert params["code_challenge"] == digest.decode().rstrip("=")
        assert params["code_challenge_method"] == "S256"
        assert len(verifier) == 64
        assert len(params["state"]) >= 43
        assert verifier not in flow.address
        assert "hush" not in flow.address
        assert flow._state.reveal() == params["state"] != "mine"
    async with await OAuthFlow.start(table, auth.http) as other:
        assert query(other.address)["state"] != params["state"]
        assert query(other.address)["code_challenge"] != params["code_challenge"]


def whole(address: str) -> str:
    return address


def hash_form(address: str) -> str:
    return f"{query(address)['code']}#{query(address)['state']}"


def query_form(address: str) -> str:
    return urlsplit(address).query


def wrapped(address: str) -> str:
    return "  " + "\n   ".join(address[i : i + 40] for i in range(0, len(address), 40)) + "\r\n"


def quoted(address: str) -> str:
    return f'"{address}"'


def with_question_mark(address: str) -> str:
    return "?" + urlsplit(address).query


def state_first(address: str) -> str:
    params = query(address)
    return f"state={params['state']}&iss={quote(params['iss'])}&code={params['code']}"


@pytest.mark.parametrize(
    "form", [whole, hash_form, query_form, wrapped, quoted, with_question_mark, state_first]
)
async def test_a_person_pastes_what_the_browser_ended_on(form: Callable[[str], str], auth: Peer) -> None:
    async with await OAuthFlow.start(auth.table(), auth.http, listen=False) as flow:
        assert not flow.listening
        assert flow.port is not None
        flow.paste(form(await approve(flow.address)))
        tokens = await flow.wait()
    assert auth.app.grants.active(tokens.access.reveal())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("just-a-code", "state"),
        ("code=abc", "state"),
        ("http://127.0.0.1/callback?code=abc", "state"),
        ("abc#", "state"),
        ("#abc", "state"),
        ("", "Nothing was pasted"),
        ("   \n", "Nothing was pasted"),
        ("x" * 100_000, "far too much"),
        ("abc#wrong-state", "another sign-in"),
        ("code=abc&state=wrong", "another sign-in"),
        ("http://127.0.0.1/callback?code=abc&state=wrong", "another sign-in"),
        ("http://127.0.0.1/callback?code=a&code=b&state={state}", "state of the sign-in is missing"),
        ("http://127.0.0.1/callback?code=a&error=b&state={state}", "not the answer"),
        ("http://127.0.0.1/callback?state={state}", "not the answer"),
        ("http://127.0.0.1/callback?code=a%0d%0ab&state={state}", "code in this answer is none"),
        ("http://127.0.0.1/callback?code=&state={state}", "code in this answer is none"),
        ("{address}", "the address to open"),
    ],
)
async def test_a_wrong_paste_is_explained_and_ends_nothing(text: str, words: str, auth: Peer) -> None:
    async with await OAuthFlow.start(auth.table(), auth.http) as flow:
        pasted = text.replace("{state}", flow._state.reveal()).replace("{address}", flow.address)
        with pytest.raises(InvalidInput) as caught:
            flow.paste(pasted)
        assert words in " ".join(caught.value.lines())
        assert len(caught.value.lines()) == 3
        assert flow.listening
        await browse(flow.address)
        await flow.wait()
    assert auth.counts["exchanges"] == 1


async def test_listener_and_paste_raced_are_one_exchange(auth: Peer) -> None:
    async with await OAuthFlow.start(auth.table(), auth.http) as flow:
        first, second = await approve(flow.address), await approve(flow.address)
        waiting = [asyncio.create_task(flow.wait()) for _ in range(3)]
        async with browser_window() as browser:
            heard = asyncio.create_task(browser.get(first))
            with contextlib.suppress(InvalidInput):
                flow.paste(second)
            with contextlib.suppress(httpx.HTTPError):
                await heard
        assert len({tokens.access for tokens in await asyncio.gather(*waiting)}) == 1
        with pytest.raises(InvalidInput, match="over"):
            flow.paste(second)
    assert auth.counts["exchanges"] == 1
    assert auth.counts["code_replays"] == 0


async def test_a_forged_callback_does_not_end_the_sign_in(auth: Peer) -> None:
    async with await OAuthFlow.start(auth.table(), auth.http) as flow:
        attacker = await OAuthFlow.start(auth.table(), auth.http, listen=False)
        stolen = query(await approve(attacker.address))
        async with browser_window() as browser:
            forged = f"{flow.redirect_uri}?code={stolen['code']}&state={stolen['state']}"
            assert (await browser.get(forged)).status_code == 400
            answer = await browser.get(
                f"http://127.0.0.1:{flow.port}/callback?code=x&state={query(flow.address)['state']}",
                headers={"host": f"evil.example:{flow.port}"},
            )
            assert answer.status_code == 400
        await browse(flow.address)
        tokens = await flow.wait()
    assert auth.app.grants.active(tokens.access.reveal())
    assert auth.counts["exchanges"] == 1


async def test_a_stale_answer_is_refused_by_listener_and_paste(auth: Peer) -> None:
    now = [datetime.now(UTC)]
    async with await OAuthFlow.start(auth.table(), auth.http, clock=lambda: now[0]) as flow:
        target = await approve(flow.address)
        now[0] += timedelta(minutes=10)
        async with browser_window() as browser:
            assert (await browser.get(target)).status_code == 400
        with pytest.raises(InvalidInput, match="over"):
            flow.paste(target)
    assert auth.counts["exchanges"] == 0


async def test_nobody_answers_in_time(auth: Peer) -> None:
    async with await OAuthFlow.start(auth.table(), auth.http, lifetime=timedelta(seconds=0.1)) as flow:
        with pytest.raises(TimedOut, match="not finished within"):
            await flow.wait()
        assert not flow.listening


async def test_declining_at_the_page_is_said_so(auth: Peer) -> None:
    auth.app.server.decision = "deny"
    async with await OAuthFlow.start(auth.table(), auth.http) as flow:
        page = await browse(flow.address)
        with pytest.raises(OperationCancelled, match="declined at Acme"):
            await flow.wait()
    assert "not allowed" in page.text


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("invalid_scope", InvalidInput),
        ("server_error", Unavailable),
        ("\x1b]52;c;ZXZpbA==\x07", InvalidInput),
    ],
)
async def test_other_errors_of_the_page(error: str, kind: type[Exception], auth: Peer) -> None:
    auth.app.server.decision = error
    async with await OAuthFlow.start(auth.table(), auth.http) as flow:
        await browse(flow.address)
        with pytest.raises(kind) as caught:
            await flow.wait()
    assert str(caught.value).isprintable()
    assert "evil" not in str(caught.value)


async def test_the_issuer_is_checked_once_it_is_set(auth: Peer) -> None:
    table = auth.table(issuer=auth.app.server.issuer)
    async with await OAuthFlow.start(table, auth.http) as flow:
        good = await approve(flow.address)
        for bad in (
            good.replace("auth.sandbox.example", "evil.example"),
            good.partition("&iss=")[0],
            good.replace("&iss=https", "&iss=HTTPS"),
        ):
            assert bad != good
            async with browser_window() as browser:
                assert (await browser.get(bad)).status_code == 400
            with pytest.raises(InvalidInput, match="another server"):
                flow.paste(bad)
        async with browser_window() as browser:
            assert (await browser.get(good)).status_code == 200
        await flow.wait()


async def test_a_squatted_port_leaves_pasting(auth: Peer) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = squatter.getsockname()[1]
        async with await OAuthFlow.start(auth.table(ports=(port,)), auth.http) as flow:
            assert not flow.listening
            assert flow.listener_problem == (
                f"Port {port} of this machine is used by another program; paste the answer instead."
            )
            assert flow.port == port
            flow.paste(await approve(flow.address))
            await flow.wait()


async def test_fixed_ports_are_used_in_order(auth: Peer) -> None:
    first, second = free_port(), free_port()
    table = auth.table(ports=(first, second))
    async with await OAuthFlow.start(table, auth.http) as one, await OAuthFlow.start(table, auth.http) as two:
        assert (one.port, two.port) == (first, second)


async def test_a_page_elsewhere_works_by_pasting_its_code(loopback_server: LoopbackServer) -> None:
    page = "https://acme.example/code/callback?app=cli"
    auth = peer(loopback_server, clients=[Client(id="paste", redirects=(page,))])
    table = auth.table(client_id="paste", redirect_uri=page)
    async with await OAuthFlow.start(table, auth.http) as flow:
        assert (flow.port, flow.listening, flow.redirect_uri) == (None, False, page)
        assert "pasted" in flow.listener_problem
        flow.paste(hash_form(await approve(flow.address)))
        await flow.wait()
    await auth.http.aclose()


async def test_localhost_works_where_it_is_registered(loopback_server: LoopbackServer) -> None:
    auth = peer(
        loopback_server, style=ANTHROPIC, clients=[Client(id="l", redirects=("http://localhost/callback",))]
    )
    table = auth.table(
        client_id="l", redirect_uri="http://localhost:{port}/callback", exchange_sends_state=True
    )
    async with await OAuthFlow.start(table, auth.http) as flow:
        target = await approve(flow.address)
        async with browser_window() as browser:
            six = target.replace("localhost", "[::1]", 1)
            answer = await browser.get(six, headers={"host": f"localhost:{flow.port}"})
        assert answer.status_code == 200
        await flow.wait()
    await auth.http.aclose()


STYLES = {
    "public": (lambda t: t, {}),
    "Basic": (
        lambda t: with_client(t, CONFIDENTIAL),
        {},
    ),
    "secret in the body": (lambda t: with_client(t, IN_BODY), {}),
    "Anthropic's": (
        lambda t: replaced(
            t,
            exchange_sends_state=True,
            refresh_encoding="json",
            refresh_headers={"anthropic-beta": "oauth-2025-04-20"},
        ),
        {"style": ANTHROPIC},
    ),
    "Supabase's 201": (
        lambda t: replaced(with_client(t, REGISTERED), redirect_uri=REGISTERED.redirects[0], scope=None),
        {"style": SUPABASE},
    ),
}
REGISTERED = Client(
    id="f2c5", auth="basic", secret="sba_secret", redirects=("http://localhost:{port}/callback",)
)


def replaced(table: OAuthTable, **how: object) -> OAuthTable:
    return replace(table, **how)  # type: ignore[arg-type]


def with_client(table: OAuthTable, client: Client) -> OAuthTable:
    return replaced(
        table, client_id=client.id, client_secret=Secret(client.secret or ""), client_auth=client.auth
    )


@pytest.mark.parametrize("name", STYLES)
async def test_each_style_of_client_and_server(name: str, loopback_server: LoopbackServer) -> None:
    adapt, how = STYLES[name]
    auth = peer(loopback_server, **how)
    table = adapt(auth.table())
    if name.startswith("Supabase"):
        port = free_port()
        fixed = f"http://localhost:{port}/callback"
        auth.app.server.clients = [replaced(REGISTERED, redirects=(fixed,))]  # type: ignore[arg-type,list-item]
        table = replaced(table, redirect_uri=fixed)
    tokens = await signed_in(auth, table)
    assert tokens.refresh is not None
    again = await refresh(table, auth.http, tokens.refresh)
    assert auth.app.grants.active(again.access.reveal())
    assert again.refresh != tokens.refresh
    if name.startswith("Anthropic"):
        assert tokens.extra == {
            "organization.uuid": "4c1f5f5e-7d0b-4a57-9f5e-5b8a3f0f7b11",
            "organization.name": "Nimbus Labs",
            "account.uuid": "9b0a1c52-2d1e-4c56-8a6b-0c6f5d3e7a21",
            "account.email_address": "ada@nimbus.example",
        }
    for asked in auth.app.server.seen:
        assert ("client_secret" in asked.names) is (name == "secret in the body")
        assert ("authorization" in asked.headers) is (name in ("Basic", "Supabase's 201"))
        assert "scope" not in asked.names
    await auth.http.aclose()


async def test_cancelling_at_any_moment_leaves_nothing_open(
    auth: Peer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    flow = await OAuthFlow.start(auth.table(), auth.http)
    waiting = asyncio.create_task(flow.wait())
    await asyncio.sleep(0)
    await flow.aclose()
    with pytest.raises(OperationCancelled, match="closed"):
        await waiting
    assert flow.port is not None
    with socket.socket() as one:
        assert one.connect_ex(("127.0.0.1", flow.port)) != 0
    with pytest.raises(InvalidInput):
        flow.paste("a#b")
    await flow.aclose()

    auth.app.faults.add("/oauth/token", delay=5)
    flow = await OAuthFlow.start(auth.table(), auth.http)
    waiting = asyncio.create_task(flow.wait())
    await browse(flow.address)
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.wait_for(flow.aclose(), 1)
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


async def test_waiting_can_be_taken_up_again_after_a_cancel(auth: Peer) -> None:
    async with await OAuthFlow.start(auth.table(), auth.http) as flow:
        waiting = asyncio.create_task(flow.wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await browse(flow.address)
        await flow.wait()
    assert auth.counts["exchanges"] == 1


async def test_without_a_client_id_nothing_begins(auth: Peer) -> None:
    with pytest.raises(InvalidInput) as caught:
        await OAuthFlow.start(auth.table(client_id=""), auth.http)
    assert "ACME_CLIENT_ID" in caught.value.next_step


async def test_a_used_code_asks_for_a_new_sign_in_and_is_not_tried_twice(auth: Peer) -> None:
    auth.app.faults.add("/oauth/token", status=400, body={"error": "invalid_grant"})
    async with await OAuthFlow.start(auth.table(), auth.http) as flow:
        await browse(flow.address)
        with pytest.raises(SignInNeeded, match="did not accept the code"):
            await flow.wait()
        with pytest.raises(SignInNeeded):
            await flow.wait()
    assert auth.app.faults._faults[0].hits == 1


async def test_a_wrong_client_is_a_matter_of_settings(auth: Peer) -> None:
    table = auth.table(client_auth="basic", client_secret=Secret("wrong"))
    async with await OAuthFlow.start(table, auth.http) as flow:
        await browse(flow.address)
        with pytest.raises(InvalidInput) as caught:
            await flow.wait()
    assert "ACME_CLIENT_SECRET" in caught.value.next_step

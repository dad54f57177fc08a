"""Signing in by a code typed in on another device (RFC 8628), with time that does not pass by itself."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stackk_tui.model.errors import InvalidInput, OperationCancelled, ProtocolError, SignInNeeded, TimedOut
from stackk_tui.net.oauth import DeviceFlow
from tests.conftest import LoopbackServer
from tests.net._oauth import Peer, peer

pytestmark = pytest.mark.anyio


class Time:
    """Moves on only while someone sleeps; `at` are things that happen after so many sleeps."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.slept: list[float] = []
        self.at: dict[int, Callable[[], object]] = {}

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        assert len(self.slept) < 500
        if (happening := self.at.get(len(self.slept))) is not None:
            happening()


@pytest.fixture
def time() -> Time:
    return Time()


async def begun(time: Time, server: LoopbackServer, **how: Any) -> tuple[Peer, DeviceFlow]:
    made = peer(server, clock=time.clock, **how)
    return made, await DeviceFlow.start(made.table(), made.http, clock=time.clock, sleep=time.sleep)


async def test_a_person_types_the_code_in_elsewhere(time: Time, loopback_server: LoopbackServer) -> None:
    auth, flow = await begun(time, loopback_server)
    assert len(flow.user_code) == 9
    assert flow.verification_uri.startswith(auth.url)
    assert flow.verification_uri_complete == f"{flow.verification_uri}?user_code={flow.user_code}"
    assert flow.expires_at == time.now + timedelta(seconds=600)
    time.at[3] = lambda: auth.app.server.decide_device(flow.user_code, "approved")
    tokens = await flow.wait()
    assert auth.app.grants.active(tokens.access.reveal())
    assert tokens.scope == "read"
    assert time.slept == [5, 5, 5]
    await auth.http.aclose()


async def test_it_asks_less_often_when_told_to(time: Time, loopback_server: LoopbackServer) -> None:
    auth, flow = await begun(time, loopback_server)
    auth.app.faults.add("/oauth/token", times=2, status=400, body={"error": "slow_down"})
    time.at[4] = lambda: auth.app.server.decide_device(flow.user_code, "approved")
    await flow.wait()
    assert time.slept == [5, 10, 15, 15]
    await auth.http.aclose()


async def test_it_asks_half_as_often_when_the_network_fails(
    time: Time, loopback_server: LoopbackServer
) -> None:
    auth, flow = await begun(time, loopback_server)
    auth.app.faults.add("/oauth/token", times=1, drop=True)
    auth.app.faults.add("/oauth/token", times=1, status=503)
    time.at[3] = lambda: auth.app.server.decide_device(flow.user_code, "approved")
    await flow.wait()
    assert time.slept == [5, 10, 20]
    await auth.http.aclose()


@pytest.mark.parametrize(
    ("decision", "kind", "words"),
    [("denied", OperationCancelled, "declined at Acme"), ("pending", TimedOut, "within 10 minutes")],
)
async def test_how_it_can_end(
    decision: str, kind: type[Exception], words: str, time: Time, loopback_server: LoopbackServer
) -> None:
    auth, flow = await begun(time, loopback_server)
    time.at[2] = lambda: auth.app.server.decide_device(flow.user_code, decision)
    with pytest.raises(kind, match=words):
        await flow.wait()
    await auth.http.aclose()


async def test_the_server_says_the_code_has_expired(time: Time, loopback_server: LoopbackServer) -> None:
    auth, flow = await begun(time, loopback_server)
    auth.app.faults.add("/oauth/token", status=400, body={"error": "expired_token"})
    with pytest.raises(TimedOut):
        await flow.wait()
    await auth.http.aclose()


async def test_an_unknown_device_code_ends_it(time: Time, loopback_server: LoopbackServer) -> None:
    auth, flow = await begun(time, loopback_server)
    auth.app.grants.devices.clear()
    with pytest.raises(SignInNeeded):
        await flow.wait()
    await auth.http.aclose()


GOOD = {
    "device_code": "dev-code-of-the-test",
    "user_code": "ABCD-EFGH",
    "verification_uri": "https://acme.example/device",
    "expires_in": 600,
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"device_code": "a b"},
        {"device_code": ""},
        {"user_code": ""},
        {"user_code": 7},
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": "http://acme.example/device"},
        {"verification_uri": "https://acme.example/\x1b]0;evil\x07"},
        {"verification_uri_complete": "file:///etc/passwd"},
        {"expires_in": "soon"},
        {"interval": True},
    ],
)
async def test_a_hostile_answer_shows_nothing_to_open(wrong: dict[str, Any], auth: Peer) -> None:
    auth.app.faults.add("/oauth/device", body={**GOOD, **wrong})
    with pytest.raises(ProtocolError) as caught:
        await DeviceFlow.start(auth.table(), auth.http)
    assert str(caught.value).isprintable()


async def test_an_odd_answer_is_held_within_bounds(auth: Peer) -> None:
    auth.app.faults.add(
        "/oauth/device", body={**GOOD, "user_code": "AB\x1b[2J\u202eCD", "expires_in": 1e12, "interval": 1e9}
    )
    flow = await DeviceFlow.start(auth.table(), auth.http)
    assert flow.user_code == "AB\ufffdCD"
    assert flow.interval == 60
    assert flow.expires_at <= datetime.now(UTC) + timedelta(minutes=30)
    assert "dev-code" not in repr(flow)


async def test_without_an_endpoint_nothing_begins(auth: Peer) -> None:
    with pytest.raises(InvalidInput) as caught:
        await DeviceFlow.start(auth.table(device_url=None), auth.http)
    assert "STACKK_ACME_DEVICE_URL" in caught.value.next_step


async def test_closing_ends_the_questions(auth: Peer) -> None:
    import asyncio

    async with await DeviceFlow.start(auth.table(), auth.http) as flow:
        waiting = asyncio.create_task(flow.wait())
        await asyncio.sleep(0)
    with pytest.raises(OperationCancelled):
        await waiting

"""A token that stays good: renewed in time and on 401, once for everybody, and never lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stackk_tui.model.errors import (
    InvalidInput,
    NetworkError,
    ProtocolError,
    RateLimited,
    SignInNeeded,
    StackkError,
    StorageError,
    TimedOut,
    Unavailable,
)
from stackk_tui.model.secret import Secret
from stackk_tui.net.bearer import Bearer
from stackk_tui.net.client import Limits
from stackk_tui.net.oauth import OAuthHttp
from stackk_tui.net.oauth_lock import account_lock
from stackk_tui.storage.token_record import MemoryStore, TokenRecord
from tests.conftest import LoopbackServer
from tests.net._oauth import Peer, browser_window, peer, signed_in

pytestmark = pytest.mark.anyio

TOKEN = "/oauth/token"


class Desk:
    """One account with a pretend clock: the server's and ours, moved together."""

    def __init__(self, server: LoopbackServer, data: Path) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.data = data
        self.auth = peer(server, clock=lambda: self.now)
        self.store = MemoryStore()
        self.slept: list[float] = []

    async def begin(self) -> None:
        tokens = await signed_in(self.auth)
        life = tokens.expires_at - tokens.obtained_at
        record = replace(tokens.record(account="acc"), obtained_at=self.now, expires_at=self.now + life)
        await self.store.save("acme", "acc", record)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def bearer(self, **how: Any) -> Bearer:
        options: dict[str, Any] = {
            "provider": "acme",
            "account_id": "acc",
            "data": self.data,
            "clock": lambda: self.now,
            "sleep": self.sleep,
            "chance": lambda: 1.0,
        }
        store = how.pop("store", self.store)
        http = how.pop("http", self.auth.http)
        return Bearer(how.pop("table", self.auth.table()), http, store, **{**options, **how})

    async def kept(self) -> TokenRecord:
        record = await self.store.load("acme", "acc")
        assert record is not None
        return record

    async def me(self, bearer: Bearer) -> int:
        """Asks as a provider's client does: on 401 once with a new token."""
        async with browser_window() as client:
            token = await bearer.token()
            status = await _ask(client, self.auth, token)
            if status == 401:
                status = await _ask(client, self.auth, await bearer.renew(token))
            return status

    @property
    def counts(self) -> Any:
        return self.auth.counts


async def _ask(client: Any, auth: Peer, token: Secret) -> int:
    answer = await client.get(f"{auth.url}/me", headers={"authorization": f"Bearer {token.reveal()}"})
    return int(answer.status_code)


@pytest.fixture
async def desk(loopback_server: LoopbackServer, tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(loopback_server, tmp_path / "data")
    await made.begin()
    yield made
    await made.auth.http.aclose()


async def test_a_good_token_is_used_as_it_is(desk: Desk) -> None:
    bearer = desk.bearer()
    assert [await desk.me(bearer) for _ in range(3)] == [200] * 3
    assert desk.counts["refreshes"] == 0


@pytest.mark.parametrize(
    ("life", "left", "renewed"),
    [(3600, 61, False), (3600, 59, True), (100, 11, False), (100, 9, True), (3600, -5, True)],
)
async def test_it_is_renewed_a_little_ahead_of_its_end(
    life: int, left: int, renewed: bool, desk: Desk
) -> None:
    record = replace(await desk.kept(), expires_at=desk.now + timedelta(seconds=life))
    await desk.store.save("acme", "acc", record)
    desk.now += timedelta(seconds=life - left)
    await desk.bearer().token()
    assert desk.counts["refreshes"] == (1 if renewed else 0)


async def test_a_401_renews_once_for_all_requests(desk: Desk) -> None:
    bearer = desk.bearer()
    stale = await bearer.token()
    desk.auth.app.grants.access.clear()
    assert await asyncio.gather(*(desk.me(bearer) for _ in range(8))) == [200] * 8
    assert desk.counts["refreshes"] == 1
    assert await bearer.renew(stale) == await bearer.token()
    assert desk.counts["refreshes"] == 1


async def test_what_is_renewed_is_kept_before_it_is_used(desk: Desk) -> None:
    bearer, old = desk.bearer(), await desk.kept()
    token = await bearer.renew(old.secret)
    kept = await desk.kept()
    assert kept.secret == token != old.secret
    assert kept.refresh is not None
    assert kept.refresh != old.refresh
    assert kept.account == "acc"
    assert kept.scope == old.scope


async def test_two_apps_on_one_account_do_not_burn_each_other_s_tokens(desk: Desk) -> None:
    first, second = desk.bearer(), desk.bearer()
    for _ in range(4):
        desk.now += timedelta(hours=2)
        statuses = await asyncio.gather(*(desk.me(b) for b in (first, second) * 3))
        assert statuses == [200] * 6
    assert desk.counts["refreshes"] == 4
    assert desk.counts["reuse_detections"] == 0


async def test_a_closed_screen_does_not_lose_the_rotated_token(desk: Desk) -> None:
    desk.auth.app.faults.add(TOKEN, delay=0.2)
    bearer, old = desk.bearer(), await desk.kept()
    asking = asyncio.create_task(bearer.renew(old.secret))
    await asyncio.sleep(0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await bearer.aclose()
    kept = await desk.kept()
    assert kept.secret != old.secret
    assert await desk.me(desk.bearer()) == 200
    assert desk.counts["refreshes"] == 1


async def test_closing_while_another_process_renews_does_not_wait_for_it(desk: Desk) -> None:
    bearer, old = desk.bearer(), await desk.kept()
    async with account_lock(desk.data, "acme", "acc"):
        asking = asyncio.create_task(bearer.renew(old.secret))
        await asyncio.sleep(0.05)
        await asyncio.wait_for(bearer.aclose(), 1)
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert desk.counts["refreshes"] == 0


async def test_someone_else_s_renewal_is_taken_over(desk: Desk) -> None:
    """Rotated by a program that does not know our lock: the store is read again after the refusal."""
    bearer, old = desk.bearer(), await desk.kept()
    token = await bearer.token()
    other = desk.bearer(data=desk.data / "elsewhere")
    desk.data.mkdir(mode=0o700, exist_ok=True)
    new = await other.renew(token)
    assert await bearer.renew(token) == new
    assert (await desk.kept()).secret == new != old.secret


async def test_a_race_that_was_lost_while_asking_is_seen_in_the_store(desk: Desk) -> None:
    bearer, old = desk.bearer(), await desk.kept()
    winner = replace(old, secret=Secret("the-winner-s-token"), refresh=Secret("the-winner-s-refresh"))
    desk.auth.app.faults.add(TOKEN, status=400, body={"error": "invalid_grant"})
    looks = 0

    async def sleep(seconds: float) -> None:
        nonlocal looks
        looks += 1
        if seconds:  # the second look
            await desk.store.save("acme", "acc", winner)

    late = desk.bearer(sleep=sleep)
    assert await late.renew(old.secret) == winner.secret
    assert looks == 2
    assert await bearer.token() == winner.secret


async def test_a_refused_refresh_asks_to_sign_in_and_keeps_the_record(desk: Desk) -> None:
    fault = desk.auth.app.faults.add(TOKEN, status=400, body={"error": "invalid_grant"})
    bearer, old = desk.bearer(), await desk.kept()
    for _ in range(3):
        with pytest.raises(SignInNeeded, match="sign-in to Acme has ended") as caught:
            await bearer.renew(old.secret)
        assert len(caught.value.lines()) == 3
    assert fault.hits == 1
    assert await desk.kept() == old
    desk.auth.app.faults.clear()
    await desk.begin()  # the person signs in again, here or in another window
    assert await bearer.renew(old.secret) == (await desk.kept()).secret


async def test_an_account_that_was_disconnected_elsewhere_is_not_brought_back(desk: Desk) -> None:
    bearer, old = desk.bearer(), await desk.kept()
    await bearer.token()
    await desk.store.delete("acme", "acc")
    with pytest.raises(SignInNeeded, match="not in the token store"):
        await bearer.renew(old.secret)
    assert await desk.store.load("acme", "acc") is None
    assert desk.counts["refreshes"] == 0


async def test_without_a_refresh_token_a_401_asks_to_sign_in(desk: Desk) -> None:
    await desk.store.save("acme", "acc", replace(await desk.kept(), refresh=None))
    bearer = desk.bearer()
    desk.now += timedelta(days=1)
    token = await bearer.token()
    with pytest.raises(SignInNeeded):
        await bearer.renew(token)


FAULTS: dict[str, tuple[dict[str, Any], type[StackkError], int]] = {
    "429 without a time": ({"status": 429}, RateLimited, 1),
    "429 with a far time": ({"status": 429, "headers": {"retry-after": "600"}}, RateLimited, 1),
    "500": ({"status": 500}, Unavailable, 3),
    "503": ({"status": 503}, Unavailable, 3),
    "lost answers": ({"drop": True}, NetworkError, 2),
    "a web page": ({"html": True}, ProtocolError, 1),
    "a wrong client": ({"status": 401, "body": {"error": "invalid_client"}}, InvalidInput, 1),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_bad_day_keeps_the_tokens_and_does_not_hammer(name: str, desk: Desk) -> None:
    how, kind, asked = FAULTS[name]
    fault = desk.auth.app.faults.add(TOKEN, **how)
    bearer, old = desk.bearer(), await desk.kept()
    for _ in range(3):
        with pytest.raises(kind):
            await bearer.renew(old.secret)
    assert fault.hits == asked
    assert await desk.kept() == old
    desk.auth.app.faults.clear()
    assert await desk.me(desk.bearer()) == 200


async def test_it_waits_1_and_2_seconds_then_succeeds(desk: Desk) -> None:
    desk.auth.app.faults.add(TOKEN, times=2, status=503)
    bearer, old = desk.bearer(), await desk.kept()
    await bearer.renew(old.secret)
    assert desk.slept == [1.0, 2.0]
    assert desk.counts["refreshes"] == 1


async def test_it_waits_as_long_as_the_server_asks(desk: Desk) -> None:
    desk.auth.app.faults.add(TOKEN, times=1, status=429, headers={"retry-after": "7"})
    bearer, old = desk.bearer(), await desk.kept()
    await bearer.renew(old.secret)
    assert desk.slept == [7.0]


async def test_after_a_failure_it_rests_and_then_asks_again(desk: Desk) -> None:
    fault = desk.auth.app.faults.add(TOKEN, status=503)
    bearer, old = desk.bearer(), await desk.kept()
    with pytest.raises(Unavailable):
        await bearer.renew(old.secret)
    bearer._rest_until = 0.0
    desk.auth.app.faults.clear()
    await bearer.renew(old.secret)
    assert fault.hits == 3


async def test_no_network_keeps_the_tokens(desk: Desk) -> None:
    bearer = desk.bearer(table=desk.auth.table(token_url="http://127.0.0.1:1/token"))
    old = await desk.kept()
    with pytest.raises(NetworkError, match="refused the connection"):
        await bearer.renew(old.secret)
    assert len(desk.slept) == 2
    assert await desk.kept() == old


async def test_a_token_that_is_still_good_is_used_when_renewing_ahead_fails(desk: Desk) -> None:
    desk.auth.app.faults.add(TOKEN, status=503)
    bearer = desk.bearer()
    desk.now += timedelta(minutes=59, seconds=30)
    assert await desk.me(bearer) == 200
    desk.now += timedelta(seconds=31)
    with pytest.raises(Unavailable):
        await bearer.token()


@pytest.fixture
async def hasty() -> AsyncIterator[OAuthHttp]:
    http = OAuthHttp(allow_http_loopback=True, limits=Limits(answer=1.0))
    yield http
    await http.aclose()


async def test_a_lost_answer_is_asked_for_once_more(desk: Desk, hasty: OAuthHttp) -> None:
    fault = desk.auth.app.faults.add(TOKEN, times=1, delay=5, status=200)
    bearer, old = desk.bearer(http=hasty), await desk.kept()
    assert await bearer.renew(old.secret) != old.secret
    assert fault.hits == 1
    assert desk.counts["refreshes"] == 1


async def test_an_answer_lost_after_rotation_ends_in_signing_in_again(desk: Desk, hasty: OAuthHttp) -> None:
    """The server rotated, we never heard: the one more try tells us, and nobody goes on asking."""
    desk.auth.app.faults.add(TOKEN, times=1, drip=0.05)
    bearer, old = desk.bearer(http=hasty), await desk.kept()
    with pytest.raises(SignInNeeded):
        await bearer.renew(old.secret)
    assert await desk.kept() == old
    assert desk.counts["reuse_detections"] == 1
    with pytest.raises(SignInNeeded):
        await bearer.renew(old.secret)
    assert desk.counts["reuse_detections"] == 1


async def test_two_lost_answers_are_a_timeout(desk: Desk, hasty: OAuthHttp) -> None:
    fault = desk.auth.app.faults.add(TOKEN, delay=5, status=200)
    bearer, old = desk.bearer(http=hasty), await desk.kept()
    with pytest.raises(TimedOut):
        await bearer.renew(old.secret)
    assert fault.hits == 2


class FullDisk(MemoryStore):
    """Refuses to save while it is full."""

    full = False

    async def save(self, provider: str, account_id: str, record: TokenRecord) -> None:
        if self.full:
            raise StorageError("The disk is full.", "Nothing was changed.", "Make room.")
        await super().save(provider, account_id, record)


async def test_tokens_that_cannot_be_kept_are_said_so_and_kept_later(desk: Desk) -> None:
    store, old = FullDisk(), await desk.kept()
    await store.save("acme", "acc", old)
    bearer = desk.bearer(store=store)
    store.full = True
    for ask in (lambda: bearer.renew(old.secret), bearer.token, bearer.token):
        with pytest.raises(StorageError, match="disk is full"):
            await ask()
    assert desk.counts["refreshes"] == 1
    store.full = False
    token = await bearer.token()
    kept = await store.load("acme", "acc")
    assert kept is not None
    assert kept.secret == token != old.secret
    assert desk.counts["refreshes"] == 1
    assert desk.counts["reuse_detections"] == 0


async def test_a_new_sign_in_is_not_overwritten_by_what_could_not_be_kept(desk: Desk) -> None:
    store, old = FullDisk(), await desk.kept()
    await store.save("acme", "acc", old)
    bearer = desk.bearer(store=store)
    store.full = True
    with pytest.raises(StorageError):
        await bearer.renew(old.secret)
    store.full = False
    await desk.begin()
    fresh = await desk.kept()
    await store.save("acme", "acc", fresh)
    assert await bearer.token() == fresh.secret
    kept = await store.load("acme", "acc")
    assert kept == fresh


async def test_a_lock_that_cannot_be_had_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o700)
    lock = tmp_path / "locked" / "oauth-acme-acc.lock"
    lock.symlink_to(tmp_path / "elsewhere")
    bearer, old = desk.bearer(data=tmp_path / "locked"), await desk.kept()
    with pytest.raises(StorageError):
        await bearer.renew(old.secret)
    assert desk.counts["refreshes"] == 0
    assert not (tmp_path / "elsewhere").exists()


async def test_the_lock_file_is_ours_alone(desk: Desk) -> None:
    await desk.bearer().renew((await desk.kept()).secret)
    lock = desk.data / "oauth-acme-acc.lock"
    assert lock.stat().st_mode & 0o777 == 0o600
    assert desk.data.stat().st_mode & 0o777 == 0o700
    assert lock.read_bytes() == b""


async def test_an_ordinary_key_passes_through(desk: Desk) -> None:
    await desk.store.save("acme", "acc", TokenRecord(Secret("an-ordinary-key")))
    bearer = desk.bearer()
    assert await bearer.token() == Secret("an-ordinary-key")
    with pytest.raises(SignInNeeded):
        await bearer.renew(Secret("an-ordinary-key"))


async def test_an_event_loop_torn_down_in_mid_save_keeps_the_token(desk: Desk) -> None:
    class Slow(MemoryStore):
        def __init__(self) -> None:
            super().__init__()
            self.saving = 0
            self.begun = asyncio.Event()

        async def save(self, provider: str, account_id: str, record: TokenRecord) -> None:
            self.saving += 1
            self.begun.set()
            if self.saving == 1:
                await asyncio.sleep(30)
            await super().save(provider, account_id, record)

    store, old = Slow(), await desk.kept()
    store._records["acme", "acc"] = old
    bearer = desk.bearer(store=store)
    asking = asyncio.create_task(bearer.renew(old.secret))
    await store.begun.wait()
    assert bearer._renewal is not None
    bearer._renewal.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    kept = await store.load("acme", "acc")
    assert kept is not None
    assert kept.secret != old.secret

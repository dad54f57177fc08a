"""A Console sign-in as an account of the stack: held in memory first, then kept, renewed, replaced and ended."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from stackk_tui.config import Settings
from stackk_tui.model.errors import InvalidInput, OperationCancelled, SignInNeeded, StorageError
from stackk_tui.model.service import Status
from stackk_tui.sandbox.world import IDS
from stackk_tui.stack import SignedIn, Stack
from tests.console import Console, abrowse
from tests.stack.helpers import add


@pytest.fixture
def ours(settings: Callable[..., Settings], oauth_console: Console, tmp_path: Any) -> Settings:
    return settings(
        **oauth_console.env,
        STACKK_TOKEN_STORE="vault",
        STACKK_VAULT_KEY_FILE=str(tmp_path / "vault.key"),
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Stack]:
    stack = await Stack.open(settings)
    try:
        yield stack
    finally:
        await stack.close()


async def sign_in(stack: Stack) -> SignedIn:
    page = await stack.sign_in_at_vendor("anthropic", "oauth")
    finishing = asyncio.create_task(page.finish())
    await abrowse(page.address)
    return await finishing


def end_access(console: Console) -> None:
    for access in console.grants.access.values():
        access.revoked = True


@pytest.mark.anyio
async def test_kept_as_one_record_and_used_by_the_next_process(ours, oauth_console) -> None:
    async with opened(ours) as stack:
        signed = await sign_in(stack)
        assert signed.picker
        assert signed.account.label == "Nimbus Labs"
        (view,) = await stack.connect(signed.account.id)
        kept = await stack._core.tokens.load("anthropic", signed.account.id)
        assert kept is not None
        assert (kept.kind, kept.token_type, kept.scope) == ("oauth", "Bearer", "org:admin")
        assert kept.issuer == oauth_console.env["STACKK_ANTHROPIC_TOKEN_URL"]
        assert kept.refresh is not None
    async with opened(ours) as stack:
        (outcome,) = await stack.refresh()
        assert outcome.error is None
        assert (await stack.service(view.service.id)).status is Status.OK
    assert oauth_console.counts["refreshes"] == 0


@pytest.mark.anyio
async def test_while_a_person_picks_the_tokens_are_renewed_and_the_newest_are_kept(
    ours, oauth_console
) -> None:
    async with opened(ours) as stack:
        signed = await sign_in(stack)
        end_access(oauth_console)
        assert len(await stack.workspaces(signed.account.id)) > 3
        assert oauth_console.counts["refreshes"] == 1
        await stack.connect(signed.account.id)
    async with opened(ours) as stack:
        (outcome,) = await stack.refresh()
        assert outcome.error is None
    assert oauth_console.counts["refreshes"] == 1
    assert oauth_console.counts["reuse_detections"] == 0


@pytest.mark.anyio
async def test_what_is_not_connected_is_kept_nowhere_and_can_be_ended(ours, oauth_console) -> None:
    async with opened(ours) as stack:
        signed = await sign_in(stack)
        await stack.discard(signed.account.id)
        with pytest.raises(InvalidInput):
            await stack.workspaces(signed.account.id)
        assert await stack._core.tokens.load("anthropic", signed.account.id) is None
    assert [family.revoked for family in oauth_console.families()] == [True]


@pytest.mark.anyio
async def test_closing_it_stops_the_waiting(ours) -> None:
    async with opened(ours) as stack:
        page = await stack.sign_in_at_vendor("anthropic", "oauth")
        finishing = asyncio.create_task(page.finish())
        await asyncio.sleep(0)
        await page.cancel()
        with pytest.raises(OperationCancelled):
            await finishing


@pytest.mark.anyio
async def test_signing_in_again_replaces_the_tokens_in_every_open_copy(ours, oauth_console) -> None:
    async with opened(ours) as one, opened(ours) as other:
        signed = await sign_in(one)
        (view,) = await one.connect(signed.account.id)
        assert len(await other.workspaces(signed.account.id)) > 3
        oauth_console.grants.end(oauth_console.families()[0])
        with pytest.raises(SignInNeeded):
            await other.workspaces(signed.account.id)
        again = await sign_in(one)
        (same,) = await one.connect(again.account.id)
        assert same.service.id == view.service.id
        assert len(await one.workspaces(signed.account.id)) > 3
        assert len(await other.workspaces(signed.account.id)) > 3


@pytest.mark.anyio
async def test_a_renewal_elsewhere_never_writes_over_a_new_sign_in(ours, oauth_console) -> None:
    async with opened(ours) as one, opened(ours) as other:
        account = (await sign_in(one)).account.id
        await one.connect(account)
        end_access(oauth_console)
        slow = oauth_console.faults.add("/v1/oauth/token", delay=0.5, times=1)
        renewing = asyncio.create_task(other.workspaces(account))
        while not slow.hits:  # noqa: ASYNC110  the server is in another thread
            await asyncio.sleep(0.01)
        signed = await sign_in(one)
        connecting = asyncio.create_task(one.connect(signed.account.id))
        await asyncio.gather(renewing, connecting)
        kept = await one._core.tokens.load("anthropic", account)
        newest = oauth_console.families()[-1]
        assert kept is not None
        assert oauth_console.grants.access[kept.secret.reveal()].family is newest


@pytest.mark.anyio
async def test_an_admin_key_and_a_sign_in_of_one_organization_count_its_dollars_once(
    ours, oauth_console
) -> None:
    async with opened(ours) as stack:
        await add(stack)
        await stack.connect((await sign_in(stack)).account.id)
        await stack.refresh()
        first, second = await stack.services()
        (part,) = (await stack.total()).parts
        assert part.amount in {first.month.cost.value.amount, second.month.cost.value.amount}


@pytest.mark.anyio
async def test_the_plan_to_disconnect_speaks_of_the_sign_in(ours, oauth_console) -> None:
    async with opened(ours) as stack:
        signed = await sign_in(stack)
        first, _second = await stack.connect(signed.account.id, ["default", IDS["production"]])
        plan = await stack.plan_disconnect(first.service.id)
        assert plan.kept[0] == "the sign-in: 1 other tracked service uses it"
        await stack.disconnect(first.service.id)
        assert oauth_console.counts["revocations"] == 0
        (last,) = [v for v in await stack.services() if v.service.connected]
        plan = await stack.plan_disconnect(last.service.id)
        assert "the sign-in kept here" in plan.deleted
        assert plan.cannot == ()
        done = await stack.disconnect(last.service.id)
        assert done.revoked == "revoked"
    assert [family.revoked for family in oauth_console.families()] == [True]


@pytest.mark.anyio
async def test_tokens_that_cannot_be_deleted_here_are_revoked_all_the_same(
    ours, oauth_console, monkeypatch
) -> None:
    async with opened(ours) as stack:
        (view,) = await stack.connect((await sign_in(stack)).account.id)

        async def refuse(*_: object) -> None:
            raise StorageError("The disk is read-only.", "Nothing was changed.", "Make it writable.")

        monkeypatch.setattr(stack._core.tokens, "delete", refuse)
        with pytest.raises(StorageError, match="could not be deleted here") as caught:
            await stack.disconnect(view.service.id)
        assert "revoked" in caught.value.means
    assert [family.revoked for family in oauth_console.families()] == [True]


@pytest.mark.anyio
async def test_a_code_typed_in_elsewhere_signs_in_where_a_device_endpoint_is_configured(
    settings, oauth_console
) -> None:
    oauth_console.oauth.interval = 1
    device = {"STACKK_ANTHROPIC_DEVICE_URL": f"{oauth_console.url}/v1/oauth/device"}
    async with opened(settings(**oauth_console.env, **device)) as stack:
        page = await stack.sign_in_at_vendor("anthropic", "oauth")
        assert page.listening
        assert page.port is None
        code = re.search(r"code (\S+) on that page", page.listener_problem)
        assert code is not None
        with pytest.raises(InvalidInput, match="Nothing has to be pasted"):
            page.paste("code=1&state=2")
        finishing = asyncio.create_task(page.finish())
        oauth_console.oauth.decide_device(code.group(1), "approved")
        signed = await finishing
        assert signed.account.label == "Nimbus Labs"
        (view,) = await stack.connect(signed.account.id)
        (outcome,) = await stack.refresh()
        assert outcome.error is None
        assert (await stack.service(view.service.id)).status is Status.OK

"""Sign in, pick, connect, disconnect: what is kept, and what is not."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from stackk_tui.model.errors import InvalidInput, SignInNeeded, VaultLocked, WrongCredential
from stackk_tui.model.events import ServiceDisconnected, ServicesConnected
from stackk_tui.model.figure import Money, Provenance
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import EnteredBilling, Status
from stackk_tui.sandbox.anthropic import ADMIN_KEY, EXPIRED_KEY, ORDINARY_KEY
from stackk_tui.storage.tokens import TokenRecord
from tests.stack.helpers import add, add_custom, open_stack, recorded


def test_an_organization_and_its_workspaces_are_picked_and_connected(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            events = recorded(stack)
            signed_in = await stack.sign_in("anthropic", "admin-key", Secret(ADMIN_KEY))
            assert signed_in.picker
            choices = await stack.workspaces(signed_in.account.id)
            assert choices[0].workspace.whole_account
            assert [c.workspace.id for c in choices][1] == "default"
            assert any(c.workspace.archived_at for c in choices)
            assert not any(c.connected for c in choices)
            ids = [choices[0].workspace.id, "default"]
            views = await stack.connect(signed_in.account.id, ids)
            assert [v.service.workspace.id for v in views] == ids
            assert [v.status for v in views] == [Status.OK, Status.OK]
            assert [c.connected for c in await stack.workspaces(signed_in.account.id)][:3] == [
                True,
                True,
                False,
            ]
            assert events == [ServicesConnected(tuple(v.service.id for v in views))]

    asyncio.run(story())


def test_a_credential_that_is_not_connected_is_kept_nowhere(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            signed_in = await stack.sign_in("anthropic", "admin-key", Secret(ADMIN_KEY))
            stack.forget(signed_in.account.id)
            assert await stack.services() == []
            with pytest.raises(InvalidInput):
                await stack.workspaces(signed_in.account.id)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("key", "method", "error", "words"),
    [
        (EXPIRED_KEY, "admin-key", SignInNeeded, "expired"),
        (ORDINARY_KEY, "admin-key", WrongCredential, "ordinary"),
        ("sbp_0102030405060708091011121314151617181920", "admin-key", WrongCredential, "Supabase"),
        ("", "admin-key", InvalidInput, "needs a key"),
        (ADMIN_KEY, "no-such-door", InvalidInput, "no sign-in method"),
    ],
)
def test_a_key_that_cannot_be_used_is_told_why_and_never_kept(
    settings, sandbox, key, method, error, words
) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            with pytest.raises(error) as caught:
                await stack.sign_in("anthropic", method, Secret(key))
            said = " ".join(caught.value.lines())
            assert words in said
            assert not key or key not in said
            assert await stack.services() == []

    asyncio.run(story())


def test_adding_the_same_organization_again_is_the_same_service(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (first,) = await add(stack)
            await stack.edit_billing(first.service.id, EnteredBilling(price=Money(amount=Decimal(5))))
            (again,) = await add(stack)
            assert again.service.id == first.service.id
            assert again.billing.price.value == Money(amount=Decimal(5))
            assert len(await stack.services()) == 1

    asyncio.run(story())


def test_an_unknown_workspace_is_said_with_what_there_is(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            with pytest.raises(InvalidInput) as caught:
                await add(stack, "wrkspc_nowhere")
            assert "default" in caught.value.next_step
            assert await stack.services() == []

    asyncio.run(story())


def test_the_key_goes_with_the_last_service_that_uses_it(settings, sandbox, tmp_path) -> None:
    async def story() -> None:
        env = {"STACKK_TOKEN_STORE": "vault", "STACKK_VAULT_KEY_FILE": str(tmp_path / "keys" / "vault.key")}
        (tmp_path / "keys").mkdir(mode=0o700)
        async with open_stack(settings(**sandbox.env, **env), sandbox) as stack:
            events = recorded(stack)
            org, default = await add(stack, "Nimbus Labs", "default")
            planned = await stack.plan_disconnect(org.service.id)
            assert any("1 other tracked service uses it" in line for line in planned.kept)
            await stack.disconnect(org.service.id)
            assert (await stack.refresh([default.service.id]))[0].how == "fetched"

            planned = await stack.plan_disconnect(default.service.id)
            assert planned.deleted[0] == "the key kept here"
            farewell = await stack.disconnect(default.service.id)
            assert farewell.revoked == "impossible"
            assert "platform.claude.com" in " ".join(farewell.cannot)
            assert events[-1] == ServiceDisconnected(default.service.id)
            views = await stack.services()
            assert [v.status for v in views] == [Status.DISCONNECTED, Status.DISCONNECTED]
        async with open_stack(settings(**sandbox.env, **env), sandbox) as stack:
            core = stack._core
            assert await core.tokens.load("anthropic", org.account.id) is None

    asyncio.run(story())


def test_purging_drops_the_history_too(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            (org,) = await add(stack)
            await stack.refresh()
            await stack.disconnect(org.service.id)
            assert (await stack.history(org.service.id, 30)).usage
            await stack.disconnect(org.service.id, purge=True)
            assert await stack.services() == []
            assert (await stack._core.ledger.sizes())["usage_bucket"] == 0

    asyncio.run(story())


def test_a_locked_vault_changes_nothing_when_disconnecting(settings, sandbox) -> None:
    async def story() -> None:
        make = settings(**sandbox.env, STACKK_TOKEN_STORE="vault")
        async with open_stack(make, sandbox) as stack:
            await stack.create_vault(Secret("a long enough passphrase"))
            (org,) = await add(stack)
        async with open_stack(make, sandbox) as stack:
            with pytest.raises(VaultLocked):
                await stack.disconnect(org.service.id)
            assert (await stack.service(org.service.id)).service.connected
            (outcome,) = await stack.refresh()
            assert isinstance(outcome.error, VaultLocked)
            assert (await stack.service(org.service.id)).status is Status.SIGN_IN_NEEDED
            await stack.unlock(Secret("a long enough passphrase"))
            (outcome,) = await stack.refresh()
            assert outcome.how == "fetched"
            assert (await stack.service(org.service.id)).status is Status.OK

    asyncio.run(story())


@pytest.mark.parametrize("damage", ["missing", "broken"])
def test_a_service_whose_key_cannot_be_read_any_more_can_still_go(settings, sandbox, damage) -> None:
    async def story() -> None:
        make = settings(**sandbox.env, STACKK_TOKEN_STORE="vault")
        async with open_stack(make, sandbox) as stack:
            await stack.create_vault(Secret("a long enough passphrase"))
            (org,) = await add(stack)
        if damage == "missing":
            make.paths.vault.unlink()
        async with open_stack(make, sandbox) as stack:
            if damage == "broken":
                await stack.unlock(Secret("a long enough passphrase"))
                await stack._core.tokens._vault.save(
                    "anthropic", org.account.id, TokenRecord(Secret(""))
                )  # a record without a key, as a newer version might leave
            await stack.disconnect(org.service.id)
            assert (await stack.service(org.service.id)).status is Status.DISCONNECTED

    asyncio.run(story())


def test_a_subscription_typed_in_by_hand(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            view = await add_custom(
                stack, "GitHub Team", "48.00", cycle="yearly", next_payment="2026-12-03", category="Tools"
            )
            await stack.refresh()
            view = await stack.service(view.service.id)
            assert view.service.name == "GitHub Team"
            assert view.service.category == "Tools"
            assert view.billing.price.provenance is Provenance.ENTERED
            assert view.billing.next_payment.value == date(2026, 12, 3)
            total = await stack.total()
            assert [(p.amount, p.provenance) for p in total.parts] == [(Decimal("4.00"), "entered")]

    asyncio.run(story())


@pytest.mark.parametrize(
    "form",
    [
        {"name": ""},
        {"price": "many"},
        {"price": "-1"},
        {"price": "NaN"},
        {"currency": "dollars"},
        {"cycle": "weekly"},
        {"next_payment": "3 Dec"},
        {"color": "red"},
    ],
)
def test_a_form_that_cannot_be_read_is_refused_by_field(settings, sandbox, form) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            with pytest.raises(InvalidInput):
                await stack.sign_in("custom", "manual", None, {"name": "X", "price": "1", **form})

    asyncio.run(story())


def test_a_typed_name_cannot_reach_the_terminal_as_a_command(settings, sandbox) -> None:
    async def story() -> None:
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            view = await add_custom(stack, "Evil\x1b]52;c;aGk=\x07\x1b[2J\u202etxt")
            assert view.service.name.isprintable()
            assert "Evil" in view.service.name

    asyncio.run(story())

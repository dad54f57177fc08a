"""Moving keys between the system keyring and the encrypted file: the choice lasts, and no key is ever lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from stackk_tui.model.errors import InvalidInput, StorageError, TokenStoreNeeded, VaultLocked
from stackk_tui.model.secret import Secret
from stackk_tui.storage.tokens import TokenRecord, Tokens

from ._keyring import Killed
from .test_tokens import WORDS, Here

pytestmark = pytest.mark.anyio

RECORDS = {
    ("acme", "acc_1"): TokenRecord(Secret("the-first-key")),
    ("acme", "acc_2"): TokenRecord(
        Secret("an-access-token"), kind="oauth", refresh=Secret("a-refresh-token")
    ),
    ("base", "acc_3"): TokenRecord(Secret("the-third-key")),
}
NAMES = [*RECORDS, ("base", "acc_without_a_key")]


@pytest.fixture
def here(settings, tmp_path) -> Here:
    made = Here(settings, tmp_path)
    made.keyring.condition = "open"
    return made


@asynccontextmanager
async def free(provider: str, account_id: str) -> AsyncIterator[None]:
    yield


async def filled(here: Here) -> Tokens:
    """Keys in the keyring, and an encrypted file that is open and empty."""
    tokens = here.start()
    for name, record in RECORDS.items():
        await tokens.save(*name, record)
    await tokens.create_vault(WORDS)
    return tokens


async def found(tokens: Tokens) -> dict[tuple[str, str], TokenRecord | None]:
    return {name: await tokens.load(*name) for name in RECORDS}


async def test_to_the_encrypted_file_and_back(here: Here) -> None:
    tokens = await filled(here)
    state = await tokens.move_to("vault", NAMES, free)
    assert (state.kind, state.state) == ("vault", "open")
    assert here.keyring.entries == {}
    assert await found(tokens) == RECORDS

    later = here.start()
    assert (await later.info()).state == "locked", (
        "the next start asks for the passphrase, with a keyring open"
    )
    with pytest.raises(VaultLocked):
        await later.load("acme", "acc_1")
    await later.unlock(WORDS)
    assert await found(later) == RECORDS
    await later.save("acme", "acc_4", RECORDS["acme", "acc_1"])
    assert here.keyring.entries == {}

    state = await later.move_to("keyring", [*NAMES, ("acme", "acc_4")], free)
    assert (state.kind, state.state) == ("keyring", "open")
    assert len(here.keyring.entries) == 4
    again = here.start()
    assert (await again.info()).kind == "keyring"
    assert await found(again) == RECORDS
    assert not here.secrets_on_disk()


async def test_from_memory(here: Here) -> None:
    here.keyring.condition = "none"
    tokens = here.start()
    await tokens.use_memory()
    for name, record in RECORDS.items():
        await tokens.save(*name, record)
    here.keyring.condition = "open"
    await tokens.move_to("keyring", NAMES, free)
    assert await found(here.start()) == RECORDS


@pytest.mark.parametrize("writes", range(3))
async def test_a_process_that_dies_on_the_way_to_the_keyring_loses_nothing(here: Here, writes: int) -> None:
    tokens = await filled(here)
    await tokens.move_to("vault", NAMES, free)
    here.keyring.writes, here.keyring.die_after = 0, writes
    with pytest.raises(Killed):
        await tokens.move_to("keyring", NAMES, free)
    here.keyring.die_after = None
    later = here.start()
    assert (await later.info()).kind == "vault"
    await later.unlock(WORDS)
    assert await found(later) == RECORDS
    await later.move_to("keyring", NAMES, free)
    assert await found(here.start()) == RECORDS


async def test_a_disk_that_is_full_leaves_every_key_where_it_was(here: Here, monkeypatch) -> None:
    tokens = await filled(here)
    vault_put, puts = tokens._vault.save, []

    async def full(provider: str, account_id: str, record: TokenRecord) -> None:
        puts.append(account_id)
        if len(puts) == 2:
            raise StorageError("The disk is full.", "", "")
        await vault_put(provider, account_id, record)

    monkeypatch.setattr(tokens._vault, "save", full)
    with pytest.raises(StorageError, match="full"):
        await tokens.move_to("vault", NAMES, free)
    assert await found(tokens) == RECORDS
    later = here.start()
    await later.unlock(WORDS)
    assert await found(later) == RECORDS


async def test_a_place_that_does_not_give_back_takes_nothing(here: Here) -> None:
    tokens = await filled(here)
    await tokens.move_to("vault", NAMES, free)
    here.keyring.forgets = True
    with pytest.raises(StorageError, match="did not give back"):
        await tokens.move_to("keyring", NAMES, free)
    assert await found(tokens) == RECORDS


async def test_an_old_copy_that_stays_is_said(here: Here) -> None:
    tokens = await filled(here)
    here.keyring.keeps = True
    with pytest.raises(StorageError, match="an old copy stays"):
        await tokens.move_to("vault", NAMES, free)
    assert await found(tokens) == RECORDS
    assert (await here.start().info()).kind == "vault"


async def test_without_a_file_or_with_a_locked_one_nothing_moves(here: Here) -> None:
    tokens = here.start()
    await tokens.save("acme", "acc_1", RECORDS["acme", "acc_1"])
    with pytest.raises(TokenStoreNeeded, match="no encrypted file yet"):
        await tokens.move_to("vault", NAMES, free)
    await tokens.create_vault(WORDS)
    later = here.start()
    with pytest.raises(VaultLocked):
        await later.move_to("vault", NAMES, free)
    assert (await here.start().info()).kind == "keyring"


@pytest.mark.parametrize(("mode", "where"), [("vault", "keyring"), ("keyring", "vault"), ("memory", "vault")])
async def test_a_setting_that_says_otherwise_is_named(here: Here, mode: str, where: str) -> None:
    with pytest.raises(InvalidInput, match=f"token_store is {mode}"):
        await here.start(mode).move_to(where, NAMES, free)


async def test_a_process_that_was_running_meanwhile_puts_no_key_back(here: Here) -> None:
    running = here.start()
    tokens = await filled(here)
    assert await found(running) == RECORDS
    await tokens.move_to("vault", NAMES, free)
    await running.unlock(WORDS)
    renewed = TokenRecord(Secret("newer"), kind="oauth", refresh=Secret("newer too"))
    await running.save("acme", "acc_2", renewed)
    assert here.keyring.entries == {}
    assert await tokens.load("acme", "acc_2") == renewed


async def test_each_account_is_held_still_while_it_moves(here: Here) -> None:
    tokens = await filled(here)
    held: list[str] = []

    @asynccontextmanager
    async def guard(provider: str, account_id: str) -> AsyncIterator[None]:
        held.append(account_id)
        assert here.keyring.entries.get(("stackk-tui", f"{provider}:{account_id}")) or "without" in account_id
        yield
        assert ("stackk-tui", f"{provider}:{account_id}") not in here.keyring.entries

    await tokens.move_to("vault", NAMES, guard)
    assert held == [account_id for _, account_id in NAMES]

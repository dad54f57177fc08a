"""The one door to the stores: what is chosen, what is said about it, and that nothing steps down silently."""

import asyncio
import json
import os
import socket
import stat
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from stackk_tui.model.errors import (
    InvalidInput,
    StorageError,
    TokenStoreNeeded,
    VaultDamaged,
    VaultLocked,
    WrongPassphrase,
)
from stackk_tui.model.secret import Secret
from stackk_tui.storage import places as places_module
from stackk_tui.storage import vault_keys
from stackk_tui.storage.passphrase import passphrase_from
from stackk_tui.storage.tokens import StoreState, TokenRecord, Tokens
from tests.conftest import SHORT_FOLDERS

from ._keyring import FakeKeyring

pytestmark = pytest.mark.anyio

KEY, OTHER = TokenRecord(Secret("the-first-key")), TokenRecord(Secret("the-second-key"))
WORDS, NEW_WORDS = Secret("correct horse battery"), Secret("staple that horse now")


class Here:
    """One machine: its settings, its keyring and what a new process on it would see."""

    def __init__(self, settings, tmp_path: Path) -> None:
        self._settings = settings
        self.home = tmp_path / "stackk"
        self.key_file = tmp_path / "keys" / "stackk-key"
        self.vault = self.home / "data" / "vault.json"
        self.keyring = FakeKeyring(condition="none")
        self.pauses: list[float] = []

    def start(self, mode: str = "auto", passphrase=None, **env: str) -> Tokens:
        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)

        settings = self._settings(STACKK_TOKEN_STORE=mode, **env)
        return Tokens(settings, passphrase, keyring=self.keyring, sleep=pause)

    def with_key_file(self, mode: str = "auto") -> Tokens:
        return self.start(mode, STACKK_VAULT_KEY_FILE=str(self.key_file))

    def secrets_on_disk(self) -> list[Path]:
        found = [path for path in self.home.parent.rglob("*") if path.is_file()]
        return [path for path in found if b"the-first-key" in path.read_bytes()]


@pytest.fixture(autouse=True)
def _cheap_derivation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real parameters are held by `test_vault_format.py`; here they would only be waited for."""
    if "full_derivation" not in request.fixturenames:
        monkeypatch.setattr(vault_keys, "_ARGON2", {"m": 19 * 1024, "t": 1, "p": 1})


@pytest.fixture
def full_derivation() -> None:
    """Keeps the real parameters."""


@pytest.fixture
def here(settings, tmp_path: Path) -> Here:
    return Here(settings, tmp_path)


def count_calls(monkeypatch: pytest.MonkeyPatch, module, name: str) -> list[int]:
    """Lets a function go on as before, and gives the growing number of its calls."""
    real, count = getattr(module, name), [0]

    def counted(*args: object) -> object:
        count[0] += 1
        return real(*args)

    monkeypatch.setattr(module, name, counted)
    return count


class TestNothingChosen:
    async def test_load_and_save_say_what_to_run(self, here: Here) -> None:
        tokens = here.start()
        for act in (tokens.load("v", "a"), tokens.save("v", "a", KEY)):
            with pytest.raises(TokenStoreNeeded) as caught:
                await act
            lines = caught.value.lines()
            assert len(lines) == 3
            assert "stackk-tui vault create" in lines[2]
            assert caught.value.exit_status == 3
        assert (await tokens.info()).state == "none"
        assert not here.vault.exists()

    @pytest.mark.parametrize(
        ("condition", "words"),
        [("none", "has no system keyring"), ("missing", "has not been set up"), ("locked", "is locked")],
    )
    async def test_it_says_what_is_wrong_with_the_keyring(self, here: Here, condition, words: str) -> None:
        here.keyring.condition = condition
        with pytest.raises(TokenStoreNeeded, match=words):
            await here.start().save("v", "a", KEY)
        assert words in (await here.start().info()).words

    async def test_a_vault_made_elsewhere_meanwhile_is_found(self, here: Here) -> None:
        tokens = here.start()
        with pytest.raises(TokenStoreNeeded):
            await tokens.load("v", "a")
        await here.start().create_vault(WORDS)
        with pytest.raises(VaultLocked):
            await tokens.load("v", "a")

    async def test_deleting_what_is_nowhere_is_done(self, here: Here) -> None:
        await here.start().delete("v", "a")

    async def test_an_unknown_store_is_named(self, here: Here) -> None:
        with pytest.raises(InvalidInput, match="'plaintext'; it can be auto, keyring, vault, memory"):
            here.start("plaintext")


class TestKeyring:
    async def test_an_open_keyring_is_used_without_asking(self, here: Here) -> None:
        here.keyring.condition = "open"
        tokens = here.start()
        assert await tokens.info() == StoreState(
            "keyring", "open", "kept in the system keyring of this machine"
        )
        await tokens.save("v", "a", KEY)
        assert await here.start().load("v", "a") == KEY
        await here.start().delete("v", "a")
        assert here.keyring.entries == {}
        assert await here.start().load("v", "a") is None
        assert not here.home.exists()

    async def test_nothing_is_said_about_it_before_the_round_trip(self, here: Here) -> None:
        here.keyring.condition, here.keyring.forgets = "open", True
        tokens = here.start()
        state = await tokens.info()
        assert state.state == "none"
        assert "does not keep what is put into it" in state.words
        with pytest.raises(TokenStoreNeeded, match="does not keep what is put into it"):
            await tokens.save("v", "a", KEY)

    async def test_loaded_first_it_is_still_tried_before_a_save(self, here: Here) -> None:
        here.keyring.condition, here.keyring.forgets = "open", True
        tokens = here.start()
        assert await tokens.load("v", "a") is None
        with pytest.raises(TokenStoreNeeded):
            await tokens.save("v", "a", KEY)

    async def test_asked_for_by_name_it_never_steps_down(self, here: Here) -> None:
        await here.with_key_file().save("v", "a", OTHER)  # there is a vault that could be opened
        for condition in ("none", "missing", "locked"):
            here.keyring.condition = condition
            with pytest.raises(TokenStoreNeeded, match="Keys cannot be kept"):
                await here.start("keyring").save("v", "a", KEY)
        state = await here.start("keyring").info()
        assert (state.kind, state.state) == ("keyring", "none")
        assert "is locked" in state.words
        for act in (here.start("keyring").unlock(WORDS), here.start("keyring").create_vault(WORDS)):
            with pytest.raises(TokenStoreNeeded, match="system keyring of this machine is locked"):
                await act

    async def test_locked_while_running_is_an_error_and_not_a_missing_key(self, here: Here) -> None:
        here.keyring.condition = "open"
        tokens = here.start()
        await tokens.save("v", "a", KEY)
        here.keyring.condition = "locked"
        with pytest.raises(StorageError, match="system keyring of this machine is locked"):
            await tokens.load("v", "a")

    async def test_where_only_a_call_tells_that_it_is_locked(self, here: Here) -> None:
        """A login over SSH, where the keychain of the desktop stays shut."""
        here.keyring.condition, here.keyring.tells = "locked", False
        for act in (here.start().load("v", "a"), here.start().save("v", "a", KEY)):
            with pytest.raises(TokenStoreNeeded, match="does not keep what is put into it"):
                await act
        remote = here.start()
        await remote.create_vault(WORDS)
        await remote.save("v", "a", KEY)
        later = here.start()
        assert (await later.info()).kind == "vault"
        await later.unlock(WORDS)
        assert await later.load("v", "a") == KEY

    async def test_unlocking_on_request(self, here: Here) -> None:
        here.keyring.condition = "locked"
        tokens = here.start()
        assert (await tokens.info()).state == "none"
        assert (await tokens.unlock_keyring()).kind == "keyring"
        await tokens.save("v", "a", KEY)

    async def test_a_locked_keyring_may_hold_what_is_to_be_deleted(self, here: Here) -> None:
        here.keyring.condition = "locked"
        with pytest.raises(VaultLocked, match="keyring of this machine is locked, and the key may be in it"):
            await here.start().delete("v", "a")

    async def test_a_bus_that_answers_nothing_is_passed_over_in_time(
        self, settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It lets us in and is silent afterwards: only the deadline ends that."""
        monkeypatch.setattr(places_module, "CALL_LIMIT", 0.5)
        with TemporaryDirectory(dir=SHORT_FOLDERS) as short, socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{short}/bus")
            listener.listen()
            threading.Thread(target=_let_in_and_be_silent, args=(listener,), daemon=True).start()
            address = f"unix:path={short}/bus"
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
            tokens = Tokens(settings(STACKK_TOKEN_STORE="auto", DBUS_SESSION_BUS_ADDRESS=address))
            before = time.monotonic()
            with pytest.raises(TokenStoreNeeded):
                await tokens.save("v", "a", KEY)
            assert time.monotonic() - before < 8  # the library itself would wait 10


def _let_in_and_be_silent(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        while received := connection.recv(4096):
            if b"AUTH" in received:
                connection.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")


class TestVaultByPassphrase:
    async def test_create_save_restart_unlock_load(self, here: Here) -> None:
        first = here.start()
        state = await first.create_vault(WORDS)
        assert state == StoreState(
            "vault", "open", "kept in an encrypted file, passphrase asked once a start"
        )
        await first.save("v", "a", KEY)
        assert here.secrets_on_disk() == []

        second = here.start()
        assert (await second.info()).state == "locked"
        with pytest.raises(VaultLocked) as caught:
            await second.load("v", "a")
        assert "--passphrase-command" in caught.value.lines()[2]
        assert (await second.unlock(WORDS)).state == "open"
        assert await second.load("v", "a") == KEY
        await second.delete("v", "a")
        assert await second.load("v", "a") is None

    async def test_lock_asks_again(self, here: Here) -> None:
        tokens = here.start()
        await tokens.create_vault(WORDS)
        await tokens.save("v", "a", KEY)
        await tokens.lock()
        assert (await tokens.info()).state == "locked"
        with pytest.raises(VaultLocked):
            await tokens.load("v", "a")

    async def test_three_tries_then_pauses(self, here: Here) -> None:
        await here.start().create_vault(WORDS)
        tokens = here.start()
        for _ in range(7):
            with pytest.raises(WrongPassphrase):
                await tokens.unlock(Secret("not the right words"))
        assert here.pauses == [1.0, 2.0, 4.0, 4.0]
        await tokens.unlock(WORDS)
        with pytest.raises(WrongPassphrase):
            await tokens.unlock(Secret("not the right words"))
        assert here.pauses == [1.0, 2.0, 4.0, 4.0, 4.0]

    async def test_a_short_passphrase_makes_no_vault(self, here: Here) -> None:
        with pytest.raises(InvalidInput, match="12 characters"):
            await here.start().create_vault(Secret("elevenchars"))
        assert not here.vault.exists()

    async def test_a_passphrase_source_opens_it_and_is_asked_once(
        self, here: Here, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await here.start().create_vault(WORDS)
        read_end, write_end = os.pipe()
        os.write(write_end, WORDS.reveal().encode() + b"\n")
        os.close(write_end)
        tokens = here.start(passphrase=passphrase_from(read_end, None))
        await tokens.save("v", "a", KEY)
        await tokens.lock()
        derivations = count_calls(monkeypatch, vault_keys, "_derive")
        loads = await asyncio.gather(*(tokens.load("v", "a") for _ in range(8)))
        assert loads == [KEY] * 8
        assert derivations == [1]  # eight at once wait for one
        await tokens.lock()
        assert await tokens.load("v", "a") == KEY

    async def test_a_wrong_passphrase_source_is_told(self, here: Here) -> None:
        await here.start().create_vault(WORDS)
        tokens = here.start(passphrase=passphrase_from(None, "echo not the right words"))
        assert (await tokens.info()).state == "locked"
        with pytest.raises(WrongPassphrase):
            await tokens.load("v", "a")

    async def test_with_a_source_the_first_save_makes_it(self, here: Here) -> None:
        def source() -> Tokens:
            return here.start("vault", passphrase=lambda: WORDS)

        assert await source().load("v", "a") is None
        state = await source().info()
        assert (state.kind, state.state) == ("vault", "open")
        assert not here.vault.exists()
        await source().save("v", "a", KEY)
        assert await source().load("v", "a") == KEY

    async def test_asked_for_by_name_without_one_it_says_what_to_run(self, here: Here) -> None:
        here.keyring.condition = "open"
        with pytest.raises(TokenStoreNeeded, match="no encrypted file yet"):
            await here.start("vault").save("v", "a", KEY)
        assert here.keyring.entries == {}

    async def test_rotate(self, here: Here) -> None:
        tokens = here.start()
        await tokens.create_vault(WORDS)
        await tokens.save("v", "a", KEY)
        with pytest.raises(InvalidInput, match="passphrase is needed once more"):
            await tokens.rotate()
        await tokens.rotate(NEW_WORDS)
        assert await tokens.load("v", "a") == KEY
        later = here.start()
        with pytest.raises(VaultLocked):
            await later.rotate(WORDS)
        with pytest.raises(WrongPassphrase):
            await later.unlock(WORDS)
        await later.unlock(NEW_WORDS)
        assert await later.load("v", "a") == KEY

    async def test_rotation_by_another_process_asks_again(self, here: Here) -> None:
        tokens, other = here.start(), here.start()
        await tokens.create_vault(WORDS)
        await tokens.save("v", "a", KEY)
        await other.unlock(WORDS)
        await tokens.rotate(NEW_WORDS)
        with pytest.raises(VaultLocked):
            await other.load("v", "a")
        assert (await other.info()).state == "locked"

    async def test_it_locks_itself_when_idle(self, here: Here, tmp_path: Path) -> None:
        config = here.home / "config"
        config.mkdir(parents=True)
        (config / "config.toml").write_text("[vault]\nlock_after_minutes = 0.002\n")
        tokens = here.start()
        await tokens.create_vault(WORDS)
        deadline = time.monotonic() + 5
        while (await tokens.info()).state == "open":
            assert time.monotonic() < deadline, "it never locked"
            await asyncio.sleep(0.02)
        with pytest.raises(VaultLocked):
            await tokens.load("v", "a")


class TestVaultByKeyFile:
    @pytest.mark.parametrize("mode", ["auto", "vault"])
    async def test_the_first_save_makes_vault_and_key_file(self, here: Here, mode: str) -> None:
        here.keyring.condition = "open"  # naming a key file is a choice
        assert await here.with_key_file(mode).load("v", "a") is None
        assert not here.key_file.exists()
        await here.with_key_file(mode).save("v", "a", KEY)
        assert stat.S_IMODE(here.key_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(here.vault.stat().st_mode) == 0o600
        assert here.keyring.entries == {}
        assert here.secrets_on_disk() == []
        later = here.with_key_file(mode)
        assert await later.info() == StoreState(
            "vault", "open", "kept in an encrypted file opened by a key file"
        )
        assert await later.load("v", "a") == KEY

    async def test_a_key_file_of_the_service_manager(self, here: Here, tmp_path: Path) -> None:
        folder = tmp_path / "credentials"
        folder.mkdir()
        (folder / "stackk-key").write_bytes(os.urandom(32))
        (folder / "stackk-key").chmod(0o440)
        await here.start(CREDENTIALS_DIRECTORY=str(folder)).save("v", "a", KEY)
        assert await here.start(CREDENTIALS_DIRECTORY=str(folder)).load("v", "a") == KEY

    async def test_first_saves_at_the_same_time(self, here: Here) -> None:
        await asyncio.gather(*(here.with_key_file().save("v", f"a{n}", KEY) for n in range(6)))
        later = here.with_key_file()
        assert [await later.load("v", f"a{n}") for n in range(6)] == [KEY] * 6

    async def test_a_lost_key_file_is_named_and_nothing_is_overwritten(self, here: Here) -> None:
        await here.with_key_file().save("v", "a", KEY)
        before = here.vault.read_bytes()
        here.key_file.unlink()
        for act in ("load", "save"):
            tokens = here.with_key_file()
            with pytest.raises(StorageError, match=r"key file .* is not there"):
                await (tokens.load("v", "a") if act == "load" else tokens.save("v", "a", KEY))
        assert here.vault.read_bytes() == before
        assert not here.key_file.exists()
        assert (await here.with_key_file().info()).state == "locked"

    async def test_a_loose_key_file_is_refused_with_the_line_to_run(self, here: Here) -> None:
        await here.with_key_file().save("v", "a", KEY)
        here.key_file.chmod(0o644)
        with pytest.raises(StorageError) as caught:
            await here.with_key_file().load("v", "a")
        assert caught.value.next_step == f"Run: chmod 600 {here.key_file}"

    async def test_create_and_rotate_without_a_passphrase(self, here: Here) -> None:
        with pytest.raises(InvalidInput, match="needs a passphrase or a key file"):
            await here.start().create_vault(None)
        tokens = here.with_key_file()
        await tokens.create_vault(None)
        await tokens.save("v", "a", KEY)
        wrap = json.loads(here.vault.read_bytes())["wrap"]
        await tokens.rotate()
        assert json.loads(here.vault.read_bytes())["wrap"] != wrap
        assert await here.with_key_file().load("v", "a") == KEY

    async def test_a_passphrase_for_a_key_file_vault_is_told_apart(self, here: Here) -> None:
        await here.with_key_file().save("v", "a", KEY)
        with pytest.raises(InvalidInput, match="opened by a key file, not by a passphrase"):
            await here.start("vault").unlock(WORDS)


class TestDamage:
    async def test_is_told_never_overwritten_and_can_be_moved_aside(self, here: Here) -> None:
        await here.with_key_file().save("v", "a", KEY)
        here.vault.write_bytes(here.vault.read_bytes()[:-20])
        before = here.vault.read_bytes()
        tokens = here.with_key_file()
        for act in (
            tokens.load("v", "a"),
            tokens.save("v", "a", KEY),
            tokens.delete("v", "a"),
            tokens.info(),
        ):
            with pytest.raises(VaultDamaged):
                await act
        with pytest.raises(StorageError, match="already"):
            await tokens.create_vault(WORDS)
        assert here.vault.read_bytes() == before
        aside = await tokens.move_vault_aside()
        assert aside.read_bytes() == before
        await tokens.save("v", "a", KEY)
        assert await here.with_key_file().load("v", "a") == KEY

    async def test_does_not_hold_up_a_keyring(self, here: Here) -> None:
        here.keyring.condition = "open"
        await here.start().save("v", "a", KEY)
        here.vault.parent.mkdir(parents=True, mode=0o700)
        here.vault.write_bytes(b"damaged")
        assert await here.start().load("v", "a") == KEY
        await here.start().delete("v", "a")
        assert here.keyring.entries == {}


class TestMemory:
    @pytest.mark.parametrize("by_setting", [True, False])
    async def test_lasts_for_this_session_and_touches_nothing(self, here: Here, by_setting: bool) -> None:
        mode = "memory" if by_setting else "auto"
        tokens = here.start(mode)
        if not by_setting:
            await tokens.use_memory()
        await tokens.save("v", "a", KEY)
        assert await tokens.load("v", "a") == KEY
        assert await tokens.info() == StoreState(
            "memory", "open", "kept in memory, forgotten when the app closes"
        )
        assert not here.home.exists()
        assert here.keyring.entries == {}
        if by_setting:
            assert await here.start(mode).load("v", "a") is None
        await tokens.delete("v", "a")
        assert await tokens.load("v", "a") is None

    async def test_a_vault_made_later_takes_its_keys(self, here: Here) -> None:
        tokens = here.start()
        await tokens.use_memory()
        await tokens.save("v", "a", KEY)
        await tokens.create_vault(WORDS)
        later = here.start()
        await later.unlock(WORDS)
        assert await later.load("v", "a") == KEY


class TestTwoPlaces:
    """Saved over SSH in the vault, looked for at the desk where the keyring is open; and the other way round."""

    async def test_a_key_in_the_vault_is_found_with_the_keyring_open(self, here: Here) -> None:
        remote = here.start()
        await remote.create_vault(WORDS)
        await remote.save("v", "a", KEY)
        here.keyring.condition = "open"
        desk = here.start()
        with pytest.raises(VaultLocked):
            await desk.load("v", "a")
        await desk.unlock(WORDS)
        assert await desk.load("v", "a") == KEY

    async def test_a_disconnect_leaves_no_copy_in_either(self, here: Here) -> None:
        remote = here.start()
        await remote.create_vault(WORDS)
        await remote.save("v", "a", KEY)
        here.keyring.condition = "open"
        desk = here.start()
        await desk.unlock(WORDS)
        here.keyring.entries["stackk-tui", "v:a"] = KEY.to_text().reveal()
        await desk.delete("v", "a")
        assert here.keyring.entries == {}
        later = here.start("vault")
        await later.unlock(WORDS)
        assert await later.load("v", "a") is None

    async def test_a_disconnect_is_not_called_done_while_the_vault_is_locked(self, here: Here) -> None:
        remote = here.start()
        await remote.create_vault(WORDS)
        await remote.save("v", "a", KEY)
        here.keyring.condition = "open"
        with pytest.raises(VaultLocked):
            await here.start().delete("v", "a")

    async def test_a_newly_saved_key_replaces_the_old_one_in_the_other_place(self, here: Here) -> None:
        remote = here.start()
        await remote.create_vault(WORDS)
        await remote.save("v", "a", KEY)
        here.keyring.condition = "open"
        desk = here.start()
        await desk.unlock(WORDS)
        await desk.save("v", "a", OTHER)
        assert await desk.load("v", "a") == OTHER
        later = here.start("vault")
        await later.unlock(WORDS)
        assert await later.load("v", "a") is None


async def test_nothing_blocks_the_loop_while_the_key_is_derived(here: Here, full_derivation: None) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    counting = asyncio.create_task(count())
    await here.start().create_vault(WORDS)
    counting.cancel()
    assert turns > 10  # about a hundred; a blocked loop would see next to none


async def test_a_cancelled_save_is_either_whole_or_absent(here: Here) -> None:
    tokens = here.with_key_file()
    await tokens.save("v", "a", KEY)
    for _ in range(10):
        saving = asyncio.create_task(tokens.save("v", "b", OTHER))
        await asyncio.sleep(0)
        saving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await saving
    later = here.with_key_file()
    assert await later.load("v", "a") == KEY
    assert await later.load("v", "b") in (OTHER, None)


def test_a_record_does_not_show_its_key() -> None:
    assert "the-first-key" not in repr(KEY) + str(KEY.to_text())
    assert TokenRecord.from_text(KEY.to_text()) == KEY

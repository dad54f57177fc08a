"""Keys in the system keyring: bounded, checked, in pieces where an entry has a limit."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from keyring.backends import SecretService as KeyringSecretService

from stackk_tui.model.errors import StorageError
from stackk_tui.model.secret import Secret
from stackk_tui.storage.keyring_store import KeyringStore
from stackk_tui.storage.keyring_system import WINDOWS_LIMIT, NamedKeyring, SecretService, system_keyring
from stackk_tui.storage.token_record import TokenRecord
from tests.conftest import SHORT_FOLDERS

from ._keyring import FakeKeyring, Killed

pytestmark = pytest.mark.anyio

SHORT = TokenRecord(Secret("sk-short"))
LONG = TokenRecord(Secret("0123456789" * 500))
LONGER = TokenRecord(Secret("é東😀" * 900))


def windows() -> FakeKeyring:
    return FakeKeyring(limit=WINDOWS_LIMIT, system_limit=1280)


@pytest.mark.parametrize("fake", [FakeKeyring(), windows()], ids=["no limit", "windows"])
async def test_save_load_delete(fake: FakeKeyring) -> None:
    store = KeyringStore(fake)
    assert await store.load("v", "acc_1") is None
    for record in (SHORT, LONG, LONGER, SHORT):
        await store.save("v", "acc_1", record)
        assert await KeyringStore(fake).load("v", "acc_1") == record
    await store.save("v", "acc_2", LONG)
    assert await store.delete("v", "acc_1") is True
    assert await store.delete("v", "acc_1") is False
    assert await store.load("v", "acc_1") is None
    assert await store.load("v", "acc_2") == LONG
    await store.delete("v", "acc_2")
    assert fake.entries == {}


async def test_one_entry_per_account_named_as_designed() -> None:
    fake = FakeKeyring()
    await KeyringStore(fake).save("v", "acc_1", SHORT)
    assert fake.entries == {("stackk-tui", "v:acc_1"): '{"kind":"api_key","secret":"sk-short","v":1}'}


async def test_in_pieces_no_entry_is_over_the_limit_and_old_pieces_go() -> None:
    fake = windows()
    store = KeyringStore(fake)
    await store.save("v", "acc_1", LONGER)
    assert len(fake.entries) > 5
    assert max(map(len, fake.entries.values())) <= 1200
    index = json.loads(fake.entries["stackk-tui", "v:acc_1#0"])
    assert index["parts"] == len(fake.entries) - 1
    assert len(index["sha256"]) == 64
    await store.save("v", "acc_1", SHORT)
    assert len(fake.entries) == 2


async def test_killed_after_any_write_the_old_or_the_new_value_is_whole() -> None:
    counting = windows()
    await KeyringStore(counting).save("v", "a", LONG)
    counting.writes = 0
    await KeyringStore(counting).save("v", "a", LONGER)
    assert counting.writes > 8
    for death in range(counting.writes):
        fake = windows()
        await KeyringStore(fake).save("v", "a", LONG)
        fake.writes, fake.die_after = 0, death
        with pytest.raises(Killed):
            await KeyringStore(fake).save("v", "a", LONGER)
        fake.die_after = None
        assert await KeyringStore(fake).load("v", "a") in (LONG, LONGER)
        await KeyringStore(fake).delete("v", "a")
        assert fake.entries == {}, f"pieces were left after death at write {death}"


async def test_killed_while_deleting_it_can_be_deleted_again() -> None:
    for death in range(5):
        fake = windows()
        await KeyringStore(fake).save("v", "a", LONG)
        fake.writes, fake.die_after = 0, death
        with pytest.raises(Killed):
            await KeyringStore(fake).delete("v", "a")
        fake.die_after = None
        await KeyringStore(fake).delete("v", "a")
        assert fake.entries == {}


@pytest.mark.parametrize("piece", ["v:a#1", "v:a#2"])
async def test_a_damaged_or_missing_piece_is_noticed(piece: str) -> None:
    for new in ("x" * 1200, None):
        fake = windows()
        await KeyringStore(fake).save("v", "a", LONG)
        if new is None:
            del fake.entries["stackk-tui", piece]
        else:
            fake.entries["stackk-tui", piece] = new
        with pytest.raises(StorageError, match="damaged in the system keyring"):
            await KeyringStore(fake).load("v", "a")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"v":2,"kind":"api_key","secret":"x"}',
        '{"v":1,"kind":"oauth"}',
        "[" * 50_000,
    ],
)
async def test_a_record_of_a_newer_version_is_not_guessed_at(text: str) -> None:
    fake = FakeKeyring(entries={("stackk-tui", "v:a"): text})
    with pytest.raises(StorageError, match="cannot be read"):
        await KeyringStore(fake).load("v", "a")
    assert fake.entries  # left as it was


async def test_the_round_trip_leaves_nothing_and_finds_a_keyring_that_forgets() -> None:
    good = FakeKeyring()
    await KeyringStore(good).check()
    assert good.entries == {}
    assert good.writes == 2
    for bad in (FakeKeyring(forgets=True), FakeKeyring(keeps=True), FakeKeyring(condition="locked")):
        with pytest.raises(StorageError):
            await KeyringStore(bad).check()


async def test_a_refused_delete_is_not_called_done() -> None:
    fake = FakeKeyring(keeps=True)
    await KeyringStore(fake).save("v", "a", SHORT)
    with pytest.raises(StorageError):
        await KeyringStore(fake).delete("v", "a")


async def test_library_errors_become_ours_and_say_nothing_of_the_value() -> None:
    fake = FakeKeyring(system_limit=5)
    with pytest.raises(StorageError) as caught:
        await KeyringStore(fake).save("v", "a", SHORT)
    assert caught.value.lines()[0] == "The system keyring of this machine refused."
    assert len(caught.value.lines()) == 3


async def test_a_keyring_that_never_answers_is_given_up_on_and_the_loop_stays_free() -> None:
    fake = FakeKeyring(stuck=threading.Event())
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    with pytest.raises(StorageError, match=r"did not answer within 0\.3 seconds"):
        await KeyringStore(fake, call_limit=0.3).load("v", "a")
    ticking.cancel()
    assert ticks > 10
    assert fake.stuck is not None
    fake.stuck.set()


def test_a_stuck_keyring_does_not_hold_the_program_when_it_leaves() -> None:
    script = """
import asyncio, threading
from tests.storage._keyring import FakeKeyring
from stackk_tui.storage.keyring_store import KeyringStore
from stackk_tui.model.errors import StorageError
async def main():
    try:
        await KeyringStore(FakeKeyring(stuck=threading.Event()), call_limit=0.1).load("v", "a")
    except StorageError as error:
        print(error.what)
asyncio.run(main())
"""
    before = time.monotonic()
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, cwd=root, capture_output=True, text=True, timeout=25
    )
    assert "did not answer" in done.stdout, done.stderr
    assert time.monotonic() - before < 10  # the stuck call itself takes 30


class TestChoosingTheBackend:
    def test_each_system_has_its_own(self) -> None:
        assert isinstance(system_keyring({}, "linux"), SecretService)
        windows, mac = system_keyring({}, "win32"), system_keyring({}, "darwin")
        assert isinstance(windows, NamedKeyring)
        assert isinstance(mac, NamedKeyring)
        assert (windows.limit, mac.limit, system_keyring({}, "linux").limit) == (1200, None, None)
        # neither is here, so neither may say that it is open
        assert windows.probe() == "none"
        if sys.platform != "darwin":
            assert mac.probe() == "none"

    def test_the_environment_does_not_steer_it(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "keyringrc.cfg").write_text("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        monkeypatch.setenv("KEYRING_PROPERTY_SCHEME", "KeePassXC")
        monkeypatch.setenv("KEYRING_PROPERTY_PREFERRED_COLLECTION", "/org/elsewhere")
        backend = SecretService({}).backend()
        assert isinstance(backend, KeyringSecretService.Keyring)
        assert backend.scheme == "default"
        assert "preferred_collection" not in vars(backend)

    def test_without_a_bus_nothing_is_imported(self) -> None:
        script = """
import sys
from stackk_tui.storage.tokens import Tokens
from stackk_tui.storage.keyring_system import system_keyring
print(system_keyring({}).probe(), *({"keyring", "secretstorage", "jeepney", "cryptography", "httpx", "pydantic"} & set(sys.modules)))
"""
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
        )
        assert done.stdout.split() == ["none"]

    def test_a_stale_address_is_no_keyring(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        address = f"unix:path={tmp_path}/gone"
        for bad in (address, "nonsense", "unix:", "tcp:host=127.0.0.1,port=1", "autolaunch:"):
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bad)
            assert SecretService({"DBUS_SESSION_BUS_ADDRESS": bad}).probe() == "none"


@pytest.fixture
def silent_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A bus that accepts and never says a word. A socket's path may have 107 bytes, so it is not in `tmp_path`."""
    with TemporaryDirectory(dir=SHORT_FOLDERS) as folder, socket.socket(socket.AF_UNIX) as listener:
        path = Path(folder, "bus")
        listener.bind(str(path))
        listener.listen()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={path}")
        yield {"DBUS_SESSION_BUS_ADDRESS": os.environ["DBUS_SESSION_BUS_ADDRESS"]}


def test_a_bus_that_never_answers_is_no_keyring_after_a_second(silent_bus: dict[str, str]) -> None:
    before = time.monotonic()
    assert SecretService(silent_bus).probe() == "none"
    assert time.monotonic() - before < 8

"""The vault on a disk: who may open it, what it refuses, and what it never loses."""

import fcntl
import json
import os
import stat
from pathlib import Path

import pytest

from stackk_tui.model.errors import InvalidInput, StorageError, VaultDamaged, VaultLocked, WrongPassphrase
from stackk_tui.model.secret import Secret
from stackk_tui.storage.vault import Vault
from stackk_tui.storage.vault_keys import KeyFile, Passphrase

S = "stackk-tui"
WORDS, NEW_WORDS = Secret("correct horse battery"), Secret("staple that horse now")


@pytest.fixture
def key_file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "keys" / "stackk-key")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "data" / "vault.json")


def again(vault: Vault) -> Vault:
    """The same file as another process would see it."""
    return Vault(vault.path, lock_limit=0.2)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_create_put_get_remove_over_a_restart(vault: Vault) -> None:
    vault.create(Passphrase(WORDS))
    vault.put(S, "a:1", Secret("one"))
    vault.put(S, "a:2", Secret("two"))
    later = again(vault)
    assert later.opened_by() == "passphrase"
    with pytest.raises(VaultLocked):
        later.get(S, "a:1")
    later.unlock(Passphrase(WORDS))
    assert later.get(S, "a:1") == Secret("one")
    assert later.get(S, "a:3") is None
    assert later.remove(S, "a:1") is True
    assert later.remove(S, "a:1") is False
    assert vault.get(S, "a:1") is None
    assert vault.get(S, "a:2") == Secret("two")


def test_files_are_for_their_owner_only(vault: Vault, key_file: KeyFile) -> None:
    old = os.umask(0)
    try:
        vault.create(key_file)
        vault.put(S, "a:1", Secret("one"))
    finally:
        os.umask(old)
    assert mode(vault.path.parent) == 0o700
    assert mode(vault.path) == mode(vault.path.with_name("vault.lock")) == mode(key_file.path) == 0o600
    assert sorted(p.name for p in vault.path.parent.iterdir()) == ["vault.json", "vault.lock"]
    assert [p.name for p in key_file.path.parent.iterdir()] == ["stackk-key"]


def test_locked_nothing_can_be_read_written_or_removed(vault: Vault) -> None:
    vault.create(Passphrase(WORDS))
    vault.put(S, "a:1", Secret("one"))
    vault.forget()
    before = vault.path.read_bytes()
    for act in (
        lambda: vault.get(S, "a:1"),
        lambda: vault.put(S, "a:1", Secret("x")),
        lambda: vault.remove(S, "a:1"),
        lambda: vault.rotate(Passphrase(NEW_WORDS)),
    ):
        with pytest.raises(VaultLocked, match="locked"):
            act()
    assert vault.path.read_bytes() == before
    assert not vault.is_open()


def test_forgetting_drops_the_data_key(vault: Vault, key_file: KeyFile) -> None:
    vault.create(key_file)
    assert vault.is_open()
    vault.forget()
    assert vars(vault)["_opened"] is None


@pytest.mark.parametrize("words", ["", "short", "elevenchars"])
def test_a_short_passphrase_is_not_taken(vault: Vault, words: str) -> None:
    with pytest.raises(InvalidInput, match="at least 12 characters"):
        vault.create(Passphrase(Secret(words)))
    assert not vault.exists()


def test_rotation_has_a_new_salt_and_data_key_and_shuts_out_the_old_ones(vault: Vault) -> None:
    vault.create(Passphrase(WORDS))
    vault.put(S, "a:1", Secret("one"))
    other = again(vault)
    other.unlock(Passphrase(WORDS))
    old = json.loads(vault.path.read_bytes())
    vault.rotate(Passphrase(NEW_WORDS))
    new = json.loads(vault.path.read_bytes())
    assert new["kdf"]["salt"] != old["kdf"]["salt"]
    assert new["wrap"] != old["wrap"]
    assert vault.get(S, "a:1") == Secret("one")
    with pytest.raises(VaultLocked):
        other.get(S, "a:1")  # it holds the old data key, notices, and asks again
    with pytest.raises(VaultLocked):
        other.put(S, "a:2", Secret("two"))
    with pytest.raises(WrongPassphrase):
        other.unlock(Passphrase(WORDS))
    other.unlock(Passphrase(NEW_WORDS))
    assert other.get(S, "a:1") == Secret("one")


def test_rotation_from_passphrase_to_key_file_and_with_the_same_one(vault: Vault, key_file: KeyFile) -> None:
    vault.create(Passphrase(WORDS))
    vault.put(S, "a:1", Secret("one"))
    vault.rotate(key_file)
    assert vault.opened_by() == "keyfile"
    first = json.loads(vault.path.read_bytes())["wrap"]
    vault.rotate(key_file)
    assert json.loads(vault.path.read_bytes())["wrap"] != first
    later = again(vault)
    later.unlock(key_file)
    assert later.get(S, "a:1") == Secret("one")


def test_rotating_to_a_short_passphrase_changes_nothing(vault: Vault) -> None:
    vault.create(Passphrase(WORDS))
    before = vault.path.read_bytes()
    with pytest.raises(InvalidInput):
        vault.rotate(Passphrase(Secret("short")))
    assert vault.path.read_bytes() == before


def test_a_vault_is_never_made_over_another(vault: Vault, key_file: KeyFile) -> None:
    vault.create(key_file)
    before = vault.path.read_bytes()
    with pytest.raises(StorageError, match="already"):
        again(vault).create(key_file)
    vault.path.write_bytes(b"damaged")
    with pytest.raises(StorageError, match="already"):
        again(vault).create(key_file)
    assert vault.path.read_bytes() == b"damaged"
    assert before != b"damaged"


def test_a_damaged_vault_is_never_written_and_can_be_moved_aside(vault: Vault, key_file: KeyFile) -> None:
    vault.create(key_file)
    vault.put(S, "a:1", Secret("one"))
    content = vault.path.read_bytes()
    damaged = content.replace(b'"ct":"', b'"ct":"AAAA', 1)
    vault.path.write_bytes(damaged)
    for act in (
        lambda: vault.put(S, "a:2", Secret("x")),
        lambda: vault.get(S, "a:1"),
        lambda: vault.rotate(key_file),
    ):
        with pytest.raises(VaultDamaged) as caught:
            act()
        assert len(caught.value.lines()) == 3
    assert vault.path.read_bytes() == damaged
    aside = vault.move_aside()
    assert aside.name.startswith("vault.json.bad-2")
    assert aside.read_bytes() == damaged
    assert not vault.exists()
    vault.create(key_file)
    assert vault.get(S, "a:1") is None


def test_without_a_vault_it_says_how_to_make_one(vault: Vault) -> None:
    with pytest.raises(VaultLocked) as caught:
        vault.get(S, "a:1")
    assert "stackk-tui vault create" in caught.value.next_step


def test_a_folder_open_to_others_is_refused_with_the_line_to_run(vault: Vault, key_file: KeyFile) -> None:
    vault.path.parent.mkdir(mode=0o700)
    vault.path.parent.chmod(0o750)
    with pytest.raises(StorageError) as caught:
        vault.create(key_file)
    assert caught.value.next_step == f"Run: chmod 700 {vault.path.parent}"
    vault.path.parent.chmod(0o700)
    vault.create(key_file)


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, key_file: KeyFile) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(StorageError, match="link"):
        Vault(tmp_path / "link" / "vault.json").create(key_file)
    assert list((tmp_path / "real").iterdir()) == []


def test_what_belongs_to_another_user_is_refused(
    vault: Vault, key_file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.create(key_file)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(StorageError, match="another user"):
        vault.get(S, "a:1")
    with pytest.raises(StorageError, match="another user"):
        vault.put(S, "a:1", Secret("x"))
    with pytest.raises(StorageError, match="another user"):
        key_file.key({"name": "keyfile"})


def test_a_vault_that_is_a_link_or_a_pipe_is_refused(vault: Vault, key_file: KeyFile, tmp_path: Path) -> None:
    vault.create(key_file)
    vault.path.rename(tmp_path / "elsewhere.json")
    vault.path.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(StorageError, match="symbolic link"):
        vault.get(S, "a:1")
    with pytest.raises(StorageError, match="symbolic link"):
        vault.put(S, "a:1", Secret("x"))
    vault.path.unlink()
    os.mkfifo(vault.path, 0o600)
    with pytest.raises(StorageError, match="not a regular file"):
        vault.get(S, "a:1")


def test_a_huge_file_is_not_read(vault: Vault, key_file: KeyFile) -> None:
    vault.create(key_file)
    os.truncate(vault.path, 2**34)
    with pytest.raises(StorageError, match="too large"):
        vault.get(S, "a:1")


def test_leftovers_of_a_killed_writer_are_cleaned_up(vault: Vault, key_file: KeyFile) -> None:
    vault.create(key_file)
    leftover = vault.path.with_name(".vault-abc123")
    leftover.write_bytes(b"half a vault")
    vault.put(S, "a:1", Secret("one"))
    assert not leftover.exists()


def test_waiting_for_another_process_is_bounded(vault: Vault, key_file: KeyFile) -> None:
    vault.create(key_file)
    waiting = again(vault)
    waiting.unlock(key_file)
    with vault.path.with_name("vault.lock").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StorageError, match="Another stackk-tui is using vault"):
            waiting.put(S, "a:1", Secret("one"))
        assert waiting.get(S, "a:1") is None  # reading waits for nobody
    waiting.put(S, "a:1", Secret("one"))


def test_a_locked_file_that_is_a_link_is_not_followed(
    vault: Vault, key_file: KeyFile, tmp_path: Path
) -> None:
    vault.path.parent.mkdir(mode=0o700)
    vault.path.with_name("vault.lock").symlink_to(tmp_path / "made-by-a-link")
    with pytest.raises(StorageError):
        vault.create(key_file)
    assert not (tmp_path / "made-by-a-link").exists()


class TestKeyFile:
    def test_is_made_once_and_never_replaced(self, key_file: KeyFile) -> None:
        key_file.prepare()
        made = key_file.path.read_bytes()
        assert len(made) == 32
        key_file.prepare()
        assert key_file.path.read_bytes() == made

    def test_open_to_others_is_refused_with_the_line_to_run(self, key_file: KeyFile) -> None:
        key_file.prepare()
        for loose in (0o640, 0o604, 0o620):
            key_file.path.chmod(loose)
            with pytest.raises(StorageError) as caught:
                key_file.key({"name": "keyfile"})
            assert caught.value.next_step == f"Run: chmod 600 {key_file.path}"

    def test_a_link_is_refused(self, key_file: KeyFile) -> None:
        key_file.prepare()
        link = key_file.path.with_name("link")
        link.symlink_to(key_file.path)
        with pytest.raises(StorageError, match="symbolic link"):
            KeyFile(link).key({"name": "keyfile"})

    @pytest.mark.parametrize("size", [0, 31, 33, 64])
    def test_of_another_size_is_refused(self, key_file: KeyFile, size: int) -> None:
        key_file.prepare()
        key_file.path.write_bytes(bytes(size))
        with pytest.raises(StorageError, match=f"has {size} bytes, not 32"):
            key_file.key({"name": "keyfile"})

    def test_missing_says_which(self, vault: Vault, key_file: KeyFile) -> None:
        vault.create(key_file)
        key_file.path.unlink()
        with pytest.raises(StorageError, match=r"key file .*stackk-key is not there"):
            again(vault).unlock(key_file)
        assert vault.exists()

    def test_another_one_does_not_open_it(self, vault: Vault, key_file: KeyFile, tmp_path: Path) -> None:
        vault.create(key_file)
        other = KeyFile(tmp_path / "keys" / "other")
        other.prepare()
        with pytest.raises(WrongPassphrase, match="This key file does not open"):
            again(vault).unlock(other)

    def test_a_service_managers_key_may_be_group_readable_but_not_more(self, key_file: KeyFile) -> None:
        key_file.prepare()
        handed = KeyFile(key_file.path, handed_over=True)
        key_file.path.chmod(0o440)  # how an access list for our user shows
        assert len(handed.key({"name": "keyfile"})) == 32
        key_file.path.chmod(0o444)
        with pytest.raises(StorageError, match="open to other users"):
            handed.key({"name": "keyfile"})

"""The vault's format: no changed byte goes unseen, and every refusal is one of ours."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stackk_tui.model.errors import StorageError, VaultDamaged, WrongPassphrase
from stackk_tui.model.secret import Secret
from stackk_tui.storage import vault_keys
from stackk_tui.storage.vault_file import (
    MAX_BYTES,
    Entries,
    entries_of,
    new_vault,
    parse_vault,
    unwrap,
    with_entries,
)
from stackk_tui.storage.vault_keys import KeyFile, Opener, Passphrase
from stackk_tui.storage.vault_text import canonical, decode64, encode64

ENTRIES: Entries = {"stackk-tui": {"vendor:acc_1": "the-secret-value", "vendor:acc_2": "another"}}
WORDS = Secret("correct horse battery")


@pytest.fixture
def key_file(tmp_path: Path) -> KeyFile:
    key = KeyFile(tmp_path / "stackk-key")
    key.prepare()
    return key


def open_bytes(content: bytes, opener: Opener) -> Entries:
    vault = parse_vault(content)
    return entries_of(vault, unwrap(vault, opener))


def changed(content: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    raw = json.loads(content)
    change(raw)
    return canonical(raw)


def test_what_goes_in_comes_out(key_file: KeyFile) -> None:
    vault, cipher = new_vault(key_file, ENTRIES)
    assert open_bytes(vault.to_bytes(), key_file) == ENTRIES
    more = {"s": {"u": 'NUL \0 newline \n quote " 東京 \ud800'}}
    assert open_bytes(with_entries(vault, cipher, more).to_bytes(), key_file) == more


def test_nothing_readable_is_in_the_file(key_file: KeyFile) -> None:
    content = new_vault(key_file, ENTRIES)[0].to_bytes()
    for text in (b"the-secret-value", b"acc_1", b"vendor"):
        assert text not in content


def test_the_file_can_be_opened_by_the_written_recipe(key_file: KeyFile) -> None:
    """An independent reading of the format: what another program would do."""
    raw = json.loads(new_vault(key_file, ENTRIES)[0].to_bytes())
    wrapping = hashlib.sha256(b"stackk-tui keyfile v1\0" + key_file.path.read_bytes()).digest()

    def spell(value: object) -> bytes:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

    header = {"format": "stackk-tui-vault", "version": 1, "kdf": {"name": "keyfile"}}
    wrap, body = raw["wrap"], raw["body"]
    key = AESGCM(wrapping).decrypt(decode64(wrap["nonce"]) or b"", decode64(wrap["ct"]) or b"", spell(header))
    plain = AESGCM(key).decrypt(
        decode64(body["nonce"]) or b"", decode64(body["ct"]) or b"", spell([header, wrap])
    )
    assert json.loads(plain) == ENTRIES


def test_every_flipped_bit_and_every_truncation_is_refused(key_file: KeyFile) -> None:
    content = new_vault(key_file, ENTRIES)[0].to_bytes()
    variants = [content[:n] for n in range(len(content))] + [
        content + tail for tail in (b"\n", b" ", b"}", b"\0")
    ]
    for position in range(len(content)):
        for bit in range(8):
            variant = bytearray(content)
            variant[position] ^= 1 << bit
            variants.append(bytes(variant))
    assert len(variants) > 9 * len(content)
    for variant in variants:
        with pytest.raises(StorageError) as caught:
            open_bytes(variant, key_file)
        refusal = caught.value
        newer_version = type(refusal) is StorageError and "newer stackk-tui" in refusal.what
        assert newer_version or isinstance(refusal, VaultDamaged | WrongPassphrase), (variant, refusal)


@pytest.mark.parametrize("name", ["argon2id", "scrypt"])
def test_a_flipped_bit_in_the_key_derivation_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "scrypt":
        monkeypatch.setattr(vault_keys, "has_argon2", lambda: False)
    monkeypatch.setattr(vault_keys, "_ARGON2", {"m": 19 * 1024, "t": 1, "p": 1})
    monkeypatch.setattr(vault_keys, "_SCRYPT", {"n": 2**15, "r": 8, "p": 1})
    content = new_vault(Passphrase(WORDS), ENTRIES)[0].to_bytes()
    assert open_bytes(content, Passphrase(WORDS)) == ENTRIES
    start = content.index(b'"kdf"')
    for position in range(start, content.index(b'"version"')):
        variant = bytearray(content)
        variant[position] ^= 1 << (position % 7)
        with pytest.raises((VaultDamaged, WrongPassphrase)):
            open_bytes(bytes(variant), Passphrase(WORDS))


def test_a_passphrase_uses_argon2id_as_designed() -> None:
    kdf = json.loads(new_vault(Passphrase(WORDS), ENTRIES)[0].to_bytes())["kdf"]
    assert {**kdf, "salt": ""} == {"name": "argon2id", "m": 65536, "t": 3, "p": 4, "salt": ""}
    assert len(decode64(kdf["salt"]) or b"") == 16


def test_without_argon2_it_is_scrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_keys, "has_argon2", lambda: False)
    content = new_vault(Passphrase(WORDS), ENTRIES)[0].to_bytes()
    kdf = json.loads(content)["kdf"]
    assert {**kdf, "salt": ""} == {"name": "scrypt", "n": 2**17, "r": 8, "p": 1, "salt": ""}
    assert open_bytes(content, Passphrase(WORDS)) == ENTRIES


def test_the_same_letters_typed_elsewhere_open_it() -> None:
    content = new_vault(Passphrase(Secret("caf\u00e9 au lait, please")), ENTRIES)[0].to_bytes()
    assert open_bytes(content, Passphrase(Secret("cafe\u0301 au lait, please"))) == ENTRIES


def test_a_wrong_passphrase_says_so() -> None:
    content = new_vault(Passphrase(WORDS), ENTRIES)[0].to_bytes()
    with pytest.raises(WrongPassphrase, match="Wrong passphrase, or the header"):
        open_bytes(content, Passphrase(Secret("incorrect horse battery")))


SALT = encode64(bytes(16))
ARGON = {"name": "argon2id", "m": 65536, "t": 3, "p": 4, "salt": SALT}
SCRYPT = {"name": "scrypt", "n": 2**17, "r": 8, "p": 1, "salt": SALT}


@pytest.mark.parametrize(
    "kdf",
    [
        {**ARGON, "m": 19 * 1024 - 1},
        {**ARGON, "m": 1024 * 1024 + 1},
        {**ARGON, "m": 10**12},
        {**ARGON, "t": 0},
        {**ARGON, "t": 17},
        {**ARGON, "p": 0},
        {**ARGON, "p": 17},
        {**ARGON, "t": True},
        {**ARGON, "t": 3.0},
        {**ARGON, "t": "3"},
        {**ARGON, "t": None},
        {**ARGON, "salt": encode64(bytes(15))},
        {**ARGON, "salt": "!" * 24},
        {**ARGON, "salt": 5},
        {**ARGON, "extra": 1},
        {k: v for k, v in ARGON.items() if k != "m"},
        {**SCRYPT, "n": 2**14},
        {**SCRYPT, "n": 2**21},
        {**SCRYPT, "n": 2**17 + 1},
        {**SCRYPT, "r": 16},
        {**SCRYPT, "p": 5},
        {"name": "keyfile", "salt": SALT},
        {"name": "none"},
        {"name": ["argon2id"]},
        {"name": None},
        {},
        [],
        "argon2id",
        None,
    ],
)
def test_a_tampered_key_derivation_is_refused_before_it_runs(
    kdf: object, key_file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_keys, "_derive", lambda *_: pytest.fail("ran the derivation"))
    content = changed(new_vault(key_file, ENTRIES)[0].to_bytes(), lambda raw: raw.update(kdf=kdf))
    with pytest.raises(VaultDamaged):
        open_bytes(content, Passphrase(WORDS))


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.pop("wrap"),
        lambda raw: raw.pop("body"),
        lambda raw: raw.pop("version"),
        lambda raw: raw.update(extra=1),
        lambda raw: raw.update(version=0),
        lambda raw: raw.update(version=True),
        lambda raw: raw.update(version="1"),
        lambda raw: raw.update(format="other"),
        lambda raw: raw.update(wrap=None),
        lambda raw: raw.update(wrap=[]),
        lambda raw: raw.update(body={"nonce": 1, "ct": 2}),
        lambda raw: raw["wrap"].update(nonce=encode64(bytes(11))),
        lambda raw: raw["wrap"].update(ct=encode64(bytes(47))),
        lambda raw: raw["body"].update(ct=encode64(bytes(15))),
        lambda raw: raw["body"].update(ct=raw["body"]["ct"] + "\n"),
        lambda raw: raw["body"].pop("nonce"),
    ],
)
def test_a_wrong_shape_is_damage(change, key_file: KeyFile) -> None:
    with pytest.raises(VaultDamaged):
        open_bytes(changed(new_vault(key_file, ENTRIES)[0].to_bytes(), change), key_file)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"null",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b"[" * 100_000,
        b"9" * 10_000,
        b"{" * 5_000,
        b"<html>",
    ],
)
def test_what_is_no_vault_is_damage(content: bytes, key_file: KeyFile) -> None:
    with pytest.raises(VaultDamaged):
        open_bytes(content, key_file)


def test_no_part_can_be_swapped_for_another_vaults(key_file: KeyFile) -> None:
    one, two = (json.loads(new_vault(key_file, ENTRIES)[0].to_bytes()) for _ in range(2))
    for part in ("wrap", "body"):
        with pytest.raises((VaultDamaged, WrongPassphrase)):
            open_bytes(canonical(one | {part: two[part]}), key_file)


def test_damaged_contents_are_told_from_a_wrong_passphrase(key_file: KeyFile) -> None:
    vault, _ = new_vault(key_file, ENTRIES)
    content = changed(vault.to_bytes(), lambda raw: raw["body"].update(ct=encode64(os.urandom(60))))
    with pytest.raises(VaultDamaged, match="contents of the encrypted file are damaged"):
        open_bytes(content, key_file)


@pytest.mark.parametrize("plain", [b"[]", b"null", b"nonsense", b'{"s":1}', b'{"s":{"u":1}}', b"\xff"])
def test_contents_of_a_wrong_shape_are_damage(plain: bytes, key_file: KeyFile) -> None:
    vault, cipher = new_vault(key_file, {})
    raw = json.loads(vault.to_bytes())
    data = canonical([{k: raw[k] for k in ("format", "version", "kdf")}, raw["wrap"]])
    nonce = os.urandom(12)
    raw["body"] = {"nonce": encode64(nonce), "ct": encode64(cipher.encrypt(nonce, plain, data))}
    with pytest.raises(VaultDamaged):
        open_bytes(canonical(raw), key_file)


def test_a_newer_version_is_refused_by_name_and_not_called_damage(key_file: KeyFile) -> None:
    content = changed(new_vault(key_file, ENTRIES)[0].to_bytes(), lambda raw: raw.update(version=2))
    with pytest.raises(StorageError, match="file version 2; this one reads version 1") as caught:
        open_bytes(content, key_file)
    assert not isinstance(caught.value, VaultDamaged)
    assert "version 2" in caught.value.next_step


def test_each_write_has_a_nonce_of_its_own(key_file: KeyFile) -> None:
    vault, cipher = new_vault(key_file, ENTRIES)
    nonces = {with_entries(vault, cipher, ENTRIES).body.nonce for _ in range(100)}
    assert len(nonces) == 100


def test_no_error_keeps_the_plain_contents(key_file: KeyFile) -> None:
    vault, cipher = new_vault(key_file, {})
    raw = json.loads(vault.to_bytes())
    data = canonical([{k: raw[k] for k in ("format", "version", "kdf")}, raw["wrap"]])
    nonce = os.urandom(12)
    ct = cipher.encrypt(nonce, b'{"s": the-secret-value', data)
    raw["body"] = {"nonce": encode64(nonce), "ct": encode64(ct)}
    with pytest.raises(VaultDamaged) as caught:
        open_bytes(canonical(raw), key_file)
    error: BaseException | None = caught.value
    while error is not None:
        assert "the-secret-value" not in repr(vars(error)) + repr(error.args)
        assert not hasattr(error, "doc")  # where json keeps the whole text
        error = error.__cause__ or error.__context__


def test_there_is_room_for_thousands_of_accounts(key_file: KeyFile) -> None:
    many = {"stackk-tui": {f"vendor:acc_{n}": "x" * 200 for n in range(5_000)}}
    assert len(new_vault(key_file, many)[0].to_bytes()) < MAX_BYTES / 4

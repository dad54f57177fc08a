"""What is kept per account: keys as ever, and the tokens of an OAuth sign-in."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stackk_tui.model.errors import StorageError
from stackk_tui.model.secret import Secret
from stackk_tui.storage.token_record import TokenRecord

OBTAINED = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)
TOKENS = TokenRecord(
    secret=Secret("access-1"),
    kind="oauth",
    refresh=Secret("refresh-1"),
    expires_at=datetime(2026, 9, 21, 15, 0, tzinfo=UTC),
    obtained_at=OBTAINED,
    scope="read",
    token_type="Bearer",
    account="acc-1",
    issuer="https://acme.example",
)
KEPT: dict[str, Any] = {
    "v": 1,
    "kind": "oauth",
    "access_token": "access-1",
    "refresh_token": "refresh-1",
    "expires_at": int(OBTAINED.timestamp()) + 3600,
    "obtained_at": int(OBTAINED.timestamp()),
    "scope": "read",
    "token_type": "Bearer",
    "account": "acc-1",
    "issuer": "https://acme.example",
}


def test_a_key_is_kept_as_ever() -> None:
    text = TokenRecord(Secret("sk-1")).to_text()
    assert json.loads(text.reveal()) == {"v": 1, "kind": "api_key", "secret": "sk-1"}
    assert TokenRecord.from_text(text) == TokenRecord(Secret("sk-1"))
    old = Secret('{"kind":"api_key","secret":"sk-old","v":1}')
    assert TokenRecord.from_text(old).secret == Secret("sk-old")


def test_tokens_are_kept_whole() -> None:
    assert json.loads(TOKENS.to_text().reveal()) == KEPT
    assert TokenRecord.from_text(TOKENS.to_text()) == TOKENS


def test_what_is_not_known_stays_unknown() -> None:
    bare = TokenRecord(Secret("access-1"), kind="oauth")
    assert TokenRecord.from_text(bare.to_text()) == bare
    few = Secret(json.dumps({"v": 1, "kind": "oauth", "access_token": "access-1"}))
    assert TokenRecord.from_text(few) == bare


def test_parts_of_a_second_are_kept_to_the_millisecond() -> None:
    moment = datetime(2026, 9, 21, 14, 0, 1, 250_000, tzinfo=UTC)
    record = TokenRecord(Secret("a"), kind="oauth", expires_at=moment)
    assert TokenRecord.from_text(record.to_text()).expires_at == moment


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"kind": "magic"},
        {"access_token": ""},
        {"access_token": None},
        {"refresh_token": 3},
        {"expires_at": "soon"},
        {"expires_at": True},
        {"expires_at": -1},
        {"expires_at": 1e300},
        {"scope": ["read"]},
    ],
)
def test_a_record_of_another_shape_is_not_guessed_at(change: dict[str, Any]) -> None:
    with pytest.raises(StorageError) as caught:
        TokenRecord.from_text(Secret(json.dumps({**KEPT, **change})))
    assert "access-1" not in "".join(caught.value.lines())


def test_a_record_does_not_show_its_secrets() -> None:
    assert "access-1" not in repr(TOKENS)
    assert "refresh-1" not in repr(TOKENS)
    assert "access-1" not in repr(TOKENS.to_text())

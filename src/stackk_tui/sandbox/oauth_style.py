"""What authorization servers differ in, and who their clients are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Style:
    """How strict, and in which way. The default is plain RFC 6749, 7636, 7009 and 9207."""

    exchange: Literal["form", "json"] = "form"
    refresh: Literal["form", "json"] = "form"
    refresh_headers: Mapping[str, str] = field(default_factory=dict)
    """Headers a refresh must carry."""
    exchange_needs_state: bool = False
    status: int = 200
    """Of a token answer."""
    revoke: Literal["rfc7009", "json"] = "rfc7009"
    any_port: tuple[str, ...] = ("127.0.0.1", "[::1]")
    """Hosts whose redirect may have any port (RFC 8252 §7.3)."""
    sends_iss: bool = True
    answer: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of a token answer."""
    without: tuple[str, ...] = ()
    """Fields that a token answer does not have."""
    errors: Literal["rfc", "message"] = "rfc"
    """`message`: a refusal is `{"message": …}`, and a parameter that is missing is a 422."""


RFC = Style()

ANTHROPIC = Style(
    refresh="json",
    refresh_headers={"anthropic-beta": "oauth-2025-04-20"},
    exchange_needs_state=True,
    any_port=("127.0.0.1", "[::1]", "localhost"),
    sends_iss=False,
    answer={
        "organization": {"uuid": "4c1f5f5e-7d0b-4a57-9f5e-5b8a3f0f7b11", "name": "Nimbus Labs"},
        "account": {
            "uuid": "9b0a1c52-2d1e-4c56-8a6b-0c6f5d3e7a21",
            "email_address": "ada@nimbus.example",
        },
    },
)

SUPABASE = Style(
    status=201, revoke="json", any_port=(), sends_iss=False, without=("scope",), errors="message"
)


@dataclass(frozen=True, slots=True)
class Client:
    """A registered OAuth app. `auth` is the one way in which it must identify itself."""

    id: str
    auth: Literal["none", "basic", "body"] = "none"
    secret: str | None = None
    redirects: tuple[str, ...] = ("http://127.0.0.1/callback",)
    scopes: frozenset[str] = frozenset({"read", "org:admin"})


PUBLIC = Client(id="stackk-public")
CONFIDENTIAL = Client(
    id="stackk-confidential", auth="basic", secret="s3cr3t+of/the:sandbox app", redirects=PUBLIC.redirects
)
IN_BODY = Client(id="stackk-in-body", auth="body", secret="s3cr3t-in-the-body", redirects=PUBLIC.redirects)

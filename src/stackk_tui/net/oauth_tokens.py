"""Tokens, and reading them from an answer that is not trusted (`secrets-and-oauth.md` §5)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import ProtocolError
from stackk_tui.model.secret import Secret
from stackk_tui.model.text import clean
from stackk_tui.net.body import parse_object
from stackk_tui.net.oauth_http import Reply, protocol_error
from stackk_tui.net.oauth_table import OAuthTable
from stackk_tui.net.redact import remember
from stackk_tui.storage.token_record import TokenRecord

LONGEST_LIFE = timedelta(days=3650)
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
_DIGITS = re.compile(r"[0-9]{1,20}")
_PARTIES = ("organization", "account", "workspace", "user", "team")
_FACTS = ("id", "uuid", "name", "email", "email_address", "slug")


@dataclass(frozen=True, slots=True)
class OAuthTokens:
    """What signing in or refreshing gave. Moments in UTC."""

    access: Secret
    refresh: Secret | None
    expires_at: datetime | None
    """None: the server did not say, and neither does the provider's table."""
    scope: str
    token_type: str
    obtained_at: datetime
    extra: Mapping[str, str] = field(default_factory=dict)
    """Who signed in, cleaned, where the answer says so: `organization.uuid`, `account.email_address`, …"""

    def record(self, *, account: str = "", issuer: str = "") -> TokenRecord:
        """Gives what the token store keeps."""
        return TokenRecord(
            secret=self.access,
            kind="oauth",
            refresh=self.refresh,
            expires_at=self.expires_at,
            obtained_at=self.obtained_at,
            scope=self.scope,
            token_type=self.token_type,
            account=account,
            issuer=issuer,
        )


async def read_tokens(table: OAuthTable, reply: Reply, clock: Clock) -> OAuthTokens:
    """Gives the tokens of a 2xx answer and hides them from logs. ProtocolError shows nothing of it."""
    problem: str | None = None
    try:
        body = await parse_object(table.vendor, reply.raw, reply.content_type, None)
    except ProtocolError as error:
        problem = error.what
    if problem is not None:
        raise ProtocolError(problem, "Nothing was changed.", "Try again in a few minutes.")
    access = _token(table, body, "access_token")
    if access is None:
        raise protocol_error(table.vendor, "a sign-in answer without an access token")
    refresh = _token(table, body, "refresh_token")
    token_type = body.get("token_type")
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        raise protocol_error(table.vendor, "a kind of token that stackk-tui does not know")
    scope = body.get("scope")
    if scope is not None and not isinstance(scope, str):
        raise protocol_error(table.vendor, "a sign-in answer of another shape than documented")
    now = clock()
    life = _lifetime(table, body.get("expires_in"))
    tokens = OAuthTokens(
        access=access,
        refresh=refresh,
        expires_at=None if life is None else now + life,
        scope=clean(scope or "", 2048),
        token_type="Bearer",
        obtained_at=now,
        extra=_extra(body),
    )
    remember(*(secret for secret in (access, refresh) if secret is not None))
    return tokens


def _token(table: OAuthTable, body: Mapping[str, object], name: str) -> Secret | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise protocol_error(table.vendor, "a token that is none: empty, far too long or with odd characters")
    return Secret(value)


def _lifetime(table: OAuthTable, value: object) -> timedelta | None:
    """Gives 0 seconds to 10 years; text of digits is taken too, as some servers send it."""
    if value is None:
        seconds = table.default_lifetime_s
        return None if seconds is None else timedelta(seconds=seconds)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise protocol_error(table.vendor, "a lifetime that is no number")
    return timedelta(seconds=float(min(max(value, 0), int(LONGEST_LIFE.total_seconds()))))


def _extra(body: Mapping[str, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for party in _PARTIES:
        facts = body.get(party)
        for name in _FACTS:
            value = facts.get(name) if isinstance(facts, Mapping) else None
            if isinstance(value, str) and value:
                found[f"{party}.{name}"] = clean(value)
        value = body.get(f"{party}_id")
        if isinstance(value, str) and value:
            found.setdefault(f"{party}.id", clean(value))
    return found

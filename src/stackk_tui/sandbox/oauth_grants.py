"""What the authorization server has given out: codes, token families, device codes. A family ends whole."""

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stackk_tui.sandbox.oauth_style import Client


@dataclass(slots=True)
class OAuthError(Exception):
    """A refusal, as RFC 6749 §5.2 spells it."""

    code: str
    status: int = 400
    description: str = ""


@dataclass(slots=True, eq=False)
class Family:
    """Everything that one consent led to."""

    client_id: str
    scope: str
    revoked: bool = False
    refreshes: int = 0


@dataclass(slots=True)
class Code:
    family: Family
    redirect_uri: str
    challenge: str
    state: str | None
    expires_at: datetime
    used: bool = False


@dataclass(slots=True)
class Access:
    family: Family
    expires_at: datetime
    revoked: bool = False


@dataclass(slots=True)
class Refresh:
    family: Family
    used: bool = False


@dataclass(slots=True)
class Device:
    family: Family
    user_code: str
    interval: int
    expires_at: datetime
    decision: str = "pending"
    asked_at: datetime | None = None


@dataclass(slots=True)
class Grants:
    """The state. `clock` may be moved; lifetimes in seconds may be changed while it runs."""

    clock: Callable[[], datetime]
    access_seconds: float = 3600.0
    code_seconds: float = 60.0
    device_seconds: float = 600.0
    rotate: bool = True
    gives_refresh: bool = True
    access_prefix: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, Access] = field(default_factory=dict)
    refresh: dict[str, Refresh] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)

    def new_code(
        self, client: Client, scope: str, redirect_uri: str, challenge: str, state: str | None
    ) -> str:
        code = secrets.token_urlsafe(24)
        expires = self.clock() + timedelta(seconds=self.code_seconds)
        self.codes[code] = Code(Family(client.id, scope), redirect_uri, challenge, state, expires)
        self.counts["codes"] += 1
        return code

    def use_code(self, code: str, client: Client) -> Code:
        """Raises OAuthError; a second use ends what the first one gave (RFC 6749 §4.1.2)."""
        found = self.codes.get(code)
        if found is None or found.family.client_id != client.id or self.clock() >= found.expires_at:
            raise OAuthError("invalid_grant")
        if found.used:
            self.counts["code_replays"] += 1
            self.end(found.family)
            raise OAuthError("invalid_grant")
        found.used = True
        return found

    def use_refresh(self, token: str, client: Client, scope: str | None) -> Family:
        """Raises OAuthError; a second use of a rotated token is taken for theft and ends the family."""
        found = self.refresh.get(token)
        if found is None or found.family.client_id != client.id:
            raise OAuthError("invalid_grant")
        if found.used:
            self.counts["reuse_detections"] += 1
            self.end(found.family)
        if found.family.revoked:
            raise OAuthError("invalid_grant")
        if scope is not None and not set(scope.split()) <= set(found.family.scope.split()):
            raise OAuthError("invalid_scope")
        found.used = self.rotate
        found.family.refreshes += 1
        self.counts["refreshes"] += 1
        return found.family

    def tokens_for(self, family: Family, *, refresh: bool) -> dict[str, object]:
        """Gives the fields of a token answer."""
        access = self.access_prefix + secrets.token_urlsafe(32)
        self.access[access] = Access(family, self.clock() + timedelta(seconds=self.access_seconds))
        answer: dict[str, object] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": int(self.access_seconds),
            "scope": family.scope,
        }
        if refresh and self.gives_refresh:
            token = secrets.token_urlsafe(32)
            self.refresh[token] = Refresh(family)
            answer["refresh_token"] = token
        return answer

    def active(self, token: str) -> Family | None:
        """Gives the family of an access token that is good now."""
        found = self.access.get(token)
        if found is None or found.revoked or found.family.revoked or self.clock() >= found.expires_at:
            return None
        return found.family

    def revoke(self, token: str, client: Client) -> None:
        """Ends a token; one that is unknown is ended already (RFC 7009 §2.2)."""
        found: Refresh | Access | None = self.refresh.get(token) or self.access.get(token)
        if found is None:
            return
        if found.family.client_id != client.id:
            raise OAuthError("invalid_grant")
        self.counts["revocations"] += 1
        if isinstance(found, Refresh):
            self.end(found.family)
        else:
            found.revoked = True

    def end(self, family: Family) -> None:
        if not family.revoked:
            family.revoked = True
            self.counts["families_ended"] += 1

    def new_device(self, client: Client, scope: str, interval: int) -> tuple[str, Device]:
        code = secrets.token_urlsafe(32)
        letters = "".join(secrets.choice("BCDFGHJKLMNPQRSTVWXZ") for _ in range(8))
        expires = self.clock() + timedelta(seconds=self.device_seconds)
        device = Device(Family(client.id, scope), f"{letters[:4]}-{letters[4:]}", interval, expires)
        self.devices[code] = device
        return code, device

    def poll_device(self, code: str, client: Client) -> Family:
        """Raises OAuthError as RFC 8628 §3.5 says."""
        self.counts["device_polls"] += 1
        device = self.devices.get(code)
        if device is None or device.family.client_id != client.id:
            raise OAuthError("invalid_grant")
        now, before = self.clock(), device.asked_at
        device.asked_at = now
        if now >= device.expires_at:
            raise OAuthError("expired_token")
        if before is not None and (now - before).total_seconds() < device.interval:
            device.interval += 5
            raise OAuthError("slow_down")
        if device.decision == "denied":
            raise OAuthError("access_denied")
        if device.decision != "approved":
            raise OAuthError("authorization_pending")
        del self.devices[code]
        return device.family

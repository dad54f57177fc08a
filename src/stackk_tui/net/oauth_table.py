"""Everything providers differ in when signing in by OAuth 2.0: one table entry each (secrets design §5).

A provider's folder holds its defaults; `table_from` puts the person's own settings over them, the environment
first, then `[oauth.<provider>]` of config.toml, where every field of `OAuthTable` can be set by its name:

    STACKK_<P>_AUTHORIZE_URL  _TOKEN_URL  _REVOKE_URL  _DEVICE_URL  _ISSUER  _SCOPE  _CLIENT_AUTH
    <P>_CLIENT_ID  <P>_CLIENT_SECRET  <P>_OAUTH_REDIRECT_URI
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from stackk_tui.config import Settings
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.secret import Secret
from stackk_tui.net.endpoint import checked_base
from stackk_tui.net.oauth_settings import (
    ENDPOINTS,
    ClientAuth,
    Encoding,
    RevokeStyle,
    setting_value,
    variable,
    wrong_setting,
)

__all__ = [
    "LOOPBACK_REDIRECT",
    "ClientAuth",
    "Encoding",
    "OAuthTable",
    "RevokeStyle",
    "table_from",
    "variable",
]

LOOPBACK_REDIRECT = "http://127.0.0.1:{port}/callback"
_LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class OAuthTable:
    """One authorization server and our client there. Addresses are whole; times in seconds."""

    provider: str
    authorize_url: str = ""
    token_url: str = ""
    revoke_url: str | None = None
    device_url: str | None = None
    client_id: str = ""
    """Empty: not configured, nothing can be signed in to."""
    client_secret: Secret | None = None
    client_auth: ClientAuth = "none"
    redirect_uri: str = LOOPBACK_REDIRECT
    """`{port}` may stand in it. A page that is not on this machine works by pasting only."""
    ports: tuple[int, ...] = ()
    """The ports to try for `{port}`, in order; empty takes a free one."""
    scope: str | None = None
    issuer: str | None = None
    """When set, an answer must carry exactly this `iss` (RFC 9207)."""
    authorize_extra: Mapping[str, str] = field(default_factory=dict)
    exchange_encoding: Encoding = "form"
    refresh_encoding: Encoding = "form"
    exchange_sends_state: bool = False
    exchange_extra: Mapping[str, str] = field(default_factory=dict)
    refresh_extra: Mapping[str, str] = field(default_factory=dict)
    refresh_headers: Mapping[str, str] = field(default_factory=dict)
    revoke_style: RevokeStyle = "rfc7009"
    bare_400_refuses: bool = False
    """A 400 without an error code means that the code or refresh token is no longer good."""
    default_lifetime_s: int | None = None
    """How long an access token lives when the answer does not say."""
    title: str = ""
    """The provider's name in sentences; empty means its id."""
    manage_url: str = ""
    """Where a person ends the sign-in by hand."""
    allow_http_loopback: bool = False
    """Plain http is allowed to 127.0.0.1 and ::1 (`STACKK_ALLOW_HTTP_LOOPBACK`)."""

    @property
    def vendor(self) -> str:
        return self.title or self.provider

    @property
    def configured(self) -> bool:
        return bool(self.client_id)

    def with_client(self, client_id: str, secret: Secret | None) -> "OAuthTable":
        """Gives the table with an app that was typed in; itself where none was."""
        if not client_id or secret is None:
            return self
        auth: ClientAuth = "basic" if self.client_auth == "none" else self.client_auth
        return replace(self, client_id=client_id, client_secret=secret, client_auth=auth)

    def redirect(self, port: int | None) -> str:
        """Gives the redirect address with the port in it."""
        return self.redirect_uri if port is None else self.redirect_uri.replace("{port}", str(port))

    @property
    def redirect_host(self) -> str:
        """The host the browser is sent to at the end."""
        return urlsplit(self.redirect(1)).hostname or ""

    @property
    def listens(self) -> bool:
        """Whether a listener of ours can take the answer: plain http to this machine."""
        return self.redirect_uri.startswith("http://") and self.redirect_host in _LOOPBACK_HOSTS

    @property
    def candidate_ports(self) -> tuple[int, ...]:
        """The ports to try in order; empty means any free one."""
        if "{port}" in self.redirect_uri:
            return self.ports
        return (urlsplit(self.redirect_uri).port or 80,)


def table_from(settings: Settings, defaults: OAuthTable) -> OAuthTable:
    """Gives the table to sign in with. Raises InvalidInput for a setting that cannot be used.

    An empty `client_id` means that nobody has configured this provider's OAuth yet.
    """
    given = {**_from_file(settings, defaults.provider), **_from_environment(settings, defaults.provider)}
    table = replace(defaults, **given, allow_http_loopback=settings.allow_http_loopback)
    if table.client_secret is not None and table.client_auth == "none":
        table = replace(table, client_auth="basic")  # RFC 6749 §2.3.1: every server supports it
    if table.configured:
        _check(table)
    return table


def _from_environment(settings: Settings, provider: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in (*ENDPOINTS, "issuer", "scope", "client_auth", "client_id", "client_secret", "redirect_uri"):
        name = variable(provider, "OAUTH_REDIRECT_URI" if key == "redirect_uri" else key.upper())
        if value := settings.env.get(name, "").strip():
            found[key] = setting_value(key, value, name)
    return found


def _from_file(settings: Settings, provider: str) -> dict[str, Any]:
    section = settings.section("oauth").get(provider, {})
    if not isinstance(section, Mapping):
        raise wrong_setting(f"[oauth.{provider}] in config.toml", "is not a table")
    if "client_secret" in section:
        _must_be_private(settings)
    return {
        key: setting_value(key, value, f"{key} of [oauth.{provider}] in config.toml")
        for key, value in section.items()
    }


def _check(table: OAuthTable) -> None:
    for key in ENDPOINTS:
        url: str | None = getattr(table, key)
        if url:
            _check_address(url, table, variable(table.provider, key.upper()))
        elif key in ("authorize_url", "token_url"):
            raise wrong_setting(variable(table.provider, key.upper()), "is not set")
    _check_redirect(table)
    if table.client_auth != "none" and table.client_secret is None:
        raise InvalidInput(
            f"Signing in to {table.vendor} needs the secret of your OAuth app as well as its client id.",
            "Nothing was sent.",
            f"Set {variable(table.provider, 'CLIENT_SECRET')}.",
        )


def _check_address(url: str, table: OAuthTable, name: str) -> None:
    if "#" in url:
        raise wrong_setting(name, "has a fragment (#) in it")
    try:
        checked_base(url.partition("?")[0], allow_http_loopback=table.allow_http_loopback)
    except InvalidInput as error:
        raise InvalidInput(f"{name}: {error.what}", error.means, error.next_step) from None


def _check_redirect(table: OAuthTable) -> None:
    name = variable(table.provider, "OAUTH_REDIRECT_URI")
    try:
        parts = urlsplit(table.redirect(1))
        _ = parts.port
    except ValueError:
        raise wrong_setting(name, "is not an address") from None
    if not parts.hostname or parts.username is not None or parts.fragment or "#" in table.redirect_uri:
        raise wrong_setting(name, "must be a plain address, without a user or a fragment")
    if parts.scheme == "http" and not table.listens:
        raise wrong_setting(name, "must be https, or http to 127.0.0.1, [::1] or localhost")
    if parts.scheme not in ("http", "https"):
        raise wrong_setting(name, "must begin with http:// or https://")
    if "{port}" in table.redirect_uri and not (table.listens and "{port}" in _authority(table)):
        raise wrong_setting(name, "can have {port} only as the port of this machine")


def _authority(table: OAuthTable) -> str:
    """Gives host and port as written, `127.0.0.1:{port}`."""
    return table.redirect_uri.partition("://")[2].partition("/")[0].partition("?")[0]


def _must_be_private(settings: Settings) -> None:
    """A client secret is a secret: a config file that holds one is its owner's alone."""
    path = settings.paths.config_file
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if mode & 0o077 and hasattr(os, "geteuid"):  # Windows keeps a person's folders to that person
        raise InvalidInput(
            f"{path} holds a client secret and can be read by other users of this machine.",
            "It was not used.",
            f"Run: chmod 600 {path}",
        )

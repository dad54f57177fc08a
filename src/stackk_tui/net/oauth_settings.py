"""Reading one OAuth setting, from the environment or from config.toml: the right type, or words why not."""

import re
from collections.abc import Mapping
from typing import Literal, get_args

from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.secret import Secret
from stackk_tui.model.text import clean

ClientAuth = Literal["none", "basic", "body"]
Encoding = Literal["form", "json"]
RevokeStyle = Literal["rfc7009", "json-refresh-token", "none"]

ENDPOINTS = ("authorize_url", "token_url", "revoke_url", "device_url")

_VISIBLE = re.compile(r"[\x21-\x7e]{1,2048}")
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,2048}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "client_auth": get_args(ClientAuth),
    "exchange_encoding": get_args(Encoding),
    "refresh_encoding": get_args(Encoding),
    "revoke_style": get_args(RevokeStyle),
}
_MAPPINGS = ("authorize_extra", "exchange_extra", "refresh_extra", "refresh_headers")
_WORDS = (*ENDPOINTS, "issuer", "scope", "redirect_uri", "client_id", "title", "manage_url")


def variable(provider: str, what: str) -> str:
    """Gives the environment variable's name: `CLIENT_ID` is the vendor's own, `TOKEN_URL` is ours."""
    prefix = provider.upper().replace("-", "_")
    own = ("CLIENT_ID", "CLIENT_SECRET", "OAUTH_REDIRECT_URI")
    return f"{prefix}_{what}" if what in own else f"STACKK_{prefix}_{what}"


def setting_value(key: str, value: object, name: str) -> object:
    """Gives the value of a field of `OAuthTable`; `name` says where it was set. Raises InvalidInput."""
    if key == "client_secret":
        if not isinstance(value, str) or not _PRINTABLE.fullmatch(value):
            raise wrong_setting(name, "is not a client secret")
        return Secret(value)
    if key in _CHOICES:
        if value not in _CHOICES[key]:
            raise wrong_setting(name, f"can be {', '.join(_CHOICES[key])}")
        return value
    if key in _WORDS:
        shape = _PRINTABLE if key in ("scope", "title") else _VISIBLE
        if not isinstance(value, str) or not shape.fullmatch(value):
            raise wrong_setting(name, "has spaces, accents or control characters in it, or is no text")
        return value
    if key in _MAPPINGS:
        return _mapping(value, name, headers=key == "refresh_headers")
    return _other(key, value, name)


def _other(key: str, value: object, name: str) -> object:
    if key == "ports":
        if not isinstance(value, list) or not all(type(p) is int and 1 <= p <= 65535 for p in value):
            raise wrong_setting(name, "is a list of port numbers, like [53682, 53683]")
        return tuple(value)
    if key == "exchange_sends_state":
        if not isinstance(value, bool):
            raise wrong_setting(name, "is true or false")
        return value
    if key == "default_lifetime_s":
        if type(value) is not int or not 1 <= value <= 315_360_000:
            raise wrong_setting(name, "is a number of seconds")
        return value
    raise wrong_setting(name, "is not a setting")


def _mapping(value: object, name: str, *, headers: bool) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise wrong_setting(name, "is a table of texts")
    for key, text in value.items():
        if not isinstance(text, str) or not _PRINTABLE.fullmatch(text):
            raise wrong_setting(name, f"has a value for {clean(str(key), 40)} that is no plain text")
        if headers and not _HEADER_NAME.fullmatch(key):
            raise wrong_setting(name, f"has {clean(str(key), 40)!r}, which is no header")
    return dict(value)


def wrong_setting(name: str, problem: str) -> InvalidInput:
    """Gives the error for a setting; `problem` ends a sentence that begins with its name."""
    return InvalidInput(
        f"The setting {clean(name, 120)} {problem}.", "Nothing was sent.", "Correct or remove it."
    )

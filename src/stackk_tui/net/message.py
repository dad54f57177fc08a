"""What is asked of a server, and what it answers. Secrets are revealed only where the headers are sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.secret import Secret
from stackk_tui.net.retry import http_date

Method = Literal["GET", "POST", "DELETE"]
Params = Sequence[tuple[str, str]]
Headers = Mapping[str, str | Secret]
_SENDABLE = re.compile(r"(Bearer )?[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer. Header names are lower case, values cleaned."""

    value: object
    """The JSON; None for an answer without a body."""
    headers: Mapping[str, str]
    request_id: str | None

    @property
    def body(self) -> Mapping[str, object]:
        """The JSON object; `get` gives nothing else. Empty for any other value."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def server_time(self) -> datetime | None:
        """The server's clock, from its `date` header."""
        return http_date(self.headers.get("date"))


@dataclass(frozen=True, slots=True)
class Request:
    method: Method
    url: str
    params: Params
    headers: Headers
    json: Mapping[str, object] | None = None


def check_sendable(value: str | Secret) -> None:
    if isinstance(value, Secret) and not _SENDABLE.fullmatch(value.reveal()):
        raise InvalidInput(
            "This key has characters in it that no key has (spaces, line breaks or accents).",
            "Nothing was sent.",
            "Copy the key again, alone and whole.",
        )


def revealed(headers: Headers) -> dict[str, str]:
    return {name: v.reveal() if isinstance(v, Secret) else v for name, v in headers.items()}

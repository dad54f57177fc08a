"""What the browser brings back from the authorization page, heard or pasted, and whether it is ours."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.secret import Secret
from stackk_tui.model.text import clean
from stackk_tui.net.redact import remember

LONGEST: Final = 16 * 1024
_CODE = re.compile(r"[\x20-\x7e]{1,4096}")
_PASTE_AGAIN = "Copy the whole address of the page the browser ended on, and paste it here."


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """Either a code or the `error` of the page, checked against the state of this sign-in."""

    code: Secret | None
    error: str = ""


def read_query(query: str) -> dict[str, str]:
    """Gives the parameters. Raises ValueError when one is there twice, or none can be read."""
    pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=32)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a parameter is there twice")
    return found


def checked_answer(
    params: Mapping[str, str], *, state: Secret, issuer: str | None, whole: bool = True
) -> PageAnswer:
    """Gives the answer if it belongs to the sign-in of this `state`. InvalidInput ends nothing.

    `issuer`: when set, `iss` must be there and equal. `whole` is False for `code#state`, which has no `iss`.
    """
    code, error = params.get("code"), params.get("error")
    if (code is None) == (error is None):
        raise InvalidInput("This is not the answer of a sign-in page.", "Nothing was sent.", _PASTE_AGAIN)
    if not hmac.compare_digest(_bytes(params.get("state", "")), _bytes(state.reveal())):
        raise InvalidInput(
            "This answer belongs to another sign-in, or an older one.",
            "It was not used; this sign-in goes on.",
            "Open the address shown here, and paste what the browser ends on.",
        )
    if issuer is not None and whole and params.get("iss") != issuer:
        raise InvalidInput(
            "This answer comes from another server than the one that was asked.",
            "It was not used; this sign-in goes on.",
            "Open the address shown here again. If it stays, do not go on.",
        )
    if code is None:
        return PageAnswer(None, clean(error or "error", 64))
    if not _CODE.fullmatch(code):
        raise InvalidInput("The code in this answer is none.", "Nothing was sent.", _PASTE_AGAIN)
    secret = Secret(code)
    remember(secret)
    return PageAnswer(secret)


def pasted(text: str, *, state: Secret, issuer: str | None) -> PageAnswer:
    """Reads a whole redirected address, `code#state` or `code=..&state=..`. Raises InvalidInput.

    A bare code is refused: without the state nobody knows whose sign-in it finishes.
    """
    text = "".join(text[: 2 * LONGEST].split()).strip("\"'<>")  # terminals wrap long addresses
    if not text or len(text) > LONGEST:
        raise InvalidInput("Nothing was pasted, or far too much.", "Nothing was sent.", _PASTE_AGAIN)
    try:
        params, whole = _params(text)
    except ValueError:
        params, whole = {}, True
    if "code_challenge" in params:
        raise InvalidInput(
            "This is the address to open, not the one the browser ends on.",
            "Nothing was sent.",
            "Open it in a browser, sign in, then paste the address of the last page.",
        )
    if "state" not in params:
        raise InvalidInput(
            "This is not enough: the state of the sign-in is missing.",
            "A code alone is not taken, as it could be someone else's.",
            _PASTE_AGAIN,
        )
    return checked_answer(params, state=state, issuer=issuer, whole=whole)


def _params(text: str) -> tuple[dict[str, str], bool]:
    if "://" in text:
        return read_query(text.partition("?")[2].partition("#")[0]), True
    if re.match(r"\??(code|error|state|iss|scope)=", text):
        return read_query(text.removeprefix("?")), True
    code, hash_sign, state = text.partition("#")
    return ({"code": code, "state": state} if hash_sign and code and state else {}), False


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

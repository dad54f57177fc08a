"""What tells one API call from another (`claude-code-logs.md` §3, rules 1 to 3), as text.

`<message id>\\n<request id>` when there are both; otherwise a text that begins with a line feed.
"""

from __future__ import annotations

import os

PLACE = "\np"
"""The beginning of the key of a line without any id: its place."""
_LONG = 200


def key_of(  # noqa: PLR0917
    message_id: str | None,
    request_id: str | None,
    uuid: str | None,
    prompt: tuple[int, int, int],
    path: str,
    offset: int,
    *,
    digests: bool = False,
) -> str:
    """`prompt` is input, cache writes and cache reads: they tell a gateway's calls with one id apart.

    `digests` gives the keys of an index that began in version 1 (`migration.py`)."""
    if digests:
        return _as_digest(message_id, request_id, uuid, prompt, path, offset)
    if message_id and request_id:
        return f"{_plain(message_id)}\n{_plain(request_id)}"
    if message_id:
        return f"\nm{_plain(message_id)} {prompt[0]} {prompt[1]} {prompt[2]}"
    if uuid:
        return f"\nu{_plain(uuid)}"
    return f"{PLACE}{_digest(os.fsencode(path))} {offset}"


def _as_digest(  # noqa: PLR0917
    message_id: str | None,
    request_id: str | None,
    uuid: str | None,
    prompt: tuple[int, int, int],
    path: str,
    offset: int,
) -> str:
    if message_id and request_id:
        return f"{_joined(message_id)}\n{_joined('request', message_id, request_id)}"
    if message_id:
        return "\nh" + _joined("message", message_id, f"{prompt[0]} {prompt[1]} {prompt[2]}")
    return "\nh" + _joined("uuid", uuid, "") if uuid else PLACE + _joined(path, str(offset))


def _joined(*parts: str) -> str:
    return _digest("\0".join(parts).encode("utf-8", "surrogatepass"))


def message_of(key: str) -> str:
    """Gives what stands for the message id, if the key also has a request id; else nothing."""
    return key.partition("\n")[0]


def _plain(name: str) -> str:
    """Ids are short words; anything else is kept by its digest, which no word looks like."""
    if len(name) <= _LONG and name.isascii() and name.isprintable():
        return name
    return "\x01" + _digest(name.encode("utf-8", "surrogatepass"))


def _digest(content: bytes) -> str:
    from hashlib import blake2b

    return blake2b(content, digest_size=15).hexdigest()

"""Canonical text for the vault: one value has exactly one spelling, so no byte can be changed unseen."""

import base64
import binascii
import json


def canonical(value: object) -> bytes:
    """Gives the one JSON spelling of `value`: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def parse(text: bytes) -> object:
    """Gives the value of a JSON text, or None if it is none. Never raises, and keeps no copy in an error."""
    try:
        return json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):  # ValueError: JSON, UTF-8 and numbers of a million digits
        return None


def encode64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def decode64(text: object) -> bytes | None:
    """Gives the bytes of a base64 text, or None unless it is exactly what `encode64` would write."""
    if not isinstance(text, str):
        return None
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if encode64(content) == text else None

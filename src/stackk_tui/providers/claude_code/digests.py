"""Short digests of bytes. hashlib's, without OpenSSL, whose import takes longer than a warm start may."""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b


def digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()

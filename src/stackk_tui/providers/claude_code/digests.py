"""Short digests of bytes. hashlib's, without OpenSSL, whose import takes longer than a warm start may."""

from __future__ import annotations

import os

try:
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b


DIGEST_SIZE = 16


def head_of(path: str, length: int) -> bytes:
    """Gives the digest of the first `length` bytes of a file. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        return digest(os.pread(handle, length, 0))
    finally:
        os.close(handle)


def digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=DIGEST_SIZE).digest()

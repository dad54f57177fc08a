"""A stream of bytes → its lines, without keeping more than one of them."""

import asyncio
from collections.abc import AsyncIterator, Callable

LONGEST = 1 << 20
AT_A_TIME = 1 << 14
"""Bytes that are taken before anything else has its turn."""


class TooLarge(Exception):
    """An answer, or a line of it, is larger than any real one."""


async def each_line(
    pieces: AsyncIterator[bytes], take: Callable[[bytes], None], *, most: int, longest: int = LONGEST
) -> None:
    """Gives `take` each line without its end; blank ones are left out, and the last one needs no end.

    Raises TooLarge for a line over `longest` bytes, or more than `most` bytes in all.
    """
    rest, size = b"", 0
    async for piece in pieces:
        size += len(piece)
        if size > most:
            raise TooLarge
        for start in range(0, len(piece), AT_A_TIME):
            *whole, rest = (rest + piece[start : start + AT_A_TIME]).split(b"\n")
            for line in map(bytes.strip, whole):
                if line:
                    take(line)
            if len(rest) > longest:
                raise TooLarge
            await asyncio.sleep(0)  # a packed piece can be megabytes: a key press must not wait for it
    if rest := rest.strip():
        take(rest)

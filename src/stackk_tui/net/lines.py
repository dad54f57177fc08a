"""A stream of bytes → its lines, without keeping more than one of them."""

from collections.abc import AsyncIterator, Callable

LONGEST = 1 << 20


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
        *whole, rest = (rest + piece).split(b"\n")
        for line in map(bytes.strip, whole):
            if line:
                take(line)
        if len(rest) > longest:
            raise TooLarge
    if rest := rest.strip():
        take(rest)

"""Where the usage marker stands in a buffer, as fast as this machine can say (`claude-code-logs.md` §2).

`bytearray.find` looks at nearly every byte on its own; the C library's `strstr` looks at 16 or more at once
and takes a tenth of the time. It stops at a NUL byte, so a buffer with one is searched the plain way.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MARKER = b'"usage":'


class Haystack:
    """A buffer of `size` bytes to read into, by way of `view`."""

    __slots__ = ("_base", "_behind", "_clean", "_end", "_strstr", "data", "size", "view")

    def __init__(self, size: int) -> None:
        self.size = size
        self.data = bytearray(size + 1)  # one more, for the 0 that ends the search
        self.view = memoryview(self.data)[:size]
        self._strstr: Callable[[int, bytes], int | None] | None
        self._base, self._strstr = _c_search(self.data)
        self._end = self._behind = 0
        self._clean = False

    def filled(self, start: int, end: int) -> None:
        """Call it when bytes were put in; `find` then looks at them, until `emptied`."""
        self._end, self._behind = end, self.data[end]
        self._clean = self._strstr is not None and self.data.find(0, start, end) < 0
        if self._clean:
            self.data[end] = 0

    def emptied(self) -> None:
        """Puts back the byte behind the end, which is 0 while there is something to find."""
        self.data[self._end] = self._behind

    def find(self, start: int) -> int:
        """Gives the place of the next marker, or -1."""
        if not self._clean or self._strstr is None:
            return self.data.find(MARKER, start, self._end)
        place = self._strstr(self._base + start, MARKER)
        return -1 if place is None else place - self._base


def _c_search(data: bytearray) -> tuple[int, Callable[[int, bytes], int | None] | None]:
    try:
        import ctypes

        strstr = ctypes.CDLL(None).strstr
        strstr.restype = ctypes.c_void_p
        strstr.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        return ctypes.addressof(ctypes.c_char.from_buffer(data)), strstr
    except (ImportError, AttributeError, OSError, TypeError):  # no ctypes, or another C library
        return 0, None

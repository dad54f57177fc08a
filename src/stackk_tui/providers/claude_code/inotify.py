"""What Linux tells about folders by itself (inotify), so that five thousand files need not be asked in turn.

Only of what this machine does: folders of other machines are to be asked. Elsewhere, or where the system has
no watches left, there is nobody to listen to, and everything is asked.
"""

from __future__ import annotations

import os
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MODIFY, _ATTRIB, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE, _DELETE_SELF, _MOVE_SELF = (
    0x2, 0x4, 0x40, 0x80, 0x100, 0x200, 0x400, 0x800,
)  # fmt: skip
_OF_A_FILE = _MODIFY | _ATTRIB | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE
_ALL = _OF_A_FILE | _DELETE_SELF | _MOVE_SELF
_IS_FOLDER = 0x40000000
_HEAD = struct.Struct("iIII")
_BUFFER = 65_536


class Listener:
    """Hears what happens in folders. Use it in one thread at a time."""

    def __init__(self, handle: int, add: Callable[[int, bytes, int], int]) -> None:
        self._handle, self._add = handle, add
        self._folders: dict[int, str] = {}

    def listen_to(self, folder: str) -> bool:
        """Listens from now on; says whether that is possible."""
        number = self._add(self._handle, os.fsencode(folder), _ALL)
        if number < 0:
            return False
        self._folders[number] = folder
        return True

    def heard(self) -> set[str] | None:
        """Gives the files to look at since the last time; None if whole folders have to be."""
        found: set[str] = set()
        whole = False
        while True:
            try:
                told = os.read(self._handle, _BUFFER)
            except BlockingIOError:
                return None if whole else found
            place = 0
            while place < len(told):
                number, what, _, length = _HEAD.unpack_from(told, place)
                name = told[place + _HEAD.size : place + _HEAD.size + length].rstrip(b"\0")
                place += _HEAD.size + length
                folder = self._folders.get(number)
                if folder is None or what & _IS_FOLDER or not (what & _OF_A_FILE and name):
                    whole = True  # a folder came or went, or more happened than could be told
                else:
                    found.add(f"{folder}/{os.fsdecode(name)}")

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1

    def __del__(self) -> None:
        self.close()


def listener() -> Listener | None:
    """Gives one if there can be any."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        import ctypes

        library = ctypes.CDLL(None, use_errno=True)
        begin, add = library.inotify_init1, library.inotify_add_watch
        add.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32]
        handle: int = begin(os.O_NONBLOCK | os.O_CLOEXEC)
    except (ImportError, OSError, AttributeError):  # no ctypes, or another C library
        return None
    return Listener(handle, add) if handle >= 0 else None

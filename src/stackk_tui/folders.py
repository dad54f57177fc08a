"""Folders that are their owner's alone, without importing what takes longer than a warm start may."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeVar

    P = TypeVar("P", str, Path)


def private_folder(path: P) -> P:
    """Creates a folder only its owner can enter, and those above it that are missing; gives it back."""
    missing = []
    place = os.fspath(path)
    while place and not os.path.isdir(place):  # noqa: PTH112
        missing.append(place)
        above = os.path.dirname(place)  # noqa: PTH120
        if above == place:
            break
        place = above
    for each in reversed(missing):
        try:
            os.mkdir(each, mode=0o700)  # noqa: PTH102  # os.makedirs leaves the mode of those above to the umask
        except FileExistsError:  # another process was faster, or it is no folder
            if not os.path.isdir(each):  # noqa: PTH112
                raise
    return path

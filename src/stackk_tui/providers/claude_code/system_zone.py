"""Where the system says which time zone it is in, without what it takes to understand that."""

from __future__ import annotations

import os

LINK = "/etc/localtime"
NAME_FILE = "/etc/timezone"


def named_by_the_system() -> tuple[object, ...]:
    """Gives what changes when the system is told of another zone."""
    found: list[object] = [os.path.realpath(LINK)]
    for place in (LINK, NAME_FILE):
        try:
            stat = os.stat(place)  # noqa: PTH116
            found.append((stat.st_ino, stat.st_mtime_ns))
        except OSError:
            found.append(None)
    return tuple(found)

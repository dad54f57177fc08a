"""Starting another process, at most one at a time, that looks around for the next line (`look`)."""

import os
import sys
from datetime import datetime, timedelta

INTERVAL = timedelta(seconds=60)
IDLE_INTERVAL = timedelta(minutes=5)
"""For a line that is drawn whether anything happens or not."""
WORDS = ("statusline", "--refresh")


def refresh_if_due(lock: str, folder: str, last: datetime | None, now: datetime, *, idle: bool) -> bool:
    """Starts it when `last` is long ago and there are transcripts; gives whether it did. Never raises.

    The lock is on an open file that the process inherits, so it is free again when the process has ended,
    however it ended; its time says when one was last started, so that one that fails is not started for ever.
    """
    interval = IDLE_INTERVAL if idle else INTERVAL
    if last is not None and timedelta(0) <= now - last < interval:
        return False
    if os.name != "posix" or not os.path.isdir(os.path.join(folder, "projects")):
        return False
    import fcntl

    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:  # no folder to keep anything in
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.fstat(handle)
        since = now.timestamp() - found.st_mtime
        if found.st_size and abs(since) < interval.total_seconds():
            return False
        os.pwrite(handle, b"1", 0)
        _start(handle)
    except OSError:  # another holds it, or no process can be started
        return False
    else:
        return True
    finally:
        os.close(handle)


def _start(lock: int) -> None:
    if os.fork():
        return
    try:  # from here on this is the new process, and nothing of the old one may run in it
        os.setsid()
        os.nice(10)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os.set_inheritable(lock, True)
        # -P: not from the folder it is in, which is somebody's project
        os.execv(sys.executable, [sys.executable, "-P", "-m", "stackk_tui", *WORDS])  # noqa: S606
    finally:
        os._exit(127)

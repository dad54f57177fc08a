"""A lock between processes, held on a file that is never deleted.

`fcntl.flock` on POSIX, `msvcrt.locking` on Windows. Either is given back by the system when its holder is
killed, so there is no stale lock to clean up.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from stackk_tui.model.errors import StorageError

LOCK_LIMIT = 10.0
"""Seconds to wait for another process."""
_POLL = 0.02


@contextmanager
def file_lock(path: Path, limit: float = LOCK_LIMIT) -> Iterator[None]:
    """Holds `path` locked for the block. Blocking: not for the event loop.

    Raises StorageError when another process holds it for longer than `limit` seconds, or when the file
    cannot be made.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        handle = os.open(path, flags, 0o600)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be opened: {error.strerror}.",
            "Nothing was changed.",
            "Check the permissions of the folder and the space on the disk.",
        ) from error
    try:
        _wait_for(handle, path, limit)
        try:
            yield
        finally:
            _release(handle)
    finally:
        os.close(handle)


@asynccontextmanager
async def lock_if_free(path: Path, limit: float) -> AsyncIterator[bool]:
    """Holds `path` locked for the block and gives True; False when it cannot be had within `limit` seconds.

    For the event loop. A holder that is killed gives it back at once.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        handle = os.open(path, flags, 0o600)
    except OSError:  # a disk that is read-only or full
        yield False
        return
    try:
        held = await _polled(handle, limit)
        try:
            yield held
        finally:
            if held:
                _release(handle)
    finally:
        os.close(handle)


async def _polled(handle: int, limit: float) -> bool:
    loop = asyncio.get_running_loop()
    until = loop.time() + limit
    while True:
        try:
            _try_lock(handle)
        except (BlockingIOError, PermissionError):
            if loop.time() >= until:
                return False
            await asyncio.sleep(_POLL)
        except OSError:  # a file system without locks
            return False
        else:
            return True


def _wait_for(handle: int, path: Path, limit: float) -> None:
    until = time.monotonic() + limit
    while True:
        try:
            _try_lock(handle)
        except (BlockingIOError, PermissionError):
            if time.monotonic() >= until:
                raise StorageError(
                    f"Another stackk-tui is using {path.with_suffix('').name}.",
                    "Nothing was changed.",
                    "Wait for it to finish or close it, then try again.",
                ) from None
            time.sleep(_POLL)
        except OSError as error:
            raise StorageError(
                f"{path} cannot be locked: {error.strerror}.",
                "Nothing was changed.",
                "Keep the data folder on a local disk: set STACKK_HOME.",
            ) from error
        else:
            return


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _release(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)

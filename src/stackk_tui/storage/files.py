"""Files only their owner can read: checked when read, replaced as a whole when written."""

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path

from stackk_tui.folders import private_folder
from stackk_tui.model.errors import StorageError

TEMPORARY = ".vault-"
"""How the name of a half-written file begins."""

_CHANGED_NOTHING = "Nothing was changed."


def our_folder(folder: Path) -> Path:
    """Gives `folder`, made with mode 0700 if it was not there.

    Raises StorageError when it is a symbolic link, someone else's, or open to others.
    """
    try:
        private_folder(folder)
        found = folder.lstat()
    except OSError as error:
        raise unusable(folder, error) from error
    if not stat.S_ISDIR(found.st_mode):
        raise StorageError(
            f"{folder} is not a folder of its own but a link or a file.",
            _CHANGED_NOTHING,
            "Name a real folder: set STACKK_HOME.",
        )
    _must_be_ours(folder, found, shut=0o077, mode="700")
    return folder


def read_private(path: Path, limit: int, *, owners: frozenset[int] = frozenset(), shut: int = 0) -> bytes:
    """Gives the bytes of a regular file of ours, at most `limit`.

    `owners` are further user ids that may own it; `shut` are mode bits that must not be set. Raises
    FileNotFoundError when it is not there, StorageError when it is not such a file or cannot be read.
    """
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY"):  # O_NONBLOCK: a pipe must not hold us
        flags |= getattr(os, name, 0)
    try:
        handle = os.open(path, flags)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unusable(path, error) from error
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise StorageError(
                f"{path} is not a regular file.", _CHANGED_NOTHING, "Put the right file there."
            )
        _must_be_ours(path, found, shut=shut, mode="600", owners=owners)
        try:
            content = file.read(limit + 1)
        except OSError as error:
            raise unusable(path, error) from error
    if len(content) > limit:
        raise StorageError(
            f"{path} is far too large to be ours.", _CHANGED_NOTHING, "Put the right file there."
        )
    return content


def replace_file(path: Path, content: bytes) -> None:
    """Puts `content` at `path` as a whole, mode 0600, on the disk before it returns.

    The caller holds the file's lock, so temporary files lying about are a dead writer's and are removed.
    Raises StorageError; the old content is then still there.
    """
    folder = path.parent
    try:
        for stale in folder.glob(f"{TEMPORARY}*"):
            stale.unlink(missing_ok=True)
        handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:  # whatever it was, the half-written file goes
            with contextlib.suppress(OSError):
                Path(name).unlink(missing_ok=True)
            raise
        sync_folder(folder)
    except OSError as error:
        raise unusable(path, error) from error


def make_private(path: Path, content: bytes) -> None:
    """Makes a file with mode 0600, whole or not at all, unless there is one already. Raises StorageError."""
    try:
        folder = private_folder(path.parent)
        handle, name = tempfile.mkstemp(prefix=".stackk-", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(name, path)  # unlike a rename it never takes the place of another
        finally:
            Path(name).unlink(missing_ok=True)
        sync_folder(folder)
    except OSError as error:
        raise unusable(path, error) from error


def sync_folder(folder: Path) -> None:
    """Writes the folder's own entries to the disk, where the system has such a thing."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unusable(path: Path, error: OSError) -> StorageError:
    """Gives the error for a file or folder that the system refuses."""
    if error.errno == errno.ELOOP:
        return StorageError(
            f"{path} is a symbolic link.", _CHANGED_NOTHING, "Put the file itself there, not a link to it."
        )
    return StorageError(
        f"{path} cannot be used: {error.strerror or type(error).__name__}.",
        _CHANGED_NOTHING,
        "Check the permissions of the folder and the space on the disk.",
    )


def _must_be_ours(
    path: Path, found: os.stat_result, *, shut: int, mode: str, owners: frozenset[int] = frozenset()
) -> None:
    if not hasattr(os, "geteuid"):  # Windows keeps a person's folders to that person
        return
    if found.st_uid != os.geteuid() and found.st_uid not in owners:
        raise StorageError(
            f"{path} belongs to another user of this machine.",
            _CHANGED_NOTHING,
            "Name a place of your own: set STACKK_HOME, or STACKK_VAULT_KEY_FILE for a key file.",
        )
    if found.st_mode & shut:
        raise StorageError(
            f"{path} is open to other users of this machine.",
            "It was not used.",
            f"Run: chmod {mode} {_quoted(path)}",
        )


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))

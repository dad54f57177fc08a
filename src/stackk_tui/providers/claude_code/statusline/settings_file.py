"""Claude Code's settings.json: read once, replaced whole, and only if nobody has changed it meanwhile."""

import codecs
import contextlib
import os
import shutil
import stat
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from stackk_tui.folders import private_folder
from stackk_tui.model.errors import StorageError
from stackk_tui.storage.files import sync_folder

NOTHING_CHANGED = "Nothing was changed."
_MOST = 8 * 1024 * 1024


class SettingsFile:
    """`path` is where Claude Code looks; `target` is the file itself when that is a link, as dotfiles are.
    `text` is what it holds, None without a file; a byte order mark before it stays. Raises StorageError."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "settings.json"
        try:
            self.target = self.path.resolve()
            self._content = self._read()
        except (OSError, RuntimeError) as error:
            raise self._refused(error) from error
        if self._content is None and self.path.is_symlink():
            raise StorageError(
                f"{self.path} is a link to {self.target}, that is not there.",
                NOTHING_CHANGED,
                "Make that file, or remove the link.",
            )
        try:
            self._mark = codecs.BOM_UTF8 if (self._content or b"").startswith(codecs.BOM_UTF8) else b""
            self.text = None if self._content is None else self._content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise StorageError(
                f"{self.path} is not written in UTF-8.", NOTHING_CHANGED, "Correct it, then try again."
            ) from error

    def replace(self, text: str) -> Path | None:
        """Puts `text` there as a whole, with the mode and owner it had; gives the backup that was made.

        Raises StorageError, and the file is as it was: another has changed it, or it cannot be written.
        """
        try:
            if self._content is None:
                private_folder(self.target.parent)
            backup = self._back_up() if self._content is not None else None
            self._exchange(self._mark + text.encode("utf-8"))
            sync_folder(self.target.parent)
        except OSError as error:
            raise self._refused(error) from error
        return backup

    def _read(self) -> bytes | None:
        try:
            handle = os.open(self.target, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST:
                raise StorageError(
                    f"{self.target} is not a settings file.", NOTHING_CHANGED, "Look what is there."
                )
            if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
                raise StorageError(
                    f"{self.target} belongs to another user.", NOTHING_CHANGED, "Run this as that user."
                )
            return file.read()

    def _back_up(self) -> Path:
        """Makes a copy that only its owner can read, under a name that was free."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        for number in range(1000):
            backup = self.target.with_name(f"{self.target.name}.{stamp}{f'-{number}' * bool(number)}.bak")
            with contextlib.suppress(FileExistsError):
                handle = os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                with os.fdopen(handle, "wb") as file:
                    file.write(self._content or b"")
                    file.flush()
                    os.fsync(handle)
                return backup
        raise FileExistsError

    def _exchange(self, content: bytes) -> None:
        handle, name = tempfile.mkstemp(prefix=".settings-", dir=self.target.parent)
        fresh = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                self._take_after(fresh)
                os.fsync(handle)
            if self._read() != self._content:
                raise StorageError(
                    f"{self.path} was changed by another program just now.",
                    "Its change stands; ours was not made.",
                    "Run this again.",
                )
            if self._content is None:
                os.link(fresh, self.target)  # unlike a rename it never takes the place of another
            else:
                fresh.replace(self.target)
        finally:
            fresh.unlink(missing_ok=True)

    def _take_after(self, fresh: Path) -> None:
        """Gives the new file the mode, the group and the attributes of the old one."""
        if self._content is None:
            return
        found = self.target.stat()
        with contextlib.suppress(OSError):  # a group that is not ours to give: then mode 0600 stays narrow
            os.chown(fresh, -1, found.st_gid)
        shutil.copystat(self.target, fresh)
        os.utime(fresh)

    def _refused(self, error: OSError | RuntimeError) -> StorageError:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is a link in a circle"
        return StorageError(
            f"{self.path} cannot be used: {reason}.",
            NOTHING_CHANGED,
            "If another program makes this file for you, put the status line there.",
        )

"""A process that writes to a vault. Run by `test_vault_processes.py`.

    python -m tests.storage._vault_writer VAULT KEYFILE NAME COUNT [die-at]

Prints the number of each entry once it is on the disk. `die-at` kills it hard at that system call of the
second write: `write`, `fsync`, `replace` or `folder`; `disk-full` lets the disk be full then.
"""

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

from stackk_tui.model.errors import StorageError
from stackk_tui.model.secret import Secret
from stackk_tui.storage import files
from stackk_tui.storage.vault import Vault
from stackk_tui.storage.vault_keys import KeyFile


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
    if point == "write":
        real = os.fdopen

        class HalfWritten:
            def __init__(self, handle: int) -> None:
                self._file = real(handle, "wb")

            def __enter__(self) -> "HalfWritten":
                return self

            def __exit__(self, *_: object) -> None: ...

            def write(self, content: bytes) -> None:
                self._file.write(content[: len(content) // 2])
                self._file.flush()
                die()

        os.fdopen = lambda handle, how: HalfWritten(handle) if how == "wb" else real(handle, how)  # type: ignore[assignment]
    elif point == "fsync":
        os.fsync = die
    elif point == "replace":
        Path.replace = die  # type: ignore[method-assign]
    elif point == "folder":
        files.sync_folder = die
    elif point == "disk-full":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main(path: str, key: str, name: str, count: str, point: str = "") -> None:
    vault, opener = Vault(Path(path)), KeyFile(Path(key))
    with contextlib.suppress(StorageError):
        vault.create(opener)
    vault.unlock(opener)
    for number in range(int(count)):
        if number == 1 and point:
            arm(point)
        try:
            vault.put("stackk-tui", f"{name}:{number}", Secret(f"secret {name} {number}"))
        except StorageError as error:
            say(error.what)
            raise SystemExit(7) from None
        say(number)


if __name__ == "__main__":
    main(*sys.argv[1:])

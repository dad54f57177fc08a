"""A folder that nobody may write in, not even root."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65_534


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody may write there meanwhile, not even root, who is somebody else for the time."""
    folder.mkdir(parents=True, exist_ok=True)
    root = os.geteuid() == 0
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    for each in (
        folder.parents if root else ()
    ):  # not taken back: other tests may need the same at this moment
        if each.stat().st_uid == 0 and each.stat().st_mode & 0o055 != 0o055:
            each.chmod(each.stat().st_mode | 0o055)
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)

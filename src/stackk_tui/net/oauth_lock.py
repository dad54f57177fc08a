"""The lock of one account's tokens, between processes; refreshing and disconnecting both hold it."""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from stackk_tui.model.errors import StorageError
from stackk_tui.storage.files import our_folder
from stackk_tui.storage.locks import lock_if_free

LOCK_SECONDS = 60.0
"""Longer than another process's refresh can take, with its one retry after a lost answer."""


def lock_path(data: Path, provider: str, account_id: str) -> Path:
    """Gives the lock file in the data folder; it is never deleted."""
    name = f"{provider}-{account_id}"
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", name):
        name = hashlib.sha256(f"{provider}\0{account_id}".encode("utf-8", "surrogatepass")).hexdigest()[:24]
    return data / f"oauth-{name}.lock"


@asynccontextmanager
async def account_lock(
    data: Path, provider: str, account_id: str, seconds: float = LOCK_SECONDS
) -> AsyncIterator[None]:
    """Holds the account's lock for the block, also when the tokens are in the system keyring.

    Raises StorageError when it cannot be had: tokens that are renewed twice are taken for stolen.
    """
    our_folder(data)
    async with lock_if_free(lock_path(data, provider, account_id), seconds) as held:
        if not held:
            raise StorageError(
                "Another stackk-tui is renewing this sign-in, or its lock file cannot be used.",
                "Nothing was changed.",
                f"Wait for it to finish; else check that {data} can be written and is on a local disk.",
            )
        yield

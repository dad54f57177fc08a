"""Runs inside a session bus of its own, with a real gnome-keyring. Run by `test_keyring_real.py`.

    python -m tests.storage._keyring_session STEP

Prints one JSON object.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from stackk_tui.config import load_settings
from stackk_tui.model.errors import StackkError
from stackk_tui.model.secret import Secret
from stackk_tui.storage.keyring_system import SecretService
from stackk_tui.storage.tokens import TokenRecord, Tokens

KEY = TokenRecord(Secret("the-real-keyring-secret"))
LONG = TokenRecord(Secret("0123456789" * 20_000))


def unlock_daemon(passphrase: str) -> None:
    daemon = ["gnome-keyring-daemon", "--unlock", "--components=secrets"]
    subprocess.run(daemon, input=passphrase.encode(), stdout=subprocess.DEVNULL, check=True, timeout=20)


def lock_collection() -> None:
    import secretstorage

    with closing(secretstorage.dbus_init()) as bus:
        secretstorage.Collection(bus).lock()


async def attempt(work: Any) -> dict[str, Any]:
    before = time.monotonic()
    answer: dict[str, Any] = {}
    try:
        given = await work
    except StackkError as error:
        answer = {"error": type(error).__name__, "what": error.what}
    else:
        if isinstance(given, TokenRecord):
            given = given.secret.reveal()
        answer = {"given": given}
    return answer | {"seconds": round(time.monotonic() - before, 4)}


async def run(step: str) -> dict[str, Any]:
    settings = load_settings()
    service = SecretService(settings.env)
    tokens = Tokens(settings)
    if step == "open":
        unlock_daemon("pw")
        state = await tokens.info()
        return {
            "probe": service.probe(),
            "state": [state.kind, state.state, state.words],
            "absent": await attempt(tokens.load("v", "acc_1")),
            "first_save": await attempt(tokens.save("v", "acc_1", KEY)),
            "next_save": await attempt(tokens.save("v", "acc_2", LONG)),
            "over": await attempt(tokens.save("v", "acc_1", KEY)),
            "load": await attempt(Tokens(settings).load("v", "acc_1")),
            "load_again": await attempt(tokens.load("v", "acc_1")),
            "other_process": in_another_process("load"),
            "module_backend": module_backend(),
            "delete": await attempt(tokens.delete("v", "acc_1")),
            "delete_again": await attempt(tokens.delete("v", "acc_1")),
            "after": await attempt(Tokens(settings).load("v", "acc_1")),
            "long_kept": await tokens.load("v", "acc_2") == LONG,
        }
    if step == "load":
        return await attempt(tokens.load("v", "acc_1"))
    if step == "ask":
        unlock_daemon("pw")
        lock_collection()
        return {"unlock": await attempt(tokens.unlock_keyring()), "probe": service.probe()}
    if step == "locked":
        unlock_daemon("pw")
        saved = await attempt(tokens.save("v", "acc_1", KEY))
        lock_collection()
        fresh = Tokens(settings)
        return {
            "saved": saved,
            "probe": service.probe(),
            "running_load": await attempt(tokens.load("v", "acc_1")),
            "running_save": await attempt(tokens.save("v", "acc_1", KEY)),
            "running_delete": await attempt(tokens.delete("v", "acc_1")),
            "fresh_load": await attempt(fresh.load("v", "acc_1")),
            "fresh_save": await attempt(fresh.save("v", "acc_1", KEY)),
            "fresh_state": (await fresh.info()).state,
        }
    if step == "unwatched":
        unlock_daemon("pw")
        lock_collection()
        mark = Path(os.environ["XDG_DATA_DIRS"].partition(":")[0]).parent / "PROMPTED"
        return {
            "probe": service.probe(),
            "load": await attempt(tokens.load("v", "acc_1")),
            "save": await attempt(tokens.save("v", "acc_1", KEY)),
            "prompted_before": mark.exists(),
            "unlock": await attempt(asyncio.to_thread(service.unlock, 2.0)),
        }
    if step == "missing":
        return {"probe": service.probe(), "save": await attempt(tokens.save("v", "acc_1", KEY))}
    raise SystemExit(f"no step {step}")


def in_another_process(step: str) -> dict[str, Any]:
    words = [sys.executable, "-m", "tests.storage._keyring_session", step]
    found: dict[str, Any] = json.loads(
        subprocess.run(words, capture_output=True, check=True, timeout=60).stdout
    )
    return found


def module_backend() -> str:
    """What the keyring module itself would have picked: proof that the environment does try to steer it."""
    import keyring

    return type(keyring.get_keyring()).__module__


if __name__ == "__main__":
    outcome = asyncio.run(run(sys.argv[1]))
    sys.stdout.write(json.dumps(outcome))
    sys.stdout.flush()
    os._exit(0)

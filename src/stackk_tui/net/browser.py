"""Opening a page in the person's own browser: only where one can show itself, and telling it no secret."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

_NOT_PASSED_ON = re.compile(
    r"\ASTACKK_|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY|_KEY\Z", re.IGNORECASE
)


def is_remote(env: Mapping[str, str]) -> bool:
    """Whether the person sits at another machine."""
    return bool(env.get("SSH_CONNECTION") or env.get("SSH_TTY") or env.get("SSH_CLIENT"))


def opener(env: Mapping[str, str]) -> str | None:
    """Gives the program that opens a page here; None over SSH, without a display, or where there is none."""
    if is_remote(env):
        return None
    name = "open" if sys.platform == "darwin" else "xdg-open"
    if sys.platform != "darwin" and not (env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")):
        return None
    folders = [p for p in env.get("PATH", "").split(os.pathsep) if p and Path(p).is_absolute()]
    return shutil.which(name, path=os.pathsep.join(folders)) if folders else None


def open_page(address: str, env: Mapping[str, str]) -> bool:
    """Gives whether a browser was asked to; it gets no terminal, no secret setting, and is not waited for."""
    program = opener(env)
    if program is None:
        return False
    try:
        child = subprocess.Popen(
            [program, address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in env.items() if not _NOT_PASSED_ON.search(name)},
            start_new_session=True,
        )
    except OSError:
        return False
    threading.Thread(target=child.wait, daemon=True, name="browser").start()
    return True

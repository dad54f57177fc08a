"""A real gnome-keyring on a session bus of its own, with a home of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.conftest import SHORT_FOLDERS

ROOT = Path(__file__).parents[2]
NEEDED = ("dbus-run-session", "gnome-keyring-daemon")
MISSING = [name for name in NEEDED if shutil.which(name) is None]

pytestmark = [
    pytest.mark.secretservice,
    pytest.mark.skipif(
        bool(MISSING), reason=f"not installed here: {', '.join(MISSING)} (apt install gnome-keyring dbus)"
    ),
]


def session(
    tmp_path: Path, step: str, more: dict[str, str] | None = None, options: tuple[str, ...] = ()
) -> dict[str, Any]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    config = home / ".config" / "python_keyring"
    config.mkdir(parents=True)
    (config / "keyringrc.cfg").write_text("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n")
    env = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "STACKK_HOME": str(tmp_path / "stackk"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "GSETTINGS_BACKEND": "memory",
        **(more or {}),
    }
    words = ["dbus-run-session", *options, "--", sys.executable, "-m", "tests.storage._keyring_session", step]
    with TemporaryDirectory(dir=SHORT_FOLDERS) as runtime:
        done = subprocess.run(
            words, cwd=ROOT, env={"XDG_RUNTIME_DIR": runtime, **env}, capture_output=True, text=True, timeout=90,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found | {"prompted": "SystemPrompter" in done.stderr}


def test_an_open_keyring_keeps_keys_and_nothing_in_the_environment_steers_it(tmp_path: Path) -> None:
    seen = session(tmp_path, "open")
    assert seen["probe"] == "open"
    assert seen["state"] == ["keyring", "open", "kept in the system keyring of this machine"]
    assert seen["absent"]["given"] is None
    for step in ("first_save", "next_save", "over", "delete", "delete_again"):
        assert "error" not in seen[step], seen[step]
    for step in ("load", "load_again", "other_process"):
        assert seen[step]["given"] == "the-real-keyring-secret"
    assert seen["module_backend"] == "keyring.backends.null"  # the environment did try
    assert seen["after"]["given"] is None
    assert seen["long_kept"] is True
    kept = list((tmp_path / "home" / ".local" / "share" / "keyrings").iterdir())
    assert kept
    assert not any(b"0123456789012345" in path.read_bytes() for path in kept)
    assert not (tmp_path / "stackk").exists()


def test_a_locked_keyring_is_told_at_once_and_opens_no_prompt(tmp_path: Path) -> None:
    seen = session(tmp_path, "locked")
    assert "error" not in seen["saved"]
    assert seen["probe"] == "locked"
    assert "is locked" in seen["running_load"]["what"]
    assert "error" in seen["running_save"]
    assert seen["running_delete"]["error"] == "VaultLocked"
    for step in ("fresh_load", "fresh_save"):
        assert seen[step]["error"] == "TokenStoreNeeded"
        assert "system keyring of this machine is locked" in seen[step]["what"]
    assert seen["fresh_state"] == "none"
    assert seen["prompted"] is False
    assert all(entry["seconds"] < 5 for entry in seen.values() if isinstance(entry, dict))


def test_asked_to_unlock_it_the_system_asks_and_a_refusal_is_told(tmp_path: Path) -> None:
    seen = session(tmp_path, "ask")
    assert seen["prompted"] is True  # there is no screen here, so the window is dismissed
    assert seen["unlock"]["error"] == "StorageError"
    assert seen["unlock"]["what"] == "The system keyring was not unlocked."
    assert seen["probe"] == "locked"


def test_a_keyring_that_was_never_set_up_is_not_made_behind_the_persons_back(tmp_path: Path) -> None:
    seen = session(tmp_path, "missing")
    assert seen["probe"] in ("missing", "none")
    assert seen["save"]["error"] == "TokenStoreNeeded"
    keyrings = tmp_path / "home" / ".local" / "share" / "keyrings"
    assert not list(keyrings.glob("*.keyring"))


_EMPTY_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir={tmp}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"""


def test_a_bus_without_such_a_service_is_no_keyring(tmp_path: Path) -> None:
    conf = tmp_path / "bus.conf"
    conf.write_text(_EMPTY_BUS.format(tmp=tmp_path))
    seen = session(tmp_path, "missing", options=(f"--config-file={conf}",))
    assert seen["probe"] == "none"
    assert seen["save"]["error"] == "TokenStoreNeeded"
    assert seen["save"]["seconds"] < 5

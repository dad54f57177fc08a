"""No other package, setting or file decides where a key is kept, and no locked keyring is asked behind a back."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SandboxServer
from tests.security.conftest import CORE, KEY, Program
from tests.storage.test_keyring_real import MISSING, session

_PLAINTEXT = '''
import pathlib
from keyring.backend import KeyringBackend

class PlaintextKeyring(KeyringBackend):
    """What `keyrings.alt` brings: it keeps keys in a plain file, and keyring's own choice takes it."""

    priority = 9
    file = pathlib.Path({file!r})

    def get_password(self, service, username):
        self.file.open("a").write("asked ")

    def set_password(self, service, username, password):
        self.file.open("a").write(password)

    delete_password = get_password
'''


@pytest.fixture
def plaintext(tmp_path: Path) -> Path:
    """A folder with an installed distribution that offers such a backend; `KEPT` is its file."""
    site = tmp_path / "site"
    info = site / "evil_keyrings-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil-keyrings\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[keyring.backends]\nplain = evil_keyrings\n")
    (site / "evil_keyrings.py").write_text(_PLAINTEXT.format(file=str(site / "KEPT")))
    return site


_FORCED: dict[str, dict[str, str]] = {
    "only installed": {},
    "named in the environment": {"PYTHON_KEYRING_BACKEND": "evil_keyrings.PlaintextKeyring"},
    "null named": {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
    "a name that is none": {"PYTHON_KEYRING_BACKEND": "no.such.Keyring"},
    "named in keyringrc.cfg": {"RC": "evil_keyrings.PlaintextKeyring"},
    "null in keyringrc.cfg": {"RC": "keyring.backends.null.Keyring"},
}


@pytest.mark.parametrize("how", list(_FORCED))
def test_a_backend_that_others_chose_is_not_used(
    program: Program, vendor: SandboxServer, plaintext: Path, how: str
) -> None:
    extra = dict(_FORCED[how])
    if backend := extra.pop("RC", None):
        folder = Path(program.env["HOME"]) / ".config" / "python_keyring"
        folder.mkdir(parents=True)
        (folder / "keyringrc.cfg").write_text(
            f"[backend]\ndefault-keyring={backend}\nkeyring-path={plaintext}\n"
        )
    del program.env["STACKK_VAULT_KEY_FILE"]
    program.env |= {"STACKK_TOKEN_STORE": "auto", "PYTHONPATH": str(plaintext), **extra}
    done = program("add", "anthropic", "--method", "admin-key", "--secret-stdin", key=KEY)
    assert done.returncode == 3, "without a keyring or a vault there is no place, and none is made up"
    assert b"no safe place for a key" in done.stderr
    assert not (plaintext / "KEPT").exists()
    assert program.files_with(CORE) == []
    assert not vendor.seen, "a key that cannot be kept is not sent either"


@pytest.mark.parametrize("how", ["only installed", "named in the environment"])
def test_keyring_s_own_choice_would_have_taken_it(program: Program, plaintext: Path, how: str) -> None:
    """The control: what is simulated above is what really happens to programs that let keyring choose."""
    program.env |= {"PYTHONPATH": str(plaintext), **_FORCED[how]}
    code = "import keyring; keyring.set_password('a', 'b', 'the-plain-key')"
    subprocess.run([sys.executable, "-c", code], env=program.env, check=True, capture_output=True, timeout=30)
    assert "the-plain-key" in (plaintext / "KEPT").read_text()


_NOBODY = """#!{python}
# The window that asks for a passphrase, on a screen that nobody watches: it takes the question and never answers.
import pathlib, sys
from jeepney import MessageType, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
pathlib.Path({mark!r}).touch()
bus = open_dbus_connection(bus="SESSION")
bus.send_and_get_reply(message_bus.RequestName("org.gnome.keyring.SystemPrompter"))
while True:
    message = bus.receive()
    if message.header.message_type == MessageType.method_call:
        bus.send(new_method_return(message))
"""


@pytest.mark.secretservice
@pytest.mark.skipif(
    bool(MISSING), reason=f"not installed here: {', '.join(MISSING)} (apt install gnome-keyring dbus)"
)
def test_a_locked_keyring_on_a_screen_nobody_watches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over SSH into a desktop: keyring's own call would wait for an answer without end."""
    services = tmp_path / "share" / "dbus-1" / "services"
    services.mkdir(parents=True)
    prompter, mark = tmp_path / "prompter", tmp_path / "PROMPTED"
    prompter.write_text(_NOBODY.format(python=sys.executable, mark=str(mark)))
    prompter.chmod(0o755)
    (services / "org.gnome.keyring.SystemPrompter.service").write_text(
        f"[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec={prompter}\n"
    )
    more = {"DISPLAY": ":99", "XDG_DATA_DIRS": f"{tmp_path / 'share'}:/usr/local/share:/usr/share"}
    seen: dict[str, Any] = session(tmp_path, "unwatched", more)
    assert seen["probe"] == "locked"
    assert seen["load"]["error"] == seen["save"]["error"] == "TokenStoreNeeded"
    assert seen["prompted_before"] is False, "nobody was asked before a person wanted it"
    assert seen["load"]["seconds"] < 5
    assert seen["save"]["seconds"] < 5
    assert seen["unlock"]["error"] == "StorageError"
    assert "was not unlocked" in seen["unlock"]["what"]
    assert 1.5 < seen["unlock"]["seconds"] < 10, "asked for, it waits as long as it was told and no longer"
    assert mark.exists(), "that time the window was there"

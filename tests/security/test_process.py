"""What other processes of the same user can see of ours, and what the ones we start are given."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import SandboxServer
from tests.security.conftest import CORE, KEY, Program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc and prctl are Linux's")

_WITHOUT_PRIVILEGES = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
if os.geteuid() == 0:  # what root may, a user may not
    for capability in (*range(8), *range(9, 64), 8):  # 8 is CAP_SETPCAP, by which the others are dropped
        failed = libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
        if failed and capability == 8:
            sys.exit("cannot drop")
os.execv(sys.argv[1], sys.argv[1:])
"""
_NEIGHBOUR = """
import sys
for name in ("environ", "maps", "mem"):
    try:
        with open(f"/proc/{sys.argv[1]}/{name}", "rb") as file:
            if name == "environ":
                file.read(1)
        print(name, "open")
    except OSError:
        print(name, "shut")
"""
ALL_SHUT = {"environ": "shut", "maps": "shut", "mem": "shut"}


def unprivileged(folder: Path, *command: str) -> list[str]:
    """Gives the command line that runs `command` as a user without root's privileges."""
    script = folder / "without_privileges.py"
    script.write_text(_WITHOUT_PRIVILEGES)
    return [sys.executable, str(script), *command]


def seen_by_a_neighbour(pid: int, folder: Path) -> dict[str, str]:
    """Gives what another process of this user can open of a process."""
    command = unprivileged(folder, sys.executable, "-c", _NEIGHBOUR, str(pid))
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        pytest.skip("root's privileges cannot be dropped here, so nothing could be seen to be shut")
    return dict(line.split() for line in done.stdout.splitlines())


def asking(program: Program, vendor: SandboxServer) -> "subprocess.Popen[bytes]":
    """Starts a sign-in and waits until its key has been sent to a vendor that takes its time."""
    vendor.faults.add("*", delay=8.0)
    process = program.start("add", "anthropic", "--method", "admin-key", "--secret-stdin")
    assert process.stdin is not None
    process.stdin.write(KEY.encode())
    process.stdin.close()
    until = time.monotonic() + 20
    while not vendor.seen:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


@pytest.mark.parametrize("debug", [False, True], ids=["shut", "control"])
def test_memory_environment_and_arguments(program: Program, vendor: SandboxServer, debug: bool) -> None:
    """The control is the same with STACKK_DEBUG=1: it shows that the neighbour could see, were we not shut."""
    program.env |= {"ANTHROPIC_CLIENT_SECRET": "client-secret-of-mine", "STACKK_DEBUG": "1" if debug else ""}
    program.command = unprivileged(program.folder, *program.command)
    process = asking(program, vendor)
    try:
        seen = seen_by_a_neighbour(process.pid, program.folder)
        arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        limits = Path(f"/proc/{process.pid}/limits").read_text(encoding="ascii")
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            stream.close()
    assert b"anthropic" in arguments
    assert CORE.encode() not in arguments
    if debug:
        assert seen["environ"] == seen["maps"] == "open"
        return
    assert seen == ALL_SHUT
    (core,) = [line.split() for line in limits.splitlines() if line.startswith("Max core file size")]
    assert core[4:6] == ["0", "0"]


def test_the_screens_are_shut_too(program: Program) -> None:
    program.command = unprivileged(program.folder, *program.command)
    with program.terminal() as terminal:
        terminal.wait_for("Nothing tracked yet")
        terminal.press("a")
        terminal.wait_for("Console organization")
        terminal.settle()
        assert seen_by_a_neighbour(terminal.pid, program.folder) == ALL_SHUT
        terminal.press("\x11")
        terminal.exit_code()


_TELL = """
import json, os, sys
seen = {"env": dict(os.environ), "argv": sys.argv, "fds": sorted(os.listdir("/proc/self/fd"), key=int)}
with open(sys.argv[1], "a", encoding="utf-8") as file:
    file.write(json.dumps(seen) + chr(10))
print("correct horse battery staple")
"""


def test_a_child_is_given_no_secret(program: Program, vendor: SandboxServer) -> None:
    """The passphrase command is the one program that a command line starts."""
    told, script = program.folder / "told.json", program.folder / "tell.py"
    script.write_text(_TELL)
    del program.env["STACKK_VAULT_KEY_FILE"]
    program.env |= {"ANTHROPIC_CLIENT_SECRET": "client-secret-of-mine", "PASSWORD_STORE_DIR": "/mine"}
    by = ["--passphrase-command", f"{sys.executable} {script} {told}"]
    assert program("vault", "create", *by).returncode == 0
    added = program("add", "anthropic", "--method", "admin-key", "--secret-stdin", *by, key=KEY)
    assert added.returncode == 0, added.stderr
    assert program("refresh", *by).returncode == 0
    children = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
    assert len(children) >= 3
    for child in children:
        assert CORE not in json.dumps(child)
        assert "client-secret-of-mine" not in json.dumps(child)
        assert child["env"]["PASSWORD_STORE_DIR"] == "/mine", "what the command needs is left to it"
        assert len(child["fds"]) <= 5, "0, 1, 2, its own folder and script: no file of ours is handed down"

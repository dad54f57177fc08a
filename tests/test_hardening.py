"""A hardened process writes no core file and shuts its memory; the programs it starts are left alone."""

import subprocess
import sys

import pytest

_LOOK = """
import ctypes, resource, subprocess, sys
from stackk_tui.hardening import harden_process
harden_process()
harden_process()
child = subprocess.run([sys.executable, "-c",
    "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"], capture_output=True, text=True)
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), child.stdout.strip())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_core_files_and_dumps_are_off() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.split() == ["(0,", "0)", "0", "1"]


def test_it_needs_little_to_start() -> None:
    script = (
        "import sys; before = set(sys.modules); import stackk_tui.hardening as h; h.harden_process();"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    light = "stackk_tui stackk_tui.hardening resource ctypes _ctypes ctypes._endian struct _struct types"
    assert set(done.stdout.split()) <= set(light.split())

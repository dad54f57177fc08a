"""Several processes at one vault, and processes that die in the middle of a write."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stackk_tui.model.secret import Secret
from stackk_tui.storage.vault import Vault
from stackk_tui.storage.vault_keys import KeyFile

ROOT = Path(__file__).parents[2]
S = "stackk-tui"


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "data" / "vault.json", tmp_path / "keys" / "stackk-key"


def writer(places: tuple[Path, Path], name: str, count: int, point: str = "") -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.storage._vault_writer", *map(str, places), name, str(count), point]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def opened(places: tuple[Path, Path]) -> Vault:
    vault = Vault(places[0])
    vault.unlock(KeyFile(places[1]))
    return vault


def test_processes_that_write_at_the_same_time_lose_nothing(places: tuple[Path, Path]) -> None:
    """All of them also race to make the vault and its key file."""
    writers = {name: writer(places, name, 15) for name in "abcd"}
    for one in writers.values():
        _, problems = one.communicate(timeout=60)
        assert one.returncode == 0, problems
    vault = opened(places)
    for name in writers:
        for number in range(15):
            assert vault.get(S, f"{name}:{number}") == Secret(f"secret {name} {number}")


@pytest.mark.parametrize("point", ["write", "fsync", "replace", "folder"])
def test_a_process_killed_at_each_step_of_a_write_loses_nothing(
    places: tuple[Path, Path], point: str
) -> None:
    dying = writer(places, "a", 5, point)
    out, problems = dying.communicate(timeout=60)
    assert dying.returncode == -signal.SIGKILL, problems
    assert out.split() == ["0"]
    vault = opened(places)
    assert vault.get(S, "a:0") == Secret("secret a 0")
    half_done = vault.get(S, "a:1")
    assert half_done == (Secret("secret a 1") if point == "folder" else None)
    vault.put(S, "b:0", Secret("later"))  # neither its lock nor its leftovers stand in the way
    assert sorted(p.name for p in places[0].parent.iterdir()) == ["vault.json", "vault.lock"]


def test_processes_killed_at_any_moment_lose_nothing(places: tuple[Path, Path]) -> None:
    for turn in range(6):
        dying = writer(places, f"t{turn}", 100_000)
        assert dying.stdout is not None
        seen = [dying.stdout.readline() for _ in range(2 + turn * 7)]
        dying.kill()
        rest, _ = dying.communicate(timeout=60)
        done = len(seen) + len([line for line in rest.split("\n") if line.strip()])
        vault = opened(places)
        for number in range(done):
            assert vault.get(S, f"t{turn}:{number}") == Secret(f"secret t{turn} {number}")


def test_a_full_disk_leaves_the_old_vault(places: tuple[Path, Path]) -> None:
    stopped = writer(places, "a", 5, "disk-full")
    out, problems = stopped.communicate(timeout=60)
    assert stopped.returncode == 7, problems
    assert "cannot be used: File too large" in out
    assert opened(places).get(S, "a:0") == Secret("secret a 0")
    assert sorted(p.name for p in places[0].parent.iterdir()) == ["vault.json", "vault.lock"]

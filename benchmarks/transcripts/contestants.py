"""Who is measured: this program, its peers where they are installed, and the floors nobody gets below."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.transcripts.measure import Command

PEERS_FOLDER = "STACKK_BENCH_PEERS"
OURS, CCUSAGE, TOKSCALE = "stackk-tui", "ccusage", "tokscale"
GREP, RIPGREP, STAT, PYTHON = "grep", "ripgrep", "stat", "bare interpreter"
MARKER = '"usage":{'
_NATIVE = {CCUSAGE: "@ccusage/ccusage-*/bin/ccusage", TOKSCALE: "@tokscale/cli-*/bin/tokscale"}
_PEER_WORDS = {
    CCUSAGE: ("claude", "daily", "--json", "--offline", "--timezone", "UTC"),
    TOKSCALE: ("--client", "claude", "--json", "--no-spinner"),
}


@dataclass(frozen=True, slots=True)
class Contestant:
    """`home` is its own: what it remembers from run to run is in there, and nowhere else."""

    name: str
    words: tuple[str, ...]
    home: Path

    def command(self, corpus: Path, out: Path) -> Command:
        env = {
            "CLAUDE_CONFIG_DIR": str(corpus),
            "HOME": str(self.home),
            "STACKK_HOME": str(self.home / "stackk"),
            "STACKK_TOKEN_STORE": "memory",
            "TOKSCALE_PRICING_CACHE_ONLY": "1",  # no network
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
        }
        return Command(self.words, env, out / f"{self.name}.out")

    def forget(self) -> None:
        """Makes the next run its first ever."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)


def contestants(folder: Path) -> tuple[list[Contestant], list[str]]:
    """Gives ourselves, the peers that are installed, and a sentence for each that is not."""
    program = str(Path(sys.executable).with_name("stackk-tui"))
    found = [Contestant(OURS, (program, "usage", "--json", "--by", "day"), folder / OURS)]
    missing = []
    peers = os.environ.get(PEERS_FOLDER, "")
    for name, pattern in _NATIVE.items():
        binary = next(iter(sorted(Path(peers, "node_modules").glob(pattern))), None) if peers else None
        if binary is None:
            missing.append(f"{name} is not in ${PEERS_FOLDER} ({peers or 'not set'}): left out.")
            continue
        if not os.access(binary, os.X_OK):  # npm leaves it so; the peer's own launcher does the same
            binary.chmod(0o755)
        found.append(Contestant(name, (str(binary), *_PEER_WORDS[name]), folder / name))
    return found, missing


def floors(corpus: Path, out: Path) -> dict[str, Command]:
    """Gives commands that read the same bytes, ask for the same files, or only start."""
    tree = str(corpus / "projects")
    words: dict[str, list[str]] = {
        GREP: ["grep", "-rFc", MARKER, tree],
        STAT: ["find", tree, "-name", "*.jsonl", "-size", "+1c"],
        PYTHON: [sys.executable, "-c", "pass"],
    }
    if shutil.which("rg"):
        words[RIPGREP] = ["rg", "--no-ignore", "--hidden", "-Fc", MARKER, tree]
    env = {"LC_ALL": "C"}
    return {
        name: Command(each, env, out / f"{name}.out") for name, each in words.items() if shutil.which(each[0])
    }

"""Makes trees of transcripts as Claude Code leaves them, of a given size, the same for the same seed.

Shapes and key order are those of the logs (`claude-code-logs.md` §1, §2): a folder per project, a file per
session, below it its sub-agents' files. Chosen to be like a real tree: a line has 6.6 KB on average (0.2 KB
to 3 MB), every second one has usage (82 000 lines and 34 000 calls in 1 GB), the usage objects themselves
are 2 to 3 % of the bytes; a call is on 1 to 4 lines, equal in all but the output; many sessions have sub-
agents, some of whose lines their parent repeats as progress; every twentieth session is a fork.

`python -m benchmarks.transcripts.corpus FOLDER MEGABYTES [SEED]` makes one by hand.
"""

import json
import os
import random
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.transcripts import lines
from benchmarks.transcripts.filler import Filler

VERSION = 1
"""Raise it when the same seed gives another tree."""
_STAMP = "made.json"
_FIRST = datetime(2026, 3, 1, tzinfo=UTC)
_DAYS = 260
_PROJECTS = 24


@dataclass(frozen=True, slots=True)
class Corpus:
    """`folder` is what `CLAUDE_CONFIG_DIR` is set to; `usage_lines` have the unescaped marker."""

    folder: Path
    size: int
    files: int
    lines: int
    usage_lines: int
    calls: int


def make(folder: Path, size: int, seed: int = 1) -> Corpus:
    """Writes about `size` bytes of transcripts below `folder`, or finds them there from an earlier run."""
    wanted = {"version": VERSION, "seed": seed, "asked": size}
    known = _known(folder)
    if known is None or {name: known.get(name) for name in wanted} != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        known = {**wanted, **_Tree(folder, seed).grow(size)}
        (folder / _STAMP).write_text(json.dumps(known))
    numbers = ("size", "files", "lines", "usage_lines", "calls")
    return Corpus(folder, *(int(known[name]) for name in numbers))


def _known(folder: Path) -> dict[str, int] | None:
    try:
        found = json.loads((folder / _STAMP).read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


class _Tree:
    def __init__(self, folder: Path, seed: int) -> None:
        self._chance = random.Random(seed)
        self._filler = Filler(self._chance)
        self._projects = folder / "projects"
        self._numbers = dict.fromkeys(("size", "files", "lines", "usage_lines", "calls"), 0)
        self._last: list[bytes] = []

    def grow(self, size: int) -> dict[str, int]:
        while self._numbers["size"] < size:
            self._session()
        return self._numbers

    def _session(self) -> None:
        chance = self._chance
        project = int(chance.random() ** 2 * _PROJECTS)  # a few projects have most of it
        slug = f"-home-ada-src-project-{project:02}"
        at = _FIRST + timedelta(minutes=chance.randrange(_DAYS * 1440))
        session = lines.Session(chance, self._filler, f"/home/ada/src/project-{project:02}", at)
        copied = []
        if self._last and chance.random() < 0.05:
            copied = lines.forked(self._last[: chance.randrange(len(self._last))], session.id)
        own: list[bytes] = []
        for _ in range(min(400, 1 + int(chance.lognormvariate(3.0, 1.1)))):
            own += session.turn()
            if chance.random() < 0.04:
                agent, own_agent = session.agent_id(), []
                for _ in range(1 + int(chance.lognormvariate(2.0, 0.8))):
                    turn = session.turn(agent)
                    own_agent += turn
                    own += session.progress(turn)
                self._write(f"{slug}/{session.id}/subagents/agent-{agent}.jsonl", own_agent, session.now)
                self._note_agent(f"{slug}/{session.id}/subagents/agent-{agent}.meta.json")
        self._write(f"{slug}/{session.id}.jsonl", copied + own, session.now)
        self._numbers["calls"] += session.calls
        self._last = own

    def _write(self, name: str, text: list[bytes], at: datetime) -> None:
        path = self._projects / name
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = b"\n".join(text) + b"\n"
        path.write_bytes(whole)
        os.utime(path, (at.timestamp(), at.timestamp()))
        self._numbers["size"] += len(whole)
        self._numbers["files"] += 1
        self._numbers["lines"] += len(text)
        self._numbers["usage_lines"] += sum(b'"usage":{' in line for line in text)

    def _note_agent(self, name: str) -> None:
        kind = self._chance.choice(("Explore", "Plan", "general-purpose", "code-reviewer"))
        (self._projects / name).write_text(json.dumps({"agentType": kind}))


if __name__ == "__main__":
    started = time.perf_counter()
    made = make(Path(sys.argv[1]), int(sys.argv[2]) * 1_000_000, int(sys.argv[3]) if sys.argv[3:] else 1)
    print(f"{made} in {time.perf_counter() - started:.1f} s")

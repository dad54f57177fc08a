"""Which transcripts are there: a walk over folders, without opening a file (`claude-code-logs.md` §1)."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stackk_tui.model.text import clean

SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class Found:
    """A transcript. `parts` is its path below the root; times are nanoseconds since 1970."""

    root: str
    path: str
    parts: tuple[str, ...]
    dev: int
    inode: int
    size: int
    mtime_ns: int

    @property
    def slug(self) -> str:
        """The folder Claude Code made for the project; lossy, so only a makeshift for `cwd`."""
        return clean(self.parts[0], 1024) if len(self.parts) > 1 else "unknown"

    @property
    def home_session(self) -> str:
        """The session whose file this is by its place: `<slug>/<session>.jsonl` or `<slug>/<session>/…`."""
        name = self.parts[1] if len(self.parts) > 1 else self.parts[0]
        return clean(name.removesuffix(SUFFIX), 1024)

    @property
    def is_agent(self) -> bool:
        """A sub-agent's file, in the new or the old layout."""
        return self.parts[-1].startswith("agent-") or "subagents" in self.parts[:-1]


def list_transcripts(roots: Iterable[Path]) -> list[Found]:
    """Gives every transcript once, in the order of the roots and sorted by path. Links are followed."""
    seen: set[tuple[int, int]] = set()
    found: list[Found] = []
    for root in roots:
        inside = []
        for parts, stat in _walk(str(root), (), seen):
            path = os.path.join(root, *parts)  # noqa: PTH118  # a Path a file would cost more than the stat
            inside.append(
                Found(str(root), path, parts, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
            )
        found += sorted(inside, key=lambda file: file.path)
    return found


def _walk(
    folder: str, parts: tuple[str, ...], seen: set[tuple[int, int]]
) -> Iterator[tuple[tuple[str, ...], os.stat_result]]:
    """Enters each folder and meets each file once, so that links cannot make a circle."""
    try:
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError:  # gone, or not ours to read
        return
    for entry in inside:
        try:
            is_dir = entry.is_dir()
            if not is_dir and not (entry.name.endswith(SUFFIX) and entry.is_file()):
                continue
            stat = entry.stat()
        except OSError:
            continue
        if (stat.st_dev, stat.st_ino) in seen:
            continue
        seen.add((stat.st_dev, stat.st_ino))
        here = (*parts, entry.name)
        if is_dir:
            yield from _walk(entry.path, here, seen)
        else:
            yield here, stat

"""Which transcripts are there: a walk over folders, without opening a file (`claude-code-logs.md` §1)."""

from __future__ import annotations

import os

from stackk_tui.providers.claude_code.words import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIX = ".jsonl"


class Found:
    """A transcript. `parts` is its path below the root; times are nanoseconds since 1970."""

    __slots__ = ("dev", "inode", "mtime_ns", "parts", "path", "root", "size")

    def __init__(self, root: str, path: str, parts: tuple[str, ...], stat: os.stat_result) -> None:
        self.root = root
        self.path = path
        self.parts = parts
        self.dev = stat.st_dev
        self.inode = stat.st_ino
        self.size = stat.st_size
        self.mtime_ns = stat.st_mtime_ns

    @property
    def slug(self) -> str:
        """The folder Claude Code made for the project; lossy, so only a makeshift for `cwd`."""
        return cleaned(self.parts[0], 1024) if len(self.parts) > 1 else "unknown"

    @property
    def home_session(self) -> str:
        """The session whose file this is by its place: `<slug>/<session>.jsonl` or `<slug>/<session>/…`."""
        name = self.parts[1] if len(self.parts) > 1 else self.parts[0]
        return cleaned(name.removesuffix(SUFFIX), 1024)

    @property
    def is_agent(self) -> bool:
        """A sub-agent's file, in the new or the old layout."""
        return self.parts[-1].startswith("agent-") or "subagents" in self.parts[:-1]


def list_transcripts(roots: Iterable[str | os.PathLike[str]]) -> list[Found]:
    """Gives every transcript once, in the order of the roots and sorted by path. Links are followed."""
    seen: set[tuple[int, int]] = set()
    found: list[Found] = []
    for root in [os.fspath(root) for root in roots]:
        inside: list[Found] = []
        _walk(root, root, (), seen, inside)
        inside.sort(key=lambda file: file.path)
        found += inside
    return found


def _walk(
    root: str, folder: str, parts: tuple[str, ...], seen: set[tuple[int, int]], found: list[Found]
) -> None:
    """Enters each folder and meets each file once, so that links cannot make a circle."""
    try:
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError:  # gone, or not ours to read
        return
    for entry in inside:
        name = entry.name
        try:
            is_file = name.endswith(SUFFIX) and entry.is_file()
            if not is_file and not entry.is_dir():
                continue
            stat = entry.stat()
        except OSError:
            continue
        same = (stat.st_dev, stat.st_ino)
        if same in seen:
            continue
        seen.add(same)
        if is_file:
            found.append(Found(root, entry.path, (*parts, name), stat))
        else:
            _walk(root, entry.path, (*parts, name), seen, found)

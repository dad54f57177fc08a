"""Which transcripts are there: a walk over folders, without opening a file (`claude-code-logs.md` §1)."""

from __future__ import annotations

import os

from stackk_tui.providers.claude_code.words import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    FolderState = tuple[int, int, int, int]
    """Device, inode, time of the last change of names, time of the last change of anything."""
    FileState = tuple[int, int, int, int]
    """Size, time of the last change, inode, device."""

SUFFIX = ".jsonl"


class Found:
    """A transcript. `parts` is its path below the root; times are nanoseconds since 1970."""

    __slots__ = ("dev", "inode", "mtime_ns", "parts", "path", "root", "size")

    def __init__(self, root: str, path: str, parts: tuple[str, ...], state: FileState) -> None:
        self.root = root
        self.path = path
        self.parts = parts
        self.size, self.mtime_ns, self.inode, self.dev = state

    @property
    def state(self) -> FileState:
        return self.size, self.mtime_ns, self.inode, self.dev

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
    return walk(roots).files


def file_state(stat: os.stat_result) -> FileState:
    """Gives what changes when a file is written to or is another one."""
    return stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev


class Walk:
    """What a walk over folders met. `folders` are all it entered, by path, with their state before they were
    listed; None once a link, a doubled name or an unreadable folder shows that these do not tell all."""

    __slots__ = ("files", "folders", "seen")

    def __init__(self) -> None:
        self.files: list[Found] = []
        self.folders: dict[str, FolderState] | None = {}
        self.seen: set[tuple[int, int]] = set()

    def entered(self, folder: str, stat: os.stat_result) -> None:
        if self.folders is not None:
            self.folders[folder] = folder_state(stat)

    def cannot_be_known_again(self) -> None:
        self.folders = None


def folder_state(stat: os.stat_result) -> FolderState:
    """Gives what changes when a name comes to a folder or goes."""
    return stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns


def walk(roots: Iterable[str | os.PathLike[str]]) -> Walk:
    """The same as `list_transcripts`, with what it takes to know the folders again."""
    walked = Walk()
    for root in [os.fspath(root) for root in roots]:
        inside: list[Found] = []
        try:
            walked.entered(root, os.stat(root))  # noqa: PTH116
        except OSError:
            walked.cannot_be_known_again()
        _walk(root, root, (), walked, inside)
        inside.sort(key=lambda file: file.path)
        walked.files += inside
    return walked


def _walk(root: str, folder: str, parts: tuple[str, ...], walked: Walk, found: list[Found]) -> None:
    """Enters each folder and meets each file once, so that links cannot make a circle."""
    try:
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError:  # gone, or not ours to read
        walked.cannot_be_known_again()
        return
    for entry in inside:
        name = entry.name
        try:
            if entry.is_symlink():
                walked.cannot_be_known_again()
            is_file = name.endswith(SUFFIX) and entry.is_file()
            if not is_file and not entry.is_dir():
                continue
            stat = entry.stat()
        except OSError:
            walked.cannot_be_known_again()
            continue
        same = (stat.st_dev, stat.st_ino)
        if same in walked.seen:
            walked.cannot_be_known_again()
            continue
        walked.seen.add(same)
        if is_file:
            found.append(Found(root, entry.path, (*parts, name), file_state(stat)))
        else:
            walked.entered(entry.path, stat)
            _walk(root, entry.path, (*parts, name), walked, found)

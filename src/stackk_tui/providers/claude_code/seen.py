"""How folders and transcripts looked when all of them had been read, in a flat file beside the index.

To list eight hundred folders takes longer than to see that none of them has changed. A folder whose own times
stand still holds the same names; every file is asked for its size and time each time all the same.
The file is ours alone, tells nothing the index does not, and is believed only as far as its digest is right.
"""

from __future__ import annotations

import marshal
import os

from stackk_tui.providers.claude_code.digests import digest
from stackk_tui.providers.claude_code.listing import Found, file_state, folder_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stackk_tui.providers.claude_code.listing import FileState, FolderState, Walk

_FORMAT = 1
_DIGEST = 16
_JUST_NOW_NS = 100_000_000
_COARSE_NS = 3_000_000_000
"""A folder's time may stand still for some ticks of the clock, or two seconds where only those are kept: one
that is so young may get another name without looking different."""
_TELLS_LITTLE = ("9p", "afs", "ceph", "cifs", "drvfs", "fuse", "nfs", "smb", "virtiofs", "vboxsf")
"""File systems of other machines, whose folders may look unchanged for a while."""
_MOST = 200_000


class Seen:
    """All folders and transcripts below some roots. `files` and `states` stand side by side."""

    __slots__ = ("counts", "files", "folders", "name", "now", "roots", "states", "version")

    def __init__(  # noqa: PLR0917
        self,
        roots: list[str],
        folders: dict[str, FolderState],
        files: list[tuple[str, str]],
        states: list[FileState],
        version: tuple[int, int],
        counts: dict[str, list[int]],
    ) -> None:
        self.roots = roots
        self.folders = folders
        self.files = files
        """Root and path, in the order of the listing."""
        self.states = states
        self.version = version
        """The index's generation when all of this had been read, and the parser's version."""
        self.counts = counts
        """As `scan.Scanned.by_root`."""
        self.now: list[FileState] | None = None
        """How the files looked a moment ago, for who looks at once after; taken once."""
        self.name = b""
        """The digest by which answers name it."""

    def read_as(
        self, states: list[FileState], version: tuple[int, int], counts: dict[str, list[int]]
    ) -> Seen:
        """Gives the same folders, with their transcripts as they looked when they had been read."""
        return Seen(self.roots, self.folders, self.files, states, version, counts)

    def files_now(self) -> list[FileState] | None:
        """Gives how the files look now, None if names may have come or gone."""
        stat, now = os.stat, self.now
        if now is not None:
            self.now = None
            return now
        try:
            for folder, known in self.folders.items():
                if folder_state(stat(folder)) != known:
                    return None
            return [file_state(stat(path)) for _, path in self.files]
        except OSError:
            return None

    def is_unchanged(self) -> bool:
        """Says whether every folder and every file looks as it did."""
        self.now = self.files_now()
        return self.now == self.states

    def listed(self, roots: list[str]) -> list[Found] | None:
        """Gives what `list_transcripts` would give, None if it has to be asked."""
        now = self.files_now() if roots == self.roots else None
        if now is None:
            return None
        return [
            Found(root, path, tuple(path[len(root) :].lstrip("/").split("/")), state)
            for (root, path), state in zip(self.files, now, strict=True)
        ]

    def keep(self, index: str) -> None:
        """Puts it beside the index. Never raises: without it, everything is listed again."""
        content = marshal.dumps(
            (_FORMAT, self.roots, self.folders, self.files, self.states, self.version, self.counts), 2
        )
        self.name = digest(content)
        write(place_of(index), self.name + content)


def seen(index: str) -> Seen | None:
    """Gives what is kept beside an index."""
    if not index:
        return None
    content = read(place_of(index))
    if content is None:
        return None
    name, told = content
    if not isinstance(told, tuple) or len(told) != 7 or told[0] != _FORMAT:
        return None
    found = Seen(*told[1:])
    found.name = name
    return found


def of(walked: Walk | None, roots: list[str], began_ns: int) -> Seen | None:
    """Gives what to keep of a walk that began at `began_ns`; None if it could not be known again."""
    folders = walked.folders if walked is not None else None
    if walked is None or folders is None or len(walked.files) > _MOST:
        return None
    for _, _, changed, touched in folders.values():
        latest = max(changed, touched)
        if began_ns - latest < (_JUST_NOW_NS if latest % 1_000_000_000 else _COARSE_NS):
            return None
    if are_far_away({state[0] for state in folders.values()}):
        return None
    return Seen(roots, folders, [(each.root, each.path) for each in walked.files], [], (-1, 0), {})


def place_of(index: str) -> str:
    return f"{index.removesuffix('.db')}-seen"


def read(place: str) -> tuple[bytes, object] | None:
    """Gives the digest and the value of a file that `write` wrote, None if there is none or it is damaged."""
    try:
        with open(place, "rb") as file:  # noqa: PTH123  # pathlib would cost more than a warm start
            name, content = file.read(_DIGEST), file.read()
    except OSError:
        return None
    if digest(content) != name:
        return None
    try:
        return name, marshal.loads(content)  # noqa: S302  # written by us, in our own folder, and whole
    except (ValueError, EOFError, TypeError):
        return None


def write(place: str, content: bytes) -> None:
    """Replaces a file of ours whole, or not at all."""
    fresh = f"{place}.{os.getpid()}"
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(fresh, place)  # noqa: PTH105
    except OSError:
        forget(fresh)


def forget(place: str) -> None:
    try:  # noqa: SIM105  # contextlib takes a while to import
        os.unlink(place)  # noqa: PTH108
    except OSError:
        pass


def are_far_away(devices: set[int]) -> bool:
    """Says whether any device is a file system of another machine; where nobody says, none is."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            lines = file.read().splitlines()
    except OSError:
        return False
    for line in lines:
        told, _, kind = line.partition(" - ")
        if kind.startswith(_TELLS_LITTLE):
            major, _, minor = told.split(" ", 3)[2].partition(":")
            if os.makedev(int(major), int(minor)) in devices:
                return True
    return False

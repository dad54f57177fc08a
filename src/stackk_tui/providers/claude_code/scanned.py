"""What a scan found, beside what it wrote to the index."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackk_tui.providers.claude_code.seen import Seen


class Scanned:
    """What a scan found. `unreadable` are the transcripts the system would not let us read."""

    __slots__ = ("by_root", "bytes_read", "changed", "files_read", "seen", "unreadable")

    def __init__(self) -> None:
        self.by_root: dict[str, list[int]] = {}
        """By folder: the transcripts there, the sessions among them, the lines that could not be used."""
        self.files_read = 0
        self.bytes_read = 0
        self.unreadable: list[str] = []
        self.changed = False
        """Whether anything was written."""
        self.seen: Seen | None = None
        """How everything looked, if it was read whole and can be known again."""

    def counted(self, roots: Iterable[str]) -> Counted:
        """Gives the sums of some folders."""
        counts = [self.by_root.get(root, [0, 0, 0]) for root in set(roots)]
        return Counted(*(sum(count[place] for count in counts) for place in range(3)))

    @property
    def skipped_lines(self) -> int:
        return self.counted(self.by_root).skipped_lines


class Counted:
    """How many transcripts exist, how many are sessions, and how many of their lines could not be used."""

    __slots__ = ("files", "sessions", "skipped_lines")

    def __init__(self, files: int, sessions: int, skipped_lines: int) -> None:
        self.files, self.sessions, self.skipped_lines = files, sessions, skipped_lines

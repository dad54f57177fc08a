"""Whether anything changed among the transcripts, by asking the file system and reading nothing.

A folder is listed again only when its own time says that a name came or went; every file is asked for its
size and time, for one that was quiet for weeks may be written to again. Five thousand take some milliseconds,
so how often to look follows from how long a look takes.
"""

from __future__ import annotations

import os
import time

from stackk_tui.providers.claude_code.listing import SUFFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST, SHORTEST = 1.25, 0.25
"""Seconds between two looks."""
_SHARE = 150
"""A look may take this part of the time between two."""
_JUST_NOW_NS = 100_000_000
"""A folder's time may stand still for some ticks of the clock: one that is so young is listed once more."""


class Watch:
    """What was there at the last look. Use it in one thread at a time."""

    def __init__(self, places: Iterable[str]) -> None:
        self._places = tuple(places)
        self._folders: dict[str, int] = {}
        self._files: dict[str, tuple[int, int]] = {}
        self._begun = False
        self._took = 0.0

    @property
    def pause(self) -> float:
        """Seconds until the next look."""
        return min(LONGEST, max(SHORTEST, self._took * _SHARE))

    def look(self) -> bool:
        """Says whether something is different than at the last look; the first one only remembers."""
        began = time.thread_time()
        different = self._look_at_files()
        if self._look_at_folders():
            different = True
        self._took = time.thread_time() - began
        begun, self._begun = self._begun, True
        return different and begun

    def _look_at_files(self) -> bool:
        stat, gone = os.stat, []
        different = False
        for path, known in self._files.items():
            try:
                now = stat(path)
            except OSError:
                gone.append(path)
                continue
            if (now.st_size, now.st_mtime_ns) != known:
                self._files[path] = (now.st_size, now.st_mtime_ns)
                different = True
        for path in gone:
            del self._files[path]
        return different or bool(gone)

    def _look_at_folders(self) -> bool:
        stat, different = os.stat, False
        waiting = [place for place in self._places if place not in self._folders] + list(self._folders)
        seen: set[str] = set()
        while waiting:
            folder = waiting.pop()
            if folder in seen:
                continue
            seen.add(folder)
            try:
                changed = stat(folder).st_mtime_ns
            except OSError:
                different |= self._folders.pop(folder, None) is not None
                continue
            if self._folders.get(folder) == changed:
                continue
            inside, news = self._list(folder)
            waiting += inside
            different |= news
            self._folders[folder] = 0 if time.time_ns() - changed < _JUST_NOW_NS else changed
        return different

    def _list(self, folder: str) -> tuple[list[str], bool]:
        """Gives the folders inside that are new, and whether there are files that are new."""
        folders, news = [], False
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir():
                        if entry.path not in self._folders and not _leads_up(entry):
                            folders.append(entry.path)
                    elif entry.name.endswith(SUFFIX) and entry.path not in self._files:
                        stat = entry.stat()
                        self._files[entry.path] = (stat.st_size, stat.st_mtime_ns)
                        news = True
        except OSError:  # gone, or not ours to read
            pass
        return folders, news


def _leads_up(entry: os.DirEntry[str]) -> bool:
    """A link to a folder that it is in would go round in a circle."""
    return entry.is_symlink() and entry.path.startswith(os.path.realpath(entry.path) + "/")

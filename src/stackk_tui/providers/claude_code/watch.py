"""Whether anything changed among the transcripts, by asking the file system and reading nothing.

On Linux the system tells by itself (`inotify.py`), and everything is asked only now and then, to be sure.
Elsewhere a folder is listed again only when its own time says that a name came or went; every file is asked
for its size and time, for one that was quiet for weeks may be written to again. Five thousand take some
milliseconds, so how often to look follows from how long a look takes.
"""

from __future__ import annotations

import os
import time
from stat import S_ISREG

from stackk_tui.providers.claude_code.inotify import listener
from stackk_tui.providers.claude_code.listing import SUFFIX
from stackk_tui.providers.claude_code.seen import are_far_away

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackk_tui.providers.claude_code.inotify import Listener

LONGEST, SHORTEST = 1.25, 0.25
"""Seconds between two looks."""
_TO_BE_SURE = 30.0
"""Seconds after which everything is asked although nothing was heard."""
_SHARE = 150
"""A look may take this part of the time between two."""
_JUST_NOW_NS = 100_000_000
"""A folder's time may stand still for some ticks of the clock: one that is so young is listed once more."""


class Watch:
    """What was there at the last look. Use it in one thread at a time."""

    def __init__(self, places: Iterable[str], *, listening: bool = True) -> None:
        """`listening` says whether to let the system tell, where it can."""
        self._places = tuple(places)
        self._folders: dict[str, int] = {}
        self._files: dict[str, tuple[int, int]] = {}
        self._links: set[str] = set()
        """Files that are elsewhere: their folder does not hear of them."""
        self._begun = False
        self._took = 0.0
        self._listener: Listener | None = listener() if listening else None
        self._near: set[int] = set()
        """Devices of this machine."""
        self._asked = 0.0

    def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
        self._listener = None

    @property
    def pause(self) -> float:
        """Seconds until the next look."""
        if self._listener is not None:
            return SHORTEST
        return min(LONGEST, max(SHORTEST, self._took * _SHARE))

    def look(self) -> bool:
        """Says whether something is different than at the last look; the first one only remembers."""
        named = self._heard()
        if named is not None:
            return self._look_at(named)
        began = time.thread_time()
        different = self._look_at({*self._files, *self._links})
        if self._look_at_folders():
            different = True
        self._took = time.thread_time() - began
        self._asked = time.monotonic()
        begun, self._begun = self._begun, True
        return different and begun

    def _heard(self) -> set[str] | None:
        """Gives the files that may be different; None if everything has to be asked."""
        if self._listener is None:
            return None
        found = self._listener.heard()
        if found is None or time.monotonic() - self._asked > _TO_BE_SURE or not self._begun:
            return None
        if any(place not in self._folders and os.path.isdir(place) for place in self._places):  # noqa: PTH112
            return None
        found = {path for path in found if path.endswith(SUFFIX)}
        self._links.update(filter(os.path.islink, found))
        return found | self._links

    def _look_at(self, paths: Iterable[str]) -> bool:
        stat, files = os.stat, self._files
        different = False
        for path in paths:
            known = files.get(path)
            try:
                now = stat(path)
            except OSError:
                if known is not None:
                    del files[path]
                    different = True
                continue
            if (now.st_size, now.st_mtime_ns) != known and S_ISREG(now.st_mode):
                files[path] = (now.st_size, now.st_mtime_ns)
                different = True
        return different

    def _listen_to(self, folder: str, device: int) -> None:
        """One folder that cannot be listened to, and all are asked."""
        if device not in self._near and self._listener is not None and are_far_away({device}):
            self.close()
        self._near.add(device)
        if self._listener is not None and not self._listener.listen_to(folder):
            self.close()

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
                now = stat(folder)
            except OSError:
                different |= self._folders.pop(folder, None) is not None
                continue
            changed = now.st_mtime_ns
            if self._folders.get(folder) == changed:
                continue
            self._listen_to(folder, now.st_dev)  # first, so that nothing is missed
            inside, news = self._list(folder)
            waiting += inside
            different |= news
            self._folders[folder] = 0 if time.time_ns() - changed < _JUST_NOW_NS else changed
        return different

    def _list(self, folder: str) -> tuple[list[str], bool]:
        """Gives the folders inside that are new, and whether there are files that are new."""
        folders, files = [], []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir():
                        if entry.path not in self._folders and not _leads_up(entry):
                            folders.append(entry.path)
                    elif entry.name.endswith(SUFFIX):
                        if entry.path not in self._files:
                            files.append(entry.path)
                        if entry.is_symlink():
                            self._links.add(entry.path)
        except OSError:  # gone, or not ours to read
            pass
        return folders, self._look_at(files)


def _leads_up(entry: os.DirEntry[str]) -> bool:
    """A link to a folder that it is in would go round in a circle."""
    return entry.is_symlink() and entry.path.startswith(os.path.realpath(entry.path) + "/")

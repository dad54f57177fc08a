"""What the status line told us of the windows between two fetches (`storage/pushed_windows.py`).

It was told under a folder, not under an account: where somebody else was signed in for a while, it is theirs.
A login's week always ends at the same hour, which tells one from the other.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stackk_tui.config import Settings
from stackk_tui.model.errors import StorageError
from stackk_tui.model.snapshot import Limit, LimitSample, Snapshot
from stackk_tui.providers.anthropic.plan_binary import config_folder
from stackk_tui.providers.anthropic.plan_limits import in_order, limit_of
from stackk_tui.providers.anthropic.plan_wire import SEVEN_DAY, Window
from stackk_tui.storage.pushed_windows import SAME_RESET, Pushed, since

UP_TO = "pushed"
"""The key in `Snapshot.carried` of the moment up to which pushes have been taken in."""
POLL_SECONDS = 1.0
_WEEK = timedelta(days=7)
_UNDER_WAY = timedelta(seconds=5)
"""A push may have been on its way while we asked."""
_EVER = datetime(2026, 1, 1, tzinfo=UTC)

Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """A snapshot with what was pushed in it, and every value on the way. `news` is whether there were any."""

    snapshot: Snapshot
    samples: list[LimitSample]
    news: bool


def merged(settings: Settings, snapshot: Snapshot, *, ours: bool = True) -> Heard:
    """Takes in what was pushed since the snapshot last did. Blocking: one small query.

    `ours` False: somebody else is signed in, so what was pushed until now is let go.
    """
    source = os.path.realpath(config_folder(settings.env))
    try:
        pushes = since(settings.paths.pushed_windows, source, _up_to(snapshot))
    except StorageError:
        return Heard(snapshot, [], news=False)  # a convenience; the figures come without it, too
    if not pushes:
        return Heard(snapshot, [], news=False)
    carried = {**snapshot.carried, UP_TO: pushes[-1].at.isoformat()}
    mine = _of_this_login(pushes, snapshot) if ours else []
    limits = {limit.id: limit for limit in snapshot.limits}
    for push in mine:
        if (newer := _newer(limits.get(push.limit_id), push, snapshot.fetched_at)) is not None:
            limits[push.limit_id] = newer
    changes: dict[str, object] = {"limits": in_order(limits.values()), "carried": carried}
    if limits:
        changes["not_exposed"] = tuple(name for name in snapshot.not_exposed if name != "limits")
    return Heard(
        snapshot.model_copy(update=changes),
        [LimitSample(limit_id=p.limit_id, at=p.at, used=p.used, resets_at=p.resets_at) for p in mine],
        news=True,
    )


def begun(snapshot: Snapshot) -> Snapshot:
    """Marks a snapshot of a login that has just been checked: what is pushed from now on is its own."""
    if UP_TO in snapshot.carried:
        return snapshot
    mark = (snapshot.fetched_at - _UNDER_WAY).isoformat()
    return snapshot.model_copy(update={"carried": {**snapshot.carried, UP_TO: mark}})


class Watch:
    """Notices that something was pushed. Costs one or two `stat` a second."""

    def __init__(self, settings: Settings) -> None:
        path = settings.paths.pushed_windows
        self._paths = (str(path), f"{path}-wal")
        self._seen: Stamp | None = None

    async def changed(self) -> None:
        """Returns when the file has changed since the call before; the first time: since now."""
        if self._seen is None:
            self._seen = self._stamp()
        while (stamp := self._stamp()) == self._seen:  # noqa: ASYNC110  another process changes it
            await asyncio.sleep(POLL_SECONDS)
        self._seen = stamp

    def _stamp(self) -> Stamp:
        return tuple(_stat(path) for path in self._paths)


def _of_this_login(pushes: Sequence[Pushed], snapshot: Snapshot) -> list[Pushed]:
    """Leaves out what was pushed while another login, with another week, was used in the same folder."""
    known = next((limit.resets_at for limit in snapshot.limits if limit.id == SEVEN_DAY), None)
    if known is None:
        return list(pushes)
    weeks = {p.at: p.resets_at for p in pushes if p.limit_id == SEVEN_DAY and p.resets_at is not None}
    mine, trusted = [], UP_TO in snapshot.carried
    for push in pushes:
        if (reset := weeks.get(push.at)) is not None:
            off = (reset - known) % _WEEK
            trusted = min(off, _WEEK - off) <= SAME_RESET
        if trusted:
            mine.append(push)
    return mine


def _newer(limit: Limit | None, push: Pushed, fetched_at: datetime) -> Limit | None:
    """Gives the limit after a push; None if it is older than what is known, or of a window that is over."""
    if push.resets_at is not None and push.resets_at <= push.at:
        return None
    if limit is None:
        return limit_of(push.limit_id, Window(push.used, push.resets_at), as_of=push.at)
    if push.at <= (limit.as_of or fetched_at):
        return None
    resets_at = push.resets_at
    if limit.resets_at is not None and limit.resets_at > push.at:
        if resets_at is not None and resets_at < limit.resets_at - SAME_RESET:
            return None
        resets_at = resets_at or limit.resets_at
    return limit.model_copy(update={"used": push.used, "resets_at": resets_at, "as_of": push.at})


def _up_to(snapshot: Snapshot) -> datetime:
    try:
        return datetime.fromisoformat(snapshot.carried[UP_TO])
    except (KeyError, ValueError):
        return _EVER


def _stat(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size

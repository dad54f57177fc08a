"""What is still true of a limit that was read a while ago, and which limits are whole windows."""

from collections.abc import Sequence
from datetime import datetime

from stackk_tui.model.snapshot import Limit, Snapshot


def as_of_now(snapshot: Snapshot, now: datetime) -> Snapshot:
    """Gives the snapshot with every window that has been reset since: how full it is now is not known."""
    if not any(_is_over(limit, now) for limit in snapshot.limits):
        return snapshot
    limits = tuple(
        limit.model_copy(update={"used": None, "spent": None, "resets_at": None})
        if _is_over(limit, now)
        else limit
        for limit in snapshot.limits
    )
    return snapshot.model_copy(update={"limits": limits})


def whole_windows(limits: Sequence[Limit]) -> list[Limit]:
    """Gives the windows that count all use: `seven_day`, but not `seven_day_<model>` beside it."""
    windows = [limit for limit in limits if limit.length is not None]
    return [limit for limit in windows if not any(limit.id.startswith(f"{other.id}_") for other in windows)]


def _is_over(limit: Limit, now: datetime) -> bool:
    return limit.resets_at is not None and limit.resets_at <= now and limit.used is not None

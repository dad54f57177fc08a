"""The time that is left, coarsely: whole minutes, and tens of seconds in the last one. No Textual here."""

import math

LEAST = 1.0


def time_left(seconds: float) -> str:
    """Gives `9 min left` or `40 s left`, never more than there is by a step."""
    if seconds > 60:
        return f"{math.ceil(seconds / 60)} min left"
    return f"{max(0, math.ceil(seconds / 10) * 10)} s left"


def next_change(seconds: float) -> float:
    """Gives the seconds until `time_left` says something else; at least one."""
    step = 60 if seconds > 60 else 10
    return max(LEAST, seconds - (math.ceil(seconds / step) - 1) * step)

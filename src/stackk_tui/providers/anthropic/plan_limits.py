"""The windows of a plan as limits, and what becomes of those an answer does not speak of."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from stackk_tui.model.snapshot import Limit, Snapshot
from stackk_tui.providers.anthropic.plan_wire import EXTRA_USAGE, Extra, Usage, Window

_WEEK = timedelta(days=7)
_NAMED: dict[str, tuple[str, str, timedelta | None]] = {
    "five_hour": ("5-hour window", "5 h", timedelta(hours=5)),
    "seven_day": ("Week, all models", "week", _WEEK),
    "seven_day_opus": ("Week, Opus", "Opus", _WEEK),
    "seven_day_sonnet": ("Week, Sonnet", "Sonnet", _WEEK),
    "seven_day_oauth_apps": ("Week, connected apps", "apps", _WEEK),
    EXTRA_USAGE: ("Extra usage, this month", "extra", None),
}
_OF_MODEL = "seven_day_"


def limit_of(limit_id: str, window: Window, *, name: str = "", as_of: datetime | None = None) -> Limit:
    """Gives a window as a limit; `name` is the model's, for one that has no name of ours."""
    label, short, length = _NAMED.get(limit_id) or _unnamed(limit_id, name)
    return Limit(
        id=limit_id,
        label=label,
        short=short,
        used=window.used,
        resets_at=window.resets_at,
        length=length,
        as_of=as_of,
    )


def limits_of(usage: Usage, old: Snapshot | None, now: datetime) -> tuple[Limit, ...]:
    """Gives the limits after an answer: its own, and the last values, dated, of those it knows nothing of.

    A window of which it says that there is none is gone; so is one that was reset since it was last read.
    """
    found = {name: limit_of(name, window) for name, window in usage.windows.items()}
    for slug, (name, window) in (usage.models or {}).items():
        limit_id, told = f"{_OF_MODEL}{slug}", name
        if limit_id in usage.windows:  # "Opus" by both ways: one window told twice, or two of one name
            if usage.windows[limit_id] == window:
                continue
            limit_id, told = f"{limit_id}_scoped", f"{name}, scoped"
        found[limit_id] = limit_of(limit_id, window, name=told)
    if usage.extra is not None:
        found[EXTRA_USAGE] = _extra(usage.extra)
    for limit in dated(old):
        unspoken = limit.id in usage.absent or (usage.models is None and _is_of_model(limit.id))
        if unspoken and limit.id not in found and (limit.resets_at is None or limit.resets_at > now):
            found[limit.id] = limit
    return tuple(sorted(found.values(), key=lambda limit: _place(limit.id)))


def dated(old: Snapshot | None) -> tuple[Limit, ...]:
    """Gives the limits of a snapshot, each with the moment at which it was read."""
    if old is None:
        return ()
    return tuple(limit.model_copy(update={"as_of": limit.as_of or old.fetched_at}) for limit in old.limits)


def in_order(limits: Iterable[Limit]) -> tuple[Limit, ...]:
    return tuple(sorted(limits, key=lambda limit: _place(limit.id)))


def _extra(extra: Extra) -> Limit:
    label, short, length = _NAMED[EXTRA_USAGE]
    return Limit(
        id=EXTRA_USAGE,
        label=label,
        short=short,
        used=extra.used,
        length=length,
        cap=extra.cap,
        spent=extra.spent,
    )


def _unnamed(limit_id: str, name: str) -> tuple[str, str, timedelta | None]:
    name = name or limit_id.removeprefix(_OF_MODEL).replace("_", " ").capitalize()
    return f"Week, {name}", name, _WEEK if limit_id.startswith(_OF_MODEL) else None


def _is_of_model(limit_id: str) -> bool:
    return limit_id.startswith(_OF_MODEL) and limit_id not in _NAMED


def _place(limit_id: str) -> tuple[int, str]:
    """5 hours, the week, its models by name, what is paid on top."""
    order = {"five_hour": 0, "seven_day": 1, EXTRA_USAGE: 3}
    return order.get(limit_id, 2), limit_id

"""How fast a window fills: against an even spend, and when it will be full at the recent rate.

The rate is the plain difference between two readings of the same window, so that its basis can be said in one
sentence and checked by hand. `band.py` says how sure the moment is, from the readings between those two.
Nothing is said from old values, from another window, or from too short a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite

from stackk_tui.insight.band import PARTS, reach_of
from stackk_tui.model.snapshot import Limit, LimitSample, Snapshot
from stackk_tui.model.view import WindowPace

SAME_RESET = timedelta(minutes=1)
"""Vendors give the same reset with other fractions of a second each time."""
EVEN = 0.02
"""Nearer than this to an even spend is on pace: vendors give whole percents."""
ROUNDING = 0.01
"""A reading lower by at most this is the same one rounded elsewhere, not a window that was emptied."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a window's rate is taken from."""

    over: timedelta
    """The time up to the last reading; a reading up to a quarter older will do."""
    old_after: timedelta
    """Nothing is said from a reading older than this."""
    rounding: timedelta
    """A moment is given as exactly as the rate allows."""

    @property
    def reach(self) -> timedelta:
        """How far back a reading may be."""
        return self.over * 1.25

    @property
    def least(self) -> timedelta:
        """The shortest time that says anything."""
        return self.over / 4


def basis_of(length: timedelta) -> Basis:
    """Gives the last hour for windows of hours, the last day for weeks, the last week for months."""
    if length <= timedelta(days=1):
        return Basis(timedelta(hours=1), old_after=timedelta(minutes=15), rounding=timedelta(minutes=5))
    if length <= timedelta(days=14):
        return Basis(timedelta(days=1), old_after=timedelta(hours=2), rounding=timedelta(hours=1))
    return Basis(timedelta(days=7), old_after=timedelta(hours=12), rounding=timedelta(days=1))


def paces_of(
    snapshot: Snapshot, samples: Mapping[str, Sequence[LimitSample]], now: datetime
) -> tuple[WindowPace, ...]:
    """Gives the pace of each of a snapshot's windows that is under way, from readings by limit id."""
    found = (
        pace_of(limit, limit.as_of or snapshot.fetched_at, samples.get(limit.id, ()), now)
        for limit in snapshot.limits
    )
    return tuple(pace for pace in found if pace is not None)


def pace_of(
    limit: Limit, read_at: datetime, samples: Sequence[LimitSample], now: datetime
) -> WindowPace | None:
    """Gives a window's pace; None for what is no window under way. Where something is None, `basis` says why.

    `read_at` is when `limit.used` was read. `samples` may hold more than this window's, in any order.
    """
    if limit.used is None or limit.resets_at is None or limit.resets_at <= now:
        return None
    if limit.length is None or limit.length <= timedelta(0):
        return WindowPace(limit_id=limit.id, basis="how long this window is, is not known")
    basis = basis_of(limit.length)
    if now - read_at > basis.old_after:
        return WindowPace(limit_id=limit.id, basis=f"read {_span(now - read_at)} ago: too old to say more")
    if read_at - now > basis.old_after:
        return WindowPace(limit_id=limit.id, basis="read in the future: is the clock of this machine right?")
    begun = limit.resets_at - limit.length
    elapsed = min(1.0, max(0.0, (read_at - begun) / limit.length))
    known = WindowPace(
        limit_id=limit.id,
        elapsed=elapsed,
        ahead=limit.used - elapsed,
        basis="",
        good_until=min(limit.resets_at, read_at + basis.old_after),
    )
    if limit.used >= 1:
        return known.model_copy(update={"basis": "it is used up"})
    counted = _counted(limit, read_at, samples, basis)
    if not counted:
        return known.model_copy(update={"basis": "too few readings yet for a rate"})
    first = counted[0]
    took, gained = read_at - first.at, max(0.0, limit.used - first.used)
    rate = gained / (took / timedelta(hours=1))
    words = f"at the rate of the last {_span(took)} ({_percent(gained)} in {_span(took)})"
    known = known.model_copy(update={"rate": rate, "basis": words})
    full_at: datetime | None = None
    if limit.used + rate * ((limit.resets_at - read_at) / timedelta(hours=1)) >= 1:
        full_at = _rounded_up(read_at + timedelta(hours=(1 - limit.used) / rate), basis.rounding)
        if full_at <= now:
            return known.model_copy(update={"basis": f"{words} it may be full by now: ask again"})
        full_at = full_at if full_at < limit.resets_at else None
    known = known.model_copy(update={"full_at": full_at})
    if took < basis.over / 2 or not rate:
        return known
    return _with_band(known, limit, read_at, counted, basis)


def _with_band(
    known: WindowPace, limit: Limit, read_at: datetime, counted: Sequence[LimitSample], basis: Basis
) -> WindowPace:
    """Adds how soon and how late it may be full, where that can be said and is before the reset."""
    assert limit.resets_at is not None
    assert limit.used is not None
    points = [*((one.at, one.used) for one in counted), (read_at, limit.used)]
    reach, left = reach_of(points), (limit.resets_at - read_at) / timedelta(hours=1)
    if reach is None or reach.soonest is None or reach.soonest >= left:
        return known
    soonest = _rounded_down(read_at + timedelta(hours=reach.soonest), basis.rounding)
    latest: datetime | None = None
    if known.full_at is not None and reach.latest is not None and reach.latest < left:
        latest = _rounded_up(read_at + timedelta(hours=reach.latest), basis.rounding)
    quarter = _span((read_at - counted[0].at) / PARTS)
    return known.model_copy(
        update={
            "full_from": soonest,
            "full_to": latest if latest is not None and latest < limit.resets_at else None,
            "band": f"from its slowest and fastest {quarter} in that time",
        }
    )


def even_words(pace: WindowPace) -> str:
    """Gives `12 % ahead of an even pace`, `on pace` or `8 % behind …`; empty when it is not known."""
    if pace.ahead is None:
        return ""
    if abs(pace.ahead) < EVEN:
        return "on pace"
    return f"{round(abs(pace.ahead) * 100)} % {'ahead of' if pace.ahead > 0 else 'behind'} an even pace"


def readings_wanted(snapshot: Snapshot, now: datetime) -> list[tuple[str, datetime]]:
    """Gives the limits whose readings `paces_of` can use, each with the moment from which on."""
    moments = (
        (limit.id, samples_since(limit, limit.as_of or snapshot.fetched_at, now)) for limit in snapshot.limits
    )
    return [(limit_id, since) for limit_id, since in moments if since is not None]


def samples_since(limit: Limit, read_at: datetime, now: datetime) -> datetime | None:
    """Gives the moment from which on samples matter for `pace_of`; None when none do."""
    if limit.used is None or limit.resets_at is None or limit.resets_at <= now or not limit.length:
        return None
    basis = basis_of(limit.length)
    if limit.used >= 1 or abs(now - read_at) > basis.old_after:
        return None
    return max(read_at - basis.reach, limit.resets_at - limit.length)


def _counted(
    limit: Limit, read_at: datetime, samples: Sequence[LimitSample], basis: Basis
) -> list[LimitSample]:
    """Gives the readings to count from, oldest first; none where they are of too short a time. The first is
    the last one at least `over` old, else the earliest that is left."""
    since = read_at - basis.reach
    used = limit.used or 0.0
    run: list[LimitSample] = []
    mine = (one for one in samples if since <= one.at < read_at and isfinite(one.used))
    for sample in sorted((one for one in mine if _same_window(one, limit)), key=lambda one: one.at):
        if sample.used > used + ROUNDING:  # emptied since, without another reset: count from there
            run.clear()
        elif run and sample.used < run[-1].used:  # an older answer that came late: a window does not shrink
            run.append(sample.model_copy(update={"used": run[-1].used}))
        else:
            run.append(sample)
    whole = sum(read_at - sample.at >= basis.over for sample in run)
    counted = run[max(0, whole - 1) :]
    return counted if counted and read_at - counted[0].at >= basis.least else []


def _same_window(sample: LimitSample, limit: Limit) -> bool:
    if sample.limit_id != limit.id or sample.resets_at is None or limit.resets_at is None:
        return False
    return abs(sample.resets_at - limit.resets_at) <= SAME_RESET


def _rounded_up(moment: datetime, step: timedelta) -> datetime:
    """Gives the next moment that is a whole number of steps after midnight UTC."""
    midnight = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - (midnight - moment) // step * step


def _rounded_down(moment: datetime, step: timedelta) -> datetime:
    up = _rounded_up(moment, step)
    return up if up == moment else up - step


def _span(time: timedelta) -> str:
    """Gives `60 min`, `24 h`, `7 days`."""
    minutes = round(time.total_seconds() / 60)
    if minutes <= 120:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} h" if hours <= 72 else f"{round(hours / 24)} days"


def _percent(share: float) -> str:
    return "<1 %" if 0 < share < 0.005 else f"{round(share * 100)} %"

"""How sure the moment is at which a window is full: what the band promises, and how often that holds."""

from datetime import UTC, datetime, timedelta
from statistics import mean, median

import pytest
from benchmarks.pace import FIVE_HOURS, KINDS, METHODS, OURS, WEEK, backtest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackk_tui.insight.band import HALF_A_PERCENT, Point, reach_of
from stackk_tui.insight.pace import basis_of, pace_of
from stackk_tui.model.snapshot import Limit, LimitSample
from stackk_tui.model.view import WindowPace

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVENLY = (0.30, 0.35, 0.40, 0.45, 0.50)
"""Readings a quarter of the basis apart, the last of them now."""


def asked(
    *shares: float,
    left: timedelta = 4 * HOUR,
    length: timedelta = FIVE_HOURS,
    age: timedelta = timedelta(0),
    every: timedelta | None = None,
) -> WindowPace:
    step = every or basis_of(length).over / 4
    read_at, resets_at = NOON - age, NOON + left
    samples = [
        LimitSample(limit_id="w", at=read_at - step * n, used=used, resets_at=resets_at)
        for n, used in enumerate(reversed(shares[:-1]), start=1)
    ]
    limit = Limit(id="w", label="W", used=shares[-1], resets_at=resets_at, length=length)
    found = pace_of(limit, read_at, samples, NOON)
    assert found is not None
    return found


def test_an_even_use_is_uncertain_by_what_whole_percents_hide() -> None:
    found = asked(*EVENLY)
    assert found.full_at == NOON + 2.5 * HOUR
    # a quarter of an hour may truly have been 4 to 6 %, the hour 19 to 21 %: 16.75 to 23.25 % an hour
    assert found.full_from == NOON + timedelta(hours=2, minutes=5)  # 2:07, to the five minutes before
    assert found.full_to == NOON + timedelta(hours=3, minutes=5)  # 3:01, to the five after
    assert found.band == "from its slowest and fastest 15 min in that time"


def test_stop_and_go_is_less_sure_than_an_even_use() -> None:
    even, jerky = asked(*EVENLY, left=8 * HOUR), asked(0.3, 0.3, 0.4, 0.43, 0.5, left=8 * HOUR)
    assert even.full_at == jerky.full_at
    assert even.full_from is not None
    assert even.full_to is not None
    assert jerky.full_from is not None
    assert jerky.full_from < even.full_from
    assert jerky.full_to is None or jerky.full_to > even.full_to


def test_what_may_also_reset_first_has_no_latest_moment() -> None:
    found = asked(*EVENLY, left=timedelta(hours=2, minutes=40))
    assert found.full_at == NOON + 2.5 * HOUR
    assert (found.full_from, found.full_to) == (NOON + timedelta(hours=2, minutes=5), None)


def test_what_resets_first_but_not_at_its_fastest_says_from_when_it_could_be_full() -> None:
    found = asked(*EVENLY, left=timedelta(hours=2, minutes=20))
    assert (found.full_at, found.full_to) == (None, None)
    assert found.full_from == NOON + timedelta(hours=2, minutes=5)
    surely = asked(*EVENLY, left=2 * HOUR)
    assert (surely.full_at, surely.full_from, surely.band) == (None, None, "")


def test_it_may_be_full_any_moment() -> None:
    found = asked(0.99, 0.992, 0.994, 0.996, 0.998, left=5 * HOUR)
    assert found.full_from is not None
    assert found.full_from <= NOON


def test_too_few_readings_have_a_moment_but_no_band() -> None:
    for shares, every in (
        ((0.3, 0.5), HOUR),
        ((0.3, 0.4, 0.5), HOUR / 2),
        ((0.35, 0.4, 0.45, 0.5), HOUR / 12),
    ):
        found = asked(*shares, every=every)
        assert (found.full_from, found.full_to, found.band) == (None, None, "")
    assert asked(0.3, 0.5, every=HOUR).full_at == NOON + 2.5 * HOUR


def test_readings_in_one_heap_are_too_few() -> None:
    """What happened in the three quarters of an hour before them, nobody saw."""
    heap = [(NOON - HOUR, 0.3), *((NOON - timedelta(minutes=m), 0.5 - m / 1000) for m in (6, 4, 2, 0))]
    assert reach_of(heap) is None


def test_one_missing_reading_is_bridged() -> None:
    seen = [(NOON - HOUR / 4 * n, 0.5 - n / 20) for n in (4, 3, 1, 0)]
    assert reach_of(seen) is not None
    assert reach_of(seen[::2]) is None


def test_nothing_used_of_late_leads_nowhere() -> None:
    found = asked(0.9, 0.9, 0.9, 0.9, 0.9, left=4.5 * HOUR)
    assert (found.rate, found.full_at, found.full_from, found.band) == (0, None, None, "")


def test_a_week_is_judged_by_the_quarters_of_its_day() -> None:
    found = asked(0.4, 0.45, 0.5, 0.55, 0.6, left=timedelta(days=5), length=WEEK)
    assert found.band == "from its slowest and fastest 6 h in that time"
    assert found.full_from is not None
    assert found.full_to is not None
    assert {found.full_from.minute, found.full_to.minute} == {0}
    assert found.full_from < found.full_at < found.full_to  # type: ignore[operator]


rises = st.lists(st.floats(0, 0.1), min_size=1, max_size=14)
spans = st.sampled_from([FIVE_HOURS, WEEK, timedelta(days=30)])


@settings(max_examples=150, deadline=None)
@given(rises, st.floats(0, 0.6), spans, st.floats(0.05, 1), st.floats(0, 2))
def test_the_moment_lies_in_its_band_and_nothing_is_said_from_old_values(
    steps: list[float], begun: float, length: timedelta, left: float, old: float
) -> None:
    shares = [begun]
    for step in steps:
        shares.append(min(1.2, shares[-1] + step))
    basis = basis_of(length)
    found = asked(
        *shares, length=length, left=length * left, age=basis.old_after * old, every=basis.over / len(steps)
    )
    if old > 1:
        assert (found.full_at, found.full_from, found.full_to, found.band) == (None, None, None, "")
    assert (found.full_from is None) == (not found.band)
    if len(steps) < 3 or shares[-1] >= 1:
        assert found.full_from is None
    if found.full_at is not None and found.full_from is not None:
        assert found.full_from <= found.full_at <= (found.full_to or NOON + length * left)
    if found.full_to is not None:
        assert found.full_at is not None
        assert found.full_from is not None
        assert found.full_to < NOON + length * left
    if found.full_from is not None:
        assert found.full_from < NOON + length * left


@st.composite
def readings(draw: st.DrawFn) -> list[Point]:
    minutes = sorted(draw(st.sets(st.integers(0, 75), min_size=2, max_size=16)), reverse=True)
    shares = sorted(draw(st.lists(st.floats(0, 0.99), min_size=len(minutes), max_size=len(minutes))))
    return [(NOON - timedelta(minutes=m), used) for m, used in zip(minutes, shares, strict=True)]


@settings(max_examples=150, deadline=None)
@given(readings(), st.floats(0, 0.02), st.floats(0, 0.02))
def test_what_is_read_less_exactly_is_never_told_more_exactly(
    seen: list[Point], hidden: float, more: float
) -> None:
    fine, coarse = reach_of(seen, hidden), reach_of(seen, hidden + more)
    assert (fine is None) == (coarse is None) == (reach_of(seen) is None)
    if fine is not None and coarse is not None:
        never = float("inf")
        soonest = never if fine.soonest is None else fine.soonest
        assert (never if coarse.soonest is None else coarse.soonest) <= soonest + 1e-9
        latest = never if fine.latest is None else fine.latest
        assert (never if coarse.latest is None else coarse.latest) >= latest - 1e-9 * min(latest, 1e6)


def test_whole_percents_hide_half_a_percent() -> None:
    assert HALF_A_PERCENT == 0.005


@pytest.mark.parametrize(("length", "seeds"), [(FIVE_HOURS, 24), (WEEK, 8)], ids=["5-hour", "weekly"])
def test_the_truth_is_in_the_band_as_often_as_it_is_said_to_be(length: timedelta, seeds: int) -> None:
    """`python -m benchmarks pace` prints the whole table; windows that nothing was chosen by."""
    unseen = range(1000, 1000 + seeds)
    found = backtest(length, unseen)
    assert set(found) == set(KINDS)
    everything = [one for some in found.values() for one in some]
    said = [one for one in everything if one.said]
    assert len(said) > 300
    assert 0.75 <= mean(one.inside for one in said) <= 0.95
    assert mean(one.inside for one in everything) >= 0.75
    assert median(one.width for one in said) <= 0.6  # of the time that is left
    assert 0.4 < mean(one.filled for one in said) < 0.95  # neither sure nor idle
    for some in found.values():
        assert mean(one.inside for one in some if one.said) >= 0.65
    for other in METHODS.keys() - {OURS}:
        theirs = [one for some in backtest(length, unseen, other).values() for one in some]
        assert mean(one.score for one in everything) <= mean(one.score for one in theirs) * 1.03, other

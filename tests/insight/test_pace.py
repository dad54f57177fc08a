"""Pace: against an even spend, and when a window will be full."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackk_tui.insight.pace import basis_of, even_words, pace_of, samples_since
from stackk_tui.model.snapshot import Limit, LimitSample
from stackk_tui.model.view import WindowPace

from .views import NOW

FIVE_HOURS, WEEK = timedelta(hours=5), timedelta(days=7)
LEFT = timedelta(hours=2, minutes=30)


def window(used: float | None, *, left: timedelta = LEFT, length: timedelta | None = FIVE_HOURS) -> Limit:
    return Limit(id="five_hour", label="5-hour window", used=used, resets_at=NOW + left, length=length)


def reading(
    used: float, before: timedelta, *, left: timedelta = LEFT, limit_id: str = "five_hour"
) -> LimitSample:
    return LimitSample(limit_id=limit_id, at=NOW - before, used=used, resets_at=NOW + left)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def pace(limit: Limit, *samples: LimitSample, age: timedelta = timedelta(0)) -> WindowPace:
    found = pace_of(limit, NOW - age, samples, NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("used", "words"),
    [
        (0.62, "12 % ahead of an even pace"),
        (0.5, "on pace"),
        (0.511, "on pace"),
        (0.42, "8 % behind an even pace"),
    ],
)
def test_half_of_the_time_is_gone(used: float, words: str) -> None:
    found = pace(window(used))
    assert (found.elapsed, even_words(found)) == (0.5, words)
    assert found.provenance == "estimated"


def test_the_rate_is_the_difference_of_two_readings_and_says_so() -> None:
    found = pace(
        window(0.72), reading(0.50, minutes(90)), reading(0.58, minutes(60)), reading(0.7, minutes(5))
    )
    assert found.basis == "at the rate of the last 60 min (14 % in 60 min)"
    assert found.rate == pytest.approx(0.14)
    assert found.full_at == NOW + minutes(120)


def test_a_reading_a_little_older_than_the_hour_will_do() -> None:
    found = pace(window(0.72), reading(0.58, minutes(63)), reading(0.7, minutes(5)))
    assert found.basis == "at the rate of the last 63 min (14 % in 63 min)"
    assert pace(window(0.72), reading(0.58, minutes(76))).rate is None


def test_a_window_that_resets_before_it_is_full_has_no_moment() -> None:
    found = pace(window(0.5), reading(0.4, minutes(60)))
    assert (found.full_at, round(found.rate or 0, 3)) == (None, 0.1)
    assert pace(window(0.5), reading(0.5, minutes(60))).rate == 0


def test_a_week_is_judged_by_its_last_day() -> None:
    left = timedelta(days=3)
    limit = window(0.6, left=left, length=WEEK)
    found = pace(limit, reading(0.3, timedelta(hours=24), left=left), reading(0.58, minutes(60), left=left))
    assert found.basis == "at the rate of the last 24 h (30 % in 24 h)"
    assert found.full_at == NOW + timedelta(hours=32)


def test_too_little_is_said_to_be_too_little() -> None:
    for samples in ((), (reading(0.4, minutes(10)),), (reading(0.2, minutes(80)),)):
        found = pace(window(0.5), *samples)
        assert (found.rate, found.full_at, found.basis) == (None, None, "too few readings yet for a rate")
        assert found.ahead == 0


def test_old_values_say_nothing() -> None:
    found = pace(window(0.9), reading(0.1, minutes(70)), age=minutes(16))
    assert (found.elapsed, found.ahead, found.rate, found.full_at) == (None, None, None, None)
    assert found.basis == "read 16 min ago: too old to say more"
    week = window(0.9, length=WEEK)
    assert pace(week, age=minutes(119)).ahead is not None
    assert pace(week, age=minutes(121)).ahead is None


def test_a_window_that_reset_since_or_is_none_says_nothing() -> None:
    assert pace_of(window(0.9, left=-minutes(1)), NOW, (), NOW) is None
    assert pace_of(window(None), NOW, (), NOW) is None
    assert pace_of(Limit(id="rpm", label="Requests", used=0.4), NOW, (), NOW) is None
    assert pace(window(0.4, length=None)).basis == "how long this window is, is not known"


def test_only_readings_of_this_window_count() -> None:
    before, other = minutes(-100), "seven_day"
    found = pace(
        window(0.5), reading(0.1, minutes(61), left=before), reading(0.1, minutes(61), limit_id=other),
        LimitSample(limit_id="five_hour", at=NOW - minutes(61), used=0.1),
        reading(0.4, minutes(30), left=LEFT + timedelta(microseconds=-412_345)),
    )  # fmt: skip
    assert found.basis == "at the rate of the last 30 min (10 % in 30 min)"


def test_a_late_answer_is_no_fall_and_an_emptied_window_counts_from_then() -> None:
    late = pace(window(0.5), reading(0.4, minutes(60)), reading(0.2, minutes(30)))
    assert late.rate == pytest.approx(0.1)
    emptied = pace(window(0.2), reading(0.8, minutes(60)), reading(0.1, minutes(30)))
    assert emptied.rate == pytest.approx(0.2)


def test_what_may_be_full_by_now_is_not_given_a_moment() -> None:
    found = pace(window(0.99), reading(0.5, minutes(70)), age=minutes(10))
    assert found.full_at is None
    assert "it may be full by now" in found.basis
    assert pace(window(1.0), reading(0.5, minutes(60))).basis == "it is used up"


shares = st.floats(0, 1.2, allow_nan=False)
lengths = st.sampled_from([FIVE_HOURS, timedelta(days=1), WEEK, timedelta(days=30)])


@st.composite
def anything(draw: st.DrawFn) -> tuple[Limit, timedelta, list[LimitSample]]:
    length = draw(lengths)
    left = length * draw(st.floats(-0.1, 1.1))
    limit = window(draw(shares), left=left, length=length)
    samples = [
        reading(draw(shares), length * draw(st.floats(-0.1, 1)), left=left + timedelta(seconds=draw(st.sampled_from([0, 0.4, 999]))))
        for _ in range(draw(st.integers(0, 6)))
    ]  # fmt: skip
    return limit, length * draw(st.floats(-0.05, 0.3)), samples


@settings(max_examples=150, deadline=None)
@given(anything())
def test_a_moment_is_never_past_nor_after_the_reset_nor_from_an_old_value(
    case: tuple[Limit, timedelta, list[LimitSample]],
) -> None:
    limit, age, samples = case
    found = pace_of(limit, NOW - age, samples, NOW)
    assert limit.resets_at is not None
    assert limit.length is not None
    if limit.resets_at <= NOW:
        assert found is None
        return
    assert found is not None
    assert found.basis
    if abs(age) > basis_of(limit.length).old_after:
        assert (found.ahead, found.rate, found.full_at) == (None, None, None)
    if found.full_at is not None:
        assert NOW < found.full_at < limit.resets_at
        assert found.rate
        assert len([s for s in samples if s.at < NOW - age]) >= 1
    since = samples_since(limit, NOW - age, NOW)
    left = [s for s in samples if since is not None and s.at >= since]
    begun = limit.resets_at - limit.length
    if all(s.at >= begun for s in samples):
        assert pace_of(limit, NOW - age, left, NOW) == found  # what the ledger is asked for is enough


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=5), st.floats(0.5, 0.99), st.floats(0, 0.49))
def test_the_fuller_it_is_the_sooner_it_is_full(readings: list[float], used: float, more: float) -> None:
    history = [reading(u, minutes(60 - 10 * i)) for i, u in enumerate(sorted(readings))]
    less, fuller = (pace(window(u), *history).full_at or NOW + LEFT for u in (used, min(0.999, used + more)))
    assert fuller <= less

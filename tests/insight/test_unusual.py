"""Days, hours and windows that stand out, against slots like them; ordinary ones do not."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from stackk_tui.insight.unusual import Days, rises, unusual_days, unusual_hours, with_causes
from stackk_tui.model.snapshot import LimitSample

MONDAY = date(2026, 11, 16)
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
LOOPED = date(2026, 11, 11)


def worked(day: date, chance: random.Random) -> float:
    return (2.0 if day.weekday() >= 5 else 20.0) * chance.lognormvariate(0, 0.2)


def ordinary(seed: int = 1, days: int = 90) -> dict[date, float]:
    chance = random.Random(seed)
    return {MONDAY - timedelta(days=n): worked(MONDAY - timedelta(days=n), chance) for n in range(days)}


def test_an_ordinary_month_has_nothing_unusual() -> None:
    found = [unusual_days(Days(ordinary(seed)), MONDAY - timedelta(days=30)) for seed in range(20)]
    assert sum(map(len, found)) == 0


def test_a_day_that_ate_half_a_week_is_found_with_what_made_it_so() -> None:
    day = date(2026, 11, 11)
    amounts = {**ordinary(), day: 80.0}
    parts = {
        each: {("model", "large"): amount * 0.5, ("model", "small"): amount * 0.5}
        for each, amount in amounts.items()
    }
    parts[day] = {("model", "large"): 70.0, ("model", "small"): 10.0}
    (found,) = unusual_days(Days(amounts, parts), MONDAY - timedelta(days=30))
    assert found.anomaly.start == datetime(2026, 11, 11, tzinfo=UTC)
    assert found.end - found.anomaly.start == timedelta(days=1)
    assert found.against == "the 20 weekdays before"
    assert 15 < found.anomaly.usual < 25
    (cause,) = found.anomaly.causes
    assert (cause.name, cause.share) == ("large", 1.0)  # the small one was as ever


def test_a_saturday_of_work_is_unusual_for_a_weekend() -> None:
    saturday = date(2026, 11, 14)
    (found,) = unusual_days(Days({**ordinary(), saturday: 60.0}), MONDAY - timedelta(days=30))
    assert found.against == "the 8 weekend days before"


def test_a_new_service_is_compared_with_all_its_days_and_only_when_there_are_enough() -> None:
    young = ordinary(days=12) | {MONDAY: 150.0}
    (found,) = unusual_days(Days(young), MONDAY)
    assert found.against == "the 11 days before"
    assert unusual_days(Days(ordinary(days=7) | {MONDAY: 150.0}), MONDAY) == []


def bursts(seed: int) -> dict[date, float]:
    """A day of three with real work, of very different sizes; next to nothing on the others."""
    chance = random.Random(seed)
    return {
        MONDAY - timedelta(days=n): chance.lognormvariate(3, 0.7)
        if chance.random() < 0.35
        else chance.random()
        for n in range(120, -1, -1)
    }


def test_who_works_in_bursts_is_seldom_troubled() -> None:
    """Each of these days of work is far above the middle of the days before, which is next to nothing."""
    found = [unusual_days(Days(bursts(seed)), MONDAY - timedelta(days=60)) for seed in range(30)]
    assert sum(map(len, found)) <= 30  # in 60 months; without a look at the days of work it is 364
    wild = [unusual_days(Days({**bursts(seed), MONDAY: 600.0}), MONDAY) for seed in range(30)]
    assert sum(map(len, wild)) >= 29


def with_a_loop(seed: int, share: float) -> dict[date, float]:
    """An ordinary life, and on its last day also so much of a usual week, spread evenly over the day."""
    amounts = {day: amount for day, amount in ordinary(seed).items() if day <= LOOPED}
    week = sum(amount for day, amount in amounts.items() if LOOPED - timedelta(days=28) <= day < LOOPED) / 4
    return {**amounts, LOOPED: amounts[LOOPED] + share * week}


@pytest.mark.parametrize(("share", "least"), [(0.3, 25), (0.35, 28), (0.4, 30)])
def test_a_loop_that_eats_a_third_of_a_week_evenly_over_a_day_is_found(share: float, least: int) -> None:
    """No hour of it stands out. Against a coarser spread, 0, 10 and 19 of 30 are."""
    found = [unusual_days(Days(with_a_loop(seed, share)), LOOPED) for seed in range(30)]
    assert sum(map(len, found)) >= least


def test_a_day_of_less_than_a_quarter_of_a_week_more_is_left_in_peace() -> None:
    found = [unusual_days(Days(with_a_loop(seed, 0.15)), LOOPED) for seed in range(30)]
    assert sum(map(len, found)) == 0


def test_a_key_that_slept_and_wakes_is_found_at_once() -> None:
    asleep = {MONDAY - timedelta(days=n): 0.0 for n in range(1, 60)}
    (found,) = unusual_days(Days({**asleep, MONDAY: 40.0}), MONDAY)
    assert (found.anomaly.amount, found.anomaly.usual) == (40, 0)


def test_a_days_beginning_is_that_of_its_zone() -> None:
    (found,) = unusual_days(Days({**ordinary(), MONDAY: 90.0}, timezone="Asia/Tokyo"), MONDAY)
    assert found.anomaly.start.astimezone(UTC) == datetime(2026, 11, 15, 15, 0, tzinfo=UTC)


def office_hours(weeks: int = 5) -> dict[datetime, float]:
    start = NOON - timedelta(weeks=weeks)
    hours = (start + timedelta(hours=n) for n in range(weeks * 168))
    return {hour: 2.0 for hour in hours if 9 <= hour.hour < 17 and hour.weekday() < 5}


def test_a_loop_that_eats_a_quarter_of_a_week_at_night_is_found() -> None:
    night = datetime(2026, 11, 15, 3, 0, tzinfo=UTC)
    (found,) = unusual_hours({**office_hours(), night: 20.0}, NOON - WEEK)
    assert found.anomaly.start == night
    assert found.anomaly.usual == 0
    assert found.against == "the same hour of the 28 days before"


def test_an_ordinary_week_of_hours_has_nothing_unusual() -> None:
    assert unusual_hours(office_hours(), NOON - WEEK) == []
    assert unusual_hours({}, NOON - WEEK) == []


def test_causes_are_what_is_above_the_usual_under_their_own_names() -> None:
    night = datetime(2026, 11, 15, 3, 0, tzinfo=UTC)
    (found,) = unusual_hours({**office_hours(), night: 20.0}, NOON - WEEK)
    told = with_causes(
        found,
        {("project", "/home/me/loop"): 18.0, ("project", "/home/me/usual"): 2.0},
        [{("project", "/home/me/usual"): 2.0}] * 9,
        {("project", "/home/me/loop"): "loop"},
    )
    assert [(cause.name, cause.share) for cause in told.anomaly.causes] == [("loop", 1.0)]


def samples(
    *shares: float, every: timedelta = timedelta(hours=1), resets: datetime | None = None
) -> list[LimitSample]:
    resets_at = resets or NOON + WEEK / 2
    return [
        LimitSample(limit_id="week", at=NOON - every * (len(shares) - n), used=used, resets_at=resets_at)
        for n, used in enumerate(shares)
    ]


def test_a_quarter_of_the_week_within_six_hours() -> None:
    (found,) = rises(samples(0.1, 0.1, 0.2, 0.35, 0.45, 0.46), WEEK, NOON - WEEK)
    assert float(found.anomaly.amount) == pytest.approx(0.36)
    assert (found.anomaly.start, found.end) == (NOON - timedelta(hours=5), NOON - timedelta(hours=1))
    assert float(found.anomaly.usual) == pytest.approx(6 / 168, abs=1e-6)


@pytest.mark.parametrize(
    "shares", [(0.1, 0.2, 0.34), (0.5,), (), (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.33)], ids=str
)
def test_a_slower_rise_is_none(shares: tuple[float, ...]) -> None:
    assert rises(samples(*shares, every=timedelta(hours=2)), WEEK, NOON - WEEK) == []


def test_a_new_window_is_no_fall_and_no_rise() -> None:
    before = samples(0.1, 0.2, resets=NOON)
    after = samples(0.4, 0.5, resets=NOON + WEEK)
    assert rises([*before, *after], WEEK, NOON - WEEK) == []


def test_a_rise_is_told_once_for_its_six_hours_and_two_apart_twice() -> None:
    assert len(rises(samples(*(0.06 * n for n in range(7))), WEEK, NOON - WEEK)) == 1
    assert len(rises(samples(*(0.06 * n for n in range(13))), WEEK, NOON - WEEK)) == 2
    apart = [*samples(0.0, 0.3)[:2]]
    later = [
        each.model_copy(update={"at": each.at + timedelta(hours=20), "used": each.used + 0.3})
        for each in apart
    ]
    assert len(rises([*apart, *later], WEEK, NOON - WEEK)) == 2


def with_keys(amounts: dict[date, float], wild: date) -> dict[date, dict[tuple[str, str], float]]:
    """Two keys share each day evenly; on the wild one all that is more is the second one's."""
    usual = {("key", "api"): 10.0, ("key", "ci"): 10.0}
    return {day: {**usual, ("key", "ci"): amounts[day] - 10.0} if day == wild else usual for day in amounts}


def test_a_kind_that_is_known_of_some_days_is_compared_with_those() -> None:
    day = date(2026, 11, 11)
    amounts = {**dict.fromkeys(ordinary(), 20.0), day: 100.0}
    parts = with_keys(amounts, day)
    known = frozenset(day - timedelta(days=n) for n in range(15))
    for older in amounts:
        if older not in known:
            parts[older] = {}
    (found,) = unusual_days(Days(amounts, parts, known={"key": known}), day)
    assert [(c.kind, c.name, c.share) for c in found.anomaly.causes] == [("key", "ci", 1.0)]


@pytest.mark.parametrize("days", [0, 1, 5])
def test_of_too_few_days_nothing_is_said_rather_than_taken_for_zero(days: int) -> None:
    day = date(2026, 11, 11)
    amounts = {**dict.fromkeys(ordinary(), 20.0), day: 100.0}
    known = frozenset(day - timedelta(days=n) for n in range(days))
    parts = {each: mine if each in known else {} for each, mine in with_keys(amounts, day).items()}
    parts[day] |= {("model", "large"): 100.0}
    (found,) = unusual_days(Days(amounts, parts, known={"key": known}), day)
    assert [cause.kind for cause in found.anomaly.causes] == ["model"]

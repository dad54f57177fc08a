"""A day that is not like the others is named with its cause; ordinary life is left in peace."""

from datetime import UTC, datetime
from random import Random

import pytest

from stackk_tui.insight.anomaly import FEWEST, causes_of, unusual
from stackk_tui.insight.sharing import UNTOLD
from stackk_tui.model.anomaly import Anomaly

AT = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = 70.0


def found(amount: float, others: list[float], week: float = WEEK) -> Anomaly | None:
    return unusual(AT, "day", amount, others, week=week)


def test_a_loop_that_eats_a_quarter_of_a_week_is_caught_in_its_hour() -> None:
    quiet = [0.0, 1.0, 0.5, 0.8, 0.0, 1.2, 0.6, 0.4, 0.9, 1.1]
    caught = unusual(
        AT,
        "hour",
        WEEK / 4,
        quiet,
        week=WEEK,
        parts={("project", "atlas"): 17.0, ("project", "web"): 0.5, ("model", "opus"): 17.5},
        usual_parts={("project", "atlas"): 0.3, ("project", "web"): 0.4, ("model", "opus"): 0.7},
    )
    assert caught is not None
    assert caught.slot == "hour"
    assert float(caught.usual) == 0.7
    assert caught.compared == 10
    names = {(cause.kind, cause.name) for cause in caught.causes}
    assert names == {("project", "atlas"), ("model", "opus")}
    assert all(cause.share > 0.9 for cause in caught.causes)


def test_a_busy_day_is_no_anomaly() -> None:
    assert found(16.0, [9, 10, 11, 10, 9, 12, 10, 10]) is None


def test_a_day_ten_times_as_large_is_one() -> None:
    caught = found(100.0, [9, 10, 11, 10, 9, 12, 10, 10])
    assert caught is not None
    assert float(caught.excess) == 90


def test_what_is_large_but_worth_nothing_is_left_in_peace() -> None:
    assert unusual(AT, "hour", 5.0, [0.01] * 20, week=WEEK) is None


def test_one_wild_day_before_does_not_hide_the_next() -> None:
    assert found(100.0, [9, 10, 11, 10, 9, 12, 10, 10, 100]) is not None


@pytest.mark.parametrize("count", range(FEWEST))
def test_too_short_a_history_says_nothing(count: int) -> None:
    assert found(1000.0, [10.0] * count) is None


def test_less_than_usual_is_no_alarm() -> None:
    assert found(0.0, [10.0] * 20) is None


def test_a_year_of_ordinary_days_raises_no_alarm_and_bursty_ones_few() -> None:
    random = Random(7)
    calm = [10 * random.lognormvariate(0, 0.35) for _ in range(400)]
    bursty = [10 * random.lognormvariate(0, 1.0) for _ in range(400)]
    alarms = {
        name: sum(
            found(days[n], days[n - 28 : n], week=sum(days[n - 28 : n]) / 4) is not None
            for n in range(28, 400)
        )
        for name, days in (("calm", calm), ("bursty", bursty))
    }
    assert alarms["calm"] == 0
    assert alarms["bursty"] <= 372 * 0.02


def test_of_each_kind_the_largest_is_named_before_the_second_of_another() -> None:
    parts = {
        ("model", "a"): 34.0,
        ("model", "b"): 33.0,
        ("model", "c"): 33.0,
        ("workspace", "prod"): 100.0,
        ("key", "ci"): 30.0,
        ("key", "rest"): 20.0,
    }
    told = causes_of({**parts, ("key", UNTOLD): 50.0}, {})
    assert [(cause.kind, cause.name, cause.share) for cause in told] == [
        ("workspace", "prod", 1.0),
        ("model", "a", 0.34),
        ("key", "ci", 0.3),
    ]


def test_what_nobody_knows_is_part_of_the_whole_and_no_cause() -> None:
    (cause,) = causes_of({("key", "ci"): 30.0, ("key", UNTOLD): 70.0}, {})
    assert (cause.name, cause.share) == ("ci", 0.3)

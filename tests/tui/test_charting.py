"""What a chart draws."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from stackk_tui.model.usage import Tokens
from stackk_tui.model.view import DayUsage, History
from stackk_tui.tui.charting import by_week, chart_of, ranges
from stackk_tui.tui.widgets.usage_chart import axis_steps, half_cells

from .scenes import history_of

FIRST = date(2026, 11, 1)
DAYS = tuple(FIRST + timedelta(days=i) for i in range(10))


def usage(
    day: int, model: str, cost: str | None, tokens: int | None = 100, requests: int | None = None
) -> DayUsage:
    return DayUsage(
        day=DAYS[day], model=model, tokens=None if tokens is None else Tokens(input=tokens, output=1),
        requests=requests, cost=None if cost is None else Decimal(cost), cost_by_kind={},
    )  # fmt: skip


def history(*entries: DayUsage, known: frozenset[date] = frozenset(DAYS)) -> History:
    return History(
        service_id="s",
        timezone="UTC",
        currency="USD",
        days=DAYS,
        token_days=known,
        cost_days=known,
        usage=entries,
    )


def test_an_unread_day_is_a_gap_and_a_read_one_without_usage_a_zero() -> None:
    chart = chart_of(history(usage(0, "a", "2.5"), known=frozenset(DAYS[:2])), "cost", "total")
    assert chart.sums == (2.5, 0.0, *[None] * 8)
    assert chart.unknown == DAYS[2:]


def test_a_day_used_but_not_read_stays_unknown() -> None:
    chart = chart_of(history(usage(5, "a", "2.5"), known=frozenset(DAYS[:2])), "cost", "total")
    assert chart.sums[5] is None


def test_models_are_stacked_the_dearest_first_and_the_small_ones_joined() -> None:
    entries = [usage(0, f"m{i}", str(10 - i)) for i in range(7)]
    chart = chart_of(history(*entries), "cost", "model")
    assert [series.name for series in chart.series] == ["m0", "m1", "m2", "m3", "others"]
    assert chart.sums[0] == sum(range(4, 11))


def test_kinds_of_tokens() -> None:
    chart = chart_of(history(usage(0, "a", "1")), "tokens", "kind")
    assert [series.name for series in chart.series] == ["input", "output"]
    assert chart.sums[0] == 101


def test_costs_that_are_not_split_by_kind_say_so() -> None:
    chart = chart_of(history(usage(0, "a", "1")), "cost", "kind")
    assert [series.name for series in chart.series] == ["not by kind"]


@pytest.mark.parametrize(
    ("made", "measure", "words"),
    [
        (history(known=frozenset()), "cost", "No day of this span has been read yet."),
        (history(usage(0, "a", "1")), "requests", "Requests are not in this report."),
    ],
)
def test_nothing_to_draw_is_said_in_words(made: History, measure: str, words: str) -> None:
    chart = chart_of(made, measure, "total")
    assert chart.reason == words
    assert chart.series == ()


@pytest.mark.parametrize(("measure", "name"), [("cost", "cost"), ("tokens", "usage")])
def test_what_may_not_be_seen_is_not_called_unread(measure: str, name: str) -> None:
    unread = history(known=frozenset())
    chart = chart_of(unread, measure, "total", (name,))
    assert chart.reason == f"This sign-in may not see the {measure} of these days."
    assert chart_of(unread, measure, "total", ("api_keys",)).reason.startswith("No day")


def test_days_that_were_read_and_idle_are_drawn_as_zeros() -> None:
    chart = chart_of(history(), "cost", "total")
    assert chart.reason == ""
    assert chart.sums == (0.0,) * 10


def test_weeks_end_today_and_keep_the_sum() -> None:
    chart = chart_of(history_of("s", 90), "cost", "model")
    weeks = by_week(chart)
    assert len(weeks.days) == 13
    assert (chart.days[-1] - weeks.days[-1]).days == 6
    assert sum(v or 0 for v in weeks.sums) == pytest.approx(sum(v or 0 for v in chart.sums))


def test_a_week_without_a_read_day_is_a_gap() -> None:
    weeks = by_week(chart_of(history(usage(0, "a", "1"), known=frozenset(DAYS[:3])), "cost", "total"))
    assert weeks.sums == (1.0, None)


def test_runs_of_days() -> None:
    assert ranges([DAYS[5], DAYS[0], DAYS[1]]) == [(DAYS[0], DAYS[1]), (DAYS[5], DAYS[5])]


@pytest.mark.parametrize("top", [0, 0.0004, 0.7, 1, 3.2, 9.99, 22.4, 1000, 4.1e8])
@pytest.mark.parametrize("most", [3, 5, 8])
def test_the_axis_covers_the_highest_bar_with_few_steps(top: float, most: int) -> None:
    steps = axis_steps(top, most)
    assert steps[0] == 0
    assert steps[-1] >= top
    assert len(steps) <= max(3, most)
    assert sorted(steps) == steps


def test_layers_never_sink_and_only_the_top_ends_inside_a_cell() -> None:
    chart = chart_of(history_of("s", 30), "tokens", "model")
    top = max(value for value in chart.sums if value is not None)
    layers = half_cells(chart, top, 20)
    for column, total in zip(zip(*layers, strict=True), chart.sums, strict=True):
        assert list(column) == sorted(column)
        assert column[-1] == (0 if not total else max(1, round(total / top * 20)))
        assert all(height % 2 == 0 or height == column[-1] for height in column)

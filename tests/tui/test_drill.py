"""The way down through usage, and the questions it asks. No widgets."""

from datetime import UTC, date, datetime

import pytest

from stackk_tui.model.usage_report import UsageQuery, UsageRow
from stackk_tui.tui.drill import TABS, Level, Step, Trail, below, days_of, narrowed, offered
from stackk_tui.tui.usage_wish import Keys, Wish, days_shown, filter_words, matching, question

TODAY = date(2026, 11, 18)  # a Wednesday


def way(*opened: tuple[str, str]) -> Trail:
    trail = Trail()
    for tab, key in opened:
        trail.turn(tab)
        assert trail.open(key, key), (tab, key)
    return trail


def test_a_day_has_projects_a_project_sessions_a_session_models_a_model_agents_and_then_it_ends() -> None:
    trail = Trail()
    seen = []
    for key in ("2026-11-17", "/home/p", "s1", "m1"):
        trail.open(key, key)
        seen.append(trail.level.tab)
    assert seen == ["project", "session", "model", "agent"]
    assert not trail.open("main", "main")
    assert trail.titles == ["2026-11-17", "/home/p", "s1", "m1"]


@pytest.mark.parametrize("tab", ["week", "month", "project", "model", "agent", "session"])
def test_what_is_no_day_has_days(tab: str) -> None:
    trail = Trail(tab)
    trail.open("2026-11" if tab == "month" else "2026-11-16", "x")
    assert trail.level.tab == "day"


def test_a_block_has_sessions() -> None:
    assert below(Level("block")) == "session"


def test_a_day_of_the_calendar_is_a_day() -> None:
    trail = Trail("year")
    trail.open("2026-11-17", "17 Nov")
    assert trail.level == Level("project", (Step("day", "2026-11-17", "17 Nov"),))


def test_groupings_that_a_step_has_settled_are_not_offered() -> None:
    assert offered(()) == TABS
    assert way(("day", "2026-11-17")).tabs == ("session", "project", "model", "agent", "block")
    assert way(("session", "s")).tabs == ("day", "week", "month", "model", "agent", "block", "year")
    assert "project" not in way(("project", "p")).tabs
    assert way(("week", "2026-11-16")).tabs == ("day", "session", "project", "model", "agent", "block")
    assert "week" in way(("month", "2026-11")).tabs


def test_every_way_down_ends_and_every_level_on_it_is_offered() -> None:
    keys = {"day": "2026-11-17", "week": "2026-11-16", "month": "2026-11", "block": "2026-11-17T09:00:00Z"}

    def walk(trail: Trail, depth: int) -> int:
        assert depth < 8
        assert trail.level.tab in trail.tabs
        deepest = depth
        for tab in trail.tabs if depth < 3 else ():
            trail.turn(tab)
            if trail.open(keys.get(trail.level.by, "k"), "k"):
                deepest = max(deepest, walk(trail, depth + 1))
                trail.up()
        while depth >= 3 and trail.open(keys.get(trail.level.by, "k"), "k"):
            deepest += 1
            assert deepest < 9
        del trail._levels[depth + 1 :]
        return deepest

    assert walk(Trail(), 0) >= 4


def test_going_up_comes_back_to_the_row_that_was_opened() -> None:
    trail = way(("day", "2026-11-17"), ("project", "p"))
    trail.up()
    assert (trail.level.tab, trail.level.cursor) == ("project", "p")
    trail.up()
    assert (trail.level.tab, trail.level.cursor) == ("day", "2026-11-17")
    assert not trail.up()


def test_turning_to_what_is_not_offered_changes_nothing() -> None:
    trail = way(("day", "2026-11-17"))
    assert not trail.turn("month")
    assert not trail.turn("project")
    assert trail.turn("model")
    assert trail.beside(1) == "agent"
    assert trail.beside(-1) == "project"


# the questions


def test_each_step_narrows_the_question() -> None:
    steps = way(
        ("month", "2026-02"), ("day", "2026-02-17"), ("project", "/p"), ("session", "s"), ("model", "m")
    ).level.steps
    assert narrowed(UsageQuery(), steps) == UsageQuery(
        since=date(2026, 2, 17), until=date(2026, 2, 17), projects=("/p",), sessions=("s",), models=("m",)
    )


def test_a_block_is_five_hours_on_top_of_the_days() -> None:
    query = narrowed(UsageQuery(since=date(2026, 11, 1)), (Step("block", "2026-11-17T09:00:00Z", ""),))
    assert query.start == datetime(2026, 11, 17, 9, tzinfo=UTC)
    assert query.end == datetime(2026, 11, 17, 14, tzinfo=UTC)
    assert query.since == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("by", "key", "first", "last"),
    [
        ("day", "2026-11-17", "2026-11-17", "2026-11-17"),
        ("week", "2026-11-16", "2026-11-16", "2026-11-22"),
        ("month", "2026-12", "2026-12-01", "2026-12-31"),
        ("month", "2028-02", "2028-02-01", "2028-02-29"),
    ],
)
def test_a_row_by_time_has_its_days(by: str, key: str, first: str, last: str) -> None:
    assert days_of(by, key) == (date.fromisoformat(first), date.fromisoformat(last))


def test_a_row_at_the_edge_of_typed_days_keeps_to_them() -> None:
    typed = Wish(since=date(2026, 11, 18), until=date(2026, 11, 20))
    query = question(typed, way(("week", "2026-11-16")).level, TODAY, Keys(), TODAY)
    assert (query.since, query.until) == (date(2026, 11, 18), date(2026, 11, 20))


def test_a_span_is_whole_weeks_and_months_where_they_are_rows() -> None:
    wish = Wish(span=7)
    assert days_shown(wish, Level("day"), TODAY, TODAY) == (date(2026, 11, 12), None)
    assert days_shown(wish, Level("week"), TODAY, TODAY) == (date(2026, 11, 9), None)
    assert days_shown(wish, Level("month"), TODAY, TODAY) == (date(2026, 11, 1), None)
    assert days_shown(Wish(span=None), Level("day"), TODAY, TODAY) == (None, None)


def test_below_a_week_its_days_are_whole_whatever_the_span() -> None:
    query = question(Wish(span=7), way(("week", "2026-11-09")).level, TODAY, Keys(), TODAY)
    assert (query.since, query.until) == (date(2026, 11, 9), date(2026, 11, 15))


def test_the_calendar_asks_for_53_weeks_and_keeps_to_typed_days() -> None:
    query = question(Wish(), Level("year"), TODAY, Keys(), TODAY)
    assert (query.by, query.since, query.until) == ("day", date(2025, 11, 17), TODAY)
    typed = question(Wish(since=date(2026, 11, 1)), Level("year"), TODAY, Keys(), TODAY)
    assert typed.since == date(2026, 11, 1)


def test_typed_words_match_folders_and_names_anywhere_and_in_any_case() -> None:
    rows = [UsageRow(key="/home/ada/Nimbus-API", label="Nimbus-API"), UsageRow(key="/home/ada/infra")]
    assert matching("api nim", rows) == ("/home/ada/Nimbus-API",)
    assert matching("ADA", rows) == tuple(row.key for row in rows)
    assert matching("zzz", rows) == ()


def test_the_line_says_what_was_asked() -> None:
    def words(wish: Wish, level: Level) -> str:
        return " · ".join(filter_words(wish, level, TODAY, TODAY, "UTC", accounts=2))

    day = Level("day")
    assert words(Wish(), day) == "30 days: 20 Oct – 18 Nov · days of UTC · cost recorded or by list"
    assert words(Wish(span=7), Level("month")).startswith("7 days, whole months: 1 – 18 Nov")
    assert words(Wish(span=None), day).startswith("all days · ")
    assert words(Wish(since=date(2026, 11, 2)), day).startswith("since 2 Nov · ")
    assert words(Wish(until=date(2026, 11, 2)), day).startswith("until 2 Nov · ")
    assert "project “nim” · model “opus” · account work" in words(
        Wish(project="nim", model="opus", account="work"), day
    )
    assert words(Wish(), way(("day", "2026-11-17")).level).startswith("days of UTC")


def test_what_was_typed_can_be_taken_back() -> None:
    wish = Wish(span=7, since=TODAY, project="x", cost_mode="display")
    assert wish.typed
    assert wish.cleared() == Wish(span=7, cost_mode="display")
    assert not wish.cleared().typed

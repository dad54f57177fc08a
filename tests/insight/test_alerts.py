"""Each crossing is told once: the rules, one by one, without a clock that runs."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from stackk_tui.insight.alert_conditions import Standing, conditions
from stackk_tui.insight.alerts import Condition, Memory, Words, decide, summary_of
from stackk_tui.insight.budget import state_of
from stackk_tui.model.alert import Alert, Silence
from stackk_tui.model.anomaly import Anomaly, Cause, Unusual
from stackk_tui.model.budget import Budget, BudgetState
from stackk_tui.model.forecast import Forecast
from stackk_tui.model.service import ErrorNote, Status
from stackk_tui.model.snapshot import Limit, Snapshot
from stackk_tui.model.view import ServiceView, WindowPace
from tests.insight.views import view

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Person:
    """Looks from time to time, and remembers as the ledger does."""

    def __init__(self) -> None:
        self.memory = Memory()

    def told(
        self, *found: Condition, at: datetime = NOW, quiet: bool = False, urgent: bool = False
    ) -> list[Alert]:
        decision = decide(found, self.memory, at, quiet=quiet, urgent=urgent)
        notes = {**self.memory.notes, **{note.key: note for note in decision.notes}}
        self.memory = Memory(notes, self.memory.silences)
        self.states = [state for _, state in decision.alerts]
        return [alert for alert, _ in decision.alerts]

    def silenced(self, subject: str, until: datetime | None) -> None:
        silences = {**self.memory.silences, subject: Silence(subject=subject, until=until)}
        self.memory = Memory(self.memory.notes, silences)


def step(mark: int, holds: bool | None, period: str = "2026-11", **how: object) -> Condition:
    known = Condition("budget/b", "budget", str(mark), holds, Words("spent"), step=mark, period=period)
    return replace(known, **how)  # type: ignore[arg-type]


def ladder(share: float, period: str = "2026-11") -> list[Condition]:
    return [step(mark, share >= mark, period) for mark in (50, 80, 100)]


def marks(alerts: list[Alert]) -> list[str]:
    return [alert.mark for alert in alerts]


def test_each_threshold_is_told_once_and_a_new_month_begins_afresh() -> None:
    person = Person()
    said = [marks(person.told(*ladder(share))) for share in (10, 49, 50, 70, 79, 85, 99, 100, 130)]
    assert said == [[], [], ["50"], [], [], ["80"], [], ["100"], []]
    assert marks(person.told(*ladder(60, "2026-12"))) == ["50"]


def test_several_steps_at_once_are_one_alert_and_do_not_come_later() -> None:
    person = Person()
    assert marks(person.told(*ladder(90))) == ["80"]
    assert marks(person.told(*ladder(40))) == []
    assert marks(person.told(*ladder(90))) == []
    assert marks(person.told(*ladder(101))) == ["100"]


def test_what_is_not_known_changes_nothing() -> None:
    person = Person()
    assert person.told(step(50, None)) == []
    assert marks(person.told(step(50, True))) == ["50"]
    assert person.told(step(50, None)) == person.told(step(50, True)) == []


def test_the_same_crossing_has_the_same_id_whoever_looks() -> None:
    (one,), (other,) = Person().told(step(50, True)), Person().told(step(50, True), at=NOW + HOUR)
    assert one.id == other.id
    assert one.id != Person().told(step(80, True))[0].id


@pytest.mark.parametrize("jump", [-40 * DAY, -3 * HOUR, 3 * HOUR, 40 * DAY, 4000 * DAY])
def test_a_clock_that_jumps_makes_nothing_come_twice(jump: timedelta) -> None:
    person = Person()
    told = person.told(*ladder(85))
    told += person.told(*ladder(85), at=NOW + jump)
    told += person.told(*ladder(5, "another"), at=NOW + jump)
    told += person.told(*ladder(86), at=NOW + HOUR)
    assert marks(told) == ["80"]


def forecast(holds: bool, calm: bool) -> Condition:
    return Condition(
        "budget/b", "forecast", "forecast", holds, Words("will cross"), period="2026-11", calm=calm, rearm=DAY
    )


def test_a_forecast_is_told_again_only_after_a_calm_day() -> None:
    person = Person()
    crosses, near, calm = forecast(True, False), forecast(False, False), forecast(False, True)
    assert len(person.told(crosses)) == 1
    for hours, look in ((1, near), (2, crosses), (3, calm), (20, calm), (25, near), (26, crosses)):
        assert person.told(look, at=NOW + hours * HOUR) == []
    for hours in (30, 42, 53):
        assert person.told(calm, at=NOW + hours * HOUR) == []
    assert person.told(crosses, at=NOW + 53.5 * HOUR) == []  # calm for less than a day
    assert [person.told(calm, at=NOW + hours * HOUR) for hours in (54, 66, 78)] == [[], [], []]
    (again,) = person.told(crosses, at=NOW + 79 * HOUR)
    assert again.kind == "forecast"
    assert person.told(crosses, at=NOW + 80 * HOUR) == []


def window(used: float | None, resets_at: datetime | None, **how: object) -> ServiceView:
    limit = Limit.model_validate(
        {
            "id": "five_hour",
            "label": "5-hour window",
            "used": used,
            "resets_at": resets_at,
            "length": 5 * HOUR,
            **how,
        }
    )
    return view("w", snapshot=Snapshot(fetched_at=NOW, limits=(limit,)))


def look(*services: ServiceView, at: datetime = NOW, **how: object) -> list[Condition]:
    return conditions(Standing(services=services, zone=UTC, **how), at)  # type: ignore[arg-type]


def test_a_window_is_told_once_per_window_however_its_reset_is_spelled() -> None:
    person = Person()
    resets = NOW + 2 * HOUR + timedelta(seconds=29.9)
    assert marks(person.told(*look(window(0.82, resets)))) == ["80"]
    for seconds in (-0.4, 0.2, -31, 45, 100):
        assert person.told(*look(window(0.9, resets + timedelta(seconds=seconds)))) == []
    assert marks(person.told(*look(window(0.97, resets + timedelta(seconds=1))))) == ["95"]
    assert marks(person.told(*look(window(0.8, resets + 5 * HOUR)))) == ["80"]


def test_a_window_that_was_reset_since_says_nothing() -> None:
    person = Person()
    assert person.told(*look(window(None, None))) == []
    assert person.told(*look(window(0.9, None))) == []  # when it began is not known


def test_a_cap_that_never_resets_is_told_again_after_it_fell_well_below() -> None:
    person = Person()
    shares = (0.79, 0.8, 0.78, 0.81, 0.74, 0.81)
    said = [marks(person.told(*look(window(used, None, length=None)))) for used in shares]
    assert said == [[], ["80"], [], [], [], ["80"]]


def test_a_window_that_will_be_full_before_its_reset() -> None:
    def paced(used: float, full: bool) -> ServiceView:
        pace = WindowPace(
            limit_id="five_hour",
            rate=0.3,
            full_at=NOW + HOUR if full else None,
            basis="at the rate of the last 60 min",
        )
        return window(used, NOW + 2 * HOUR).model_copy(update={"paces": (pace,)})

    person = Person()
    assert person.told(*look(paced(0.1, True))) == []  # so little used says little
    (alert,) = person.told(*look(paced(0.6, True)))
    assert (
        alert.words(names=False)
        == (
            "a service: 5-hour window will be full about Wed 18 Nov 13:00",
            (
                "It is 60 % used and resets Wed 18 Nov 14:00.",
                "Estimated at the rate of the last 60 min.",
            ),
        )
        or alert.about == "a service"
    )
    assert alert.provenance == "estimated"
    assert person.told(*look(paced(0.7, False))) == person.told(*look(paced(0.7, True))) == []


def test_a_window_that_will_be_full_is_told_with_how_sure_that_is_and_once_however_that_moves() -> None:
    def paced(soonest: int, latest: int | None, used: float = 0.6) -> ServiceView:
        pace = WindowPace(
            limit_id="five_hour",
            rate=0.3,
            full_at=NOW + HOUR,
            full_from=NOW + timedelta(minutes=soonest),
            full_to=NOW + timedelta(minutes=latest) if latest else None,
            band="from its slowest and fastest 15 min in that time",
            basis="at the rate of the last 60 min",
        )
        return window(used, NOW + 2 * HOUR).model_copy(update={"paces": (pace,)})

    person = Person()
    (alert,) = person.told(*look(paced(45, 90)))
    assert alert.title == "5-hour window will be full about Wed 18 Nov 13:00"
    assert "Probably between Wed 18 Nov 12:45 and Wed 18 Nov 13:30." in alert.lines
    assert person.told(*look(paced(30, None))) == person.told(*look(paced(50, 70))) == []
    (high,) = person.told(*look(paced(30, None, used=0.81)))
    assert "Probably Wed 18 Nov 12:30 or later." in high.lines
    for latest, said in ((90, "between now and Wed 18 Nov 13:30"), (None, "now or later")):
        (late,) = Person().told(*look(paced(-5, latest)))  # rounded to a moment that is over by now
        assert f"Probably {said}." in late.lines


def test_what_could_be_full_but_resets_first_is_no_alert() -> None:
    pace = WindowPace(limit_id="five_hour", rate=0.1, full_from=NOW + HOUR, band="x", basis="y")
    calm = window(0.6, NOW + 2 * HOUR).model_copy(update={"paces": (pace,)})
    assert Person().told(*look(calm)) == []


def unusual(hour: int, slot: str = "hour", **how: object) -> Unusual:
    start = NOW.replace(hour=0) + hour * HOUR
    anomaly = Anomaly.model_validate(
        {
            "start": start,
            "slot": slot,
            "amount": "82.10",
            "usual": "4",
            "compared": 20,
            "causes": (
                Cause(kind="model", name="opus", share=0.9),
                Cause(kind="project", name="secret-app", share=1),
                Cause(kind="key", name="secret-worker", share=0.8, provenance="estimated"),
            ),
        }
    )
    length = HOUR if slot == "hour" else DAY
    return Unusual.model_validate(
        {
            "service_id": None,
            "name": "this machine",
            "measure": "cost",
            "currency": "USD",
            "anomaly": anomaly,
            "end": start + length,
            "against": "the same hour of the last 28 days",
            "provenance": "estimated",
            **how,
        }
    )


def test_an_episode_of_unusual_hours_is_told_once_and_its_day_is_part_of_it() -> None:
    person = Person()
    seen: list[Unusual] = []
    told = []
    for hour in range(1, 9):
        seen = [unusual(hour), *seen]
        at = NOW.replace(hour=hour, minute=30)
        told += person.told(*look(unusual=seen, at=at), at=at)
    told += person.told(*look(unusual=[unusual(0, "day"), *seen], at=NOW))
    assert [alert.title for alert in told] == ["≈ $82.10 in an hour, usually ≈ $4.00"]
    assert "model opus: 90 % of what is above the usual" in told[0].lines
    assert "secret-app" not in " ".join(told[0].words(names=False)[1])
    assert "secret-app" in " ".join(told[0].words(names=True)[1])
    assert "secret-worker" not in " ".join(told[0].words(names=False)[1])
    assert "key secret-worker: ≈ 80 % of what is above the usual" in told[0].words(names=True)[1]
    later = NOW.replace(hour=0) + 40 * HOUR
    (again,) = person.told(*look(unusual=[unusual(39), *seen], at=later), at=later)
    assert again.id != told[0].id


def test_an_episode_that_goes_on_for_a_day_is_told_again() -> None:
    person = Person()
    told = []
    for hour in range(36):
        at = NOW.replace(hour=0) + (hour + 0.5) * HOUR
        told += person.told(*look(unusual=[unusual(hour)], at=at), at=at)
    assert [alert.at.hour + 24 * (alert.at.day - 18) for alert in told] == [0, 24]


def test_what_was_unusual_long_ago_is_no_news() -> None:
    assert Person().told(*look(unusual=[unusual(1)], at=NOW + 3 * DAY)) == []


def test_a_sign_in_is_told_after_an_hour_and_again_only_after_an_hour_of_health() -> None:
    signed_out = view("w", status=Status.SIGN_IN_NEEDED)
    note = ErrorNote(
        code="unauthorized",
        message="Acme's key was refused",
        lines=("Acme's key was refused",),
        happened_at=NOW,
    )
    signed_out = signed_out.model_copy(
        update={"service": signed_out.service.model_copy(update={"error": note})}
    )
    well = view("w")
    person = Person()
    said = []
    for minutes, one in ((0, signed_out), (59, signed_out), (61, signed_out), (120, signed_out), (130, well),
                         (140, signed_out), (205, signed_out), (210, well), (271, well), (275, signed_out), (340, signed_out)):  # fmt: skip
        said += person.told(*look(one), at=NOW + timedelta(minutes=minutes))
    assert [alert.at - NOW for alert in said] == [timedelta(minutes=61), timedelta(minutes=340)]
    assert said[0].title == "a new sign-in has been needed for more than an hour"
    assert "Acme" not in str(said[0].words(names=False))
    assert "Acme" in str(said[0].words(names=True))


def test_quiet_hours_hold_all_but_what_is_urgent() -> None:
    person = Person()
    person.told(*ladder(85), quiet=True, urgent=True)
    assert person.states == ["held"]
    person.told(*ladder(100, "next"), quiet=True, urgent=True)
    assert person.states == ["held"]  # critical is what is used up by its own words
    person.told(step(100, True, "third", level="critical"), quiet=True, urgent=True)
    assert person.states == ["raised"]
    person.told(step(100, True, "fourth", level="critical"), quiet=True, urgent=False)
    assert person.states == ["held"]


def test_muted_is_kept_and_not_told_later_snoozed_comes_back_if_it_still_holds() -> None:
    person = Person()
    person.silenced("budget/b", None)
    person.told(*ladder(85))
    assert person.states == ["muted"]
    snoozing = Person()
    snoozing.silenced("*", NOW + 2 * HOUR)
    assert snoozing.told(*ladder(85)) == []
    assert marks(snoozing.told(*ladder(85), at=NOW + 2 * HOUR)) == ["80"]
    over = Person()
    over.silenced("budget/b", NOW + 2 * HOUR)
    assert over.told(*ladder(85)) == []
    assert over.told(*ladder(40), at=NOW + 3 * HOUR) == []


def test_a_summary_names_the_worst_first_and_nobody() -> None:
    (eighty,), (full,) = (
        Person().told(step(80, True, words=Words("80 % spent", about="Anthropic", name="Acme"))),
        Person().told(step(100, True, level="critical", words=Words("all spent", about="all services"))),
    )
    summary = summary_of([eighty, full], NOW)
    assert summary.title == "2 alerts while it was quiet"
    assert summary.words(names=False)[1] == ("all services: all spent", "Anthropic: 80 % spent")
    assert summary.level == "critical"


def budget_state(
    spent: str | None, *, end: str | None = None, amount: str = "500", unit: str = "money"
) -> BudgetState:
    budget = Budget.model_validate(
        {"id": "bud_1", "scope": "total", "amount": amount, "unit": unit, "created_at": NOW}
    )
    coming = None
    if end is not None:
        coming = Forecast(
            first=date(2026, 11, 1),
            last=date(2026, 11, 30),
            through=date(2026, 11, 17),
            so_far=Decimal(spent or 0),
            expected=Decimal(end),
            low=Decimal(end) - 40,
            high=Decimal(end) + 40,
            basis="its last 8 weeks by weekday and this week's pace",
        )
    known = None if spent is None else Decimal(spent)
    return state_of(budget, "everything", NOW.date(), known, coming=coming, provenance="estimated")


def test_the_words_of_a_budget_hold_its_amounts_with_where_they_come_from() -> None:
    person = Person()
    (alert,) = person.told(*conditions(Standing(budgets=[budget_state("412.30", end="450")], zone=UTC), NOW))
    assert alert.words(names=False) == (
        "all services: 82 % of the month's budget is spent, past 80 %",
        ("≈ $412.30 of $500.00 from Sun 1 Nov to Mon 30 Nov.", "Estimated, or a part of it is."),
    )
    (full,) = person.told(*conditions(Standing(budgets=[budget_state("500.01")], zone=UTC), NOW))
    assert (full.level, full.mark) == ("critical", "100")


def test_a_forecast_that_crosses_says_when_and_from_what() -> None:
    state = budget_state("200", end="560")
    assert state.will_cross is not None
    (alert,) = Person().told(*conditions(Standing(budgets=[state], zone=UTC), NOW))
    assert alert.kind == "forecast"
    assert alert.lines[0] == "≈ $560.00 by Mon 30 Nov, probably $520.00 to $600.00; the budget is $500.00."
    assert "by weekday" in alert.lines[1]


def test_a_budget_of_which_nothing_is_known_says_nothing_and_a_new_amount_is_a_new_line() -> None:
    person = Person()
    assert person.told(*conditions(Standing(budgets=[budget_state(None)]), NOW)) == []
    assert len(person.told(*conditions(Standing(budgets=[budget_state("450")]), NOW))) == 1
    assert person.told(*conditions(Standing(budgets=[budget_state("460")]), NOW)) == []
    assert len(person.told(*conditions(Standing(budgets=[budget_state("850", amount="1000")]), NOW))) == 1

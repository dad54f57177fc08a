"""What is said to a person who insists more often than a vendor may be asked."""

from datetime import UTC, datetime, timedelta

from stackk_tui.report.format import when
from stackk_tui.report.held import held_words
from stackk_tui.stack.values import Held, Outcome

NOW = datetime(2026, 11, 22, 17, 22, tzinfo=UTC)
HELD = Held(5, timedelta(minutes=5), NOW + timedelta(minutes=2, seconds=40))


def test_it_says_how_often_it_was_asked_which_figures_are_shown_and_when_to_come_back() -> None:
    fetched = NOW - timedelta(minutes=2)
    shown = {"a": ("Acme", fetched), "b": ("Acme", fetched), "c": ("Other", None)}
    outcomes = [
        Outcome("a", "from-ledger", held=HELD),
        Outcome("b", "from-ledger", held=HELD),
        Outcome("c", "from-ledger", held=HELD),
    ]
    again = when(datetime(2026, 11, 22, 17, 25, tzinfo=UTC), NOW)
    assert held_words(outcomes, shown, NOW) == [
        f"Acme was asked 5 times in 5 minutes, and not again: the figures of {when(fetched, NOW)} are shown; "
        f"it can be asked again at {again}.",
        "Other was asked 5 times in 5 minutes, and not again: there are no figures yet; "
        f"it can be asked again at {again}.",
    ]


def test_nothing_is_said_of_what_was_asked_or_was_only_asked_just_now() -> None:
    outcomes = [Outcome("a", "fetched"), Outcome("a", "from-ledger")]
    assert held_words(outcomes, {"a": ("Acme", NOW)}, NOW) == []

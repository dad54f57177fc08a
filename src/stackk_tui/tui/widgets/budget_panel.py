"""The block of a service's budgets on its page: its own, and those of its category."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.budget_words import (
    budget_bar,
    end_words,
    left_words,
    level_of,
    notes_of,
    outlook_words,
    scope_words,
    spent_words,
)
from stackk_tui.tui.widgets.cells import Cell, Piece, table, wrapped
from stackk_tui.tui.widgets.panel import Lines, Panel
from stackk_tui.tui.widgets.service_panels import rule

if TYPE_CHECKING:
    from stackk_tui.model.budget import BudgetState

MOST_NOTES = 2


class BudgetPanel(Panel):
    """A bar with its thresholds, what is spent and left, where it leads, and from what that is known."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._states: tuple[BudgetState, ...] = ()
        self._today = date.min
        self.display = False

    def show(self, states: "Sequence[BudgetState]", today: date) -> None:
        """Shows these budgets; takes no line where there are none."""
        self._states, self._today = tuple(states), today
        self.display = bool(self._states)
        self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        if not self._states:
            return []
        bar = 20 if width >= 90 else 12 if width >= 60 else 8
        rows: list[list[Cell]] = []
        for state in self._states:
            level = level_of(state)
            style = draw.text if level == "ok" else draw.level(level)
            share = f.UNKNOWN if state.share is None else f.percent(state.share)
            rows.append(
                [
                    [(f"{_whose(state)}, {state.budget.period}", draw.text)],
                    budget_bar(state, bar, draw),
                    [(share, style if state.share is not None else draw.faint)],
                    _beside(state, self._today, draw),
                ]
            )
        out: Lines = [rule("Budget", width, draw)]
        for line, state in zip(
            table(rows, ("left", "left", "right", "left"), flex=3, width=width), self._states, strict=True
        ):
            out.append(line)
            for words in _below(state, self._today):
                out += [[("  ", draw.text), *part] for part in wrapped(words, width - 2, draw.quiet)]
        return [*out, []]


def _whose(state: "BudgetState") -> str:
    return "this service" if state.budget.scope == "service" else scope_words(state.budget, state.name)


def _beside(state: "BudgetState", today: date, draw: Look) -> list[Piece]:
    """Gives what is urgent first: it may be cut."""
    words, level = outlook_words(state, today)
    pieces: list[Piece] = []
    if level in ("high", "full"):
        pieces = [(words, draw.level(level)), (" · ", draw.faint)]
    return [
        *pieces,
        (" · ".join(part for part in (spent_words(state), left_words(state)) if part), draw.quiet),
    ]


def _below(state: "BudgetState", today: date) -> list[str]:
    words, level = outlook_words(state, today)
    end = end_words(state, today)
    first = " · ".join(part for part in (end, words if level == "quiet" else "") if part)
    own = state.budget.scope == "service"  # the chart below says from what its forecast is made
    notes = " ".join(notes_of(state, basis=not own)[:MOST_NOTES])
    return [part for part in (first, notes) if part]

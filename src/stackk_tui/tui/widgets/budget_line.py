"""The line below the month's total: the budget that a person should look at first."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.budget_words import (
    budget_bar,
    fullest,
    level_of,
    outlook_words,
    scope_words,
    spent_words,
)
from stackk_tui.tui.widgets.cells import Piece, cut, width_of
from stackk_tui.tui.widgets.panel import Lines, Panel

if TYPE_CHECKING:
    from stackk_tui.model.budget import BudgetState


class BudgetLine(Panel):
    """` everything, month  ━━━━━┿━━━╍╍┼──  72 %  $505.20 of $700  ▲ over ≈ 27 Nov   2 more`; else blank."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._states: tuple[BudgetState, ...] = ()
        self._today = date.min

    def show(self, states: "Sequence[BudgetState]", today: date) -> None:
        """Shows the fullest of these."""
        if (tuple(states), today) != (self._states, self._today):
            self._states, self._today = tuple(states), today
            self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        state = fullest(self._states)
        if state is None or state.share is None:
            return [[]]
        level = level_of(state)
        style = draw.quiet if level == "ok" else draw.level(level)
        words, how = outlook_words(state, self._today)
        name: Piece = (f"{scope_words(state.budget, state.name)}, {state.budget.period}  ", draw.quiet)
        share: Piece = (f"  {f.percent(state.share)}", style)
        spent: Piece = (f"  {spent_words(state)}", draw.quiet)
        outlook: list[Piece] = (
            [
                ("  ", draw.text),
                (words, draw.quiet if how == "quiet" else draw.level(how)),
            ]
            if words
            else []
        )
        others = len(self._states) - 1
        more: list[Piece] = [("   B ", draw.accent), (f"{others} more", draw.quiet)] if others else []
        urgent = outlook if how != "quiet" else []
        for bar, tail in (
            (16, [share, spent, *outlook, *more]),
            (12, [share, spent, *outlook]),
            (12, [share, spent, *urgent]),
            (8, [share, *urgent]),
            (8, [share]),
        ):
            line = [(" ", draw.text), name, *budget_bar(state, bar, draw), *tail]
            if width_of(line) <= width - 1:
                return [line]
        return [cut([(" ", draw.text), name, share], width)]

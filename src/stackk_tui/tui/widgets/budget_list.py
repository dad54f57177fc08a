"""The budgets, one line each: of what, how long, the bar, what is spent of how much, where it leads."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.budget_words import (
    budget_bar,
    level_of,
    outlook_words,
    scope_words,
    spent_words,
)
from stackk_tui.tui.widgets.cells import MEASURE, Piece, cut, fit, width_of
from stackk_tui.tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from stackk_tui.model.budget import BudgetState

SKELETON = 3
GLYPHS = {"ok": "●", "high": "▲", "full": "▲"}


class BudgetList(LineList):
    """A skeleton until it is known what there is."""

    has_heads: ClassVar[bool] = True

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._states: tuple[BudgetState, ...] | None = None
        self._today = date.min

    def show(self, states: "Sequence[BudgetState]", today: date) -> None:
        """Shows these; the cursor stays on the same budget if it is still there."""
        before = self.pointed
        self._states, self._today = tuple(states), today
        ids = [state.budget.id for state in self._states]
        if before is not None and before.budget.id in ids:
            self.set_reactive(LineList.cursor, ids.index(before.budget.id))
        self.lines_changed()

    def point_at(self, budget_id: str) -> None:
        """Moves the cursor to a budget."""
        ids = [state.budget.id for state in self._states or ()]
        if budget_id in ids:
            self.cursor = ids.index(budget_id)

    @property
    def pointed(self) -> "BudgetState | None":
        """The budget under the cursor."""
        states = self._states or ()
        return states[self.cursor] if 0 <= self.cursor < len(states) else None

    # LineList

    def count(self) -> int:
        return SKELETON if self._states is None else len(self._states)

    def can_point(self, index: int) -> bool:
        return self._states is not None

    def heads(self, width: int, draw: Look) -> list[Piece] | None:
        name, each, bar, spent, _ = self._widths(width)
        line = [
            ("   ", draw.text),
            *fit([("For", draw.quiet)], name),
            *fit([("  Each", draw.quiet)], each + 2),
        ]
        line += [*fit([], bar + 2), *fit([], 7), *fit([("  Spent", draw.quiet)], spent + 2)]
        return cut(line, width)

    def line(self, index: int, width: int, draw: Look) -> list[Piece]:
        if self._states is None:
            return [("   ", draw.text), (("-" if draw.plain else "░") * (24 - 6 * index), draw.faint)]
        state = self._states[index]
        name, each, bar, spent, outlook = self._widths(width)
        level = level_of(state)
        known = state.share is not None
        style = (draw.text if level == "ok" else draw.level(level)) if known else draw.faint
        glyph = GLYPHS[level] if known else "○"
        words, how = outlook_words(state, self._today)
        last = [
            ("  ", draw.text),
            (words.removeprefix("▲ "), draw.quiet if how == "quiet" else draw.level(how)),
        ]
        return cut(
            [
                ("›" if index == self.cursor else " ", draw.accent),
                (f"{glyph} ", draw.level(level) if known else draw.quiet),
                *fit([(scope_words(state.budget, state.name), draw.strong)], name),
                *fit([(f"  {state.budget.period}", draw.quiet)], each + 2),
                ("  ", draw.text),
                *budget_bar(state, bar, draw),
                *fit([(f.UNKNOWN if state.share is None else f.percent(state.share), style)], 7, "right"),
                *fit([(f"  {spent_words(state)}", draw.text)], spent + 2),
                *(last if outlook else []),
            ],
            width,
        )

    def _widths(self, width: int) -> tuple[int, int, int, int, bool]:
        """Gives the widths of name, period, bar and amounts, and whether there is room for the outlook."""
        states = self._states or ()
        name = max([8, *(width_of([(scope_words(s.budget, s.name), MEASURE)]) for s in states)])
        spent = max([8, *(width_of([(spent_words(s), MEASURE)]) for s in states)])
        words = max([0, *(width_of([(outlook_words(s, self._today)[0], MEASURE)]) for s in states)])
        each, rest = 5, 3 + 2 + 2 + 7 + 2
        for bar, outlook in ((24, True), (16, True), (12, True), (16, False), (8, False)):
            room = width - rest - each - bar - spent - (words + 2 if outlook else 0)
            if room >= min(name, 24):
                return min(name, room), each, bar, spent, outlook
        return max(8, width - rest - each - 8 - spent), each, 8, spent, False

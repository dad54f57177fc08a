"""The insights, line by line: sentences, and rows behind which there is something to open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece, cut
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.look import look

INDENT = 3


@dataclass(frozen=True, slots=True)
class Target:
    """What enter opens: a service, a day of the usage on this machine, or a model's prices."""

    kind: str
    """`service`, `day` or `model`."""
    id: str = ""
    day: date | None = None
    account: str | None = None
    """Of a day: whose logs; None: all."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line, and what is behind it."""

    pieces: tuple[Piece, ...] = ()
    target: Target | None = None


Section = Callable[[int, Look], Sequence[Row]]
"""Gives a section's lines for a width."""


class InsightList(LineList):
    """Draws its sections one below the other; the cursor stands on what can be opened."""

    DEFAULT_CSS: ClassVar[str] = """
    InsightList { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sections: tuple[Section, ...] = ()
        self._rows: list[Row] = []
        self._moved = False
        """Whether a person moved the cursor; until then it stands on the first line that it can."""

    def show(self, sections: Sequence[Section]) -> None:
        """Shows these; the cursor stays on what it was on."""
        before = self.target
        self._sections = tuple(sections)
        self._build()
        if not self._moved:
            self.set_reactive(LineList.cursor, 0)
        elif before is not None:
            same = [at for at, row in enumerate(self._rows) if row.target == before]
            if same:
                self.set_reactive(LineList.cursor, min(same, key=lambda at: abs(at - self.cursor)))
        self.lines_changed()

    @property
    def target(self) -> Target | None:
        """What is behind the line under the cursor."""
        return self._rows[self.cursor].target if 0 <= self.cursor < len(self._rows) else None

    # LineList

    def count(self) -> int:
        return len(self._rows)

    def can_point(self, index: int) -> bool:
        return self._rows[index].target is not None

    def line(self, index: int, width: int, draw: Look) -> list[Piece]:
        row = self._rows[index]
        mark: Piece = ("›" if index == self.cursor else " ", draw.accent)
        return cut([mark, (" " * (INDENT - 1), draw.text), *row.pieces], width)

    def on_resize(self) -> None:
        self._build()
        self.lines_changed()

    def _show_cursor(self) -> None:
        """The first one is not scrolled to: what is said above it comes first."""
        first = next((at for at in range(self.count()) if self.can_point(at)), -1)
        if self.cursor != first or self.scroll_offset.y > first:
            super()._show_cursor()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        if self.is_attached and self._sections:
            self._build()

    def watch_cursor(self, old: int, new: int) -> None:
        self._moved = self._moved or new >= 0
        super().watch_cursor(old, new)

    def action_cursor_up(self) -> None:
        """Moves up; above the first one, and where the next is far, the page moves instead."""
        self._move(-1)

    def action_cursor_down(self) -> None:
        """Moves down; below the last one, and where the next is far, the page moves instead."""
        self._move(1)

    def action_cursor_end(self) -> None:
        """Goes to the last one, and shows what is said below it, such as why figures differ."""
        super().action_cursor_end()
        self.scroll_end(animate=False)

    def action_cursor_page_down(self) -> None:
        """Moves a page down; below the last one the page moves on to the end."""
        before = self.cursor
        super().action_cursor_page_down()
        if self.cursor == before:
            self.scroll_to(y=self.scroll_offset.y + self._page, animate=False)

    def _move(self, by: int) -> None:
        top, height = self.scroll_offset.y, self.size.height
        ahead = range(self.cursor + by, self.count() if by > 0 else -1, by)
        following = next((at for at in ahead if self.can_point(at)), None)
        seen = self.cursor < 0 or top <= self.cursor < top + height
        if following is not None and seen and top - 1 <= following <= top + height:
            self.cursor = following
        else:
            self.scroll_to(y=top + by, animate=False)
            if following is not None and top <= following - by < top + height:
                self.cursor = following

    def _build(self) -> None:
        width = max(20, self.size.width - INDENT - 2)
        draw = look(self)
        self._rows = [row for section in self._sections for row in section(width, draw)]

"""The rows of usage with a cursor, and the line of their total below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets import usage_columns as columns
from stackk_tui.tui.widgets.cells import Piece
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.look import look
from stackk_tui.tui.widgets.panel import Lines, Panel
from stackk_tui.tui.widgets.usage_columns import Columns, Line, Measure, Shown

SKELETON = 3


@dataclass(frozen=True, slots=True)
class Shape:
    """All that the table draws, in the order in which it is drawn."""

    title: str
    lines: tuple[Line, ...]
    total: Line
    sort: Shown
    measure: Measure


class UsageTable(LineList):
    """One line a row. Without a shape it is being read: nothing, or a skeleton, stands there."""

    has_heads: ClassVar[bool] = True
    DEFAULT_CSS: ClassVar[str] = """
    UsageTable { scrollbar-gutter: stable; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shape: Shape | None = None
        self._columns: tuple[int, Columns] | None = None
        self._skeleton = False

    def show(self, shape: Shape, cursor: str) -> None:
        """Draws these rows, and only the lines that differ; the cursor goes to the row with that key."""
        before, lines = self._drawn(), self.count()
        self._shape, self._columns, self._skeleton = shape, None, False
        keys = [line.row.key for line in shape.lines]
        self.set_reactive(LineList.cursor, keys.index(cursor) if cursor in keys else 0 if keys else -1)
        if before is None or self.count() != lines:
            self.lines_changed()
        else:
            now = self._drawn() or {}
            for index in before.keys() | now.keys():
                if before.get(index) != now.get(index):
                    self.line_changed(index)
        self._show_cursor()

    def blank(self, *, skeleton: bool) -> None:
        """Takes the rows away while others are read."""
        if self._shape is not None or skeleton != self._skeleton:
            self._shape, self._skeleton = None, skeleton
            self.scroll_to(y=0, animate=False)
            self.lines_changed()

    @property
    def pointed(self) -> Line | None:
        """The row under the cursor."""
        if self._shape and 0 <= self.cursor < len(self._shape.lines):
            return self._shape.lines[self.cursor]
        return None

    @property
    def key(self) -> str:
        """The key of the row under the cursor."""
        return self.pointed.row.key if self.pointed else ""

    @property
    def names(self) -> list[str]:
        """What the rows are called, in the order they are drawn."""
        return [line.name for line in self._shape.lines] if self._shape else []

    def columns(self, width: int) -> Columns | None:
        """Gives the columns at a width."""
        if self._shape is None:
            return None
        if self._columns is None or self._columns[0] != width:
            found = columns.columns_of(self._shape.title, self._shape.lines, self._shape.total, width)
            self._columns = (width, found)
        return self._columns[1]

    @property
    def holds_total(self) -> bool:
        """Whether the total fits below the last row; else it stands below the table."""
        return self._shape is not None and len(self._shape.lines) + 2 < self.size.height

    # LineList

    def count(self) -> int:
        if self._shape is None:
            return SKELETON if self._skeleton else 0
        return len(self._shape.lines) + self.holds_total

    def can_point(self, index: int) -> bool:
        return self._shape is not None and index < len(self._shape.lines)

    def heads(self, width: int, draw: Look) -> list[Piece] | None:
        found = self.columns(width)
        if found is None or self._shape is None:
            return []
        return columns.heads(found, draw, self._shape.sort, self._shape.measure)

    def line(self, index: int, width: int, draw: Look) -> list[Piece]:
        found = self.columns(width)
        if found is None or self._shape is None:
            return [("  ", draw.text), (("-" if draw.plain else "░") * (28 - 6 * index), draw.faint)]
        if index == len(self._shape.lines):
            return columns.line(self._shape.total, found, draw, pointed=False, total=True)
        return columns.line(self._shape.lines[index], found, draw, pointed=index == self.cursor)

    def _drawn(self) -> dict[int, list[Piece]] | None:
        """Gives the lines that are seen by their number, the headings as -1; None where there are none."""
        width, top = self.size.width, self.scroll_offset.y
        if not width or not self.is_mounted or self._shape is None:
            return None
        draw = look(self)
        seen = range(top, min(self.count(), top + self.size.height))
        return {-1: self.heads(width, draw) or [], **{i: self.line(i, width, draw) for i in seen}}


class UsageTotal(Panel):
    """The total of the table above it, in the same columns."""

    DEFAULT_CSS = """
    UsageTotal { padding-right: 1; height: 1; }
    """

    def __init__(self, table: UsageTable, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._table = table
        self._total: Line | None = None

    def show(self, total: Line | None) -> None:
        """Shows this total; None leaves the line empty."""
        self._total = total
        self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        found = self._table.columns(width)
        if self._total is None or found is None or self._table.holds_total:
            return [[]]
        return [columns.line(self._total, found, draw, pointed=False, total=True)]


def ordered(lines: Sequence[Line], sort: Shown, *, by_time: bool) -> list[Line]:
    """Gives lines in an order; unknown costs come last. Rows by time come oldest first."""
    if sort == "newest":
        return list(reversed(lines))
    if sort == "name":
        return sorted(lines, key=lambda line: (line.name.casefold(), line.row.key))
    newest = list(reversed(lines)) if by_time else list(lines)
    if sort == "tokens":
        return sorted(newest, key=lambda line: -line.row.tokens.total)
    return sorted(newest, key=lambda line: (line.row.cost is None, -(line.row.cost or 0)))

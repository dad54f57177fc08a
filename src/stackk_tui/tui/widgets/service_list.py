"""The services, grouped by category, filtered and sorted."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal

from stackk_tui.model.board import BoardRow
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets import service_columns as columns
from stackk_tui.tui.widgets.cells import Piece
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.look import look

Sort = Literal["name", "cost", "fill", "renews", "seen"]
SORTS: tuple[Sort, ...] = ("name", "cost", "fill", "renews", "seen")
SORT_WORDS: dict[Sort, str] = {
    "name": "by name",
    "cost": "by cost",
    "fill": "by fill",
    "renews": "by renewal",
    "seen": "by age",
}
_SORT_COLUMN: dict[Sort, str] = {
    "name": "name",
    "cost": "month",
    "fill": "now",
    "renews": "renews",
    "seen": "seen",
}
Line = BoardRow | str


def matches(row: BoardRow, words: str) -> bool:
    """Says whether each of the words stands somewhere in the row's texts."""
    text = " ".join((row.name, row.workspace, row.category, row.plan or "", row.provider)).casefold()
    return all(word in text for word in words.casefold().split())


def arrange(rows: Iterable[BoardRow], words: str, sort: Sort) -> list[Line]:
    """Gives the lines: each category's name, then its services in order. `Other` comes last."""
    kept = [row for row in rows if matches(row, words)]
    names = sorted({row.category for row in kept}, key=lambda name: (name == "Other", name.casefold()))
    lines: list[Line] = []
    for name in names:
        lines.append(name)
        own = sorted((row for row in kept if row.category == name), key=_order(sort))
        lines.extend(own)
    return lines


def _order(sort: Sort) -> Callable[[BoardRow], tuple[str | float | Decimal, ...]]:
    """Gives the sort key: unknown values come last, equal ones by name."""

    def key(row: BoardRow) -> tuple[str | float | Decimal, ...]:
        by_name = (row.name.casefold(), row.workspace.casefold(), row.service_id)
        if sort == "cost":
            known = row.month_amount is not None
            return (not known, row.month_currency, -Decimal(row.month_amount or 0), *by_name)
        if sort == "fill":
            return (-(row.headline.fill if row.headline.fill is not None else -1.0), *by_name)
        if sort == "renews":
            return (row.renews is None, row.renews or "", *by_name)
        if sort == "seen":
            return (row.seen_at or "", *by_name)
        return by_name

    return key


class ServiceList(LineList):
    """One line a service."""

    has_heads: ClassVar[bool] = True

    def __init__(self, *, clock: Callable[[], datetime], id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._now = clock()
        self._rows: tuple[BoardRow, ...] = ()
        self._lines: list[Line] = []
        self._asking: frozenset[str] = frozenset()
        self._sort: Sort = "name"
        self._layout: tuple[int, columns.Layout] | None = None

    def show(self, rows: Sequence[BoardRow], words: str, sort: Sort, asking: Iterable[str]) -> None:
        """Draws these rows, and only the lines that differ. The cursor stays on the service it was on."""
        pointed, before = self.pointed, self._drawn()
        self._now, self._rows = self._clock(), tuple(rows)
        self._lines, self._sort, self._asking = arrange(rows, words, sort), sort, frozenset(asking)
        self._layout = None
        index = self.index_of(pointed.service_id) if pointed else None
        self.set_reactive(LineList.cursor, max(1, self.cursor) if index is None else index)
        if before is None or len(before) != self.count() + 1:
            self.lines_changed()
        else:
            self.set_reactive(LineList.cursor, self._nearest(self.cursor))
            self._redraw(before)

    def show_asking(self, asking: Iterable[str]) -> None:
        """Marks the services that are being asked; only lines that change are drawn."""
        before, self._asking = self._asking, frozenset(asking)
        for service_id in before ^ self._asking:
            if (index := self.index_of(service_id)) is not None:
                self.line_changed(index)

    def tick(self) -> None:
        """Lets ages grow; only lines whose text changes are drawn."""
        before = self._drawn()
        self._now = self._clock()
        self._redraw(before)

    def _drawn(self) -> list[list[Piece]] | None:
        """Gives what stands on the screen, the headings first; None before there is a size."""
        width = self.size.width
        if not width or not self.is_mounted:
            return None
        draw = look(self)
        return [self.heads(width, draw) or [], *(self.line(i, width, draw) for i in range(self.count()))]

    def _redraw(self, before: list[list[Piece]] | None) -> None:
        now = self._drawn()
        if before is None or now is None or len(now) != len(before):
            self.refresh()
            return
        for index, (old, new) in enumerate(zip(before, now, strict=True)):
            if old != new:
                self.line_changed(index - 1)

    @property
    def pointed(self) -> BoardRow | None:
        """The service under the cursor."""
        if 0 <= self.cursor < len(self._lines):
            row = self._lines[self.cursor]
            return row if isinstance(row, BoardRow) else None
        return None

    @property
    def rows(self) -> list[BoardRow]:
        """The services in the order they are drawn."""
        return [row for row in self._lines if isinstance(row, BoardRow)]

    def index_of(self, service_id: str) -> int | None:
        """Gives the line of a service, if it is shown."""
        for index, row in enumerate(self._lines):
            if isinstance(row, BoardRow) and row.service_id == service_id:
                return index
        return None

    def point_at(self, service_id: str) -> None:
        """Moves the cursor to a service, if it is shown."""
        if (index := self.index_of(service_id)) is not None:
            self.cursor = index

    # LineList

    def count(self) -> int:
        return len(self._lines)

    def can_point(self, index: int) -> bool:
        return isinstance(self._lines[index], BoardRow)

    def heads(self, width: int, draw: Look) -> list[Piece] | None:
        return columns.heads(self._plan(width), draw, _SORT_COLUMN[self._sort])

    def line(self, index: int, width: int, draw: Look) -> list[Piece]:
        row = self._lines[index]
        if isinstance(row, str):
            return columns.section(row, width, draw)
        return columns.line(
            row,
            self._plan(width),
            draw,
            self._now,
            asking=row.service_id in self._asking,
            pointed=index == self.cursor,
        )

    def _plan(self, width: int) -> columns.Layout:
        if self._layout is None or self._layout[0] != width:
            # of all rows, also those the filter hides: a figure keeps its place while one types
            self._layout = (width, columns.layout(self._rows, width, self._now))
        return self._layout[1]

"""A list of things to choose: providers, doors, answers. With check marks where several can be chosen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.style import Style
from textual.geometry import Size

from stackk_tui.tui.theme import Look, mark_style
from stackk_tui.tui.widgets.cells import MEASURE, Piece, cut, spread, wrapped
from stackk_tui.tui.widgets.line_list import LineList

INDENT = 2


@dataclass(frozen=True, slots=True)
class Item:
    """A choice. `ticked` is None for one without a check mark; `words` stand dim below it, each
    of their lines wrapped."""

    id: str
    text: str
    aside: str = ""
    words: str = ""
    color: str | None = None
    ticked: bool | None = None


class Menu(LineList):
    """Items, each one line and the dim lines that explain it."""

    DEFAULT_CSS: ClassVar[str] = """
    Menu { height: auto; }
    """

    def __init__(self, items: Sequence[Item] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._items = list(items)
        self._lines: list[tuple[int, str | None]] = []
        self._width = 40
        self._build(self._width)

    def show(self, items: Sequence[Item]) -> None:
        """Shows these items; the cursor stays on the same one if it is still there."""
        pointed = self.item
        self._items = list(items)
        self._build(self._width)
        if pointed and (at := self._line_of(pointed.id)) is not None:
            self.set_reactive(LineList.cursor, at)
        else:
            self.set_reactive(LineList.cursor, 0)
        self.lines_changed()
        self._layout_updates += 1  # as in `Panel`: a layout on its way would keep the old height
        self.refresh(layout=True)

    @property
    def item(self) -> Item | None:
        """The item under the cursor."""
        if not 0 <= self.cursor < len(self._lines):
            return None
        return self._items[self._lines[self.cursor][0]]

    @property
    def ticked(self) -> list[str]:
        """The ids of the ticked items."""
        return [item.id for item in self._items if item.ticked]

    def tick(self) -> None:
        """Ticks or unticks the item under the cursor."""
        item = self.item
        if item is None or item.ticked is None:
            return
        self._items[self._lines[self.cursor][0]] = replace(item, ticked=not item.ticked)
        self.line_changed(self.cursor)

    def on_mount(self) -> None:
        self.lines_changed()

    # LineList

    def count(self) -> int:
        return len(self._lines)

    def can_point(self, index: int) -> bool:
        return self._lines[index][1] is None

    def line(self, index: int, width: int, draw: Look) -> list[Piece]:
        number, words = self._lines[index]
        item = self._items[number]
        if words is not None:
            return cut([(" " * INDENT, draw.text), (words, draw.quiet)], width)
        pointed = index == self.cursor and (self.has_focus or not self.can_focus)
        left: list[Piece] = [("› " if pointed else "  ", draw.accent)]
        if item.ticked is not None:
            left.append(("[x] " if item.ticked else "[ ] ", draw.accent if item.ticked else draw.quiet))
        if any(one.color for one in self._items):
            left.append(("▌ ", mark_style(item.color)) if item.color else ("  ", draw.text))
        left.append((item.text, draw.strong if pointed or item.words else draw.text))
        return spread(left, [(item.aside, draw.quiet)] if item.aside else [], width - 1)

    def cursor_style(self, draw: Look) -> Style:
        return draw.cursor if self.has_focus or not self.can_focus else Style.null()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        self._build(width)
        return len(self._lines)

    def on_resize(self) -> None:
        if self.size.width != self._width:
            item = self.item
            self._build(self.size.width)
            at = self._line_of(item.id) if item else None
            self.set_reactive(LineList.cursor, at if at is not None else 0)
            self.lines_changed()

    def on_focus(self) -> None:
        self.line_changed(self.cursor)

    def on_blur(self) -> None:
        self.line_changed(self.cursor)

    def _build(self, width: int) -> None:
        self._width = width
        self._lines = []
        for number, item in enumerate(self._items):
            self._lines.append((number, None))
            if item.words:
                for part in item.words.split("\n"):
                    wrapping = wrapped(part, max(16, width - INDENT - 1), MEASURE)
                    self._lines += [(number, "".join(text for text, _ in line)) for line in wrapping]
                self._lines += [(number, "")] if number < len(self._items) - 1 else []

    def reveal(self) -> None:
        """Scrolls to the cursor once what was last shown is laid out."""
        self.call_after_refresh(self._show_cursor)

    def _show_cursor(self) -> None:
        """Shows the words below the cursor too, as far as they fit."""
        super()._show_cursor()
        if not 0 <= self.cursor < len(self._lines) or self.size.height <= 0:
            return
        number = self._lines[self.cursor][0]
        last = max(at for at, (item, words) in enumerate(self._lines) if item == number and words != "")
        if last >= self.scroll_offset.y + self.size.height:
            self.scroll_to(y=min(self.cursor, last - self.size.height + 1), animate=False)

    def _line_of(self, item_id: str) -> int | None:
        for index, (number, words) in enumerate(self._lines):
            if words is None and self._items[number].id == item_id:
                return index
        return None

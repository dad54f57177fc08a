"""A list with a cursor, drawn line by line: the one focusable thing of most screens.

It draws only what is seen, and moving the cursor repaints two lines. Subclasses say what a line looks like.
"""

from typing import ClassVar

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from stackk_tui.tui.keys import bindings
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece, strip_of
from stackk_tui.tui.widgets.look import look


class LineList(ScrollView, can_focus=True):
    """Lines with a cursor. Indexes count all lines; the cursor stands only on those `can_point` allows."""

    BINDINGS: ClassVar = bindings("list")
    DEFAULT_CSS = """
    LineList { scrollbar-size: 1 1; overflow-x: hidden; height: 1fr; }
    """

    cursor: reactive[int] = reactive(-1, repaint=False)

    class Pointed(Message):
        """The cursor came to another line."""

        def __init__(self, source: "LineList", index: int) -> None:
            super().__init__()
            self.source = source
            self.index = index

        @property
        def control(self) -> "LineList":
            return self.source

    class Chosen(Pointed):
        """A line was clicked that the cursor was already on."""

    # what subclasses say

    def count(self) -> int:
        """Gives the number of lines."""
        raise NotImplementedError

    def line(self, index: int, width: int, draw: Look) -> list[Piece]:
        """Gives what a line shows."""
        raise NotImplementedError

    def can_point(self, index: int) -> bool:
        """Says whether the cursor may stand there."""
        return True

    def heads(self, width: int, draw: Look) -> list[Piece] | None:
        """Gives the line of headings that stays above the lines; None without one."""
        return None

    has_heads: ClassVar[bool] = False

    # what screens call

    def lines_changed(self) -> None:
        """Draws everything again and keeps the cursor where it may stand."""
        self.virtual_size = Size(self.size.width, self.count() + self.has_heads)
        self.set_reactive(LineList.cursor, self._nearest(self.cursor))
        self.refresh()

    def line_changed(self, index: int) -> None:
        """Draws one line again; -1 is the line of headings."""
        y = index + self.has_heads - (self.scroll_offset.y if index >= 0 else 0)
        if (self.has_heads if index >= 0 else 0) <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    # drawing

    def render_line(self, y: int) -> Strip:
        width, draw, base = self.size.width, look(self), self.rich_style
        if self.has_heads and y == 0:
            return strip_of(self.heads(width, draw) or [], width, base)
        index = y + self.scroll_offset.y - self.has_heads
        if not 0 <= index < self.count():
            return Strip.blank(width, base)
        pieces = self.line(index, width, draw)
        cursor = self.cursor_style(draw) if index == self.cursor else None
        if not cursor:
            return strip_of(pieces, width, base)
        if draw.flat_cursor:
            pieces = [("".join(text for text, _ in pieces), draw.strong)]
        return strip_of(pieces, width, base + cursor)

    def cursor_style(self, draw: Look) -> Style:
        """Gives the style of the cursor's line; a null style leaves it as it is."""
        return draw.cursor

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, self.count() + self.has_heads)
        self._show_cursor()

    # moving

    def watch_cursor(self, old: int, new: int) -> None:
        self.line_changed(old)
        self.line_changed(new)
        self._show_cursor()
        if new >= 0:
            self.post_message(self.Pointed(self, new))

    def action_cursor_down(self) -> None:
        self._step(1)

    def action_cursor_up(self) -> None:
        self._step(-1)

    def action_cursor_top(self) -> None:
        self.scroll_to(y=0, animate=False)
        self.cursor = self._nearest(0)

    def action_cursor_end(self) -> None:
        self.cursor = self._nearest(self.count() - 1)

    def action_cursor_page_down(self) -> None:
        self.cursor = self._nearest(min(self.count() - 1, self.cursor + self._page))

    def action_cursor_page_up(self) -> None:
        self.cursor = self._nearest(max(0, self.cursor - self._page))

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y - self.has_heads
        if event.y < self.has_heads or not 0 <= index < self.count() or not self.can_point(index):
            return
        if index == self.cursor:
            self.post_message(self.Chosen(self, index))
        self.cursor = index

    @property
    def _page(self) -> int:
        return max(1, self.size.height - self.has_heads - 1)

    def _step(self, by: int) -> None:
        index = self.cursor + by
        while 0 <= index < self.count():
            if self.can_point(index):
                self.cursor = index
                return
            index += by
        if by < 0:
            self.scroll_to(y=0, animate=False)

    def _nearest(self, index: int) -> int:
        """Gives the allowed line nearest to `index`, later ones first; -1 if there is none."""
        lines = range(self.count())
        allowed = [i for i in lines if self.can_point(i)]
        return min(allowed, key=lambda i: (abs(i - index), -i), default=-1)

    def _show_cursor(self) -> None:
        height = self.size.height - self.has_heads
        if self.cursor < 0 or height <= 0:
            return
        top = self.scroll_offset.y
        if self.cursor < top or (self.cursor == 1 and top == 1):
            self.scroll_to(y=max(0, self.cursor - 1), animate=False)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)

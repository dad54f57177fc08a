"""A block of lines that is drawn from values. Drawn again only when the lines differ."""

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece, strip_of
from stackk_tui.tui.widgets.look import look

Lines = list[list[Piece]]


class Panel(Widget):
    """As high as its lines at the width it gets. Subclasses say what the lines are."""

    DEFAULT_CSS = """
    Panel { height: auto; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._drawn: tuple[int, Lines] | None = None

    def lines(self, width: int, draw: Look) -> Lines:
        """Gives the lines for a width."""
        raise NotImplementedError

    def changed(self) -> None:
        """Draws again if the lines differ from what stands there; lays out again if their number does."""
        before, self._drawn = self._drawn, None
        if before is None or not self.is_attached:
            self._lay_out_again()
            return
        now = self._lines(before[0])
        if now == before[1]:
            return
        if len(now) != len(before[1]):
            self._lay_out_again()
        else:
            self.refresh()

    def _lay_out_again(self) -> None:
        # Textual counts this up only once until it is idle; a layout in between would keep the old height
        self._layout_updates += 1
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        lines, base = self._lines(width), self.rich_style
        top, left = self.gutter.top, self.gutter.left
        if not top <= y < top + len(lines):
            return Strip.blank(self.size.width, base)
        strip = strip_of(lines[y - top], width, base)
        if self.size.width == width:
            return strip
        right = self.size.width - width - left
        return Strip.join([Strip.blank(left, base), strip, Strip.blank(right, base)])

    def notify_style_update(self) -> None:
        self._drawn = None
        super().notify_style_update()

    def _lines(self, width: int) -> Lines:
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = (width, self.lines(width, look(self)))
        return self._drawn[1]

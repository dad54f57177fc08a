"""The lines around a screen: the message, the keys, and the cover for a terminal that is too small."""

from collections.abc import Sequence

from rich.style import Style

from stackk_tui.tui.keys import Key
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Cell, Piece, cut, spread, width_of
from stackk_tui.tui.widgets.panel import Lines, Panel


class KeyBar(Panel):
    """The keys that do something now, the most important first, as many as fit. They can be clicked."""

    def __init__(self, keys: Sequence[Key], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys = tuple(keys)

    def show(self, keys: Sequence[Key]) -> None:
        """Shows these keys."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        line: list[Piece] = [(" ", draw.text)]
        last = [self._piece(key, draw) for key in self._keys[-1:]]
        reserved = sum(width_of(cell) for cell in last)
        for key in self._keys[:-1]:
            cell = self._piece(key, draw)
            if width_of(line) + width_of(cell) + reserved <= width:
                line += cell
        for cell in last:
            line += cell
        return [cut(line, width)]

    @staticmethod
    def _piece(key: Key, draw: Look) -> list[Piece]:
        action = key.action if "." in key.action else f"screen.{key.action}"
        click = Style.from_meta({"@click": action})
        return [(key.shown, draw.accent + click), (f" {key.label}", draw.quiet + click), ("   ", draw.text)]


class MessageLine(Panel):
    """One line of words above the keys, and a dim state at its right end."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._parts: tuple[str, ...] = ()
        self._level = "quiet"
        self._right = ""

    def say(self, parts: Sequence[str], level: str = "quiet", state: str = "") -> None:
        """Shows as many of the parts as fit; `level` is `quiet`, `ok`, `high`, `full` or `off`."""
        if (tuple(parts), level, state) != (self._parts, self._level, self._right):
            self._parts, self._level, self._right = tuple(parts), level, state
            self.changed()

    @property
    def text(self) -> str:
        """What it says."""
        return " · ".join(self._parts)

    def lines(self, width: int, draw: Look) -> Lines:
        style = draw.quiet if self._level in ("quiet", "off") else draw.level(self._level)
        right: Cell = [(self._right, draw.quiet), (" ", draw.text)] if self._right else []
        room = width - width_of(right) - 2
        for kept in range(len(self._parts), 0, -1):
            left: Cell = [(" ", draw.text), (" · ".join(self._parts[:kept]), style)]
            if width_of(left) <= room:
                return [spread(left, right, width)]
        alone: Cell = [(" ", draw.text), ("".join(self._parts[:1]), style)]
        return [spread(alone, right if width_of(alone) <= room else [], width)]


class TooSmall(Panel):
    """Covers the screen when it is smaller than 40x12."""

    def lines(self, width: int, draw: Look) -> Lines:
        size = self.app.size
        return [cut([(f"too small: {size.width}x{size.height}, needs 40x12", draw.look)], width)]

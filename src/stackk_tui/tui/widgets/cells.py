"""Text in cells: pieces with a style, cut and padded to an exact width. All lines are drawn in it."""

from collections.abc import Iterable, Sequence
from typing import Literal

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

Piece = tuple[str, Style]
Cell = Sequence[Piece]
Align = Literal["left", "right"]

SPACE: Piece = (" ", Style.null())
MEASURE = Style.null()
"""For cells that are only measured."""


def width_of(cell: Cell) -> int:
    """Gives the number of terminal cells."""
    return sum(cell_len(text) for text, _ in cell)


def cut(cell: Cell, width: int) -> list[Piece]:
    """Gives the cell at most `width` wide; `…` stands for what is cut off."""
    if width_of(cell) <= width:
        return list(cell)
    if width <= 0:
        return []
    pieces: list[Piece] = []
    left = width - 1
    for text, style in cell:
        size = cell_len(text)
        if size > left:
            pieces.append((set_cell_size(text, left).rstrip() + "…", style))
            break
        pieces.append((text, style))
        left -= size
    return pieces


def fit(cell: Cell, width: int, align: Align = "left") -> list[Piece]:
    """Gives the cell exactly `width` wide: cut, or padded on the other side."""
    pieces = cut(cell, width)
    missing = width - width_of(pieces)
    if missing <= 0:
        return pieces
    padding: Piece = (" " * missing, Style.null())
    return [padding, *pieces] if align == "right" else [*pieces, padding]


def spread(left: Cell, right: Cell, width: int) -> list[Piece]:
    """Gives a line with one cell at each end; the left one is cut first."""
    tail = cut(right, width)
    room = width - width_of(tail)
    return [*fit(left, room - 1 if tail else room), *([SPACE] if tail and room > 0 else []), *tail]


def wrapped(text: str, width: int, style: Style) -> list[list[Piece]]:
    """Gives the text as lines of whole words, each at most `width` wide; a longer word is cut."""
    lines: list[str] = []
    for word in text.split():
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [cut([(line, style)], width) for line in lines]


def strip_of(pieces: Iterable[Piece], width: int, base: Style) -> Strip:
    """Gives a line of the screen, exactly `width` wide, on the widget's own colours."""
    strip = Strip([Segment(text, style) for text, style in pieces if text])
    return strip.adjust_cell_length(width).apply_style(base)


def table(
    rows: Sequence[Sequence[Cell]],
    aligns: Sequence[Align],
    *,
    gap: int = 2,
    flex: int | None = None,
    width: int,
) -> list[list[Piece]]:
    """Gives lines with aligned columns; column `flex` is the one that is cut when all do not fit."""
    if not rows:
        return []
    widths = [max((width_of(row[i]) for row in rows), default=0) for i in range(len(aligns))]
    over = sum(widths) + gap * (len(widths) - 1) - width
    if flex is not None and over > 0:
        widths[flex] = max(4, widths[flex] - over)
    lines = []
    for row in rows:
        line: list[Piece] = []
        for i, cell in enumerate(row):
            line += [(" " * gap, Style.null())] if i else []
            line += fit(cell, widths[i], aligns[i])
        lines.append(cut(line, width))
    return lines

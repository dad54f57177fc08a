"""Plain tables for people: aligned columns that fit a width, no colour, no frame."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `give` above 0 says how early it is left out when the width is short (highest first)."""

    title: str
    right: bool = False
    shrink_to: int | None = None
    """The least cells it may be cut to; None is never cut."""
    give: int = 0


def grid(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> str:
    """Gives the table with its header. Empty columns are left out; long texts end in `…`."""
    shown = [n for n in range(len(columns)) if any(row[n] for row in rows)]
    while True:
        widths = _fit(columns, rows, shown, width)
        if widths is not None:
            break
        droppable = [n for n in shown if columns[n].give]
        if not droppable:
            widths = [_natural(columns, rows, n) for n in shown]
            break
        shown.remove(max(droppable, key=lambda n: columns[n].give))
    lines = [_line(columns, [c.title for c in columns], shown, widths)]
    lines += [_line(columns, row, shown, widths) for row in rows]
    return "\n".join(lines)


def cells(text: str) -> int:
    """Gives how many terminal cells a text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def clip(text: str, width: int) -> str:
    """Gives `text` in at most `width` cells, with `…` where something was cut."""
    if cells(text) <= width:
        return text
    kept = ""
    for char in text:
        if cells(kept + char) > width - 1:
            break
        kept += char
    return kept.rstrip() + "…"


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Gives `text` clipped and filled to exactly `width` cells."""
    text = clip(text, width)
    space = " " * (width - cells(text))
    return space + text if right else text + space


def _fit(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], shown: Sequence[int], width: int
) -> list[int] | None:
    widths = {n: _natural(columns, rows, n) for n in shown}
    over = sum(widths.values()) + len(GAP) * (len(shown) - 1) - width
    while over > 0:
        soft = [n for n in shown if (least := columns[n].shrink_to) is not None and widths[n] > least]
        if not soft:
            return None
        widths[max(soft, key=lambda n: widths[n])] -= 1  # the widest gives first
        over -= 1
    return [widths[n] for n in shown]


def _natural(columns: Sequence[Column], rows: Sequence[Sequence[str]], n: int) -> int:
    return max(cells(columns[n].title), *(cells(row[n]) for row in rows))


def _line(
    columns: Sequence[Column], texts: Sequence[str], shown: Sequence[int], widths: Sequence[int]
) -> str:
    parts = [pad(texts[n], w, right=columns[n].right) for n, w in zip(shown, widths, strict=True)]
    return GAP.join(parts).rstrip()

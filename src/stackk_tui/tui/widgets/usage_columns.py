"""The columns of the usage table: which fit into a width, how wide each is, and what stands in them.

From wide to narrow the cache writes go first, then the input, the bar, the cache reads, the calls, the output
and the share; name, tokens and cost stay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import MEASURE, Align, Cell, Piece, fit, width_of
from stackk_tui.tui.widgets.usage_words import PARTLY

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import UsageRow

Measure = Literal["cost", "tokens"]
Shown = Literal["newest", "cost", "tokens", "name"]

PREFIX = 2  # the cursor and a space
GAP = 2
BAR_LEAST, BAR_MOST = 6, 24
NAME_LEAST, NAME_MOST = 12, 44
DROPPED_FIRST = ("cache_w", "input", "bar", "cache_r", "calls", "output", "share")
HEADS = {
    "name": "",
    "calls": "Calls",
    "input": "Input",
    "output": "Output",
    "cache_w": "Cache w",
    "cache_r": "Cache r",
    "tokens": "Tokens",
    "cost": "Cost",
    "share": "%",
    "bar": "",
}
NO_PRICE = "no price"
COUNTS: "dict[str, Callable[[UsageRow], int]]" = {
    "input": lambda row: row.tokens.input,
    "output": lambda row: row.tokens.output,
    "cache_w": lambda row: row.tokens.cache_write_5m + row.tokens.cache_write_1h,
    "cache_r": lambda row: row.tokens.cache_read,
    "tokens": lambda row: row.tokens.total,
}
_SORTED: dict[Shown, str] = {"newest": "name", "name": "name", "cost": "cost", "tokens": "tokens"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row and how it is called; `share` is its part of the total by the measure in use."""

    name: str
    row: "UsageRow"
    share: float | None
    length: float | None = None
    """Its bar as a part of the longest one."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The chosen columns with their widths, and the title of the first."""

    title: str
    widths: dict[str, int]
    partly: bool
    """Whether room is kept for the mark of costs that do not cover everything."""


def lines_of(named: "Sequence[tuple[str, UsageRow]]", totals: "UsageRow", measure: Measure) -> list[Line]:
    """Gives the lines with their shares. What has no value by the measure has no share."""
    whole = _value(totals, measure)
    values = [_value(row, measure) for _, row in named]
    longest = max((value for value in values if value), default=None)
    return [
        Line(
            name,
            row,
            float(value / whole) if whole and value is not None else None,
            float(value / longest) if longest and value is not None else None,
        )
        for (name, row), value in zip(named, values, strict=True)
    ]


def _value(row: "UsageRow", measure: Measure) -> Decimal | None:
    return row.cost if measure == "cost" else Decimal(row.tokens.total)


def columns_of(title: str, lines: Sequence[Line], totals: Line, width: int) -> Columns:
    """Gives the columns that fit; a figure has its widest place, the name gives first."""
    both = [*lines, totals]
    partly = any(_is_partly(line.row) for line in both)
    wanted = {
        name: max(len(HEADS[name]) + 1, widest)
        for name, widest in _widest([line.row for line in both], partly=partly).items()
    }
    names = max([width_of([(line.name, MEASURE)]) for line in both] + [len(title) + 1])
    shown = list(HEADS)
    name_width = least = NAME_LEAST
    for gone in ("", *DROPPED_FIRST):
        shown = [name for name in shown if name != gone]
        fixed = sum(wanted[name] + GAP for name in shown if name in wanted)
        fixed += BAR_LEAST + GAP if "bar" in shown else 0
        least = min(names, NAME_MOST, max(NAME_LEAST, width // 4))
        name_width = width - PREFIX - fixed
        if name_width >= least:
            break
    room = max(4, name_width)
    widths = {name: wanted.get(name, 0) for name in shown}
    widths["name"] = min(room, names)
    if "bar" in shown:
        spare = room - widths["name"]
        widths["bar"] = min(BAR_MOST, BAR_LEAST + spare)
    return Columns(title, widths, partly)


def _widest(rows: "Sequence[UsageRow]", *, partly: bool) -> dict[str, int]:
    """Gives the width of the widest figure of each column, without drawing thousands of cells."""
    costs = [row.cost for row in rows if row.cost] or [Decimal(0) for row in rows if row.cost is not None]
    money = [len(f.marked(f.money(cost), "estimated")) for cost in {max(costs), min(costs)}] if costs else []
    unknown = [len(NO_PRICE)] if any(row.cost is None and row.unpriced_tokens for row in rows) else []
    tail = len(PARTLY) if partly else 0
    return {
        "calls": len(f.count(max(row.requests for row in rows))),
        **{name: max(len(f.compact(count(row))) for row in rows) for name, count in COUNTS.items()},
        "cost": max([1, *money, *unknown]) + tail,
        "share": len("100"),
    }


def heads(columns: Columns, draw: Look, sort: Shown, measure: Measure) -> list[Piece]:
    """Gives the line of titles; the column that sorts is marked."""
    pieces: list[Piece] = [(" " * PREFIX, draw.quiet)]
    for number, (name, width) in enumerate(columns.widths.items()):
        pieces += [(" " * GAP, draw.quiet)] if number else []
        title = columns.title if name == "name" else HEADS[name]
        if name == "share" and "bar" not in columns.widths:
            title = "%"
        marker: list[Piece] = [("▾", draw.accent)] if name == _SORTED[sort] else []
        tail: list[Piece] = [(" " * len(PARTLY), draw.quiet)] if name == "cost" and columns.partly else []
        if name == "bar":
            words = f"of {measure}"
            pieces += fit([(words if len(words) <= width else measure, draw.quiet)], width)
            continue
        pieces += fit([(title, draw.quiet), *marker, *tail], width, _align(name))
    return pieces


def line(shown: Line, columns: Columns, draw: Look, *, pointed: bool, total: bool = False) -> list[Piece]:
    """Gives a row's line."""
    pieces: list[Piece] = [("› " if pointed else " " * PREFIX, draw.accent)]
    for number, (name, width) in enumerate(columns.widths.items()):
        pieces += [(" " * GAP, draw.text)] if number else []
        if name == "bar":
            pieces += [] if total else _bar(shown.length, width, draw)
            continue
        cell = _cell(name, shown, draw, partly=columns.partly, total=total)
        pieces += fit(cell, width, _align(name))
    return pieces


def _bar(length: float | None, width: int, draw: Look) -> list[Piece]:
    if length is None:
        return fit([], width)
    full, _ = f.bar(length, width, plain=draw.plain)
    return fit([(full, draw.accent)], width)


def _cell(name: str, shown: Line, draw: Look, *, partly: bool, total: bool = False) -> Cell:
    row = shown.row
    if name == "name":
        return [(shown.name, draw.strong)]
    if name == "cost":
        return _cost(row, draw, partly=partly, strong=total)
    if name == "share":
        share = "" if shown.share is None else f.percent(shown.share).removesuffix(" %")
        return [(share, draw.quiet)]
    if name == "calls":
        return [(f.count(row.requests), draw.text)]
    number = COUNTS[name](row)
    if not number:
        return [("0", draw.faint)]
    return [(f.compact(number), draw.strong if total and name == "tokens" else draw.text)]


def _cost(row: "UsageRow", draw: Look, *, partly: bool, strong: bool) -> Cell:
    tail: list[Piece] = [(" " * len(PARTLY), draw.text)] if partly else []
    if row.cost is None:
        unknown: Piece = (NO_PRICE, draw.look) if row.unpriced_tokens else (f.UNKNOWN, draw.faint)
        return [unknown, *tail]
    if _is_partly(row):
        tail = [(PARTLY, draw.look)]
    mark = f.marks("estimated")[0]
    return [(f"{mark} ", draw.quiet), (f.money(row.cost), draw.strong if strong else draw.text), *tail]


def _is_partly(row: "UsageRow") -> bool:
    return row.cost is not None and row.unpriced_tokens > 0


def _align(name: str) -> Align:
    return "left" if name == "name" else "right"

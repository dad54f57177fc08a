"""The columns of the dashboard: which fit into a width, how wide each is, and what stands in them.

From wide to narrow the 14 days go first, then the workspace (it joins the name), then the renewal; below 70
only glyph, name and the one number are left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from stackk_tui.model.board import BoardRow
from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look, mark_style
from stackk_tui.tui.widgets.cells import MEASURE, Align, Cell, Piece, fit, width_of
from stackk_tui.tui.widgets.service_words import (
    amount_words,
    full_soon,
    limit_tail,
    short_label,
    short_number,
    state_of,
    troubles,
    workspace_words,
)

GAP = 2
PREFIX = 4  # the cursor, the glyph, a space, the provider's mark
ASKING = "asking"

TITLES = {
    "name": "Service",
    "workspace": "Workspace",
    "plan": "Plan",
    "now": "Now",
    "days": "14 days",
    "month": "Month",
    "renews": "Renews",
    "seen": "Seen",
}
RIGHT = frozenset({"month", "renews", "seen"})
DROPPED_FIRST = ("days", "workspace", "renews", "plan", "month", "seen")


@dataclass(frozen=True, slots=True)
class Layout:
    """The chosen columns and their widths; `label`, `bar` and `tail` divide the `now` column."""

    widths: dict[str, int]
    label: int
    bar: int
    tail: int
    before: int
    """The width of the mark before an amount in `month`."""
    after: int

    @property
    def joined(self) -> bool:
        """Whether the workspace stands beside the name."""
        return "workspace" not in self.widths


def layout(rows: Sequence[BoardRow], width: int, now: datetime) -> Layout:
    """Gives the columns that fit, at most as wide as what stands in them."""
    names = [*TITLES]
    if width < 70:
        names = ["name", "now"]
    before = 2 if any(f.marks(r.month_provenance)[0] for r in rows if r.month_amount) else 0
    after = 5 if any(f.marks(r.month_provenance)[1] for r in rows if r.month_amount) else 0
    wanted = _wanted(rows, now, before + after)
    least_now = 16 if width < 100 else 22
    for name in ("", *DROPPED_FIRST):
        names = [n for n in names if n != name]
        widths = {n: wanted[n] for n in names if n != "now"}
        if "workspace" not in widths:
            widths["name"] = _joined_width(rows, width)
        left = width - PREFIX - sum(widths.values()) - GAP * (len(names) - 1) - 1
        if left >= least_now:
            break
    left = max(4, left)
    label, bar, tail = _divide(rows, left, now)
    return Layout({n: widths.get(n, left) for n in names}, label, bar, tail, before, after)


def heads(plan: Layout, draw: Look, sort: str) -> list[Piece]:
    """Gives the line of column titles; the one that sorts is marked."""
    line: list[Piece] = [(" " * PREFIX, draw.quiet)]
    for i, (name, width) in enumerate(plan.widths.items()):
        line += [(" " * GAP, draw.quiet)] if i else []
        marker = [("▾", draw.accent)] if name == sort else []
        line += fit([(TITLES[name], draw.quiet), *marker], width, _align(name))
    return line


def section(name: str, width: int, draw: Look) -> list[Piece]:
    """Gives a category's line."""
    title = fit([(f" {name} ", draw.quiet)], min(width, width_of([(name, draw.quiet)]) + 2))
    return [*title, ("─" * max(0, width - width_of(title) - 1), draw.faint)]


def line(
    row: BoardRow, plan: Layout, draw: Look, now: datetime, *, asking: bool, pointed: bool
) -> list[Piece]:
    """Gives a service's line."""
    state = state_of(row, now)
    pieces: list[Piece] = [
        ("›" if pointed else " ", draw.accent),
        (state.glyph, draw.quiet if state.level == "off" else draw.level(state.level)),
        (" ", draw.text),
        ("▌", mark_style(row.color)),
    ]
    off = state.level == "off"
    for i, (name, width) in enumerate(plan.widths.items()):
        pieces += [(" " * GAP, draw.text)] if i else []
        pieces += fit(_cell(name, row, plan, draw, now, asking=asking, off=off), width, _align(name))
    return pieces


def _cell(
    name: str, row: BoardRow, plan: Layout, draw: Look, now: datetime, *, asking: bool, off: bool
) -> Cell:
    plain = draw.quiet if off else draw.text
    if name == "name":
        own: Piece = (row.name, plain if off else draw.strong)
        where = _where(row)
        return [own, (f" {where}", draw.quiet)] if plan.joined and where else [own]
    if name == "workspace":
        return [(_where(row), draw.quiet)]
    if name == "plan":
        return [(row.plan or f.UNKNOWN, plain if row.plan else draw.faint)]
    if name == "now":
        return _now(row, plan, draw, now)
    if name == "days":
        return _days(row, draw)
    if name == "month":
        return _month(row, plan, draw)
    if name == "renews":
        return _renews(row, draw, now)
    if asking:
        return [(ASKING, draw.accent)]
    old = "◌ " if row.status not in ("ok", "disconnected") and row.seen_at else ""
    return [(f"{old}{f.age(f.instant(row.seen_at), now)}", draw.quiet)]


def _now(row: BoardRow, plan: Layout, draw: Look, now: datetime) -> Cell:
    if forms := troubles(row, now):
        alarm = draw.quiet if row.status == "disconnected" else draw.level(state_of(row, now).level)
        words = next((form for form in forms if width_of([(form, alarm)]) <= plan.widths["now"]), forms[-1])
        number, dot, rest = words.partition(" · ")
        if dot and number == short_number(row):
            return [(number, draw.text), (dot, draw.faint), (rest, alarm)]
        return [(words, alarm)]
    head = row.headline
    if head.kind != "limit":
        return [(amount_words(row), draw.faint if head.kind == "none" else draw.text)]
    if head.fill is None:
        return [(head.label, draw.quiet), (f"  {limit_tail(row, now)}", draw.text)]
    level = f.level(head.fill)
    style = draw.text if level == "ok" else draw.level(level)
    cell: list[Piece] = []
    if plan.label:
        cell += [*fit([(short_label(head.label), draw.quiet)], plan.label), (" ", draw.text)]
    if plan.bar:
        full, empty = f.bar(head.fill, plan.bar, plain=draw.plain)
        cell += [(full, draw.accent if level == "ok" else style), (empty, draw.faint), (" ", draw.text)]
    cell += fit([(f.percent(head.fill), style)], 5, "right")
    if plan.tail:
        cell += [("  ", draw.text), (limit_tail(row, now), draw.look if full_soon(row, now) else draw.quiet)]
    return cell


def _days(row: BoardRow, draw: Look) -> Cell:
    drawn = f.sparkline(row.spark[-14:], plain=draw.plain)
    return [(drawn.rjust(14), draw.quiet)] if drawn else [(f.UNKNOWN.rjust(14), draw.faint)]


def _month(row: BoardRow, plan: Layout, draw: Look) -> Cell:
    if row.month_amount is None:
        return [(f.UNKNOWN, draw.faint), (" " * plan.after, draw.text)]
    before, after = f.marks(row.month_provenance)
    style = draw.quiet if row.status == "disconnected" else draw.text
    return [
        (f"{before} " if before else "", draw.quiet),
        (f.money(row.month_amount, row.month_currency), style),
        ((f" {after}" if after else "").ljust(plan.after), draw.quiet),
    ]


def _renews(row: BoardRow, draw: Look, now: datetime) -> Cell:
    date = f.calendar_day(row.renews)
    if date is None:
        return [(f.UNKNOWN, draw.faint)]
    return [(f.marks(row.renews_provenance)[0], draw.quiet), (f.day(date, now.date()), draw.text)]


def _where(row: BoardRow) -> str:
    return workspace_words(row.name, row.workspace, row.workspace_kind)


def _wanted(rows: Sequence[BoardRow], now: datetime, marks: int) -> dict[str, int]:
    """Gives each column the width of its widest content, within bounds."""

    def widest(name: str, values: list[str], most: int) -> int:
        return min(most, max([len(TITLES[name]) + 1, *(width_of([(v, MEASURE)]) for v in values)]))

    amounts = [f.money(r.month_amount, r.month_currency) for r in rows if r.month_amount]
    renewals = [f.day(d, now.date()) + " " for r in rows if (d := f.calendar_day(r.renews))]
    return {
        "name": widest("name", [r.name for r in rows], 22),
        "workspace": widest("workspace", [_where(r) for r in rows], 18),
        "plan": widest("plan", [r.plan or "" for r in rows], 12),
        "days": 14,
        "month": widest("month", amounts, 16) + marks,
        "renews": widest("renews", renewals, 12),
        "seen": len(ASKING),
    }


def _joined_width(rows: Sequence[BoardRow], width: int) -> int:
    most = max(14, min(30, width * 2 // 5))
    return min(most, max([8, *(width_of([(r.name, MEASURE), (f" {_where(r)}", MEASURE)]) for r in rows)]))


def _divide(rows: Sequence[BoardRow], width: int, now: datetime) -> tuple[int, int, int]:
    """Gives the widths of label, bar and tail inside the `now` column; 0 leaves one out."""
    limits = [r for r in rows if r.headline.kind == "limit" and r.headline.fill is not None]
    if not limits:
        return 0, 0, 0
    label = min(16, max(width_of([(short_label(r.headline.label), MEASURE)]) for r in limits))
    tail = max(len(limit_tail(r, now)) for r in limits)
    percent = 5
    for try_label, try_tail in ((label, tail), (min(label, 9), tail), (label, 0), (min(label, 9), 0), (0, 0)):
        bar = width - percent - 1 - (try_label + 1 if try_label else 0) - (try_tail + 2 if try_tail else 0)
        if bar >= 6:
            return try_label, min(bar, 16), try_tail
    return 0, 0, 0


def _align(name: str) -> Align:
    return "right" if name in RIGHT else "left"

"""What burned a window: local usage since it began, beside its official share and never converted into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.style import Style

from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Cell, Piece, cut, spread, table, width_of, wrapped
from stackk_tui.tui.widgets.panel import Lines, Panel

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import GroupBy, UsageReport, UsageRow
    from stackk_tui.model.view import Burned

PARTS: tuple["GroupBy", ...] = ("project", "session", "model", "agent")
MOST_ROWS = 8
TITLE = "What burned it"
ONLY_HERE = "Logs of this machine only: the window also counts what was used elsewhere."


@dataclass(frozen=True, slots=True)
class Reading:
    """What there is to show: nothing to ask, still reading, an error, or what was found."""

    state: str = "none"
    """`none`, `reading`, `failed` or `read`."""
    found: "tuple[Burned, ...]" = ()
    error: tuple[str, ...] = ()


class BurnedPanel(Panel):
    """Rows by project, session, model or agent for one window."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._reading = Reading()
        self._limit_id = ""
        self._part: GroupBy = "project"
        self._now: datetime | None = None
        self.display = False

    @property
    def state(self) -> str:
        """`none`, `reading`, `failed` or `read`."""
        return self._reading.state

    def show(self, reading: Reading, now: datetime) -> None:
        """Shows this; figures that are there stay while they are read again."""
        if reading.state == "reading" and self._reading.found:
            return
        self._reading, self._now = reading, now
        self.display = reading.state != "none" and not (reading.state == "read" and not reading.found)
        self.changed()

    def choose(self, limit_id: str, part: "GroupBy") -> None:
        """Shows another window, or other parts of it."""
        self._limit_id, self._part = limit_id, part
        self.changed()

    @property
    def shown(self) -> "Burned | None":
        """The window that is shown: the chosen one, or the whole that it is a part of, else the first."""
        found = self._reading.found
        fits = [one for one in found if self._limit_id == one.limit_id]
        wholes = [one for one in found if self._limit_id.startswith(f"{one.limit_id}_")]
        return next(iter([*fits, *wholes, *found]), None)

    def lines(self, width: int, draw: Look) -> Lines:
        reading, window, now = self._reading, self.shown, self._now
        if reading.state == "none" or now is None:
            return []
        if reading.state == "reading":
            return [_rule("", width, draw, []), [("reading the logs of this machine…", draw.quiet)], []]
        if reading.state == "failed":
            first, *more = reading.error or ("The logs could not be read.",)
            said = [*wrapped(f"✖ {first}", width, draw.broken)]
            for words in more:
                said += wrapped(words, width, draw.quiet)
            return [_rule("", width, draw, []), *said, []]
        if window is None:
            return []
        report = window.reports.get(self._part)
        several = report is not None and report.totals.tokens.total > 0
        out: Lines = [
            _rule(window.label, width, draw, self._keys(draw, width, window.label) if several else [])
        ]
        if report is None:
            return [*out, *wrapped(window.reason, width, draw.quiet), []]
        out += headline(window, report, now, width, draw)
        if report.totals.tokens.total:
            out += _table(report, self._part, width, draw)
            out += wrapped(ONLY_HERE, width, draw.quiet)
        return [*out, []]

    def _keys(self, draw: Look, width: int, label: str) -> list[Piece]:
        pieces: list[Piece] = [("p ", draw.accent + Style.from_meta({"@click": "screen.part"}))]
        for part in PARTS:
            chosen = part == self._part
            click = Style.from_meta({"@click": f"screen.part('{part}')"})
            pieces += [(part, (draw.strong if chosen else draw.quiet) + click), ("  ", draw.text)]
        if len(TITLE) + len(label) + 2 + width_of(pieces) <= width:
            return pieces[:-1]
        return [pieces[0], (f"by {self._part}", draw.quiet)]


def headline(window: "Burned", report: "UsageReport", now: datetime, width: int, draw: Look) -> Lines:
    """Gives the official share, and beside it what the logs here say of the same time."""
    since = f.when(window.start, now) if window.start else ""
    official: list[Piece] = []
    if window.used is not None:
        official = [(f.percent(window.used), draw.strong), (" gone, officially", draw.text)]
    total = report.totals
    if not report.files:
        words = "no logs on this machine, so nothing here says what filled it"
    elif not total.tokens.total:
        words = f"nothing was used on this machine since {since}"
    else:
        value = f", ≈ {f.money(total.cost)} at API prices" if total.cost is not None else ""
        words = f"local logs since {since}: {f.compact(total.tokens.total)} tok{value}"
    between: list[Piece] = [(" · ", draw.faint)] if official else []
    style = draw.text if total.tokens.total else draw.quiet
    line = [*official, *between, (words, style)]
    out: Lines = [line] if width_of(line) <= width else [official, *wrapped(words, width, style)]
    if total.unpriced_tokens:
        out += wrapped(f"{f.compact(total.unpriced_tokens)} tok of it have no price.", width, draw.quiet)
    return out


def _rule(label: str, width: int, draw: Look, keys: Sequence[Piece]) -> list[Piece]:
    left: list[Piece] = [(f"{TITLE} ", draw.strong)]
    if label:
        left.append((f"{label} ", draw.quiet))
    room = width - width_of(left) - (width_of(keys) + 1 if keys else 0)
    return spread([*left, ("─" * max(0, room), draw.faint)], keys, width)


def _table(report: "UsageReport", part: str, width: int, draw: Look) -> Lines:
    rows = [row for row in report.rows if row.tokens.total]
    rows.sort(key=lambda row: -row.tokens.total)
    shown = rows if len(rows) <= MOST_ROWS else rows[: MOST_ROWS - 1]
    total = report.totals.tokens.total
    titles = (part.capitalize(), "Tokens", "Value", "%", "")
    lines: list[list[Cell]] = [[[(title, draw.quiet)] for title in titles]]
    for row in shown:
        name = [*_name(row, part, draw)]
        share = row.tokens.total / total
        lines.append([*_row(name, row.tokens.total, row.cost, share, draw), _bar(share, width, draw)])
    if len(shown) < len(rows):
        rest = rows[len(shown) :]
        costs = [row.cost for row in rest if row.cost is not None]
        cost = sum(costs, Decimal(0)) if costs else None
        tokens = sum(row.tokens.total for row in rest)
        more: list[Piece] = [(f"{len(rest)} more", draw.quiet)]
        lines.append([*_row(more, tokens, cost, tokens / total, draw), _bar(tokens / total, width, draw)])
    return table(lines, ("left", "right", "right", "right", "left"), flex=0, width=width)


def _row(name: list[Piece], tokens: int, cost: Decimal | None, share: float, draw: Look) -> list[Cell]:
    value: Cell = [("no price", draw.quiet)]
    if cost is not None:
        value = [("≈ ", draw.quiet), (f.money(cost), draw.text)]
    return [
        name,
        [(f.compact(tokens), draw.text)],
        value,
        [(f.percent(share).removesuffix(" %"), draw.quiet)],
    ]


def _bar(share: float, width: int, draw: Look) -> Cell:
    cells = 16 if width >= 90 else 10
    full, empty = f.bar(share, cells, plain=draw.plain) if width >= 60 else ("", "")
    return [(full, draw.accent), (empty, draw.faint)]


def _name(row: "UsageRow", part: str, draw: Look) -> list[Piece]:
    if part == "session":  # the id alone says nothing; its beginning tells two of one project apart
        return [(row.label or "session", draw.strong), (f" {row.key[:8]}", draw.quiet)]
    return cut([(row.label or row.key, draw.strong)], 40)

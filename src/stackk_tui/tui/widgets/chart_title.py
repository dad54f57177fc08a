"""What the chart shows, which keys change it, the legend of its colours, and the days nobody has read."""

from collections.abc import Sequence
from datetime import date

from rich.color import Color as RichColor
from rich.style import Style

from stackk_tui.report import format as f
from stackk_tui.tui.charting import CHARTS, SPANS, Chart, ChartName, MeasureId, Split, ranges
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece, cut, spread, width_of, wrapped
from stackk_tui.tui.widgets.panel import Lines, Panel

EVEN, GAPS = ("─ even pace", "- even pace"), ("· not read", "? not read")
"""What the marks in the chart of a window mean, and in ASCII."""


class ChartTitle(Panel):
    """The lines above the chart."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._chart: Chart | None = None
        self._measure: ChartName = "cost"
        self._split: Split = "total"
        self._span = SPANS[1]
        self._title = ""
        self._colors: Sequence[object] = ()
        self._today: date | None = None
        self._choices: Sequence[tuple[ChartName, str]] = ()
        self._part = "model"
        self._refused = ""
        self._days = True
        """Whether the chart is of days, not of a window."""
        self._marks: list[tuple[str, str]] = []
        self._reason = ""
        self._several = False
        self._coming = ""

    def show(
        self,
        chart: Chart,
        *,
        title: str,
        measure: MeasureId,
        part: str,
        split: Split,
        span: int,
        colors: Sequence[object],
        today: date,
        coming: str = "",
    ) -> None:
        """Shows the title of this chart, whose columns can be split by `part`; `coming` is said below it."""
        self._coming = coming
        self._part, self._days = part, True
        self._chart, self._title, self._measure = chart, title, measure
        self._split, self._span, self._colors, self._today = split, span, colors, today
        self.changed()

    def offer(self, choices: Sequence[tuple[ChartName, str]], refused: str) -> None:
        """Takes the charts there are with their names, and what is said of one that there is not."""
        self._choices, self._refused = choices, refused

    def show_window(
        self, *, title: str, reason: str, span: int, several: bool, even: bool, gaps: bool
    ) -> None:
        """Shows the title of the chart of a window; `several` says that there are others to choose."""
        self._marks = [mark for mark, there in ((EVEN, even), (GAPS, gaps)) if there]
        self._measure, self._title, self._span = "limits", title, span
        self._split, self._reason, self._several, self._days = "total", reason, several, False
        self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        own = self._own_lines(width, draw)
        return [own[0], *wrapped(self._refused, width, draw.look), *own[1:]] if self._refused else own

    def _own_lines(self, width: int, draw: Look) -> Lines:
        if not self._days:
            head = spread([(self._title, draw.strong)], self._keys(width, draw), width)
            if self._reason:
                return [head, *wrapped(self._reason, width, draw.quiet), []]
            marks = "   ".join(plain if draw.plain else mark for mark, plain in self._marks)
            return [head, cut([(marks, draw.quiet)], width)] if marks else [head]
        chart = self._chart
        if chart is None or self._today is None:
            return [[]]
        head = spread([(self._title, draw.strong)], self._keys(width, draw), width)
        out: Lines = [head]
        if chart.reason:
            return [*out, *wrapped(chart.reason, width, draw.quiet), []]
        if self._split != "total" and not draw.plain:
            out.append(cut(self._legend(chart, draw), width))
        if chart.unknown:
            today = self._today
            runs = [
                f.day(a, today) if a == b else f"{f.day(a, today)} to {f.day(b, today)}"
                for a, b in ranges(chart.unknown)
            ]
            more = f" and {len(runs) - 3} more" if len(runs) > 3 else ""
            out += [cut([("· not read: " + ", ".join(runs[:3]) + more, draw.quiet)], width)]
        if self._coming:
            mark = (":: " if draw.plain else "░─ ") if chart.ahead else ""
            out += wrapped(mark + self._coming, width, draw.quiet)
        return out

    def _keys(self, width: int, draw: Look) -> list[Piece]:
        pieces: list[Piece] = []
        for name, word in self._choices:
            chosen = name == self._measure
            click = Style.from_meta({"@click": f"screen.chart('{name}')"})
            pieces += [
                (f"{CHARTS.index(name) + 1} ", draw.accent + click),
                (word, (draw.strong if chosen else draw.quiet) + click),
                ("  ", draw.text),
            ]
        span: list[Piece] = [("t ", draw.accent), (f"{self._span} days  ", draw.quiet)]
        own: list[Piece] = []
        if self._days:
            by = self._part.lower() if self._split == "model" else self._split
            word = "total" if self._split == "total" else f"by {by}"
            own = [("m ", draw.accent), (word, draw.quiet)]
        elif self._several:
            click = Style.from_meta({"@click": "screen.window"})
            own = [("w ", draw.accent + click), ("window", draw.quiet + click)]
        room = width - len(self._title) - 2  # the title goes before the keys that help has too
        choices = [[*pieces, *span, *own], [*pieces, *own], pieces]
        return next((line for line in choices[0 if width >= 70 else 2 :] if width_of(line) <= room), pieces)

    def _legend(self, chart: Chart, draw: Look) -> list[Piece]:
        pieces: list[Piece] = []
        for number, series in enumerate(chart.series):
            color = self._colors[number % len(self._colors)] if self._colors else None
            style = Style(color=_rich(color)) if color else draw.text
            pieces += [("█ ", style), (f"{series.name}   ", draw.quiet)]
        return pieces


def _rich(color: object) -> RichColor:
    if isinstance(color, tuple):
        return RichColor.from_rgb(*color)
    return RichColor.parse({"orange": "yellow", "gray": "bright_black"}.get(str(color), str(color)))

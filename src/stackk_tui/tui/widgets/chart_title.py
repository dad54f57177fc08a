"""What the chart shows, which keys change it, the legend of its colours, and the days nobody has read."""

from collections.abc import Sequence
from datetime import date

from rich.color import Color as RichColor
from rich.style import Style

from stackk_tui.report import format as f
from stackk_tui.tui.charting import SPANS, Chart, Measure, Split, ranges
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece, cut, spread, wrapped
from stackk_tui.tui.widgets.panel import Lines, Panel

MEASURES: tuple[Measure, ...] = ("cost", "tokens", "requests")


class ChartTitle(Panel):
    """The lines above the chart."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._chart: Chart | None = None
        self._measure: Measure = "cost"
        self._split: Split = "total"
        self._span = SPANS[1]
        self._title = ""
        self._colors: Sequence[object] = ()
        self._today: date | None = None

    def show(
        self,
        chart: Chart,
        *,
        title: str,
        measure: Measure,
        split: Split,
        span: int,
        colors: Sequence[object],
        today: date,
    ) -> None:
        """Shows the title of this chart."""
        self._chart, self._title, self._measure = chart, title, measure
        self._split, self._span, self._colors, self._today = split, span, colors, today
        self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
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
        return out

    def _keys(self, width: int, draw: Look) -> list[Piece]:
        pieces: list[Piece] = []
        for number, measure in enumerate(MEASURES, 1):
            chosen = measure == self._measure
            click = Style.from_meta({"@click": f"screen.chart('{measure}')"})
            pieces += [
                (f"{number} ", draw.accent + click),
                (measure, (draw.strong if chosen else draw.quiet) + click),
                ("  ", draw.text),
            ]
        if width >= 70:
            pieces += [("t ", draw.accent), (f"{self._span} days  ", draw.quiet)]
            pieces += [
                ("m ", draw.accent),
                ("total" if self._split == "total" else f"by {self._split}", draw.quiet),
            ]
        return pieces

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

"""The chart of a service's days. Imports plotext; only the detail screen imports this, when it opens."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from rich.text import Text
from textual.app import RenderResult
from textual_plotext import PlotextPlot

from stackk_tui.report import format as f
from stackk_tui.tui.charting import Ahead, Chart, by_week
from stackk_tui.tui.widgets.look import look

Color = tuple[int, int, int] | str
DARK: tuple[Color, ...] = ((95, 175, 255), (255, 175, 95), (95, 215, 175), (215, 135, 215), (138, 138, 138))
LIGHT: tuple[Color, ...] = ((0, 95, 175), (175, 95, 0), (0, 135, 95), (135, 0, 135), (138, 138, 138))
ANSI: tuple[Color, ...] = ("blue", "orange", "cyan", "magenta", "gray")


def series_colors(*, ansi: bool, dark: bool) -> tuple[Color, ...]:
    """Gives the colours of stacked series, blue first, told apart by people who see red and green alike."""
    return ANSI if ansi else DARK if dark else LIGHT


def axis_steps(top: float, most: int) -> list[float]:
    """Gives at most `most` round values from 0 up to the first one at or over `top`."""
    if top <= 0 or not math.isfinite(top):
        return [0.0, 1.0]
    for power in range(math.floor(math.log10(top)) - 1, math.floor(math.log10(top)) + 2):
        for factor in (1, 2, 2.5, 5):
            step = factor * 10.0**power
            count = math.ceil(top / step - 1e-9)
            if count < most:
                return [step * i for i in range(count + 1)]
    return [0.0, top]


class UsageChart(PlotextPlot):
    """Bars, one a day, or one a week where days are too narrow. A day nobody has read is a gap with a dot."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.theme = "clear"
        self._chart: Chart | None = None
        self._unit = ""

    def show(self, chart: Chart, unit: str) -> None:
        """Draws this chart; `unit` is a currency, or `tokens` or `requests`."""
        if (chart, unit) != (self._chart, self._unit):
            self._chart, self._unit = chart, unit
            self.refresh()

    @staticmethod
    def fitting(chart: Chart, width: int) -> Chart:
        """Gives the chart as it is drawn in that width: by week where a day would be narrower than a cell.

        The days to come go before the days that were.
        """
        if len(chart.days) > width - 10:
            return by_week(chart)
        return chart if len(chart.days) + len(chart.after) <= width - 10 else replace(chart, ahead=())

    def render(self) -> RenderResult:
        width, height = self.size.width, self.size.height
        if self._chart is None or not self._chart.series or width < 20 or height < 4:
            return ""
        chart = self.fitting(self._chart, width)
        known = [value for value in chart.sums if value is not None]
        top = max([*known, *(one.high for one in chart.ahead)], default=0.0)
        steps = axis_steps(top, max(2, height // 3))
        labels = [self._label(step, steps) for step in steps]
        labels = [label.rjust(max(map(len, labels))) for label in labels]
        if look(self).plain:
            return Text("\n".join(_ascii(chart, steps, labels, width, height)), no_wrap=True)
        self._draw(chart, steps, labels, width, height)
        return Text.from_ansi(self.plt.build(), no_wrap=True)

    def _draw(self, chart: Chart, steps: list[float], labels: list[str], width: int, height: int) -> None:
        plt = self.plt
        plt.clear_figure()
        slot = _slot(chart, width - len(labels[0]) - 1)
        cells = slot * (len(chart.days) + len(chart.after))
        width = len(labels[0]) + 1 + cells
        plt.plotsize(width, height)
        plt._set_size(width, height)  # textual-plotext does the same: without it a resize is not seen
        plt.theme("clear")
        plt.canvas_color("default")
        plt.axes_color("default")
        theme = self.app.current_theme
        faint: Color = "gray" if theme.ansi else (78, 78, 78) if theme.dark else (188, 188, 188)
        quiet: Color = "default" if theme.ansi else (138, 138, 138) if theme.dark else (98, 98, 98)
        plt.ticks_color(quiet)
        plt.xlim(-0.5, cells - 0.5)
        plt.ylim(0, steps[-1])
        plt.yticks(steps, labels)
        colors = series_colors(ansi=theme.ansi, dark=theme.dark)
        halves = 2 * (height - 2)  # the axis and its labels take two lines
        for marker, color, points in (("░", faint, band_cells), ("─", quiet, line_cells)):
            xs, ys = points(chart, slot, steps[-1], height - 2)
            if xs:
                plt.scatter(xs, ys, marker=marker, color=color)
        layers = half_cells(chart, steps[-1], halves)
        for number in range(len(layers) - 1, -1, -1):
            xs, ys = _columns(layers[number], slot, steps[-1] / (halves - 1))
            if xs:
                plt.scatter(xs, ys, marker="hd", color=colors[number % len(colors)], fillx=True)
        gaps = [i * slot + (slot - 1) // 2 for i, value in enumerate(chart.sums) if value is None]
        if gaps:
            plt.scatter(gaps, [0.0] * len(gaps), marker="·", color=faint)
        plt.xticks(*_day_ticks((*chart.days, *chart.after), slot, cells))
        plt.xaxes(True, False)
        plt.yaxes(True, False)

    def _label(self, value: float, steps: Sequence[float]) -> str:
        if self._unit in ("tokens", "requests"):
            return f.compact(round(value))
        places = 0 if steps[-1] >= 5 and all(step == int(step) for step in steps) else 2
        return f.money(f"{value:.{places}f}", self._unit, brief=places == 0)


def _slot(chart: Chart, cells: int) -> int:
    """Gives the cells that a bar and the gap after it have."""
    return max(1, min(8, cells // (len(chart.days) + len(chart.after))))


def band_cells(chart: Chart, slot: int, top: float, rows: int) -> tuple[list[float], list[float]]:
    """Gives the cells between low and high of each day to come, as plotext's coordinates."""
    cells = [
        (x, row)
        for first, one in _ahead_slots(chart, slot)
        for x in range(first, first + slot)
        for row in range(_row(one.low, top, rows), _row(one.high, top, rows) + 1)
    ]
    return [float(x) for x, _ in cells], [row * top / (rows - 1) for _, row in cells]


def line_cells(chart: Chart, slot: int, top: float, rows: int) -> tuple[list[float], list[float]]:
    """Gives the cells of what is expected of each day to come."""
    cells = [
        (x, _row(one.expected, top, rows))
        for first, one in _ahead_slots(chart, slot)
        for x in range(first, first + slot)
    ]
    return [float(x) for x, _ in cells], [row * top / (rows - 1) for _, row in cells]


def _ahead_slots(chart: Chart, slot: int) -> list[tuple[int, Ahead]]:
    """Gives the first cell of each day to come; the bar of today, if it is one, stands before its band."""
    first = len(chart.days) - sum(one.day <= chart.days[-1] for one in chart.ahead)
    return [((first + number) * slot, one) for number, one in enumerate(chart.ahead)]


def _row(value: float, top: float, rows: int) -> int:
    """Gives the line that a value is drawn in, 0 being the lowest."""
    return max(0, min(rows - 1, (round(value / top * 2 * rows) - 1) // 2))


def half_cells(chart: Chart, top: float, most: int) -> list[list[int]]:
    """Gives how high each layer of the stack reaches, in half cells of which `top` has `most`.

    Only the top of a stack may end in the middle of a cell: a cell has one colour.
    """
    layers: list[list[int]] = []
    below = [0.0] * len(chart.days)
    sums = [value or 0.0 for value in chart.sums]
    for series in chart.series:
        below = [low + (value or 0.0) for low, value in zip(below, series.values, strict=True)]
        layer = []
        for reached, total in zip(below, sums, strict=True):
            whole = max(1, min(most, round(total / top * most))) if total > 0 else 0
            is_top = reached >= total * (1 - 1e-9)
            layer.append(whole if is_top else min(whole, 2 * round(reached / top * most / 2)))
        layers.append(layer)
    return layers


def _columns(heights: Sequence[int], slot: int, half: float) -> tuple[list[float], list[float]]:
    """Gives points, two a cell, that fill each bar but for the gap after it; plotext fills below them."""
    xs: list[float] = []
    ys: list[float] = []
    for i, height in enumerate(heights):
        if height <= 0:
            continue
        for cell in range(max(1, slot - 1)):
            for side in (-0.25, 0.25):
                xs.append(i * slot + cell + side)
                ys.append((height - 1) * half)
    return xs, ys


def _day_ticks(days: Sequence[date], slot: int, cells: int) -> tuple[list[float], list[str]]:
    """Gives a few days to name under the axis: the first, the last, and some between, never overlapping."""
    room = max(1, min(6, cells // 14))
    last = len(days) - 1
    chosen = sorted({round(i * last / room) for i in range(room + 1)}) if last else [0]
    return [i * slot + (slot - 1) / 2 for i in chosen], [f.day(days[i], days[last]) for i in chosen]


def _ascii(chart: Chart, steps: Sequence[float], labels: Sequence[str], width: int, height: int) -> list[str]:
    """Gives the chart in ASCII, the series not told apart."""
    rows = height - 2
    cells = width - len(labels[0]) - 1
    slot = _slot(chart, cells)
    named = {round(step / steps[-1] * (rows - 1)): label for step, label in zip(steps, labels, strict=True)}
    lines = []
    for row in range(rows - 1, -1, -1):
        drawn = ""
        for value in chart.sums:
            if value is None:
                mark = "?" if row == 0 else " "
            else:
                mark = "#" if value > 0 and round(value / steps[-1] * (rows - 1)) >= row else " "
            drawn += (mark * max(1, slot - 1)).ljust(slot)
        for number, one in _ahead_slots(chart, slot):
            if number >= len(drawn):
                low, expected, high = (_row(v, steps[-1], rows) for v in (one.low, one.expected, one.high))
                mark = "-" if row == expected else ":" if low <= row <= high else " "
                drawn += mark * slot
        lines.append(f"{named.get(row, '').rjust(len(labels[0]))}|{drawn}".rstrip())
    ticks = [" "] * (cells + 12)
    days = (*chart.days, *chart.after)
    for at, name in zip(*_day_ticks(days, slot, cells), strict=True):
        start = min(int(at), max(0, cells - len(name)))
        ticks[start : start + len(name)] = name
    pad = " " * len(labels[0])
    return [*lines, f"{pad}+{'-' * cells}", f"{pad} {''.join(ticks).rstrip()}"]

"""The charts of a service: its days by what it measures, or how full a window was; and their keys."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual.containers import Vertical
from textual.widget import Widget

from stackk_tui.report import format as f
from stackk_tui.tui.charting import (
    CHARTS,
    SPANS,
    ChartName,
    Split,
    chart_of,
    known_days,
    offered,
    splits_of,
)
from stackk_tui.tui.limit_charting import NOT_READ
from stackk_tui.tui.outlook import Outlook, coming_words
from stackk_tui.tui.widgets.chart_title import ChartTitle
from stackk_tui.tui.widgets.limit_chart import LimitPlot
from stackk_tui.tui.widgets.usage_chart import UsageChart, series_colors

if TYPE_CHECKING:
    from stackk_tui.model.snapshot import Limit, Measure
    from stackk_tui.model.view import History, LimitHistory, ServiceView


class ServiceCharts(Vertical):
    """One chart at a time. The days come with the service; a window's readings when they are asked for."""

    DEFAULT_CSS = """
    ServiceCharts { height: auto; }
    ServiceCharts ChartTitle { height: auto; }
    ServiceCharts UsageChart { height: 12; margin-bottom: 1; }
    ServiceCharts.-dayless UsageChart { display: none; }
    ServiceCharts.-windowless LimitPlot { display: none; }
    ServiceCharts.-none { display: none; }
    """

    def __init__(self, *, now: datetime, id: str | None = None) -> None:
        super().__init__(id=id, classes="-dayless -windowless")
        self._now = now
        self._view: ServiceView | None = None
        self._history: History | None = None
        self._windows: tuple[LimitHistory, ...] | None = None
        self._failed = ""
        self._measure: ChartName = "cost"
        self._refused = ""
        self._split: Split = "total"
        self._span, self._window_span = SPANS[1], SPANS[0]
        self._chosen = False
        self._window = ""
        self._outlook = Outlook()

    def compose(self) -> Iterable[Widget]:
        yield ChartTitle(id="chart-title")
        yield UsageChart(id="chart")
        yield LimitPlot(id="limit-chart")

    # what is asked for

    @property
    def wants_windows(self) -> int:
        """For how many days the readings of windows are wanted; 0 for none."""
        return self._window_span if self._measure == "limits" else 0

    @property
    def window(self) -> str:
        """The id of the chosen window; empty where there is none."""
        ids = [limit.id for limit in self.windows]
        lasting = [limit.id for limit in self.windows if limit.length is not None]
        return self._window if self._window in ids else next(iter([*lasting, *ids]), "")

    @property
    def windows(self) -> "Sequence[Limit]":
        """The limits that fill."""
        snapshot = self._view.snapshot if self._view else None
        limits = snapshot.limits if snapshot else ()
        return [limit for limit in limits if limit.used is not None or limit.length is not None]

    @property
    def charts(self) -> list[ChartName]:
        """What can be charted, in the order of the keys."""
        names: set[ChartName] = {measure.id for measure in self._measures}
        if self.windows:
            names.add("limits")
        return [name for name in CHARTS if name in names]

    @property
    def can_split(self) -> bool:
        """Whether the columns of the chart can be split."""
        measure = self.measure if self._measure != "limits" else None
        return measure is not None and len(splits_of(measure)) > 1

    @property
    def measure(self) -> "Measure | None":
        """The measure that is charted; beside a window's chart the most telling one."""
        own = self._measures
        return next((one for one in own if one.id == self._measure), own[0] if own else None)

    @property
    def _measures(self) -> "list[Measure]":
        return offered(self._view, self._history) if self._view else []

    # what is shown

    def show(self, view: "ServiceView", history: "History | None", now: datetime) -> None:
        """Shows this service; one without any known day, but with windows, begins with those."""
        self._view, self._history, self._now = view, history, now
        if not self._chosen or self._measure not in self.charts:
            self._measure = self._most_telling()
        self.draw()

    def _most_telling(self) -> ChartName:
        known: list[ChartName] = [
            m.id for m in self._measures if self._history and known_days(self._history, m.id)
        ]
        lasting = any(limit.length is not None for limit in self.windows)
        choices: list[ChartName] = [*known, *(("limits",) if lasting else ()), *self.charts]
        return next(iter(choices), "cost")

    def show_outlook(self, outlook: Outlook) -> None:
        """Shows what is to come beside what was."""
        if outlook != self._outlook:
            self._outlook = outlook
            self.draw()

    def show_windows(self, histories: "Sequence[LimitHistory]") -> None:
        """Shows the readings that were asked for."""
        self._windows, self._failed = tuple(histories), ""
        self.draw()

    def say_failed(self, words: str) -> None:
        """Says why the readings could not be had; those that are there stay."""
        self._failed = words
        self.draw()

    def choose(self, measure: ChartName) -> None:
        """Charts another measure; of one that is not told here, says so."""
        self._refused = ""
        if self._view is None or measure in self.charts:
            self._measure, self._chosen = measure, True
        else:
            self._refused = f"There is no chart of {measure} here: {self._why_not(measure)}."
        self.draw()

    def _why_not(self, measure: ChartName) -> str:
        if measure == "limits":
            return "no limit of this service is told"
        told = [m.label.lower() for m in self._view.measures] if self._view else []
        if self._view and self._view.counts and told and measure not in [m.id for m in self._view.measures]:
            return f"this service tells of {' and '.join(told)}"
        return f.provenance_words("not-exposed")

    def next_span(self) -> None:
        """Charts another number of days."""
        if self._measure == "limits":
            self._window_span = SPANS[(SPANS.index(self._window_span) + 1) % len(SPANS)]
        else:
            self._span = SPANS[(SPANS.index(self._span) + 1) % len(SPANS)]
        self.draw()

    def next_split(self) -> None:
        """Splits the columns in another way."""
        splits = splits_of(self.measure) if self.measure else ()
        if len(splits) > 1:
            at = splits.index(self._split) if self._split in splits else 0
            self._split = splits[(at + 1) % len(splits)]
        self.draw()

    def next_window(self) -> None:
        """Chooses the next window."""
        ids = [limit.id for limit in self.windows]
        if ids:
            self._window = ids[(ids.index(self.window) + 1) % len(ids)]
        self.draw()

    def on_resize(self, event: Any) -> None:
        self.draw()

    def draw(self) -> None:
        """Draws the chosen chart."""
        if self._view is None or not self.is_attached:
            return
        words: dict[ChartName, str] = {m.id: m.label.lower() for m in self._measures}
        choices = [(name, words.get(name, name)) for name in self.charts]
        self.query_one(ChartTitle).offer(choices, self._refused)
        self.set_class(not choices and not self._refused, "-none")
        if self._measure == "limits":
            self._draw_window()
        elif (measure := self.measure) is not None:
            self._draw_days(measure)
        self.set_class(self._measure != "limits", "-windowless")

    def _draw_window(self) -> None:
        self.set_class(True, "-dayless")
        found = next((one for one in self._windows or () if one.limit_id == self.window), None)
        plot = self.query_one(LimitPlot)
        plot.show(found, self._now, self._window_span)
        chart = plot.chart(max(20, self.size.width))
        label = next((limit.label for limit in self.windows if limit.id == self.window), "")
        reason = chart.reason if chart else ""
        if not self.windows:
            reason = "No limit of this service is told of."
        elif found is None:
            reason = self._failed or ("reading the ledger…" if self._windows is None else NOT_READ)
        self.query_one(ChartTitle).show_window(
            title=label or "Limits",
            reason=reason,
            span=self._window_span,
            several=len(self.windows) > 1,
            even=bool(chart and any(share is not None for share in chart.even)),
            gaps=bool(chart and chart.has_gaps),
        )

    def _draw_days(self, measure: "Measure") -> None:
        view, history = self._view, self._history
        if view is None or history is None:
            return
        if self._span != SPANS[-1]:
            history = _last_days(history, self._span)
        denied = view.snapshot.not_permitted if view.snapshot else ()
        split: Split = self._split if self._split in splits_of(measure) else "total"
        chart = chart_of(history, measure.id, split, denied, measure.label)
        chart = replace(chart, ahead=self._outlook.ahead(measure.id))
        widget = self.query_one(UsageChart)
        shown = widget.fitting(chart, max(20, self.size.width)) if chart.series else chart
        title = f"{measure.label} per {'week' if shown.step == 7 else 'day'}"
        if measure.id == "cost":
            title += f", {history.currency}"
            if view.month.cost.provenance.value == "estimated":
                title += ", ≈ estimated"
        theme = self.app.current_theme
        self.query_one(ChartTitle).show(
            shown,
            title=title,
            measure=measure.id,
            part=measure.part,
            split=split,
            span=self._span,
            colors=series_colors(ansi=theme.ansi, dark=theme.dark),
            today=self._now.date(),
            coming=coming_words(self._outlook.of(measure.id), self._now.date()),
        )
        self.set_class(not chart.series, "-dayless")
        widget.show(chart, history.currency if measure.id == "cost" else measure.id)


def _last_days(history: "History", days: int) -> "History":
    kept = history.days[-days:]
    first = kept[0]
    return history.model_copy(
        update={
            "days": kept,
            "token_days": frozenset(day for day in history.token_days if day >= first),
            "cost_days": frozenset(day for day in history.cost_days if day >= first),
            "usage": tuple(usage for usage in history.usage if usage.day >= first),
        }
    )

"""One service: its numbers, limits, days, models, billing, and everything else its provider tells."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from stackk_tui.model.events import RefreshFailed, ServiceChanged, ServiceDisconnected, ServiceRefreshed
from stackk_tui.report import format as f
from stackk_tui.tui.charting import SPANS, SPLITS, Measure, Split, chart_of
from stackk_tui.tui.keys import bindings
from stackk_tui.tui.messages import AskingChanged, StackTold, VerbFailed
from stackk_tui.tui.screens.base import Asking
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.chart_title import ChartTitle
from stackk_tui.tui.widgets.heading import Heading, Words, trouble
from stackk_tui.tui.widgets.service_panels import (
    AboutPanel,
    BillingPanel,
    LimitsPanel,
    MetricsPanel,
    ModelsPanel,
    ServicePanel,
)
from stackk_tui.tui.widgets.service_words import workspace_words
from stackk_tui.tui.widgets.stats import PlanBadge, StatsGrid, stats_of
from stackk_tui.tui.widgets.usage_chart import UsageChart, series_colors

if TYPE_CHECKING:
    from stackk_tui.model.view import History, ServiceView
    from stackk_tui.stack import Stack

TICK_SECONDS = 30
LONGEST = SPANS[-1]
STATUS_WORDS = {
    "ok": ("● fresh", "ok"),
    "stale": ("◌ old", "quiet"),
    "error": ("✖ failed", "full"),
    "sign-in-needed": ("✖ sign in again: c", "full"),
    "disconnected": ("○ disconnected", "quiet"),
}


class ServiceRead(Message, bubble=False):
    """A service and its days came out of the ledger."""

    def __init__(self, answer: "tuple[ServiceView, History]") -> None:
        super().__init__()
        self.view, self.history = answer


class ServiceDetailScreen(Asking[None]):
    SCOPE: ClassVar = "detail"
    CSS_PATH = "detail.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("detail")

    def __init__(self, service_id: str, name: str) -> None:
        super().__init__()
        self.service_id, self._service_name = service_id, name
        self._view: ServiceView | None = None
        self._history: History | None = None
        self._measure: Measure = "cost"
        self._split: Split = "total"
        self._span = SPANS[1]
        self._chosen = False
        self._asking = False

    def body(self) -> Iterable[Widget]:
        now = self.house.clock()
        with Horizontal(id="top"):
            yield Heading(self._service_name, id="heading")
            yield PlanBadge(id="plan")
        with VerticalScroll(id="scroll", can_focus=False):
            yield Words(("reading the ledger…", "quiet"), id="trouble")
            yield StatsGrid(id="stats")
            yield LimitsPanel(now=now, id="limits")
            yield ChartTitle(id="chart-title")
            yield UsageChart(id="chart")
            with Horizontal(id="columns"):
                with Vertical(id="left"):
                    yield ModelsPanel(now=now)
                    yield MetricsPanel(now=now)
                with Vertical(id="right"):
                    yield BillingPanel(now=now)
                    yield AboutPanel(now=now)
        yield KeyBar(self.footer_keys(), id="keys")

    def on_mount(self) -> None:
        self._asking = self.house.is_asking(self.service_id)
        self.add_class("-chartless")
        self._read()
        self.set_interval(TICK_SECONDS, self._tick)

    # what has happened

    @on(ServiceRead)
    def _service_read(self, event: ServiceRead) -> None:
        self._view, self._history = event.view, event.history
        if not self._chosen and not event.history.cost_days and event.history.token_days:
            self._measure = "tokens"
        with self.app.batch_update():
            self._draw()

    @on(StackTold)
    def _told(self, told: StackTold) -> None:
        event = told.event
        if getattr(event, "service_id", None) != self.service_id:
            return
        if isinstance(event, ServiceRefreshed | RefreshFailed | ServiceChanged | ServiceDisconnected):
            self._read()

    @on(AskingChanged)
    def _asking_changed(self, event: AskingChanged) -> None:
        self._asking = self.service_id in event.service_ids
        self._draw_heading()

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        if self._view is None or event.verb != "read":
            self.query_one("#trouble", Words).say(*trouble(event.error.lines()))

    # keys

    def action_refresh(self) -> None:
        self.house.refresh_services([self.service_id], force=True)

    def action_chart(self, measure: Measure) -> None:
        self._measure, self._chosen = measure, True
        self._draw_chart()

    def action_span(self) -> None:
        self._span = SPANS[(SPANS.index(self._span) + 1) % len(SPANS)]
        self._draw_chart()

    def action_stacking(self) -> None:
        self._split = SPLITS[(SPLITS.index(self._split) + 1) % len(SPLITS)]
        self._draw_chart()

    def action_billing(self) -> None:
        if self._view is not None:
            from stackk_tui.tui.screens.billing import BillingScreen

            self.app.push_screen(BillingScreen(self._view))

    def action_disconnect(self) -> None:
        self.house.disconnect_service(self.service_id, self._service_name)

    def action_sign_in(self) -> None:
        self.house.sign_in_again(self.service_id)

    def action_back(self) -> None:
        self.app.pop_screen()

    def action_scroll_down(self) -> None:
        self._scroll.scroll_down(animate=False)

    def action_scroll_up(self) -> None:
        self._scroll.scroll_up(animate=False)

    def action_scroll_home(self) -> None:
        self._scroll.scroll_home(animate=False)

    def action_scroll_end(self) -> None:
        self._scroll.scroll_end(animate=False)

    def action_page_down(self) -> None:
        self._scroll.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        self._scroll.scroll_page_up(animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        connected = self._view is None or self._view.service.connected
        if action in ("refresh", "billing"):
            return connected
        if action == "sign_in":
            return self._view is not None and self._view.status.value in (
                "sign-in-needed",
                "error",
                "disconnected",
            )
        return True

    # drawing

    @property
    def _scroll(self) -> VerticalScroll:
        return self.query_one("#scroll", VerticalScroll)

    def _read(self) -> None:
        self.ask("read", self._read_both, ServiceRead)

    async def _read_both(self, stack: "Stack") -> "tuple[ServiceView, History]":
        return await stack.service(self.service_id), await stack.history(self.service_id, LONGEST)

    def _draw(self) -> None:
        view, now = self._view, self.house.clock()
        if view is None:
            return
        error = view.service.error
        lines = list(error.lines) or [error.message] if error else []
        if error and error.request_id:
            lines.append(f"Request {error.request_id}")
        self.query_one("#trouble", Words).say(*(trouble(lines) if lines else ()))
        self.query_one("#trouble", Words).display = bool(lines)
        plan = view.snapshot.plan.value if view.snapshot else None
        self.query_one("#plan", PlanBadge).show(plan.label if plan else "")
        self._draw_heading()
        self.query_one("#stats", StatsGrid).show(stats_of(view, now))
        for panel in self.query(ServicePanel):
            panel.show(view, self._history, now)
        self._draw_chart()
        self.refresh_keys()

    def _draw_heading(self) -> None:
        view, now = self._view, self.house.clock()
        if view is None:
            return
        word, level = STATUS_WORDS[view.status.value]
        state: tuple[tuple[str, str], ...] = ((word, level),)
        if self._asking:
            state = (("asking…", "accent"),)
        elif view.status.value in ("ok", "stale", "error"):
            state = ((word, level), (f.age(view.fetched_at, now), "quiet"))
        service = view.service
        where = workspace_words(service.name, service.workspace.name, service.workspace.kind)
        self.query_one("#heading", Heading).show([service.name, where], color=service.color, right=state)

    def _draw_chart(self) -> None:
        if self._view is None or self._history is None:
            return
        history = self._history
        if self._span != LONGEST:
            kept = history.days[-self._span :]
            first = kept[0]
            history = history.model_copy(
                update={
                    "days": kept,
                    "token_days": frozenset(day for day in history.token_days if day >= first),
                    "cost_days": frozenset(day for day in history.cost_days if day >= first),
                    "usage": tuple(usage for usage in history.usage if usage.day >= first),
                }
            )
        snapshot = self._view.snapshot
        denied = snapshot.not_permitted if snapshot else ()
        chart = chart_of(history, self._measure, self._split, denied)
        widget = self.query_one("#chart", UsageChart)
        shown = widget.fitting(chart, max(20, self._scroll.size.width - 5)) if chart.series else chart
        unit = history.currency if self._measure == "cost" else self._measure
        title = f"{self._measure.capitalize()} per {'week' if shown.step == 7 else 'day'}"
        if self._measure == "cost":
            title += f", {history.currency}"
            if self._view.month.cost.provenance.value == "estimated":
                title += ", ≈ estimated"
        theme = self.app.current_theme
        self.query_one("#chart-title", ChartTitle).show(
            chart,
            title=title,
            measure=self._measure,
            split=self._split,
            span=self._span,
            colors=series_colors(ansi=theme.ansi, dark=theme.dark),
            today=self.house.clock().date(),
        )
        self.set_class(not chart.series, "-chartless")
        widget.show(chart, unit)

    def on_resize(self, event: Any) -> None:
        self._draw_chart()

    def _tick(self) -> None:
        if self.is_current and self.house.app_focus and self._view is not None:
            now = self.house.clock()
            self._draw_heading()
            for panel in self.query(ServicePanel):
                panel.show(self._view, self._history, now)

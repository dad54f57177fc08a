"""One service: its numbers, limits, days, models, billing, and everything else its provider tells."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget

from stackk_tui.model.events import RefreshFailed, ServiceChanged, ServiceDisconnected, ServiceRefreshed
from stackk_tui.report import format as f
from stackk_tui.tui.charting import CHARTS, SPANS, ChartName
from stackk_tui.tui.keys import Scope, bindings
from stackk_tui.tui.messages import (
    AskingChanged,
    BurnedRead,
    ServiceRead,
    StackTold,
    VerbFailed,
    WindowsRead,
)
from stackk_tui.tui.screens.scrolling import ScrollsByKeys
from stackk_tui.tui.screens.with_outlook import WithOutlook
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.budget_panel import BudgetPanel
from stackk_tui.tui.widgets.burned_panel import PARTS, BurnedPanel
from stackk_tui.tui.widgets.burned_panel import Reading as BurnedReading
from stackk_tui.tui.widgets.heading import Heading, Words, trouble
from stackk_tui.tui.widgets.limits_panel import LimitsPanel
from stackk_tui.tui.widgets.parts_panel import PartsPanel
from stackk_tui.tui.widgets.service_charts import ServiceCharts
from stackk_tui.tui.widgets.service_panels import (
    AboutPanel,
    BillingPanel,
    MetricsPanel,
    ServicePanel,
)
from stackk_tui.tui.widgets.service_words import workspace_words
from stackk_tui.tui.widgets.stats import PlanBadge, StatsGrid

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import GroupBy
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


class ServiceDetailScreen(ScrollsByKeys, WithOutlook):
    SCOPE: ClassVar[Scope] = "detail"
    CSS_PATH = "detail.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("detail")

    def __init__(self, service_id: str, name: str) -> None:
        super().__init__()
        self.service_id, self._service_name = service_id, name
        self._view: ServiceView | None = None
        self._history: History | None = None
        self._part: GroupBy = PARTS[0]
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
            yield BudgetPanel(id="budget")
            yield ServiceCharts(now=now, id="charts")
            with Horizontal(id="columns"):
                with Vertical(id="left"):
                    yield BurnedPanel(id="burned")
                    yield PartsPanel(now=now, id="parts")
                    yield MetricsPanel(now=now)
                with Vertical(id="right"):
                    yield BillingPanel(now=now)
                    yield AboutPanel(now=now)
        yield KeyBar(self.footer_keys(), id="keys")

    def on_mount(self) -> None:
        self._asking = self.house.is_asking(self.service_id)
        self._read()
        self.set_interval(TICK_SECONDS, self._tick)

    # what has happened

    @on(ServiceRead)
    def _service_read(self, event: ServiceRead) -> None:
        self._view, self._history = event.view, event.history
        with self.app.batch_update():
            self._draw()
        self.read_outlook()
        self._read_windows()
        self._read_logs()

    @on(WindowsRead)
    def _windows_read(self, event: WindowsRead) -> None:
        self._charts.show_windows(event.histories)

    @on(BurnedRead)
    def _burned_read(self, event: BurnedRead) -> None:
        self._say_burned(BurnedReading("read", tuple(event.found)))

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
        lines = event.error.lines()
        if event.verb == "windows":
            self._charts.say_failed(lines[0])
        elif event.verb == "burned":
            self._say_burned(BurnedReading("failed", error=tuple(lines)))
        elif self._view is None or event.verb != "read":
            self.query_one("#trouble", Words).say(*trouble(lines))

    # keys

    def on_key(self, event: events.Key) -> None:
        """The key of a chart that there is not says so."""
        for number, chart in enumerate(CHARTS, 1):
            if event.key == str(number) and not self.check_action("chart", (chart,)):
                event.stop()
                self._charts.choose(chart)

    def action_refresh(self) -> None:
        self.house.refresh_services([self.service_id], force=True)

    def action_chart(self, measure: ChartName) -> None:
        self._charts.choose(measure)
        self._draw_parts()
        self._read_windows()
        self.refresh_keys()

    def action_span(self) -> None:
        self._charts.next_span()
        self._read_windows()

    def action_stacking(self) -> None:
        self._charts.next_split()

    def action_window(self) -> None:
        if not self._charts.wants_windows and self._burned.state == "none":
            self.action_chart("limits")  # else nothing would be seen of it
        else:
            self._charts.next_window()
            self._choose_burned()

    def action_part(self, part: "GroupBy | None" = None) -> None:
        self._part = part or PARTS[(PARTS.index(self._part) + 1) % len(PARTS)]
        self._choose_burned()

    def action_usage(self) -> None:
        if view := self._view:
            explained_by = view.snapshot.explained_by if view.snapshot else None
            account = explained_by if explained_by is not None else view.service.workspace.name
            self.house.show_usage(account=account)

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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        connected = self._view is None or self._view.service.connected
        if action in ("refresh", "billing"):
            return connected
        if action == "usage":
            return self._view is not None and self._reads_logs(self._view)
        if action == "chart":
            return self._view is None or not parameters or parameters[0] in self._charts.charts
        if action == "stacking":
            return self._view is None or self._charts.can_split
        if action == "window":
            return self._view is not None and len(self._charts.windows) > 1
        if action == "part":
            return self._view is not None and self._burned.state == "read"
        if action == "sign_in":
            return self._view is not None and self._view.status.value in (
                "sign-in-needed",
                "error",
                "disconnected",
            )
        return True

    # drawing

    @staticmethod
    def _reads_logs(view: "ServiceView") -> bool:
        explained = view.snapshot is not None and view.snapshot.explained_by is not None
        return explained or view.service.workspace.kind == "machine"

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
        self.draw_stats()
        self._charts.show(view, self._history, now)
        self.query_one(PartsPanel).choose(self._charts.measure)
        for panel in self.query(ServicePanel):
            panel.show(view, self._history, now)
        self.refresh_keys()

    def _draw_parts(self) -> None:
        if self._view is not None:
            parts = self.query_one(PartsPanel)
            parts.choose(self._charts.measure)
            parts.show(self._view, self._history, self.house.clock())

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

    # windows: what is slow comes after the page is there

    @property
    def _charts(self) -> ServiceCharts:
        return self.query_one("#charts", ServiceCharts)

    @property
    def _burned(self) -> BurnedPanel:
        return self.query_one("#burned", BurnedPanel)

    def _read_windows(self) -> None:
        if days := self._charts.wants_windows:
            self.ask("windows", lambda stack: stack.limit_history(self.service_id, days), WindowsRead)

    def _read_logs(self) -> None:
        snapshot = self._view.snapshot if self._view else None
        if snapshot is None or snapshot.explained_by is None:
            self._say_burned(BurnedReading())
        elif not self._is_reading_logs:
            self._say_burned(BurnedReading("reading"))
            self.ask("burned", lambda stack: stack.burned(self.service_id), BurnedRead)

    @property
    def _is_reading_logs(self) -> bool:
        own = (worker for worker in self.workers if worker.node is self and worker.group == "burned")
        return any(not worker.is_finished for worker in own)

    def _say_burned(self, reading: BurnedReading) -> None:
        self._burned.show(reading, self.house.clock())
        self._choose_burned()
        self.refresh_keys()

    def _choose_burned(self) -> None:
        self._burned.choose(self._charts.window, self._part)

    def _tick(self) -> None:
        if self.is_current and self.house.app_focus and self._view is not None:
            now = self.house.clock()
            self._draw_heading()
            for panel in self.query(ServicePanel):
                panel.show(self._view, self._history, now)

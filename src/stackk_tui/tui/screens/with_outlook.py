"""What is to come, on a service's page: forecasts and budgets, read behind the page that is already there."""

from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from stackk_tui.model.events import BudgetsChanged
from stackk_tui.tui.messages import StackTold, VerbFailed
from stackk_tui.tui.outlook import Outlook, read_outlook, with_outlook
from stackk_tui.tui.screens.base import Asking
from stackk_tui.tui.widgets.budget_panel import BudgetPanel
from stackk_tui.tui.widgets.service_charts import ServiceCharts
from stackk_tui.tui.widgets.stats import StatsGrid, stats_of

if TYPE_CHECKING:
    from stackk_tui.model.view import History, ServiceView

OUTLOOK = "outlook"


class OutlookRead(Message, bubble=False):
    """It is known what is to come."""

    def __init__(self, answer: Outlook) -> None:
        super().__init__()
        self.outlook = answer


class WithOutlook(Asking[None]):
    """A page of one service, once `_view` and `_history` are there."""

    _view: "ServiceView | None" = None
    _history: "History | None" = None
    _outlook: Outlook = Outlook()

    def read_outlook(self) -> None:
        """Reads what is to come; what is known of it stays meanwhile."""
        view, history = self._view, self._history
        if view is not None and history is not None:
            self.ask(OUTLOOK, lambda stack: read_outlook(stack, view, history), OutlookRead)

    @on(OutlookRead)
    def _outlook_read(self, event: OutlookRead) -> None:
        self._outlook = event.outlook
        with self.app.batch_update():
            self.query_one(ServiceCharts).show_outlook(event.outlook)
            self.query_one(BudgetPanel).show(event.outlook.budgets, self.house.clock().date())
            self.draw_stats()

    @on(VerbFailed)
    def _outlook_failed(self, event: VerbFailed) -> None:
        if event.verb == OUTLOOK:
            self.notify(" ".join(event.error.lines()[:2]), severity="warning", markup=False)

    @on(StackTold)
    def _budgets_told(self, told: StackTold) -> None:
        if isinstance(told.event, BudgetsChanged):
            self.read_outlook()

    def draw_stats(self) -> None:
        """Draws the numbers on top, with what the month will probably bring."""
        if self._view is not None:
            now = self.house.clock()
            stats = with_outlook(stats_of(self._view, now), self._outlook, now.date())
            self.query_one(StatsGrid).show(stats)

"""Will the month break a budget, when exactly, because of what; and what is behind the answers."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from stackk_tui.model.events import BudgetsChanged, ServiceChanged, ServiceRefreshed
from stackk_tui.tui.insights_reading import Ahead, read_ahead, read_reconciled
from stackk_tui.tui.keys import Scope, bindings
from stackk_tui.tui.messages import StackTold, VerbFailed
from stackk_tui.tui.screens.base import Asking
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.budget_words import places_of
from stackk_tui.tui.widgets.heading import Heading, Words, trouble
from stackk_tui.tui.widgets.hindsight_sections import reconcile_section, what_if_section
from stackk_tui.tui.widgets.insight_list import InsightList
from stackk_tui.tui.widgets.insight_sections import answers_section, services_section, unusual_section
from stackk_tui.tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from stackk_tui.model.anomaly import Unusual
    from stackk_tui.model.board import BoardRow
    from stackk_tui.model.reconcile import ReconciledDay
    from stackk_tui.model.whatif import WhatIf

AHEAD, UNUSUAL, WHAT_IF, RECONCILED = "ahead", "anomalies", "what_if", "reconcile"
SPANS = (7, 30, 90)
MACHINE = "machine"
READING = "reading the logs…"


class AheadRead(Message, bubble=False):
    """The ledger told what is to come."""

    def __init__(self, answer: Ahead) -> None:
        super().__init__()
        self.ahead = answer


class UnusualRead(Message, bubble=False):
    """It is known what stood out."""

    def __init__(self, answer: "list[Unusual]") -> None:
        super().__init__()
        self.found = answer


class WhatIfRead(Message, bubble=False):
    """The logs were priced."""

    def __init__(self, answer: "WhatIf") -> None:
        super().__init__()
        self.found = answer


class ReconciledRead(Message, bubble=False):
    """Reports and logs stand side by side."""

    def __init__(self, answer: "dict[str, tuple[ReconciledDay, ...]]") -> None:
        super().__init__()
        self.found = answer


class InsightsScreen(Asking[None]):
    SCOPE: ClassVar[Scope] = "insights"
    CSS_PATH = "insights.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("insights")
    AUTO_FOCUS = "#list"

    def __init__(self) -> None:
        super().__init__()
        self._ahead: Ahead | None = None
        self._unusual: Sequence[Unusual] | None = None
        self._what_if: WhatIf | None = None
        self._reconciled: Mapping[str, Sequence[ReconciledDay]] | None = None
        self._errors: dict[str, list[str]] = {}
        self._days = SPANS[1]
        self._model: str | None = None
        self._reading: set[str] = set()

    def body(self) -> Iterable[Widget]:
        yield Heading("Insights", id="heading")
        yield Words(id="trouble")
        yield InsightList(id="list")
        yield KeyBar(self.footer_keys(), id="keys")

    def on_mount(self) -> None:
        self._draw()
        self.action_read_again()

    # reading: the ledger first, the logs behind it

    def action_read_again(self) -> None:
        self._read_ahead()
        self._read_unusual()
        self._read_what_if()
        self._reads(RECONCILED)
        self.ask(RECONCILED, read_reconciled, ReconciledRead)

    def _read_ahead(self) -> None:
        today = self.house.clock().date()
        self.ask(AHEAD, lambda stack: read_ahead(stack, today), AheadRead)

    def _read_unusual(self) -> None:
        days = self._days
        self._reads(UNUSUAL)
        self.ask(UNUSUAL, lambda stack: stack.anomalies(days), UnusualRead)

    def _read_what_if(self) -> None:
        model = self._model
        self._reads(WHAT_IF)
        self.ask(WHAT_IF, lambda stack: stack.what_if(model), WhatIfRead)

    @on(AheadRead)
    def _ahead_read(self, event: AheadRead) -> None:
        self._ahead = event.ahead.with_places(self.house.dashboard.board.rows)
        self._known(AHEAD)

    @on(UnusualRead)
    def _unusual_read(self, event: UnusualRead) -> None:
        self._unusual = event.found
        self._known(UNUSUAL)

    @on(WhatIfRead)
    def _what_if_read(self, event: WhatIfRead) -> None:
        self._what_if = event.found
        self._known(WHAT_IF)

    @on(ReconciledRead)
    def _reconciled_read(self, event: ReconciledRead) -> None:
        self._reconciled = event.found
        self._known(RECONCILED)

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        if event.verb in (AHEAD, UNUSUAL, WHAT_IF, RECONCILED):
            self._errors[event.verb] = event.error.lines()
            self._reading.discard(event.verb)
            self._draw()

    @on(StackTold)
    def _told(self, told: StackTold) -> None:
        if isinstance(told.event, BudgetsChanged | ServiceRefreshed | ServiceChanged):
            self._read_ahead()

    def _reads(self, verb: str) -> None:
        self._reading.add(verb)
        self.query_one(Heading).say(((READING, "quiet"),))

    def _known(self, verb: str) -> None:
        self._errors.pop(verb, None)
        self._reading.discard(verb)
        self._draw()

    # keys

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        target = self._list.target
        if target is None:
            return
        if target.kind == "day" and target.day is not None:
            self.house.show_usage(account=target.account, day=target.day)
        elif target.kind == "model":
            self._ask_model(None if target.id == self._model else target.id)
        elif (row := self._row(target.id)) is not None:
            self.house.open_service(row)

    def action_span(self) -> None:
        self._days = SPANS[(SPANS.index(self._days) + 1) % len(SPANS)]
        self._unusual = None
        self._draw()
        self._read_unusual()

    def action_model(self) -> None:
        models = [None, *(self._what_if.models if self._what_if else ())]
        at = models.index(self._model) if self._model in models else 0
        self._ask_model(models[(at + 1) % len(models)])

    def action_back(self) -> None:
        self.app.pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "open":
            return self._list.target is not None if self.is_mounted else False
        if action == "model":
            return self._what_if is not None and bool(self._what_if.models)
        return True

    def _ask_model(self, model: str | None) -> None:
        self._model = model
        self._read_what_if()

    def _row(self, service_id: str) -> "BoardRow | None":
        return next((r for r in self.house.dashboard.board.rows if r.service_id == service_id), None)

    # drawing

    @property
    def _list(self) -> InsightList:
        return self.query_one(InsightList)

    def _draw(self) -> None:
        today = self.house.clock().date()
        rows = self.house.dashboard.board.rows
        machines = {row.service_id: row.workspace_kind == MACHINE for row in rows}
        names = places_of(rows)
        errors = self._errors
        failed = errors.get(AHEAD) if self._ahead is None else None
        self.query_one("#trouble", Words).say(*(trouble(failed) if failed else ()))
        self.set_class(failed is not None, "-failed")
        ahead = self._ahead
        self._list.show(
            [
                *([] if failed else [partial(answers_section, ahead, self._unusual or (), today)]),
                partial(services_section, ahead, today),
                partial(
                    unusual_section,
                    self._unusual,
                    error=errors.get(UNUSUAL, ()),
                    days=self._days,
                    machines=machines,
                    today=today,
                ),
                partial(what_if_section, self._what_if, errors.get(WHAT_IF, ())),
                partial(
                    reconcile_section,
                    self._reconciled,
                    names=names,
                    error=errors.get(RECONCILED, ()),
                    today=today,
                ),
            ]
        )
        self.query_one(Heading).say(((READING, "quiet"),) if self._reading else ())
        self.refresh_keys()

"""What has happened, told to the screens. Workers post these and touch no widget."""

from typing import TYPE_CHECKING

from textual.message import Message

from stackk_tui.model.board import Board
from stackk_tui.model.errors import StackkError
from stackk_tui.model.events import Event

if TYPE_CHECKING:
    from stackk_tui.model.budget import BudgetState
    from stackk_tui.model.usage_report import LiveUsage
    from stackk_tui.model.view import Burned, History, LimitHistory, ServiceView
    from stackk_tui.tui.usage_reading import Read


class BoardRead(Message, bubble=False):
    """The dashboard's figures came out of the ledger."""

    def __init__(self, board: Board) -> None:
        super().__init__()
        self.board = board


class StackTold(Message, bubble=False):
    """Something happened in the stack."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class AskingChanged(Message, bubble=False):
    """Other services than before are being asked now."""

    def __init__(self, service_ids: frozenset[str]) -> None:
        super().__init__()
        self.service_ids = service_ids


class VerbFailed(Message, bubble=False):
    """A verb of the stack could not be done. `verb` is the word the screen gave it."""

    def __init__(self, verb: str, error: StackkError) -> None:
        super().__init__()
        self.verb = verb
        self.error = error


class ServiceRead(Message, bubble=False):
    """A service and its days came out of the ledger."""

    def __init__(self, answer: "tuple[ServiceView, History]") -> None:
        super().__init__()
        self.view, self.history = answer


class WindowsRead(Message, bubble=False):
    """How full the windows were came out of the ledger."""

    def __init__(self, answer: "list[LimitHistory]") -> None:
        super().__init__()
        self.histories = answer


class BudgetsRead(Message, bubble=False):
    """It is known how the budgets stand."""

    def __init__(self, answer: "list[BudgetState]") -> None:
        super().__init__()
        self.states = answer


class UsageRead(Message, bubble=False):
    """What was asked of the logs is known."""

    def __init__(self, answer: "Read") -> None:
        super().__init__()
        self.answer = answer


class LiveRead(Message, bubble=False):
    """It is known what goes on now; `changed` says that the logs are not what they were."""

    def __init__(self, live: "LiveUsage", *, changed: bool) -> None:
        super().__init__()
        self.live, self.changed = live, changed


class BurnedRead(Message, bubble=False):
    """The logs of this machine said what was used since the windows began."""

    def __init__(self, answer: "list[Burned]") -> None:
        super().__init__()
        self.found = answer

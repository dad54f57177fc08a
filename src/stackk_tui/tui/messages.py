"""What has happened, told to the screens. Workers post these and touch no widget."""

from textual.message import Message

from stackk_tui.model.board import Board
from stackk_tui.model.errors import StackkError
from stackk_tui.model.events import Event


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

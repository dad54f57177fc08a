"""What forms share: enter goes to the next field, the last one sends, and what is wrong stands beside it."""

from typing import ClassVar, Generic

from textual import on
from textual.binding import BindingType

from stackk_tui.tui import form
from stackk_tui.tui.keys import Scope, bindings
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.base import ResultT, StackkModal
from stackk_tui.tui.widgets.fields import Field
from stackk_tui.tui.widgets.heading import Words, trouble


class FormScreen(StackkModal[ResultT], Generic[ResultT]):
    """Subclasses yield fields and a line `#trouble`, and say what is to be done with the values."""

    SCOPE: ClassVar[Scope] = "form"
    BINDINGS: ClassVar[list[BindingType]] = bindings("form")

    def __init__(self) -> None:
        super().__init__()
        self.busy = False
        """While it is sent, nothing is sent again."""

    def send(self, values: dict[str, str]) -> None:
        """Does what the form is for. Each value was checked by itself; what is not needed may be empty."""
        raise NotImplementedError

    def complain(self, name: str, words: str) -> None:
        """Says what is wrong at a field, and goes there."""
        field = self.query_one(f"#field-{name}", Field)
        field.complain(words)
        field.editor.focus()

    @property
    def fields(self) -> list[Field]:
        """Those that are shown."""
        return [field for field in self.query(Field) if field.display]

    @on(Field.Done)
    def _field_done(self) -> None:
        self.action_next()

    def action_next(self) -> None:
        if self.focused in [field.editor for field in self.fields][:-1]:
            self.focus_next()
        else:
            self.action_submit()

    def action_submit(self) -> None:
        if self.busy:
            return
        values = {}
        for field in self.fields:
            try:
                values[field.key] = field.check()
            except form.Wrong:
                field.editor.focus()
                return
        self.send(values)

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        self.busy = False
        self.query_one("#trouble", Words).say(*trouble(event.error.lines()))

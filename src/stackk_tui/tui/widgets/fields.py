"""Fields to type in: one line with its label, the masked field for keys, and a choice between few words."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input

from stackk_tui.tui import form
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece, cut, fit, strip_of
from stackk_tui.tui.widgets.look import look
from stackk_tui.tui.widgets.panel import Lines, Panel

LABEL_WIDTH = 14


class SecretInput(Input):
    """A masked field. Its text cannot be copied, cut or selected out of it, and its cursor does not blink."""

    ALLOW_SELECT = False

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(password=True, placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def action_copy(self) -> None:
        """Does nothing: the clipboard is no place for a key."""

    def action_cut(self) -> None:
        """Does nothing: the clipboard is no place for a key."""

    def _on_paste(self, event: events.Paste) -> None:
        """Joins lines: what was copied off a narrow screen is broken into several."""
        event.prevent_default()
        event.stop()
        self.insert_text_at_cursor("".join(event.text.splitlines()))

    def take(self) -> str:
        """Gives what was typed."""
        return self.value.strip()

    def wipe(self) -> None:
        """Empties the field, without telling anybody what was in it."""
        with self.prevent(Input.Changed):
            self.value = ""


class SecretField(Horizontal):
    """A label and a masked field."""

    DEFAULT_CSS = """
    SecretField { height: 1; }
    SecretField Label { width: 14; margin-right: 1; }
    SecretField SecretInput { width: 1fr; max-width: 60; }
    """

    def __init__(self, label: str, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(id=f"{id}-field" if id else None)
        self._label = Label(label, needed=True)
        self._input = SecretInput(placeholder=placeholder, id=id)

    def compose(self) -> ComposeResult:
        yield self._label
        yield self._input

    def on_descendant_focus(self) -> None:
        self._label.light(True)

    def on_descendant_blur(self) -> None:
        self._label.light(False)


class Choice(Widget, can_focus=True):
    """One of a few words: `‹ monthly ›`. Left, right and space change it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("left", "step(-1)", "before"),
        ("right,space", "step(1)", "next"),
    ]
    DEFAULT_CSS = """
    Choice { height: 1; width: 1fr; }
    """
    value: reactive[str] = reactive("")

    class Submitted(Message):
        """Enter was pressed on it."""

    def __init__(self, options: Sequence[str], value: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = list(options)
        self.set_reactive(Choice.value, value if value in self._options else self._options[0])

    def action_step(self, by: int) -> None:
        at = self._options.index(self.value) if self.value in self._options else 0
        self.value = self._options[(at + by) % len(self._options)]

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            self.post_message(self.Submitted())

    def on_click(self) -> None:
        self.action_step(1)

    def render_line(self, y: int) -> Strip:
        draw = look(self)
        arrows = draw.accent if self.has_focus else draw.quiet
        pieces: list[Piece] = [("‹ ", arrows), (self.value or "not said", draw.text), (" ›", arrows)]
        return strip_of(cut(pieces, self.size.width), self.size.width, self.rich_style)


class Label(Panel):
    """A field's name; in accent while the field has the focus."""

    def __init__(self, text: str, *, needed: bool) -> None:
        super().__init__()
        self._text, self._needed, self._lit = text, needed, False

    def light(self, lit: bool) -> None:
        """Shows whether the field has the focus."""
        self._lit = lit
        self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        star: list[Piece] = [(" *", draw.quiet)] if self._needed else []
        return [fit([(self._text, draw.accent if self._lit else draw.quiet), *star], width)]


class Problem(Panel):
    """What is wrong with a field; takes no line when nothing is."""

    DEFAULT_CSS = """
    Problem { display: none; padding-left: 15; }
    Problem.-said { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.words = ""

    def say(self, words: str) -> None:
        """Says what is wrong; empty takes it back."""
        self.words = words
        self.set_class(bool(words), "-said")
        self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        return [cut([(f"▲ {self.words}", draw.look)], width)]


class Field(Vertical):
    """A label, a field and what is wrong with it. `kind` is one of `form.CHECKS`."""

    DEFAULT_CSS = """
    Field { height: auto; }
    Field > Horizontal { height: 1; }
    Field Label { width: 14; margin-right: 1; }
    Field Input { width: 1fr; max-width: 60; }
    """

    class Done(Message):
        """Enter was pressed in it."""

    def __init__(
        self,
        key: str,
        label: str,
        kind: str = "text",
        *,
        required: bool = False,
        placeholder: str = "",
        value: str = "",
        suggestions: Sequence[str] = (),
        optional_choice: bool = False,
        options: Sequence[str] = (),
    ) -> None:
        """`options` make it a choice between them; `suggestions` only complete what is typed."""
        super().__init__(id=f"field-{key}")
        self.key, self.kind, self.required = key, kind, required
        self._label = Label(label, needed=required)
        self._problem = Problem()
        self._editor: Input | Choice
        if options:
            self._editor = Choice(options, value)
        elif kind == "cycle":
            options = ("", *form.CYCLES) if optional_choice else form.CYCLES
            self._editor = Choice(options, value)
        else:
            suggester = SuggestFromList(suggestions, case_sensitive=False) if suggestions else None
            self._editor = Input(value, placeholder, compact=True, suggester=suggester, select_on_focus=False)
            self._editor.cursor_blink = False

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._label
            yield self._editor
        yield self._problem

    @property
    def editor(self) -> Input | Choice:
        """The widget that takes the keys."""
        return self._editor

    @property
    def problem(self) -> str:
        """What is wrong with it; empty when nothing is."""
        return self._problem.words

    def suggest(self, words: Sequence[str]) -> None:
        """Completes what is typed with these from now on."""
        if isinstance(self._editor, Input):
            self._editor.suggester = SuggestFromList(words, case_sensitive=False)

    def check(self) -> str:
        """Gives the value in its uniform form; says in place what is wrong and raises Wrong."""
        try:
            value = form.check(self.kind, self._editor.value, required=self.required)
        except form.Wrong as wrong:
            self.complain(str(wrong))
            raise
        self.complain("")
        return value

    def complain(self, words: str) -> None:
        """Says what is wrong; empty takes it back."""
        self._problem.say(words)

    def on_descendant_focus(self) -> None:
        self._label.light(True)

    def on_descendant_blur(self) -> None:
        self._label.light(False)
        if self.problem or self._editor.value.strip():
            self._check_quietly()

    @on(Input.Submitted)
    @on(Choice.Submitted)
    def _submitted(self, event: Message) -> None:
        event.stop()
        self.post_message(self.Done())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.problem:
            self._check_quietly()

    def _check_quietly(self) -> None:
        try:
            self.check()
        except form.Wrong:
            return

"""All keys of the screen it was opened on, then the others."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from stackk_tui.tui.keys import TITLES, Scope, bindings, keys_of
from stackk_tui.tui.screens.base import Asking
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.cells import fit
from stackk_tui.tui.widgets.heading import Heading
from stackk_tui.tui.widgets.panel import Lines, Panel

LEGEND = (
    ("● ok   ▲ look   ✖ broken   ○ off   ◌ old", "how a service is doing"),
    ("$12.00", "measured: the provider's own figure"),
    ("$12.00 list", "the published price, not what you pay"),
    ("≈ $12.00", "estimated by us from something measured"),
    ("✎ $12.00", "typed by you"),
    ("–", "cannot be known; the detail says why"),
)
MOUSE = "Hold Shift (Option in iTerm2) to select text with the mouse, or start with --no-mouse."


class KeyTable(Panel):
    """The keys of some scopes, and what the marks mean."""

    def __init__(self, scopes: list[Scope]) -> None:
        super().__init__()
        self._scopes = scopes

    def lines(self, width: int, draw: Look) -> Lines:
        out: Lines = []
        for scope in self._scopes:
            out.append([(TITLES[scope], draw.strong)])
            for key in keys_of(scope):
                out.append([*fit([(key.shown, draw.accent)], 9), (key.says, draw.text)])
            out.append([])
        out.append([("Marks", draw.strong)])
        left = 13
        for mark, words in LEGEND:
            if len(mark) > left:
                out += [[(mark, draw.text)]]
            else:
                out.append([*fit([(mark, draw.text)], left), (words, draw.quiet)])
        from stackk_tui.tui.widgets.cells import wrapped

        return [*out, [], *wrapped(MOUSE, width, draw.quiet)]


class HelpScreen(Asking[None]):
    SCOPE: ClassVar = "page"
    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("page")

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def body(self) -> Iterable[Widget]:
        first: list[Scope] = [self._scope]
        if self._scope in ("dashboard", "add", "pick", "budgets", "insights", "alerts"):
            first.append("list")
        if self._scope in ("usage", "spent"):
            first += ["calendar", "list"]
        others: list[Scope] = [
            "dashboard",
            "detail",
            "usage",
            "budgets",
            "insights",
            "spent",
            "alerts",
            "list",
        ]
        yield Heading(f"Help · {TITLES[self._scope]}", above="back")
        with VerticalScroll(id="scroll", can_focus=False):
            yield KeyTable([*first, "app", *(scope for scope in others if scope not in first)])
        yield KeyBar(self.footer_keys())

    def action_scroll_down(self) -> None:
        self.query_one("#scroll").scroll_down(animate=False)

    def action_scroll_up(self) -> None:
        self.query_one("#scroll").scroll_up(animate=False)

    def action_back(self) -> None:
        self.app.pop_screen()

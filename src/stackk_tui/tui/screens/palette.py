"""The command palette: every service, and every command of the key table that applies here."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import ClassVar

from textual import on
from textual.actions import parse
from textual.binding import BindingType
from textual.containers import Vertical
from textual.fuzzy import Matcher
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from stackk_tui.tui.keys import Scope, keys_of
from stackk_tui.tui.screens.base import StackkModal
from stackk_tui.tui.theme import OURS
from stackk_tui.tui.widgets.line_list import LineList
from stackk_tui.tui.widgets.menu import Item, Menu
from stackk_tui.tui.widgets.service_words import workspace_words

NOT_HERE = frozenset(
    {"app.command_palette", "scroll_down", "scroll_up", "open", "clear", "back", "next", "up", "left",
     "leave", "next_tab", "previous_tab"}
)  # fmt: skip
THEME_WORDS = {
    "stackk": "dark",
    "stackk-light": "light",
    "ansi-dark": "16 colours on dark",
    "ansi-light": "16 colours on light",
}
Run = Callable[[], object]


class PaletteScreen(StackkModal[Run]):
    """Type to narrow it down; enter runs what is under the cursor."""

    SCOPE: ClassVar = "dialog"
    CSS_PATH: ClassVar = ["dialog.tcss", "palette.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "back", "back"),
        ("down,ctrl+n", "move(1)", "down"),
        ("up", "move(-1)", "up"),
        ("pagedown", "page(1)", "page down"),
        ("pageup", "page(-1)", "page up"),
    ]
    AUTO_FOCUS = "#query"

    def __init__(self, below: "Screen[object]") -> None:
        super().__init__()
        self._below = below
        self._runs: dict[str, Run] = {}
        self._items: list[Item] = []

    def body(self) -> Iterable[Widget]:
        with Vertical(id="dialog"):
            yield Input(placeholder="a service or a command", id="query", compact=True)
            yield Menu(id="commands")

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self.query_one(Menu).can_focus = False
        self._collect()
        self._show("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(Input.Submitted)
    @on(LineList.Chosen)
    def _run(self) -> None:
        if item := self.query_one(Menu).item:
            self.dismiss(self._runs[item.id])

    def action_move(self, by: int) -> None:
        menu = self.query_one(Menu)
        (menu.action_cursor_down if by > 0 else menu.action_cursor_up)()

    def action_page(self, by: int) -> None:
        menu = self.query_one(Menu)
        (menu.action_cursor_page_down if by > 0 else menu.action_cursor_page_up)()

    def _collect(self) -> None:
        app = self.house
        for row in app.dashboard.board.rows:
            words = workspace_words(row.name, row.workspace, row.workspace_kind)
            where = f" · {words}" if words else ""
            self._add(
                f"Open {row.name}{where}", row.category, partial(app.open_service, row), color=row.color
            )
        scope: Scope = getattr(self._below, "SCOPE", "dashboard")
        said: set[str] = set()
        for key in (*keys_of(scope), *keys_of("app")):
            if (
                key.says in said
                or key.action in NOT_HERE
                or not self._below.check_action(*parse(key.action)[1:])
            ):
                continue
            said.add(key.says)
            self._add(key.says, key.shown, partial(_press, self._below, key.action))
        for name in OURS:
            self._add(f"Theme: {THEME_WORDS[name]}", name, partial(setattr, app, "theme", name))

    def _add(self, text: str, aside: str, run: Run, color: str | None = None) -> None:
        name = str(len(self._items))
        self._items.append(Item(name, text, aside, color=color))
        self._runs[name] = run

    def _show(self, query: str) -> None:
        if not query.strip():
            self.query_one(Menu).show(self._items)
            return
        matcher = Matcher(query)
        scored = [(matcher.match(item.text), item) for item in self._items]
        found = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: -pair[0])
        self.query_one(Menu).show([item for _, item in found])


def _press(below: "Screen[object]", action: str) -> Awaitable[bool]:
    return below.app.run_action(action, below)

"""The one table of keys. Bindings, footer, help, palette and the README are all read from it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from textual.binding import Binding, BindingType

Scope = Literal[
    "app", "list", "dashboard", "filter", "detail", "add", "form", "signin", "pick", "dialog", "page"
]

TITLES: dict[Scope, str] = {
    "app": "Everywhere",
    "list": "In lists",
    "dashboard": "Dashboard",
    "filter": "Filter",
    "detail": "A service",
    "add": "Add a service",
    "pick": "Pick what to track",
    "form": "Forms",
    "signin": "Sign in with a browser",
    "dialog": "Questions",
    "page": "Pages",
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key and what it does. `label` is for the footer, empty where it should not stand there."""

    scope: Scope
    keys: str
    """Textual's names, comma separated; all do the same."""
    action: str
    shown: str
    """As a person reads it: `↑ k`."""
    label: str
    says: str
    priority: bool = False


TABLE: tuple[Key, ...] = (
    Key("dashboard", "a", "add", "a", "add", "Add a service"),
    Key(
        "dashboard", "enter", "open", "enter", "open", "Open the service; sign in again where that is needed"
    ),
    Key("dashboard", "r", "refresh", "r", "refresh", "Ask again for the service under the cursor"),
    Key("dashboard", "R", "refresh_all", "R", "", "Ask again for all services"),
    Key("dashboard", "slash", "filter", "/", "filter", "Show only what contains these letters; esc ends it"),
    Key("dashboard", "s", "sort", "s", "sort", "Sort by name, cost, fill, renewal or age"),
    Key("dashboard", "d", "disconnect", "d", "", "Disconnect the service under the cursor; asks first"),
    Key("dashboard", "K", "keys_kept", "K", "", "Say where keys are kept; unlock or move them"),
    Key("dashboard", "escape", "clear", "esc", "", "End the filter"),
    Key("dashboard", "q", "app.quit", "q", "", "Quit"),
    Key("filter", "enter", "keep", "enter", "keep", "Back to the list, filtered"),
    Key("filter", "escape", "clear", "esc", "end", "Show everything again"),
    Key("detail", "r", "refresh", "r", "refresh", "Ask again for this service"),
    Key("detail", "1", "chart('cost')", "1", "", "Chart the cost"),
    Key("detail", "2", "chart('tokens')", "2", "", "Chart the tokens"),
    Key("detail", "3", "chart('requests')", "3", "", "Chart the requests"),
    Key("detail", "t", "span", "t", "days", "Chart 7, 30 or 90 days"),
    Key("detail", "m", "stacking", "m", "split", "Chart the total, by model or by kind of token"),
    Key("detail", "b", "billing", "b", "billing", "Type in price, cycle and next payment"),
    Key("detail", "d", "disconnect", "d", "disconnect", "Disconnect; says first what goes and what stays"),
    Key("detail", "c", "sign_in", "c", "", "Sign in again with a new key"),
    Key("detail", "escape,q,left", "back", "esc", "back", "Back to the dashboard"),
    Key("detail", "j,down", "scroll_down", "↓ j", "", "Scroll down"),
    Key("detail", "k,up", "scroll_up", "↑ k", "", "Scroll up"),
    Key("detail", "g,home", "scroll_home", "g", "", "To the top"),
    Key("detail", "G,end", "scroll_end", "G", "", "To the end"),
    Key("detail", "pagedown,ctrl+d,space", "page_down", "PgDn", "", "A page down"),
    Key("detail", "pageup,ctrl+u", "page_up", "PgUp", "", "A page up"),
    Key("add", "enter", "open", "enter", "choose", "Go on with this one"),
    Key("add", "left,right", "other_list", "← →", "", "From providers to ways in, and back"),
    Key("add", "escape,q", "back", "esc", "back", "Back"),
    Key("pick", "space,x", "tick", "space", "tick", "Tick or untick"),
    Key("pick", "enter", "connect", "enter", "connect", "Track what is ticked"),
    Key("pick", "r", "retry", "r", "ask again", "Ask again after an error"),
    Key("pick", "escape,q", "back", "esc", "forget", "Back; the key is forgotten"),
    Key("form", "enter", "next", "enter", "next", "Next field; on the last one, done"),
    Key("form", "down", "app.focus_next", "↓ tab", "", "Next field"),
    Key("form", "up", "app.focus_previous", "↑", "", "Field before"),
    Key("form", "f2", "submit", "f2", "done", "Done"),
    Key("form", "escape", "back", "esc", "back", "Back; nothing is kept"),
    Key("signin", "enter", "send", "enter", "send", "Send what was pasted"),
    Key("signin", "r", "again", "r", "start again", "Start again, with a new address"),
    Key("signin", "o", "open_browser", "o", "open", "Open the address in this machine's browser"),
    Key("signin", "y", "copy", "y", "copy", "Copy the address; it holds no secret"),
    Key("signin", "p,down", "paste", "p", "paste", "To the field; pasting goes there anyway"),
    Key("signin", "w", "write", "w", "", "Write the address to a private file"),
    Key("signin", "up", "address", "↑", "", "Back to the address"),
    Key("signin", "pagedown,ctrl+d,j", "page_down", "PgDn", "", "A page down"),
    Key("signin", "pageup,ctrl+u,k", "page_up", "PgUp", "", "A page up"),
    Key("signin", "escape", "back", "esc", "cancel", "Cancel; nothing is kept"),
    Key("dialog", "left,up", "app.focus_previous", "←", "", "Answer before"),
    Key("dialog", "right,down", "app.focus_next", "→", "", "Next answer"),
    Key("dialog", "escape", "back", "esc", "back", "No"),
    Key("page", "j,down", "scroll_down", "↓ j", "", "Scroll down"),
    Key("page", "k,up", "scroll_up", "↑ k", "", "Scroll up"),
    Key("page", "escape,q,question_mark,enter", "back", "esc", "back", "Back"),
    Key("list", "j,down", "cursor_down", "↓ j", "", "Down"),
    Key("list", "k,up", "cursor_up", "↑ k", "", "Up"),
    Key("list", "g,home", "cursor_top", "g", "", "First"),
    Key("list", "G,end", "cursor_end", "G", "", "Last"),
    Key("list", "pagedown,ctrl+d", "cursor_page_down", "PgDn", "", "A page down"),
    Key("list", "pageup,ctrl+u", "cursor_page_up", "PgUp", "", "A page up"),
    Key("app", "question_mark,f1", "app.help", "?", "help", "Help for this screen"),
    Key("app", "ctrl+p,colon", "app.command_palette", "ctrl+p", "", "All commands and services"),
    Key("app", "ctrl+q", "app.quit", "ctrl+q", "", "Quit", priority=True),
)


def keys_of(scope: Scope) -> tuple[Key, ...]:
    """Gives a scope's keys in the table's order."""
    return tuple(key for key in TABLE if key.scope == scope)


def bindings(scope: Scope) -> list[BindingType]:
    """Gives a scope's keys as Textual bindings; their ids let a keymap change them."""
    return [
        Binding(
            key.keys, key.action, key.label, show=False, priority=key.priority, id=f"{scope}.{key.action}"
        )
        for key in keys_of(scope)
    ]


def footer(scope: Scope, *, typing: bool = False) -> list[Key]:
    """Gives the keys that stand in the footer, most important first, help last."""
    own = [key for key in keys_of(scope) if key.label]
    typing = typing or scope in ("form", "filter")  # where `?` is a letter like any other
    shared = [replace(key, shown="f1") if typing else key for key in keys_of("app") if key.label]
    return own + shared


def readme_table(scopes: Iterable[Scope] = ("dashboard", "detail", "signin", "pick", "list", "app")) -> str:
    """Gives the keys as Markdown tables for the README."""
    parts = []
    for scope in scopes:
        rows = [f"| `{key.shown}` | {key.says} |" for key in keys_of(scope)]
        parts.append("\n".join([f"| {TITLES[scope]} | |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"

"""The one table of keys. Bindings, footer, help, palette and the README are all read from it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from textual.binding import Binding, BindingType

Scope = Literal[
    "app", "list", "dashboard", "filter", "detail", "usage", "calendar", "add", "form", "signin", "pick",
    "dialog", "page", "budgets", "insights", "spent", "alerts",
]  # fmt: skip

TITLES: dict[Scope, str] = {
    "app": "Everywhere",
    "list": "In lists",
    "dashboard": "Dashboard",
    "filter": "Filter",
    "detail": "A service",
    "usage": "Usage on this machine",
    "calendar": "The calendar of a year",
    "budgets": "Budgets",
    "insights": "Insights: what is to come, and why",
    "spent": "What each day cost",
    "alerts": "Alerts",
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


WILL_IT_BREAK = "Will the month break a budget, when, and because of what"
EACH_DAY = "What each day of a year cost, as a calendar"
BUDGETS = "Budgets: see, set and remove them"
ALERTS = "Alerts: what was told; mute, snooze, test"

TABLE: tuple[Key, ...] = (
    Key("dashboard", "a", "add", "a", "add", "Add a service"),
    Key(
        "dashboard", "enter", "open", "enter", "open", "Open the service; sign in again where that is needed"
    ),
    Key("dashboard", "r", "refresh", "r", "refresh", "Ask again for the service under the cursor"),
    Key("dashboard", "R", "refresh_all", "R", "", "Ask again for all services"),
    Key("dashboard", "slash", "filter", "/", "filter", "Show only what contains these letters; esc ends it"),
    Key("dashboard", "i", "insights", "i", "insights", WILL_IT_BREAK),
    Key("dashboard", "u", "usage", "u", "usage", "Usage on this machine: what used how much"),
    Key("dashboard", "h", "spent_year", "h", "", EACH_DAY),
    Key("dashboard", "s", "sort", "s", "", "Sort by name, cost, fill, renewal or age"),
    Key("dashboard", "B", "budgets", "B", "", BUDGETS),
    Key("dashboard", "exclamation_mark", "alerts", "!", "", ALERTS),
    Key("dashboard", "d", "disconnect", "d", "", "Disconnect the service under the cursor; asks first"),
    Key("dashboard", "dollar_sign", "currency", "$", "", "Show the total in a currency, by a rate you type"),
    Key("dashboard", "K", "keys_kept", "K", "", "Say where keys are kept; unlock or move them"),
    Key("dashboard", "escape", "clear", "esc", "", "End the filter"),
    Key("dashboard", "q", "app.quit", "q", "", "Quit"),
    Key("filter", "enter", "keep", "enter", "keep", "Back to the list, filtered"),
    Key("filter", "escape", "clear", "esc", "end", "Show everything again"),
    Key("detail", "r", "refresh", "r", "refresh", "Ask again for this service"),
    Key("detail", "1", "chart('cost')", "1", "", "Chart the cost"),
    Key("detail", "2", "chart('tokens')", "2", "", "Chart the tokens"),
    Key("detail", "3", "chart('requests')", "3", "", "Chart what is counted: requests, deployments, …"),
    Key("detail", "4", "chart('limits')", "4", "", "Chart how full a window was"),
    Key("detail", "w", "window", "w", "", "The next window: its chart, and what burned it"),
    Key("detail", "p", "part", "p", "", "What burned it by project, session, model or agent"),
    Key("detail", "t", "span", "t", "days", "Chart 7, 30 or 90 days"),
    Key("detail", "m", "stacking", "m", "", "Chart the total, by model or other parts, or by kind"),
    Key("detail", "u", "usage", "u", "usage", "Usage on this machine: what used how much"),
    Key("detail", "b", "billing", "b", "billing", "Type in price, cycle and next payment"),
    Key("detail", "i", "insights", "i", "", WILL_IT_BREAK),
    Key("detail", "B", "budgets", "B", "", BUDGETS),
    Key("detail", "exclamation_mark", "alerts", "!", "", ALERTS),
    Key("detail", "d", "disconnect", "d", "disconnect", "Disconnect; says first what goes and what stays"),
    Key("detail", "c", "sign_in", "c", "", "Sign in again with a new key"),
    Key("detail", "escape,q,left", "back", "esc", "back", "Back to the dashboard"),
    Key("detail", "j,down", "scroll_down", "↓ j", "", "Scroll down"),
    Key("detail", "k,up", "scroll_up", "↑ k", "", "Scroll up"),
    Key("detail", "g,home", "scroll_home", "g", "", "To the top"),
    Key("detail", "G,end", "scroll_end", "G", "", "To the end"),
    Key("detail", "pagedown,ctrl+d,space", "page_down", "PgDn", "", "A page down"),
    Key("detail", "pageup,ctrl+u", "page_up", "PgUp", "", "A page up"),
    Key("usage", "enter", "open", "enter", "open", "What a row is made of: its days, projects, sessions, …"),
    Key("usage", "escape", "up", "esc", "back", "Back up; at the top, end the filter, then leave"),
    Key("usage", "right,tab", "next_tab", "tab →", "next", "The next grouping"),
    Key("usage", "left", "left", "←", "", "Back up; at the top, the grouping before"),
    Key("usage", "shift+tab", "previous_tab", "S-tab", "", "The grouping before"),
    Key("usage", "1", "tab('day')", "1", "", "By day"),
    Key("usage", "2", "tab('week')", "2", "", "By week"),
    Key("usage", "3", "tab('month')", "3", "", "By month"),
    Key("usage", "4", "tab('session')", "4", "", "By session"),
    Key("usage", "5", "tab('project')", "5", "", "By project"),
    Key("usage", "6", "tab('model')", "6", "", "By model"),
    Key("usage", "7", "tab('agent')", "7", "", "By agent"),
    Key("usage", "8", "tab('block')", "8", "", "By block of five hours"),
    Key("usage", "h,9", "tab('year')", "h", "", "A year as a calendar"),
    Key("usage", "t", "span", "t", "days", "7, 30, 90 days, a year or all days"),
    Key("usage", "s", "sort", "s", "sort", "Sort by time or name, cost or tokens"),
    Key("usage", "f,slash", "filter", "f", "filter", "Filter by days, project, model, time zone"),
    Key("usage", "m", "measure", "m", "", "Bars and calendar by cost or by tokens"),
    Key("usage", "c", "cost_mode", "c", "", "Cost recorded or by list, by list prices, or as recorded only"),
    Key("usage", "r", "read_again", "r", "", "Read the logs again"),
    Key("usage", "i", "insights", "i", "", WILL_IT_BREAK),
    Key("usage", "B", "budgets", "B", "", BUDGETS),
    Key("usage", "exclamation_mark", "alerts", "!", "", ALERTS),
    Key("usage", "q", "leave", "q", "", "Leave"),
    Key("calendar", "left", "by_days(-7)", "←", "", "A week before"),
    Key("calendar", "right", "by_days(7)", "→", "", "A week after"),
    Key("calendar", "up,k", "by_days(-1)", "↑ k", "", "A day before"),
    Key("calendar", "down,j", "by_days(1)", "↓ j", "", "A day after"),
    Key("calendar", "g,home", "first", "g", "", "The first day that is known"),
    Key("calendar", "G,end", "last", "G", "", "The last day"),
    Key("calendar", "pageup", "screen.year(-1)", "PgUp", "", "A year before"),
    Key("calendar", "pagedown", "screen.year(1)", "PgDn", "", "A year after"),
    Key("budgets", "a", "add", "a", "add", "Set a budget"),
    Key("budgets", "enter,e", "edit", "enter", "change", "Change the budget under the cursor"),
    Key("budgets", "d,delete", "remove", "d", "remove", "Remove the budget under the cursor; asks first"),
    Key("budgets", "i", "insights", "i", "insights", WILL_IT_BREAK),
    Key("budgets", "escape,q,left", "back", "esc", "back", "Back"),
    Key(
        "insights",
        "enter",
        "open",
        "enter",
        "open",
        "What is behind the line: the service, or the day's usage",
    ),
    Key("insights", "h", "spent_year", "h", "calendar", EACH_DAY),
    Key("insights", "t", "span", "t", "days", "Unusual days of the last 7, 30 or 90 days"),
    Key("insights", "m", "model", "m", "what if", "This month's usage at another model's prices"),
    Key("insights", "B", "budgets", "B", "budgets", BUDGETS),
    Key("insights", "exclamation_mark", "alerts", "!", "", ALERTS),
    Key("insights", "r", "read_again", "r", "", "Read the ledger and the logs again"),
    Key("insights", "escape,q,left", "back", "esc", "back", "Back"),
    Key("spent", "enter", "open", "enter", "open", "The services of a day; from there, the service"),
    Key("spent", "s", "only", "s", "service", "All services, or one after the other by itself"),
    Key("spent", "u", "logs", "u", "logs", "The calendar of the logs on this machine"),
    Key("spent", "dollar_sign", "currency", "$", "currency", "Show it in a currency, by a rate you type"),
    Key("spent", "i", "insights", "i", "", WILL_IT_BREAK),
    Key("spent", "B", "budgets", "B", "", BUDGETS),
    Key("spent", "exclamation_mark", "alerts", "!", "", ALERTS),
    Key("spent", "r", "read_again", "r", "", "Read the ledger again"),
    Key("spent", "escape,q", "back", "esc", "back", "From the services to the day, then back"),
    Key("alerts", "enter", "open", "enter", "open", "The service, or the budgets, that it speaks of"),
    Key("alerts", "m", "mute", "m", "mute", "Never tell of this again, or tell of it again"),
    Key("alerts", "z", "snooze", "z", "snooze", "Not for an hour, until tomorrow, until the period ends"),
    Key("alerts", "t", "test", "t", "test", "Send a test over every way that is set up"),
    Key("alerts", "escape,q,left", "back", "esc", "back", "Back"),
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


IN_README: tuple[Scope, ...] = (
    "dashboard", "detail", "usage", "calendar", "budgets", "insights", "spent", "alerts", "signin", "pick",
    "list", "app",
)  # fmt: skip


def readme_table(scopes: Iterable[Scope] = IN_README) -> str:
    """Gives the keys as Markdown tables for the README."""
    parts = []
    for scope in scopes:
        rows = [f"| `{key.shown}` | {key.says} |" for key in keys_of(scope)]
        parts.append("\n".join([f"| {TITLES[scope]} | |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"

"""Facts → one line, by a format such as `{plan} · {five_hour} {pace} · {week}`.

A piece between two separators (` · ` or ` | `) whose placeholders are all unknown is left out, and so is its
separator: an unknown figure is never 0 and never an empty place.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from stackk_tui.providers.claude_code.statusline.facts import Facts
from stackk_tui.providers.claude_code.statusline.parse import FIVE_HOUR, SEVEN_DAY, text

DEFAULT = "{plan} · {five_hour} {pace} · {week} · {cost_today} · {model} · {context}"
NOTHING = "stackk-tui: nothing known yet"
HIGH, FULL = 0.8, 0.95
"""From these shares on a window is coloured."""
EVEN = 0.02
"""Nearer than this to an even spend is on pace, as `insight/pace.py`."""

OLD_STYLE, HIGH_STYLE, FULL_STYLE = "old", "high", "full"
Span = tuple[str, str]
"""A text and its style, which may be empty."""

_SEPARATORS = (" · ", " | ")
_ASCII = {"·": "|", "▲": "", "▼": "", "≈ ": "~", "≈": "~"}
_ANSI = {OLD_STYLE: "\x1b[2m", HIGH_STYLE: "\x1b[33m", FULL_STYLE: "\x1b[31m"}
_TMUX = {OLD_STYLE: "#[dim]", HIGH_STYLE: "#[fg=yellow]", FULL_STYLE: "#[fg=red]"}


def spans_of(facts: Facts, form: str, unknown: list[str]) -> list[Span]:
    """Gives the line in pieces with their styles; names that are no placeholder go into `unknown`."""
    line: list[Span] = []
    for separator, piece in _pieces(text(form, 500)):
        if shown := _piece(facts, piece, unknown):
            if line:
                line.append((separator, ""))
            line.extend(shown)
    return line or [(NOTHING, "")]


def ansi(spans: Sequence[Span]) -> str:
    """Gives the line in the terminal's own sixteen colours."""
    return "".join(f"{_ANSI[style]}{said}\x1b[0m" if style else said for said, style in spans)


def tmux(spans: Sequence[Span], *, color: bool) -> str:
    """Gives the line in the language of a tmux status bar."""
    line = ""
    for said, style in spans:
        escaped = said.replace("#", "##")
        line += f"{_TMUX[style]}{escaped}#[default]" if style and color else escaped
    return line


def bare(spans: Sequence[Span]) -> str:
    """Gives the line without any style."""
    return "".join(said for said, _ in spans)


def ascii_only(spans: Sequence[Span]) -> list[Span]:
    """Gives the line in the letters of every terminal."""
    plain: list[Span] = []
    for said, style in spans:
        for sign, instead in _ASCII.items():
            said = said.replace(sign, instead)  # noqa: PLW2901
        plain.append((said.encode("ascii", "replace").decode("ascii"), style))
    return plain


# pieces


def _pieces(form: str) -> list[tuple[str, str]]:
    """Gives each piece of a format with the separator before it."""
    pieces: list[tuple[str, str]] = []
    before = ""
    while True:
        found = [(form.index(separator), separator) for separator in _SEPARATORS if separator in form]
        if not found:
            return [*pieces, (before, form)]
        at, separator = min(found)
        pieces.append((before, form[:at]))
        before, form = separator, form[at + len(separator) :]


def _piece(facts: Facts, piece: str, unknown: list[str]) -> list[Span]:
    shown: list[Span] = []
    named = known = 0
    while piece:
        literal, opened, rest = piece.partition("{")
        name, closed, after = rest.partition("}")
        if not opened or not closed:
            _add(shown, piece, "")
            break
        _add(shown, literal, "")
        named += 1
        for said, style in _figure(facts, name.strip(), unknown):
            known += 1
            _add(shown, said, style)
        piece = after
    if named and not known:
        return []
    if shown:
        shown[-1] = (shown[-1][0].rstrip(), shown[-1][1])
    return [span for span in shown if span[0]]


def _add(shown: list[Span], said: str, style: str) -> None:
    """Adds a text; the space that an unknown figure leaves behind is closed."""
    if not shown or shown[-1][0].endswith(" "):
        said = said.lstrip(" ")
    if said:
        shown.append((said, style))


def _figure(facts: Facts, name: str, unknown: list[str]) -> list[Span]:
    if name in _FIGURES:
        return _FIGURES[name](facts)
    if name.startswith(f"{SEVEN_DAY}_"):
        return _window(facts, name, f"{name.removeprefix(f'{SEVEN_DAY}_').replace('_', ' ')} week")
    unknown.append(name)
    return []


# figures


def _window(facts: Facts, limit_id: str, label: str) -> list[Span]:
    window = facts.windows.get(limit_id)
    if window is None:
        return []
    share = percent(window.used)
    if facts.is_old(window.at):
        return [(f"{label} {share} ({age(facts.now - window.at)} ago)", OLD_STYLE)]
    style = FULL_STYLE if window.used >= FULL else HIGH_STYLE if window.used >= HIGH else ""
    return [(f"{label} ", ""), (share, style)]


def _pace(facts: Facts, limit_id: str) -> list[Span]:
    ahead = facts.ahead(limit_id)
    if ahead is None:
        return []
    if abs(ahead) < EVEN:
        return [("on pace", "")]
    return [(f"{'▲' if ahead > 0 else '▼'}{round(ahead * 100):+d}", "")]


def _reset(facts: Facts, limit_id: str) -> list[Span]:
    window = facts.windows.get(limit_id)
    if window is None or window.resets_at is None:
        return []
    return [(f"until {when(window.resets_at, facts.now)}", "")]


def _cost_today(facts: Facts) -> list[Span]:
    today = facts.today
    if today is None:
        return []
    said = f"≈ {dollars(today.dollars)}{'+' if today.partly else ''} today"
    if facts.is_old(today.at):
        return [(f"{said} ({age(facts.now - today.at)} ago)", OLD_STYLE)]
    return [(said, "")]


def _session_cost(facts: Facts) -> list[Span]:
    return [] if facts.session_cost is None else [(f"≈ {dollars(facts.session_cost)} session", "")]


def _context(facts: Facts) -> list[Span]:
    return [] if facts.context is None else [(f"context {percent(facts.context)}", "")]


def _plain(said: str | None) -> list[Span]:
    return [(said, "")] if said else []


_FIGURES: dict[str, Callable[[Facts], list[Span]]] = {
    "plan": lambda facts: _plain(facts.plan),
    "five_hour": lambda facts: _window(facts, FIVE_HOUR, "5h"),
    "five_hour_pace": lambda facts: _pace(facts, FIVE_HOUR),
    "five_hour_reset": lambda facts: _reset(facts, FIVE_HOUR),
    "pace": lambda facts: _pace(facts, FIVE_HOUR),
    "week": lambda facts: _window(facts, SEVEN_DAY, "week"),
    "week_pace": lambda facts: _pace(facts, SEVEN_DAY),
    "week_reset": lambda facts: _reset(facts, SEVEN_DAY),
    "cost_today": _cost_today,
    "session_cost": _session_cost,
    "model": lambda facts: _plain(facts.model),
    "context": _context,
}
PLACEHOLDERS = tuple(_FIGURES)


# words


def percent(share: float) -> str:
    """Gives `61%`. Rounding never says empty of what is begun, nor full of what is not yet."""
    if 0 < share < 0.01:
        return "<1%"
    whole = round(share * 100)
    return "99%" if share < 1 and whole >= 100 else f"{whole}%"


def dollars(amount: float | str) -> str:
    """Gives `$1,301.20`, `<$0.01`."""
    value = float(amount)
    return "<$0.01" if 0 < value < 0.005 else f"${value:,.2f}"


def age(time: timedelta) -> str:
    """Gives `25m`, `3h`, `2d`."""
    minutes = max(0, int(time.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // 1440}d"


def when(moment: datetime, now: datetime) -> str:
    """Gives a moment in local time: `17:00` today, `Thu 09:00` on another day."""
    local = moment.astimezone()
    return f"{local:%H:%M}" if local.date() == now.astimezone().date() else f"{local:%a %H:%M}"

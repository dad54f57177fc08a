"""What a person calls a project, a model, a session or an agent → the keys of rows (DESIGN §4)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from stackk_tui.model.text import clean
from stackk_tui.model.usage_report import GroupBy, UsageQuery, UsageReport, UsageRow

Ask = Callable[[Sequence[UsageQuery]], list[UsageReport]]

SHORTEST_ID = 4
"""So many characters of a session's id are enough, if they are its first."""
_SHOWN = 5


class Names(NamedTuple):
    """As they were typed, or as keys. Empty means all."""

    projects: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()


_KINDS: tuple[tuple[GroupBy, str], ...] = (
    ("project", "No project is called"),
    ("model", "No model is called"),
    ("session", "No session has the id"),
    ("agent", "No agent is called"),
)


def resolve(told: Names, ask: Ask) -> tuple[Names, list[str]]:
    """Gives the keys that are meant, and a sentence for each name that nothing has.

    Such a name stays a key that nothing has: what it limits is empty then, never silently everything.
    """
    wanted = [(kind, words) for kind, words in zip(_KINDS, told, strict=True) if words]
    if not wanted:
        return told, []
    reports = ask([UsageQuery(by=by) for (by, _), _ in wanted])
    found: dict[GroupBy, tuple[str, ...]] = {}
    unknown = []
    for ((by, sentence), words), report in zip(wanted, reports, strict=True):
        keys: list[str] = []
        for word in words:
            meant = [row.key for row in report.rows if _is_meant(by, word, row)]
            if not meant:
                unknown.append(f"{sentence} {clean(word)!r}.{_like(word, report.rows)}")
            keys += meant or [word]
        found[by] = tuple(dict.fromkeys(keys))
    return Names(*(found.get(by, ()) for by, _ in _KINDS)), unknown


def _is_meant(by: GroupBy, word: str, row: UsageRow) -> bool:
    if row.key == word:
        return True
    if by == "project":
        return word.rstrip("/") == row.label or row.key == str(Path(word).expanduser().absolute())
    if by == "session":
        return len(word) >= SHORTEST_ID and row.key.startswith(word)
    return by == "model" and row.label == word


def _like(word: str, rows: Sequence[UsageRow]) -> str:
    """Gives what could have been meant: what looks alike, else what is used most."""
    from difflib import get_close_matches

    names = list(dict.fromkeys(row.label or row.key for row in rows))
    near = get_close_matches(word, names, n=_SHOWN) or names[:_SHOWN]
    more = " …" if len(names) > len(near) else ""
    return f" There is: {', '.join(near)}{more}" if near else ""

"""The tables `view`, `how`, `who` and `slot` of the index."""

from __future__ import annotations

from itertools import count
from operator import itemgetter

from stackk_tui.providers.claude_code import lean_json
from stackk_tui.providers.claude_code.damage import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from stackk_tui.providers.claude_code.index import Index
    from stackk_tui.providers.claude_code.slots import Shape, Slots

VIEWS_KEPT = 16
_place = itemgetter(0, 1, 2, 3)
_MOST = 2**62
_NEW = "INSERT INTO slot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ADD = (
    "INSERT INTO slot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " requests = requests + excluded.requests, searches = searches + excluded.searches,"
    " input = input + excluded.input, output = output + excluded.output,"
    " write_5m = write_5m + excluded.write_5m, write_1h = write_1h + excluded.write_1h,"
    " read = read + excluded.read, recorded = excluded.recorded"
)


class View:
    """An account's folders, as they are kept; `roots` are all its folders, known and found."""

    __slots__ = ("id", "roots", "shapes")

    def __init__(self, id: int, roots: frozenset[str], shapes: dict[str, Any]) -> None:
        self.id = id
        self.roots = roots
        self.shapes = shapes


def views(index: Index) -> dict[frozenset[str], View]:
    """Gives all views by their folders."""
    found = {}
    for id, roots, shapes in index.db.execute("SELECT id, roots, shapes FROM view"):
        try:
            names = frozenset(lean_json.loads(roots))
            found[names] = View(id, names, dict(lean_json.loads(shapes)))
        except (ValueError, TypeError) as error:
            raise Unreadable from error
    return found


def text_of(shapes: dict[str, Shape | None], models: Iterable[str]) -> str:
    return lean_json.dumps({model: shapes.get(model) for model in sorted(models)})


def models_of(index: Index, view: int) -> set[str]:
    rows = index.db.execute(
        "SELECT DISTINCT model FROM how WHERE id IN (SELECT how FROM slot WHERE view = ?)", (view,)
    )
    return {row[0] for row in rows}


def put_view(index: Index, roots: Iterable[str], slots: Slots, shapes: dict[str, Any]) -> None:
    """Keeps a view that was made anew, instead of the one there was; the oldest ones give way."""
    name = lean_json.dumps(sorted(roots))
    index.db.execute("DELETE FROM slot WHERE view IN (SELECT id FROM view WHERE roots = ?)", (name,))
    index.db.execute("DELETE FROM view WHERE roots = ?", (name,))
    models = {how[0] for _, how, _ in slots}
    view = index.db.execute(
        "INSERT INTO view (roots, shapes) VALUES (?, ?)", (name, text_of(shapes, models))
    ).lastrowid
    assert view is not None
    _insert(index, view, slots, made_anew=True)
    old = index.db.execute("SELECT id FROM view ORDER BY id DESC LIMIT -1 OFFSET ?", (VIEWS_KEPT,)).fetchall()
    for (each,) in old:
        drop_view(index, each)


def drop_view(index: Index, view: int) -> None:
    index.db.execute("DELETE FROM slot WHERE view = ?", (view,))
    index.db.execute("DELETE FROM view WHERE id = ?", (view,))


def add(index: Index, view: View, slots: Slots, shapes: dict[str, Any]) -> None:
    """Adds sums to a view, which may be negative; what is left without a call is dropped."""
    _insert(index, view.id, slots)
    index.db.execute("DELETE FROM slot WHERE view = ? AND requests = 0", (view.id,))
    models = {how[0] for _, how, _ in slots}
    if not models <= view.shapes.keys():
        text = text_of(shapes, models | view.shapes.keys())
        view.shapes = lean_json.loads(text)
        index.db.execute("UPDATE view SET shapes = ? WHERE id = ?", (text, view.id))


def _insert(index: Index, view: int, slots: Slots, *, made_anew: bool = False) -> None:
    hows = _ids(index, "how", "model, flags, class", {how for _, how, _ in slots})
    whos = _ids(index, "who", "project, session, agent", {who for _, _, who in slots})
    rows = []
    for (quarter, how, who), sums in slots.items():
        if not any(sums) or (made_anew and not sums[0]):
            continue
        counts = sums[:7]
        if max(counts) > _MOST or min(counts) < -_MOST:
            counts = [min(max(each, -_MOST), _MOST) for each in counts]  # what SQLite can hold
        key = (view, quarter, hows[how], whos[who])
        recorded = _recorded(index, key, sums[7]) if sums[7] else None
        rows.append((*key, *counts, recorded))
    rows.sort(key=_place)
    index.db.executemany(_NEW if made_anew else _ADD, rows)


def _recorded(index: Index, key: tuple[int, int, int, int], costs: Iterable[str]) -> str:
    """Gives the exact sum of recorded costs with what is kept already."""
    from decimal import Context, Decimal

    exact = Context(prec=400)
    found = index.db.execute(
        "SELECT recorded FROM slot WHERE view = ? AND quarter = ? AND how = ? AND who = ?", key
    ).fetchone()
    total = Decimal(found[0]) if found and found[0] else Decimal(0)
    for cost in costs:
        total = exact.add(total, Decimal(cost))
    return str(total)


def _ids(index: Index, table: str, columns: str, wanted: set[Any]) -> dict[Any, int]:
    """Gives the ids of some values, new ones for those that have none."""
    found: dict[Any, int] = {}
    names = columns.split(", ")
    where = " AND ".join(f"{name} = ?" for name in names)
    if len(wanted) > 50:
        found = {row[1:]: row[0] for row in index.db.execute(f"SELECT id, {columns} FROM {table}")}
    new = wanted - found.keys()
    if len(wanted) <= 50:
        for values in list(new):
            known = index.db.execute(f"SELECT id FROM {table} WHERE {where}", values).fetchone()
            if known:
                found[values] = known[0]
                new.remove(values)
    last = index.db.execute(f"SELECT max(id) FROM {table}").fetchone()[0] or 0
    added = dict(zip(new, count(last + 1), strict=False))
    marks = ", ".join("?" * len(names))
    index.db.executemany(
        f"INSERT INTO {table} (id, {columns}) VALUES (?, {marks})",
        ((id, *values) for values, id in added.items()),
    )
    return found | added

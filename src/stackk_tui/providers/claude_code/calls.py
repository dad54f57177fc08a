"""Single calls, chosen from the packed rows: for a moment inside a quarter of an hour, and for tests."""

from __future__ import annotations

from stackk_tui.providers.claude_code.dedupe import KEY, TS
from stackk_tui.providers.claude_code.packing import unpack
from stackk_tui.providers.claude_code.views import Neighbours, chosen_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackk_tui.providers.claude_code.dedupe import Chosen, Row
    from stackk_tui.providers.claude_code.index import FileRow, Index


def calls_between(
    index: Index, roots: Iterable[str], start: int | None = None, end: int | None = None
) -> list[Chosen]:
    """Gives the calls of an account's folders in `[start, end)`, UTC milliseconds; None is without end."""
    wanted = set(roots)
    files = {row.id: row for row in index.files().values() if row.root in wanted and row.id is not None}
    rows: dict[int, list[Row]] = {}

    def of(file: FileRow) -> list[Row]:
        assert file.id is not None
        if file.id not in rows:
            packed = index.packed(file.id)
            rows[file.id] = [] if packed is None else unpack(packed)
        return rows[file.id]

    keys: set[str] = set()
    holders: set[int] = set()
    for file_id, file in files.items():
        if start is not None and file.last_ts < start:
            continue
        inside = {
            row[KEY]
            for row in of(file)
            if (start is None or row[TS] >= start) and (end is None or row[TS] < end)
        }
        if inside:
            keys |= inside
            holders.add(file_id)
    if start is not None or end is not None:
        neighbours = Neighbours((id, marks) for id, marks in index.all_marks() if id in files)
        holders.update(neighbours.of_all(holders))
    else:
        holders = set(files)
    chosen = chosen_of(keys, ((of(files[each]), files[each].facts()) for each in sorted(holders)))
    return [
        call
        for call in chosen
        if (start is None or call[0][TS] >= start) and (end is None or call[0][TS] < end)
    ]

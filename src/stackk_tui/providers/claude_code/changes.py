"""Writes what was read of files, and works it into the sums that are kept."""

from __future__ import annotations

from stackk_tui.providers.claude_code import index as index_file
from stackk_tui.providers.claude_code import slotstore
from stackk_tui.providers.claude_code.keys import PLACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from stackk_tui.providers.claude_code.dedupe import Row
    from stackk_tui.providers.claude_code.index import FileRow, Index
    from stackk_tui.providers.claude_code.slots import Shapes
    from stackk_tui.providers.claude_code.views import Neighbours
    from stackk_tui.providers.claude_code.worker import Result


class Changes:
    """Writes what was read of files, and what it changes in the views that stay."""

    def __init__(
        self,
        index: Index,
        shapes: Shapes,
        known: dict[str, FileRow],
        views: dict[frozenset[str], slotstore.View],
    ) -> None:
        self.index, self.shapes, self.views = index, shapes, views
        self.outlines: dict[int, tuple[Any, ...]] = {}
        """What was told of new files: what makes an `Outline`, or a function that gives it or None."""
        self._by_id = {row.id: row for row in known.values() if row.id is not None}
        self._neighbours: Neighbours | None = None
        self._added: list[tuple[FileRow, bytes, bytes]] = []
        self._next_file = index.next_file()

    def flush(self) -> None:
        """Writes the new files that are not written yet."""
        self.index.add_files(self._added)
        self._added = []

    def file(self, now: FileRow, row: FileRow | None, offset: int, result: Result) -> FileRow:
        """Keeps what was read; `row` is how the file was known."""
        from stackk_tui.providers.claude_code.packing import marks_of, pack, unpack

        packed, marks = result[7], result[8]
        if row is None:
            now.id = self._next_file
            self._next_file += 1
            self._added.append((now, packed, marks))
            self.outlines[now.id] = result[9:]
            if self.views:
                self.flush()
                self._work_in(None, None, now, unpack(packed), None, marks)
            self._by_id[now.id] = now
            return now
        from stackk_tui.providers.claude_code.dedupe import KEY, merged

        assert row.id is not None
        before = unpack(self.index.packed(row.id) or pack([]))
        newly = unpack(packed)
        if row.parser != index_file.PARSER_VERSION:
            after = newly
        elif offset:
            after = merged(before, newly)
        else:
            after = merged((each for each in before if not each[KEY].startswith(PLACE)), newly)
        marks = marks_of(after)
        self.index.put_file(now)
        self.index.put_rows(row.id, pack(after), marks)
        if self.views:
            self._work_in(row, before, now, after, newly, marks_of([*before, *after]))
            if self._neighbours is not None:
                self._neighbours.replace(row.id, marks)
        self._by_id[row.id] = now
        return now

    def renamed(self, now: FileRow) -> None:
        from stackk_tui.providers.claude_code.packing import marks_of, pack, unpack

        assert now.id is not None
        row = self._row(now.id)
        rows = unpack(self.index.packed(now.id) or pack([]))
        self.index.put_file(now)
        if self.views:
            self._work_in(row, rows, now, rows, [], marks_of(rows))
        self._by_id[now.id] = now

    def _row(self, file_id: int) -> FileRow:
        row = self._by_id.get(file_id)
        if row is None:  # only those that changed were looked up
            row = self._by_id[file_id] = self.index.file(file_id)
        return row

    def _work_in(  # noqa: PLR0917
        self,
        row: FileRow | None,
        before: list[Row] | None,
        now: FileRow,
        after: list[Row],
        newly: list[Row] | None,
        marks: bytes,
    ) -> None:
        from stackk_tui.providers.claude_code.packing import pack, unpack
        from stackk_tui.providers.claude_code.views import Neighbours, difference

        if self._neighbours is None:
            self._neighbours = Neighbours(self.index.all_marks())
        assert now.id is not None
        if row is None:
            self._neighbours.replace(now.id, marks)
        others = self._neighbours.of(now.id, marks)
        for view in list(self.views.values()):
            was_in, is_in = row is not None and row.root in view.roots, now.root in view.roots
            if was_in != is_in and row is not None:  # it is another account's now
                slotstore.drop_view(self.index, view.id)
                del self.views[view.roots]
                continue
            if not is_in:
                continue
            there = [row for row in map(self._row, others) if row.root in view.roots]
            files = [
                (unpack(self.index.packed(each.id) or pack([])), each.facts())
                for each in there
                if each.id is not None
            ]
            known = None if row is None or before is None else (before, row.facts())
            slots = difference(
                known, (after, now.facts()), after if newly is None else newly, files, self.shapes
            )
            slotstore.add(self.index, view, slots, self.shapes)

"""Makes an account's view anew, from all that is kept of its files."""

from __future__ import annotations

from stackk_tui.providers.claude_code.packing import Outline, outline, pack, unpack, unpack_some
from stackk_tui.providers.claude_code.views import build

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from stackk_tui.providers.claude_code.dedupe import FileFacts, Row
    from stackk_tui.providers.claude_code.index import FileRow, Index
    from stackk_tui.providers.claude_code.slots import Shapes, Slots


def slots_of(
    index: Index, files: Iterable[FileRow], outlines: dict[int, tuple[Any, ...]], shapes: Shapes
) -> Slots:
    """Gives what was used in some files together; `outlines` as in `Changes`. Raises Unreadable."""

    def packed(file_id: int) -> bytes:
        return index.packed(file_id) or pack([])

    def rows_of(file_id: int, keys: list[str], wanted: set[str]) -> list[Row]:
        return unpack_some(packed(file_id), keys, wanted)

    def outline_of(row: FileRow, file_id: int) -> Outline:
        told = outlines.get(file_id)
        if told is not None and len(told) == 1:
            told = told[0]()
        if told is None:
            return outline(unpack(packed(file_id)), row.agent, shapes)
        return Outline(*told)

    def each() -> Iterator[tuple[int, Outline, FileFacts]]:
        for row in files:
            if row.id is not None:
                yield row.id, outline_of(row, row.id), row.facts()

    return build(each(), rows_of, shapes)

"""Reads transcripts in a process of its own and hands back what is in them, packed.

Started as `python -I -S -m …` with as few imports as can be: a hundred megabytes take less than its start.
On stdin come the places to import from and all jobs; both are ours, so they are marshalled.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from stackk_tui.providers.claude_code.reader import Reader
    from stackk_tui.providers.claude_code.slots import Shapes

    Job = tuple[int, str, str, str, int, int, str | None]
    """Number, path, project's folder, session by its place, where to read from, size when listed, agent."""
    Result = tuple[Any, ...]


_BYTES_A_FRAME = 4 << 20


def work(reader: Reader, job: Job, shapes: Shapes) -> Result:
    """Does one job: gives its number and what was read, or its number and the system's error."""
    from stackk_tui.providers.claude_code.packing import marks_of, outline, pack

    number, path, slug, home, offset, size, agent = job
    try:
        found = reader.read(path, slug, home, offset, size)
    except OSError as error:
        return number, error.errno or 0, error.strerror or ""
    told = outline(found.rows, agent, shapes)
    return (
        number, found.offset, found.broken, found.broken_tail, found.last_ts, found.bytes_read, found.head,
        pack(found.rows), marks_of(found.rows),
        told.keys, told.main, told.side, told.doubtful, told.slots,
    )  # fmt: skip


def main() -> None:
    """Does the jobs of stdin whose numbers it draws from the pipe, and writes results to stdout."""
    import gc
    import os
    import sys
    from marshal import dumps, load

    gc.disable()  # nothing here goes round in a circle

    draw, jobs, shapes_raw, digests = load(sys.stdin.buffer)  # noqa: S302  # our own process's
    from stackk_tui.providers.claude_code.reader import Reader
    from stackk_tui.providers.claude_code.slots import Shapes

    reader, shapes = Reader(digests=digests), Shapes(shapes_raw)
    waiting: list[Result] = []
    size = 0
    while ticket := os.read(draw, 4):
        for job in jobs[int.from_bytes(ticket, "little")]:
            result = work(reader, job, shapes)
            waiting.append(result)
            size += result[5] if len(result) > 3 else 0
        if size > _BYTES_A_FRAME:
            _send(dumps(waiting))
            waiting, size = [], 0
    _send(dumps(waiting))


def _send(content: bytes) -> None:
    import os

    whole = len(content).to_bytes(8, "little") + content
    view = memoryview(whole)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    main()

"""Brings the index up to date with the transcripts that are there (`claude-code-logs.md` §8)."""

from __future__ import annotations

import os

from stackk_tui.providers.claude_code import slotstore
from stackk_tui.providers.claude_code.index import PARSER_VERSION, FileRow, Index, Writing
from stackk_tui.providers.claude_code.keys import PLACE
from stackk_tui.providers.claude_code.listing import SUFFIX, list_transcripts
from stackk_tui.providers.claude_code.slots import Shapes
from stackk_tui.providers.claude_code.words import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from threading import Event

    from stackk_tui.providers.claude_code.dedupe import FileFacts, Row
    from stackk_tui.providers.claude_code.listing import Found
    from stackk_tui.providers.claude_code.packing import Outline
    from stackk_tui.providers.claude_code.roots import Account, Roots
    from stackk_tui.providers.claude_code.views import Neighbours
    from stackk_tui.providers.claude_code.worker import Job, Result

    Progress = Callable[[int, int], None]
    """Told the bytes that were read and those that are to be read in all."""

HEAD = 4096
FEW = 64
"""So many changed files are worked in one by one; after more, all is put together anew."""
_ATTEMPTS = 3


class Scanned:
    """What a scan found. `unreadable` are the transcripts the system would not let us read."""

    __slots__ = ("bytes_read", "by_root", "changed", "files_read", "unreadable")

    def __init__(self) -> None:
        self.by_root: dict[str, list[int]] = {}
        """By folder: the transcripts there, the sessions among them, the lines that could not be used."""
        self.files_read = 0
        self.bytes_read = 0
        self.unreadable: list[str] = []
        self.changed = False
        """Whether anything was written."""

    def counted(self, roots: Iterable[str]) -> Counted:
        """Gives the sums of some folders."""
        counts = [self.by_root.get(root, [0, 0, 0]) for root in set(roots)]
        return Counted(*(sum(count[place] for count in counts) for place in range(3)))

    @property
    def skipped_lines(self) -> int:
        return self.counted(self.by_root).skipped_lines


class Counted:
    """How many transcripts exist, how many are sessions, and how many of their lines could not be used."""

    __slots__ = ("files", "sessions", "skipped_lines")

    def __init__(self, files: int, sessions: int, skipped_lines: int) -> None:
        self.files, self.sessions, self.skipped_lines = files, sessions, skipped_lines


class _Overtaken(Exception):
    """Another process wrote since we looked."""


def scan(
    index: Index,
    roots: Roots,
    stop: Event | None = None,
    *,
    shapes: dict[str, object] | None = None,
    progress: Progress | None = None,
) -> Scanned:
    """Reads what is new. Raises OperationCancelled soon after `stop` is set; what was read until then is kept or
    will be read again, never half. `shapes` are the price table's; None: those of the table we ship."""
    if shapes is None:
        from stackk_tui.providers.claude_code.prices import PriceBook

        shapes = dict(PriceBook().shapes())
    for attempt in range(_ATTEMPTS + 1):
        try:
            if attempt < _ATTEMPTS:
                return _Scan(index, roots, stop, shapes, progress).run()
            with Writing(index):  # nobody can come in between
                return _Scan(index, roots, stop, shapes, progress).run(locked=True)
        except _Overtaken:
            continue
    raise AssertionError("a scan that holds the lock cannot be overtaken")


class _Scan:
    """One attempt."""

    def __init__(
        self,
        index: Index,
        roots: Roots,
        stop: Event | None,
        shapes: dict[str, object],
        progress: Progress | None,
    ) -> None:
        self.index, self.roots, self.stop, self.progress = index, roots, stop, progress
        self.shapes = Shapes(shapes)  # type: ignore[arg-type]  # as PriceBook.shapes gives them
        self.scanned = Scanned()
        self.generation = index.generation()
        self.known = index.files()
        self.outlines: dict[int, Outline] = {}
        self.views = slotstore.views(index)

    def run(self, *, locked: bool = False) -> Scanned:
        scanned = self.scanned
        listed = list_transcripts(root for account in self.roots.accounts for root in account.found)
        changed, renamed = self._look(listed)
        gone = _gone(listed, self.known)
        results = self._read(changed)
        stale = [account for account in self.roots.accounts if not self._is_kept(account)]
        if results or renamed or gone or stale:
            if locked:
                self._write(changed, results, renamed, gone)
            else:
                with Writing(self.index):
                    if self.index.generation() != self.generation:
                        raise _Overtaken
                    self._write(changed, results, renamed, gone)
            scanned.changed = True
        counts = scanned.by_root = {root: [0, 0, 0] for account in self.roots.accounts for root in account.known}
        for found in listed:
            count = counts[found.root]
            count[0] += 1
            count[1] += not found.is_agent
        for row in self.known.values():
            if row.root in counts:
                counts[row.root][2] += row.broken + row.broken_tail
        return scanned

    def _look(
        self, listed: list[Found]
    ) -> tuple[dict[int, tuple[Found, FileRow | None, int]], list[FileRow]]:
        """Gives by number the files to read, how they were, and from where on; and those whose agent has got a
        name since."""
        changed: dict[int, tuple[Found, FileRow | None, int]] = {}
        renamed = []
        for number, found in enumerate(listed):
            row = self.known.get(found.path)
            if row is not None and _is_unchanged(found, row):
                if row.agent == "" and (name := _agent_type(found)):
                    renamed.append(row.but(agent=name))
                continue
            offset = 0
            if row is not None and row.parser == PARSER_VERSION:
                try:
                    offset = row.offset if _has_only_grown(found, row) else 0
                except FileNotFoundError:  # deleted since it was listed
                    continue
                except OSError as error:
                    self._unreadable(found, error.strerror)
                    continue
            changed[number] = (found, row, offset)
        return changed, renamed

    def _read(self, changed: dict[int, tuple[Found, FileRow | None, int]]) -> list[Result]:
        if not changed:
            return []
        from stackk_tui.providers.claude_code.pool import read_all

        jobs: list[Job] = [
            (number, found.path, found.slug, found.home_session, offset, found.size, _agent(found, row))
            for number, (found, row, offset) in changed.items()
        ]
        to_read = sum(max(0, job[5] - job[4]) for job in jobs)
        results = []
        digests = self.index.meta("keys") == "digest"
        for result in read_all(jobs, self.shapes, self.stop, digests=digests):
            if len(result) == 3:
                if result[1] != 2:  # ENOENT: deleted since it was listed
                    self._unreadable(changed[result[0]][0], result[2])
                continue
            self.scanned.files_read += 1
            self.scanned.bytes_read += result[5]
            if self.progress is not None:
                self.progress(self.scanned.bytes_read, to_read)
            results.append(result)
        return results

    def _unreadable(self, found: Found, reason: str | None) -> None:
        self.scanned.unreadable.append(f"{cleaned(found.path)}: {reason}")

    def _is_kept(self, account: Account) -> bool:
        """Whether the account's view is there, and made for the shapes the price table has now."""
        view = self.views.get(frozenset(account.known))
        if view is None:
            return False
        now = {model: self.shapes[model] for model in view.shapes}
        return all(_same_shape(now[model], shape) for model, shape in view.shapes.items())

    def _write(
        self,
        changed: dict[int, tuple[Found, FileRow | None, int]],
        results: list[Result],
        renamed: list[FileRow],
        gone: list[FileRow],
    ) -> None:
        many = len(results) + len(renamed) > FEW or not self.views
        changes = _Changes(self.index, self.shapes, self.known, {} if many else self.views)
        if many:
            for view in self.views.values():
                slotstore.drop_view(self.index, view.id)
            self.views = {}
        for result in results:
            found, row, offset = changed[result[0]]
            self.known[found.path] = changes.file(_row_now(found, row, offset, result), row, offset, result)
        for row in renamed:
            changes.renamed(row)
            self.known[row.path] = row
        for row in gone:
            self.index.put_file(row)
            self.known[row.path] = row
        self.views = slotstore.views(self.index)
        for account in self.roots.accounts:
            if not self._is_kept(account):
                self._build(account, changes.outlines)

    def _build(self, account: Account, outlines: dict[int, Outline]) -> None:
        from stackk_tui.providers.claude_code.packing import outline, unpack
        from stackk_tui.providers.claude_code.views import build

        def rows_of(file_id: int) -> list[Row]:
            packed = self.index.packed(file_id)
            return [] if packed is None else unpack(packed)

        def files() -> Iterator[tuple[int, Outline, FileFacts]]:
            for row in self.known.values():
                if row.root in account.known and row.id is not None:
                    told = outlines.get(row.id) or outline(rows_of(row.id), row.agent, self.shapes)
                    yield row.id, told, row.facts()

        slotstore.put_view(self.index, account.known, build(files(), rows_of, self.shapes), self.shapes)


class _Changes:
    """Writes what was read of files, and what it changes in the views that stay."""

    def __init__(
        self,
        index: Index,
        shapes: Shapes,
        known: dict[str, FileRow],
        views: dict[frozenset[str], slotstore.View],
    ) -> None:
        self.index, self.shapes, self.views = index, shapes, views
        self.outlines: dict[int, Outline] = {}
        self._by_id = {row.id: row for row in known.values() if row.id is not None}
        self._neighbours: Neighbours | None = None

    def file(self, now: FileRow, row: FileRow | None, offset: int, result: Result) -> FileRow:
        """Keeps what was read; `row` is how the file was known."""
        from stackk_tui.providers.claude_code.packing import Outline, marks_of, pack, unpack

        packed, marks = result[7], result[8]
        if row is None:
            file_id = self.index.put_file(now)
            self.index.put_rows(file_id, packed, marks)
            self.outlines[file_id] = Outline(*result[9:14])
            if self.views:
                self._work_in(None, None, now, unpack(packed), None, marks)
            self._by_id[file_id] = now
            return now
        from stackk_tui.providers.claude_code.dedupe import KEY, merged

        assert row.id is not None
        before = unpack(self.index.packed(row.id) or pack([]))
        newly = unpack(packed)
        if row.parser != PARSER_VERSION:
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
        row = self._by_id[now.id]
        rows = unpack(self.index.packed(now.id) or pack([]))
        self.index.put_file(now)
        if self.views:
            self._work_in(row, rows, now, rows, [], marks_of(rows))
        self._by_id[now.id] = now

    def _work_in(
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
            there = [self._by_id[each] for each in others if self._by_id[each].root in view.roots]
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


def _same_shape(one: object, other: object) -> bool:
    """One may have been through JSON."""
    as_lists = [shape and [list(shape[0]), shape[1]] for shape in (one, other)]  # type: ignore[index]
    return as_lists[0] == as_lists[1]


def _is_unchanged(found: Found, row: FileRow) -> bool:
    return (
        row.mtime_ns == found.mtime_ns
        and row.size == found.size
        and row.inode == found.inode
        and row.dev == found.dev
        and row.parser == PARSER_VERSION
        and bool(row.present)
        and row.root == found.root
    )


def _has_only_grown(found: Found, row: FileRow) -> bool:
    """The same file, longer than what was read, or as long and untouched, with the beginning it had."""
    from stackk_tui.providers.claude_code.reader import head_of

    if (found.dev, found.inode) != (row.dev, row.inode) or found.size < row.offset:
        return False
    if found.size == row.size and found.mtime_ns != row.mtime_ns:
        return False  # written over in place
    return head_of(found.path, row.head_length) == row.head_hash


def _row_now(found: Found, row: FileRow | None, offset: int, result: Result) -> FileRow:
    _, now_at, broken, broken_tail, last_ts, _, head = result[:7]
    same_parser = row is not None and row.parser == PARSER_VERSION
    return FileRow(
        row.id if row is not None else None,
        found.path, found.root, found.home_session, _agent(found, row), found.dev, found.inode, found.size, found.mtime_ns,
        now_at, min(HEAD, now_at), head, broken + (row.broken if row is not None and offset else 0), broken_tail,
        max(last_ts, row.last_ts if row is not None and same_parser else 0), PARSER_VERSION, True,
    )  # fmt: skip


def _gone(listed: list[Found], known: dict[str, FileRow]) -> list[FileRow]:
    """Gives the transcripts that have been deleted; their calls stay."""
    if len(listed) == len(known):
        if all(found.path in known for found in listed):
            return []
    here = {found.path for found in listed}
    missing = (row for row in known.values() if row.present and row.path not in here)
    return [row.but(present=False) for row in missing if not os.path.exists(row.path)]  # noqa: PTH110


def _agent(found: Found, row: FileRow | None) -> str | None:
    return _agent_type(found) or (row.agent if row is not None else "") if found.is_agent else None


def _agent_type(found: Found) -> str:
    """Gives a sub-agent's type from `agent-<id>.meta.json`, else from a telling file name, else nothing."""
    try:
        with open(found.path.removesuffix(SUFFIX) + ".meta.json", "rb") as file:  # noqa: PTH123
            content = file.read(65536)
    except OSError:
        return _told_by_name(found)
    import json

    try:
        meta = json.loads(content)
        name = meta.get("agentType") if isinstance(meta, dict) else None
    except (ValueError, RecursionError):
        name = None
    return cleaned(name, 256) if isinstance(name, str) and name else _told_by_name(found)


def _told_by_name(found: Found) -> str:
    """`agent-<type>-<hex>`; the type begins like a word."""
    stem = found.parts[-1].removesuffix(SUFFIX).removeprefix("agent-")
    kind, dash, number = stem.rpartition("-")
    is_word = kind.isascii() and kind.isidentifier()
    is_hex = bool(number) and all(char in "0123456789abcdef" for char in number)
    return kind if dash and is_word and is_hex and found.parts[-1].startswith("agent-") else ""

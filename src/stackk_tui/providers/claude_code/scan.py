"""Brings the index up to date with the transcripts that are there (`claude-code-logs.md` §8)."""

from __future__ import annotations

import gc
import time

from stackk_tui.providers.claude_code import index as index_file
from stackk_tui.providers.claude_code import seen as looks
from stackk_tui.providers.claude_code import slotstore
from stackk_tui.providers.claude_code.changes import Changes
from stackk_tui.providers.claude_code.index import FileRow, Index, Writing
from stackk_tui.providers.claude_code.listing import walk
from stackk_tui.providers.claude_code.noticing import (
    Agents,
    agent_type,
    gone_from,
    has_meta,
    has_only_grown,
    is_unchanged,
    may_be_named,
    row_now,
)
from stackk_tui.providers.claude_code.remembered import counts_of, remember
from stackk_tui.providers.claude_code.scanned import Counted, Scanned
from stackk_tui.providers.claude_code.slots import Shapes
from stackk_tui.providers.claude_code.together import Together
from stackk_tui.providers.claude_code.words import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from threading import Event
    from typing import Any

    from stackk_tui.providers.claude_code.listing import Found
    from stackk_tui.providers.claude_code.roots import Account, Roots
    from stackk_tui.providers.claude_code.seen import Seen
    from stackk_tui.providers.claude_code.worker import Job, Result

    Progress = Callable[[int, int], None]
    """Told the bytes that were read and those that are to be read in all."""

__all__ = ["Counted", "Scanned", "scan"]

FEW = 64
"""So many changed files are worked in one by one; after more, all is put together anew."""
_ATTEMPTS = 3


class _Overtaken(Exception):
    """Another process wrote since we looked."""


def scan(
    index: Index,
    roots: Roots,
    stop: Event | None = None,
    *,
    shapes: dict[str, object] | None = None,
    progress: Progress | None = None,
    looked: Seen | None = None,
) -> Scanned:
    """Reads what is new. Raises OperationCancelled soon after `stop` is set; what was read until then is kept
    or will be read again, never half. `progress` is for a screen, which then stays quick. `looked` is what
    was looked at just now, if anything. `shapes` are the price table's; None: those of the table we ship."""
    if shapes is None:
        from stackk_tui.providers.claude_code.prices import PriceBook

        shapes = dict(PriceBook().shapes())
    for attempt in range(_ATTEMPTS + 1):
        try:
            if attempt < _ATTEMPTS:
                return _Scan(index, roots, stop, shapes, progress).run(looked)
            with Writing(index):  # nobody can come in between
                return _Scan(index, roots, stop, shapes, progress).run(locked=True)
        except _Overtaken:
            continue
    raise AssertionError("a scan that holds the lock cannot be overtaken")


class _NoCircles:
    """Keeps Python from looking for circles among a hundred thousand rows, which have none."""

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was_on:
            gc.enable()


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
        self.known: dict[str, FileRow] = {}
        self._agents = Agents({})
        self._together = Together({})
        self.views = slotstore.views(index)

    def run(self, looked: Seen | None = None, *, locked: bool = False) -> Scanned:
        scanned, index = self.scanned, self.index
        roots = [root for account in self.roots.accounts for root in account.found]
        began, walked = time.time_ns(), None
        before = looked or looks.seen(index.place)
        listed = before.listed(roots) if before is not None else None
        if before is None or listed is None:
            before, walked = None, walk(roots)
            listed = walked.files
        few = self._few(before, listed)
        if before is not None and few == []:
            scanned.by_root, scanned.seen = before.counts, before
            return scanned
        if few is None and (counts := self._remembered(listed)) is not None:
            scanned.by_root = counts
            self._keep_looks(before or looks.of(walked, roots, began), listed)
            return scanned
        self.known = index.files(None if few is None else [listed[number].path for number in few])
        were_broken = self._broken()
        changed, renamed = self._look(listed, range(len(listed)) if few is None else few)
        gone = gone_from(listed, self.known) if few is None else []
        with _NoCircles():
            results = self._read(changed)
        stale = [account for account in self.roots.accounts if not self._is_kept(account)]
        if results or renamed or gone or stale:
            with _NoCircles():
                if locked:
                    self._write(changed, results, renamed, gone)
                else:
                    with Writing(index) as writing:
                        if index.generation() != self.generation:
                            raise _Overtaken
                        self._write(changed, results, renamed, gone)
                    self.generation = writing.generation
            scanned.changed = True
        kept = before.counts if before is not None and few is not None else None
        scanned.by_root = self._count(listed, kept, were_broken)
        if not scanned.unreadable and not locked:
            self._keep_looks(before or looks.of(walked, roots, began), listed)
            if scanned.seen is None and not any(map(may_be_named, self.known.values())):
                remember(index, self.roots.accounts, listed, scanned.by_root)
        return scanned

    def _remembered(self, listed: list[Found]) -> dict[str, list[int]] | None:
        if not all(self._is_kept(account) for account in self.roots.accounts):
            return None
        return counts_of(self.index, self.generation, self.roots.accounts, listed)

    def _few(self, before: Seen | None, listed: list[Found]) -> list[int] | None:
        """Gives which transcripts look different than when all had been read; None if everything has to be
        looked at."""
        if before is None or before.version != (self.generation, index_file.PARSER_VERSION):
            return None
        if not all(self._is_kept(account) for account in self.roots.accounts):
            return None
        pairs = enumerate(zip(listed, before.states, strict=True))
        found = [number for number, (now, state) in pairs if now.state != state]
        return found if len(found) <= FEW else None

    def _keep_looks(self, told: Seen | None, listed: list[Found]) -> None:
        """Keeps how everything looked. A name that an agent may get would come to its folder; one that is
        there and cannot be read may be still being written."""
        unnamed = (row for row in self.known.values() if row.agent == "" and row.present)
        if told is None or not self.index.place or any(has_meta(row.path) for row in unnamed):
            return
        states = [found.state for found in listed]
        version = (self.generation, index_file.PARSER_VERSION)
        self.scanned.seen = told.read_as(states, version, self.scanned.by_root)
        self.scanned.seen.keep(self.index.place)

    def _broken(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in self.known.values():
            found[row.root] = found.get(row.root, 0) + row.broken + row.broken_tail
        return found

    def _count(
        self, listed: list[Found], kept: dict[str, list[int]] | None, were_broken: dict[str, int]
    ) -> dict[str, list[int]]:
        """`kept` are the counts of the same transcripts, of which only the known ones were read again."""
        broken = self._broken()
        if kept is not None:
            return {
                root: [files, sessions, lines + broken.get(root, 0) - were_broken.get(root, 0)]
                for root, (files, sessions, lines) in kept.items()
            }
        counts = {
            root: [0, 0, broken.get(root, 0)] for account in self.roots.accounts for root in account.known
        }
        for found in listed:
            count = counts[found.root]
            count[0] += 1
            count[1] += not found.is_agent
        return counts

    def _look(
        self, listed: list[Found], numbers: Iterable[int]
    ) -> tuple[dict[int, tuple[Found, FileRow | None, int]], list[FileRow]]:
        """Gives by number the files to read, how they were, and from where on; and those whose agent has got
        a name since."""
        changed: dict[int, tuple[Found, FileRow | None, int]] = {}
        renamed = []
        for number in numbers:
            found = listed[number]
            row = self.known.get(found.path)
            if row is not None and is_unchanged(found, row):
                if may_be_named(row) and (name := agent_type(found)) not in ("", row.agent):
                    renamed.append(row.but(agent=name))
                continue
            offset = 0
            if row is not None and row.parser == index_file.PARSER_VERSION:
                try:
                    offset = row.offset if has_only_grown(found, row) else 0
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
        from stackk_tui.providers.claude_code.pool import ALONE, ALONE_BESIDE_A_SCREEN, read_all

        self._agents = agents = Agents(changed)
        jobs: list[Job] = [
            (number, found.path, found.slug, found.home_session, offset, found.size, None)
            for number, (found, _, offset) in changed.items()
        ]
        to_read = sum(max(0, job[5] - job[4]) for job in jobs)
        results = []
        digests = self.index.meta("keys") == "digest"
        whole = not self.known and len(self.roots.accounts) == 1
        self._together = Together({number: found.mtime_ns for number, (found, _, _) in changed.items()})
        alone = ALONE if self.progress is None else ALONE_BESIDE_A_SCREEN
        together = self._together if whole else None
        for result in read_all(
            jobs, self.shapes, self.stop, digests=digests, alone=alone, agents=agents, together=together
        ):
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
        changes = Changes(self.index, self.shapes, self.known, {} if many else self.views)
        if many:
            for view in self.views.values():
                slotstore.drop_view(self.index, view.id)
            self.views = {}
        while results:  # what is written need not be kept
            result = results.pop()
            found, row, offset = changed[result[0]]
            now = row_now(found, row, offset, result, self._agents[result[0]])
            self.known[found.path] = changes.file(now, row, offset, result)
        changes.flush()
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

    def _build(self, account: Account, outlines: dict[int, tuple[Any, ...]]) -> None:
        slots = self._together.slots
        if slots is None:
            from stackk_tui.providers.claude_code.building import slots_of

            files = [row for row in self.known.values() if row.root in account.known]
            slots = slots_of(self.index, files, outlines, self.shapes)
        slotstore.put_view(self.index, account.known, slots, self.shapes)


def _same_shape(one: object, other: object) -> bool:
    """One may have been through JSON."""
    as_lists = [shape and [list(shape[0]), shape[1]] for shape in (one, other)]  # type: ignore[index]
    return as_lists[0] == as_lists[1]

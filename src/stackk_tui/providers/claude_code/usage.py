"""Answers a question about the transcripts: scan, choose, price, group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock
from zoneinfo import ZoneInfo

from stackk_tui.config import Settings
from stackk_tui.model.usage_report import UsageQuery, UsageReport
from stackk_tui.providers.claude_code.index import Index, with_index
from stackk_tui.providers.claude_code.prices import PriceBook
from stackk_tui.providers.claude_code.report import (
    Item,
    blocks_of,
    group,
    items,
    key_of,
    labels,
    sorted_rows,
    sum_of,
)
from stackk_tui.providers.claude_code.roots import find_roots
from stackk_tui.providers.claude_code.scan import Scanned, scan
from stackk_tui.providers.claude_code.zone import LocalDays, local_zone, zone_named

_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, slots=True)
class Everything:
    """All calls of the machine, as they are now."""

    items: list[Item]
    scanned: Scanned
    warnings: tuple[str, ...]


def read_everything(settings: Settings, stop: Event | None = None) -> Everything:
    """Brings the index up to date and gives all calls. Blocking. Raises StorageError, OperationCancelled."""
    roots = find_roots(settings)

    def work(index: Index) -> tuple[list[Item], Scanned]:
        scanned = scan(index, roots, stop)
        return list(items(index.calls(roots.known))), scanned

    with _ONE_AT_A_TIME:
        (found, scanned), damage = with_index(settings.paths.claude_code_index, work)
    warnings = [*roots.warnings, *([damage] if damage else [])]
    if scanned.unreadable:
        warnings.append(f"{len(scanned.unreadable)} transcripts cannot be read: {scanned.unreadable[0]} …")
    return Everything(found, scanned, tuple(warnings))


def price_book(settings: Settings) -> PriceBook:
    return PriceBook(settings.section("prices"))


def answer(settings: Settings, query: UsageQuery, stop: Event | None = None) -> UsageReport:
    """Gives the report. Blocking. Raises InvalidInput, StorageError, OperationCancelled."""
    return answers(settings, [query], stop)[0]


def answers(
    settings: Settings, queries: Sequence[UsageQuery], stop: Event | None = None
) -> list[UsageReport]:
    """Gives a report per query from one scan. Blocking.

    Raises InvalidInput (no such time zone), StorageError, OperationCancelled.
    """
    zones = [_zone(settings, query) for query in queries]
    everything = read_everything(settings, stop)
    book = price_book(settings)
    return [
        _answer(query, everything, book, zone, warning)
        for query, (zone, warning) in zip(queries, zones, strict=True)
    ]


def _answer(
    query: UsageQuery, everything: Everything, book: PriceBook, zone: ZoneInfo, zone_warning: str | None
) -> UsageReport:
    days = LocalDays(zone)
    blocks = blocks_of(item.ts for item in everything.items) if query.by == "block" else {}
    wanted = [item for item in everything.items if _is_wanted(item, query, days)]
    tallies = group(wanted, key_of(query.by, days, blocks), book, query.cost_mode)
    total = sum_of(tallies.values())
    names = labels(query.by, wanted)
    warnings = [*everything.warnings, *book.warnings]
    if zone_warning:
        warnings.append(zone_warning)
    if total.unrecorded:
        warnings.append(f"{total.unrecorded} calls have no recorded cost and count as nothing in this mode.")
    return UsageReport(
        by=query.by,
        timezone=zone.key,
        cost_mode=query.cost_mode,
        rows=tuple(
            sorted_rows(query.by, (tally.row(key, names.get(key, "")) for key, tally in tallies.items()))
        ),
        totals=total.row("total"),
        unpriced_models=tuple(name for name, _ in total.unpriced_models.most_common()),
        skipped_lines=everything.scanned.skipped_lines,
        files=everything.scanned.files,
        warnings=tuple(warnings),
    )


def _zone(settings: Settings, query: UsageQuery) -> tuple[ZoneInfo, str | None]:
    return (zone_named(query.timezone), None) if query.timezone is not None else local_zone(settings)


def _is_wanted(item: Item, query: UsageQuery, days: LocalDays) -> bool:
    if query.projects and item.project not in query.projects:
        return False
    if query.models and item.model_key not in query.models:
        return False
    if query.sessions and item.session not in query.sessions:
        return False
    if query.agents and item.agent not in query.agents:
        return False
    if query.start is not None and item.ts < _ms(query.start):
        return False
    if query.end is not None and item.ts >= _ms(query.end):
        return False
    if query.since is None and query.until is None:
        return True
    day = days.day(item.ts)
    return (query.since is None or day >= query.since) and (query.until is None or day <= query.until)


def _ms(moment: datetime) -> float:
    return moment.timestamp() * 1000

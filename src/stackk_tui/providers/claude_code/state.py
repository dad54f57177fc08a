"""The index, brought up to date and open, with all it takes to answer."""

from __future__ import annotations

from _thread import allocate_lock

from stackk_tui.providers.claude_code.index import with_index
from stackk_tui.providers.claude_code.prices import PriceBook
from stackk_tui.providers.claude_code.report import Pricing, Tally
from stackk_tui.providers.claude_code.roots import roots_of
from stackk_tui.providers.claude_code.scan import Scanned, scan
from stackk_tui.providers.claude_code.slots import Shapes
from stackk_tui.providers.claude_code.slotstore import views
from stackk_tui.providers.claude_code.sums import Summing, Wanted
from stackk_tui.providers.claude_code.zone import local_zone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from threading import Event
    from typing import TypeVar
    from zoneinfo import ZoneInfo

    from stackk_tui.config import Settings
    from stackk_tui.providers.claude_code.index import Index
    from stackk_tui.providers.claude_code.roots import Account, Roots
    from stackk_tui.providers.claude_code.scan import Counted, Progress
    from stackk_tui.providers.claude_code.seen import Seen

    T = TypeVar("T")

_ONE_AT_A_TIME = allocate_lock()
_EPOCH = 719_163


class State:
    """The index, up to date and open."""

    __slots__ = ("book", "index", "roots", "scanned", "shapes", "warnings")

    def __init__(self, index: Index, roots: Roots, scanned: Scanned, book: PriceBook, shapes: Shapes) -> None:
        self.index, self.roots, self.scanned, self.book, self.shapes = index, roots, scanned, book, shapes
        self.warnings: list[str] = []

    def summing(self, account: Account, zone: ZoneInfo, pricing: Pricing) -> Summing:
        view = views(self.index)[frozenset(account.known)]
        return Summing(self.index, view.id, zone, pricing)

    def counted(self, accounts: Iterable[Account]) -> Counted:
        """Gives how many transcripts some accounts have, and lines that could not be used."""
        return self.scanned.counted(root for account in accounts for root in account.known)

    def pricing(self, mode: str = "auto") -> Pricing:
        return Pricing(self.book, self.shapes, mode)


def with_state(
    settings: Settings,
    work: Callable[[State], T],
    stop: Event | None = None,
    progress: Progress | None = None,
    looked: Seen | None = None,
) -> T:
    """Brings the index up to date and does some work on it. Blocking. `looked` is what the caller has looked
    at just now.

    Raises StorageError, OperationCancelled."""
    roots = roots_of(settings.env, settings.section("claude_code"))
    book = PriceBook(settings.section("prices"))
    shapes = book.shapes()

    def on(index: Index) -> T:
        scanned = scan(index, roots, stop, shapes=dict(shapes), progress=progress, looked=looked)
        state = State(index, roots, scanned, book, Shapes(shapes))
        state.warnings += [*roots.warnings, *filter(None, (index.damage, index.unkept))]
        if scanned.unreadable:
            state.warnings.append(
                f"{len(scanned.unreadable)} transcripts cannot be read: {scanned.unreadable[0]} …"
            )
        _keep_today(settings, state)
        return work(state)

    with _ONE_AT_A_TIME:
        return with_index(settings.paths.claude_code_index, on)[0]


def _keep_today(settings: Settings, state: State) -> None:
    """Leaves today's and yesterday's sums for the status line, when they may have changed."""
    from datetime import UTC, datetime, timedelta

    from stackk_tui.providers.claude_code.today import is_kept, keep_today

    zone, now = local_zone(settings)[0], datetime.now(UTC)
    today = now.astimezone(zone).date()
    version = f"{state.index.generation()} {zone.key} {today} {state.book.digest()}"
    if state.index.meta("today") == version and is_kept(settings):
        return
    days = [today - timedelta(days=1), today]
    numbers = {day.toordinal() - _EPOCH: day for day in days}
    tallies = {day: Tally() for day in days}
    for account in state.roots.accounts:
        summing = state.summing(account, zone, state.pricing())
        for number, tally in summing.tallies(summing.day_sql(), Wanted((min(numbers), max(numbers)))).items():
            tallies[numbers[number]].merge(tally)
    sums = {day: (sum(tally.counts), tally.cost(), tally.unpriced) for day, tally in tallies.items()}
    keep_today(settings, zone.key, now, sums)
    state.index.put_meta("today", version)

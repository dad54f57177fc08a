"""Calls → rows and totals (`claude-code-logs.md` §4 to §6, §9). Pure; prices are applied call by call."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, TypeVar

from stackk_tui.model.usage import Tokens
from stackk_tui.model.usage_report import CostMode, GroupBy, UsageRow
from stackk_tui.providers.claude_code.dedupe import Chosen
from stackk_tui.providers.claude_code.prices import FAST, PriceBook, Rates, plain_id
from stackk_tui.providers.claude_code.zone import LocalDays

RECORDED = "recorded"
"""The part of a cost that Claude Code wrote down itself, without saying for what."""
_HOUR_MS = 3_600_000
_BLOCK_MS = 5 * _HOUR_MS
BY_TIME: tuple[GroupBy, ...] = ("day", "week", "month", "block")

K = TypeVar("K", bound=Hashable)


class Item(NamedTuple):
    """One priced thing: a call, or an advisor's call inside one. `counts` are ordered as `TOKEN_KINDS`."""

    ts: int
    model: str
    counts: tuple[int, int, int, int, int]
    web_searches: int
    speed: str | None
    tier: str | None
    geo: str | None
    recorded: str | None
    project: str
    session: str
    agent: str

    @property
    def model_key(self) -> str:
        return f"{self.model}-fast" if self.speed == FAST else self.model


def items(calls: Iterable[Chosen]) -> Iterator[Item]:
    """Gives each call, and each advisor's call as one more, under the advisor's model."""
    for call, project, session, agent in calls:
        whose = (project, session, agent)
        counts = (call.input, call.output, call.write_5m, call.write_1h, call.read)
        how = (call.speed, call.tier, call.geo, call.cost)
        yield Item(call.ts, call.model, counts, call.web_searches, *how, *whose)
        for advisor in call.advisors:
            yield Item(call.ts, advisor.model, advisor[1:], 0, None, call.tier, call.geo, None, *whose)


@dataclass(slots=True)
class Tally:
    """The sum of some items. Tokens are summed by their rates first, so each rate is multiplied once."""

    requests: int = 0
    web_searches: int = 0
    counts: list[int] = field(default_factory=lambda: [0] * 5)
    unpriced: int = 0
    unpriced_models: Counter[str] = field(default_factory=Counter)
    unrecorded: int = 0
    """Calls that count as nothing because no cost was recorded (mode `display`)."""
    has_price: bool = False
    recorded: Decimal = Decimal(0)
    by_rates: dict[Rates, list[int]] = field(default_factory=dict)

    def add(self, item: Item, book: PriceBook, mode: CostMode) -> None:
        self.requests += 1
        self.web_searches += item.web_searches
        for place, count in enumerate(item.counts):
            self.counts[place] += count
        if mode == "display" or (mode == "auto" and item.recorded is not None):
            self.has_price = True
            self.recorded += Decimal(item.recorded or 0)
            self.unrecorded += item.recorded is None
            return
        rates = _rates(item, book)
        if rates is None:
            self.unpriced += sum(item.counts)
            self.unpriced_models[item.model_key] += sum(item.counts)
            return
        self.has_price = True
        sums = self.by_rates.setdefault(rates, [0] * 6)
        for place, count in enumerate((*item.counts, item.web_searches)):
            sums[place] += count

    def merge(self, other: "Tally") -> None:
        self.requests += other.requests
        self.web_searches += other.web_searches
        self.counts = [one + more for one, more in zip(self.counts, other.counts, strict=True)]
        self.unpriced += other.unpriced
        self.unpriced_models += other.unpriced_models
        self.unrecorded += other.unrecorded
        self.has_price |= other.has_price
        self.recorded += other.recorded
        for rates, sums in other.by_rates.items():
            known = self.by_rates.get(rates, [0] * 6)
            self.by_rates[rates] = [one + more for one, more in zip(known, sums, strict=True)]

    @property
    def tokens(self) -> Tokens:
        names = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
        return Tokens(**dict(zip(names, self.counts, strict=True)))

    def cost_by_kind(self) -> dict[str, Decimal]:
        """Gives the dollars by token kind, `web_search` and `recorded`."""
        parts: dict[str, Decimal] = {}
        for rates, sums in self.by_rates.items():
            for kind, amount in rates.cost_by_kind(tuple(sums[:5]), sums[5]).items():
                parts[kind] = parts.get(kind, Decimal(0)) + amount
        if self.recorded:
            parts[RECORDED] = self.recorded
        return parts

    def cost(self) -> Decimal | None:
        """Gives the dollars of everything that has a price, or None if nothing has."""
        return sum(self.cost_by_kind().values(), Decimal(0)) if self.has_price else None

    def row(self, key: str, label: str = "") -> UsageRow:
        return UsageRow(
            key=key,
            label=label,
            tokens=self.tokens,
            requests=self.requests,
            web_searches=self.web_searches,
            cost=self.cost(),
            unpriced_tokens=self.unpriced,
        )


def sum_of(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.merge(tally)
    return total


def _rates(item: Item, book: PriceBook) -> Rates | None:
    prompt = sum(item.counts) - item.counts[1]
    rates = book.rates(item.model, item.ts, prompt, speed=item.speed, tier=item.tier, geo=item.geo)
    return rates if rates is not None and rates.cover(item.counts) else None


def group(
    all_items: Iterable[Item], key: Callable[[Item], K], book: PriceBook, mode: CostMode
) -> dict[K, Tally]:
    """Gives one tally per key."""
    tallies: dict[K, Tally] = {}
    for item in all_items:
        name = key(item)
        tally = tallies.get(name)
        if tally is None:
            tally = tallies[name] = Tally()
        tally.add(item, book, mode)
    return tallies


def key_of(by: GroupBy, days: LocalDays, blocks: dict[int, int]) -> Callable[[Item], str]:
    """Gives the function that names an item's row (DESIGN §4). `blocks` maps a time to its block's start."""
    keys: dict[GroupBy, Callable[[Item], str]] = {
        "day": lambda item: days.day(item.ts).isoformat(),
        "week": lambda item: monday(days.day(item.ts)).isoformat(),
        "month": lambda item: days.day(item.ts).isoformat()[:7],
        "project": lambda item: item.project,
        "session": lambda item: item.session,
        "model": lambda item: item.model_key,
        "agent": lambda item: item.agent,
        "block": lambda item: utc_text(blocks[item.ts]),
    }
    return keys[by]


def labels(by: GroupBy, all_items: Iterable[Item]) -> dict[str, str]:
    """Gives what to read beside a key: a session's folder and its id's beginning, a project's folder
    name, a model's plain id."""
    if by == "session":
        return {item.session: f"{folder_name(item.project)} · {item.session[:8]}" for item in all_items}
    if by == "project":
        return {item.project: folder_name(item.project) for item in all_items}
    if by == "model":
        suffix = {item.model_key: "-fast" if item.speed == FAST else "" for item in all_items}
        return {key: plain_id(key.removesuffix(end)) + end for key, end in suffix.items()}
    return {}


def folder_name(project: str) -> str:
    return project.replace("\\", "/").rstrip("/").rpartition("/")[2] or project


def blocks_of(times: Iterable[int]) -> dict[int, int]:
    """Gives the start of each call's five-hour block: the first call's UTC hour; [start, end) (§6)."""
    starts: dict[int, int] = {}
    start = None
    for ts in sorted(set(times)):
        if start is None or ts >= start + _BLOCK_MS:
            start = ts - ts % _HOUR_MS
        starts[ts] = start
    return starts


def sorted_rows(by: GroupBy, rows: Iterable[UsageRow]) -> list[UsageRow]:
    """Gives rows by time oldest first, others by cost, then tokens, largest first."""
    if by in BY_TIME:
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-(row.cost or 0), -row.tokens.total, row.key))


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def utc_text(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

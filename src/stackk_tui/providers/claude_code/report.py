"""Sums → rows and totals (`claude-code-logs.md` §4 to §6, §9). Pure; prices are applied here."""

from __future__ import annotations

from decimal import Decimal

from stackk_tui.providers.claude_code.prices import TOKEN_KINDS
from stackk_tui.providers.claude_code.slots import BATCH, FAST, LONG_BITS, RECORDED, US

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stackk_tui.providers.claude_code.prices import PriceBook, Rates
    from stackk_tui.providers.claude_code.slots import How, Shapes

RECORDED_PART = "recorded"
"""The part of a cost that Claude Code wrote down itself, without saying for what."""
_HOUR_MS = 3_600_000
BLOCK_HOURS = 5
BY_TIME = ("hour", "day", "week", "month", "block")
_LONG_MASK = (1 << LONG_BITS) - 1


def model_key(how: How) -> str:
    """Gives the raw model id, `-fast` appended for fast mode."""
    return f"{how[0]}-fast" if how[1] & FAST else how[0]


class Pricing:
    """A price table and a cost mode: gives what one sum of alike calls costs."""

    def __init__(self, book: PriceBook, shapes: Shapes, mode: str) -> None:
        self.book, self.mode = book, mode
        self.shapes = shapes
        self._known: dict[tuple[How, int], Rates | None] = {}

    def is_recorded(self, how: How) -> bool:
        return self.mode == "display" or (self.mode == "auto" and bool(how[1] & RECORDED))

    def changes(self, models: Iterable[str]) -> list[str]:
        """Gives the days from which calls of some models cost something else, in order."""
        return self.book.changes(set(models))

    def rates(self, how: How, ts: int) -> Rates | None:
        """Gives the list price of calls made at about `ts`, None if there is none for all they used."""
        name = (how, ts)
        if name not in self._known:
            self._known[name] = self._find(how, ts)
        return self._known[name]

    def _find(self, how: How, ts: int) -> Rates | None:
        model, flags, group = how
        shape, long = self.shapes[model], group & _LONG_MASK
        prompt = shape[0][long - 1] + 1 if shape and 0 < long <= len(shape[0]) else 0
        rates = self.book.rates(
            model,
            ts,
            prompt,
            speed="fast" if flags & FAST else None,
            tier="batch" if flags & BATCH else None,
            geo="us" if flags & US else None,
        )
        kinds = group >> LONG_BITS
        used = tuple(kinds >> place & 1 for place in range(5))
        return rates if rates is not None and rates.cover(used) else None


class Tally:
    """The sum of some calls. Tokens are summed by their rates first, so each rate is multiplied once."""

    __slots__ = ("by_rates", "counts", "has_price", "recorded", "requests", "unpriced", "unpriced_models",
                 "unrecorded", "web_searches")  # fmt: skip

    def __init__(self) -> None:
        self.requests = 0
        self.web_searches = 0
        self.counts = [0] * 5
        self.unpriced = 0
        self.unpriced_models: dict[str, int] = {}
        self.unrecorded = 0
        """Calls that count as nothing because no cost was recorded (mode `display`)."""
        self.has_price = False
        self.recorded = Decimal(0)
        self.by_rates: dict[Rates, list[int]] = {}

    def add(  # noqa: PLR0917
        self, how: How, ts: int, requests: int, searches: int, counts: Sequence[int], pricing: Pricing
    ) -> None:
        """Adds a sum of calls that are priced alike; what was recorded of them is added on its own."""
        self.requests += requests
        self.web_searches += searches
        mine = self.counts
        for place in range(5):
            mine[place] += counts[place]
        if pricing.is_recorded(how):
            if how[1] & RECORDED:
                self.has_price = True
            else:
                self.unrecorded += requests
            return
        rates = pricing.rates(how, ts)
        if rates is None:
            total = sum(counts)
            self.unpriced += total
            key = model_key(how)
            self.unpriced_models[key] = self.unpriced_models.get(key, 0) + total
            return
        self.has_price = True
        sums = self.by_rates.get(rates)
        if sums is None:
            self.by_rates[rates] = [*counts, searches]
            return
        for place in range(5):
            sums[place] += counts[place]
        sums[5] += searches

    def merge(self, other: Tally) -> None:
        self.requests += other.requests
        self.web_searches += other.web_searches
        self.counts = [one + more for one, more in zip(self.counts, other.counts, strict=True)]
        self.unpriced += other.unpriced
        for name, count in other.unpriced_models.items():
            self.unpriced_models[name] = self.unpriced_models.get(name, 0) + count
        self.unrecorded += other.unrecorded
        self.has_price |= other.has_price
        self.recorded += other.recorded
        for rates, sums in other.by_rates.items():
            known = self.by_rates.get(rates)
            self.by_rates[rates] = (
                [one + more for one, more in zip(known, sums, strict=True)] if known else list(sums)
            )

    def cost_by_kind(self) -> dict[str, Decimal]:
        """Gives the dollars by token kind, `web_search` and `recorded`."""
        parts: dict[str, Decimal] = {}
        for rates, sums in self.by_rates.items():
            for kind, amount in rates.cost_by_kind(tuple(sums[:5]), sums[5]).items():
                parts[kind] = parts.get(kind, Decimal(0)) + amount
        if self.recorded:
            parts[RECORDED_PART] = self.recorded
        return parts

    def cost(self) -> Decimal | None:
        """Gives the dollars of everything that has a price, or was recorded; None if nothing was."""
        return sum(self.cost_by_kind().values(), Decimal(0)) if self.has_price else None

    def unpriced_names(self) -> list[str]:
        """Gives the models without a price, the most used first."""
        return sorted(self.unpriced_models, key=lambda name: -self.unpriced_models[name])


def sum_of(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.merge(tally)
    return total


def blocks_of(hours: Iterable[int]) -> dict[int, int]:
    """Gives the first hour of each hour's five-hour block, both UTC: a block begins with the hour of its
    first call and is half-open (§6). So which hours have calls is all it takes."""
    starts: dict[int, int] = {}
    start = None
    for hour in sorted(set(hours)):
        if start is None or hour >= start + BLOCK_HOURS:
            start = hour
        starts[hour] = start
    return starts


def folder_name(project: str) -> str:
    return project.replace("\\", "/").rstrip("/").rpartition("/")[2] or project


def plain_name(key: str) -> str:
    """Gives a model's id as it is read, for its raw one."""
    from stackk_tui.providers.claude_code.modelid import plain_id

    end = "-fast" if key.endswith("-fast") else ""
    return plain_id(key.removesuffix(end)) + end


def iso_day(day: int) -> str:
    """`day` is days since 1970."""
    from datetime import date

    return date.fromordinal(day + 719_163).isoformat()


def monday(day: int) -> int:
    return day - (day + 3) % 7  # day 0 was a Thursday


def hour_text(hour: int) -> str:
    """Gives an hour since 1970 in UTC."""
    return f"{iso_day(hour // 24)}T{hour % 24:02}:00:00Z"


assert len(TOKEN_KINDS) == 5

"""What a call costs at list price, on its day (`claude-code-logs.md` §4, §5). US dollars, exact.

The table `prices.json` is dated data made by `tools/make_prices.py`; `[prices."model-id"]` in config.toml
comes before it. A model, a mode or a kind of token without a price is unpriced: never 0, never a guess.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from decimal import Decimal, InvalidOperation
from zlib import crc32

from stackk_tui.providers.claude_code import lean_json
from stackk_tui.providers.claude_code.words import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from stackk_tui.providers.claude_code.slots import Shape

TOKEN_KINDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
"""The same as `model.usage.TOKEN_KINDS`, which needs pydantic."""
FAST = "fast"
BATCH = "batch"
US = "us"
WEB_SEARCH = "web_search"
_MILLION = Decimal(1_000_000)
_DAY_MS = 86_400_000
_EPOCH_DAY = 719_163  # date(1970, 1, 1).toordinal()
_ALWAYS = ""


class Rates:
    """Dollars per token by kind (the order of `TOKEN_KINDS`; None: no price) and per web search."""

    __slots__ = ("per_token", "web_search")

    def __init__(self, per_token: tuple[Decimal | None, ...], web_search: Decimal) -> None:
        self.per_token = per_token
        self.web_search = web_search

    def cover(self, counts: tuple[int, ...]) -> bool:
        """Says whether every kind of token that was used has a price."""
        return all(rate is not None or not count for rate, count in zip(self.per_token, counts, strict=True))

    def cost_by_kind(self, counts: tuple[int, ...], web_searches: int) -> dict[str, Decimal]:
        """Gives the dollars by token kind and for web searches, without the kinds that cost nothing."""
        parts = {
            kind: rate * count
            for kind, rate, count in zip(TOKEN_KINDS, self.per_token, counts, strict=True)
            if rate is not None and count
        }
        if web_searches:
            parts[WEB_SEARCH] = self.web_search * web_searches
        return parts


class _Period:
    __slots__ = ("first_day", "long_above", "long_per_million", "per_million")

    def __init__(
        self,
        first_day: str,
        per_million: tuple[Decimal | None, ...],
        long_above: int | None = None,
        long_per_million: tuple[Decimal | None, ...] = (),
    ) -> None:
        self.first_day = first_day
        self.per_million = per_million
        self.long_above = long_above
        self.long_per_million = long_per_million


class _Model:
    __slots__ = ("fast", "periods", "us_inference")

    def __init__(
        self, periods: tuple[_Period, ...], fast: tuple[tuple[str, Decimal], ...], us_inference: bool
    ) -> None:
        self.periods = periods
        self.fast = fast
        self.us_inference = us_inference

    def shape(self) -> Shape:
        """Gives what of a call its price depends on, besides the day and how it was made."""
        thresholds = {period.long_above for period in self.periods if period.long_above is not None}
        unpriced = 0
        for period in self.periods:
            for rates in filter(None, (period.per_million, period.long_per_million)):
                unpriced |= sum(1 << place for place, rate in enumerate(rates) if rate is None)
        return tuple(sorted(thresholds)), unpriced


class PriceBook:
    """All prices. `warnings` are sentences about entries of config.toml that cannot be used."""

    def __init__(self, overrides: Mapping[str, Any] | None = None) -> None:
        table = _shipped()
        self._models = dict(table.models)
        self._web_search, self._batch, self._us = table.web_search, table.batch, table.us_inference
        self.warnings: tuple[str, ...] = ()
        self._overrides = dict(overrides or {})
        for name, entry in (overrides or {}).items():
            try:
                known = self._models.get(name) or self._models.get(_plain(name))
                self._models[name] = _entered(entry, known)
            except (ValueError, InvalidOperation, TypeError) as error:
                self.warnings += (
                    f'config.toml: [prices."{cleaned(name, 256)}"] is ignored: {cleaned(str(error), 256)}.',
                )
        self._rates: dict[tuple[object, ...], Rates | None] = {}

    def rates(
        self, model: str, ts: int, prompt: int, *, speed: str | None, tier: str | None, geo: str | None
    ) -> Rates | None:
        """Gives what a call costs, or None if that is not known.

        `ts` is UTC milliseconds and decides the price of that UTC day; `prompt` is the request's input tokens
        with both cache kinds, and decides the tier of the whole request.
        """
        entry = self._find(model)
        if entry is None:
            return None
        day = day_of(ts)
        period = _in_force(entry.periods, day)
        if period is None:
            return None
        long = period.long_above is not None and prompt > period.long_above
        batch, us = tier == BATCH, geo == US and entry.us_inference
        name = (model, period.first_day, long, speed == FAST and day, batch, us)
        if name not in self._rates:
            times = self._times(entry, day, fast=speed == FAST, batch=batch, us=us)
            per_million = period.long_per_million if long else period.per_million
            self._rates[name] = (
                None
                if times is None
                else Rates(
                    tuple(None if rate is None else rate * times / _MILLION for rate in per_million),
                    self._web_search,
                )
            )
        return self._rates[name]

    def knows(self, model: str) -> bool:
        """Says whether a model has a price, on some day."""
        return self._find(model) is not None

    def digest(self) -> str:
        """Gives a text that changes when a price does."""
        return repr([self._overrides, _shipped().version])

    def shapes(self) -> dict[str, Shape | None]:
        """Gives what of a call its price depends on, by the ids of the table."""
        found: dict[int, Shape] = {}
        return {
            name: found.get(id(model)) or found.setdefault(id(model), model.shape())
            for name, model in self._models.items()
        }

    def changes(self, models: set[str]) -> list[str]:
        """Gives the days from which one of some models costs something else, in order."""
        days: set[str] = set()
        for model in filter(None, map(self._find, models)):
            days.update(period.first_day for period in model.periods)
            days.update(first_day for first_day, _ in model.fast)
        return sorted(days - {_ALWAYS})

    def _find(self, model: str) -> _Model | None:
        return self._models.get(model) or self._models.get(_plain(model))

    def _times(self, entry: _Model, day: str, *, fast: bool, batch: bool, us: bool) -> Decimal | None:
        times = Decimal(1)
        if fast:
            in_force = [factor for first_day, factor in entry.fast if first_day <= day]
            if not in_force:
                return None
            times *= in_force[-1]
        if batch:
            times *= self._batch
        if us:
            times *= self._us
        return times


def _plain(model: str) -> str:
    from stackk_tui.providers.claude_code.modelid import plain_id

    return plain_id(model)


class _Table:
    __slots__ = ("batch", "models", "us_inference", "version", "web_search")

    def __init__(
        self, models: dict[str, _Model], web_search: str, batch: str, us_inference: str, version: int
    ) -> None:
        self.models = models
        self.version = version
        self.web_search, self.batch, self.us_inference = map(Decimal, (web_search, batch, us_inference))


_table: list[_Table] = []


def _shipped() -> _Table:
    """Gives the table that came with the program; read once."""
    if not _table:
        here = os.path.dirname(__file__)  # noqa: PTH120  # importlib.resources takes longer than a warm start
        with open(os.path.join(here, "prices.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            text = file.read()
        raw = lean_json.loads(text)
        models: dict[str, _Model] = {}
        for name, entry in raw["models"].items():
            fast = tuple((step["from"] or _ALWAYS, Decimal(step["times"])) for step in entry.get("fast", ()))
            model = _Model(
                tuple(_period(period) for period in entry["prices"]), fast, entry.get("us_inference", False)
            )
            models |= dict.fromkeys((name, *entry.get("aliases", ())), model)
        _table.append(
            _Table(models, raw["web_search"], raw["batch"], raw["us_inference"], crc32(text.encode()))
        )
    return _table[0]


def _period(raw: Mapping[str, Any]) -> _Period:
    long = raw.get("above")
    return _Period(
        raw["from"] or _ALWAYS,
        _five(raw),
        long["tokens"] if long else None,
        _five(long) if long else (),
    )


def _five(raw: Mapping[str, Any]) -> tuple[Decimal | None, ...]:
    return tuple(None if raw.get(kind) is None else Decimal(str(raw[kind])) for kind in TOKEN_KINDS)


def _entered(raw: Any, known: _Model | None) -> _Model:
    """Reads `input = 3`, `output = 15` and so on, dollars per million tokens, and `fast = 2`, a factor.

    It stands for all days and prompts. A kind that is left out has no price.
    """
    if not hasattr(raw, "items"):
        raise TypeError("it must be a table such as { input = 3, output = 15 }")
    unknown = set(raw) - {*TOKEN_KINDS, FAST}
    if unknown:
        raise ValueError(f"{min(unknown)!r} is not one of {', '.join(TOKEN_KINDS)}, {FAST}")
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in raw.values()):
        raise ValueError("prices must be numbers")
    numbers = {name: Decimal(str(value)) for name, value in raw.items()}
    if not numbers or any(not number.is_finite() or number < 0 for number in numbers.values()):
        raise ValueError("prices must be numbers, 0 or more")
    fast = ((_ALWAYS, numbers[FAST]),) if FAST in numbers else known.fast if known else ()
    period = _Period(_ALWAYS, tuple(numbers.get(kind) for kind in TOKEN_KINDS))
    return _Model((period,), fast, known.us_inference if known else False)


def _in_force(periods: tuple[_Period, ...], day: str) -> _Period | None:
    place = bisect_right([period.first_day for period in periods], day)
    return periods[place - 1] if place else None


def day_of(ts: int) -> str:
    """Gives the UTC day of a moment (UTC milliseconds)."""
    day = ts // _DAY_MS
    found = _days.get(day)
    if found is None:
        from datetime import date

        found = _days[day] = date.fromordinal(day + _EPOCH_DAY).isoformat()
    return found


_days: dict[int, str] = {}

"""The other half of the plain reader: surviving calls → rows, by `claude-code-logs.md` §4, §5, §6 and §9 alone."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.providers.claude_code.reference import EPOCH, Row

KINDS = ("input", "output", "w5", "w1", "read")
BY_TIME = ("hour", "day", "week", "month", "block")
HOUR = 3_600_000
# §5, US dollars per million tokens from a day on: input, output, 5m write, 1h write, read
LIST: dict[str, list[tuple[str, str]]] = {
    "claude-fable-5-1": [("", "10 50 12.50 20 0.25")],
    "claude-opus-5-5": [("", "4 20 5.00 8 0.20")],
    "claude-opus-4-8": [("", "5 25 6.25 10 0.50")],
    "claude-opus-4-6": [("", "5 25 6.25 10 0.50")],
    "claude-opus-4-5": [("", "5 25 6.25 10 0.50")],
    "claude-sonnet-5-5": [("", "2 10 2.50 4 0.20"), ("2026-10-07", "2 10 2.50 4 0.10")],
    "claude-sonnet-4-5": [("", "3 15 3.75 6 0.30")],
    "claude-haiku-5-5": [("", "0.10 0.50 0.125 0.20 0.01")],
    "claude-haiku-4-5": [("", "1 5 1.25 2 0.10")],
}
LONG = {
    "claude-haiku-5-5": (100_000, "0.50 2.50 0.625 1.00 0.05"),
    "claude-sonnet-4-5": (200_000, "6 22.50 7.50 12 0.60"),
}
FAST: dict[str, list[tuple[str, int]]] = {
    "claude-opus-5-5": [("", 2)],
    "claude-opus-4-8": [("", 2)],
    "claude-opus-4-6": [("", 6), ("2026-06-27", 1)],
}
US = (*FAST, "claude-fable-5-1", "claude-sonnet-5-5", "claude-haiku-5-5")


def items(calls: Iterable[Row]) -> list[Row]:
    """Gives each call, and each advisor's as one more under its own model."""
    bare: Row = {"web": 0, "speed": None, "recorded": None, "advisors": []}
    return [
        item for call in calls for item in (call, *({**call, **bare, **each} for each in call["advisors"]))
    ]


def report(
    calls: Iterable[Row],
    by: str,
    zone: str,
    mode: str,
    wanted: Callable[[Row], bool] = lambda item: True,
) -> tuple[list[Row], Row]:
    """Gives the rows in order and the total. `wanted` filters calls after blocks were found."""
    every = items(calls)
    blocks = block_starts(every)
    groups: dict[str, list[Row]] = {}
    for item in filter(wanted, every):
        groups.setdefault(row_key(item, by, zone, blocks), []).append(item)
    rows = [row(key, group, mode) for key, group in groups.items()]
    if by in BY_TIME:
        rows.sort(key=lambda each: each["key"])
    else:
        rows.sort(key=lambda each: (-(each["cost"] or 0), -sum(each["tokens"]), each["key"]))
    return rows, row("total", [item for group in groups.values() for item in group], mode)


def row(key: str, group: list[Row], mode: str) -> Row:
    costs = [cost_of(item, mode) for item in group]
    known = [cost for cost in costs if cost is not None]
    if mode == "display" and not any(item["recorded"] is not None for item in group):
        known = []  # nothing was recorded: that is not 0
    pairs = list(zip(group, costs, strict=True))
    return {
        "key": key,
        "tokens": [sum(item[kind] for item in group) for kind in KINDS],
        "requests": len(group),
        "web": sum(item["web"] for item in group),
        "cost": sum(known, Decimal(0)) if known else None,
        "unpriced": sum(size(item) for item, cost in pairs if cost is None),
        "unpriced_models": {model_key(item) for item, cost in pairs if cost is None},
    }


def row_key(item: Row, by: str, zone: str, blocks: dict[int, int]) -> str:
    day = local_day(item, zone)
    if by == "block":
        return (EPOCH + timedelta(milliseconds=blocks[item["ts"]])).strftime("%Y-%m-%dT%H:%M:%SZ")
    if by == "hour":
        return (EPOCH + timedelta(milliseconds=item["ts"])).strftime("%Y-%m-%dT%H:00:00Z")
    if by == "model":
        return model_key(item)
    if by in ("project", "session", "agent"):
        return str(item[by])
    first = {"day": day, "week": day - timedelta(days=day.weekday()), "month": day}[by]
    return str(first)[:7] if by == "month" else str(first)


def local_day(item: Row, zone: str) -> Any:
    return datetime.fromtimestamp(item["ts"] / 1000, UTC).astimezone(ZoneInfo(zone)).date()


def model_key(item: Row) -> str:
    return str(item["model"]) + ("-fast" if item["speed"] == "fast" else "")


def size(item: Row) -> int:
    return sum(item[kind] for kind in KINDS)


def block_starts(every: list[Row]) -> dict[int, int]:
    """§6: from the first call's UTC hour, five hours, half-open; the next call after it opens the next."""
    starts: dict[int, int] = {}
    start = -5 * HOUR
    for ts in sorted(item["ts"] for item in every):
        if ts >= start + 5 * HOUR:
            start = ts // HOUR * HOUR
        starts[ts] = start
    return starts


def cost_of(item: Row, mode: str) -> Decimal | None:
    """§5: dollars, or None if there is no price."""
    if mode == "display" or (mode == "auto" and item["recorded"] is not None):
        return Decimal(item["recorded"] or 0)
    day = (EPOCH + timedelta(milliseconds=item["ts"])).date().isoformat()
    model = re.sub(r"^(us\.)?anthropic[./]", "", item["model"])
    model = re.sub(r"(\[1m\]|-v1:0|@\d{8})$", "", model)
    model = re.sub(r"-20\d{6}$", "", model)
    if model not in LIST:
        return None
    prices = [prices for first, prices in LIST[model] if first <= day][-1]
    if model in LONG and size(item) - item["output"] > LONG[model][0]:
        prices = LONG[model][1]
    times = Decimal(1)
    if item["speed"] == "fast":
        if model not in FAST:
            return None
        times *= [factor for first, factor in FAST[model] if first <= day][-1]
    times *= Decimal("0.5") if item["tier"] == "batch" else 1
    times *= Decimal("1.1") if item["geo"] == "us" and model in US else 1
    pairs = zip(prices.split(), KINDS, strict=True)
    tokens = sum((Decimal(price) * item[kind] for price, kind in pairs), Decimal(0))
    return tokens * times / 10**6 + Decimal("0.01") * int(item["web"])

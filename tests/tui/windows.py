"""A plan with windows to draw: limits, their readings over weeks, their pace, and what burned them."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from stackk_tui.insight.pace import paces_of
from stackk_tui.model.figure import Money
from stackk_tui.model.snapshot import Limit, LimitSample, Snapshot
from stackk_tui.model.usage import Tokens
from stackk_tui.model.usage_report import GroupBy, UsageReport, UsageRow
from stackk_tui.model.view import Burned, LimitHistory, WindowPace

HOUR = timedelta(hours=1)
FIVE_HOURS, WEEK = 5 * HOUR, 7 * 24 * HOUR


def limits(now: datetime) -> tuple[Limit, ...]:
    week_ends = datetime(2026, 11, 26, 9, tzinfo=UTC)
    return (
        Limit(id="five_hour", label="5-hour window", short="5 h", used=0.61, as_of=now,
              resets_at=now + timedelta(hours=2, minutes=46), length=FIVE_HOURS),
        Limit(id="seven_day", label="Week, all models", short="week", used=0.34, as_of=now,
              resets_at=week_ends, length=WEEK),
        Limit(id="seven_day_fable", label="Week, Fable", used=0.83, as_of=now, resets_at=week_ends, length=WEEK),
        Limit(id="extra_usage", label="Extra usage", used=0.12, as_of=now, cap=Money(amount=Decimal(50)),
              spent=Money(amount=Decimal("6.10"))),
    )  # fmt: skip


def histories(now: datetime, days: int) -> list[LimitHistory]:
    """A reading every 20 minutes by day; nobody looks at night, nor on one whole day."""
    found = []
    for limit in limits(now):
        samples = []
        if limit.length and limit.resets_at:
            step = timedelta(minutes=20)
            at = now - timedelta(days=days)
            while at <= now:
                looked = 7 <= at.hour <= 23 and at.date() != (now - timedelta(days=3)).date()
                left = (limit.resets_at - at) % limit.length
                if looked:
                    gone = 1 - left / limit.length
                    ends = at + left
                    busy = 0.3 + 0.6 * abs(math.sin(ends.timestamp() / 40_000))
                    now_gone = 1 - (limit.resets_at - now) / limit.length
                    used = gone * (limit.used / now_gone if ends == limit.resets_at else busy)
                    samples.append(LimitSample(limit_id=limit.id, at=at, used=used, resets_at=ends))
                at += step
        found.append(
            LimitHistory(limit_id=limit.id, label=limit.label, length=limit.length, samples=tuple(samples))
        )
    return found


def paces(snapshot: Snapshot, now: datetime) -> tuple[WindowPace, ...]:
    readings = {history.limit_id: [*history.samples[:-1]] for history in histories(now, 2)}
    five = limits(now)[0]
    readings["five_hour"] = [
        LimitSample(limit_id="five_hour", at=now - HOUR / 4 * ago, used=used, resets_at=five.resets_at)
        for ago, used in ((4, 0.4), (3, 0.45), (2, 0.5), (1, 0.56))
    ]
    return paces_of(snapshot, readings, now)


def _row(key: str, label: str, million: float, cost: str | None) -> UsageRow:
    tokens = Tokens(cache_read=int(million * 900_000), output=int(million * 100_000))
    return UsageRow(
        key=key, label=label, tokens=tokens, requests=9, cost=Decimal(cost) if cost else None,
        unpriced_tokens=0 if cost else tokens.total,
    )  # fmt: skip


ROWS: dict[GroupBy, tuple[UsageRow, ...]] = {
    "project": (
        _row("/home/ada/src/stackk-tui", "stackk-tui", 142.1, "61.20"),
        _row("/home/ada/src/atlas", "atlas", 51.9, "19.84"),
        _row("/home/ada/notes [/b] 東京", "notes [/b] 東京", 11.2, "5.02"),
        *(_row(f"/home/ada/src/p{n}", f"p{n}", 0.9, "0.29") for n in range(8)),
    ),
    "session": (
        _row("5b1c6a52-0d8f-4c5e-8a1e-111111111111", "stackk-tui", 142.1, "61.20"),
        _row("77aa1234-0d8f-4c5e-8a1e-222222222222", "atlas", 70.3, "27.18"),
    ),
    "model": (
        _row("claude-opus-5-5", "", 200.0, "88.38"),
        _row("claude-new-9", "", 12.4, None),
    ),
    "agent": (_row("main", "", 180.0, "70.00"), _row("Explore", "", 32.4, "18.38")),
}  # fmt: skip


def burned(now: datetime, *, files: int = 12, empty: bool = False) -> list[Burned]:
    found = []
    for limit in limits(now)[:2]:
        assert limit.resets_at is not None
        assert limit.length is not None
        reports: dict[GroupBy, UsageReport] = {}
        for by, rows in ROWS.items():
            own = () if empty or not files else rows
            totals = UsageRow(
                key="total", tokens=Tokens.sum(row.tokens for row in own),
                cost=sum((row.cost or Decimal(0) for row in own), Decimal(0)) if own else None,
                unpriced_tokens=12_400_000 if own else 0,
            )  # fmt: skip
            reports[by] = UsageReport(by=by, timezone="UTC", rows=own, totals=totals, files=files)
        found.append(
            Burned(limit_id=limit.id, label=limit.label, used=limit.used, start=limit.resets_at - limit.length,
                   resets_at=limit.resets_at, reports=reports)
        )  # fmt: skip
    return found

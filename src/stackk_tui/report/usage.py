"""The usage report: the second JSON shape (DESIGN §4), and a table for people that fits 80 columns."""

from __future__ import annotations

from stackk_tui.report.plain import SCHEMA, Json, moment, plain, tokens_json

TYPE_CHECKING = False  # as typing has it, which takes longer to import than this module to run
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from typing import Protocol

    from stackk_tui.model.usage_report import CostMode, GroupBy
    from stackk_tui.report.grid import Column
    from stackk_tui.report.plain import TokenCounts

    class Row(Protocol):
        """`model.usage_report.UsageRow`, or what looks like it."""

        @property
        def key(self) -> str: ...
        @property
        def label(self) -> str: ...
        @property
        def tokens(self) -> TokenCounts: ...
        @property
        def requests(self) -> int: ...
        @property
        def web_searches(self) -> int: ...
        @property
        def cost(self) -> Decimal | None: ...
        @property
        def unpriced_tokens(self) -> int: ...

    class Report(Protocol):
        """`model.usage_report.UsageReport`, or what looks like it."""

        @property
        def by(self) -> GroupBy: ...
        @property
        def timezone(self) -> str: ...
        @property
        def cost_mode(self) -> CostMode: ...
        @property
        def rows(self) -> Sequence[Row]: ...
        @property
        def totals(self) -> Row: ...
        @property
        def unpriced_models(self) -> Sequence[str]: ...
        @property
        def skipped_lines(self) -> int: ...
        @property
        def files(self) -> int: ...
        @property
        def warnings(self) -> Sequence[str]: ...


_BY_LIST = "Cost is what these tokens would cost by API list prices, not what was paid."
_RECORDED = "Cost is only what the transcripts recorded; a call without a record adds nothing to it."
CURRENCY = "USD"
"""List prices are in it."""
BLOCK_HOURS = 5

_TITLES: dict[GroupBy, str] = {
    "hour": "Hour from (UTC)",
    "day": "Day",
    "week": "Week of",
    "month": "Month",
    "session": "Session",
    "project": "Project",
    "model": "Model",
    "agent": "Agent",
    "block": "5 hours from (UTC)",
}
_NARROWEST: dict[GroupBy, int] = {"project": 16, "session": 24, "model": 20, "agent": 16}
"""The least cells of a name; dates are never cut."""


def usage_json(report: Report, *, now: datetime | None = None) -> Json:
    """Gives the report for programs. With `now`, a block also says when it ends and whether it goes on."""
    return {
        "schema": SCHEMA,
        "by": report.by,
        "timezone": report.timezone,
        "cost_mode": report.cost_mode,
        "rows": [{**_row_json(row), **_block_json(report.by, row, now)} for row in report.rows],
        "totals": _row_json(report.totals),
        "unpriced_models": list(report.unpriced_models),
        "skipped_lines": report.skipped_lines,
        "files": report.files,
        "warnings": list(report.warnings),
    }


def _row_json(row: Row) -> Json:
    cost = None
    if row.cost is not None:
        cost = {"amount": plain(row.cost), "currency": CURRENCY, "provenance": "estimated"}
    return {
        "key": row.key,
        "label": row.label or None,
        "tokens": tokens_json(row.tokens),
        "requests": row.requests,
        "web_searches": row.web_searches,
        "cost": cost,
        "unpriced_tokens": row.unpriced_tokens,
    }


def _block_json(by: GroupBy, row: Row, now: datetime | None) -> Json:
    if by != "block" or now is None:
        return {}
    return {"ends_at": moment(_span(row)[1]), "active": _is_active(row, now)}


def _span(row: Row) -> tuple[datetime, datetime]:
    from datetime import datetime, timedelta

    start = datetime.fromisoformat(row.key)
    return start, start + timedelta(hours=BLOCK_HOURS)


def _is_active(row: Row, now: datetime) -> bool:
    """Half-open: at its end a block is over."""
    start, end = _span(row)
    return start <= now < end


def usage_table(report: Report, *, width: int, now: datetime | None = None, filtered: bool = False) -> str:
    """Gives the report for people; what has no price is said below. `filtered`: names limit it."""
    if not report.rows:
        where = f"in {_many(report.files, 'transcript')} for these days"
        return f"Nothing matched {where}." if filtered else f"No usage was found {where}."
    from stackk_tui.report.format import count
    from stackk_tui.report.grid import grid

    rows = [_cells(report.by, row, now) for row in (*report.rows, report.totals)]
    notes = [_RECORDED if report.cost_mode == "display" else _BY_LIST]
    if report.totals.unpriced_tokens:
        models = f" ({', '.join(report.unpriced_models)})" if report.unpriced_models else ""
        notes.append(f"{count(report.totals.unpriced_tokens)} tokens have no known price{models}.")
    skipped = f", {_many(report.skipped_lines, 'line')} could not be read" if report.skipped_lines else ""
    zone = "" if report.by in ("hour", "block") else f" Days are of {report.timezone}."
    notes.append(f"{_many(report.files, 'transcript')}{skipped}.{zone}")
    return "\n".join([grid(_columns(report.by), rows, width), "", *_wrapped(notes, width)])


def _many(number: int, thing: str) -> str:
    from stackk_tui.report.format import count

    return f"{count(number)} {thing}{'' if number == 1 else 's'}"


def _wrapped(notes: Sequence[str], width: int) -> list[str]:
    from textwrap import wrap

    return [line for note in notes for line in wrap(note, width)]


def _columns(by: GroupBy) -> list[Column]:
    from stackk_tui.report.grid import Column

    return [
        Column(_TITLES[by], shrink_to=_NARROWEST.get(by)),
        Column("Calls", right=True, give=3),
        Column("Input", right=True, give=2),
        Column("Output", right=True, give=2),
        Column("Cache w", right=True, give=4),
        Column("Cache r", right=True, give=4),
        Column("Tokens", right=True),
        Column("Cost", right=True),
    ]


def _cells(by: GroupBy, row: Row, now: datetime | None) -> list[str]:
    from stackk_tui.report.format import UNKNOWN, compact, count, marked, money

    tokens = row.tokens
    cost = UNKNOWN if row.cost is None else marked(money(row.cost, CURRENCY), "estimated")
    return [
        _name(by, row, now),
        count(row.requests),
        compact(tokens.input),
        compact(tokens.output),
        compact(tokens.cache_write_5m + tokens.cache_write_1h),
        compact(tokens.cache_read),
        compact(tokens.total),
        f"{cost} +?" if row.cost is not None and row.unpriced_tokens else cost,
    ]


def _name(by: GroupBy, row: Row, now: datetime | None) -> str:
    if by == "hour" and row.key != "total":
        return f"{row.key[:10]} {row.key[11:16]}"
    if by not in ("hour", "block") or row.key == "total":
        return row.label or row.key
    goes_on = " · now" if by == "block" and now is not None and _is_active(row, now) else ""
    return f"{_span(row)[0]:%Y-%m-%d %H:%M}{goes_on}"

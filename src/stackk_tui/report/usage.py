"""The usage report: the second JSON shape (DESIGN §4), and a table for people that fits 80 columns."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from stackk_tui.model.usage_report import GroupBy, UsageReport, UsageRow
from stackk_tui.report.format import UNKNOWN, compact, count, marked, money
from stackk_tui.report.grid import Column, grid
from stackk_tui.report.json import SCHEMA, Json, moment, plain, tokens_json

CURRENCY = "USD"
"""List prices are in it."""
BLOCK = timedelta(hours=5)
BY_TIME: tuple[GroupBy, ...] = ("day", "week", "month", "block")

_TITLES: dict[GroupBy, str] = {
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


def usage_json(report: UsageReport, *, now: datetime | None = None) -> Json:
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


def _row_json(row: UsageRow) -> Json:
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


def _block_json(by: GroupBy, row: UsageRow, now: datetime | None) -> Json:
    if by != "block" or now is None:
        return {}
    return {"ends_at": moment(_start(row) + BLOCK), "active": _is_active(row, now)}


def _start(row: UsageRow) -> datetime:
    return datetime.strptime(row.key, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _is_active(row: UsageRow, now: datetime) -> bool:
    """Half-open: at its end a block is over (`claude-code-logs.md` §6)."""
    return _start(row) <= now < _start(row) + BLOCK


def merged(reports: Sequence[UsageReport]) -> UsageReport:
    """Gives one report of several accounts' with the same grouping. They share no call. At least one."""
    first = reports[0]
    if len(reports) == 1:
        return first
    rows: dict[str, UsageRow] = {}
    for row in (row for report in reports for row in report.rows):
        rows[row.key] = _added(rows[row.key], row) if row.key in rows else row
    totals = first.totals
    for report in reports[1:]:
        totals = _added(totals, report.totals)
    in_order = sorted(rows.values(), key=lambda row: row.key)
    if first.by not in BY_TIME:
        in_order.sort(key=lambda row: (-(row.cost or 0), -row.tokens.total))
    return first.model_copy(
        update={
            "rows": tuple(in_order),
            "totals": totals,
            "unpriced_models": tuple(
                dict.fromkeys(name for each in reports for name in each.unpriced_models)
            ),
            "skipped_lines": sum(report.skipped_lines for report in reports),
            "files": sum(report.files for report in reports),
            "warnings": tuple(dict.fromkeys(words for each in reports for words in each.warnings)),
        }
    )


def _added(one: UsageRow, other: UsageRow) -> UsageRow:
    costs = [cost for cost in (one.cost, other.cost) if cost is not None]
    return UsageRow(
        key=one.key,
        label=one.label or other.label,
        tokens=one.tokens + other.tokens,
        requests=one.requests + other.requests,
        web_searches=one.web_searches + other.web_searches,
        cost=sum(costs, Decimal(0)) if costs else None,
        unpriced_tokens=one.unpriced_tokens + other.unpriced_tokens,
    )


def usage_table(
    report: UsageReport, *, width: int, now: datetime | None = None, filtered: bool = False
) -> str:
    """Gives the report for people; what has no price is said below. `filtered`: names limit it."""
    if not report.rows:
        where = f"in {_many(report.files, 'transcript')} for these days"
        return f"Nothing matched {where}." if filtered else f"No usage was found {where}."
    rows = [_cells(report.by, row, now) for row in (*report.rows, report.totals)]
    notes = ["Cost is what these tokens would cost by API list prices, not what was paid."]
    if report.totals.unpriced_tokens:
        models = f" ({', '.join(report.unpriced_models)})" if report.unpriced_models else ""
        notes.append(f"{count(report.totals.unpriced_tokens)} tokens have no known price{models}.")
    skipped = f", {_many(report.skipped_lines, 'line')} could not be read" if report.skipped_lines else ""
    zone = "" if report.by == "block" else f" Days are of {report.timezone}."
    notes.append(f"{_many(report.files, 'transcript')}{skipped}.{zone}")
    return "\n".join([grid(_columns(report.by), rows, width), "", *_wrapped(notes, width)])


def _many(number: int, thing: str) -> str:
    return f"{count(number)} {thing}{'' if number == 1 else 's'}"


def _wrapped(notes: Sequence[str], width: int) -> list[str]:
    from textwrap import wrap

    return [line for note in notes for line in wrap(note, width)]


def _columns(by: GroupBy) -> list[Column]:
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


def _cells(by: GroupBy, row: UsageRow, now: datetime | None) -> list[str]:
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


def _name(by: GroupBy, row: UsageRow, now: datetime | None) -> str:
    if by != "block" or row.key == "total":
        return row.label or row.key
    goes_on = " · now" if now is not None and _is_active(row, now) else ""
    return f"{_start(row):%Y-%m-%d %H:%M}{goes_on}"

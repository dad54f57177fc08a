"""The usage report: the second JSON shape (DESIGN §4), and a table for people that fits 80 columns."""

from stackk_tui.model.usage_report import GroupBy, UsageReport, UsageRow
from stackk_tui.report.format import UNKNOWN, compact, count, marked, money
from stackk_tui.report.grid import Column, grid
from stackk_tui.report.json import SCHEMA, Json, plain, tokens_json

CURRENCY = "USD"
"""List prices are in it."""

_TITLES: dict[GroupBy, str] = {
    "day": "Day",
    "week": "Week of",
    "month": "Month",
    "session": "Session",
    "project": "Project",
    "model": "Model",
    "agent": "Agent",
    "block": "Block from (UTC)",
}


def usage_json(report: UsageReport) -> Json:
    """Gives the report for programs."""
    return {
        "schema": SCHEMA,
        "by": report.by,
        "timezone": report.timezone,
        "cost_mode": report.cost_mode,
        "rows": [_row_json(row) for row in report.rows],
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


def usage_table(report: UsageReport, *, width: int) -> str:
    """Gives the report for people; what has no price is said below, never hidden."""
    if not report.rows:
        return f"No usage was found in {_many(report.files, 'transcript')} for these days."
    lines = [grid(_columns(report.by), [_cells(row) for row in (*report.rows, report.totals)], width), ""]
    lines.append("Cost is what these tokens would cost by API list prices, not what was paid.")
    if report.totals.unpriced_tokens:
        models = f" ({', '.join(report.unpriced_models)})" if report.unpriced_models else ""
        lines.append(f"{count(report.totals.unpriced_tokens)} tokens have no known price{models}.")
    skipped = f", {_many(report.skipped_lines, 'line')} could not be read" if report.skipped_lines else ""
    lines.append(f"{_many(report.files, 'transcript')}{skipped}. Days are of {report.timezone}.")
    return "\n".join(lines)


def _many(number: int, thing: str) -> str:
    return f"{count(number)} {thing}{'' if number == 1 else 's'}"


def _columns(by: GroupBy) -> list[Column]:
    return [
        Column(_TITLES[by], shrink_to=14),
        Column("Calls", right=True, give=3),
        Column("Input", right=True, give=2),
        Column("Output", right=True, give=2),
        Column("Cache w", right=True, give=4),
        Column("Cache r", right=True, give=4),
        Column("Tokens", right=True),
        Column("Cost", right=True),
    ]


def _cells(row: UsageRow) -> list[str]:
    tokens = row.tokens
    cost = UNKNOWN if row.cost is None else marked(money(row.cost, CURRENCY), "estimated")
    return [
        row.label or row.key,
        count(row.requests),
        compact(tokens.input),
        compact(tokens.output),
        compact(tokens.cache_write_5m + tokens.cache_write_1h),
        compact(tokens.cache_read),
        compact(tokens.total),
        f"{cost} +?" if row.cost is not None and row.unpriced_tokens else cost,
    ]

"""Reports of several accounts → one."""

from collections.abc import Sequence
from decimal import Decimal

from stackk_tui.model.usage_report import GroupBy, UsageReport, UsageRow

BY_TIME: tuple[GroupBy, ...] = ("hour", "day", "week", "month", "block")


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

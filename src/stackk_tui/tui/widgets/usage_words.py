"""How rows of usage are called, and what is said of one: for the table, the breadcrumb and the calendar."""

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from stackk_tui.report import format as f
from stackk_tui.tui.drill import BLOCK, Tab, block_start, days_of
from stackk_tui.tui.usage_reading import local

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import UsageReport, UsageRow

TITLES: dict[Tab, str] = {
    "day": "Day",
    "week": "Week",
    "month": "Month",
    "session": "Session",
    "project": "Project",
    "model": "Model",
    "agent": "Agent",
    "block": "Block",
    "year": "Year",
}
PLURALS: dict[Tab, str] = {
    "day": "days",
    "week": "weeks",
    "month": "months",
    "session": "sessions",
    "project": "projects",
    "model": "models",
    "agent": "agents",
    "block": "5-hour blocks",
    "year": "days",
}
PARTLY = " +?"
"""Stands after a cost that does not cover all of its tokens."""
NOT_SAID = {"project": "no folder said", "session": "no session said", "model": "no model said"}


def many(number: int, one: str, several: str = "") -> str:
    """Gives `1 call`, `12 calls`."""
    return f"{f.count(number)} {one if number == 1 else several or one + 's'}"


def name_of(by: Tab, key: str, label: str, *, today: date, zone: str, settled: Collection[str] = ()) -> str:
    """Gives how a row is called. `settled` are the groupings that are the same for all rows."""
    try:
        if by in ("day", "year"):
            day = date.fromisoformat(key)
            return f"{f.weekday(day)} {f.day(day, today):>6}"
        if by == "week":
            return f.days(*days_of(by, key), today)
        if by == "month":
            first = days_of(by, key)[0]
            return f"{f.month_name(first)} {first.year}"
        if by == "block":
            start = local(zone, block_start(key))
            end = local(zone, block_start(key) + BLOCK)
            return f"{f.day(start.date(), today):>6} {start:%H:%M}–{end:%H:%M}"
    except ValueError:
        return key
    if by == "session" and "project" in settled:
        return key[:8] or NOT_SAID["session"]
    return label or key or NOT_SAID.get(by, f.UNKNOWN)


def crumb_of(by: Tab, key: str, label: str, *, today: date, zone: str) -> str:
    """Gives how the breadcrumb says a row, shorter than the table."""
    if by in ("day", "year"):
        return f.day(date.fromisoformat(key), today)
    if by == "session":
        return key[:8] or NOT_SAID["session"]
    return name_of(by, key, label, today=today, zone=zone).strip()


def cost_words(row: "UsageRow") -> str:
    """Gives `≈ $4.10`, `≈ $4.10 and 1.2 M tokens without a price`, `no price`, `–` for none recorded."""
    if row.cost is None:
        return "no price" if row.unpriced_tokens else f.UNKNOWN
    said = f.marked(f.money(row.cost), "estimated")
    if row.unpriced_tokens:
        said += f" and {f.compact(row.unpriced_tokens)} tokens without a price"
    return said


def brief_cost(row: "UsageRow") -> str:
    """Gives `≈ $4.10`, `≈ $4.10 +?` where it does not cover all tokens, `no price`."""
    if row.cost is None or not row.unpriced_tokens:
        return cost_words(row)
    return f.marked(f.money(row.cost), "estimated") + PARTLY


def row_words(by: Tab, row: "UsageRow") -> list[str]:
    """Gives what is said of the row under the cursor: whole numbers, and what the table leaves out."""
    parts = []
    if by in ("project", "session", "model") and row.key:
        parts.append(row.key)
    parts.append(f"{f.count(row.tokens.total)} tokens")
    parts.append(many(row.requests, "call"))
    if row.web_searches:
        parts.append(many(row.web_searches, "web search", "web searches"))
    if row.unpriced_tokens:
        parts.append(f"{f.count(row.unpriced_tokens)} tokens without a known price")
    return parts


def progress_words(progress: tuple[int, int] | None) -> str:
    """Gives `reading transcripts… 412 of 1,024 MB`, of bytes read and bytes to read."""
    if progress is None or progress[1] <= 0:
        return "reading the logs…"
    done, whole = (number / 1_000_000 for number in progress)
    return f"reading the logs… {done:,.0f} of {max(1, whole):,.0f} MB"


def warnings_of(report: "UsageReport") -> list[str]:
    """Gives what is to be known of the figures, the weightiest first."""
    said = []
    totals = report.totals
    if totals.unpriced_tokens:
        models = ", ".join(report.unpriced_models[:2])
        more = len(report.unpriced_models) - 2
        models += f" and {more} more" if more > 0 else ""
        whose = f" of {models}" if models else ""
        if totals.unpriced_tokens == totals.tokens.total:
            said.append(f"No price is known for any of these tokens{whose}")
        else:
            said.append(f"{f.compact(totals.unpriced_tokens)} tokens{whose} have no known price")
    said += [warning.rstrip(".") for warning in report.warnings]
    if report.skipped_lines:
        said.append(f"{many(report.skipped_lines, 'line')} of the logs could not be read")
    return said

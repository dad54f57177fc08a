"""The sections of the insights that look back: usage at other prices, and reports beside the logs."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Cell, Piece, table
from stackk_tui.tui.widgets.insight_list import Row, Target
from stackk_tui.tui.widgets.insight_sections import READING, difference_words, head, said, trouble_rows

if TYPE_CHECKING:
    from stackk_tui.model.reconcile import ReconciledDay
    from stackk_tui.model.whatif import PlanValue, WhatIf

MOST_DAYS = 10
NONE_TO_COMPARE = (
    "No service here reports what the logs of this machine hold too: there is nothing to compare."
)


def what_if_section(found: "WhatIf | None", error: Sequence[str], width: int, draw: Look) -> list[Row]:
    """This month's logs as they were, at another model's prices, and beside the prices of plans."""
    key = "m" if found is not None and found.models else ""
    rows = head("What if", width, draw, "another model" if key else "", key)
    if error:
        return [*rows, *trouble_rows(error, width, draw)]
    if found is None:
        return [*rows, *said(READING, width, draw.quiet)]
    if found.actual is None and not found.models:
        return [*rows, *said("The logs of this machine tell of no use this month.", width, draw.quiet)]
    rows += said(_whole(found), width, draw.text)
    cells: list[list[Cell]] = [
        [
            [(row.model or "unknown", draw.text)],
            [(f"{f.compact(row.tokens.total)} tok", draw.quiet)],
            [(_value(row.actual), draw.text)],
            [(_value(row.instead) if found.model else "", draw.text)],
        ]
        for row in found.rows
    ]
    titles = ("", "tokens", "as it was", f"at {found.model}" if found.model else "")
    head_cells: list[Cell] = [[(title, draw.quiet)] for title in titles]
    first, *lines = table([head_cells, *cells], ("left", "right", "right", "right"), flex=0, width=width)
    rows.append(Row(tuple(first)))
    rows += [
        Row(tuple(line), Target("model", row.model)) for line, row in zip(lines, found.rows, strict=True)
    ]
    for plan in found.plans:
        rows += said(_plan(plan), width, draw.text, Target("service", plan.service_id))
    notes = [*found.notes]
    if found.unpriced_tokens:
        notes.append(f"{f.compact(found.unpriced_tokens)} tokens have no known price and are not in it.")
    return [*rows, *(line for note in notes for line in said(note, width, draw.quiet))]


def _whole(found: "WhatIf") -> str:
    month = f.month_name(found.first)
    actual = _value(found.actual)
    if found.model is None:
        return f"The use on this machine in {month} would have cost {actual} by API. m: at other prices."
    difference = found.difference
    if difference is None or not found.actual:
        return f"All of {month} at the prices of {found.model}: {_value(found.instead)} instead of {actual}."
    share = abs(float(difference / found.actual))
    word = "more" if difference > 0 else "less"
    less = "the same" if not difference else f"{f.percent(share)} {word}"
    return (
        f"All of {month} at the prices of {found.model}: {_value(found.instead)} instead of {actual}, {less}."
    )


def _plan(plan: "PlanValue") -> str:
    name = plan.plan
    price = f.marked(f.money(plan.price, plan.currency, brief=True), plan.price_provenance)
    value = f.marked(f.money(plan.value), "estimated")
    if plan.times is None:
        return f"{name}, {price}: its use would have cost {value} by API."
    return f"{name} did ≈ {plan.times:.1f} × its price this month: {value} by API for {price}."


def _value(amount: Decimal | None) -> str:
    return f.UNKNOWN if amount is None else f.marked(f.money(amount), "estimated")


def reconcile_section(
    found: "Mapping[str, Sequence[ReconciledDay]] | None",
    width: int,
    draw: Look,
    *,
    names: Mapping[str, str],
    error: Sequence[str],
    today: date,
) -> list[Row]:
    """What vendors report of each day beside what the logs say of it, and why they differ."""
    rows = head("Reports beside the logs of this machine", width, draw)
    if error:
        return [*rows, *trouble_rows(error, width, draw)]
    if found is None:
        return [*rows, *said(READING, width, draw.quiet)]
    if not found:
        return [*rows, *said(NONE_TO_COMPARE, width, draw.quiet)]
    for service_id, days in found.items():
        rows += _days(names.get(service_id, service_id), days, today, width, draw)
    return rows


def _days(name: str, days: "Sequence[ReconciledDay]", today: date, width: int, draw: Look) -> list[Row]:
    shown = list(reversed(days))[:MOST_DAYS]
    cells: list[list[Cell]] = [
        [
            [(name, draw.strong)],
            [("reported", draw.quiet)],
            [("in the logs", draw.quiet)],
            [("difference", draw.quiet)],
            [],
        ]
    ]
    for day in shown:
        difference = day.difference
        cells.append(
            [
                [(f"{f.weekday(day.day)} {f.day(day.day, today)}", draw.text)],
                [_money(day.reported, day.currency, "measured", draw)],
                [_money(day.local, day.currency, "estimated", draw)],
                [
                    (f.UNKNOWN, draw.faint)
                    if difference is None
                    else (difference_words(difference, day.currency), draw.text)
                ],
                [("" if day.settled else "not final yet", draw.quiet)],
            ]
        )
    first, *lines = table(cells, ("left", "right", "right", "right", "left"), flex=0, width=width)
    rows = [Row(tuple(first))]
    rows += [
        Row(tuple(line), Target("day", day=day.day, account=day.account))
        for line, day in zip(lines, shown, strict=True)
    ]
    for reason, count in _reasons(days).items():
        many = f" ({count} days)" if count > 1 else ""
        rows += said(f"{reason.rstrip('.')}{many}.", width, draw.quiet)
    if any(day.same_organization == "unknown" for day in days):
        rows += said("Nothing here tells whether these logs are of that organization.", width, draw.look)
    return rows


def _money(amount: Decimal | None, currency: str, provenance: str, draw: Look) -> Piece:
    if amount is None:
        return f.UNKNOWN, draw.faint
    return f.marked(f.money(amount, currency), provenance), draw.text


def _reasons(days: "Sequence[ReconciledDay]") -> dict[str, int]:
    counts: dict[str, int] = {}
    for day in days:
        for reason in day.reasons:
            counts[reason] = counts.get(reason, 0) + 1
    return counts

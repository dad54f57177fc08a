"""The sections of the insights: answers, services, what stood out, what if, and reports beside the logs."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.style import Style

from stackk_tui.model.forecast import Forecast
from stackk_tui.report import format as f
from stackk_tui.tui.insight_words import answers, cause_words, month_end, slot_words, unusual_words
from stackk_tui.tui.insights_reading import Ahead, Part, shares_of
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.budget_words import outlook_words, range_words
from stackk_tui.tui.widgets.cells import Align, Cell, Piece, spread, table, wrapped
from stackk_tui.tui.widgets.insight_list import Row, Target

if TYPE_CHECKING:
    from stackk_tui.model.anomaly import Unusual
    from stackk_tui.model.budget import BudgetState

MOST_SERVICES = 8
READING = "reading the logs of this machine…"


def said(words: str, width: int, style: Style, target: Target | None = None) -> list[Row]:
    """Gives words as lines; all lead to the same."""
    return [Row(tuple(line), target) for line in wrapped(words, width, style)]


def head(title: str, width: int, draw: Look, aside: str = "", key: str = "") -> list[Row]:
    """Gives a blank line and a section's title; `key` does what the aside says."""
    right: list[Piece] = [(f"{key} ", draw.accent)] if key else []
    right += [(aside, draw.quiet)] if aside else []
    left: list[Piece] = [(f"{title} ", draw.strong)]
    room = width - len(title) - 1 - sum(len(text) for text, _ in right) - (1 if right else 0)
    rule: Piece = ("─" * max(0, room), draw.faint)
    return [Row(), Row(tuple(spread([*left, rule], right, width)))]


def skeleton(draw: Look) -> list[Row]:
    """Gives what stands there until something is known."""
    glyph = "-" if draw.plain else "░"
    return [Row(((glyph * length, draw.faint),)) for length in (48, 36, 42)]


def answers_section(
    ahead: Ahead | None, unusual: "Sequence[Unusual]", today: date, width: int, draw: Look
) -> list[Row]:
    """The three questions, a sentence each."""
    if ahead is None:
        return skeleton(draw)
    rows: list[Row] = []
    for number, (question, (words, level)) in enumerate(answers(ahead, unusual, today)):
        styles = {"text": draw.text, "quiet": draw.quiet}
        style = styles.get(level) or draw.level(level)
        mark = {"full": "▲ ", "high": "▲ "}.get(level, "")
        rows += [Row()] if number and width >= 90 else []
        rows.append(Row(((question, draw.quiet),)))
        rows += said(mark + words, width, style)
    return rows


def services_section(ahead: Ahead | None, today: date, width: int, draw: Look) -> list[Row]:
    """What each service brings to the month."""
    if ahead is None:
        return []
    rows = head("Where the month goes", width, draw)
    if not ahead.parts and not ahead.values:
        return [*rows, *said("Nothing that costs money is tracked yet.", width, draw.quiet)]
    shares: dict[str, float] = {}
    for currency in dict.fromkeys(part.currency for part in ahead.parts):
        shares.update(shares_of(ahead.parts, currency))
    chosen = ahead.parts[:MOST_SERVICES]
    parts = (*chosen, *ahead.values)
    end = f.day(ahead.total.last, today) if isinstance(ahead.total, Forecast) else "its end"
    cells: list[list[Cell]] = [
        [[(word, draw.quiet)] for word in ("", "so far", f"by {end}", "", "share", "its budget")],
        *(_service(part, shares.get(part.service_id), ahead, today, draw) for part in parts),
    ]
    if width < 90:
        cells = [[*row[:3], row[4], row[5]] for row in cells]
    wide: tuple[Align, ...] = ("left", "right", "right", "left", "right", "left")
    narrow: tuple[Align, ...] = ("left", "right", "right", "right", "left")
    titles, *lines = table(cells, wide if width >= 90 else narrow, flex=0, width=width)
    rows.append(Row(tuple(titles)))
    rows += [
        Row(tuple(line), Target("service", part.service_id)) for line, part in zip(lines, parts, strict=True)
    ]
    if more := len(ahead.parts) - len(chosen):
        rows += said(f"and {more} more", width, draw.quiet)
    if ahead.values:
        rows += said(
            "“value” is what it would have cost by API: not money, and in no sum.", width, draw.quiet
        )
    total = month_end(ahead, today)
    return [*rows, *(said(total, width, draw.text) if total else [])]


def _service(part: Part, share: float | None, ahead: Ahead, today: date, draw: Look) -> list[Cell]:
    coming = part.coming
    so_far = f.marked(f.money(part.so_far, part.currency), part.provenance)
    end: Cell = [(f.UNKNOWN, draw.faint)]
    span: Cell = []
    if isinstance(coming, Forecast):
        end = [(f"≈ {f.money(part.end, part.currency)}", draw.text)]
        span = [(range_words(coming.low, coming.high, part.currency), draw.quiet)]
    elif part.is_price:
        end = [("a price", draw.quiet)]
    last: Cell = [("value", draw.quiet)] if part.provenance == "estimated" else []
    if state := _budget_of(part, ahead.states):
        words, level = outlook_words(state, today)
        last = [(words, draw.quiet if level == "quiet" else draw.level(level))]
    elif coming is not None and not isinstance(coming, Forecast):
        last = [(coming.reason, draw.quiet)]
    percent = f.percent(share) if share is not None else ""
    return [
        [(part.name, draw.text)],
        [(so_far, draw.text)],
        end,
        span,
        [(percent, draw.quiet)],
        last,
    ]


def _budget_of(part: Part, states: "Sequence[BudgetState]") -> "BudgetState | None":
    own = [s for s in states if (s.budget.scope, s.budget.target) == ("service", part.service_id)]
    return next((s for s in own if s.budget.unit == "money"), None)


def unusual_section(
    found: "Sequence[Unusual] | None",
    width: int,
    draw: Look,
    *,
    error: Sequence[str],
    days: int,
    machines: Mapping[str, bool],
    today: date,
) -> list[Row]:
    """What stood out; `machines` says of which services the logs of this machine tell."""
    rows = head("What stood out", width, draw, f"{days} days", "t")
    if error:
        return [*rows, *trouble_rows(error, width, draw)]
    if found is None:
        return [*rows, *said(READING, width, draw.quiet)]
    if not found:
        return [*rows, *said("Nothing stood out in the days that are known.", width, draw.quiet)]
    cells: list[list[Cell]] = []
    for one in found:
        went, usually = unusual_words(one)
        cells.append(
            [
                [(slot_words(one, today), draw.text)],
                [(one.name, draw.text)],
                [(went, draw.look)],
                [(usually, draw.quiet)],
            ]
        )
    lines = table(cells, ("left", "left", "right", "left"), flex=1, width=width)
    for line, one in zip(lines, found, strict=True):
        local = one.service_id is None or machines.get(one.service_id, False)
        start = one.anomaly.start
        day = start.date() if one.anomaly.slot == "day" else start.astimezone().date()
        uses_logs = local and one.measure != "limit"
        target = Target("day", day=day) if uses_logs else Target("service", one.service_id or "")
        rows.append(Row(tuple(line), target))
        causes = cause_words(one.anomaly)
        why = f"by {causes} · against {one.against}" if causes else f"against {one.against}"
        rows += [Row((("  ", draw.text), *line)) for line in wrapped(why, width - 2, draw.quiet)]
    return rows


def trouble_rows(error: Sequence[str], width: int, draw: Look) -> list[Row]:
    first, *rest = error
    rows = said(f"✖ {first}", width, draw.broken)
    return rows + [row for words in rest for row in said(words, width, draw.quiet)]


def difference_words(amount: Decimal, currency: str) -> str:
    """Gives `+$1.20`, `-$0.40`, `±$0.00`."""
    sign = "+" if amount > 0 else "-" if amount < 0 else "±"
    return f"{sign}{f.money(abs(amount), currency)}"

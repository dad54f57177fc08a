"""How a budget stands, in words and as a bar: what is spent, what is left, when it will be crossed."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece
from stackk_tui.tui.widgets.service_words import workspace_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stackk_tui.model.board import BoardRow
    from stackk_tui.model.budget import Budget, BudgetState
    from stackk_tui.model.forecast import Forecast

FULL, COMING, EMPTY, MARK_ON_FULL, MARK = "━", "╍", "─", "┿", "┼"
PLAIN = {FULL: "=", COMING: "~", EMPTY: "-", MARK_ON_FULL: "+", MARK: "+"}
EVERYTHING = "everything"


def level_of(state: "BudgetState") -> str:
    """Gives `ok`, `high` (the forecast crosses it, or it is nearly spent) or `full`."""
    if state.share is not None and state.share >= 1:
        return "full"
    if state.will_cross is not None or (state.share is not None and f.level(state.share) == "high"):
        return "high"
    return "ok"


def fullest(states: "Iterable[BudgetState]") -> "BudgetState | None":
    """Gives the budget to look at first: what is over, then what will be crossed first, then the fullest."""

    def urgency(state: "BudgetState") -> tuple[int, int, float]:
        share = state.share or 0.0
        if share >= 1:
            return 2, 0, share
        if state.will_cross is not None:
            return 1, -state.will_cross.toordinal(), share
        return 0, 0, share

    known = [state for state in states if state.share is not None]
    return max(known, key=urgency, default=None)


def amount_words(amount: Decimal, budget: "Budget", *, brief: bool = False) -> str:
    """Gives an amount in the budget's unit: `$700.00`, `12.3 M tok`."""
    if budget.unit == "tokens":
        return f"{f.compact(round(amount))} tok"
    return f.money(amount, budget.currency, brief=brief)


def spent_words(state: "BudgetState") -> str:
    """Gives `$505.20 of $700`; `– of $700` where nothing is known of what was spent."""
    whole = amount_words(state.budget.amount, state.budget, brief=True)
    if state.spent is None:
        return f"{f.UNKNOWN} of {whole}"
    spent = amount_words(state.spent, state.budget).removesuffix(" tok")
    return f"{f.marked(spent, state.provenance)} of {whole}"


def left_words(state: "BudgetState") -> str:
    """Gives `$194.80 left` or `$12.00 over`."""
    if state.left is None:
        return ""
    return f"{amount_words(abs(state.left), state.budget)} {'left' if state.left >= 0 else 'over'}"


def outlook_words(state: "BudgetState", today: date) -> tuple[str, str]:
    """Gives where it leads in a few words, and their level; nothing where nothing can be said."""
    if state.share is not None and state.share >= 1:
        return "▲ over", "full"
    if state.will_cross is not None:
        return f"▲ over ≈ {f.day(state.will_cross, today)}", "high"
    if state.will_cross_at_worst is not None:
        return f"at worst over {f.day(state.will_cross_at_worst, today)}", "quiet"
    return ("stays within it", "quiet") if state.forecast is not None else ("", "quiet")


def end_words(state: "BudgetState", today: date) -> str:
    """Gives `≈ $540.20 by 30 Nov ($480 – $610)`, prices that come anyway included; empty without one."""
    coming = state.forecast
    if coming is None:
        return ""
    expected, low, high = (amount + state.fixed for amount in (coming.expected, coming.low, coming.high))
    if state.budget.unit == "tokens":
        span = f"{f.compact(round(low))} – {f.compact(round(high))}"
    else:
        span = range_words(low, high, state.budget.currency)
    return f"≈ {amount_words(expected, state.budget)} by {f.day(state.last, today)} ({span})"


def range_words(low: Decimal, high: Decimal, currency: str) -> str:
    """Gives `$480 – $610`: whole units, cents only where the amounts are small."""
    places = 0 if high >= 20 else 2
    first, last = (f.money(f.round_to(each, places), currency, brief=places == 0) for each in (low, high))
    return f"{first} – {last}"


def with_places(states: "Iterable[BudgetState]", rows: "Sequence[BoardRow]") -> "list[BudgetState]":
    """Gives the states with the workspace beside a service's name where several share that name."""
    places = places_of(rows)
    return [
        state.model_copy(update={"name": places.get(state.budget.target, state.name)})
        if state.budget.scope == "service"
        else state
        for state in states
    ]


def places_of(rows: "Sequence[BoardRow]") -> dict[str, str]:
    """Gives what services are called by id, with the workspace where several share a name."""
    shared = Counter(row.name for row in rows)
    found = {}
    for row in rows:
        where = workspace_words(row.name, row.workspace, row.workspace_kind) if shared[row.name] > 1 else ""
        found[row.service_id] = f"{row.name} · {where}" if where else row.name
    return found


def scope_words(budget: "Budget", name: str) -> str:
    """Gives of what a budget is: `everything`, a category, a service."""
    return EVERYTHING if budget.scope == "total" else name


def forecast_share(state: "BudgetState") -> float | None:
    """Gives how full it will be at the period's end."""
    if state.forecast is None:
        return None
    return float((state.forecast.expected + state.fixed) / state.budget.amount)


def budget_bar(state: "BudgetState", width: int, draw: Look) -> list[Piece]:
    """Gives a bar: what is spent, what is still expected, and a mark at each threshold.

    The three parts have characters of their own: no colour is needed to tell them apart.
    """
    level = level_of(state)
    spent = draw.accent if level == "ok" else draw.level(level)
    filled = _cells(state.share, width)
    coming = max(filled, _cells(forecast_share(state), width))
    marks = {
        min(width - 1, round(percent / 100 * width)) for percent in state.budget.thresholds if percent < 100
    }
    pieces: list[Piece] = []
    for at in range(width):
        if at < filled:
            glyph, style = (MARK_ON_FULL if at in marks else FULL), spent
        elif at < coming:
            glyph, style = (MARK if at in marks else COMING), draw.look if level == "high" else draw.quiet
        else:
            glyph, style = (MARK if at in marks else EMPTY), draw.faint
        glyph = PLAIN[glyph] if draw.plain else glyph
        if pieces and pieces[-1][1] == style:
            pieces[-1] = (pieces[-1][0] + glyph, style)
        else:
            pieces.append((glyph, style))
    return pieces


def _cells(share: float | None, width: int) -> int:
    """Gives the filled cells; only a full bar has no gap, and what is begun is seen."""
    if share is None or share <= 0:
        return 0
    cells = max(1, round(share * width))
    return min(cells, width - 1 if share < 1 else width)


def notes_of(state: "BudgetState", *, basis: bool = True) -> list[str]:
    """Gives what the figures rest on, in sentences; `basis` says also from what the forecast is made."""
    said = []
    if state.forecast is not None and basis:
        said.append(f"Forecast from {basis_words(state.forecast)}.")
    elif state.forecast is None and state.no_forecast:
        said.append(state.no_forecast)
    if state.fixed and state.spent != state.fixed:
        fixed = f.money(state.fixed, state.budget.currency)
        said.append(f"{fixed} of it are prices of plans and subscriptions.")
    return list(dict.fromkeys([*said, *state.notes]))


def basis_words(coming: "Forecast") -> str:
    """Gives what a forecast rests on, without a full stop."""
    return coming.basis.rstrip(".")

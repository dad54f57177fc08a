"""A forecast and how budgets stand, for programs and for people."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from textwrap import wrap

from stackk_tui.model.budget import Budget, BudgetState
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.report.format import UNKNOWN, compact, day, marked, money, percent
from stackk_tui.report.grid import Column, grid
from stackk_tui.report.plain import SCHEMA, Json, moment, plain

NO_BUDGETS = "There are no budgets yet. Set one with: stackk-tui budget set --total 500USD"
_COLUMNS = (
    Column("ID", give=1),
    Column("Budget", shrink_to=10),
    Column("Per"),
    Column("Spent", right=True),
    Column("Of", right=True),
    Column("Used", right=True),
    Column("Forecast", right=True),
    Column("Over on", right=True),
)


def forecast_json(told: Forecast | NoForecast | None) -> Json | None:
    """Gives a forecast with money as strings; null where nothing can be said. `fixed` are prices on top."""
    if not isinstance(told, Forecast):
        return None
    return {
        "expected": _plain(told.expected, tokens=told.currency is None),
        "low": _plain(told.low, tokens=told.currency is None),
        "high": _plain(told.high, tokens=told.currency is None),
        "currency": told.currency,
        "provenance": told.provenance,
        "basis": told.basis,
        "through": told.through.isoformat(),
        "to": told.last.isoformat(),
        "fixed": [
            {"amount": plain(part.amount), "currency": part.currency, "provenance": part.provenance}
            for part in told.fixed
        ],
    }


def budgets_json(states: Sequence[BudgetState], now: datetime) -> Json:
    """Gives every budget and how it stands. Amounts are strings; `currency` is null for tokens."""
    return {
        "schema": SCHEMA,
        "generated_at": moment(now),
        "budgets": [budget_json(state) for state in states],
    }


def budget_json(state: BudgetState) -> Json:
    budget, tokens = state.budget, state.budget.unit == "tokens"
    return {
        "id": budget.id,
        "scope": budget.scope,
        "target": budget.target or None,
        "name": state.name,
        "period": budget.period,
        "unit": budget.unit,
        "amount": _plain(budget.amount, tokens=tokens),
        "currency": budget.currency if budget.unit == "money" else None,
        "thresholds": list(budget.thresholds),
        "forecast_counts": budget.forecast,
        "from": state.first.isoformat(),
        "to": state.last.isoformat(),
        "spent": None if state.spent is None else _plain(state.spent, tokens=tokens),
        "left": None if state.left is None else _plain(state.left, tokens=tokens),
        "fixed": plain(state.fixed),
        "provenance": None if state.spent is None else state.provenance,
        "unknown": why_unknown(state),
        "share": None if state.share is None else round(state.share, 6),
        "crossed": list(state.crossed),
        "forecast": forecast_json(state.forecast),
        "no_forecast": state.no_forecast or None,
        "crossing": crossing_line(state, state.last) is not None,
        "will_cross": _day_json(state.will_cross),
        "will_cross_at_worst": _day_json(state.will_cross_at_worst),
        "notes": list(state.notes),
        "created_at": moment(budget.created_at),
    }


def budgets_table(states: Sequence[BudgetState], today: date, *, width: int) -> str:
    """Gives a line per budget, and below what keeps the figures honest."""
    if not states:
        return NO_BUDGETS
    table = grid(_COLUMNS, [_row(state, today) for state in states], width)
    said = dict.fromkeys(
        note
        for state in states
        for note in (*state.notes, *([f"{state.name}: {state.no_forecast}"] if state.no_forecast else []))
    )
    notes = [line for note in said for line in wrap(note, width)]
    return "\n".join([table, *(["", *notes] if notes else [])])


def crossing_line(state: BudgetState, today: date) -> str | None:
    """Gives one line for a budget that is crossed, or that the forecast crosses; None for any other."""
    budget = state.budget
    of, what = amount_words(budget.amount, budget, brief=True), f"{state.name}, this {budget.period}"
    if state.share is not None and state.share >= 1 and state.spent is not None:
        spent = marked(amount_words(state.spent, budget), state.provenance)
        return f"{what}: {spent} of {of} is spent ({percent(state.share)})"
    end = expected_of(state)
    if state.will_cross is None or end is None:
        return None
    on = day(state.will_cross, today)
    last = day(state.last, today)
    return f"{what}: over {of} on {on}, ≈ {amount_words(end, budget)} by {last} as it goes"


def why_unknown(state: BudgetState) -> str | None:
    """Gives why nothing is known of what was spent, in a sentence; None where it is known."""
    if state.share is not None:
        return None
    told = "counted any tokens" if state.budget.unit == "tokens" else "told any cost"
    return " ".join(state.notes) or f"No service of it has {told} this {state.budget.period} yet."


def expected_of(state: BudgetState) -> Decimal | None:
    """Gives what the period will come to, prices included."""
    return None if state.forecast is None else state.forecast.expected + state.fixed


def amount_words(amount: Decimal, budget: Budget, *, brief: bool = False) -> str:
    """Gives `$500`, `1.20 B tok`."""
    if budget.unit == "tokens":
        return f"{compact(round(amount))} tok"
    return money(amount, budget.currency, brief=brief)


def budget_words(budget: Budget, name: str) -> str:
    """Gives `$500 a month for everything`, `5.00 M tok a week for AI & ML`."""
    return f"{amount_words(budget.amount, budget, brief=True)} a {budget.period} for {name}"


def _row(state: BudgetState, today: date) -> list[str]:
    budget, end = state.budget, expected_of(state)
    spent = UNKNOWN
    if state.spent is not None:
        spent = marked(amount_words(state.spent, budget), state.provenance)
    return [
        budget.id,
        state.name,
        budget.period,
        spent,
        amount_words(budget.amount, budget, brief=True),
        UNKNOWN if state.share is None else percent(state.share),
        "" if end is None else f"≈ {amount_words(end, budget)}",
        _over(state, today),
    ]


def _over(state: BudgetState, today: date) -> str:
    if state.share is not None and state.share >= 1:
        return "over"
    return day(state.will_cross, today) if state.will_cross else ""


def _plain(amount: Decimal, *, tokens: bool) -> str:
    """Gives an amount in digits; of tokens there are no halves."""
    return plain(amount.to_integral_value() if tokens else amount)


def _day_json(value: date | None) -> str | None:
    return None if value is None else value.isoformat()

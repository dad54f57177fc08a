"""The three questions of the insights screen, each answered in a sentence with numbers. Pure functions."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from stackk_tui.model.forecast import Forecast
from stackk_tui.report import format as f
from stackk_tui.tui.insights_reading import Ahead, Part, shares_of
from stackk_tui.tui.widgets.budget_words import (
    amount_words,
    end_words,
    fullest,
    left_words,
    level_of,
    range_words,
    scope_words,
    spent_words,
)

if TYPE_CHECKING:
    from stackk_tui.model.anomaly import Anomaly, Unusual
    from stackk_tui.model.budget import BudgetState

WILL_IT, WHEN, WHY = "Will this month break a budget?", "When exactly?", "Because of what?"
MOST_OTHERS = 2
Answer = tuple[str, str]
"""The words, and their level."""


def answers(ahead: Ahead, unusual: "Sequence[Unusual]", today: date) -> list[tuple[str, Answer]]:
    """Gives each question and its answer."""
    state = in_question(ahead.states)
    return [
        (WILL_IT, will_it(ahead, state, today)),
        (WHEN, when(state, today)),
        (WHY, (why(ahead, state, unusual, today), "text")),
    ]


def in_question(states: "Sequence[BudgetState]") -> "BudgetState | None":
    """Gives the budget that the questions are about: of those that break one of the month's money first."""
    of_the_month = (s for s in states if s.budget.period == "month" and s.budget.unit == "money")
    return fullest(state for state in of_the_month if _breaks(state)) or fullest(states)


def will_it(ahead: Ahead, state: "BudgetState | None", today: date) -> Answer:
    """Says whether a budget is or will be broken, and how many of them."""
    if state is None:
        said = (
            "No budget is set, so none can break; B sets one."
            if not ahead.states
            else ("Nothing is known yet of what the budgets are for.")
        )
        return f"{said} {month_end(ahead, today)}".strip(), "text"
    name, budget = _whose(state), state.budget
    whole = amount_words(budget.amount, budget, brief=True)
    others = _others(ahead, state, today)
    if state.share is not None and state.share >= 1:
        return f"Yes, it is broken: {name} is at {spent_words(state)}, {left_words(state)}.{others}", "full"
    if state.will_cross is not None:
        return f"Yes, probably: {name} leads to {end_words(state, today)}, over its {whole}.{others}", "high"
    if state.forecast is None:
        reason = f" {state.no_forecast}" if state.no_forecast else ""
        return f"It cannot be said: {name} is at {spent_words(state)}.{reason}", "text"
    if state.will_cross_at_worst is not None:
        return (
            f"Probably not, but it may: {name} leads to {end_words(state, today)}; {whole} is the most.",
            "text",
        )
    return f"No: {name} leads to {end_words(state, today)}, within its {whole}.", "text"


def when(state: "BudgetState | None", today: date) -> Answer:
    """Names the day, and from what it is known."""
    if state is None:
        return "Without a budget there is no such day.", "quiet"
    basis = f" From {state.forecast.basis.rstrip('.')}." if state.forecast is not None else ""
    last = f.day(state.last, today)
    if state.share is not None and state.share >= 1:
        end = end_words(state, today)
        return f"It has been passed already.{f' It leads to {end}.' if end else ''}{basis}", "text"
    if state.will_cross is not None:
        worst = state.will_cross_at_worst
        at_worst = f", at worst on {_day(worst, today)}" if worst and worst != state.will_cross else ""
        return f"On about {_day(state.will_cross, today)}{at_worst}.{basis}", "high"
    if state.forecast is None:
        return f"No day can be named before {last}.", "quiet"
    if state.will_cross_at_worst is not None:
        return (
            f"At worst on {_day(state.will_cross_at_worst, today)}; at this pace not before {last}.{basis}",
            "text",
        )
    left = state.budget.amount - state.forecast.expected - state.fixed
    return f"Not before {last}: about {amount_words(left, state.budget)} will be left.{basis}", "text"


def why(ahead: Ahead, state: "BudgetState | None", unusual: "Sequence[Unusual]", today: date) -> str:
    """Names the services that most of it comes from, the model behind, and the day that stood out most."""
    parts = _concerned(ahead, state)
    if not parts:
        said = "What it is made of is not told." if ahead.parts else "No service tells what it costs yet."
    elif state is not None and state.budget.unit == "tokens":
        top = max(parts, key=lambda part: part.tokens)
        said = f"Mostly {top.name}: {f.compact(top.tokens)} tok this month."
    else:
        shares = shares_of(parts, parts[0].currency)
        top = parts[0]
        amount = _amount(top)
        of = "all" if len(parts) == 1 else f.percent(shares[top.service_id])
        model = f", {f.percent(top.model_share)} of it {top.model}" if top.model else ""
        said = f"{top.name} is {of} of it: {amount}{model}."
        rest = [f"{part.name} {_amount(part)}" for part in parts[1:3]]
        said += f" Then {' and '.join(rest)}." if rest else ""
    return f"{said} {_worst_day(parts, unusual, today)}".strip()


def month_end(ahead: Ahead, today: date) -> str:
    """Gives what the month will bring, prices that come anyway included; or why that cannot be said."""
    coming = ahead.total
    if not isinstance(coming, Forecast) or coming.currency is None:
        return f"No forecast: {coming.reason}" if not isinstance(coming, Forecast) and coming.reason else ""
    fixed = sum((p.amount for p in coming.fixed if p.currency == coming.currency), Decimal(0))
    end = f.money(coming.expected + fixed, coming.currency)
    span = range_words(coming.low + fixed, coming.high + fixed, coming.currency)
    others: dict[str, Decimal] = {}
    for part in coming.fixed:
        if part.currency != coming.currency:
            others[part.currency] = others.get(part.currency, Decimal(0)) + part.amount
    beside = "".join(f" and {f.money(amount, currency)}" for currency, amount in others.items())
    of_prices = f", {f.money(fixed, coming.currency)} of it prices" if fixed else ""
    return f"All leads to ≈ {end} by {f.day(coming.last, today)} ({span}{of_prices}){beside}."


def unusual_words(one: "Unusual") -> tuple[str, str]:
    """Gives `$82.10` and `usually $12.00`."""
    anomaly = one.anomaly
    if one.measure == "limit":
        hours = max(1, round((one.end - anomaly.start).total_seconds() / 3600))
        went = f"{f.percent(float(anomaly.amount))} of {one.limit_label} in {hours} h"
        return went, f"usually {f.percent(float(anomaly.usual))}"
    if one.measure == "tokens":
        return f"{f.compact(round(anomaly.amount))} tok", f"usually {f.compact(round(anomaly.usual))}"
    currency = one.currency or "USD"
    went = f.marked(f.money(anomaly.amount, currency), one.provenance)
    return went, f"usually {f.money(anomaly.usual, currency)}"


def slot_words(one: "Unusual", today: date) -> str:
    """Gives `Sat 21 Nov`, with the hour where it is one; of an hour in this machine's time."""
    start = one.anomaly.start
    if one.anomaly.slot == "day":
        return _day(start.date(), today)
    local = start.astimezone()
    return f"{_day(local.date(), today)} {local:%H:%M}"


def cause_words(anomaly: "Anomaly") -> str:
    """Gives `opus-5-5 70 %, project atlas 60 %`: of what is above the usual."""
    return ", ".join(
        f"{'' if cause.kind == 'model' else f'{cause.kind} '}"
        f"{cause.name if cause.kind == 'key' else _short(cause.name)} "
        f"{f.marked(f.percent(cause.share), cause.provenance)}"
        for cause in anomaly.causes
    )


def _short(name: str) -> str:
    """Gives a project's folder by its last part."""
    return name.rstrip("/").rpartition("/")[2] or name


def _worst_day(parts: Sequence[Part], unusual: "Sequence[Unusual]", today: date) -> str:
    ids = {part.service_id for part in parts}
    own = [
        one
        for one in unusual
        if one.service_id in ids
        and one.measure == "cost"
        and (one.anomaly.start.year, one.anomaly.start.month) == (today.year, today.month)
    ]
    if not own:
        return ""
    worst = max(own, key=lambda one: one.anomaly.excess)
    went, usually = unusual_words(worst)
    causes = cause_words(worst.anomaly)
    by = f", by {causes}" if causes else ""
    return f"{slot_words(worst, today)} stands out: {worst.name} {went}, {usually}{by}."


def _concerned(ahead: Ahead, state: "BudgetState | None") -> list[Part]:
    """Gives the parts that a budget counts, the dearest first; of all, those in the currency of most."""
    parts = list(ahead.parts)
    if state is not None and state.budget.scope == "service":
        parts = [p for p in (*ahead.parts, *ahead.values) if p.service_id == state.budget.target]
    elif state is not None and state.budget.scope == "category":
        parts = [p for p in parts if p.category.casefold() == state.budget.target.casefold()]
    if state is not None and state.budget.unit == "tokens":
        return parts or list(ahead.values)
    wanted = state.budget.currency if state is not None else _currency_of(ahead)
    return [part for part in parts if part.currency == wanted]


def _currency_of(ahead: Ahead) -> str:
    if isinstance(ahead.total, Forecast) and ahead.total.currency:
        return ahead.total.currency
    return ahead.parts[0].currency if ahead.parts else "USD"


def _amount(part: Part) -> str:
    return f.marked(
        f.money(part.end, part.currency),
        part.provenance if part.is_price or part.coming is None else "estimated",
    )


def _others(ahead: Ahead, state: "BudgetState", today: date) -> str:
    """Gives ` Also: everything, on about Sat 28 Nov.` for the other budgets that are or will be broken."""
    broken = [one for one in ahead.states if one is not state and _breaks(one)]
    said = [
        f"{_whose(one)}, " + (f"on about {_day(one.will_cross, today)}" if one.will_cross else "over already")
        for one in broken[:MOST_OTHERS]
    ]
    more = f"; and {len(broken) - MOST_OTHERS} more" if len(broken) > MOST_OTHERS else ""
    return f" Also: {'; '.join(said)}{more}." if said else ""


def _breaks(state: "BudgetState") -> bool:
    return level_of(state) == "full" or state.will_cross is not None


def _whose(state: "BudgetState") -> str:
    of = scope_words(state.budget, state.name)
    return of if state.budget.period == "month" else f"the week of {of}"


def _day(day: date, today: date) -> str:
    return f"{f.weekday(day)} {f.day(day, today)}"

"""The figures in Prometheus' text format (version 0.0.4), for a scrape through a file or a small server.

Labels are ids and the names of services, limits and budgets, nothing of an account. A figure that is not
known has no sample: never 0. A figure with a provenance has it as a label.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import isfinite

from stackk_tui.model.budget import BudgetState
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.model.service import Status
from stackk_tui.model.usage import TOKEN_KINDS
from stackk_tui.model.view import ServiceView, Total
from stackk_tui.report.plain import plain

Labels = Mapping[str, str]
Value = Decimal | float | int


@dataclass(slots=True)
class _Family:
    help: str
    samples: list[tuple[Labels, Value]] = field(default_factory=list)


_HELP = {
    "stackk_service_up": "1 when the last contact with the service was good, else 0.",
    "stackk_last_fetch_age_seconds": "Time since everything was last read from the service.",
    "stackk_last_fetch_timestamp_seconds": "When everything was last read from the service.",
    "stackk_limit_used_ratio": "Share of a limit that is used; 1 is full.",
    "stackk_limit_resets_timestamp_seconds": "When a limit begins anew.",
    "stackk_limit_read_timestamp_seconds": "When the share of a limit was read.",
    "stackk_cost_month_to_date": "Cost of the service's month so far, in whole units of the currency.",
    "stackk_price": "Price of the service per cycle, in whole units of the currency.",
    "stackk_tokens_month_to_date": "Tokens of the service's month so far, by kind.",
    "stackk_requests_month_to_date": "Requests of the service's month so far.",
    "stackk_forecast_cost_expected": "Estimated cost of the service's whole month, without fixed prices.",
    "stackk_forecast_cost_low": "Lower edge of the band in which four of five months end.",
    "stackk_forecast_cost_high": "Upper edge of the band in which four of five months end.",
    "stackk_month_to_date": "Money of this calendar month over all services, each dollar once.",
    "stackk_forecast_month_expected": "Estimated cost of the whole calendar month, without fixed prices.",
    "stackk_forecast_month_low": "Lower edge of the band in which four of five months end.",
    "stackk_forecast_month_high": "Upper edge of the band in which four of five months end.",
    "stackk_budget_limit": "Amount of the budget, in whole units of the currency, or tokens.",
    "stackk_budget_spent": "What is spent of the budget so far, in whole units of the currency, or tokens.",
    "stackk_budget_used_ratio": "Share of the budget that is spent; 1 is all of it.",
    "stackk_budget_forecast": "Estimated amount at the end of the budget's period, fixed prices included.",
}


def prometheus_text(
    views: Iterable[ServiceView],
    total: Total,
    forecasts: Mapping[str | None, Forecast | NoForecast],
    budgets: Sequence[BudgetState],
    now: datetime,
) -> str:
    """Gives the whole exposition; disconnected services have no samples."""
    families = {name: _Family(words) for name, words in _HELP.items()}
    for view in views:
        if view.status is not Status.DISCONNECTED:
            _service(families, view, now)
            _forecast(families, "stackk_forecast_cost", _labels(view), forecasts.get(view.service.id))
    for part in total.parts:
        labels = {"currency": part.currency, "provenance": part.provenance}
        _add(families, "stackk_month_to_date", labels, part.amount)
    _forecast(families, "stackk_forecast_month", {}, forecasts.get(None))
    for state in budgets:
        _budget(families, state)
    return "".join(_family(name, family) for name, family in families.items() if family.samples)


def _service(families: dict[str, _Family], view: ServiceView, now: datetime) -> None:
    labels, month = _labels(view), view.month
    is_good = view.status in (Status.OK, Status.STALE)
    _add(families, "stackk_service_up", labels, int(is_good))
    if view.fetched_at is not None:
        age = max(0, int((now - view.fetched_at).total_seconds()))
        _add(families, "stackk_last_fetch_age_seconds", labels, age)
        _add(families, "stackk_last_fetch_timestamp_seconds", labels, int(view.fetched_at.timestamp()))
    for limit in view.snapshot.limits if view.snapshot else ():
        mine = {**labels, "limit": limit.id}
        read_at = limit.as_of or view.fetched_at
        if limit.used is not None and isfinite(limit.used):
            told = {**mine, "provenance": limit.provenance.value}
            _add(families, "stackk_limit_used_ratio", told, limit.used)
            if read_at is not None:
                _add(families, "stackk_limit_read_timestamp_seconds", mine, int(read_at.timestamp()))
        if limit.resets_at is not None:
            _add(families, "stackk_limit_resets_timestamp_seconds", mine, int(limit.resets_at.timestamp()))
    if month.cost.value is not None:
        money = {**labels, "currency": month.cost.value.currency, "provenance": month.cost.provenance.value}
        _add(families, "stackk_cost_month_to_date", money, month.cost.value.amount)
    price = view.billing.price
    if price.value is not None:
        told = {
            **labels,
            "currency": price.value.currency,
            "cycle": view.billing.cycle or "",
            "provenance": price.provenance.value,
        }
        _add(families, "stackk_price", told, price.value.amount)
    if month.tokens.value is not None:
        for kind in TOKEN_KINDS:
            told = {**labels, "kind": kind, "provenance": month.tokens.provenance.value}
            _add(families, "stackk_tokens_month_to_date", told, getattr(month.tokens.value, kind))
    if month.requests.value is not None:
        told = {**labels, "provenance": month.requests.provenance.value}
        _add(families, "stackk_requests_month_to_date", told, month.requests.value)


def _forecast(
    families: dict[str, _Family], prefix: str, labels: Labels, told: Forecast | NoForecast | None
) -> None:
    if not isinstance(told, Forecast) or told.currency is None:
        return
    mine = {**labels, "currency": told.currency, "provenance": told.provenance}
    for edge in ("expected", "low", "high"):
        _add(families, f"{prefix}_{edge}", mine, getattr(told, edge))


def _budget(families: dict[str, _Family], state: BudgetState) -> None:
    budget = state.budget
    labels = {
        "budget_id": budget.id,
        "budget": state.name,
        "scope": budget.scope,
        "period": budget.period,
        "unit": budget.currency if budget.unit == "money" else "tokens",
    }
    told = {**labels, "provenance": state.provenance}
    _add(families, "stackk_budget_limit", labels, budget.amount)
    if state.spent is not None and state.share is not None:
        _add(families, "stackk_budget_spent", told, state.spent)
        _add(families, "stackk_budget_used_ratio", told, round(state.share, 6))
    if state.forecast is not None:
        estimate = {**labels, "provenance": state.forecast.provenance}
        _add(families, "stackk_budget_forecast", estimate, state.forecast.expected + state.fixed)


def _labels(view: ServiceView) -> dict[str, str]:
    return {"service_id": view.service.id, "service": view.service.name}


def _add(families: dict[str, _Family], name: str, labels: Labels, value: Value) -> None:
    families[name].samples.append((labels, value))


def _family(name: str, family: _Family) -> str:
    lines = [f"# HELP {name} {_escaped(family.help)}", f"# TYPE {name} gauge"]
    lines += [f"{name}{_label_text(labels)} {_number(value)}" for labels, value in family.samples]
    return "\n".join(lines) + "\n"


def _label_text(labels: Labels) -> str:
    if not labels:
        return ""
    pairs = (f'{key}="{_escaped(value, quoted=True)}"' for key, value in labels.items())
    return f"{{{','.join(pairs)}}}"


def _escaped(text: str, *, quoted: bool = False) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quoted else text


def _number(value: Value) -> str:
    return plain(value) if isinstance(value, Decimal) else repr(value)

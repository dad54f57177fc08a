"""The two JSON shapes that programs read (DESIGN §4). Keys are added, never renamed or dropped.

Times are ISO-8601 in UTC with `Z`, money is a plain decimal string in whole units, null is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from stackk_tui.model.figure import Money, Provenance
from stackk_tui.report.forecast import forecast_json
from stackk_tui.report.month import cost_json, days_json
from stackk_tui.report.plain import SCHEMA, Json, moment, plain, tokens_json

if TYPE_CHECKING:
    from stackk_tui.model.forecast import Forecast, NoForecast
    from stackk_tui.model.service import ErrorNote, Workspace
    from stackk_tui.model.snapshot import Limit, Metric
    from stackk_tui.model.view import History, ServiceView, Total, TotalPart, WindowPace

    Forecasts = Mapping[str | None, Forecast | NoForecast]

MAIN_CURRENCY = "USD"
"""What a total with nothing in it is said to be in."""


def services_json(
    views: Iterable[ServiceView],
    total: Total,
    now: datetime,
    forecasts: Forecasts | None = None,
) -> Json:
    """Gives the first shape: a service per row, and the month's total over all services. `forecasts` are by
    service id, that of all together under None."""
    coming = forecasts or {}
    return {
        "schema": SCHEMA,
        "generated_at": moment(now),
        "services": [service_json(view, coming.get(view.service.id)) for view in views],
        "total_month_to_date": total_json(total),
        "total_converted": converted_json(total, now),
        "forecast_total": forecast_json(coming.get(None)),
    }


def converted_json(total: Total, now: datetime) -> Json | None:
    """Gives the total in the currency that was chosen, by rates a person typed; null without any."""
    made = total.converted
    if made is None:
        return None
    return {
        "amount": plain(made.amount),
        "currency": made.currency,
        "provenance": Provenance.ENTERED.value,
        "rates": [
            {
                "from": rate.currency,
                "to": rate.to,
                "rate": plain(rate.rate),
                "as_of": rate.as_of.isoformat(),
                "old": rate.is_old(now.date()),
            }
            for rate in made.rates
        ],
        "not_converted": _parts(made.rest),
    }


def _parts(parts: Iterable[TotalPart]) -> list[Json]:
    return [{"amount": plain(p.amount), "currency": p.currency, "provenance": p.provenance} for p in parts]


def service_json(view: ServiceView, coming: Forecast | NoForecast | None = None) -> Json:
    """Gives one service's row."""
    service, snapshot, month = view.service, view.snapshot, view.month
    return {
        "id": service.id,
        "provider": service.provider,
        "name": service.name,
        "account": service.account_id,
        "workspace": {
            "id": service.workspace.id,
            "name": service.workspace.name,
            "kind": service.workspace.kind,
        },
        "category": service.category,
        "connected": service.connected,
        "status": view.status.value,
        "error": _error(service.error),
        "plan": _plan(view),
        "price": _price(view),
        "next_payment": _next_payment(view),
        "cost_month_to_date": cost_json(month),
        "tokens_month_to_date": tokens_json(month.tokens.value) if month.tokens.value is not None else None,
        "unpriced_tokens_month_to_date": month.unpriced_tokens,
        "requests_month_to_date": month.requests.value,
        "month_to_date": days_json(month),
        "forecast": forecast_json(coming),
        "metrics": [_metric(m) for m in snapshot.metrics] if snapshot else [],
        "limits": [_limit(limit, view) for limit in snapshot.limits] if snapshot else [],
        "not_exposed": not_exposed(view),
        "not_permitted": not_permitted(view),
        "notes": list(snapshot.notes) if snapshot else [],
        "capabilities": sorted(view.can),
        "fetched_at": moment(view.fetched_at),
        "last_synced_at": moment(service.last_synced_at),
    }


def total_json(total: Total) -> Json:
    """Gives the total in its largest currency, and its parts; a null amount means nothing is known."""
    currency = total.currencies[0] if total.currencies else MAIN_CURRENCY
    return {
        "amount": plain(total.amount(currency)) if total.parts else None,
        "currency": currency,
        "parts": _parts(total.parts),
    }


def workspaces_json(account_id: str, choices: Sequence[tuple[Workspace, bool]]) -> Json:
    """Gives what can be picked inside an account, each with whether it is tracked already."""
    return {
        "schema": SCHEMA,
        "account": account_id,
        "workspaces": [
            {
                "id": workspace.id,
                "name": workspace.name,
                "kind": workspace.kind,
                "plan": workspace.plan,
                "archived": workspace.archived_at is not None,
                "connected": connected,
                "closed": workspace.closed or None,
                "color": workspace.color,
                "created_at": moment(workspace.created_at),
            }
            for workspace, connected in choices
        ],
    }


def export_json(
    views: Sequence[ServiceView],
    histories: Mapping[str, History],
    total: Total,
    now: datetime,
    forecasts: Forecasts | None = None,
) -> Json:
    """Gives the first shape with each service's days under `history`."""
    coming = forecasts or {}
    rows = [
        {
            **service_json(view, coming.get(view.service.id)),
            "history": history_json(histories[view.service.id]),
        }
        for view in views
    ]
    return {**services_json((), total, now, coming), "services": rows}


def history_json(history: History) -> Json:
    """Gives a service's days for the export. A day in `token_days` (or `cost_days`) without a row is a true
    zero; a day in neither is unknown."""
    return {
        "timezone": history.timezone,
        "currency": history.currency,
        "token_days": sorted(day.isoformat() for day in history.token_days),
        "cost_days": sorted(day.isoformat() for day in history.cost_days),
        "days": [
            {
                "day": row.day.isoformat(),
                "model": row.model or None,
                "tokens": tokens_json(row.tokens) if row.tokens is not None else None,
                "requests": row.requests,
                "cost": money_json(row.cost, history.currency),
                "unpriced_tokens": row.unpriced_tokens,
            }
            for row in history.usage
        ],
    }


def money_json(amount: Decimal | None, currency: str) -> Json | None:
    return None if amount is None else {"amount": plain(amount), "currency": currency}


def not_exposed(view: ServiceView) -> list[str]:
    """Names the unknowns that no API answers; what the person typed in is not unknown."""
    if view.snapshot is None:
        return []  # before the first fetch nobody has asked
    unknown = [name for name, provenance in _asked(view) if provenance is Provenance.NOT_EXPOSED]
    names = dict.fromkeys([*view.snapshot.not_exposed, *unknown])
    return [name for name in names if name not in _known(view)]


def not_permitted(view: ServiceView) -> list[str]:
    """Names what this credential may not see; an older value of it may still be shown."""
    if view.snapshot is None:
        return []
    refused = [name for name, provenance in _asked(view) if provenance is Provenance.NOT_PERMITTED]
    return list(dict.fromkeys([*view.snapshot.not_permitted, *refused]))


def _asked(view: ServiceView) -> list[tuple[str, Provenance]]:
    """The figures that every provider speaks about. What a month lacks is named by the snapshot alone:
    a report that failed is not one that does not exist."""
    named = [("price", view.billing.price.provenance), ("next_payment", view.billing.next_payment.provenance)]
    return [("plan", view.snapshot.plan.provenance), *named] if view.snapshot else named


def _known(view: ServiceView) -> set[str]:
    month, billing = view.month, view.billing
    values = {
        "plan": view.snapshot.plan.value if view.snapshot else None,
        "price": billing.price.value,
        "next_payment": billing.next_payment.value,
        "cost": month.cost.value,
        "usage": month.tokens.value,
        "requests": month.requests.value,
    }
    return {name for name, value in values.items() if value is not None}


def _error(note: ErrorNote | None) -> Json | None:
    if note is None:
        return None
    return {
        "code": note.code,
        "message": note.message,
        "request_id": note.request_id,
        "retry_at": moment(note.retry_at),
    }


def _plan(view: ServiceView) -> Json | None:
    figure = view.snapshot.plan if view.snapshot else None
    if figure is None or figure.value is None:
        return None
    return {"tier": figure.value.tier, "label": figure.value.label, "provenance": figure.provenance.value}


def _price(view: ServiceView) -> Json | None:
    price = view.billing.price
    if price.value is None:
        return None
    return {
        "amount": plain(price.value.amount),
        "currency": price.value.currency,
        "cycle": view.billing.cycle,
        "provenance": price.provenance.value,
    }


def _next_payment(view: ServiceView) -> Json | None:
    figure = view.billing.next_payment
    if figure.value is None:
        return None
    return {"date": figure.value.isoformat(), "provenance": figure.provenance.value}


def _metric(metric: Metric) -> Json:
    return {
        "id": metric.id,
        "label": metric.label,
        "value": metric.value,
        "unit": metric.unit,
        "provenance": metric.provenance.value,
    }


def _limit(limit: Limit, view: ServiceView) -> Json:
    starts = limit.resets_at - limit.length if limit.resets_at and limit.length else None
    return {
        "id": limit.id,
        "label": limit.label,
        "used": limit.used,
        "resets_at": moment(limit.resets_at),
        "provenance": limit.provenance.value,
        "cap": _money(limit.cap),
        "spent": _money(limit.spent),
        "length_seconds": int(limit.length.total_seconds()) if limit.length else None,
        "starts_at": moment(starts),
        "as_of": moment(limit.as_of or view.fetched_at),
        "pace": _pace(view.pace(limit.id)),
    }


def _pace(pace: WindowPace | None) -> Json | None:
    if pace is None:
        return None
    return {
        "elapsed": _share(pace.elapsed),
        "ahead": _share(pace.ahead),
        "rate_per_hour": _share(pace.rate),
        "full_at": moment(pace.full_at),
        "full_from": moment(pace.full_from),
        "full_to": moment(pace.full_to),
        "basis": pace.basis,
        "band": pace.band or None,
        "provenance": pace.provenance.value,
    }


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, 6)


def _money(money: Money | None) -> Json | None:
    return None if money is None else money_json(money.amount, money.currency)

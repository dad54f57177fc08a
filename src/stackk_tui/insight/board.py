"""The dashboard's rows from the services' views."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from stackk_tui.insight.summary import monthly_share
from stackk_tui.model.board import (
    Board,
    BoardForecast,
    BoardRow,
    ConvertedLine,
    Headline,
    RateLine,
    TotalLine,
)
from stackk_tui.model.figure import Provenance
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.model.service import Workspace
from stackk_tui.model.snapshot import Limit
from stackk_tui.model.view import Converted, ServiceView, Total, TotalPart


def board(
    views: Sequence[ServiceView], total: Total, now: datetime, coming: Forecast | NoForecast | None = None
) -> Board:
    """Gives everything the dashboard shows, as plain data."""
    return Board(
        rows=tuple(_row(view) for view in views),
        month=total.month.isoformat(),
        totals=_lines(total.parts),
        made_at=now.isoformat(),
        converted=_converted(total.converted, now),
        currency_problem=total.currency_problem,
        forecast=_forecast(coming) if isinstance(coming, Forecast) else None,
    )


def _forecast(told: Forecast) -> BoardForecast | None:
    if told.currency is None:
        return None
    fixed = sum((part.amount for part in told.fixed if part.currency == told.currency), Decimal(0))
    return BoardForecast(
        expected=str(told.expected),
        low=str(told.low),
        high=str(told.high),
        currency=told.currency,
        last=told.last.isoformat(),
        basis=told.basis,
        fixed=str(fixed),
    )


def _lines(parts: Iterable[TotalPart]) -> tuple[TotalLine, ...]:
    return tuple(TotalLine(str(p.amount), p.currency, p.provenance) for p in parts)


def _converted(made: Converted | None, now: datetime) -> ConvertedLine | None:
    if made is None:
        return None
    rates = tuple(
        RateLine(r.currency, str(r.rate), r.as_of.isoformat(), r.is_old(now.date())) for r in made.rates
    )
    return ConvertedLine(str(made.amount), made.currency, rates, _lines(made.rest))


def _row(view: ServiceView) -> BoardRow:
    service, snapshot, error = view.service, view.snapshot, view.service.error
    amount, currency, provenance = _month_column(view)
    plan = snapshot.plan.value.label if snapshot and snapshot.plan.value else None
    next_payment = view.billing.next_payment
    return BoardRow(
        service_id=service.id,
        provider=service.provider,
        name=service.name,
        workspace=_workspace(service.workspace),
        workspace_kind=service.workspace.kind,
        category=service.category,
        color=service.color,
        status=view.status.value,
        error=error.message if error else None,
        retry_at=_text(error.retry_at) if error else None,
        plan=plan,
        headline=_headline(view),
        month_amount=amount,
        month_currency=currency,
        month_provenance=provenance,
        spark=view.spark,
        renews=next_payment.value.isoformat() if next_payment.value else None,
        renews_provenance=next_payment.provenance.value,
        seen_at=_text(view.fetched_at),
        created_at=service.connected_at.isoformat(),
    )


def _workspace(workspace: Workspace) -> str:
    """Gives the workspace's name; a whole organization would repeat the account's name."""
    return "whole org" if workspace.whole_account and workspace.kind == "organization" else workspace.name


def _month_column(view: ServiceView) -> tuple[str | None, str, str]:
    """Gives the cost of the month where it is known, else the price for a month."""
    cost, price = view.month.cost, view.billing.price
    if cost.value is not None:
        return str(cost.value.amount), cost.value.currency, cost.provenance.value
    if price.value is not None:
        share = monthly_share(price.value.amount, view.billing.cycle)
        return str(share), price.value.currency, price.provenance.value
    return None, "USD", view.month.cost.provenance.value


def _headline(view: ServiceView) -> Headline:
    """Gives the limit that fills first, else money spent, else tokens today, else the price."""
    limits = view.snapshot.limits if view.snapshot else ()
    filling = [limit for limit in limits if limit.used is not None]
    if filling:
        soon = [(pace.full_at, pace) for pace in view.paces if pace.full_at is not None]
        fullest = max(filling, key=lambda limit: limit.used or 0.0)
        if not soon or (fullest.used or 0.0) >= 1:
            return _limit(fullest)
        _, pace = min(soon, key=lambda each: each[0])
        first = next((limit for limit in filling if limit.id == pace.limit_id), fullest)
        return replace(
            _limit(first),
            full_at=_text(pace.full_at),
            full_from=_text(pace.full_from),
            full_to=_text(pace.full_to),
            full_until=_text(pace.good_until),
        )
    cost, price = view.month.cost, view.billing.price
    if cost.value is not None and cost.provenance is Provenance.MEASURED:
        return Headline("cost", amount=str(cost.value.amount), currency=cost.value.currency)
    if view.tokens_today is not None:
        return Headline("tokens", label="today", amount=str(view.tokens_today))
    if price.value is not None:
        return Headline(
            "price",
            label=view.billing.cycle or "",
            amount=str(price.value.amount),
            currency=price.value.currency,
            provenance=price.provenance.value,
        )
    return Headline()


def _limit(limit: Limit) -> Headline:
    return Headline(
        "limit",
        label=limit.short or limit.label,
        fill=limit.used,
        resets_at=_text(limit.resets_at),
        amount=str(limit.cap.amount) if limit.cap else None,
        currency=limit.cap.currency if limit.cap else None,
        provenance=limit.provenance.value,
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

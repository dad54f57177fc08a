"""From how things stand to what may be told of them: budgets, windows, unusual slots, services in trouble."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from stackk_tui.insight import alert_words as say
from stackk_tui.insight.alerts import Condition, Words
from stackk_tui.model.anomaly import Unusual
from stackk_tui.model.budget import BudgetState
from stackk_tui.model.service import Status
from stackk_tui.model.snapshot import Limit
from stackk_tui.model.view import ServiceView, WindowPace

LIMITS = (80, 95)
"""The shares of a window that are told, in percent."""
FORECAST_CALM = Decimal("0.95")
"""A forecast is told again only after it was below this share of the amount …"""
FORECAST_REST = timedelta(hours=24)
"""… for this long."""
LIMIT_CALM = 0.05
"""A limit that is no window is told again after it fell this far below the share."""
PACE_FROM = 0.25
"""The share from which on it is told that a window will be full before its reset: less says little."""
SIGN_IN_AFTER = timedelta(hours=1)
TROUBLE_AFTER = timedelta(hours=6)
TROUBLE_REST = timedelta(hours=1)
UNUSUAL_FOR = timedelta(hours=48)
"""What ended longer ago is history, not news."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How everything stands at one moment."""

    budgets: Sequence[BudgetState] = ()
    services: Sequence[ServiceView] = ()
    unusual: Sequence[Unusual] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    """What each service is called without its name, by id: its provider."""
    limits: tuple[int, ...] = LIMITS
    zone: tzinfo | None = None
    """For the times in the words; None is this machine's."""


def conditions(standing: Standing, now: datetime) -> list[Condition]:
    """Gives everything that may be told, whether it holds now or not."""
    found: list[Condition] = []
    for state in standing.budgets:
        found += _of_budget(state, standing)
    for view in standing.services:
        found += _of_windows(view, standing, now)
        found += _of_trouble(view, standing)
    found += [_of_unusual(one, standing, now) for one in standing.unusual]
    return found


def _of_budget(state: BudgetState, standing: Standing) -> Iterable[Condition]:
    budget = state.budget
    about = {"total": "all services", "category": budget.target}.get(
        budget.scope, standing.about.get(budget.target, "a service")
    )
    subject = f"budget/{budget.id}"
    # a changed amount is another line to cross
    period = f"{state.first} to {state.last}, {say.amount(budget.amount, budget.currency, budget.unit)}"
    service_id = budget.target if budget.scope == "service" else None
    for step in sorted(set(budget.thresholds)):
        yield Condition(
            subject=subject,
            kind="budget",
            mark=str(step),
            step=step,
            holds=None if state.share is None else step in state.crossed,
            words=_budget_words(state, step, about),
            level="critical" if state.share is not None and state.share >= 1 else "warning",
            period=period,
            service_id=service_id,
        )
    if budget.forecast:
        end = None if state.forecast is None else state.forecast.expected + state.fixed
        yield Condition(
            subject=subject,
            kind="forecast",
            mark="forecast",
            holds=None if end is None else state.will_cross is not None,
            calm=end is not None and end < FORECAST_CALM * budget.amount,
            rearm=FORECAST_REST,
            words=_forecast_words(state, end, about),
            period=period,
            service_id=service_id,
        )


def _budget_words(state: BudgetState, step: int, about: str) -> Words:
    budget = state.budget
    spent = say.amount(state.spent or Decimal(0), budget.currency, budget.unit, state.provenance)
    whole = say.amount(budget.amount, budget.currency, budget.unit)
    lines = [f"{spent} of {whole} from {say.day(state.first)} to {say.day(state.last)}."]
    if state.will_cross is not None:
        lines.append(f"At this pace all of it is gone on {say.day(state.will_cross)}.")
    lines.append(say.source(state.provenance))
    share = say.percent(state.share or 0.0)
    used = "used" if budget.unit == "tokens" else "spent"
    return Words(
        title=f"{share} of the {budget.period}'s budget is {used}, past {step} %",
        lines=tuple(lines),
        about=about,
        name=state.name if budget.scope == "service" else "",
        provenance=state.provenance,
    )


def _forecast_words(state: BudgetState, end: Decimal | None, about: str) -> Words:
    budget = state.budget
    whole = say.amount(budget.amount, budget.currency, budget.unit)
    lines: list[str] = []
    if state.forecast is not None and end is not None:
        expected, low, high = (
            say.amount(value + state.fixed, budget.currency, budget.unit)
            for value in (state.forecast.expected, state.forecast.low, state.forecast.high)
        )
        lines = [
            f"≈ {expected} by {say.day(state.last)}, probably {low} to {high}; the budget is {whole}.",
            f"Estimated from {state.forecast.basis}.",
        ]
    when = f" on {say.day(state.will_cross)}" if state.will_cross else ""
    return Words(
        title=f"the {budget.period}'s budget will be crossed{when}, at this pace",
        lines=tuple(lines),
        about=about,
        name=state.name if budget.scope == "service" else "",
        provenance="estimated",
    )


def _of_windows(view: ServiceView, standing: Standing, now: datetime) -> Iterable[Condition]:
    if view.snapshot is None or not view.service.connected:
        return
    for limit in view.snapshot.limits:
        subject = f"limit/{view.service.id}/{limit.id}"
        unknown = limit.used is None or (limit.length is not None and limit.resets_at is None)
        period = _minute(limit.resets_at) if limit.resets_at else ""
        for step in sorted(set(standing.limits)):
            used = limit.used or 0.0
            yield Condition(
                subject=subject,
                kind="limit",
                mark=str(step),
                step=step,
                holds=None if unknown else used * 100 >= step,
                calm=not unknown and used < step / 100 - LIMIT_CALM,
                rearm=None if period else timedelta(0),
                words=_limit_words(view, limit, standing, now),
                level="critical" if used >= 1 else "warning",
                period=period,
                service_id=view.service.id,
            )
        pace = view.pace(limit.id)
        if period and pace is not None:
            yield Condition(
                subject=subject,
                kind="pace",
                mark="pace",
                holds=None
                if unknown or pace.rate is None
                else pace.full_at is not None and (limit.used or 0.0) >= PACE_FROM,
                words=_pace_words(view, limit, standing, now),
                period=period,
                service_id=view.service.id,
            )


def _limit_words(view: ServiceView, limit: Limit, standing: Standing, now: datetime) -> Words:
    lines: list[str] = []
    if limit.resets_at is not None:
        lines.append(f"It resets {say.moment(limit.resets_at, standing.zone)}.")
    pace = view.pace(limit.id)
    if pace is not None and pace.full_at is not None:
        lines.append(f"It is full about {say.moment(pace.full_at, standing.zone)}, {pace.basis}.")
        lines += _band_words(pace, standing, now)
    read_at = limit.as_of or (view.snapshot.fetched_at if view.snapshot else now)
    lines.append(f"{say.source(limit.provenance)[:-1]}, read {say.moment(read_at, standing.zone)}.")
    full = limit.used is not None and limit.used >= 1
    gone = "is used up" if full else f"is {say.percent(limit.used or 0.0)} used"
    return Words(
        title=f"{limit.label} {gone}",
        lines=tuple(lines),
        about=standing.about.get(view.service.id, "a service"),
        name=view.service.name,
        provenance=limit.provenance.value,
    )


def _pace_words(view: ServiceView, limit: Limit, standing: Standing, now: datetime) -> Words:
    pace = view.pace(limit.id)
    lines: tuple[str, ...] = ()
    title = f"{limit.label} will be full before it resets"
    if pace is not None and pace.full_at is not None and limit.resets_at is not None:
        title = f"{limit.label} will be full about {say.moment(pace.full_at, standing.zone)}"
        resets = say.moment(limit.resets_at, standing.zone)
        lines = (
            f"It is {say.percent(limit.used or 0.0)} used and resets {resets}.",
            *_band_words(pace, standing, now),
            f"Estimated {pace.basis}.",
        )
    return Words(
        title=title,
        lines=lines,
        about=standing.about.get(view.service.id, "a service"),
        name=view.service.name,
        provenance="estimated",
    )


def _band_words(pace: WindowPace, standing: Standing, now: datetime) -> tuple[str, ...]:
    if pace.full_from is None:
        return ()
    return (f"Probably {say.band(pace.full_from, pace.full_to, standing.zone, now)}.",)


def _of_trouble(view: ServiceView, standing: Standing) -> Iterable[Condition]:
    error = view.service.error
    code = error.code if error else ""
    signed_out = view.status is Status.SIGN_IN_NEEDED
    for kind, holds, after in (
        ("sign-in", signed_out, SIGN_IN_AFTER),
        ("service", view.status is Status.ERROR, TROUBLE_AFTER),
    ):
        yield Condition(
            subject=f"service/{view.service.id}",
            kind="sign-in" if kind == "sign-in" else "service",
            mark=kind,
            holds=holds,
            after=after,
            rearm=TROUBLE_REST,
            words=Words(
                title=say.trouble(code, int(after.total_seconds() // 3600)),
                lines=("The figures shown are the last ones that were read.",),
                about=standing.about.get(view.service.id, "a service"),
                name=view.service.name,
                named_lines=error.lines if error else (),
            ),
            service_id=view.service.id,
        )


def _of_unusual(one: Unusual, standing: Standing, now: datetime) -> Condition:
    anomaly = one.anomaly
    start, end = anomaly.start, max(one.end, anomaly.start)
    what = one.service_id or "logs"
    about = standing.about.get(one.service_id, "a service") if one.service_id else "the logs of this machine"
    causes = [(cause.kind, say.cause(cause)) for cause in anomaly.causes]
    return Condition(
        subject=f"unusual/{what}/{one.limit_id or one.measure}",
        kind="unusual",
        mark=anomaly.slot,
        holds=True if start <= now and now - end < UNUSUAL_FOR else None,
        words=Words(
            title=say.unusual(one),
            lines=(
                f"Compared with {one.against}; it began {say.moment(start, standing.zone)}.",
                *(line for kind, line in causes if kind == "model"),
                say.source(one.provenance),
            ),
            about=about,
            name=one.name if one.service_id else "",
            named_lines=tuple(line for kind, line in causes if kind != "model"),
            provenance=one.provenance,
        ),
        period=_minute(start),
        span=(start, end),
        service_id=one.service_id,
    )


def _minute(moment: datetime) -> str:
    """Gives the nearest minute: vendors give a reset with other fractions of a second each time."""
    nearest = moment.astimezone(UTC) + timedelta(seconds=30)
    return nearest.replace(second=0, microsecond=0).isoformat(timespec="minutes")

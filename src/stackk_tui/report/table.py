"""What the commands print for people: services, one service, workspaces. Plain text that fits 80 columns."""

from collections.abc import Sequence
from datetime import date, datetime
from textwrap import wrap

from stackk_tui.insight.pace import even_words
from stackk_tui.model.board import RateLine
from stackk_tui.model.service import Workspace
from stackk_tui.model.snapshot import Limit
from stackk_tui.model.view import Converted, ServiceView, Total, WindowPace
from stackk_tui.report.conversion import rate_words
from stackk_tui.report.format import (
    UNKNOWN,
    age,
    age_words,
    band,
    could_be_full,
    count,
    day,
    marked,
    marks,
    money,
    month_name,
    percent,
    provenance_words,
    quantity,
    total_words,
    when,
)
from stackk_tui.report.grid import Column, clip, grid, pad
from stackk_tui.report.plain import plain

STATUS_WORDS = {
    "ok": "● ok",
    "stale": "◌ old",
    "error": "✖ error",
    "sign-in-needed": "✖ sign in",
    "disconnected": "○ off",
}
NOTHING = "Nothing is tracked yet. Start with: stackk-tui add PROVIDER, or open the screens: stackk-tui"

_SERVICES = (
    Column("Status"),
    Column("Service", shrink_to=10),
    Column("Workspace", shrink_to=8, give=3),
    Column("Plan", shrink_to=6, give=4),
    Column("Limit", right=True, give=2),
    Column("Month", right=True),
    Column("Renews", right=True, give=5),
    Column("Seen", right=True),
)
_WORKSPACES = (
    Column("ID"),
    Column("Name", shrink_to=12),
    Column("Kind", give=2),
    Column("Plan", shrink_to=6, give=1),
    Column(""),
)


def services_table(views: Sequence[ServiceView], total: Total, now: datetime, *, width: int) -> str:
    """Gives one line per service, and the month's total with what it is made of."""
    if not views:
        return NOTHING
    table = grid(_SERVICES, [_service_row(view, now) for view in views], width)
    return f"{table}\n\n{total_line(total, now.date())}"


def total_line(total: Total, today: date) -> str:
    """Gives `November so far: $397.31 measured + $220.00 list price`, and below it the sum in the currency
    that was chosen."""
    parts = [
        f"{marks(p.provenance)[0]} {money(p.amount, p.currency)} {total_words(p.provenance)}".lstrip()
        for p in total.parts
    ]
    lines = [f"{month_name(total.month)} so far: {' + '.join(parts) or 'no cost is known'}"]
    if total.converted is not None:
        lines.append(_converted(total.converted, today))
    if total.currency_problem:
        lines.append(f"No total in your currency. {total.currency_problem}")
    return "\n".join(lines)


def _converted(made: Converted, today: date) -> str:
    """Gives `≈ €568.00 by your rate 0.92 of 20 Nov`, and what is not in it for want of a rate."""
    rates = [RateLine(r.currency, plain(r.rate), r.as_of.isoformat(), r.is_old(today)) for r in made.rates]
    rest = ", ".join(money(part.amount, part.currency) for part in made.rest)
    without = f"; without {rest}, which has no rate" if rest else ""
    words = rate_words(rates, today, full=True)
    return f"{' ' * 4}≈ {money(made.amount, made.currency)} by {words}{without}"


def _service_row(view: ServiceView, now: datetime) -> list[str]:
    plan = view.snapshot.plan.value if view.snapshot else None
    renews = view.billing.next_payment
    return [
        STATUS_WORDS[view.status.value],
        view.service.name,
        view.service.workspace.name,
        plan.label if plan else "",
        _tightest(view),
        _month_money(view),
        marked(day(renews.value, now.date()), renews.provenance.value) if renews.value else "",
        age(view.fetched_at, now),
    ]


def _tightest(view: ServiceView) -> str:
    used = [limit.used for limit in view.snapshot.limits if limit.used is not None] if view.snapshot else []
    return percent(max(used)) if used else ""


def _month_money(view: ServiceView) -> str:
    cost, price = view.month.cost, view.billing.price
    if cost.value is not None:
        return marked(money(cost.value.amount, cost.value.currency), cost.provenance.value)
    if price.value is not None:
        each = " a year" if view.billing.cycle == "yearly" else ""
        return marked(money(price.value.amount, price.value.currency), price.provenance.value) + each
    return UNKNOWN


def service_text(view: ServiceView, now: datetime, *, width: int) -> str:
    """Gives everything about one service, a figure per line, each with where it comes from."""
    service, month = view.service, view.month
    lines = [f"{service.name} · {service.workspace.name}   {STATUS_WORDS[view.status.value]}", ""]
    if service.error is not None:
        lines += [*(service.error.lines or (service.error.message,)), ""]
    facts: list[tuple[str, str, str]] = []
    plan = view.snapshot.plan if view.snapshot else None
    if plan is not None:
        facts.append(("Plan", plan.value.label if plan.value else UNKNOWN, plan.provenance.value))
    facts += _billing_facts(view, now)
    cost = money(month.cost.value.amount, month.cost.value.currency) if month.cost.value else UNKNOWN
    tokens = month.tokens.value
    facts.append(("Cost this month", cost, month.cost.provenance.value))
    facts.append(("Tokens", f"{count(tokens.total)}" if tokens else UNKNOWN, month.tokens.provenance.value))
    requests = month.requests.value
    facts.append(
        ("Requests", count(requests) if requests is not None else UNKNOWN, month.requests.provenance.value)
    )
    if month.unpriced_tokens:
        facts.append(("Tokens without a price", count(month.unpriced_tokens), "measured"))
    if view.snapshot is not None:
        for limit in view.snapshot.limits:
            facts.append((limit.label, _limit(limit, now), limit.provenance.value))
            facts += [("", words, "estimated") for words in pace_words(view.pace(limit.id), now)]
        facts += [(m.label, quantity(m.value, m.unit), m.provenance.value) for m in view.snapshot.metrics]
    lines += [clip(f"{pad(label, 26)}{value:<24}  {provenance_words(p)}", width) for label, value, p in facts]
    if month.through is not None:
        lines.append(f"{'This month':<26}{month.first} to {month.through}, {month.timezone}")
    notes = view.snapshot.notes if view.snapshot else ()
    lines += ["", *(line for note in notes for line in wrap(note, width))]
    lines.append(f"Seen {age_words(view.fetched_at, now)} · id {service.id} · account {service.account_id}")
    return "\n".join(lines)


def _billing_facts(view: ServiceView, now: datetime) -> list[tuple[str, str, str]]:
    price, renews, cycle = view.billing.price, view.billing.next_payment, view.billing.cycle
    each = {"monthly": " a month", "yearly": " a year"}.get(cycle or "", "")
    said = f"{money(price.value.amount, price.value.currency)}{each}" if price.value else UNKNOWN
    due = day(renews.value, now.date()) if renews.value else UNKNOWN
    return [("Price", said, price.provenance.value), ("Next payment", due, renews.provenance.value)]


def _limit(limit: Limit, now: datetime) -> str:
    parts = [percent(limit.used)] if limit.used is not None else []
    if limit.cap is not None:
        parts.append(f"of {money(limit.cap.amount, limit.cap.currency, brief=True)}")
    if limit.resets_at is not None:
        parts.append(f"resets {when(limit.resets_at, now)}")
    return " ".join(parts) or UNKNOWN


def pace_words(pace: WindowPace | None, now: datetime) -> list[str]:
    """Gives `12 % ahead of an even pace`, and when the window is full or that it resets first, and how sure
    that is; or nothing."""
    if pace is None:
        return []
    words = [even_words(pace)] if pace.ahead is not None else []
    basis = pace.basis.partition(" (")[0]
    if pace.full_at is not None:
        words.append(f"full ≈ {when(pace.full_at, now)} {basis}")
    elif pace.rate is not None:
        words.append(f"resets first {basis}" if "by now" not in pace.basis else "may be full by now")
    if pace.full_from is not None and pace.full_at is not None:
        words.append(f"probably {band(pace.full_from, pace.full_to, now)}")
    elif pace.full_from is not None:
        words.append(could_be_full(pace.full_from, now))
    return words


def workspaces_table(choices: Sequence[tuple[Workspace, bool]], *, width: int) -> str:
    """Gives what can be picked; the account as a whole comes first."""
    rows = [
        [
            workspace.id,
            workspace.name,
            workspace.kind,
            workspace.plan or "",
            ", ".join(
                word
                for word, said in (
                    ("tracked", connected),
                    ("archived", workspace.archived_at is not None),
                    (workspace.closed, bool(workspace.closed)),
                )
                if said
            ),
        ]
        for workspace, connected in choices
    ]
    return grid(_WORKSPACES, rows, width) if rows else "There is nothing to pick from."

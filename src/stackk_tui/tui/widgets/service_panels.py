"""The blocks of the detail screen: billing, metrics, what is known about it, notes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Cell, Piece, cut, fit, table, width_of, wrapped
from stackk_tui.tui.widgets.panel import Lines, Panel

if TYPE_CHECKING:
    from stackk_tui.model.figure import Figure
    from stackk_tui.model.snapshot import Metric
    from stackk_tui.model.view import History, ServiceView

BILL_NAMES = 7
"""The width of the names of a bill's figures."""
HOW = 12
"""The width of `typed by you`."""


class ServicePanel(Panel):
    """A block about one service. Takes no line while there is nothing to say."""

    def __init__(self, *, now: datetime, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = now
        self.view: ServiceView | None = None
        self.history: History | None = None

    def show(self, view: "ServiceView", history: "History | None", now: datetime) -> None:
        """Shows this service."""
        self.view, self.history, self.now = view, history, now
        self.changed()
        self.display = bool(self.content(80, self.app.look))  # type: ignore[attr-defined]

    def lines(self, width: int, draw: Look) -> Lines:
        return self.content(width, draw) if self.view else []

    def content(self, width: int, draw: Look) -> Lines:
        """Gives the block's lines."""
        raise NotImplementedError


def rule(title: str, width: int, draw: Look, aside: str = "") -> list[Piece]:
    """Gives a block's title with a dim rule after it."""
    name: list[Piece] = [(f"{title} ", draw.strong), *([(f"{aside} ", draw.quiet)] if aside else [])]
    used = sum(len(text) for text, _ in name)
    return cut([*name, ("─" * max(0, width - used), draw.faint)], width)


class BillingPanel(ServicePanel):
    """Plan, price, cycle and next payment, each with how we know it, or why it cannot be known."""

    def content(self, width: int, draw: Look) -> Lines:
        view = self.view
        if view is None:
            return []
        facts = billing_facts(view, self.now)
        widest = max((width_of([(value, draw.text)]) for _, value, _ in facts), default=0)
        room = min(widest, max(0, width - BILL_NAMES - 2 - HOW))
        out: Lines = [rule("Billing", width, draw)]
        for name, value, words in facts:
            known = (
                fit([(value, draw.text)], max(room, width_of([(value, draw.text)])) + 2)
                if value
                else [(f"{f.UNKNOWN} ", draw.faint)]
            )
            out.append(cut([*fit([(name, draw.quiet)], BILL_NAMES), *known, (words, draw.quiet)], width))
        return [*out, []]


class AboutPanel(ServicePanel):
    """Where it comes from, when it was read, and what cannot be known."""

    def content(self, width: int, draw: Look) -> Lines:
        view, now = self.view, self.now
        if view is None:
            return []
        service, snapshot = view.service, view.snapshot
        facts = [
            ("Workspace", service.workspace.name or f.UNKNOWN),
            ("Account", view.account.label),
            ("Category", service.category),
            ("Connected", f.day(service.connected_at.date(), now.date())),
            ("Last synced", f.age_words(service.last_synced_at, now)),
            ("Figures from", f.age_words(view.fetched_at, now)),
        ]
        rows: list[list[Cell]] = [
            [[(name, draw.quiet)], [(value, draw.text)]] for name, value in facts if value
        ]
        out: Lines = [rule("About", width, draw), *table(rows, ("left", "left"), flex=1, width=width)]
        if snapshot and snapshot.not_exposed:
            out += wrapped(f"Not exposed by this API: {names(snapshot.not_exposed)}.", width, draw.quiet)
        if snapshot and snapshot.not_permitted:
            out += wrapped(
                f"Not permitted with this sign-in: {names(snapshot.not_permitted)}.", width, draw.look
            )
        for note in snapshot.notes if snapshot else ():
            out += wrapped(note, width, draw.quiet)
        return [*out, []]


class MetricsPanel(ServicePanel):
    """Whatever else the provider tells, in its own sections."""

    def content(self, width: int, draw: Look) -> Lines:
        view = self.view
        if view is None or view.snapshot is None or not view.snapshot.metrics:
            return []
        sections: dict[str, list[Metric]] = {}
        for metric in view.snapshot.metrics:
            sections.setdefault(metric.section or "More", []).append(metric)
        out: Lines = []
        for title, metrics in sections.items():
            rows: list[list[Cell]] = []
            for metric in metrics:
                value = f.quantity(metric.value, metric.unit)
                known = metric.value is not None
                text = f.marked(value, metric.provenance.value) if known else value
                why = "" if known else f.provenance_words(metric.provenance.value)
                rows.append(
                    [
                        [(metric.label, draw.quiet)],
                        [(text, draw.text if known else draw.faint)],
                        [(why, draw.quiet)],
                    ]
                )
            out += [
                rule(title, width, draw),
                *table(rows, ("left", "right", "left"), flex=0, width=width),
                [],
            ]
        return out


def names(keys: Sequence[str]) -> str:
    """Gives the names of figures as a person reads them."""
    return ", ".join(key.replace("_", " ") for key in keys)


def billing_facts(view: "ServiceView", now: datetime) -> list[tuple[str, str, str]]:
    """Gives name, value and how it is known of each figure of a bill; an empty value cannot be known.

    What this way in has none of is left out: a subscription typed in has no plan to tell.
    """
    billing, snapshot, today = view.billing, view.snapshot, now.date()
    plan = snapshot.plan if snapshot else None
    price, due = billing.price, billing.next_payment
    found = []
    if plan is None or plan.value is not None or "plan" in view.can:
        found.append(("Plan", plan.value.label if plan and plan.value else "", _how("plan", plan, view)))
    found += [
        (
            "Price",
            f.money(price.value.amount, price.value.currency) if price.value else "",
            _how("price", price, view),
        ),
        ("Cycle", *_cycle(view, today)),
        ("Next", f.day(due.value, today) if due.value else "", _how("next_payment", due, view)),
    ]
    return found


def _cycle(view: "ServiceView", today: date) -> tuple[str, str]:
    """Gives how often it is paid, and the days of the cycle where they are told."""
    paid, cycle = view.billing.cycle or "", view.snapshot.cycle if view.snapshot else None
    if cycle is not None and "cycle" in view.can:
        days = f.days(cycle.first, cycle.last, today)
        return (f"{paid}, {days}" if paid == "yearly" else days), f.provenance_words("measured")
    if view.service.entered.cycle:
        return paid, f.provenance_words("entered")
    price = view.billing.price
    if paid:
        return paid, f.provenance_words(price.provenance.value) if price.value else ""
    return "", _how("cycle", None, view)


def _how(name: str, figure: "Figure[Any] | None", view: "ServiceView") -> str:
    """Gives the words for how a figure is known, or why it is not."""
    if figure is not None and figure.value is not None:
        return f.provenance_words(figure.provenance.value)
    snapshot = view.snapshot
    if snapshot is None:
        return "not read yet"
    if name in snapshot.not_permitted or (figure and figure.provenance.value == "not-permitted"):
        return f.provenance_words("not-permitted")
    return f.provenance_words("not-exposed")

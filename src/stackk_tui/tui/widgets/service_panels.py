"""The blocks of the detail screen: models, billing, metrics, what is known about it, notes."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.style import Style

from stackk_tui.report import format as f
from stackk_tui.tui.charting import NO_MODEL
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Cell, Piece, cut, table, wrapped
from stackk_tui.tui.widgets.panel import Lines, Panel

if TYPE_CHECKING:
    from stackk_tui.model.figure import Figure
    from stackk_tui.model.snapshot import Metric
    from stackk_tui.model.view import History, ServiceView


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


class ModelsPanel(ServicePanel):
    """This month's tokens and cost by model."""

    def content(self, width: int, draw: Look) -> Lines:
        if self.view is None or self.history is None:
            return []
        models = model_rows(self.history, self.view.month.first)
        if not models:
            return []
        wide = width >= 66
        counts = ("Input", "Cache w", "Cache r", "Output") if wide else ("Tokens",)
        titles = ("Model", *counts, "Cost", "%")
        rows: list[list[Cell]] = [[[(title, draw.quiet)] for title in titles]]
        all_cost = sum((m.cost for m in models if m.cost is not None), Decimal(0))
        all_tokens = sum(m.total for m in models)
        estimated = self.view.month.cost.provenance.value
        for model in models:
            share = float(model.cost / all_cost) if all_cost and model.cost is not None else None
            if not all_cost and all_tokens:
                share = model.total / all_tokens
            numbers = (
                (model.input, model.cache_write, model.cache_read, model.output) if wide else (model.total,)
            )
            cells: list[Cell] = [
                [(f.compact(n) if n else f.UNKNOWN, draw.text if n else draw.faint)] for n in numbers
            ]
            cost: Cell = [("no price" if model.total else f.UNKNOWN, draw.quiet)]
            if model.cost is not None:
                before = f.marks(estimated)[0]
                mark: list[Piece] = [(f"{before} ", draw.quiet)] if before else []
                cost = [*mark, (f.money(model.cost, self.history.currency), draw.text)]
            percent = f.percent(share).removesuffix(" %") if share is not None else ""
            rows.append([[(model.name or NO_MODEL, draw.strong)], *cells, cost, [(percent, draw.quiet)]])
        aligns = ["left", *["right"] * (len(titles) - 1)]
        body = table(rows, aligns, flex=0, width=width)  # type: ignore[arg-type]
        return [rule("Models", width, draw, "this month"), *body, []]


class BillingPanel(ServicePanel):
    """Plan, price, cycle and next payment, each with how we know it."""

    def content(self, width: int, draw: Look) -> Lines:
        view = self.view
        if view is None:
            return []
        billing, plan = view.billing, view.snapshot.plan if view.snapshot else None
        price, payment = billing.price, billing.next_payment
        rows: list[list[Cell]] = [
            _fact("Plan", plan.value.label if plan and plan.value else None, plan, draw),
            _fact(
                "Price",
                f.money(price.value.amount, price.value.currency) if price.value else None,
                price,
                draw,
            ),
            [[("Cycle", draw.quiet)], [(billing.cycle or f.UNKNOWN, draw.text)], []],
            _fact("Next", f.day(payment.value, self.now.date()) if payment.value else None, payment, draw),
        ]
        return [rule("Billing", width, draw), *table(rows, ("left", "left", "left"), flex=2, width=width), []]


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
            out += wrapped(f"No API shows: {names(snapshot.not_exposed)}.", width, draw.quiet)
        if snapshot and snapshot.not_permitted:
            out += wrapped(f"Not permitted with this key: {names(snapshot.not_permitted)}.", width, draw.look)
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


class ModelRow:
    """A model's share of a month."""

    __slots__ = ("cache_read", "cache_write", "cost", "input", "name", "output", "unpriced")

    def __init__(self, name: str) -> None:
        self.name = name
        self.input = self.output = self.cache_write = self.cache_read = self.unpriced = 0
        self.cost: Decimal | None = None

    @property
    def total(self) -> int:
        return self.input + self.output + self.cache_write + self.cache_read


def model_rows(history: "History", first: date) -> list[ModelRow]:
    """Gives the models used since `first`, the dearest first."""
    rows: dict[str, ModelRow] = {}
    for usage in history.usage:
        if usage.day < first:
            continue
        row = rows.setdefault(usage.model, ModelRow(usage.model))
        if usage.tokens:
            row.input += usage.tokens.input
            row.output += usage.tokens.output
            row.cache_write += usage.tokens.cache_write_5m + usage.tokens.cache_write_1h
            row.cache_read += usage.tokens.cache_read
        row.unpriced += usage.unpriced_tokens
        if usage.cost is not None:
            row.cost = (row.cost or Decimal(0)) + usage.cost
    return sorted(rows.values(), key=lambda r: (-(r.cost or Decimal(-1)), -r.total, r.name))


def names(keys: Sequence[str]) -> str:
    """Gives the names of figures as a person reads them."""
    return ", ".join(key.replace("_", " ") for key in keys)


def _fact(name: str, value: str | None, figure: "Figure[Any] | None", draw: Look) -> list[Cell]:
    words = f.provenance_words(figure.provenance.value) if figure else "not read yet"
    known: Style = draw.text if value is not None else draw.faint
    return [[(name, draw.quiet)], [(value or f.UNKNOWN, known)], [(words, draw.quiet)]]

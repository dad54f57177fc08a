"""The block that takes a month apart: by model, service, state, or whatever a provider's parts are."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from stackk_tui.report import format as f
from stackk_tui.tui.charting import NO_MODEL, MeasureId
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Cell, Piece, table
from stackk_tui.tui.widgets.panel import Lines
from stackk_tui.tui.widgets.service_panels import ServicePanel, rule
from stackk_tui.tui.widgets.stats import month_words

if TYPE_CHECKING:
    from stackk_tui.model.snapshot import Measure
    from stackk_tui.model.view import DayUsage, History, ServiceView

NO_PART = "the rest"


class PartsPanel(ServicePanel):
    """This month's figures by what the charted measure is made of: models, services, states."""

    def __init__(self, *, now: datetime, id: str | None = None) -> None:
        super().__init__(now=now, id=id)
        self._measure: Measure | None = None

    def choose(self, measure: "Measure | None") -> None:
        """Shows the parts of this measure from now on."""
        self._measure = measure

    def content(self, width: int, draw: Look) -> Lines:
        if self.view is None or self.history is None or not (self._measure and self._measure.part):
            return []
        if self._measure.part == "Model":
            return self._by_model(self.history, self.view, width, draw)
        return self._by_part(self.history, self.view, self._measure, width, draw)

    def _by_part(
        self, history: "History", view: "ServiceView", measure: "Measure", width: int, draw: Look
    ) -> Lines:
        parts = part_rows(history, measure.id, view.month.first)
        if not any(name for name, _ in parts):
            return []
        whole = sum((amount for _, amount in parts), Decimal(0))
        rows: list[list[Cell]] = [[[(title, draw.quiet)] for title in (measure.part, measure.label, "%")]]
        for name, amount in parts:
            value = f.money(amount, history.currency) if measure.id == "cost" else f.count(int(amount))
            if measure.id == "cost":
                value = f.marked(value, view.month.cost.provenance.value)
            percent = f.percent(float(amount / whole)).removesuffix(" %") if whole > 0 <= amount else ""
            rows.append(
                [[(name or NO_PART, draw.strong)], [(value, draw.text)], [(percent, draw.quiet)]],
            )
        body = table(rows, ("left", "right", "right"), flex=0, width=width)
        return [
            rule(f"By {measure.part.lower()}", width, draw, month_words(view, self.now.date())),
            *body,
            [],
        ]

    def _by_model(self, history: "History", view: "ServiceView", width: int, draw: Look) -> Lines:
        models = model_rows(history, view.month.first)
        if not models:
            return []
        wide = width >= 66
        counts = ("Input", "Cache w", "Cache r", "Output") if wide else ("Tokens",)
        titles = ("Model", *counts, "Cost", "%")
        rows: list[list[Cell]] = [[[(title, draw.quiet)] for title in titles]]
        all_cost = sum((m.cost for m in models if m.cost is not None), Decimal(0))
        all_tokens = sum(m.total for m in models)
        estimated = view.month.cost.provenance.value
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
                cost = [*mark, (f.money(model.cost, history.currency), draw.text)]
            percent = f.percent(share).removesuffix(" %") if share is not None else ""
            rows.append([[(model.name or NO_MODEL, draw.strong)], *cells, cost, [(percent, draw.quiet)]])
        aligns = ["left", *["right"] * (len(titles) - 1)]
        body = table(rows, aligns, flex=0, width=width)  # type: ignore[arg-type]
        return [rule("Models", width, draw, month_words(view, self.now.date())), *body, []]


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


def part_rows(history: "History", measure: MeasureId, first: date) -> list[tuple[str, Decimal]]:
    """Gives what each part counts for since `first`, the largest first."""
    sums: dict[str, Decimal] = {}
    for usage in history.usage:
        amount = _amount(usage, measure)
        if usage.day >= first and amount is not None:
            sums[usage.model] = sums.get(usage.model, Decimal(0)) + amount
    return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))


def _amount(usage: "DayUsage", measure: MeasureId) -> Decimal | None:
    if measure == "cost":
        return usage.cost
    count = usage.requests if measure == "requests" else usage.tokens.total if usage.tokens else None
    return None if count is None else Decimal(count)

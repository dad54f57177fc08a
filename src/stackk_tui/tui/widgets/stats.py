"""The numbers of a service, side by side: plan, what it measures, what its provider puts first, limits."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece, cut, fit, width_of
from stackk_tui.tui.widgets.panel import Lines, Panel

if TYPE_CHECKING:
    from stackk_tui.model.figure import Figure
    from stackk_tui.model.snapshot import Limit, Measure
    from stackk_tui.model.view import ServiceView

LEAST = 19
"""The narrowest that a number with its words may be."""


@dataclass(frozen=True, slots=True)
class Stat:
    """A title, a number, the words below it, and the level of the number."""

    title: str
    number: str
    words: str = ""
    level: str = "strong"
    fill: float | None = None


class PlanBadge(Panel):
    """The plan in reverse, on the service's colour of emphasis; nothing when no plan is known."""

    DEFAULT_CSS = """
    PlanBadge { width: auto; height: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._label = ""

    def show(self, label: str) -> None:
        """Shows this plan."""
        self._label = label
        self.changed()
        self.refresh(layout=True)

    def get_content_width(self, container: Any, viewport: Any) -> int:
        return len(self._label) + 3 if self._label else 0

    def lines(self, width: int, draw: Look) -> Lines:
        if not self._label:
            return [[]]
        return [cut([(f" {self._label} ", draw.badge), (" ", draw.text)], width)]


class StatsGrid(Panel):
    """As many numbers a line as fit."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._stats: list[Stat] = []

    def show(self, stats: list[Stat]) -> None:
        """Shows these numbers."""
        if stats != self._stats:
            self._stats = stats
            self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        if not self._stats:
            return []
        per_line = max(1, min(len(self._stats), width // (LEAST + 2)))
        if per_line < len(self._stats) < 2 * per_line:
            per_line = (len(self._stats) + 1) // 2
        column = width // per_line
        out: Lines = []
        for at in range(0, len(self._stats), per_line):
            out += [[]] if out else []
            group = self._stats[at : at + per_line]
            for part in (_title, _number, _words):
                line: list[Piece] = []
                for stat in group:
                    line += fit(part(stat, draw, column - 2), column)
                out.append(cut(line, width))
        return out


def _title(stat: Stat, draw: Look, width: int) -> list[Piece]:
    return cut([(stat.title.upper(), draw.quiet)], width)


def _number(stat: Stat, draw: Look, width: int) -> list[Piece]:
    style = {"strong": draw.strong, "quiet": draw.quiet}.get(stat.level) or draw.level(stat.level)
    line: list[Piece] = [(stat.number, style)]
    if stat.fill is not None and (room := min(12, width - width_of(line) - 2)) >= 5:
        full, empty = f.bar(stat.fill, room, plain=draw.plain)
        bar = draw.accent if stat.level == "strong" else style
        line += [("  ", draw.text), (full, bar), (empty, draw.faint)]
    return cut(line, width)


def _words(stat: Stat, draw: Look, width: int) -> list[Piece]:
    return cut([(stat.words, draw.quiet)], width)


def stats_of(view: "ServiceView", now: datetime) -> list[Stat]:
    """Gives the numbers of a service; what cannot be known says why.

    Of a sign-in that tells of no usage, only when it renews.
    """
    counted = [stat for measure in view.measures if (stat := _measured(view, measure, now)) is not None]
    shown = [_plan(view), *counted, *_headlines(view), *_tightest(view, now)]
    return shown if counted else [*shown, _renews(view, now)]


def _measured(view: "ServiceView", measure: "Measure", now: datetime) -> Stat | None:
    """Gives a measure's sum of the month; None where this sign-in neither tells of it nor ever did."""
    figures: dict[str, Figure[Any]] = {
        "cost": view.month.cost,
        "tokens": view.month.tokens,
        "requests": view.month.requests,
    }
    if figures[measure.id].value is None and not view.counts:
        return None
    if measure.id == "cost":
        return _cost(view, now)
    return _tokens(view) if measure.id == "tokens" else _requests(view, measure.label, now)


def _headlines(view: "ServiceView") -> list[Stat]:
    """Gives what the provider says belongs to the top, in its words."""
    found = []
    for metric in view.snapshot.metrics if view.snapshot else ():
        if metric.headline and metric.value is None:
            found.append(_unknown(metric.label, metric.provenance.value))
        elif metric.headline:
            value = f.marked(f.quantity(metric.value, metric.unit), metric.provenance.value)
            title, _, words = metric.label.partition(", ")  # `Requests, 7 days`
            found.append(Stat(title, value.removesuffix(f" {metric.unit}"), words or _unit(metric.unit)))
    return found


def _unit(unit: str) -> str:
    """Gives the unit where it is not in the value already."""
    return "" if unit == "bytes" or (len(unit) == 3 and unit.isupper()) else unit


def _unknown(title: str, provenance: str, *, report: bool = False) -> Stat:
    words = "not in this report" if report else f.provenance_words(provenance)
    if provenance == "not-permitted":
        words = "not permitted"
    return Stat(title, f.UNKNOWN, words, "quiet")


def _plan(view: "ServiceView") -> Stat:
    plan = view.snapshot.plan if view.snapshot else None
    price = view.billing.price
    words = ""
    if price.value is not None:
        amount = f.money(price.value.amount, price.value.currency, brief=True)
        words = f"{f.marked(amount, price.provenance.value)} {view.billing.cycle or ''}".strip()
    if plan is None or plan.value is None:
        return Stat("plan", f.UNKNOWN, words or "no plan known", "quiet")
    return Stat("plan", plan.value.label, words)


def _cost(view: "ServiceView", now: datetime) -> Stat:
    cost = view.month.cost
    if cost.value is None:
        return _unknown("this month", cost.provenance.value)
    amount = f.marked(f.money(cost.value.amount, cost.value.currency), cost.provenance.value)
    through = view.month.through
    zone = view.month.timezone.rpartition("/")[2].replace("_", " ")
    words = f"through {f.day(through, now.date())}, {zone}" if through else ""
    if view.month.unpriced_tokens:
        words = f"without {f.compact(view.month.unpriced_tokens)} unpriced tok"
    return Stat("this month", amount, words)


def _tokens(view: "ServiceView") -> Stat:
    tokens = view.month.tokens
    if tokens.value is None:
        return _unknown("tokens", tokens.provenance.value)
    total = tokens.value.total
    words = f"{f.percent(tokens.value.cache_read / total)} from cache" if total else "none this month"
    return Stat("tokens", f.compact(total), words)


def _requests(view: "ServiceView", label: str, now: datetime) -> Stat:
    requests = view.month.requests
    if requests.value is None:
        return _unknown(label, requests.provenance.value, report=True)
    return Stat(label, f.count(requests.value), month_words(view, now.date()))


def _tightest(view: "ServiceView", now: datetime) -> list[Stat]:
    limits = _filling(view)
    return [_limit(max(limits, key=lambda one: one.used or 0.0), now)] if limits else []


def _filling(view: "ServiceView") -> "list[Limit]":
    return [limit for limit in (view.snapshot.limits if view.snapshot else ()) if limit.used is not None]


def _limit(limit: "Limit", now: datetime) -> Stat:
    level = f.level(limit.used)
    return Stat(
        limit.label,
        f.percent(limit.used or 0.0),
        " · ".join(left_words(limit, now)),
        "strong" if level == "ok" else level,
        limit.used,
    )


def _renews(view: "ServiceView", now: datetime) -> Stat:
    payment = view.billing.next_payment
    words = f.provenance_words(payment.provenance.value)
    if payment.value is None:
        return Stat("renews", f.UNKNOWN, words, "quiet")
    return Stat("renews", f.marked(f.day(payment.value, now.date()), payment.provenance.value), words)


def month_words(view: "ServiceView", today: date) -> str:
    """Gives `this month`, or `since 16 Nov` where its days are known from then on only."""
    cycle, first = view.snapshot.cycle if view.snapshot else None, view.month.first
    whole = first == cycle.first if cycle else first.day == 1
    return "this month" if whole else f"since {f.day(first, today)}"


def left_words(limit: "Limit", now: datetime) -> list[str]:
    """Gives what is left and when the limit starts again: `$198.80 left`, `resets 1 Dec`."""
    parts = []
    if limit.cap is not None and limit.spent is not None:
        left = limit.cap.amount - limit.spent.amount
        words = "left" if left >= 0 else "over"
        parts.append(f"{f.money(abs(left), limit.cap.currency)} {words}")
    if limit.resets_at:
        parts.append(f"resets {f.when(limit.resets_at, now)}")
    return parts

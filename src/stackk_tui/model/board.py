"""The dashboard as plain data, kept in the ledger so that the first paint reads one row of JSON.

Standard library only. Made by `insight/board.py`, drawn by `tui/`. Money is a Decimal in whole units; a
figure's provenance stands beside it as its word (`model/figure.py`). Times are ISO-8601 UTC.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

HeadlineKind = Literal["limit", "cost", "tokens", "plan", "price", "none"]

BOARD_VERSION = 3


@dataclass(frozen=True, slots=True)
class Headline:
    """The one number that matters about a service now."""

    kind: HeadlineKind = "none"
    label: str = ""
    """`5-hour window`, `spend`; empty where the number speaks for itself."""
    fill: float | None = None
    """0 to 1 and over, for kind `limit`."""
    resets_at: str | None = None
    full_at: str | None = None
    """When the window is full at the recent rate, where that is before it resets; an estimate."""
    full_from: str | None = None
    """The soonest that it may be full; None where that is not known."""
    full_to: str | None = None
    """The latest; None beside a `full_from` means that it may also reset before."""
    full_until: str | None = None
    """When all this is too old to be said any more."""
    amount: str | None = None
    """The decimal amount (cost, price, or the limit's cap) or the token count, as a string."""
    currency: str | None = None
    provenance: str = "measured"


@dataclass(frozen=True, slots=True)
class BoardRow:
    service_id: str
    provider: str
    name: str
    workspace: str
    workspace_kind: str
    category: str
    color: str
    status: str
    """A `model.service.Status` value."""
    error: str | None = None
    """What happened, in a person's words."""
    retry_at: str | None = None
    plan: str | None = None
    headline: Headline = field(default_factory=Headline)
    month_amount: str | None = None
    month_currency: str = "USD"
    month_provenance: str = "not-exposed"
    """`measured`, `estimated` for costs; `list-price`, `entered` for a price; else why there is none."""
    spark: tuple[float | None, ...] = ()
    renews: str | None = None
    """ISO date."""
    renews_provenance: str = "not-exposed"
    seen_at: str | None = None
    """When the figures were fetched; None before the first fetch."""
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class TotalLine:
    amount: str
    currency: str
    provenance: str


@dataclass(frozen=True, slots=True)
class RateLine:
    """A rate that a person typed, on the day they gave it."""

    currency: str
    rate: str
    as_of: str
    """ISO date."""
    old: bool = False


@dataclass(frozen=True, slots=True)
class ConvertedLine:
    """The totals in the currency that was chosen; those in `rest` are not in it."""

    amount: str
    currency: str
    rates: tuple[RateLine, ...]
    rest: tuple[TotalLine, ...] = ()


@dataclass(frozen=True, slots=True)
class BoardForecast:
    """What the month will come to by its last day: an estimate, four of five months end in the band. Amounts
    are decimals as text; `fixed` are prices of plans and subscriptions, which are not in the others."""

    expected: str
    low: str
    high: str
    currency: str
    last: str
    """ISO date."""
    basis: str
    fixed: str = "0"


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the dashboard shows."""

    rows: tuple[BoardRow, ...] = ()
    month: str = ""
    """ISO date of the first day of the month that `totals` speaks of."""
    totals: tuple[TotalLine, ...] = ()
    made_at: str = ""
    converted: ConvertedLine | None = None
    currency_problem: str = ""
    forecast: BoardForecast | None = None
    """None where nothing can be said of it."""

    def to_json(self) -> str:
        return json.dumps({"v": BOARD_VERSION, **asdict(self)}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Board | None":
        """Gives the board, or None if the text is from another version or damaged."""
        try:
            raw: dict[str, Any] = json.loads(text)
            if raw.pop("v") != BOARD_VERSION:
                return None
            rows = tuple(_row(row) for row in raw.pop("rows"))
            totals = _totals(raw.pop("totals"))
            converted = _converted(raw.pop("converted", None))
            forecast = _forecast(raw.pop("forecast", None))
            return cls(rows=rows, totals=totals, converted=converted, forecast=forecast, **raw)
        except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation):
            return None


def _forecast(raw: dict[str, Any] | None) -> BoardForecast | None:
    if raw is None:
        return None
    forecast = BoardForecast(**raw)
    for amount in (forecast.expected, forecast.low, forecast.high, forecast.fixed):
        Decimal(amount)
    date.fromisoformat(forecast.last)
    return forecast


def _totals(raw: list[dict[str, Any]]) -> tuple[TotalLine, ...]:
    totals = tuple(TotalLine(**line) for line in raw)
    for line in totals:
        Decimal(line.amount)
    return totals


def _converted(raw: dict[str, Any] | None) -> ConvertedLine | None:
    if raw is None:
        return None
    Decimal(raw["amount"])
    rates = tuple(RateLine(**rate) for rate in raw["rates"])
    return ConvertedLine(raw["amount"], raw["currency"], rates, _totals(raw["rest"]))


def _row(raw: dict[str, Any]) -> BoardRow:
    headline = Headline(**raw.pop("headline"))
    spark = tuple(raw.pop("spark"))
    return BoardRow(headline=headline, spark=spark, **raw)

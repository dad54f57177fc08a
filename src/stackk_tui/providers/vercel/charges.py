"""Charges, added up line by line as they arrive (`api/vercel.md` §6): a month of them can be 15 MB.

An amount is what was billed, but for the plan's own seats: those are billed on one day for the whole cycle,
so they count by their effective cost, which spreads them. Days are Los Angeles days, by the date of
`ChargePeriodStart`. Other currencies than the report's main one are kept apart, never added, and so is what
comes without one: the format has none such, so nothing says that it would be dollars.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from stackk_tui.model.text import clean
from stackk_tui.model.usage import DEFAULT_WORKSPACE
from stackk_tui.net.body import parse_line

MAIN = "USD"
SEAT = "Pro"
MIUS = "MIUs"
OTHER = "Other"
NOT_GIVEN = ""
"""The currency of a charge that names none."""
_APART = ("Tax", "Credit", "Adjustment")
"""Categories that are never the seat itself, whatever they are for."""
_MOST = Decimal(10) ** 15
_FARTHEST = 30
"""The exponent up to which is computed: with `1e9999999` every sum or comparison overflows."""
_NUMBER = re.compile(r"-?(?=\.?[0-9])[0-9]{0,20}(\.[0-9]{0,20})?")

Key = tuple[date, str, str]
"""Day, project id (or `default`), service."""


@dataclass(slots=True)
class Bill:
    """What a service cost on a day: `total` is its parts by category together."""

    parts: dict[str, Decimal] = field(default_factory=dict)

    def add(self, category: str, amount: Decimal) -> None:
        self.parts[category] = self.parts.get(category, Decimal(0)) + amount

    @property
    def total(self) -> Decimal:
        return sum(self.parts.values(), Decimal(0))


@dataclass(slots=True)
class Charges:
    """The sums so far, by currency. `take` raises ValueError for a line that cannot be read."""

    bills: dict[str, dict[Key, Bill]] = field(default_factory=dict)
    value: dict[tuple[date, str, str], Decimal] = field(default_factory=dict)
    """Usage by day, currency and project at list price, before what is included."""
    mius: dict[tuple[date, str], Decimal] = field(default_factory=dict)
    """Units of a contract that were used, by day and project."""
    seats: dict[date, Decimal] = field(default_factory=dict)
    rows: int = 0
    _names: dict[str, str] = field(default_factory=dict)
    _days: dict[str, date] = field(default_factory=dict)

    def take(self, line: bytes) -> None:
        """Adds one line."""
        row = parse_line(line)
        if not isinstance(row, dict):
            raise ValueError("not a charge")
        day = self._day(row.get("ChargePeriodStart"))
        tags = row.get("Tags")
        project = self._name(tags.get("ProjectId") if isinstance(tags, dict) else None, DEFAULT_WORKSPACE)
        category = self._name(row.get("ChargeCategory"), "Usage")
        service = self._name(row.get("ServiceName"), OTHER if category == "Usage" else category)
        currency = self._name(row.get("BillingCurrency"), NOT_GIVEN).upper()
        billed, effective = _amount(row.get("BilledCost")), _maybe_amount(row.get("EffectiveCost"))
        seat = service == SEAT and category not in _APART
        if seat and effective is None:
            raise ValueError("a seat without its cost")
        amount = effective if seat and effective is not None else billed
        self.bills.setdefault(currency, {}).setdefault((day, project, service), Bill()).add(category, amount)
        if category == "Usage" and effective is not None and not seat:
            key = (day, currency, project)
            self.value[key] = self.value.get(key, Decimal(0)) + effective
        quantity = _maybe_amount(row.get("PricingQuantity"))
        if seat and quantity is not None and row.get("PricingUnit") == "Seats":
            self.seats[day] = self.seats.get(day, Decimal(0)) + quantity
        if quantity is not None and MIUS in (row.get("PricingUnit"), row.get("PricingCurrency")):
            self.mius[day, project] = self.mius.get((day, project), Decimal(0)) + quantity
        self.rows += 1

    def within(self, first: date, last: date) -> "Charges":
        """Gives what is of these days: of others there may be rows that are only scheduled."""
        bills = {
            currency: own
            for currency, all_of_it in self.bills.items()
            if (own := {key: bill for key, bill in all_of_it.items() if first <= key[0] <= last})
        }
        return Charges(
            bills=bills,
            value={key: amount for key, amount in self.value.items() if first <= key[0] <= last},
            mius={key: units for key, units in self.mius.items() if first <= key[0] <= last},
            seats={day: seats for day, seats in self.seats.items() if first <= day <= last},
            rows=self.rows,
        )

    @property
    def currency(self) -> str:
        """The main currency: dollars where there are any, or none is named."""
        named = [name for name in self.bills if name != NOT_GIVEN]
        if not named or MAIN in named:
            return MAIN
        return max(named, key=lambda name: (len(self.bills[name]), name))

    def seats_now(self) -> Decimal | None:
        """Gives the seats of the latest day that has any."""
        return self.seats[max(self.seats)] if self.seats else None

    def _day(self, value: object) -> date:
        if not isinstance(value, str):
            raise ValueError("no day")
        day = self._days.get(value)
        if day is None:
            datetime.fromisoformat(value[:64])  # a moment, not anything that begins like a date
            day = self._days[value] = date.fromisoformat(value[:10])
        return day

    def _name(self, value: object, default: str) -> str:
        """Each name is cleaned and kept once."""
        if value is None or value == "":
            return default
        if not isinstance(value, str):
            raise ValueError("not a name")
        known = self._names.get(value)
        if known is None:
            known = self._names[value] = clean(value) or default
        return known


def category_sums(bills: Iterable[Bill]) -> dict[str, Decimal]:
    """Gives the sums by category of the bill."""
    sums: dict[str, Decimal] = {}
    for bill in bills:
        for category, amount in bill.parts.items():
            sums[category] = sums.get(category, Decimal(0)) + amount
    return sums


def _amount(value: object) -> Decimal:
    amount = _maybe_amount(value)
    if amount is None:
        raise ValueError("no amount")
    return amount


def _maybe_amount(value: object) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError("not an amount")
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("not an amount")
    amount = Decimal(value)
    if (amount and abs(amount.adjusted()) > _FARTHEST) or abs(amount) > _MOST:
        raise ValueError("not an amount")
    return amount

"""The pretend Vercel's charges: FOCUS rows by Los Angeles day, streamed as JSON lines (`vercel.md` §6).

What is included is spread over the asked window, as at the real one: days asked for one by one cost more.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from stackk_tui.sandbox.vercel_world import LA, PROJECTS, World, begin_of

Row = dict[str, Any]

_SERVICES: tuple[tuple[str, str, str, float, float, float], ...] = (
    ("Fast Data Transfer", "Networking", "GB", 24.0, 0.15, 0.0),
    ("Edge Requests", "Networking", "Requests", 184000.0, 0.000002, 0.0),
    ("Fluid Active CPU", "Compute", "Hours", 3.1, 0.128, 0.6),
    ("Fluid Provisioned Memory", "Compute", "GB-Hours", 24.0, 0.0106, 0.5),
    ("Function Invocations", "Compute", "Invocations", 61000.0, 0.0000006, 0.0),
    ("Build Minutes", "Developer Tools", "Minutes", 14.0, 0.014, 1.0),
    ("Image Optimization Transformations", "Compute", "Transformations", 800.0, 0.00005, 1.0),
)
"""Name, category, unit, amount a day, price, and the share that is not included."""


@dataclass(slots=True)
class Books:
    """Extra rows by `add`; `bulk_bytes` makes a report that long, in the same days."""

    world: World
    extra: list[Row] = field(default_factory=list)
    bulk_bytes: int = 0
    ended: bool = True
    """Whether the last line has its end."""

    def add(self, day: date, **row: Any) -> Row:
        """Adds a row of a day; keys are those of the report."""
        made = {**charge(day, "Adjusted"), **row}
        self.extra.append(made)
        return made

    def rows(self, begin: datetime, end: datetime, now: datetime) -> Iterator[Row]:
        """Gives the charges between two moments: usage of finished days, seats of later ones, too."""
        first, last = self.world.cycle(now)
        whole = begin <= first
        day = first.astimezone(LA).date()
        # the border itself may be named in the other season's hour
        day = first.date() if first.hour in (7, 8) else day
        seats = Decimal(20 * self.world.seats)
        days = max(1, (last - first).days)
        start = day
        while begin_of(day) < min(end, last):
            over = begin_of(day + timedelta(days=1))
            if begin_of(day) >= begin:
                if over <= min(end, now):
                    yield from self._usage(day, whole=whole)
                if over <= end:
                    billed = float(seats) if day == start else 0.0
                    yield _seat(day, billed, round(float(seats) / days, 6), self.world.seats)
                yield from (
                    r for r in self.extra if r["ChargePeriodStart"] == charge(day, "")["ChargePeriodStart"]
                )
            day += timedelta(days=1)

    def lines(self, begin: datetime, end: datetime, now: datetime) -> Iterator[bytes]:
        """Gives the report's bytes, a few lines at a time."""
        rows = list(self.rows(begin, end, now))
        if self.bulk_bytes:
            yield from _bulk(rows, self.bulk_bytes)
        else:
            yield "\n\n".join(json.dumps(row) for row in rows).encode()  # with blank lines between
        if self.ended:
            yield b"\n"

    def _usage(self, day: date, *, whole: bool) -> Iterator[Row]:
        for short in ("web", "docs"):
            random = Random(f"{self.world.seed}|{day}|{short}")  # noqa: S311  a pretend world
            for name, category, unit, amount, price, paid in _SERVICES:
                used = round(amount * random.uniform(0.7, 1.3) * (1.0 if short == "web" else 0.4), 4)
                value = round(used * price, 6)
                share = paid if whole else max(paid, 0.8)
                row = charge(day, name)
                row |= {
                    "BilledCost": round(value * share, 6),
                    "EffectiveCost": value,
                    "ConsumedQuantity": used,
                    "ConsumedUnit": unit,
                    "ServiceCategory": category,
                    "Tags": {"ProjectId": PROJECTS[short], "ProjectName": f"nimbus-{short}"},
                    "PricingQuantity": used,
                    "PricingUnit": unit,
                }
                yield row


def charge(day: date, service: str) -> Row:
    """Gives a row of a day with nothing in it."""
    return {
        "BilledCost": 0.0,
        "BillingCurrency": "USD",
        "ChargeCategory": "Usage",
        "ChargePeriodStart": _iso(begin_of(day)),
        "ChargePeriodEnd": _iso(begin_of(day + timedelta(days=1))),
        "ConsumedQuantity": None,
        "ConsumedUnit": None,
        "EffectiveCost": 0.0,
        "RegionId": "fra1",
        "RegionName": "Frankfurt, Germany",
        "ServiceName": service,
        "ServiceCategory": "Developer Tools",
        "ServiceProviderName": "Vercel",
        "Tags": {},
        "PricingCategory": "Standard",
        "PricingCurrency": "USD",
        "PricingQuantity": 0,
        "PricingUnit": "Units",
    }


def gzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Gives the pieces as one gzip stream."""
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _seat(day: date, billed: float, effective: float, seats: int) -> Row:
    row = charge(day, "Pro")
    row |= {
        "ChargeCategory": "Purchase",
        "BilledCost": billed,
        "EffectiveCost": effective,
        "PricingQuantity": seats,
        "PricingUnit": "Seats",
    }
    del row["RegionId"], row["RegionName"]
    return row


def _bulk(rows: list[Row], size: int) -> Iterator[bytes]:
    """Spreads each row over as many projects and regions as it takes; the sums grow with their number."""
    line_bytes = sum(len(json.dumps(row)) for row in rows if row["ServiceName"] != "Pro")
    copies = max(1, -(-size // max(1, line_bytes)))
    piece: list[bytes] = []
    for row in rows:
        seat = row["ServiceName"] == "Pro"
        for copy in range(1 if seat else copies):
            piece.append(json.dumps(row if seat else _elsewhere(row, copy)).encode())
            if len(piece) == 100:
                yield b"\n".join([*piece, b""])
                piece = []
    yield b"\n".join(piece)


def _elsewhere(row: Row, copy: int) -> Row:
    """Gives the same charge of another project in another region."""
    region = {"RegionId": f"reg{copy % 19}", "RegionName": f"Region {copy % 19}"}
    project = {"ProjectId": f"prj_bulk{copy % 50:020}", "ProjectName": f"bulk-{copy % 50}"}
    return {**row, **region, "Tags": project if copy else row["Tags"]}


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"

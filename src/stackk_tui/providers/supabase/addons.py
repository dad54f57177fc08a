"""Compute and add-ons with their prices, as a month of each (`api/supabase.md` §6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from stackk_tui.model.figure import Provenance
from stackk_tui.model.snapshot import Metric
from stackk_tui.providers.supabase.plans import PAID
from stackk_tui.providers.supabase.wire import MONTH_HOURS, Addons, Variant

SECTION: Final = "Compute and add-ons"
COMPUTE: Final = "compute_instance"
_TYPES: Final = {
    COMPUTE: "Compute",
    "pitr": "Point in time recovery",
    "custom_domain": "Custom domain",
    "ipv4": "IPv4 address",
    "auth_mfa_phone": "Phone sign-in",
    "auth_mfa_web_authn": "WebAuthn sign-in",
    "log_drain": "Log drain",
}


@dataclass(frozen=True, slots=True)
class Priced:
    """An add-on and what a month of it costs in dollars; None where its price cannot be read."""

    id: str
    label: str
    month: Decimal | None
    provenance: Provenance


_UNKNOWN_COMPUTE: Final = Priced(COMPUTE, "Compute", None, Provenance.ESTIMATED)


def priced(addons: Addons, compute_size: str | None, tier: str | None) -> list[Priced]:
    """Gives what a project has. Compute that a plan has and does not list is found by its size; only the free
    plan has none to pay, and where its price is not to be found it is unknown, not nothing."""
    found = [_priced(one.type or "", one.variant) for one in addons.selected]
    if tier == "free" or any(one.type == COMPUTE for one in addons.selected):
        return found
    wanted = f"ci_{compute_size.lower()}" if compute_size and tier in PAID else None
    offered = [v for a in addons.available if a.type == COMPUTE for v in a.variants if v.id == wanted]
    return [*found, _priced(COMPUTE, offered[0]) if wanted and offered else _UNKNOWN_COMPUTE]


def total(parts: Iterable[Priced]) -> tuple[Decimal | None, Provenance]:
    """Gives the sum of a month; None when a part has no price."""
    parts = list(parts)
    estimated = any(one.provenance is Provenance.ESTIMATED for one in parts)
    provenance = Provenance.ESTIMATED if estimated else Provenance.LIST_PRICE
    if any(one.month is None for one in parts):
        return None, provenance
    return sum((one.month for one in parts if one.month is not None), Decimal(0)), provenance


def metrics_of(parts: Sequence[Priced], now: datetime, *, each: bool) -> list[Metric]:
    """Gives the total and, with `each`, every add-on by itself."""
    amount, provenance = total(parts)
    found = [
        Metric(
            id="addons_monthly",
            label="Add-ons a month",
            value=plain(amount),
            unit="USD",
            provenance=provenance,
            section=SECTION,
            headline=True,
            as_of=now,
        )
    ]
    single = [
        Metric(
            id=f"addon_{one.id}",
            label=one.label,
            value=plain(one.month),
            unit="USD",
            provenance=one.provenance,
            section=SECTION,
            as_of=now,
        )
        for one in parts
        if each
    ]
    return [*found, *single]


def plain(amount: Decimal | None) -> str | None:
    """Gives an exact amount without zeros at its end."""
    if amount is None:
        return None
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _priced(kind: str, variant: Variant) -> Priced:
    name = _TYPES.get(kind, kind.replace("_", " ").capitalize() or "Add-on")
    label = name if (variant.name or name).lower() == name.lower() else f"{name}, {variant.name}"
    amount, hourly = variant.price.amount, variant.price.interval == "hourly"
    month = amount if variant.price.interval == "monthly" else None
    if hourly and amount is not None:
        month = amount * MONTH_HOURS
    return Priced(
        id=variant.id or kind or "unknown",
        label=f"{label}, by the hour" if hourly else label,
        month=month,
        provenance=Provenance.ESTIMATED if hourly else Provenance.LIST_PRICE,
    )

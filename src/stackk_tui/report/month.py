"""Month to date in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackk_tui.report.plain import Json, plain

if TYPE_CHECKING:
    from stackk_tui.model.view import Month


def days_json(month: Month) -> Json | None:
    """Gives the days that everything "month to date" speaks of; None when none is known."""
    if month.through is None:
        return None
    first, last = month.first.isoformat(), month.through.isoformat()
    return {"from": first, "to": last, "timezone": month.timezone}


def cost_json(month: Month) -> Json | None:
    """Gives the month's cost with its days; None when it is not known."""
    if month.cost.value is None:
        return None
    return {
        "amount": plain(month.cost.value.amount),
        "currency": month.cost.value.currency,
        "provenance": month.cost.provenance.value,
        "from": month.first.isoformat(),
        "to": month.through.isoformat() if month.through else None,
    }

"""The export for a spreadsheet: one row per service, day and model. `COLUMNS` is the header and is stable.

A day without a row was not used or has not been read; the JSON export tells the two apart.
Text from outside that a spreadsheet would run as a formula gets an apostrophe in front.
"""

import csv
import io
from collections.abc import Iterable

from stackk_tui.model.usage import TOKEN_KINDS
from stackk_tui.model.view import History, ServiceView
from stackk_tui.report.plain import plain

COLUMNS = (
    "service_id",
    "provider",
    "service",
    "workspace_id",
    "workspace",
    "category",
    "day",
    "timezone",
    "model",
    *TOKEN_KINDS,
    "total_tokens",
    "requests",
    "cost",
    "currency",
    "cost_provenance",
    "unpriced_tokens",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def history_csv(services: Iterable[tuple[ServiceView, History]]) -> str:
    """Gives the whole file, header first. An empty cell is unknown; money is in whole units, exact."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for view, history in services:
        provenance = view.snapshot.cost_provenance.value if view.snapshot else ""
        service = view.service
        for row in history.usage:
            tokens = row.tokens
            writer.writerow(
                [
                    service.id,
                    service.provider,
                    harmless(service.name),
                    harmless(service.workspace.id),
                    harmless(service.workspace.name),
                    harmless(service.category),
                    row.day.isoformat(),
                    history.timezone,
                    harmless(row.model),
                    *(getattr(tokens, kind) if tokens is not None else "" for kind in TOKEN_KINDS),
                    tokens.total if tokens is not None else "",
                    "" if row.requests is None else row.requests,
                    "" if row.cost is None else plain(row.cost),
                    "" if row.cost is None else history.currency,
                    "" if row.cost is None else provenance,
                    row.unpriced_tokens,
                ]
            )
    return out.getvalue()


def harmless(text: str) -> str:
    """Gives text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text

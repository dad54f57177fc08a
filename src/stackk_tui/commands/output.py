"""Writing an answer to stdout: JSON for programs, text for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackk_tui.model.view import ServiceView
    from stackk_tui.stack import Stack


def put_json(value: Mapping[str, object]) -> None:
    """Writes one JSON document; ASCII, so that no terminal and no locale can stumble over it."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def put(text: str) -> None:
    """Writes lines for a person."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


async def put_services(
    stack: Stack, views: Sequence[ServiceView], *, as_json: bool, extra: Mapping[str, object] | None = None
) -> None:
    """Writes services in the shape of `list` (DESIGN §4), or as a table."""
    from stackk_tui.model.clock import utc_now

    total = await stack.total()
    if as_json:
        from stackk_tui.report.json import services_json

        forecasts = await stack.forecasts()
        put_json({**services_json(views, total, utc_now(), forecasts), **(extra or {})})
    else:
        from stackk_tui.report.table import services_table

        put(services_table(views, total, utc_now(), width=columns()))


def columns() -> int:
    """How wide a table may be: the terminal, or 80 where there is none."""
    import shutil

    return max(40, shutil.get_terminal_size((80, 24)).columns) if sys.stdout.isatty() else 80

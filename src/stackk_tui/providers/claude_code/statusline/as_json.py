"""The parts of the line for programs."""

import json
from datetime import UTC, datetime

from stackk_tui.providers.claude_code.statusline.facts import Facts


def as_json(facts: Facts, line: str) -> str:
    """Gives one line of JSON (DESIGN §4): ISO-8601 UTC times, money as strings, null for what is unknown."""
    today = facts.today
    shown = {
        "schema": 1,
        "generated_at": _iso(facts.now),
        "line": line,
        "plan": facts.plan,
        "limits": [
            {
                "id": name,
                "used": window.used,
                "resets_at": _iso(window.resets_at),
                "as_of": _iso(window.at),
                "old": facts.is_old(window.at),
                "ahead": _rounded(facts.ahead(name)),
                "provenance": "measured",
            }
            for name, window in facts.windows.items()
        ],
        "cost_today": None
        if today is None
        else {
            "amount": today.dollars,
            "currency": "USD",
            "provenance": "estimated",
            "partly": today.partly,
            "as_of": _iso(today.at),
        },
        "session_cost": None
        if facts.session_cost is None
        else {"amount": str(facts.session_cost), "currency": "USD", "provenance": "estimated"},
        "model": facts.model,
        "context": facts.context,
    }
    return json.dumps(shown)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)

"""Claude Code's stdin as captured, at a moment that fits it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parents[3] / "fixtures" / "anthropic"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
"""The fixture's 5-hour window resets at 13:00 on that day, its week on the 26th."""
RESET = datetime.fromtimestamp(1795352400, UTC)
WEEK_RESET = datetime.fromtimestamp(1795683600, UTC)


def said(name: str = "statusline_stdin.json", **changes: Any) -> dict[str, Any]:
    """Gives a fixture, with some of its members exchanged; None removes one."""
    told: dict[str, Any] = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
    told.update(changes)
    return {key: value for key, value in told.items() if value is not None}


def stdin(**changes: Any) -> bytes:
    return json.dumps(said(**changes)).encode()


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A home of its own, without anything in it and without another process."""
    return {
        "HOME": str(tmp_path / "home"),
        "STACKK_HOME": str(tmp_path / "stackk"),
        "TZ": "UTC",
        "STACKK_NO_BACKGROUND": "1",
    }

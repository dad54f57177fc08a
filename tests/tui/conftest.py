"""Every drawing stands at one moment, in one time zone."""

import os
import time
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for all tests, but what the snapshot plugin left for itself stays."""
    for name in list(os.environ):
        ours = name.startswith(("STACKK_", "ANTHROPIC_", "CLAUDE_"))
        if (
            name in {"NO_COLOR", "COLORTERM", "DISPLAY", "WAYLAND_DISPLAY"}
            or name.startswith("SSH_")
            or ours
            or (name.startswith("TEXTUAL_") and not name.startswith("TEXTUAL_SNAPSHOT"))
        ):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clock times are local: hold the zone still."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is gathered over time: what a key does is drawn before the next line of a test."""
    monkeypatch.setattr("stackk_tui.tui.upkeep.Upkeep.gather_seconds", 0.0)

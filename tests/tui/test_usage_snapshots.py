"""The usage screen as it stands: `pytest tests/tui/test_usage_snapshots.py --snapshot-update` draws it anew."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from stackk_tui.sandbox.transcripts import write_transcripts

from .usage_driving import NOW, Driven, days_ago, usage_app, write_call

SCREENS: dict[str, list[str]] = {
    "days": [],
    "drilled": ["j", "enter", "enter"],
    "year": ["h", "left", "up"],
}
SHOTS = [
    ("days", (80, 24), "stackk"),
    ("days", (120, 36), "stackk"),
    ("days", (160, 50), "stackk"),
    ("days", (80, 24), "ansi-dark"),
    ("days", (60, 20), "stackk-light"),
    ("drilled", (80, 24), "stackk"),
    ("year", (80, 24), "stackk"),
    ("year", (160, 50), "stackk-light"),
    ("year", (80, 24), "ansi-dark"),
]
STATES: dict[str, list[str]] = {
    "no-logs": [],
    "unpriced": [],
    "filter": ["f", "down", "down", *"zzz", "down"],
}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("usage-drawn")
    write_transcripts(made / "claude", NOW, days=45)
    write_call(made, days_ago(0.004), model="claude-sonnet-5-5", output=24_600)
    return made


def walk(opened, keys: list[str]):
    async def run(pilot: Pilot[None]) -> None:
        driven = Driven(pilot.app, pilot, await opened, Path())
        await driven.settle()
        await driven.press("u", *keys)
        await driven.until_live()

    return run


@pytest.mark.parametrize(
    ("screen", "size", "theme"), SHOTS, ids=[f"{name}-{w}x{h}-{theme}" for name, (w, h), theme in SHOTS]
)
def test_screen(snap_compare, home: Path, screen: str, size: tuple[int, int], theme: str) -> None:
    app, opened = usage_app(home, theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=walk(opened, SCREENS[screen]))


@pytest.mark.parametrize("state", STATES)
def test_state(snap_compare, tmp_path: Path, state: str) -> None:
    (tmp_path / "claude" / "projects").mkdir(parents=True)
    if state != "no-logs":
        write_call(tmp_path, days_ago(0.01))
        write_call(tmp_path, days_ago(0.02), model="unheard-of-1", output=1_200_000, number=2)
        write_call(tmp_path, days_ago(1), model="unheard-of-1", output=700_000, number=3)
    app, opened = usage_app(tmp_path)
    assert snap_compare(app, terminal_size=(80, 24), run_before=walk(opened, STATES[state]))


def test_plain(snap_compare, home: Path) -> None:
    app, opened = usage_app(home, plain=True)
    assert snap_compare(app, terminal_size=(80, 24), run_before=walk(opened, ["h"]))

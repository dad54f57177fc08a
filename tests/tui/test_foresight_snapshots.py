"""What looks ahead as it stands: budgets, insights, alerts, and what they put on the dashboard and a service.

`pytest tests/tui/test_foresight_snapshots.py --snapshot-update` draws them anew; look at the pictures.
"""

import pytest

from .scenes import make
from .test_snapshots import walk

KEYS = {"budgets": ["B"], "insights": ["i"], "alerts": ["exclamation_mark"]}


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("screen", KEYS)
def test_screen(snap_compare, screen: str, size: tuple[int, int]) -> None:
    assert snap_compare(make("ahead"), terminal_size=size, run_before=walk(KEYS[screen]))


@pytest.mark.parametrize("screen", KEYS)
def test_sixteen_colours(snap_compare, screen: str) -> None:
    app = make("ahead", theme="ansi-dark")
    assert snap_compare(app, terminal_size=(80, 24), run_before=walk(KEYS[screen]))


def test_form(snap_compare) -> None:
    assert snap_compare(make("ahead"), terminal_size=(80, 24), run_before=walk(["B", "a"]))


def test_no_budget(snap_compare) -> None:
    assert snap_compare(make(), terminal_size=(80, 24), run_before=walk(["B"]))


def test_dashboard(snap_compare) -> None:
    assert snap_compare(make("ahead"), terminal_size=(80, 24), run_before=walk([]))


@pytest.mark.parametrize("theme", ["stackk", "ansi-dark"])
def test_detail(snap_compare, theme: str) -> None:
    app = make("ahead", theme=theme)
    assert snap_compare(app, terminal_size=(120, 44), run_before=walk(["j", "enter"]))

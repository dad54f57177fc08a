"""Each screen as it stands, at three sizes and in the default and the 16-colour theme; states at one size.

`pytest tests/tui/test_snapshots.py --snapshot-update` draws them anew; look at the pictures before keeping them.
"""

import pytest
from textual.pilot import Pilot

from .scenes import make, press, rounds, settle

SIZES = [(60, 20), (80, 24), (120, 36)]
THEMES = ["stackk", "ansi-dark"]

SCREENS: dict[str, tuple[str, list[str]]] = {
    "dashboard": ("full", []),
    "welcome": ("empty", []),
    "detail": ("full", ["j", "enter"]),
    "detail-plan": ("full", ["j", "j", "enter"]),
    "add": ("full", ["a"]),
    "sign-in": ("full", ["a", "enter", "enter", "k", "e", "y"]),
    "at-vendor": ("full", ["a", "enter", "j", "j", "enter"]),
    "pick": ("full", ["a", "enter", "enter", "k", "enter", "j", "space"]),
    "vault": ("no-store", ["a", "enter", "enter", "k", "enter"]),
    "disconnect": ("full", ["j", "d"]),
    "billing": ("full", ["j", "enter", "b"]),
    "help": ("full", ["question_mark"]),
    "converted": ("converted", []),
    "currency": ("old-rate", ["dollar_sign"]),
    "palette": ("full", ["ctrl+p", "a", "c"]),
}
STATES: dict[str, tuple[str, list[str]]] = {
    "asking": ("held", []),
    "filter": ("full", ["slash", *"acme"]),
    "filter-without-match": ("full", ["slash", *"zz"]),
    "refused": ("refused", ["a", "enter", "enter", "k", "enter"]),
    "form-with-mistakes": ("full", ["a", "j", "j", "enter", "down", *"1,200", "f2", "up"]),
    "add-more": ("nothing-set-up", ["a", "enter", "G", "enter"]),
    "at-vendor-paste-only": ("no-listener", ["a", "enter", "j", "j", "enter"]),
    "at-vendor-wrong-answer": ("full", ["a", "enter", "j", "j", "enter", "p", *"wrong", "enter"]),
    "at-vendor-refused": ("refused", ["a", "enter", "j", "j", "enter", "p", *"right", "enter"]),
    "kept": ("full", ["K"]),
    "unlock": ("locked", []),
    "passphrase": ("no-store", ["a", "enter", "enter", "k", "enter", "enter"]),
    "pick-empty": ("no-workspaces", ["a", "enter", "enter", "k", "enter"]),
    "pick-failed": ("workspaces-fail", ["a", "enter", "enter", "k", "enter"]),
    "pick-reading": ("slow-workspaces", ["a", "enter", "enter", "k", "enter"]),
    "detail-never-read": ("no-history", ["j", "enter"]),
    "detail-plan-reading-logs": ("slow-logs", ["j", "j", "enter", "G"]),
    "detail-plan-without-logs": ("no-logs", ["j", "j", "enter", "G"]),
}


def walk(keys: list[str]):
    async def run(pilot: Pilot[None]) -> None:
        await settle(pilot)
        for key in keys:
            await press(pilot, key)
            if pilot.app.scene.held.is_set():
                await settle(pilot)
            else:
                await rounds(pilot, 6)

    return run


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("screen", SCREENS)
def test_screen(snap_compare, screen: str, size: tuple[int, int], theme: str) -> None:
    scene, keys = SCREENS[screen]
    assert snap_compare(make(scene, theme=theme), terminal_size=size, run_before=walk(keys))


@pytest.mark.parametrize("state", STATES)
def test_state(snap_compare, state: str) -> None:
    scene, keys = STATES[state]
    assert snap_compare(make(scene), terminal_size=(80, 24), run_before=walk(keys))


@pytest.mark.parametrize("theme", ["stackk", "stackk-light", "ansi-dark"])
def test_chart_by_model(snap_compare, theme: str) -> None:
    app = make(theme=theme)
    assert snap_compare(app, terminal_size=(120, 60), run_before=walk(["j", "enter", "2", "m", "t"]))


@pytest.mark.parametrize("theme", THEMES)
def test_what_burned_a_week(snap_compare, theme: str) -> None:
    app = make(theme=theme)
    assert snap_compare(app, terminal_size=(160, 50), run_before=walk(["j", "j", "enter", "w", "w", "p"]))


def test_plain_windows(snap_compare) -> None:
    app = make(plain=True)
    assert snap_compare(app, terminal_size=(80, 60), run_before=walk(["j", "j", "enter", "w"]))


def test_plain(snap_compare) -> None:
    app = make(plain=True)
    assert snap_compare(app, terminal_size=(80, 60), run_before=walk(["j", "enter", "m"]))


def test_light_dashboard(snap_compare) -> None:
    assert snap_compare(make(theme="stackk-light"), terminal_size=(120, 36), run_before=walk([]))

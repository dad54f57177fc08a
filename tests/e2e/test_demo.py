"""The demo on a real pseudo-terminal: what a person sees and presses."""

import signal
from pathlib import Path

from stackk_tui.demo import KEYS
from tests.e2e.conftest import Open

ALTERNATE_ON, ALTERNATE_OFF = b"\x1b[?1049h", b"\x1b[?1049l"
ENTER, ESC, DOWN = "\r", "\x1b", "\x1b[B"


def left_behind(env: dict[str, str]) -> list[str]:
    return [path.name for path in Path(env["TMPDIR"]).iterdir()]


def test_a_walk_through_the_demo(run: Open, env: dict[str, str]) -> None:
    with run("--demo") as terminal:
        terminal.wait_for("Nimbus Labs")
        terminal.wait_for("nothing here is real")
        for name in ("Claude plan", "Production", "Supabase", "OpenRouter", "GitHub Team", "Figma"):
            terminal.wait_for(name)
        assert ALTERNATE_ON in terminal.raw

        terminal.press("/")
        terminal.wait_for("enter keep")
        terminal.press("git")
        terminal.wait_for("Production", gone=True)
        assert "GitHub Team" in terminal.screen.text()
        terminal.press(ESC)
        terminal.wait_for("Production")

        terminal.press(ENTER)
        terminal.wait_for("RENEWS")
        terminal.press(ESC)
        terminal.wait_for("Production")

        terminal.press("?")
        terminal.wait_for("Sort by name")
        terminal.press(ESC)
        terminal.wait_for("Production")

        terminal.press("a")
        terminal.wait_for("Something else")
        terminal.press(ESC)
        terminal.wait_for("Production")

        terminal.press("q")
        assert terminal.exit_code() == 0
        assert ALTERNATE_OFF in terminal.raw
    assert left_behind(env) == []


def test_add_pick_refresh_and_disconnect_work_in_the_demo(run: Open) -> None:
    key = KEYS["admin-key"]
    with run("--demo") as terminal:
        terminal.wait_for("Production")
        terminal.press("a")
        terminal.wait_for("Console organization, admin key")
        terminal.press(ENTER)
        terminal.wait_for("› Claude plan")
        terminal.press(f"{DOWN}{ENTER}")  # the Claude plan is the first way in
        terminal.wait_for(key)  # the hint says what to type
        terminal.press(key)
        terminal.wait_for("•" * len(key))
        terminal.press(ENTER)
        terminal.wait_for("already tracked")
        terminal.press("jjj")
        terminal.press(" ")
        terminal.wait_for("[x]")
        terminal.press(ENTER)
        terminal.wait_for("Cost per day")
        assert "Staging" in terminal.screen.text()

        terminal.press("r")
        terminal.settle()
        terminal.press("d")
        terminal.wait_for("Goes:")
        terminal.press(f"{DOWN}{DOWN}{ENTER}")
        terminal.wait_for("○ disconnected")
        terminal.press(ESC)
        terminal.wait_for("GitHub Team")
        terminal.press("q")
        assert terminal.exit_code() == 0


def test_at_rest_it_writes_nothing_and_sigterm_gives_the_terminal_back(
    run: Open, env: dict[str, str]
) -> None:
    with run("--demo") as terminal:
        terminal.wait_for("Nimbus Labs")
        terminal.settle(1.0)
        assert any(terminal.bytes_during(2.0) == 0 for _ in range(3))  # a slow machine may still be drawing
        terminal.kill(signal.SIGTERM)
        assert terminal.exit_code() == 0
        assert ALTERNATE_OFF in terminal.raw
    assert left_behind(env) == []


def test_a_terminal_that_goes_away_leaves_no_folder(run: Open, env: dict[str, str]) -> None:
    with run("--demo") as terminal:
        terminal.wait_for("Nimbus Labs")
        terminal.kill(signal.SIGHUP)
        assert terminal.exit_code() != 0
    assert left_behind(env) == []

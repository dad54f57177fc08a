"""A Claude plan on a real terminal: found at the first start, tracked by one key, kept up by the status line."""

from datetime import UTC, datetime
from pathlib import Path

from stackk_tui.sandbox.claude_bin import set_fake_claude, write_fake_claude
from stackk_tui.sandbox.claude_plan import five_hour, seven_day
from stackk_tui.storage.pushed_windows import Window, push
from tests.e2e.conftest import Open


def test_one_key_from_the_welcome_to_the_windows(run: Open, env: dict[str, str], tmp_path: Path) -> None:
    claude = write_fake_claude(tmp_path / "bin" / "claude", log=str(tmp_path / "log"))
    with run(STACKK_CLAUDE_BIN=str(claude)) as terminal:
        terminal.wait_for("track the plan and its limits")
        assert not (tmp_path / "log").exists()  # the welcome runs nothing
        terminal.press("p")
        terminal.wait_for("Week, all models")
        terminal.wait_for("Max 20x")
        terminal.wait_for("list monthly")
        now = datetime.now(UTC)
        windows = {"five_hour": Window(0.97, five_hour(now)[1]), "seven_day": Window(0.88, seven_day(now)[1])}
        push(tmp_path / "stackk/data/windows.db", env["CLAUDE_CONFIG_DIR"], windows, now)
        terminal.wait_for("97 %")  # nobody asked for it
        terminal.press("\x1b")
        terminal.wait_for("by name")
        terminal.press("q")
        assert terminal.exit_code() == 0


def test_signed_out_it_says_what_to_run(run: Open, tmp_path: Path) -> None:
    claude = write_fake_claude(tmp_path / "bin" / "claude", "logged-out")
    with run(STACKK_CLAUDE_BIN=str(claude)) as terminal:
        terminal.wait_for("track the plan and its limits")
        terminal.press("p")
        terminal.wait_for("/login")
        set_fake_claude(claude, "pro")
        terminal.press("p")
        terminal.wait_for("Pro")
        terminal.wait_for("5-hour window")
        terminal.press("\x1b")
        terminal.wait_for("by name")
        terminal.press("q")
        assert terminal.exit_code() == 0

"""The program on a real pseudo-terminal, outside the demo: first start, refusals, prompts."""

import sqlite3
import subprocess
from pathlib import Path

import pytest

from stackk_tui.sandbox.anthropic import ADMIN_KEY
from tests.conftest import SandboxServer
from tests.e2e.conftest import PROGRAM, Open


def test_the_first_start_says_what_to_press(run: Open) -> None:
    with run() as terminal:
        terminal.wait_for("Nothing tracked yet")
        terminal.press("q")
        assert terminal.exit_code() == 0


@pytest.mark.parametrize(
    ("columns", "lines", "shows"), [(60, 20, "Nothing tracked yet"), (39, 11, "too small")]
)
def test_small_terminals(run: Open, columns: int, lines: int, shows: str) -> None:
    with run(columns=columns, lines=lines) as terminal:
        terminal.wait_for(shows)
        terminal.press("q")
        assert terminal.exit_code() == 0


def test_sixteen_colours_and_no_utf8(run: Open) -> None:
    plain = {"TERM": "xterm", "LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    with run(**plain) as terminal:
        terminal.wait_for("Nothing tracked yet")
        terminal.press("a")
        terminal.wait_for("›")
        assert b"\\u2" not in terminal.raw
        terminal.press("\x1b")
        terminal.wait_for("Nothing tracked yet")
        terminal.press("q")
        assert terminal.exit_code() == 0


def test_a_terminal_that_cannot_draw_is_refused(run: Open) -> None:
    with run(TERM="dumb") as terminal:
        assert terminal.exit_code() == 2
        assert "TERM" in terminal.screen.text()


def test_an_unknown_theme_is_refused_and_the_others_named(run: Open) -> None:
    with run("--theme", "nonesuch") as terminal:
        assert terminal.exit_code() == 2
        assert "ansi-dark" in terminal.screen.text()


def test_screens_into_a_file_are_refused(env: dict[str, str]) -> None:
    done = subprocess.run(
        PROGRAM, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "terminal" in done.stderr


def test_a_key_typed_at_the_prompt_is_not_shown(run: Open, sandbox: SandboxServer) -> None:
    with run("add", "anthropic", "--method", "admin-key", **sandbox.env) as terminal:
        terminal.wait_for("Admin key:")
        terminal.press(f"{ADMIN_KEY}\n")
        assert terminal.exit_code() == 0
        assert "Nimbus Labs" in terminal.screen.text()
        assert ADMIN_KEY.encode()[-20:] not in terminal.raw


@pytest.mark.parametrize(("answer", "left"), [("n", "ok"), ("y", "disconnected")])
def test_disconnect_says_what_goes_and_asks(run: Open, env: dict[str, str], answer: str, left: str) -> None:
    words = ["add", "custom", "--name", "GitHub", "--price", "4"]
    subprocess.run([*PROGRAM, *words], env=env, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    with run("disconnect", "GitHub") as terminal:
        terminal.wait_for("[y/N]")
        assert "the history of usage and cost" in terminal.screen.text()
        terminal.press(f"{answer}\n")
        assert terminal.exit_code() == 0
    shown = subprocess.run(
        [*PROGRAM, "list", "--json"], env=env, check=True, capture_output=True, text=True
    ).stdout
    assert f'"status": "{left}"' in shown


def test_control_c_at_a_prompt_is_quiet(run: Open) -> None:
    with run("add", "anthropic", "--method", "admin-key") as terminal:
        terminal.wait_for("Admin key:")
        terminal.press("\x03")
        assert terminal.exit_code() == 130
        assert "Traceback" not in terminal.screen.text()


def test_the_last_figures_are_painted_before_the_ledger_is_opened(run: Open, env: dict[str, str]) -> None:
    """A newer ledger cannot be opened, yet what it showed last is on the screen, with the reason."""
    words = ["add", "custom", "--name", "GitHub", "--price", "4"]
    subprocess.run([*PROGRAM, *words], env=env, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    with run() as terminal:
        terminal.wait_for("GitHub")
        terminal.settle()
        terminal.press("q")
        assert terminal.exit_code() == 0
    with sqlite3.connect(Path(env["STACKK_HOME"]) / "data" / "ledger.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with run() as terminal:
        terminal.wait_for("GitHub")
        terminal.wait_for("newer")
        terminal.press("q")
        assert terminal.exit_code() == 0


def test_a_vault_is_made_by_asking_twice(run: Open, env: dict[str, str], sandbox: SandboxServer) -> None:
    del env["STACKK_VAULT_KEY_FILE"]
    phrase = "correct horse battery"
    with run("add", "anthropic", "--method", "admin-key", **sandbox.env) as terminal:
        terminal.wait_for("Admin key:")
        terminal.press(f"{ADMIN_KEY}\n")
        terminal.wait_for("New passphrase:")
        terminal.press(f"{phrase}\n")
        terminal.wait_for("Once more:")
        terminal.press(f"{phrase}\n")
        assert terminal.exit_code() == 0
        assert "encrypted file" in terminal.screen.text()
        assert phrase.encode() not in terminal.raw
    with run("refresh", **sandbox.env) as terminal:
        terminal.wait_for("Passphrase of the vault:")
        terminal.press("not the passphrase\n")
        assert terminal.exit_code() == 3
    with run("refresh", **sandbox.env) as terminal:
        terminal.wait_for("Passphrase of the vault:")
        terminal.press(f"{phrase}\n")
        assert terminal.exit_code() == 0

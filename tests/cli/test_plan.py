"""A Claude plan from the command line, by the person's own `claude` (here a pretend one)."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stackk_tui.sandbox.claude_bin import set_fake_claude, write_fake_claude
from stackk_tui.sandbox.claude_plan import EMAIL, oauth_account
from tests.cli.conftest import PROGRAM, Cli

Says = Callable[..., None]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "calls.jsonl"


@pytest.fixture
def says(cli: Cli, tmp_path: Path, log: Path) -> Says:
    """Makes the pretend `claude` say something else."""
    path = tmp_path / "bin" / "claude"

    def say(scenario: str, **ways: Any) -> None:
        set_fake_claude(path, scenario, log=str(log), **ways)

    write_fake_claude(path)
    say("max_20x")
    cli.env |= {"STACKK_CLAUDE_BIN": str(path), "STACKK_TOKEN_STORE": "keyring"}  # no store is needed
    return say


def asked(log: Path) -> int:
    """How often `claude` was asked for the windows."""
    return sum(json.loads(line)["words"][0] == "-p" for line in log.read_text().splitlines())


def add(cli: Cli) -> None:
    ran = cli("add", "anthropic", "--method", "local", "--json")
    assert (ran.code, ran.err) == (0, "")
    (row,) = ran.json["services"]
    assert (row["name"], row["workspace"]["kind"], row["workspace"]["name"]) == (
        "Claude plan",
        "subscription",
        EMAIL,
    )


def test_from_nothing_to_the_windows(cli: Cli, says: Says, log: Path) -> None:
    home = Path(cli.env["HOME"])
    home.mkdir()
    (home / ".claude.json").write_text(json.dumps({"oauthAccount": oauth_account()}))
    add(cli)
    ran = cli("refresh", "--json")
    assert (ran.code, ran.err) == (0, "")
    (row,) = ran.json["services"]
    assert row["plan"] == {"tier": "max", "label": "Max 20x", "provenance": "measured"}
    assert row["price"] == {
        "amount": "200.00",
        "currency": "USD",
        "cycle": "monthly",
        "provenance": "list-price",
    }
    assert (row["next_payment"]["date"][-2:], row["next_payment"]["provenance"]) == ("10", "estimated")
    assert [limit["id"] for limit in row["limits"]] == [
        "five_hour",
        "seven_day",
        "seven_day_fable",
        "extra_usage",
    ]
    assert all(0 <= limit["used"] <= 1 for limit in row["limits"])
    assert row["cost_month_to_date"] is None
    table = cli("list").out
    assert "Max 20x" in table
    assert "$200.00 list" in table
    assert cli("refresh").code == 0
    assert asked(log) == 1  # not again within five minutes
    assert cli("refresh", "--force").code == 0
    assert asked(log) == 2


@pytest.mark.parametrize(
    ("scenario", "code", "words"),
    [
        ("logged-out", 3, "`claude` is not signed in."),
        ("api-key", 3, "API key"),
        ("oauth-token-env", 3, "setup-token"),
        ("garbage", 1, "did not say who is signed in"),
        ("crash", 1, "ended without an answer"),
        ("ancient-build", 1, "too old"),
    ],
)
def test_what_is_wrong_is_said_in_three_lines_and_nothing_is_added(
    cli: Cli, says: Says, scenario: str, code: int, words: str
) -> None:
    says(scenario)
    ran = cli("add", "anthropic", "--method", "local")
    assert (ran.code, ran.out) == (code, "")
    lines = ran.err.splitlines()
    assert words in lines[0]
    assert lines[1].startswith("Nothing was added.") or "Nothing was added." in lines[1]
    assert len(lines) == 3
    assert cli("list", "--json").json["services"] == []


def test_without_a_claude(cli: Cli) -> None:
    cli.env |= {"PATH": "/nonexistent"}
    ran = cli("add", "anthropic", "--method", "local")
    assert ran.code == 1
    assert "`claude` is not in PATH" in ran.err
    cli.env |= {"STACKK_CLAUDE_BIN": "/nonexistent/claude"}
    assert "STACKK_CLAUDE_BIN" in cli("add", "anthropic", "--method", "local").err


def test_signing_out_keeps_the_last_figures(cli: Cli, says: Says) -> None:
    add(cli)
    good = cli("refresh", "--json").json["services"][0]
    says("logged-out")
    ran = cli("refresh", "--force", "--json")
    assert ran.code == 3
    assert "`claude` is not signed in." in ran.err
    (row,) = ran.json["services"]
    assert (row["status"], row["error"]["code"]) == ("sign-in-needed", "unauthorized")
    assert row["limits"] == good["limits"]
    assert row["plan"] == good["plan"]
    says("max_20x")
    assert cli("refresh").code == 0  # who has just signed in need not insist


def test_offline_is_an_error_with_the_last_windows_dated(cli: Cli, says: Says) -> None:
    add(cli)
    good = cli("refresh", "--json").json["services"][0]
    says("fetch-failed")
    ran = cli("refresh", "--force", "--json")
    assert ran.code == 1
    (row,) = ran.json["services"]
    assert (row["status"], row["error"]["code"]) == ("error", "unavailable")
    assert row["error"]["retry_at"] > row["fetched_at"]
    assert [(x["id"], x["used"], x["as_of"]) for x in row["limits"]] == [
        (x["id"], x["used"], good["fetched_at"]) for x in good["limits"]
    ]


def test_an_old_build_still_shows_its_plan(cli: Cli, says: Says) -> None:
    says("older-build")
    add(cli)
    (row,) = cli("refresh", "--json").json["services"]
    assert (row["status"], row["plan"]["label"], row["price"], row["limits"]) == ("ok", "Max", None, [])
    assert any("update it" in note for note in row["notes"])


def test_copies_of_this_program_ask_once_between_them(cli: Cli, says: Says, log: Path) -> None:
    add(cli)
    says("slow", seconds=0.4)
    running = [
        subprocess.Popen(
            [*PROGRAM, "refresh", "--json"], env=cli.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for process in running:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, b"")
        assert json.loads(out)["services"][0]["limits"]
    assert asked(log) == 1


def test_disconnecting_leaves_claude_alone(cli: Cli, says: Says, log: Path) -> None:
    add(cli)
    cli("refresh")
    calls = log.read_text()
    ran = cli("disconnect", "Claude plan", "--yes", "--purge")
    assert ran.code == 0
    assert log.read_text() == calls
    assert cli("list", "--json").json["services"] == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_of_it_is_left_running(cli: Cli, says: Says, log: Path) -> None:
    add(cli)
    assert cli.process("refresh").code == 0
    pids = [json.loads(line)["pid"] for line in log.read_text().splitlines()]
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]

"""`alerts` from the command line: the history, a dry run, a test, muting and snoozing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, Cli


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "told.jsonl"


@pytest.fixture
def spent(cli: Cli, record: Path) -> Cli:
    """A subscription of $85 of a budget of $100, and a command that writes down what it is told."""
    script = record.with_name("recorder.py")
    script.write_text(f"import sys\nopen({str(record)!r}, 'a').write(sys.stdin.read())\n")
    config = cli.home / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f"[alerts]\ncommand = '{sys.executable} -S {script}'\n")
    assert cli("add", "custom", "--name", "Acme", "--price", "85").code == 0
    assert cli("budget", "set", "100", "--total").code == 0
    return cli


def test_a_look_tells_once_and_the_history_keeps_it(spent: Cli, record: Path) -> None:
    dry = spent("alerts", "check", "--dry-run")
    assert dry.code == 0
    assert "all services: 85 % of the month's budget is spent, past 80 %" in dry.out
    assert "would be told: command" in dry.out
    assert not record.exists()
    assert "Nothing was told in this time." in spent("alerts").out
    assert spent("alerts", "check").code == 0
    assert spent("alerts", "check").out == "Nothing is due.\n"
    assert len(record.read_text().splitlines()) == 1
    listed = spent("alerts", "list", "--json")
    (alert,) = listed.json["alerts"]
    assert (alert["kind"], alert["mark"], alert["level"], alert["provenance"]) == (
        "budget",
        "80",
        "warning",
        "entered",
    )
    assert [(one["channel"], one["state"]) for one in alert["deliveries"]] == [("command", "sent")]
    assert "command told" in spent("alerts").out


def test_four_processes_at_once_tell_once(spent: Cli, record: Path) -> None:
    words = [*PROGRAM, "alerts", "check", "--json"]
    running = [
        subprocess.Popen(words, env=spent.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0] * 4, answers
    assert sorted(len(json.loads(out)["alerts"]) for out, _ in answers) == [0, 0, 0, 1]
    assert len(record.read_text().splitlines()) == 1


def test_a_test_is_told_and_a_channel_that_fails_is_exit_one(spent: Cli, record: Path) -> None:
    assert spent("alerts", "test", "--dry-run").out == "A test would be told over: command.\n"
    assert not record.exists()
    good = spent("alerts", "test", "--json")
    assert (good.code, good.json["deliveries"][0]["state"]) == (0, "sent")
    assert json.loads(record.read_text())["kind"] == "test"
    config = spent.home / "config" / "config.toml"
    config.write_text("[alerts]\ncommand = 'false'\n")
    bad = spent("alerts", "test")
    assert (bad.code, bad.out) == (1, "command: The command failed: 1.\n")
    assert spent("alerts", "test", "--channel", "pigeon").code == 2


def test_a_command_that_fails_in_a_look_is_said_on_stderr(spent: Cli) -> None:
    (spent.home / "config" / "config.toml").write_text("[alerts]\ncommand = 'false'\n")
    ran = spent("alerts", "check")
    assert (ran.code, ran.err) == (1, "command: The command failed: 1.\n")


def test_muting_and_snoozing(spent: Cli, record: Path) -> None:
    assert spent("alerts", "snooze", "all", "--until", "2h").code == 0
    assert spent("alerts", "check").out == "Nothing is due.\n"
    assert "snoozed until" in spent("alerts").out
    assert spent("alerts", "unmute", "all").out == "It is told of again.\n"
    assert spent("alerts", "check", "--json").json["alerts"][0]["state"] == "raised"
    (alert,) = spent("alerts", "--json").json["alerts"]
    muted = spent("alerts", "mute", alert["id"], "--json")
    assert (muted.code, muted.json["subject"], muted.json["until"]) == (0, alert["subject"], None)
    assert spent("alerts", "--json").json["silences"] == [{"subject": alert["subject"], "until": None}]


@pytest.mark.parametrize(
    "words",
    [
        ["mute"],
        ["snooze", "all"],
        ["snooze", "all", "--until", "soon"],
        ["snooze", "all", "--until", "2001-01-01"],
        ["mute", "nobody"],
        ["list", "all"],
        ["list", "--dry-run"],
        ["check", "--until", "2h"],
        ["check", "--channel", "app"],
        ["--days", "0"],
        ["frob"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_two(cli: Cli, words: list[str]) -> None:
    ran = cli("alerts", *words)
    assert ran.code == 2
    assert 1 <= len(ran.err.splitlines()) <= 3


def test_addresses_are_printed_nowhere(spent: Cli) -> None:
    config = spent.home / "config" / "config.toml"
    config.write_text("[alerts]\napprise = ['json://me:hunter2@127.0.0.1:9/x', 'what://hunter2']\n")
    shown = [
        spent("alerts", *words)
        for words in (["check", "--dry-run"], ["test"], ["check"], ["list"], ["list", "--json"])
    ]
    assert all("hunter2" not in ran.out + ran.err for ran in shown)
    assert [ran.code for ran in shown] == [0, 1, 1, 0, 0]
    assert b"hunter2" not in b"".join(path.read_bytes() for path in spent.home.glob("data/*"))

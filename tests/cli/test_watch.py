"""`watch`: collects and tells without a screen, ends at once when told to, and can be installed and taken out."""

import asyncio
import configparser
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from benchmarks.watching import POLL, simulate

from stackk_tui.sandbox.anthropic import ADMIN_KEY
from tests.cli.conftest import PROGRAM, Cli
from tests.conftest import SandboxServer

PATIENCE = 60.0
UNIT = "stackk-tui-watch.service"


def test_hours_beside_an_open_app_ask_no_more_often_than_is_allowed(tmp_path: Path) -> None:
    """`python -m benchmarks watching` does the same for two weeks."""
    counted = asyncio.run(simulate(tmp_path, 0.7))
    assert counted.polls > 150
    assert counted.rounds > 150
    assert len(counted.asked["api-key"]) > 100
    assert counted.busiest("api-key", POLL) <= 5
    assert counted.least_gap("api-key") >= timedelta(minutes=5)
    assert counted.while_left_alone("api-key") == 0
    assert counted.events["failed"] < 12  # it backs off while the sign-in is refused


class Watch:
    """A running `watch` and the lines it has written."""

    def __init__(self, cli: Cli, *words: str) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "watch", "--log-format", "json", *words],
            env=cli.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.text = b""

    def until(self, event: str) -> dict[str, object]:
        """Gives the first line of this event."""
        assert self.process.stdout is not None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for line in self.text.splitlines():
                if line.endswith(b"}") and json.loads(line)["event"] == event:
                    return dict(json.loads(line))
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                piece = os.read(self.process.stdout.fileno(), 65536)
                if not piece and self.process.poll() is not None:
                    break
                self.text += piece
        raise AssertionError(f"no {event!r} in {self.text!r}")

    def end(self, number: signal.Signals) -> tuple[int, float, bytes]:
        """Gives the exit code, the seconds until the end, and stderr."""
        began = time.monotonic()
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        self.text += out
        return self.process.returncode, time.monotonic() - began, err


@contextmanager
def watching(cli: Cli, *words: str) -> Iterator[Watch]:
    watch = Watch(cli, *words)
    try:
        yield watch
    finally:
        watch.process.kill()
        watch.process.communicate()


@pytest.fixture
def tracked(cli: Cli, nimbus: SandboxServer) -> SandboxServer:
    assert cli("vault", "create").code == 0 or (cli.home / "data" / "vault.json").exists()
    assert cli("add", "anthropic", "--method", "admin-key", "--secret-stdin", stdin=ADMIN_KEY).code == 0
    nimbus.seen.clear()
    return nimbus


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_collects_and_ends_with_zero_when_told_to(
    cli: Cli, tracked: SandboxServer, number: signal.Signals
) -> None:
    with watching(cli) as watch:
        fetched = watch.until("fetched")
        code, seconds, err = watch.end(number)
    assert (code, err) == (0, b"")
    assert seconds < 2
    assert fetched["provider"] == "anthropic"
    lines = [json.loads(line) for line in watch.text.splitlines()]
    assert lines[0]["event"] == "started"
    assert lines[-1]["event"] == "stopped"
    assert ADMIN_KEY.encode() not in watch.text
    assert b"Nimbus" not in watch.text  # no name of an account, unless asked for
    assert cli("list", "--json").json["services"][0]["cost_month_to_date"]["provenance"] == "measured"


def test_it_ends_in_the_middle_of_a_fetch_within_two_seconds(cli: Cli, tracked: SandboxServer) -> None:
    tracked.faults.add("*", delay=15)
    with watching(cli) as watch:
        watch.until("started")
        end = time.monotonic() + PATIENCE
        while not tracked.seen and time.monotonic() < end:
            time.sleep(0.02)
        assert tracked.seen, "it asked nothing"
        code, seconds, err = watch.end(signal.SIGTERM)
    tracked.faults.clear()
    assert (code, err) == (0, b"")
    assert seconds < 2
    assert b"Traceback" not in watch.text
    # nothing is left behind that keeps the next one from asking
    assert cli("refresh", "--json").json["services"][0]["status"] == "ok"


def test_a_second_one_on_the_same_data_ends_with_words(cli: Cli) -> None:
    with watching(cli) as watch:
        watch.until("started")
        second = cli.process("watch", "--once")
        assert second.code == 1
        assert second.err.startswith("Another stackk-tui watch keeps this ledger up to date already.")
        assert second.out == ""
        watch.process.send_signal(signal.SIGKILL)
        watch.process.wait()
        assert cli.process("watch", "--once").code == 0  # a killed one leaves nothing locked


def test_one_round_for_cron_says_how_it_went(cli: Cli, tracked: SandboxServer) -> None:
    good = cli("watch", "--once")
    assert (good.code, good.err) == (0, "")
    assert [line.split(" ")[1] for line in good.out.splitlines()] == [
        "event=started",
        "event=fetched",
        "event=stopped",
    ]
    tracked.faults.add(
        "*", status=401, body={"type": "error", "error": {"type": "authentication_error", "message": "no"}}
    )
    assert cli("refresh", "--force").code == 3
    bad = cli("watch", "--once")
    assert bad.code == 3
    assert "error=unauthorized" in bad.out
    assert ADMIN_KEY not in bad.out + bad.err


def test_alerts_are_raised_and_logged(cli: Cli, tmp_path: Path) -> None:
    config = cli.home / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[alerts]\ncommand = 'cat'\n")
    assert cli("add", "custom", "--name", "Acme", "--price", "120").code == 0
    assert cli("budget", "set", "100", "--total").code == 0
    with watching(cli) as watch:
        alert, told = watch.until("alert"), watch.until("told")
    assert (alert["kind"], alert["level"]) == ("budget", "critical")
    assert alert["title"] == "all services: 120 % of the month's budget is spent, past 100 %"
    assert (told["id"], told["channel"]) == (alert["id"], "command")


def test_a_locked_vault_is_said_and_nothing_is_asked_of_anybody(cli: Cli, tracked: SandboxServer) -> None:
    del cli.env["STACKK_VAULT_KEY_FILE"]
    ran = cli.process("watch", "--once")
    assert ran.code in (1, 3)
    assert "error=vault-locked" in ran.out
    assert tracked.seen == []


@pytest.mark.parametrize(
    "words",
    [["--now"], ["--cron"], ["--yes"], ["--install", "--uninstall"], ["--install", "--once"],
     ["--install", "--cron", "--now", "--yes"], ["--install", "--passphrase-fd", "3"], ["--install"],
     ["--log-format", "xml"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_is_exit_two_and_writes_nothing(cli: Cli, words: list[str]) -> None:
    ran = cli("watch", *words)
    assert ran.code == 2
    assert not (Path(cli.env["HOME"]) / ".config").exists()


def unit_of(cli: Cli) -> Path:
    return Path(cli.env["HOME"]) / ".config" / "systemd" / "user" / UNIT


def test_the_unit_is_shown_written_hardened_and_taken_out_again(cli: Cli) -> None:
    cli.env["STACKK_HOME"] = str(cli.home.with_name("with space and 100%"))
    cli.env["ANTHROPIC_CLIENT_SECRET"] = "hunter2-secret"
    cli.env["STACKK_ANTHROPIC_API_URL"] = "https://proxy.example/anthropic"  # else keys go to another host
    installed = cli("watch", "--install", "--yes")
    assert installed.code == 0
    assert f"+++ {unit_of(cli)} (new)" in installed.out
    assert "systemctl --user daemon-reload && systemctl --user enable --now" in installed.out
    text = unit_of(cli).read_text()
    assert "hunter2" not in text
    parsed = configparser.RawConfigParser(strict=False)
    parsed.read_string(text)
    service = parsed["Service"]
    assert service["ExecStart"].endswith(" watch")
    for name, value in {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "PrivateTmp": "yes"}.items():
        assert service[name] == value
    home = cli.env["STACKK_HOME"].replace("%", "%%")
    assert service["ReadWritePaths"].startswith(f'"-{home}/data" "-{home}/state" "-{home}/config"')
    assert f'Environment="STACKK_HOME={home}"' in text
    assert "Environment=STACKK_ANTHROPIC_API_URL=https://proxy.example/anthropic\n" in text
    assert unit_of(cli).stat().st_mode & 0o777 == 0o600
    assert "is as it should be" in cli("watch", "--install", "--yes").out
    unit_of(cli).write_text("# mine\n")
    again = cli("watch", "--install", "--yes", "--json")
    assert Path(again.json["backup"]).read_text() == "# mine\n"
    gone = cli("watch", "--uninstall", "--yes")
    assert gone.code == 0
    assert f"+++ {unit_of(cli)} (removed)" in gone.out
    assert not unit_of(cli).exists()
    assert cli("watch", "--uninstall", "--yes").out == f"{unit_of(cli)} is not there.\n"


def program(folder: Path, name: str, body: str) -> None:
    """A program of the system, as a small script: what it was asked stands in `calls`."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{folder}/calls"\n{body}\n')
    path.chmod(0o755)


def test_systemctl_is_run_only_when_it_is_asked_for(cli: Cli, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    program(tools, "systemctl", "exit 0")
    cli.env["PATH"] = f"{tools}:{cli.env['PATH']}"
    assert cli("watch", "--install", "--yes").code == 0
    assert not (tools / "calls").exists()
    assert cli("watch", "--install", "--yes", "--now").code == 0
    assert cli("watch", "--uninstall", "--yes", "--now").code == 0
    assert (tools / "calls").read_text().splitlines() == [
        "systemctl --user daemon-reload",
        f"systemctl --user enable --now {UNIT}",
        f"systemctl --user disable --now {UNIT}",
        "systemctl --user daemon-reload",
    ]
    program(tools, "systemctl", "echo 'no bus' >&2; exit 1")
    failed = cli("watch", "--install", "--yes", "--now")
    assert failed.code == 1
    assert "no bus" in failed.err
    assert unit_of(cli).exists()


def test_the_line_for_cron_leaves_the_others_alone(cli: Cli, tmp_path: Path) -> None:
    tools, table = tmp_path / "tools", tmp_path / "table"
    program(tools, "crontab", f'if [ "$1" = -l ]; then [ -e {table} ] && cat {table}; else cat > {table}; fi')
    cli.env["PATH"] = f"{tools}:{cli.env['PATH']}"
    cli.env["STACKK_HOME"] = str(cli.home.with_name("100% mine"))
    others = "MAILTO=me\n# watch my step\n0 4 * * * backup\n"
    table.write_text(others)
    assert cli("watch", "--install", "--cron").code == 2  # nobody can be asked
    assert table.read_text() == others
    installed = cli("watch", "--install", "--cron", "--yes", "--json")
    assert Path(installed.json["backup"]).read_text() == others
    lines = table.read_text().splitlines()
    assert lines[:3] == others.splitlines()
    assert lines[3].startswith("*/5 * * * * env ")
    assert "watch --once >/dev/null # stackk-tui watch" in lines[3]
    assert lines[3].count("%") == lines[3].count("\\%") == 1
    assert "has the line already" in cli("watch", "--install", "--cron", "--yes").out
    assert cli("watch", "--uninstall", "--cron", "--yes").code == 0
    assert table.read_text() == others
    # the line runs as cron would run it
    assert cli("watch", "--install", "--cron", "--yes").code == 0
    command = table.read_text().splitlines()[3].removeprefix("*/5 * * * * ").replace("\\%", "%")
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={"HOME": cli.env["HOME"], "PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"")

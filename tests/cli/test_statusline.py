"""`statusline` as Claude Code, tmux and a person run it: a process with stdin and stdout."""

import fcntl
import json
import os
import pty
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stackk_tui.providers.claude_code.statusline.line import NOTHING, PLACEHOLDERS
from stackk_tui.providers.claude_code.statusline.refresh import refresh_if_due
from stackk_tui.sandbox.claude_bin import write_fake_claude
from stackk_tui.sandbox.claude_plan import oauth_account
from stackk_tui.storage.pushed_windows import WindowStore
from tests.cli.conftest import PROGRAM, Cli, Ran

FIXTURES = Path(__file__).parents[1] / "fixtures" / "anthropic"
HEAVY = {"pydantic", "httpx", "typing", "re", "json", "pathlib", "dataclasses", "argparse", "asyncio", "subprocess",
         "contextlib", "threading", "tomllib", "platformdirs", "enum", "keyring", "textual"}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_in_the_background(cli: Cli) -> None:
    """A test that wants it takes the variable away, and waits for what it started."""
    cli.env["STACKK_NO_BACKGROUND"] = "1"
    cli.env["NO_COLOR"] = "1"


def update(**changes: Any) -> str:
    """Gives what Claude Code says, with windows that reset in three hours and in three days."""
    told = json.loads((FIXTURES / "statusline_stdin.json").read_text(encoding="utf-8"))
    for name, ahead in (("five_hour", timedelta(hours=3)), ("seven_day", timedelta(days=3))):
        told["rate_limits"][name]["resets_at"] = int((datetime.now(UTC) + ahead).timestamp())
    return json.dumps(told | changes)


LINE = "5h 37% ▼-3 · week 61% · opus-5-5 · context 2%"


def claude_folder(cli: Cli) -> Path:
    folder = Path(cli.env["HOME"]) / ".claude"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_the_line(cli: Cli) -> None:
    ran = cli.process("statusline", stdin=update())
    assert (ran.code, ran.out, ran.err) == (0, f"{LINE}\n", "")


def test_tmux_shows_what_claude_code_last_said(cli: Cli) -> None:
    cli.process("statusline", stdin=update())
    ran = cli.process("statusline", "--tmux", stdin="not read")
    assert (ran.code, ran.out) == (0, "5h 37% ▼-3 · week 61%\n")


@pytest.mark.parametrize(
    "stdin", ["", "garbage", "{", "[]", "\x00\x01", '{"rate_limits": {"five_hour": {"used_percentage": -5}}}']
)
def test_whatever_is_on_stdin_there_is_one_line_and_exit_0(cli: Cli, stdin: str) -> None:
    ran = cli.process("statusline", stdin=stdin)
    assert (ran.code, ran.out, ran.err) == (0, f"{NOTHING}\n", "")


@pytest.mark.parametrize("how", ["<&-", "</dev/null", "2>&-", ">&-", ">/dev/full", "| true"])
def test_streams_that_are_shut_or_full_are_exit_0(cli: Cli, how: str) -> None:
    script = f"{shlex.join([*PROGRAM, 'statusline'])} {how}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, env=cli.env, check=False, timeout=30)
    assert (done.returncode, b"Traceback" in done.stderr, b"Exception" in done.stderr) == (0, False, False)


def test_a_stdin_that_never_ends_does_not_hold_it(cli: Cli) -> None:
    reading, writing = os.pipe()
    os.write(writing, update().encode())
    done = subprocess.run(
        [*PROGRAM, "statusline"], stdin=reading, capture_output=True, env=cli.env, timeout=20, check=False
    )
    os.close(reading)
    os.close(writing)
    assert (done.returncode, done.stdout.decode()) == (0, f"{LINE}\n")


def test_a_terminal_is_not_read_from(cli: Cli) -> None:
    leader, follower = pty.openpty()
    done = subprocess.run(
        [*PROGRAM, "statusline"], stdin=follower, capture_output=True, env=cli.env, timeout=20, check=False
    )
    os.close(leader)
    os.close(follower)
    assert (done.returncode, done.stdout.decode()) == (0, f"{NOTHING}\n")


def test_a_latin_terminal_gets_ascii(cli: Cli) -> None:
    cli.env["PYTHONIOENCODING"] = "latin-1"
    assert cli.process("statusline", stdin=update()).out == "5h 37% -3 | week 61% | opus-5-5 | context 2%\n"


def test_words_that_are_wrong_are_said_and_the_line_is_printed(cli: Cli) -> None:
    ran = cli.process("statusline", "--fromat", "{week}", "--format", "{nothing} {five_hour}", stdin=update())
    assert (ran.code, ran.out) == (0, "5h 37%\n")
    assert "--fromat" in ran.err
    assert "{nothing}" in ran.err
    assert len(ran.err.splitlines()) <= 3


def test_json(cli: Cli) -> None:
    ran = cli.process("statusline", "--json", stdin=update())
    assert (ran.code, ran.json["schema"], ran.json["line"]) == (0, 1, LINE)
    assert len(ran.out.splitlines()) == 1


def test_only_what_starts_quickly_is_imported(cli: Cli) -> None:
    cli.process("statusline", stdin=update())  # makes the folder
    code = "import sys\nfrom stackk_tui.cli import main\nmain(['statusline'])\nprint('\\n', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        input=update(),
        capture_output=True,
        text=True,
        env=cli.env | {"PYTHONPATH": os.pathsep.join(sys.path), "STACKK_NO_BACKGROUND": ""},
        check=True,
    )
    assert done.stdout.startswith(LINE)
    found = {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "sqlite3" in found
    assert not found & HEAVY


def test_what_the_readme_shows_is_understood(cli: Cli) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    section = readme.split("## The status line")[1].split("\n## ")[0]
    config = cli.home / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(section.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    assert cli.process("statusline", stdin=update()).out == "5h 37% ▼-3 · week 61% ▲+4 · opus-5-5\n"
    named = re.findall(r"{(\w+)}", section)
    assert set(PLACEHOLDERS) <= set(named)
    ran = cli.process("statusline", "--format", " ".join(f"{{{name}}}" for name in named), stdin=update())
    assert (ran.code, ran.err) == (0, "")
    (tmux,) = re.findall(r"#\((.*)\)'", section)
    cli.env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{cli.env['PATH']}"
    done = subprocess.run(["sh", "-c", tmux], capture_output=True, text=True, env=cli.env, check=True)
    assert (done.stdout, done.stderr) == ("5h 37% ▼-3 · week 61%\n", "")


# the command before ours


def test_the_chained_command_gets_the_same_stdin_and_prints_below(cli: Cli) -> None:
    told = update()
    ran = cli.process("statusline", "--chain", "cat; printf 'two\\n' >&2", stdin=told)
    assert (ran.code, ran.out, ran.err) == (0, f"{LINE}\n{told}", "two\n")


def test_a_large_stdin_that_it_does_not_read_blocks_nothing(cli: Cli) -> None:
    told = update(padding="x" * 600_000)
    assert cli.process("statusline", "--chain", "echo mine", stdin=told).out == f"{LINE}\nmine\n"
    assert cli.process("statusline", "--chain", "wc -c", stdin=told).out.split("\n")[1].strip() == str(
        len(told)
    )


@pytest.mark.parametrize("command", ["exit 7", "no-such-command", "kill -9 $$", "exec >&-", "\0", ""])
def test_a_chained_command_that_fails_costs_nothing(cli: Cli, command: str) -> None:
    words = ["statusline", f"--chain={command}"] if "\0" not in command else ["statusline", "--chain=x\ty"]
    ran = cli.process(*words, stdin=update())
    assert (ran.code, ran.out) == (0, f"{LINE}\n")


def test_a_chained_command_that_hangs_is_ended_with_all_it_started(cli: Cli, tmp_path: Path) -> None:
    config = cli.home / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[statusline]\nchain_seconds = 0.3\n")
    pids = tmp_path / "pids"
    command = f"echo begun; sh -c 'echo $$ >> {pids}; exec sleep 600' & echo $$ >> {pids}; sleep 600"
    began = time.monotonic()
    ran = cli.process("statusline", "--chain", command, stdin=update())
    assert (ran.code, ran.out) == (0, f"{LINE}\nbegun\n")
    assert time.monotonic() - began < 30
    numbers = [int(line) for line in pids.read_text().split()]
    assert len(numbers) == 2
    assert wait_until(lambda: not any(map(is_running, numbers)))


def test_a_chained_command_that_prints_for_ever_is_ended(cli: Cli) -> None:
    ran = cli.process("statusline", "--chain", "yes", stdin=update())
    assert ran.code == 0
    assert len(ran.out) < 1_000_000


def test_the_line_does_not_wait_for_the_chained_command(cli: Cli, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    command = [*PROGRAM, "statusline", "--chain", f"read x <{shlex.quote(str(gate))}; echo $x"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=cli.env) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(update().encode())
        process.stdin.close()
        assert process.stdout.readline().decode() == f"{LINE}\n"
        gate.write_text("opened\n")
        assert process.stdout.read() == b"opened\n"
    assert process.returncode == 0


def test_what_is_told_to_end_takes_the_chained_command_with_it(cli: Cli, tmp_path: Path) -> None:
    """Claude Code ends a status line that a newer one takes the place of."""
    command = [*PROGRAM, "statusline", "--chain", "echo $$; exec sleep 600"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=cli.env) as process:
        assert process.stdout is not None
        process.stdout.readline()
        number = int(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert wait_until(lambda: not is_running(number))


# in the background


@pytest.fixture
def transcripts(cli: Cli) -> Path:
    """A transcript of today, and background work allowed."""
    cli.env.pop("STACKK_NO_BACKGROUND")
    folder = claude_folder(cli) / "projects" / "x"
    folder.mkdir(parents=True)
    lines = (FIXTURES / "transcript_session.jsonl").read_text(encoding="utf-8").splitlines()
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
    told = [json.loads(line) for line in lines if line.endswith("}")]
    body = "".join(
        json.dumps(line | {"timestamp": now} if "timestamp" in line else line) + "\n" for line in told
    )
    (folder / "session.jsonl").write_text(body)
    return folder / "session.jsonl"


def is_free(lock: Path) -> bool:
    """Whether no process holds a lock that one has held."""
    if not lock.exists():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def wait_until(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.01)
    return False


def is_running(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_todays_value_is_there_for_the_next_line(cli: Cli, transcripts: Path) -> None:
    words = ["statusline", "--format", "{cost_today}"]
    first = cli.process(*words, stdin=update())
    assert (first.out, first.err) == (f"{NOTHING}\n", "")
    assert wait_until(lambda: is_free(cli.home / "data" / "statusline.lock"))
    cost = cli("usage", "--json", "--since", f"{datetime.now(UTC):%Y-%m-%d}").json["totals"]["cost"]["amount"]
    assert float(cost) > 0
    assert cli.process(*words, stdin=update()).out == f"≈ ${float(cost):,.2f} today\n"


def test_without_the_background_the_last_scan_is_asked(cli: Cli, transcripts: Path) -> None:
    cli.env["STACKK_NO_BACKGROUND"] = "1"
    words = ["statusline", "--format", "{cost_today}"]
    assert cli.process(*words).out == f"{NOTHING}\n"
    cli("usage")
    assert cli.process(*words).out.startswith("≈ $")
    assert not (cli.home / "data" / "statusline.lock").exists()


def test_only_one_is_started_at_a_time_and_no_more_than_one_a_minute(cli: Cli, transcripts: Path) -> None:
    lock = cli.home / "data" / "statusline.lock"
    lock.parent.mkdir(parents=True)
    folder, now = str(claude_folder(cli)), datetime.now(UTC)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert not refresh_if_due(str(lock), folder, None, now, idle=False)
    lock.write_text("1")  # one was started just now
    assert not refresh_if_due(str(lock), folder, None, now, idle=False)
    an_hour_ago = now.timestamp() - 3600
    os.utime(lock, (an_hour_ago, an_hour_ago))
    assert not refresh_if_due(str(lock), folder, now - timedelta(seconds=59), now, idle=False)
    assert not refresh_if_due(str(lock), folder, now - timedelta(seconds=299), now, idle=True)
    assert not refresh_if_due(str(lock), str(cli.home), None, now, idle=False), "no transcripts"


def test_what_is_started_stands_alone_and_makes_way(
    cli: Cli, transcripts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session of its own, so that closing the terminal ends nothing half-way; nice; no stream of ours."""
    told, program = tmp_path / "told", tmp_path / "python"
    program.write_text(
        f"#!{sys.executable}\nimport os, pathlib, sys\n"
        "nulls = [os.fstat(stream).st_rdev == os.stat(os.devnull).st_rdev for stream in (0, 1, 2)]\n"
        f"words = [os.getsid(0) == os.getpid(), os.nice(0), *nulls, *sys.argv[1:]]\n"
        f"pathlib.Path({str(told)!r} + '.new').write_text(' '.join(map(str, words)))\n"
        f"os.replace({str(told)!r} + '.new', {str(told)!r})\n"
    )
    program.chmod(0o755)
    lock = tmp_path / "lock"
    monkeypatch.setattr(sys, "executable", str(program))
    assert refresh_if_due(str(lock), str(claude_folder(cli)), None, datetime.now(UTC), idle=False)
    assert wait_until(told.exists)
    nice = min(19, os.nice(0) + 10)
    assert told.read_text() == f"True {nice} True True True -P -m stackk_tui statusline --refresh"


def test_the_background_runs_nothing_from_the_folder_it_is_in(
    cli: Cli, transcripts: Path, tmp_path: Path
) -> None:
    trap = tmp_path / "project"
    (trap / "stackk_tui").mkdir(parents=True)
    sprung = tmp_path / "sprung"
    for name in ("stackk_tui/__init__.py", "json.py", "sitecustomize.py"):
        (trap / name).write_text(f"open({str(sprung)!r}, 'w')")
    program = str(Path(sys.executable).with_name("stackk-tui"))
    subprocess.run(
        [program, "statusline"],
        input=update().encode(),
        cwd=trap,
        env=cli.env,
        check=True,
        capture_output=True,
    )
    assert wait_until(lambda: is_free(cli.home / "data" / "statusline.lock"))
    assert not sprung.exists()
    with WindowStore(cli.home / "data" / "windows.db") as store:
        assert any(name.startswith("around:") for name in store.notes())


# the plan that is tracked


@pytest.fixture
def plan(cli: Cli, tmp_path: Path) -> Path:
    """A plan that is tracked, and the file in which Claude Code remembers whose it is."""
    claude = write_fake_claude(tmp_path / "bin" / "claude", "max_20x")
    cli.env |= {"STACKK_CLAUDE_BIN": str(claude), "STACKK_TOKEN_STORE": "keyring"}
    remembered = Path(cli.env["HOME"]) / ".claude.json"
    remembered.parent.mkdir()
    remembered.write_text(json.dumps({"oauthAccount": oauth_account()}))
    assert cli("add", "anthropic", "--method", "local").code == 0
    assert cli("refresh").code == 0
    return remembered


def test_the_plan_and_its_windows_come_from_what_is_tracked(cli: Cli, plan: Path) -> None:
    limits = {row["id"]: row["used"] for row in cli("list", "--json").json["services"][0]["limits"]}
    ran = cli.process("statusline", "--tmux", "--format", "{plan} · {five_hour} · {week} · {seven_day_fable}")
    shown = {
        name: "<1%" if 0 < used < 0.01 else f"{min(round(used * 100), 99)}%" for name, used in limits.items()
    }
    expected = [f"{label} {shown[name]}" for name, label in
                (("five_hour", "5h"), ("seven_day", "week"), ("seven_day_fable", "fable week"))]  # fmt: skip
    assert (ran.code, ran.out) == (0, f"{' · '.join(['Max 20x', *expected])}\n")


def test_the_plan_of_somebody_else_is_not_shown(cli: Cli, plan: Path) -> None:
    words = ["statusline", "--tmux", "--format", "{plan}"]
    assert cli.process(*words).out == "Max 20x\n"
    other = {**oauth_account(), "emailAddress": "eve@example.com", "organizationUuid": "another"}
    plan.write_text(json.dumps({"oauthAccount": other}))
    assert cli.process(*words).out == f"{NOTHING}\n"
    colleague = {**oauth_account(), "emailAddress": "eve@example.com"}
    plan.write_text(json.dumps({"oauthAccount": colleague}))
    assert cli.process(*words).out == f"{NOTHING}\n"
    cli.env["CLAUDE_CONFIG_DIR"] = str(plan.parent / "work")
    (plan.parent / "work").mkdir()
    (plan.parent / "work" / ".claude.json").write_text(json.dumps({"oauthAccount": oauth_account()}))
    assert cli.process(*words).out == "Max 20x\n"


def test_the_windows_of_who_was_signed_in_before_are_not_shown(cli: Cli, plan: Path) -> None:
    words = ["statusline", "--format", "{five_hour}"]
    assert cli("statusline", "--refresh").code == 0
    assert cli.process(*words, stdin=update()).out == "5h 37%\n"
    assert cli("statusline", "--refresh").code == 0
    assert cli.process(*words).out == "5h 37%\n"
    other = {**oauth_account(), "emailAddress": "eve@example.com", "organizationUuid": "another"}
    plan.write_text(json.dumps({"oauthAccount": other}))
    assert cli("statusline", "--refresh").code == 0
    assert cli.process(*words).out == f"{NOTHING}\n"
    reset = int((datetime.now(UTC) + timedelta(hours=4)).timestamp())
    hers = update(session_id="hers", rate_limits={"five_hour": {"used_percentage": 12, "resets_at": reset}})
    assert cli.process(*words, stdin=hers).out == "5h 12%\n"


def test_a_plan_no_longer_tracked_is_not_shown(cli: Cli, plan: Path) -> None:
    assert cli.process("statusline", "--tmux", "--format", "{plan}").out == "Max 20x\n"
    service = cli("list", "--json").json["services"][0]["id"]
    assert cli("disconnect", service, "--yes").code == 0
    assert cli.process("statusline", "--tmux", "--format", "{plan}").out == f"{NOTHING}\n"


def test_what_the_line_hears_is_on_the_dashboard(cli: Cli, plan: Path) -> None:
    before = {row["id"]: row["resets_at"] for row in cli("list", "--json").json["services"][0]["limits"]}
    windows = {
        name: {"used_percentage": used, "resets_at": int(datetime.fromisoformat(before[name]).timestamp())}
        for name, used in (("five_hour", 91), ("seven_day", 92))
    }
    assert cli.process("statusline", stdin=update(rate_limits=windows)).out.startswith("Max 20x · 5h 91%")
    assert cli("refresh").code == 0
    after = {row["id"]: row["used"] for row in cli("list", "--json").json["services"][0]["limits"]}
    assert (after["five_hour"], after["seven_day"]) == (0.91, 0.92)


# Claude Code's settings


def test_install_needs_yes_where_nobody_can_be_asked(cli: Cli) -> None:
    ran = cli("statusline", "--install")
    assert ran.code == 2
    assert "--yes" in ran.err
    assert '+    "command":' in ran.out
    assert not (Path(cli.env["HOME"]) / ".claude").exists()


def test_install_runs_and_uninstall_puts_back(cli: Cli) -> None:
    settings = claude_folder(cli) / "settings.json"
    before = '{\n  "statusLine": {"type": "command", "command": "echo theirs"}\n}\n'
    settings.write_text(before)
    ran = cli("statusline", "--install", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert "settings.json" in ran.out
    command = json.loads(settings.read_text())["statusLine"]["command"]
    assert Path(shlex.split(command)[0]).is_absolute()
    done = subprocess.run(
        ["sh", "-c", command], input=update(), capture_output=True, text=True, env=cli.env, check=True
    )
    assert done.stdout == f"{LINE}\ntheirs\n"
    again = cli("statusline", "--install", "--yes", "--json")
    assert (again.code, again.json["changed"], again.json["chain"]) == (0, False, "echo theirs")
    gone = cli("statusline", "--uninstall", "--yes")
    assert gone.code == 0
    assert "settings.json (changed)" in gone.out
    assert "(new)" not in gone.out
    assert settings.read_text() == before
    nothing = cli("statusline", "--uninstall")
    assert (nothing.code, "nothing of ours" in nothing.out) == (0, True)


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_a_person_is_asked(cli: Cli, answer: str, written: bool) -> None:
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, "statusline", "--install"],
        stdin=follower,
        stdout=subprocess.PIPE,
        stderr=follower,
        env=cli.env,
    ) as process:
        os.close(follower)
        os.write(leader, answer.encode())
        out, _ = process.communicate(timeout=30)
    os.close(leader)
    assert process.returncode == 0
    assert b'+    "command":' in out
    assert (Path(cli.env["HOME"]) / ".claude" / "settings.json").exists() is written


def test_a_file_with_comments_is_exit_1_in_three_lines(cli: Cli) -> None:
    settings = claude_folder(cli) / "settings.json"
    settings.write_text("{ // mine\n}")
    ran = cli("statusline", "--install", "--yes")
    assert ran.code == 1
    assert 1 <= len(ran.err.splitlines()) <= 3
    assert settings.read_text() == "{ // mine\n}"


def test_hooks_that_are_off_are_said(cli: Cli) -> None:
    (claude_folder(cli) / "settings.json").write_text('{"disableAllHooks": true}')
    ran = cli("statusline", "--install", "--yes")
    assert (ran.code, "disableAllHooks" in ran.err) == (0, True)


def test_doctor_says_whether_it_is_in_place(cli: Cli) -> None:
    def shown() -> tuple[str, str]:
        check = cli("doctor", "--json").json.get("machine", {}).get("statusline", {"state": "", "value": ""})
        return check["state"], check["value"]

    assert shown() == ("", "")
    settings = claude_folder(cli) / "settings.json"
    assert shown()[0] == "ok"
    assert "--install" in shown()[1]
    cli("statusline", "--install", "--yes")
    assert shown() == ("ok", "installed; no window was heard of yet")
    cli.process("statusline", stdin=update())
    assert shown() == ("ok", "installed; windows last heard of 0m ago")
    command = json.loads(settings.read_text())["statusLine"]["command"]
    settings.write_text(settings.read_text().replace(shlex.split(command)[0], "/gone/stackk-tui"))
    assert shown()[0] == "look"
    assert "--install" in shown()[1]
    settings.write_text("{ // mine")
    assert shown()[0] == "look"
    assert "not valid JSON" in shown()[1]


# many at once


def test_many_at_once_half_of_them_killed(cli: Cli) -> None:
    def one(number: int) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [*PROGRAM, "statusline"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=cli.env,
        )
        assert process.stdin is not None
        process.stdin.write(update(session_id=f"s{number}").encode())
        process.stdin.close()
        process.stdin = None
        return process

    processes = [one(number) for number in range(16)]
    for process in processes[::2]:
        process.send_signal(signal.SIGKILL)
    ended: list[Ran] = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        ended.append(Ran(process.returncode, out.decode(), err.decode()))
    assert {(ran.code, ran.err) for ran in ended[1::2]} == {(0, "")}
    assert {ran.out.split(" ▼")[0] for ran in ended[1::2]} == {"5h 37%"}
    with sqlite3.connect(cli.home / "data" / "windows.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert not list((cli.home / "data").glob("*.damaged*"))

"""Commands that need no vendor: typed-in subscriptions, wrong usage, the vault, doctor, export."""

import csv
import io
import json
import os
import shlex
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stackk_tui import __version__
from stackk_tui.sandbox.anthropic import ADMIN_KEY
from tests.cli.conftest import PROGRAM, Cli
from tests.conftest import SandboxServer


def add_github(cli: Cli, *words: str) -> str:
    ran = cli("add", "custom", "--name", "GitHub Team", "--price", "20", *words, "--json")
    assert ran.code == 0, ran.err
    return str(ran.json["services"][0]["id"])


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").out == f"stackk-tui {__version__}\n"
    done = subprocess.run([*PROGRAM, "--help"], capture_output=True, text=True, env=cli.env, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for command in (
        "add",
        "workspaces",
        "list",
        "status",
        "sync",
        "refresh",
        "usage",
        "statusline",
        "disconnect",
        "export",
        "doctor",
        "vault",
    ):
        assert f"    {command} " in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        "add",
        "workspaces",
        "list",
        "sync",
        "refresh",
        "status",
        "usage",
        "statusline",
        "disconnect",
        "export",
        "doctor",
        "vault",
    ],
)
def test_every_command_takes_the_common_options(cli: Cli, command: str) -> None:
    done = cli(command, "--help")
    assert done.code == 0
    for option in ("--json", "--passphrase-fd", "--passphrase-command"):
        assert option in done.out


def test_a_subscription_typed_in(cli: Cli) -> None:
    paid_next = f"{datetime.now(UTC) + timedelta(days=70):%Y-%m-%d}"
    words = [
        "--currency",
        "EUR",
        "--cycle",
        "yearly",
        "--next-payment",
        paid_next,
        "--category",
        "Code",
        "--color",
        "#112233",
    ]
    ran = cli("add", "custom", "--name", "GitHub Team", "--price", "120.50", *words, "--json")
    (row,) = ran.json["services"]
    assert (row["name"], row["category"]) == ("GitHub Team", "Code")
    assert row["price"] == {"amount": "120.50", "currency": "EUR", "cycle": "yearly", "provenance": "entered"}
    assert row["next_payment"] == {"date": paid_next, "provenance": "entered"}
    assert row["cost_month_to_date"] is None
    assert ran.json["total_month_to_date"]["amount"] == "10.04"


def test_nothing_tracked_is_an_empty_list(cli: Cli) -> None:
    ran = cli("list", "--json")
    assert (ran.code, ran.json["services"], ran.json["schema"]) == (0, [], 1)
    assert ran.json["total_month_to_date"]["amount"] is None
    assert cli("refresh").code == 0
    assert "stackk-tui add" in cli("list").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["add", "anthropic"], "--method admin-key"),
        (["add", "nobody"], "anthropic, claude-code, supabase"),
        (["add", "anthropic", "--method", "password"], "--method admin-key"),
        (["add", "anthropic", "--method", "admin-key"], "--secret-stdin"),
        (["add", "anthropic", "--method", "admin-key", "--secret-stdin"], "empty"),
        (["add", "anthropic", "--method", "admin-key", "--price", "5"], "--price"),
        (["add", "custom", "--name", "x"], "--price"),
        (["add", "custom", "--name", "x", "--price", "much"], "much"),
        (["add", "custom", "--name", "x", "--price", "5", "--next-payment", "soon"], "soon"),
        (["list", "extra"], "--help"),
        (["list", "--nonsense"], "--nonsense"),
        (["frobnicate"], "list"),
        (["status", "nobody"], "nothing is tracked"),
        (["workspaces", "nobody"], "nothing is tracked"),
        (["disconnect", "x"], "--yes"),
        (["usage", "--by", "moon"], "day"),
        (["usage", "--since", "yesterday"], "2026-11-01"),
        (["usage", "--timezone", "Mars/Base"], "Europe/Berlin"),
        (["export", "--format", "xml"], "csv"),
        (["export", "--format", "csv", "--json"], "--json"),
        (["export", "--days", "0"], "1 to"),
        (["list", "--passphrase-fd", "9", "--passphrase-command", "x"], "--passphrase"),
        (["vault"], "action"),
        (["budget"], "ACTION"),
        (["budget", "set", "5"], "--total"),
        (["budget", "list", "5"], "too many"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_2_and_says_what_to_give(cli: Cli, words: list[str], says: str) -> None:
    ran = cli(*words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert 1 <= len(ran.err.splitlines()) <= 3


def test_the_screens_need_a_terminal(cli: Cli) -> None:
    for words in ([], ["--demo"], ["--plain"]):
        ran = cli.process(*words)
        assert (ran.code, ran.out) == (2, "")
        assert "terminal" in ran.err


def test_a_name_finds_its_service_and_an_ambiguous_one_names_the_candidates(cli: Cli) -> None:
    first = add_github(cli)
    assert cli("status", "github team", "--json").json["services"][0]["id"] == first
    second = add_github(cli)
    ran = cli("status", "GitHub Team")
    assert ran.code == 2
    assert first in ran.err
    assert second in ran.err
    assert cli("status", second).code == 0
    unknown = cli("refresh", "nobody")
    assert unknown.code == 2
    assert first in unknown.err


def test_disconnect_keeps_a_row_and_purge_drops_it(cli: Cli) -> None:
    service = add_github(cli)
    assert cli("disconnect", service, "--yes").code == 0
    assert cli("list", "--json").json["services"][0]["status"] == "disconnected"
    assert cli("refresh", service).code == 2
    assert cli("refresh").code == 0
    assert cli("disconnect", service, "--yes", "--purge").code == 0
    assert cli("list", "--json").json["services"] == []


def test_names_with_escape_sequences_reach_no_terminal(cli: Cli) -> None:
    name = "\x1b]0;owned\x07\x1b[2J\u202eevil\x9b31m"
    assert cli("add", "custom", "--name", name, "--price", "1").code == 0
    for words in (["list"], ["list", "--json"], ["status", "custom"], ["export", "--format", "csv"]):
        ran = cli(*words)
        assert ran.code == 0
        for bad in "\x1b\x07\u202e\x9b":
            assert bad not in ran.out
    ran = cli("status", name)
    assert "\x1b" not in ran.err


def test_a_latin_terminal_prints_what_it_can(cli: Cli) -> None:
    cli("add", "custom", "--name", "日本語 ✓", "--price", "1")
    cli.env |= {"LANG": "C", "LC_ALL": "en_US.ISO-8859-1", "PYTHONIOENCODING": "latin-1"}
    ran = cli.process("list")
    assert (ran.code, ran.err) == (0, "")


def test_a_reader_that_goes_away_is_no_error(cli: Cli) -> None:
    add_github(cli)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*PROGRAM, "list"], stdout=writing, stderr=subprocess.PIPE, env=cli.env, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_disk_under_stdout_is_said(cli: Cli) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("wb") as out:
        done = subprocess.run(
            [*PROGRAM, "list", "--json"], stdout=out, stderr=subprocess.PIPE, env=cli.env, check=False
        )
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["usage", "--json"], ["list"]])
@pytest.mark.parametrize("how", [">/dev/full", ">&-", "2>&-", "<&-"])
def test_streams_that_are_shut_or_full_show_no_traceback(cli: Cli, words: list[str], how: str) -> None:
    line = f"{shlex.join([*PROGRAM, *words])} {how}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, env=cli.env, check=False)
    assert done.returncode == (1 if how == ">/dev/full" else 0), done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr
    assert b"internal error" not in done.stderr


def test_a_config_file_that_is_no_toml_is_wrong_usage(cli: Cli) -> None:
    config = cli.home / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("= nonsense")
    ran = cli("list")
    assert ran.code == 2
    assert "config.toml" in ran.err


def test_a_ledger_from_a_newer_version_is_left_alone(cli: Cli) -> None:
    import sqlite3

    add_github(cli)
    ledger = cli.home / "data" / "ledger.db"
    with sqlite3.connect(ledger) as connection:
        connection.execute("PRAGMA user_version = 999")
    before = ledger.read_bytes()
    ran = cli("list")
    assert ran.code == 1
    assert "newer" in ran.err
    assert ledger.read_bytes() == before
    doctor = cli("doctor", "--json")
    assert doctor.code == 1
    assert doctor.json["data"]["ledger"]["state"] == "broken"


def test_an_unexpected_error_shows_no_traceback_and_no_values(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stackk_tui.stack import Stack

    async def broken(*_: object) -> None:
        raise RuntimeError(f"secret {ADMIN_KEY}")

    monkeypatch.setattr(Stack, "services", broken)
    for debug in ("0", "1"):
        cli.env["STACKK_DEBUG"] = debug
        ran = cli("list")
        assert ran.code == 1
        assert "RuntimeError" in ran.err
        assert "Traceback" not in ran.err
        assert ADMIN_KEY not in ran.err
        assert len(ran.err.splitlines()) <= 3


def test_a_key_on_the_command_line_is_not_repeated(cli: Cli) -> None:
    for words in (
        ["add", "anthropic", ADMIN_KEY],
        ["status", ADMIN_KEY],
        [ADMIN_KEY],
        ["list", f"--key={ADMIN_KEY}"],
    ):
        ran = cli(*words)
        assert ran.code == 2
        assert ADMIN_KEY[-30:] not in ran.err


# the vault


def test_a_vault_by_passphrase_from_a_descriptor_or_a_command(
    cli: Cli, nimbus: SandboxServer, tmp_path: Path
) -> None:
    del cli.env["STACKK_VAULT_KEY_FILE"]
    phrase = tmp_path / "phrase"
    phrase.write_text("correct horse battery\n")
    by_command = ["--passphrase-command", f"cat '{phrase}'"]
    words = ["add", "anthropic", "--method", "admin-key", "--secret-stdin"]

    refused = cli(*words, stdin=ADMIN_KEY)
    assert refused.code == 3
    assert "vault create" in refused.err
    assert nimbus.seen == []

    assert cli("vault", "create", *by_command).code == 0
    assert cli(*words, *by_command, stdin=ADMIN_KEY).code == 0

    locked = cli("refresh", "--json")
    assert locked.code == 3
    assert locked.json["services"][0]["error"]["code"] == "vault-locked"

    reading, writing = os.pipe()
    os.write(writing, b"correct horse battery\n")
    os.close(writing)
    ran = cli.process("refresh", "--passphrase-fd", str(reading), pass_fds=(reading,))
    os.close(reading)
    assert (ran.code, ran.err) == (0, "")

    assert cli("vault", "unlock", "--passphrase-command", "echo not the right one").code == 3
    assert cli("refresh", "--force", "--passphrase-command", "false").code in (1, 3)
    assert cli("list").code == 0


def test_rotating_the_vault_changes_its_passphrase(cli: Cli) -> None:
    del cli.env["STACKK_VAULT_KEY_FILE"]
    old, new = ["--passphrase-command", "echo the old passphrase"], "echo the new passphrase"
    assert cli("vault", "create", *old).code == 0
    assert cli("vault", "rotate", *old, "--new-passphrase-command", new).code == 0
    assert cli("vault", "unlock", *old).code == 3
    assert cli("vault", "unlock", "--passphrase-command", new).code == 0
    assert cli("vault", "status", "--json").json["state"] == "locked"


def test_moving_keys_says_what_stands_in_the_way(cli: Cli, nimbus: SandboxServer) -> None:
    del cli.env["STACKK_VAULT_KEY_FILE"]
    cli.env["STACKK_TOKEN_STORE"] = "auto"
    phrase = ["--passphrase-command", "echo the old passphrase"]
    without = cli("vault", "move")
    assert without.code == 3
    assert "stackk-tui vault create" in without.err
    assert cli("vault", "create", *phrase).code == 0
    added = cli("add", "anthropic", "--method", "admin-key", "--secret-stdin", *phrase, stdin=ADMIN_KEY)
    assert added.code == 0
    moved = cli("vault", "move", "--to", "vault", *phrase)
    assert (moved.code, moved.out.splitlines()[0][:6]) == (0, "Moved.")
    assert cli("vault", "move", *phrase[:1], "echo not the right one").code == 3
    nowhere = cli("vault", "move", "--to", "keyring", *phrase)
    assert nowhere.code == 3
    assert "keyring" in nowhere.err
    assert cli("refresh", *phrase).code == 0
    cli.env["STACKK_TOKEN_STORE"] = "vault"
    refused = cli("vault", "move", "--to", "keyring", *phrase)
    assert refused.code == 2
    assert "token_store is vault" in refused.err


def test_a_vault_by_key_file_needs_nobody(cli: Cli) -> None:
    assert cli("vault", "status", "--json").json["vault"] is False
    assert cli("vault", "create").code == 0
    assert cli("vault", "create").code == 1
    shown = cli("vault", "status", "--json").json
    assert (shown["kind"], shown["state"], shown["vault"]) == ("vault", "open", True)
    key_file = Path(cli.env["STACKK_VAULT_KEY_FILE"])
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    key_file.chmod(0o644)
    assert cli("vault", "unlock").code == 1


def test_a_short_passphrase_is_refused(cli: Cli) -> None:
    del cli.env["STACKK_VAULT_KEY_FILE"]
    ran = cli("vault", "create", "--passphrase-command", "echo short")
    assert ran.code == 2
    assert "12" in ran.err


# doctor and export


def test_doctor_tells_no_value_of_a_variable(cli: Cli) -> None:
    cli.env |= {"ANTHROPIC_CLIENT_SECRET": "very-secret-value", "STACKK_ANTHROPIC_SCOPE": "org:admin-xyz"}
    add_github(cli)
    text, shown = cli("doctor"), cli("doctor", "--json")
    assert text.code == shown.code == 0
    for ran in (text, shown):
        assert "ANTHROPIC_CLIENT_SECRET" in ran.out
        assert "very-secret-value" not in ran.out + ran.err
        assert "org:admin-xyz" not in ran.out + ran.err
    sections = shown.json
    assert sections["program"]["python"]["value"] == ".".join(map(str, sys.version_info[:3]))
    assert sections["data"]["services"]["value"].startswith("1 tracked")
    assert sections["folders"]["data"]["state"] == "ok"
    assert "mode 0700" in sections["folders"]["data"]["value"]
    assert sections["network"]["https"]["state"] == "ok"


def test_doctor_sees_a_folder_that_others_can_read(cli: Cli) -> None:
    add_github(cli)
    (cli.home / "data").chmod(0o755)
    shown = cli("doctor", "--json").json
    assert shown["folders"]["data"]["state"] == "look"
    assert "chmod" in shown["folders"]["data"]["value"]


def test_export_of_a_service_without_usage_is_a_header(cli: Cli) -> None:
    add_github(cli)
    ran = cli("export", "--format", "csv")
    assert list(csv.reader(io.StringIO(ran.out)))[1:] == []
    shown = json.loads(cli("export").out)
    assert shown["services"][0]["history"]["days"] == []

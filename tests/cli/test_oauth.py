"""Signing in without screens, over real HTTP: by listener and by paste, and what is told before anything begins."""

import json
import os
import pty
import re
import select
import signal
import sys
import termios
import time
from datetime import timedelta
from pathlib import Path

import pytest

from stackk_tui.sandbox.oauth_style import CONFIDENTIAL, Client
from stackk_tui.sandbox.world import IDS
from tests.cli.conftest import Cli
from tests.cli.signing_in import ADD, Door, Person, Process, shorten_sign_in
from tests.console import REVOKE, TOKEN, Console, browse, consent, query_of
from tests.net._oauth import free_port


@pytest.fixture
def console(cli: Cli, oauth_console: Console) -> Console:
    cli.env.update(oauth_console.env)
    shorten_sign_in(cli)
    return oauth_console


@pytest.fixture
def door(cli: Cli, console: Console) -> Door:
    return Door(cli)


def test_by_the_listener_while_stdin_has_ended(door, console) -> None:
    def act(person: Person) -> None:
        asked = query_of(person.address)
        assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "org:admin")
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/callback", asked["redirect_uri"])
        person.eof()
        answer = browse(person.address)
        assert answer.status_code == 200
        assert "go back to the terminal" in answer.text

    ran = door(act, "--json")
    assert ran.code == 0, ran.err
    (row,) = ran.json["services"]
    assert (row["status"], row["workspace"]["kind"]) == ("ok", "organization")
    assert "org:admin is full power" in ran.err
    assert not any(secret in ran.out + ran.err for secret in console.secrets())
    exchange = console.oauth.seen[0]
    assert exchange.content_type.startswith("application/x-www-form-urlencoded")
    assert "state" in exchange.names


def test_by_a_paste_after_wrong_ones(door, console) -> None:
    codes = []

    def act(person: Person) -> None:
        target = consent(person.address)
        codes.append(query_of(target)["code"])
        person.paste("")
        person.paste(codes[0])
        person.read_until("state of the sign-in is missing")
        person.paste(person.address)
        person.read_until("This is the address to open")
        person.paste(target)

    ran = door(act, "--workspace", IDS["production"], "--workspace", "default", "--name", "Mine", "--json")
    assert ran.code == 0, ran.err
    rows = ran.json["services"]
    assert [row["workspace"]["id"] for row in rows] == [IDS["production"], "default"]
    assert {row["name"] for row in rows} == {"Mine"}
    assert codes[0] not in ran.out + ran.err
    assert console.counts["exchanges"] == 1


def test_a_paste_of_code_and_state_without_a_line_end(door) -> None:
    def act(person: Person) -> None:
        answer = query_of(consent(person.address))
        person.paste(f"{answer['code']}#{answer['state']}", end="")
        person.eof()

    ran = door(act)
    assert ran.code == 0, ran.err
    assert "The sign-in is kept in" in ran.err
    assert "Nimbus Labs" in ran.out


def test_over_ssh_the_port_to_forward_is_told_and_no_browser_opened(cli, door, tmp_path) -> None:
    asked = fake_browser(cli, tmp_path)
    cli.env.update(SSH_CONNECTION="192.0.2.1 50000 192.0.2.2 22", DISPLAY=":0")

    def act(person: Person) -> None:
        port = re.search(r":(\d+)/callback", query_of(person.address)["redirect_uri"]).group(1)
        person.read_until(f"ssh -L {port}:127.0.0.1:{port} ")
        browse(person.address)

    assert door(act, command=("add", "anthropic", "--method", "oauth")).code == 0
    assert not asked.exists()


def fake_browser(cli: Cli, tmp_path: Path) -> Path:
    """A `xdg-open` that notes its address and its environment."""
    folder = tmp_path / "desktop"
    folder.mkdir()
    asked = folder / "asked.json"
    program = folder / "xdg-open"
    program.write_text(
        f"#!{sys.executable} -I\nimport json, os, sys\nprint('noise')\n"
        f"open({str(asked)!r} + '.part', 'w').write(json.dumps([sys.argv[1:], dict(os.environ)]))\n"
        f"os.rename({str(asked)!r} + '.part', {str(asked)!r})\n"
    )
    program.chmod(0o700)
    cli.env["PATH"] = f"{folder}:{cli.env['PATH']}"
    return asked


def test_a_browser_is_opened_where_there_is_a_display_and_gets_no_secret(cli, door, tmp_path) -> None:
    asked = fake_browser(cli, tmp_path)
    cli.env.update(
        WAYLAND_DISPLAY="wayland-0",
        ANTHROPIC_CLIENT_ID=CONFIDENTIAL.id,
        ANTHROPIC_CLIENT_SECRET=CONFIDENTIAL.secret,
    )

    def act(person: Person) -> None:
        address, until = person.address, time.monotonic() + 15
        while not asked.exists():
            assert time.monotonic() < until
            time.sleep(0.02)
        words, env = json.loads(asked.read_text())
        assert words == [address]
        assert not [name for name in env if name.startswith("STACKK_") or "SECRET" in name]
        browse(address)

    ran = door(act, command=("add", "anthropic", "--method", "oauth"))
    assert ran.code == 0
    assert "A browser was asked" in ran.err
    assert "noise" not in ran.out + ran.err


def test_no_browser_means_none(cli, door, tmp_path) -> None:
    asked = fake_browser(cli, tmp_path)
    cli.env["DISPLAY"] = ":0"
    ran = door.by_listener()
    assert ran.code == 0
    assert "A browser was asked" not in ran.err
    assert not asked.exists()


def test_ctrl_c_ends_it_cleanly(cli, console) -> None:
    adding = Process(cli)
    adding.begin("--json")
    adding.process.send_signal(signal.SIGINT)
    ran = adding.end()
    assert ran.code == 130
    assert ran.out == ""
    assert ran.err.endswith("The sign-in was cancelled.\nNothing was kept.\n")
    assert cli("list", "--json").json["services"] == []


def test_on_a_terminal_what_is_pasted_is_not_echoed_and_echo_comes_back(cli, console) -> None:
    ours, theirs = pty.openpty()
    adding = Process(cli)
    target = consent(adding.begin("--json", stdin=theirs))
    assert not termios.tcgetattr(theirs)[3] & termios.ECHO
    os.write(ours, f"{target}\n".encode())
    ran = adding.end()
    assert ran.code == 0, ran.err
    assert termios.tcgetattr(theirs)[3] & termios.ECHO
    assert select.select([ours], [], [], 0) == ([], [], []), "nothing was written to the terminal"

    adding = Process(cli)
    adding.begin(stdin=theirs)
    adding.process.send_signal(signal.SIGINT)
    assert adding.end().code == 130
    assert termios.tcgetattr(theirs)[3] & termios.ECHO
    os.close(ours)
    os.close(theirs)


def test_declined_at_the_page(door, console) -> None:
    console.oauth.decision = "deny"
    ran = door.by_listener()
    assert ran.code == 1
    assert "declined" in ran.err
    assert ran.out == ""


def test_a_refused_code_needs_another_sign_in(door, console) -> None:
    console.grants.code_seconds = 0
    ran = door.by_listener()
    assert ran.code == 3
    assert "did not accept the code" in ran.err
    assert ran.out == ""


def test_too_late(cli, console, monkeypatch) -> None:
    monkeypatch.setattr("stackk_tui.providers.anthropic.oauth.SIGN_IN_TIME", timedelta(seconds=0.3))
    ran = cli(*ADD, "--json")
    assert ran.code == 1
    assert "was not finished within" in ran.err
    assert ran.out == ""


def test_stdin_that_ends_where_nothing_listens(cli, console) -> None:
    cli.env["ANTHROPIC_OAUTH_REDIRECT_URI"] = "https://elsewhere.example/page"
    ran = cli(*ADD)
    assert ran.code == 1
    assert "nothing listens" in ran.err


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"ANTHROPIC_CLIENT_ID": ""}, "ANTHROPIC_CLIENT_ID"),
        ({"STACKK_ANTHROPIC_TOKEN_URL": "http://192.0.2.1/token"}, "STACKK_ANTHROPIC_TOKEN_URL"),
        ({"STACKK_ALLOW_HTTP_LOOPBACK": ""}, "STACKK_ANTHROPIC_AUTHORIZE_URL"),
        ({"STACKK_ANTHROPIC_CLIENT_AUTH": "basic"}, "ANTHROPIC_CLIENT_SECRET"),
    ],
)
def test_what_is_not_configured_is_named(cli, console, env, words) -> None:
    cli.env.update(env)
    ran = cli(*ADD, "--json")
    assert ran.code == 2
    assert words in ran.err
    assert "Open this address" not in ran.err
    assert console.counts == {}


@pytest.mark.parametrize("made", [False, True])
def test_without_an_open_store_nobody_is_sent_to_the_page(cli, console, made) -> None:
    del cli.env["STACKK_VAULT_KEY_FILE"]
    if made:
        assert cli("vault", "create", "--passphrase-command", "echo correct horse battery").code == 0
    ran = cli(*ADD, "--json")
    assert ran.code == 3
    assert "encrypted file" in ran.err
    assert "Open this address" not in ran.err
    assert console.counts == {}


def test_a_passphrase_command_opens_the_store_first(cli, door) -> None:
    del cli.env["STACKK_VAULT_KEY_FILE"]
    words = ("--passphrase-command", "echo correct horse battery")
    assert cli("vault", "create", *words).code == 0
    assert door.by_listener(*words).code == 0


def test_memory_only_is_said_before(cli, door) -> None:
    cli.env["STACKK_TOKEN_STORE"] = "memory"
    ran = door.by_listener()
    assert ran.code == 0
    assert ran.err.index("for this command only") < ran.err.index("Open this address")


def test_a_secret_on_stdin_does_not_go_with_it(cli, console) -> None:
    ran = cli(*ADD, "--secret-stdin", stdin="sk-ant-admin01-oops-this-is-a-key")
    assert ran.code == 2
    assert "--secret-stdin" in ran.err


def test_an_unknown_workspace_ends_the_grant_again(door, console) -> None:
    ran = door.by_listener("--workspace", "nowhere")
    assert ran.code == 2
    assert "nowhere" in ran.err
    assert [family.revoked for family in console.families()] == [True]


def test_a_sign_in_without_the_right_scope_ends_the_grant_again(door, console) -> None:
    console.kind = "ordinary"
    ran = door.by_listener()
    assert ran.code == 1
    assert [family.revoked for family in console.families()] == [True]


# settings
def test_a_confidential_client_by_environment(cli, door, console) -> None:
    cli.env.update(ANTHROPIC_CLIENT_ID=CONFIDENTIAL.id, ANTHROPIC_CLIENT_SECRET=CONFIDENTIAL.secret)
    ran = door.by_listener()
    assert ran.code == 0, ran.err
    assert "authorization" in console.oauth.seen[0].headers
    for access in console.grants.access.values():
        access.revoked = True
    assert cli("workspaces", ran.json["services"][0]["account"], "--json").code == 0
    assert console.counts["refreshes"] == 1
    assert CONFIDENTIAL.secret.encode() not in cli.everything_written()


def test_everything_from_the_config_file(cli, door, console) -> None:
    for name in list(cli.env):
        if name.startswith("STACKK_ANTHROPIC_") and not name.endswith("API_URL"):
            del cli.env[name]
    del cli.env["ANTHROPIC_CLIENT_ID"]
    path = cli.home / "config" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(
        f'''[oauth.anthropic]
client_id = "{CONFIDENTIAL.id}"
client_secret = "{CONFIDENTIAL.secret}"
authorize_url = "{console.url}/v1/oauth/authorize"
token_url = "{console.url}{TOKEN}"
revoke_url = "{console.url}{REVOKE}"
'''
    )
    path.chmod(0o600)
    assert door.by_listener().code == 0
    path.chmod(0o644)
    ran = cli(*ADD)
    assert ran.code == 2
    assert f"chmod 600 {path}" in ran.err


def test_a_fixed_port_at_localhost(cli, door, console) -> None:
    redirect = f"http://localhost:{free_port()}/back"
    console.oauth.clients = (Client("mine", redirects=(redirect,)),)
    cli.env.update(ANTHROPIC_CLIENT_ID="mine", ANTHROPIC_OAUTH_REDIRECT_URI=redirect)

    def act(person: Person) -> None:
        assert query_of(person.address)["redirect_uri"] == redirect
        assert browse(person.address).status_code == 200

    assert door(act).code == 0

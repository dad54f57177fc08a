"""Using a Console sign-in without screens: renewal, revoked grants, a dead network, disconnecting, and no trace."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Ran
from tests.cli.signing_in import ANT, Door, Person, Process, shorten_sign_in
from tests.console import REVOKE, TOKEN, Console, consent, found_in, mint
from tests.fake_ant import CODE, STATE, FakeAnt, make_ant


@pytest.fixture
def console(cli: Cli, oauth_console: Console) -> Console:
    cli.env.update(oauth_console.env)
    shorten_sign_in(cli)
    return oauth_console


@pytest.fixture
def door(cli: Cli, console: Console) -> Door:
    return Door(cli)


@pytest.fixture
def added(door: Door) -> str:
    """Signed in by listener; gives the account's id."""
    return str(door.by_listener().json["services"][0]["account"])


def test_figures_workspaces_and_a_second_sign_in(cli, door, console, added) -> None:
    refreshed = cli("refresh", "--json")
    assert (refreshed.code, refreshed.err) == (0, "")
    (row,) = refreshed.json["services"]
    assert row["cost_month_to_date"]["provenance"] == "measured"
    assert len(cli("workspaces", added, "--json").json["workspaces"]) > 3
    assert door.by_listener().json["services"][0]["id"] == row["id"]
    assert len(cli("list", "--json").json["services"]) == 1
    console.grants.end(console.families()[0])
    assert cli("refresh", "--force", "--json").code == 0


def test_renewed_before_it_expires_and_with_json_and_the_beta_header(cli, console, door) -> None:
    console.grants.access_seconds = 1
    account = door.by_listener().json["services"][0]["account"]
    console.grants.access_seconds = 3600
    time.sleep(1)  # the token's own life, by the real clock
    assert cli("workspaces", account, "--json").code == 0
    assert console.counts["refreshes"] in (1, 2), "a slow machine renews once more while signing in"
    renewal = console.oauth.seen[-1]
    assert renewal.content_type == "application/json"
    assert "anthropic-beta" in renewal.headers
    assert "scope" not in renewal.names
    assert not [seen for seen in console.api.seen if seen.key == "unknown"], "no request with an old token"


def test_revoked_access_is_renewed_once_and_a_revoked_grant_needs_a_sign_in(cli, console, added) -> None:
    assert cli("refresh", "--json").code == 0
    for access in console.grants.access.values():
        access.revoked = True
    assert cli("refresh", "--force", "--json").code == 0
    assert console.counts["refreshes"] == 1
    (family,) = console.families()
    console.grants.end(family)
    ran = cli("refresh", "--force", "--json")
    assert ran.code == 3
    (row,) = ran.json["services"]
    assert row["status"] == "sign-in-needed"
    assert row["error"]["code"] == "unauthorized"
    assert row["cost_month_to_date"]["amount"] is not None
    assert console.counts["refreshes"] == 1


def test_no_way_to_the_token_endpoint_keeps_the_tokens(cli, console, added, monkeypatch) -> None:
    monkeypatch.setattr("stackk_tui.net.retry.RetryPolicy.backoff", lambda *_: 0.0)
    assert cli("refresh", "--json").code == 0
    for access in console.grants.access.values():
        access.revoked = True
    console.faults.add(TOKEN, status=503)
    ran = cli("refresh", "--force", "--json")
    assert ran.code == 1
    assert ran.json["services"][0]["error"]["code"] == "unavailable"
    assert ran.json["services"][0]["cost_month_to_date"]["amount"] is not None
    console.faults.clear()
    console.faults.add(TOKEN, drop=True, times=9)
    ran = cli("refresh", "--force", "--json")
    assert ran.code == 1
    assert ran.json["services"][0]["error"]["code"] == "network"
    console.faults.clear()
    assert cli("refresh", "--force", "--json").code == 0


def test_tokens_go_to_no_other_server_than_the_one_that_gave_them(cli, console, added) -> None:
    for access in console.grants.access.values():
        access.revoked = True
    asked = len(console.oauth.seen)
    cli.env["STACKK_ANTHROPIC_TOKEN_URL"] = f"{console.url}/v1/oauth/other"
    ran = cli("refresh", "--json")
    assert ran.code == 3
    assert "another server" in ran.err
    cli.env["ANTHROPIC_CLIENT_ID"] = ""
    ran = cli("refresh", "--force", "--json")
    assert ran.code == 1
    assert "ANTHROPIC_CLIENT_ID" in ran.err
    assert len(console.oauth.seen) == asked


# leaving
def test_disconnected_and_revoked(cli, console, added) -> None:
    ran = cli("disconnect", "anthropic", "--yes", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["revoked"] == "revoked"
    assert ran.json["cannot"] == []
    assert [family.revoked for family in console.families()] == [True]
    assert cli("refresh", "--json").json["services"][0]["status"] == "disconnected"
    assert console.counts["refreshes"] == 0


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": True}, {"delay": 30}])
def test_revoking_that_fails_is_said_and_the_tokens_are_gone_all_the_same(
    cli, console, added, fault, monkeypatch
) -> None:
    monkeypatch.setattr("stackk_tui.providers.anthropic.oauth.REVOKE_SECONDS", 0.3)
    console.faults.add(REVOKE, **fault)
    ran = cli("disconnect", "anthropic", "--yes", "--json")
    assert ran.code == 4
    assert ran.json["revoked"] == "failed"
    assert "deleted here, but not revoked there" in ran.err
    assert "platform.claude.com/settings" in ran.err
    assert [family.revoked for family in console.families()] == [False]
    assert cli("refresh", "--json").json["services"][0]["status"] == "disconnected"


def test_without_a_place_to_revoke_at_it_says_where_to_end_it(cli, console, added) -> None:
    del cli.env["STACKK_ANTHROPIC_REVOKE_URL"]
    ran = cli("disconnect", "anthropic", "--yes", "--json")
    assert ran.code == 0
    assert ran.json["revoked"] == "impossible"
    assert "End it there: https://platform.claude.com/settings" in ran.json["cannot"][0]


# ant
@pytest.fixture
def ant(cli: Cli, console: Console, tmp_path: Path) -> FakeAnt:
    made = make_ant(tmp_path / "bin", mint(console), mint(console))
    cli.env["PATH"] = f"{made.folder}:{cli.env['PATH']}"
    return made


def test_through_ant_from_sign_in_to_disconnect(cli, console, door, ant) -> None:
    def act(person: Person) -> None:
        assert person.address == ant.address
        person.paste("c0de-alone")
        person.read_until("state of the sign-in is missing")
        person.paste(f"{CODE}#{STATE}")

    ran = door(act, "--json", command=ANT)
    assert ran.code == 0, ran.err
    assert "full power" in ran.err
    account = ran.json["services"][0]["account"]
    assert cli("refresh", "--json").code == 0
    next(iter(console.grants.access.values())).revoked = True  # the next one it prints is good
    assert cli("workspaces", account, "--json").code == 0
    assert not [c for c in ant.calls if any(n.startswith("STACKK") or "SECRET" in n for n in c["env"])]
    kept = cli.everything_written()
    assert not any(token.encode() in kept for token in console.grants.access)

    ant.how(print="hang")
    with_patience(cli, 0.3)
    ran = cli("refresh", "--force", "--json")
    assert (ran.code, ran.json["services"][0]["error"]["code"]) == (1, "timeout")
    ant.how(print="")
    ant.signed_out()
    ran = cli("refresh", "--force", "--json")
    assert (ran.code, ran.json["services"][0]["status"]) == (3, "sign-in-needed")
    assert ran.json["services"][0]["cost_month_to_date"]["amount"] is not None

    (ant.folder / "ant").unlink()
    ran = cli("refresh", "--force", "--json")
    assert ran.code == 1
    ran = cli("disconnect", "anthropic", "--yes", "--json")
    assert ran.code == 0
    assert ran.json["cannot"] == ["the sign-in stays with `ant`: run ant auth logout --profile stackk"]
    assert "key" not in " ".join(ran.json["deleted"])


def with_patience(cli: Cli, seconds: float) -> None:
    from stackk_tui.providers.anthropic.ant import Patience

    cli.monkeypatch.setattr("stackk_tui.providers.anthropic.ant.PATIENCE", Patience(answer=seconds))


def test_without_ant(cli, console) -> None:
    ran = cli("add", "anthropic", "--method", "ant", "--json")
    assert ran.code == 1
    assert "`ant` is not installed here" in ran.err


def test_another_organization_behind_ant_never_shows_under_the_first_ones_name(
    cli, console, door, ant
) -> None:
    ran = door(lambda person: person.paste(f"{CODE}#{STATE}"), "--json", command=ANT)
    account = ran.json["services"][0]["account"]
    assert cli("refresh", "--json").code == 0
    console.api.faults.add(
        "*/organizations/me", body={"id": "another-org", "type": "organization", "name": "Other"}
    )
    for words in (("refresh", "--force"), ("sync",), ("workspaces", account)):
        ran = cli(*words, "--json")
        assert ran.code == 3
        assert "another organization" in ran.err


# the whole of it
_WORKER = """
import asyncio, sys, time
from stackk_tui.config import load_settings
from stackk_tui.commands.process import prepare
from stackk_tui.stack import Stack

async def main():
    stack = await Stack.open(load_settings())
    until, done = time.monotonic() + float(sys.argv[2]), 0
    try:
        while time.monotonic() < until or done < 6:
            await asyncio.gather(*(stack.workspaces(sys.argv[1]) for _ in range(3)))
            done += 3
    finally:
        await stack.close()
    print(done)

prepare()
asyncio.run(main())
"""


def test_two_processes_past_many_expiries_then_gone_without_a_trace(cli, console, tmp_path) -> None:
    home = Path(cli.env["HOME"])
    home.mkdir()
    cli.env["TMPDIR"] = str(tmp_path / "tmp")
    (tmp_path / "tmp").mkdir()
    console.grants.access_seconds = 1
    adding = Process(cli)
    target = consent(adding.begin("--json"))
    seen = proc(adding.process.pid)
    ran = adding.end(paste=target)
    assert ran.code == 0, ran.err
    account = ran.json["services"][0]["account"]

    pipe = subprocess.PIPE
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _WORKER, account, "2.5"], stdout=pipe, stderr=pipe, text=True, env=cli.env
        )
        for _ in range(2)
    ]
    refreshed = cli("refresh", "--json")
    time.sleep(1)
    seen += b"".join(proc(worker.pid) for worker in workers)
    outputs = [worker.communicate(timeout=30) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], outputs
    assert refreshed.code == 0, refreshed.err
    assert all(int(out) >= 6 for out, _ in outputs)
    assert console.counts["refreshes"] >= 2
    assert console.counts["reuse_detections"] == 0
    assert console.counts["families_ended"] == 0

    gone = cli("disconnect", "anthropic", "--yes", "--json")
    assert (gone.code, gone.json["revoked"]) == (0, "revoked")
    said = [ran, refreshed, gone, *(Ran(0, out, err) for out, err in outputs)]
    text = "".join(one.out + one.err for one in said).encode() + seen
    secrets = console.secrets()
    assert len(secrets) > 8
    assert [secret for secret in secrets if secret.encode() in text] == []
    assert found_in([home, cli.home, tmp_path / "tmp"], secrets) == []


def proc(pid: int) -> bytes:
    """What /proc shows of a running process; empty where there is none, or where it is shut to us."""
    found = b""
    for name in ("cmdline", "environ"):
        try:
            found += Path(f"/proc/{pid}/{name}").read_bytes()
        except OSError:
            continue
    return found

"""Supabase, headless: from a pasted token or an OAuth sign-in to figures, another page, and out again."""

import json
import os
import pty
import re
import select
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from stackk_tui.sandbox.supabase import (
    CLIENT,
    EXPIRED_TOKEN,
    NO_USAGE_TOKEN,
    NOTHING_TOKEN,
    SCOPED_TOKEN,
    TOKEN,
)
from stackk_tui.sandbox.supabase_world import API, NIMBUS, NOTES, OLD, QUESTS, RECIPES, STAGING
from tests.cli.conftest import PROGRAM, Cli, Ran
from tests.cli.signing_in import Door, Person
from tests.console import consent
from tests.supabase_server import SupabaseServer, supabase

__all__ = ["supabase"]


@pytest.fixture
def nimbus(cli: Cli, supabase: SupabaseServer) -> SupabaseServer:
    supabase.now = datetime.now(UTC)
    cli.env.update(supabase.env)
    return supabase


def add(cli: Cli, *words: str, token: str = TOKEN) -> Ran:
    ran = cli("add", "supabase", "--method", "token", "--secret-stdin", *words, "--json", stdin=f"{token}\n")
    assert token not in ran.out + ran.err
    return ran


def figures(row: dict) -> dict:
    return {m["id"]: m["value"] for m in row["metrics"]}


def test_without_a_choice_every_organization_is_tracked(cli: Cli, nimbus) -> None:
    added = add(cli)
    assert (added.code, added.err) == (0, "")
    assert [row["workspace"]["id"] for row in added.json["services"]] == [NIMBUS, QUESTS]
    assert "All 2 organizations are tracked: Nimbus Labs, Side Quests" in added.json["note"]
    assert cli("refresh", "--json").json["total_month_to_date"]["parts"][0]["amount"] == "25.00"


def test_one_organization_is_tracked_without_a_word_about_others(cli: Cli, nimbus) -> None:
    added = add(cli, token=SCOPED_TOKEN)
    assert [row["workspace"]["id"] for row in added.json["services"]] == [NIMBUS]
    assert added.json["note"] is None


def test_from_add_to_purge(cli: Cli, nimbus) -> None:
    added = add(cli, "--workspace", NIMBUS)
    assert (added.code, added.err) == (0, "")
    (row,) = added.json["services"]
    assert row["workspace"] == {"id": NIMBUS, "name": "Nimbus Labs", "kind": "organization"}
    assert row["status"] == "ok"
    shown = cli("workspaces", row["account"], "--json").json["workspaces"]
    assert [(w["id"], w["kind"], w["plan"]) for w in shown] == [
        (NIMBUS, "organization", "Pro"),
        (OLD, "project", "paused"),
        (API, "project", None),
        (STAGING, "project", None),
        (QUESTS, "organization", "Free"),
        (RECIPES, "project", "paused"),
        (NOTES, "project", None),
    ]
    assert [w["connected"] for w in shown] == [True] + [False] * 6

    ran = cli("refresh", "--json")
    assert (ran.code, ran.err) == (0, "")
    (row,) = ran.json["services"]
    assert (row["plan"]["tier"], row["plan"]["provenance"]) == ("pro", "measured")
    assert row["price"] == {
        "amount": "25.00",
        "currency": "USD",
        "cycle": "monthly",
        "provenance": "list-price",
    }
    assert row["next_payment"] is None
    assert "next_payment" in row["not_exposed"]
    assert row["not_permitted"] == []
    hour = nimbus.now.replace(minute=0, second=0, microsecond=0)
    week = sum(sum(nimbus.world.requests(r, hour - timedelta(hours=167), nimbus.now)) for r in (API, STAGING))
    assert figures(row)["requests_7d"] == str(week)
    assert Decimal(figures(row)["addons_monthly"]) == Decimal("34.8492")
    assert row["limits"][0]["id"] == "disk"
    assert ran.json["total_month_to_date"]["parts"] == [
        {"amount": "25.00", "currency": "USD", "provenance": "list-price"}
    ]
    assert cli("list", "--json").json["services"] == ran.json["services"]
    nimbus.seen.clear()
    assert cli("refresh", "--json").code == 0
    assert nimbus.seen == [], "within ten minutes the ledger answers"
    for words in (
        ("list",),
        ("status",),
        ("export", "--format", "csv"),
    ):
        assert cli(*words).code == 0
    assert "25.00" in cli("status").out

    gone = cli("disconnect", row["id"], "--yes", "--json")
    assert (gone.code, gone.json["revoked"]) == (0, "impossible")
    assert "https://supabase.com/dashboard/account/tokens" in json.dumps(gone.json)
    assert TOKEN.encode() not in cli.everything_written()
    assert cli("disconnect", row["id"], "--yes", "--purge").code == 0
    assert cli("list", "--json").json["services"] == []


def test_single_projects_by_id_and_by_name(cli: Cli, nimbus) -> None:
    added = add(cli, "--workspace", API, "--workspace", "nimbus-staging", "--name", "Shop")
    assert added.code == 0, added.err
    assert [r["workspace"]["id"] for r in added.json["services"]] == [API, STAGING]
    rows = cli("refresh", "--json").json["services"]
    assert [figures(r)["database_bytes"] for r in rows] == ["1483210752", "312475648"]
    assert [r["limits"][0]["used"] for r in rows] == [7838924800 / (18 * 2**30), 2214592512 / (8 * 2**30)]
    exported = cli("export", "--format", "json").json["services"]
    for row, ref in zip(exported, (API, STAGING), strict=True):
        days = row["history"]["token_days"]
        assert len(days) == 7
        today = [d for d in row["history"]["days"] if d["day"] == days[-1]]
        start = nimbus.now.replace(hour=0, minute=0, second=0, microsecond=0)
        assert sum(d["requests"] for d in today) == sum(nimbus.world.requests(ref, start, nimbus.now))
        assert {d["model"] for d in row["history"]["days"]} <= {"auth", "realtime", "rest", "storage"}


def test_a_missing_permission_hides_figures_and_not_the_service(cli: Cli, nimbus) -> None:
    assert add(cli, "--workspace", API, token=NO_USAGE_TOKEN).code == 0
    ran = cli("refresh", "--json")
    assert (ran.code, ran.err) == (0, "")
    (row,) = ran.json["services"]
    assert (row["status"], row["error"]) == ("ok", None)
    assert {"requests_7d", "addons_monthly", "disk_bytes"} <= set(row["not_permitted"])
    assert row["requests_month_to_date"] is None
    assert figures(row)["database_bytes"] == "1483210752"


@pytest.mark.parametrize(
    ("pasted", "code", "words"),
    [
        ("sb_secret_abcdefghijk", 1, "a project's secret key"),
        ("eyJhbGciOiJIUzI1NiJ9.e30.x", 1, "a project's old key"),
        ("hello", 2, "not a Supabase access token"),
        (EXPIRED_TOKEN, 3, "wrong, revoked or expired"),
        (NOTHING_TOKEN, 1, "may not see"),
    ],
)
def test_what_cannot_be_added(cli: Cli, nimbus, pasted: str, code: int, words: str) -> None:
    ran = add(cli, token=pasted)
    assert ran.code == code
    assert words in ran.err
    assert len(ran.err.splitlines()) <= 3
    assert cli("list", "--json").json["services"] == []


def test_an_expired_token_needs_a_sign_in_and_the_figures_stay(cli: Cli, nimbus) -> None:
    add(cli, "--workspace", API)
    before = cli("refresh", "--json").json["services"][0]
    del nimbus.app.tokens[TOKEN]
    ran = cli("refresh", "--force", "--json")
    assert ran.code == 3
    (row,) = ran.json["services"]
    assert (row["status"], row["error"]["code"]) == ("sign-in-needed", "unauthorized")
    assert row["metrics"] == before["metrics"]
    assert row["fetched_at"] == before["fetched_at"]


@pytest.mark.parametrize("configured", [True, False])
def test_by_oauth_with_the_app_of_the_settings(cli: Cli, nimbus, configured: bool) -> None:
    words = ("add", "supabase", "--method", "oauth", "--no-browser")
    if not configured:
        ran = cli(*words)
        assert ran.code == 2
        assert "SUPABASE_CLIENT_ID" in ran.err
        return
    cli.env.update(nimbus.oauth_env)

    def act(person: Person) -> None:
        person.paste(consent(person.address))

    ran = Door(cli)(act, "--json", command=words)
    assert ran.code == 0, ran.err
    (row,) = ran.json["services"]
    assert row["workspace"]["id"] == NIMBUS
    ran = cli("refresh", "--json")
    assert ran.code == 0
    assert "requests_7d" in ran.json["services"][0]["not_permitted"]
    gone = cli("disconnect", row["id"], "--yes", "--json")
    assert (gone.code, gone.json["revoked"]) == (0, "revoked")
    written = cli.everything_written()
    assert not any(secret.encode() in written for secret in nimbus.secrets())


def test_a_client_id_that_is_typed_needs_a_terminal_for_its_secret(cli: Cli, nimbus) -> None:
    ran = cli("add", "supabase", "--method", "oauth", "--client-id", CLIENT.id, "--no-browser")
    assert ran.code == 2
    assert "Client secret" in ran.err
    ran = cli("add", "supabase", "--method", "token", "--client-id", CLIENT.id, "--secret-stdin", stdin=TOKEN)
    assert ran.code == 2
    assert "--client-id" in ran.err


def test_a_typed_app_on_a_terminal(cli: Cli, nimbus) -> None:
    """As a person does it: the id as an option, the secret masked, then the page's answer pasted."""
    words = ("add", "supabase", "--method", "oauth", "--client-id", CLIENT.id, "--no-browser")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [*PROGRAM, *words], cli.env)
    seen = b""

    def read_until(pattern: bytes) -> "re.Match[bytes]":
        nonlocal seen
        while not (found := re.search(pattern, seen, re.MULTILINE)):
            assert select.select([terminal], [], [], 20)[0], seen
            seen += os.read(terminal, 65536)
        return found

    read_until(rb"Client secret: ")
    os.write(terminal, f"{CLIENT.secret}\n".encode())
    address = read_until(rb"^(http://\S+)\r\n").group(1).decode()
    read_until(rb"minutes at most\.")
    os.write(terminal, f"{consent(address)}\n".encode())
    with suppress(OSError):  # the terminal is gone when the program is
        while piece := os.read(terminal, 65536):
            seen += piece
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0, seen
    assert not any(secret.encode() in seen for secret in nimbus.secrets())
    assert cli("refresh", "--json").code == 0
    for access in nimbus.app.grants.access.values():
        access.revoked = True
    ran = cli("refresh", "--force", "--json")
    assert (ran.code, nimbus.app.grants.counts["refreshes"]) == (0, 1), "renewed by the app that was typed in"
    gone = cli("disconnect", ran.json["services"][0]["id"], "--yes", "--json")
    assert gone.json["revoked"] == "revoked"
    assert not any(secret.encode() in cli.everything_written() for secret in nimbus.secrets())

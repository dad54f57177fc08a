"""Teams and projects of one token from the command line, against a server over real HTTP."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from stackk_tui.sandbox.vercel import (
    EXPIRED_TOKEN,
    FULL_TOKEN,
    NO_COST_TOKEN,
    PROJECT_TOKEN,
    VercelSandbox,
)
from stackk_tui.sandbox.vercel_world import HOBBY_TEAM, LA, LIMITED_TEAM, PRO_TEAM, PROJECTS, begin_of
from tests.cli.conftest import Cli, Ran
from tests.conftest import LoopbackServer
from tests.providers.vercel.conftest import Server
from tests.providers.vercel.helpers import billed


@pytest.fixture
def vercel(cli: Cli, loopback_server: LoopbackServer) -> Iterator[Server]:
    """The pretend Vercel at this moment, in the middle of a cycle."""
    now = datetime.now(UTC)
    app = VercelSandbox(clock=lambda: now)
    first = (
        (now - timedelta(days=12)).astimezone(LA).date()
    )  # a cycle begins at midnight there, in summer too
    app.world.period = (begin_of(first), begin_of(first + timedelta(days=30)))
    loopback_server.app = app
    cli.env["STACKK_VERCEL_API_URL"] = loopback_server.url
    yield Server(loopback_server.url, app, now)
    loopback_server.app = None


def add_team(cli: Cli, *, token: str = FULL_TOKEN) -> Ran:
    """Tracks the Pro team alone."""
    return add(cli, "--workspace", PRO_TEAM, token=token)


def add(cli: Cli, *words: str, token: str = FULL_TOKEN) -> Ran:
    return cli("add", "vercel", "--method", "token", "--secret-stdin", *words, "--json", stdin=f"{token}\n")


def test_from_add_to_a_destroyed_token(cli: Cli, vercel: Server) -> None:
    added = add_team(cli)
    assert (added.code, added.err) == (0, "")
    (row,) = added.json["services"]
    assert (row["workspace"]["id"], row["workspace"]["kind"]) == (PRO_TEAM, "team")

    picks = cli("workspaces", row["account"], "--json").json["workspaces"]
    assert [(p["id"], p["kind"]) for p in picks][:2] == [(PRO_TEAM, "team"), (PROJECTS["web"], "project")]
    assert [p["id"] for p in picks if p["connected"]] == [PRO_TEAM]
    assert [(p["id"], p["closed"]) for p in picks if p["closed"]] == [
        (LIMITED_TEAM, "this token is not for it")
    ]
    assert "this token is not for it" in cli("workspaces", row["account"]).out

    refreshed = cli("refresh", "--json")
    assert (refreshed.code, refreshed.err) == (0, "")
    (row,) = refreshed.json["services"]
    truth = sum(billed(vercel.app, vercel.now).values())
    cycle = vercel.app.world.cycle(vercel.now)
    assert Decimal(row["cost_month_to_date"]["amount"]) == truth
    assert row["cost_month_to_date"]["provenance"] == "measured"
    assert row["cost_month_to_date"]["from"] == cycle[0].date().isoformat()
    assert row["plan"] == {"tier": "pro", "label": "Pro", "provenance": "measured"}
    assert row["price"] == {
        "amount": "20.00",
        "currency": "USD",
        "cycle": "monthly",
        "provenance": "list-price",
    }
    assert row["next_payment"] == {"date": cycle[1].date().isoformat(), "provenance": "measured"}
    assert row["tokens_month_to_date"] is None
    assert row["requests_month_to_date"] > 0
    assert row["month_to_date"]["from"] <= row["month_to_date"]["to"]
    assert (row["status"], row["error"], row["not_permitted"]) == ("ok", None, [])
    assert Decimal(next(m for m in row["metrics"] if m["id"] == "deployments_30d")["value"]) > 10

    table = list(csv.DictReader(io.StringIO(cli("export", "--format", "csv").out)))
    assert sum(Decimal(r["cost"] or 0) for r in table) == truth
    assert {"READY", "Pro", "Fast Data Transfer"} <= {r["model"] for r in table}

    gone = cli("disconnect", row["id"], "--yes", "--revoke-token", "--json")
    assert (gone.code, gone.json["revoked"]) == (0, "revoked")
    assert vercel.app.tokens[FULL_TOKEN] == "deleted"


def test_without_a_choice_every_team_is_tracked_and_what_is_closed_is_said(cli: Cli, vercel: Server) -> None:
    added = add(cli)
    assert (added.code, added.err) == (0, "")
    assert [row["workspace"]["id"] for row in added.json["services"]] == [PRO_TEAM, HOBBY_TEAM]
    assert "All 2 teams are tracked: Nimbus Labs, " in added.json["note"]
    assert "Not tracked: " in added.json["note"]
    assert "(this token is not for it)" in added.json["note"]
    answer = cli("refresh", "--json").json
    truth = sum(billed(vercel.app, vercel.now).values())
    assert Decimal(answer["total_month_to_date"]["amount"]) == truth, "each dollar once"


def test_disconnecting_by_itself_destroys_nothing(cli: Cli, vercel: Server) -> None:
    (row,) = add_team(cli).json["services"]
    gone = cli("disconnect", row["id"], "--yes", "--json")
    assert (gone.code, gone.json["revoked"]) == (0, "not-asked")
    assert "still works" in " ".join(gone.json["cannot"])
    assert not [s for s in vercel.app.seen if s.method == "DELETE"]


def test_a_token_that_other_services_use_is_not_destroyed(cli: Cli, vercel: Server) -> None:
    first, _ = add(cli, "--workspace", PRO_TEAM, "--workspace", HOBBY_TEAM).json["services"]
    gone = cli("disconnect", first["id"], "--yes", "--revoke-token", "--json")
    assert gone.code == 0
    assert any("1 other tracked service uses it" in line for line in gone.json["kept"])
    assert vercel.app.tokens[FULL_TOKEN] == "full"
    assert cli("refresh", "--json").code == 0


def test_a_token_that_could_not_be_destroyed_is_exit_4(cli: Cli, vercel: Server) -> None:
    (row,) = add_team(cli).json["services"]
    vercel.app.faults.add("/v3/user/tokens/*", status=500)
    gone = cli("disconnect", row["id"], "--yes", "--revoke-token", "--json")
    assert (gone.code, gone.json["revoked"]) == (4, "failed")
    assert "still works" in gone.err


def test_teams_are_bills_of_their_own_and_a_project_is_not_counted_twice(cli: Cli, vercel: Server) -> None:
    rows = add(cli, "--workspace", PRO_TEAM, "--workspace", "nimbus-web", "--workspace", HOBBY_TEAM).json
    assert [r["workspace"]["id"] for r in rows["services"]] == [PRO_TEAM, PROJECTS["web"], HOBBY_TEAM]
    answer = cli("refresh", "--json").json
    team, web, hobby = answer["services"]
    truth = billed(vercel.app, vercel.now)
    assert Decimal(team["cost_month_to_date"]["amount"]) == sum(truth.values())
    own = sum(v for (p, _), v in truth.items() if p == PROJECTS["web"])
    assert Decimal(web["cost_month_to_date"]["amount"]) == own > 0
    assert web["price"] is None
    assert hobby["cost_month_to_date"] is None
    assert "cost" in hobby["not_exposed"]
    assert (hobby["status"], hobby["plan"]["tier"]) == ("ok", "hobby")
    assert Decimal(answer["total_month_to_date"]["amount"]) == sum(truth.values())


def test_a_closed_team_cannot_be_picked(cli: Cli, vercel: Server) -> None:
    ran = add(cli, "--workspace", LIMITED_TEAM)
    assert ran.code == 2
    assert "this token is not for it" in ran.err
    assert cli("list", "--json").json["services"] == []


@pytest.mark.parametrize(
    ("token", "code", "words"),
    [(EXPIRED_TOKEN, 3, "expired"), (PROJECT_TOKEN, 1, "single project"), ("vcp_no such", 2, "")],
)
def test_a_token_that_will_not_do_is_not_kept(
    cli: Cli, vercel: Server, token: str, code: int, words: str
) -> None:
    ran = add(cli, token=token)
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err
    assert 1 <= len(ran.err.splitlines()) <= 3
    assert cli("list", "--json").json["services"] == []


def test_a_token_without_the_role_stays_ok_and_says_so(cli: Cli, vercel: Server) -> None:
    add_team(cli, token=NO_COST_TOKEN)
    ran = cli("refresh", "--json")
    (row,) = ran.json["services"]
    assert (ran.code, row["status"], row["not_permitted"]) == (0, "ok", ["cost"])
    assert row["cost_month_to_date"] is None
    assert row["next_payment"] is not None


def test_who_insists_gets_the_charges_again_and_a_closed_panel_keeps_its_last_figure(
    cli: Cli, vercel: Server
) -> None:
    add_team(cli)
    good = cli("refresh", "--json").json["services"][0]
    vercel.app.tokens[FULL_TOKEN] = "no-cost"
    ran = cli("refresh", "--force", "--json")
    (row,) = ran.json["services"]
    assert vercel.app.paths().count("/v1/billing/charges") == 2
    assert (ran.code, row["status"], row["not_permitted"]) == (0, "ok", ["cost"])
    assert row["cost_month_to_date"] == good["cost_month_to_date"]


def test_nothing_permitted_is_an_error_and_not_signed_out(cli: Cli, vercel: Server) -> None:
    add_team(cli)
    cli("refresh")
    vercel.app.tokens[FULL_TOKEN] = "nothing"
    ran = cli("refresh", "--force", "--json")
    (row,) = ran.json["services"]
    assert (ran.code, row["status"], row["error"]["code"]) == (1, "error", "forbidden")
    assert row["cost_month_to_date"] is not None


def test_a_token_that_ends_later_keeps_the_last_figures(cli: Cli, vercel: Server) -> None:
    add_team(cli)
    good = cli("refresh", "--json").json["services"][0]
    vercel.app.tokens[FULL_TOKEN] = "expired"
    ran = cli("refresh", "--force", "--json")
    (row,) = ran.json["services"]
    assert (ran.code, row["status"]) == (3, "sign-in-needed")
    for key in ("plan", "price", "next_payment", "cost_month_to_date", "metrics", "fetched_at"):
        assert row[key] == good[key]


def test_the_token_is_in_no_output_and_no_file(cli: Cli, vercel: Server) -> None:
    said = [add(cli)]
    vercel.app.faults.add("/v7/deployments", status=500)
    said += [cli("refresh"), cli("refresh", "--json"), cli("list"), cli("status", "vercel"), cli("export")]
    said += [cli("doctor"), cli("add", "vercel", FULL_TOKEN), cli("refresh", FULL_TOKEN)]
    account = said[0].json["services"][0]["account"]
    said += [cli("workspaces", account), cli("disconnect", FULL_TOKEN, "--yes")]
    for ran in said:
        assert FULL_TOKEN not in ran.out + ran.err
        assert FULL_TOKEN.removeprefix("vcp_") not in ran.out + ran.err
    assert FULL_TOKEN.encode() not in cli.everything_written()


def test_who_insists_too_often_is_told_so_with_the_time(cli: Cli, vercel: Server) -> None:
    add_team(cli)
    for _ in range(5):
        ran = cli("refresh", "--force", "--json")
        assert (ran.code, ran.err, ran.json["note"]) == (0, "", None)
    count = len(vercel.app.seen)
    ran = cli("refresh", "--force", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert "was asked 5 times in 5 minutes, and not again: the figures of " in ran.json["note"]
    assert "it can be asked again at " in ran.json["note"]
    spoken = cli("refresh", "--force")
    assert spoken.code == 0
    assert "was asked 5 times in 5 minutes" in spoken.err
    assert len(vercel.app.seen) == count
    assert cli("refresh", "--json").json["note"] is None

"""The main job, headless: an admin key against a server that speaks the Admin API over real HTTP."""

import csv
import io
import signal
import subprocess
import time
from collections.abc import Callable
from decimal import Decimal

import pytest

from stackk_tui.sandbox.anthropic import (
    ADMIN_KEY,
    EXPIRED_KEY,
    NO_USAGE_KEY,
    ORDINARY_KEY,
)
from stackk_tui.sandbox.world import IDS
from tests.cli.conftest import PROGRAM, Cli, Ran, Truth
from tests.conftest import SandboxServer

pytestmark = pytest.mark.usefixtures("nimbus")

Tell = Callable[..., Truth]


def add(cli: Cli, *words: str, key: str = ADMIN_KEY, method: str = "admin-key") -> Ran:
    return cli("add", "anthropic", "--method", method, "--secret-stdin", *words, "--json", stdin=f"{key}\n")


def test_from_add_to_purge(cli: Cli, truth: Tell) -> None:
    added = add(cli)
    assert (added.code, added.err) == (0, "")
    (row,) = added.json["services"]
    assert row["workspace"]["kind"] == "organization"
    assert row["status"] == "ok"

    shown = cli("workspaces", row["account"], "--json")
    assert shown.code == 0
    assert shown.json["account"] == row["account"]
    picks = shown.json["workspaces"]
    assert (picks[0]["kind"], picks[0]["connected"]) == ("organization", True)
    assert [p["id"] for p in picks[1:]] == [
        "default",
        *(IDS[n] for n in ("production", "staging", "claude-code")),
        IDS["research"],
    ]
    assert [p["id"] for p in picks if p["archived"]] == [IDS["research"]]

    refreshed = cli("refresh", "--json")
    assert (refreshed.code, refreshed.err) == (0, "")
    (row,) = refreshed.json["services"]
    expected = truth(whole=True)
    assert Decimal(row["cost_month_to_date"]["amount"]) == expected.cost
    assert row["cost_month_to_date"]["provenance"] == "measured"
    assert row["tokens_month_to_date"] == expected.tokens
    assert Decimal(refreshed.json["total_month_to_date"]["amount"]) == expected.cost

    listed = cli("list", "--json")
    assert listed.json["services"] == refreshed.json["services"]
    assert cli("status", row["id"], "--json").json["services"] == refreshed.json["services"]

    table = list(csv.DictReader(io.StringIO(cli("export", "--format", "csv").out)))
    month = [r for r in table if r["day"] >= row["cost_month_to_date"]["from"]]
    assert sum(Decimal(r["cost"] or 0) for r in month) == expected.cost
    assert sum(int(r["total_tokens"] or 0) for r in month) == expected.tokens["total"]
    (exported,) = cli("export", "--format", "json").json["services"]
    assert {r["day"] for r in month} <= set(exported["history"]["token_days"])

    gone = cli("disconnect", row["id"], "--yes", "--json")
    assert gone.code == 0
    assert gone.json["revoked"] == "impossible"
    (left,) = cli("list", "--json").json["services"]
    assert (left["status"], left["connected"]) == ("disconnected", False)
    assert cli("export", "--format", "csv").out.count("\n") > 30

    assert cli("disconnect", row["id"], "--yes", "--purge").code == 0
    assert cli("list", "--json").json["services"] == []


def test_an_organization_and_its_workspaces_count_each_dollar_once(cli: Cli, truth: Tell) -> None:
    whole = add(cli).json["services"][0]
    both = add(cli, "--workspace", IDS["production"], "--workspace", "claude code").json["services"]
    assert [r["workspace"]["id"] for r in both] == [IDS["production"], IDS["claude-code"]]
    answer = cli("refresh", "--json").json
    costs = {r["id"]: Decimal(r["cost_month_to_date"]["amount"]) for r in answer["services"]}
    assert costs[whole["id"]] == truth(whole=True).cost
    assert costs[both[0]["id"]] == truth(workspace=IDS["production"]).cost
    assert costs[both[1]["id"]] == truth(workspace=IDS["claude-code"]).cost
    assert Decimal(answer["total_month_to_date"]["amount"]) == truth(whole=True).cost


def test_the_default_workspace_has_the_id_default(cli: Cli, truth: Tell) -> None:
    (row,) = add(cli, "--workspace", "default", "--name", "Playground").json["services"]
    assert (row["workspace"]["id"], row["name"]) == ("default", "Playground")
    (row,) = cli("refresh", "playground", "--json").json["services"]
    assert Decimal(row["cost_month_to_date"]["amount"]) == truth(workspace=None).cost


def test_the_key_is_in_no_output_and_no_file(cli: Cli, nimbus: SandboxServer) -> None:
    said: list[Ran] = [add(cli)]
    nimbus.faults.add("*/cost_report", status=500)
    said += [cli("refresh"), cli("refresh", "--json"), cli("list"), cli("status", "anthropic"), cli("doctor")]
    said += [cli("doctor", "--json"), cli("export"), cli("vault", "status"), cli("refresh", ADMIN_KEY)]
    said += [
        cli("add", "anthropic", ADMIN_KEY),
        cli("add", ADMIN_KEY),
        cli(ADMIN_KEY),
        cli("list", f"--{ADMIN_KEY}"),
    ]
    said += [cli("add", "anthropic", "--method", ADMIN_KEY), cli("vault", ADMIN_KEY)]
    core = ADMIN_KEY.removeprefix("sk-ant-admin01-")
    for ran in said:
        assert core not in ran.out + ran.err
    assert core.encode() not in cli.everything_written()


def test_an_expired_key_is_sign_in_needed_and_nothing_is_kept(cli: Cli) -> None:
    ran = add(cli, key=EXPIRED_KEY)
    assert (ran.code, ran.out) == (3, "")
    assert 1 <= len(ran.err.splitlines()) <= 3
    assert cli("list", "--json").json["services"] == []
    assert not (cli.home / "data" / "vault.json").exists()


def test_an_ordinary_key_says_what_it_cannot_see(cli: Cli) -> None:
    ran = add(cli, key=ORDINARY_KEY, method="api-key")
    assert ran.code == 0
    assert "admin key" in ran.json["note"]
    (row,) = cli("refresh", "--json").json["services"]
    assert row["cost_month_to_date"] is None
    assert row["tokens_month_to_date"] is None
    assert {"cost", "usage"} <= {*row["not_permitted"], *row["not_exposed"]}


def test_a_key_that_may_not_see_usage_stays_ok_and_says_so(cli: Cli) -> None:
    add(cli, key=NO_USAGE_KEY)
    ran = cli("refresh", "--json")
    (row,) = ran.json["services"]
    assert (ran.code, row["status"]) == (0, "ok")
    assert {"cost", "usage"} <= set(row["not_permitted"])
    assert row["cost_month_to_date"] is None


def test_a_key_that_is_refused_later_keeps_the_last_figures(cli: Cli, nimbus: SandboxServer) -> None:
    add(cli)
    good = cli("refresh", "--json").json["services"][0]
    nimbus.app.keys[ADMIN_KEY] = "revoked"
    ran = cli("refresh", "--force", "--json")
    assert ran.code == 3
    (row,) = ran.json["services"]
    assert (row["status"], row["error"]["code"]) == ("sign-in-needed", "unauthorized")
    assert row["cost_month_to_date"] == good["cost_month_to_date"]
    assert row["fetched_at"] == good["fetched_at"]
    assert len(ran.err.splitlines()) == 1
    nimbus.app.keys[ADMIN_KEY] = "admin"
    assert add(cli).code == 0
    assert cli("refresh", "--force", "--json").json["services"][0]["status"] == "ok"


def test_a_server_that_fails_is_exit_1_with_json_and_one_line(cli: Cli, nimbus: SandboxServer) -> None:
    add(cli)
    nimbus.faults.add(
        "/v1/organizations/*",
        status=402,
        body={"type": "error", "error": {"type": "billing_error", "message": "Pay."}},
    )
    ran = cli("refresh", "--json")
    assert ran.code == 1
    assert ran.json["services"][0]["error"]["code"] == "forbidden"
    assert len(ran.err.splitlines()) == 1
    assert cli("list").code == cli("status").code == 0


def test_a_damaged_vault_fails_its_services_and_no_others(cli: Cli) -> None:
    add(cli)
    assert cli("add", "custom", "--name", "GitHub", "--price", "4").code == 0
    good = cli("refresh", "--json").json["services"][0]
    vault = cli.home / "data" / "vault.json"
    vault.write_bytes(b"not a vault")
    ran = cli("refresh", "--force", "--json")
    assert ran.code == 4
    (row, typed) = ran.json["services"]
    assert (row["error"]["code"], typed["status"]) == ("vault-locked", "ok")
    assert row["cost_month_to_date"] == good["cost_month_to_date"]
    assert len(ran.err.splitlines()) == 1
    assert vault.read_bytes() == b"not a vault"


def test_a_key_after_a_byte_order_mark_is_read(cli: Cli) -> None:
    assert add(cli, key=f"\N{ZERO WIDTH NO-BREAK SPACE}{ADMIN_KEY}").code == 0


def test_a_person_is_told_where_the_key_is_kept(cli: Cli) -> None:
    words = ("add", "anthropic", "--method", "admin-key", "--secret-stdin")
    assert "encrypted file" in cli(*words, stdin=ADMIN_KEY).err
    cli.env["STACKK_TOKEN_STORE"] = "memory"
    ran = cli(*words, "--json", stdin=ADMIN_KEY)
    assert (ran.code, ran.err) == (0, "The key was kept for this command only; the next one has none.\n")


def test_one_bad_service_among_good_ones_is_exit_4(cli: Cli, nimbus: SandboxServer) -> None:
    add(cli)
    assert cli("add", "custom", "--name", "GitHub", "--price", "4").code == 0
    nimbus.app.keys[ADMIN_KEY] = "revoked"
    assert cli("refresh").code == 4
    assert cli("refresh", "GitHub").code == 0
    assert cli("sync", "anthropic").code == 3


def test_a_refresh_soon_after_another_answers_from_the_ledger(cli: Cli, nimbus: SandboxServer) -> None:
    add(cli)
    first = cli("refresh", "--json")
    asked = len(nimbus.seen)
    again = cli("refresh", "--json")
    assert (again.code, len(nimbus.seen)) == (0, asked)
    assert again.json["services"] == first.json["services"]
    assert cli("refresh", "--force").code == 0
    assert len(nimbus.seen) > asked


def test_list_and_status_never_ask(cli: Cli, nimbus: SandboxServer) -> None:
    add(cli)
    asked = len(nimbus.seen)
    cli("list")
    cli("status")
    cli("export")
    assert len(nimbus.seen) == asked


def test_an_unknown_workspace_is_wrong_usage_and_keeps_nothing(cli: Cli) -> None:
    ran = add(cli, "--workspace", "nowhere")
    assert ran.code == 2
    assert IDS["production"] in ran.err
    assert cli("list", "--json").json["services"] == []
    assert not (cli.home / "data" / "vault.json").exists()


def test_a_server_that_is_not_there_is_exit_1(cli: Cli) -> None:
    cli.env["STACKK_ANTHROPIC_API_URL"] = "http://127.0.0.1:9"
    ran = add(cli)
    assert (ran.code, ran.out) == (1, "")
    assert 1 <= len(ran.err.splitlines()) <= 3


def test_plain_http_is_refused_without_the_flag(cli: Cli, nimbus: SandboxServer) -> None:
    del cli.env["STACKK_ALLOW_HTTP_LOOPBACK"]
    asked = len(nimbus.seen)
    ran = add(cli)
    assert ran.code in (1, 2)
    assert len(nimbus.seen) == asked


def test_control_c_during_a_refresh_is_quiet_and_keeps_the_figures(cli: Cli, nimbus: SandboxServer) -> None:
    add(cli)
    good = cli("refresh", "--json").json["services"]
    nimbus.faults.add("*/cost_report", delay=30)
    asked = len(nimbus.seen)
    process = subprocess.Popen(
        [*PROGRAM, "refresh", "--force"], env=cli.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while not any(seen.path.endswith("cost_report") for seen in nimbus.seen[asked:]):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"")
    kept = cli("list", "--json").json["services"]
    assert [row["cost_month_to_date"] for row in kept] == [row["cost_month_to_date"] for row in good]
